"""How far the level of the PDs will be off in the year to come: a level that moves, shrunk towards right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from scipy.stats import norm

from contracts.arrays import Floats
from contracts.calendar import EPOCH, MONTHS, add_months, months_back
from contracts.config.upkeep import RecalibrateConfig
from contracts.documents.outlook import Outlook, TrendYear
from models.measures.followed import DAYS_OF_YEAR, Followed, followed

MAX_STEPS = 50
TOLERANCE = 1e-10
MIN_VARIANCE = 1e-12
REACH = float(norm.ppf(0.975))
"""Standard errors to each end of an interval of 95 %."""
PARTS = 24  # of the year ahead


@dataclass(frozen=True, slots=True)
class Prior:
    """How the level of the PDs differs from right before any outcome is seen: a part that stays, a part that returns.

    Attributes:
        lasting: standard deviation of the part that stays, log-odds.
        passing: of the part that comes and goes.
        half_life: years after which half of the passing part is gone.
    """

    lasting: float
    passing: float
    half_life: float

    def covariance(self, one: Floats, other: Floats) -> Floats:
        """Of the level at some times with that at others, in years.

        >>> Prior(0.5, 0.4, 1.0).covariance(np.array([0.0]), np.array([0.0, 1.0])).round(4).tolist()
        [[0.41, 0.33]]
        """
        apart = np.abs(np.subtract.outer(one, other))
        return np.asarray(self.lasting**2 + self.passing**2 * 2.0 ** (-apart / self.half_life))


@dataclass(frozen=True, slots=True)
class Level:
    """The level as the outcomes tell it.

    Attributes:
        middles: of the intervals, years since 1970.
        path: log-odds that the PDs lack in each interval, posterior means.
        covariance: of the path.
    """

    middles: Floats
    path: Floats
    covariance: Floats


def moving_level(found: Followed, prior: Prior) -> Level:
    """Posterior of a level that moves: newest outcomes weigh most, few outcomes little.

    Defaults of an interval are Poisson with the mean the PDs give once the level is added to their log-odds; the level is
    a Gaussian process around 0. Posterior mode and curvature there (Laplace).

    Source: Jewell, Credible means are exact Bayesian for exponential families, ASTIN Bulletin 8 (1974), for the
    shrinkage; Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), section 3.4, for the mode.

    Args:
        found: defaults seen and expected.
        prior: how the level moves.
    """
    tie = np.linalg.inv(prior.covariance(found.middles, found.middles))
    path = np.zeros(len(tie))
    for _ in range(MAX_STEPS):
        expected, slope = found.expected(path)
        weight = slope**2 / np.maximum(expected, MIN_VARIANCE)
        pull = slope / np.maximum(expected, MIN_VARIANCE) * (found.seen - expected) - tie @ path
        step = np.linalg.solve(tie + np.diag(weight), pull)
        path = path + np.clip(step, -1.0, 1.0)
        if np.max(np.abs(step)) < TOLERANCE:
            break
    return Level(found.middles, path, np.linalg.inv(tie + np.diag(weight)))


def year_ahead(level: Level, prior: Prior, start: float) -> tuple[float, float]:
    """Mean and standard error of the level's average over the year from `start`, years since 1970.

    >>> certain = Level(np.array([0.0]), np.array([0.8]), np.zeros((1, 1)))
    >>> [round(one, 3) for one in year_ahead(certain, Prior(0.0, 0.5, 1.0), 0.0)]   # 0.8 x 0.5 / ln 2; the year itself
    [0.577, 0.266]
    """
    ahead = start + (np.arange(PARTS) + 0.5) / PARTS
    tie = np.linalg.inv(prior.covariance(level.middles, level.middles))
    reach = prior.covariance(ahead, level.middles).mean(axis=0) @ tie
    own = float(prior.covariance(ahead, ahead).mean())
    told = reach @ prior.covariance(level.middles, level.middles) @ reach
    variance = own - float(told) + float(reach @ level.covariance @ reach)
    return float(reach @ level.path), float(np.sqrt(max(variance, MIN_VARIANCE)))


def chance_better(offset: float, error: float) -> float:
    """Chance that PDs changed by the offset are nearer the truth than those left alone: it lies beyond half of it.

    >>> round(chance_better(0.8, 0.4), 4), chance_better(0.0, 0.4)   # the normal distribution function at 1
    (0.8413, 0.5)
    """
    return float(norm.cdf(abs(offset) / 2.0 / error))


def outlook(
    rows: pd.DataFrame,
    horizon_months: int,
    config: RecalibrateConfig,
    learned: date | None = None,
) -> Outlook | None:
    """What the outcomes since the champion's calibration say of the year to come; None where none is final.

    Defaults that have told the level of these PDs already are left out: counted again they would move it a second time,
    and each repetition would undo a part of the shrinkage.

    Args:
        rows: customer_id, as_of, pd, defaulted (missing until matured), of every day of decision since then.
        horizon_months: of the outcome.
        config: how much the level moves, and how sure the advice must be.
        learned: the day before which defaults have told the level of these PDs; None: no default has.
    """
    found = followed(rows, horizon_months)
    if found is not None and learned is not None:
        found = found.after(learned)
    if found is None:
        return None
    prior = Prior(config.level_lasting, config.level_passing, config.level_half_life)
    level = moving_level(found, prior)
    newest = rows["as_of"].max().date()
    offset, error = year_ahead(level, prior, (newest - EPOCH).days / DAYS_OF_YEAR)
    return Outlook(
        from_=_day(found.starts[0]),
        until=_day(found.until),
        use_from=newest,
        use_until=add_months(newest, horizon_months),
        offset=offset,
        error=error,
        low=offset - REACH * error,
        high=offset + REACH * error,
        chance=chance_better(offset, error),
        needed=config.chance,
        lasting=config.level_lasting,
        passing=config.level_passing,
        half_life=config.level_half_life,
        trend=_trend(found, level),
    )


def _day(number: float) -> date:
    return pd.Timestamp(int(number), unit="D").date()


def _trend(found: Followed, level: Level) -> tuple[TrendYear, ...]:
    """Years counted back from the end; the oldest may be shorter."""
    expected = found.expected(np.zeros(len(found.seen)))[0]
    until, last, years = _day(found.until), len(found.starts), []
    while last > 0:
        since = months_back(until, MONTHS)
        first = int(np.searchsorted(found.starts, (since - EPOCH).days - 1))
        first = min(first, last - 1)  # an interval longer than a year is a year of its own
        years.append(
            TrendYear(
                from_=_day(found.starts[first]),
                until=until,
                seen=float(found.seen[first:last].sum()),
                expected=float(expected[first:last].sum()),
                offset=float(level.path[last - 1]),
            )
        )
        until, last = _day(found.starts[first]), first
    return tuple(reversed(years))

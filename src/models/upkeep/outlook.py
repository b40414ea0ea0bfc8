"""How far the level of the PDs will be off in the year to come: a level that moves and returns, shrunk towards right."""

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
from models.upkeep.followed import DAYS_OF_YEAR, Followed, followed

MAX_STEPS = 50
TOLERANCE = 1e-10
LEAST = 1e-12


@dataclass(frozen=True, slots=True)
class Level:
    """The level as the outcomes tell it.

    Attributes:
        path: log-odds that the PDs lack in each interval, posterior means.
        variance: of the last one.
    """

    path: Floats
    variance: float


def moving_level(found: Followed, spread: float, half_life: float) -> Level:
    """Posterior of a level that moves: newest outcomes weigh most, few outcomes little.

    Defaults of an interval are Poisson with the mean the PDs give once the level is added to their log-odds. The level
    is a stationary Gaussian process with covariance spread^2 2^(-|years apart| / half_life): right on average over many
    years, off in any one. Posterior mode and curvature (Laplace).

    Source: Jewell, Credible means are exact Bayesian for exponential families, ASTIN Bulletin 8 (1974), for the
    shrinkage; Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), section 3.4, for the mode.

    Args:
        found: defaults seen and expected.
        spread: prior standard deviation of the level, log-odds.
        half_life: years after which half of a move is gone.
    """
    apart = np.abs(np.subtract.outer(found.middles, found.middles))
    tie = np.linalg.inv(spread**2 * 2.0 ** (-apart / half_life))
    path = np.zeros(len(tie))
    for _ in range(MAX_STEPS):
        expected, slope = found.expected(path)
        weight = slope**2 / np.maximum(expected, LEAST)
        pull = slope / np.maximum(expected, LEAST) * (found.seen - expected) - tie @ path
        step = np.linalg.solve(tie + np.diag(weight), pull)
        path = path + np.clip(step, -1.0, 1.0)
        if np.max(np.abs(step)) < TOLERANCE:
            break
    return Level(path, float(np.linalg.inv(tie + np.diag(weight))[-1, -1]))


def year_ahead(level: Level, spread: float, half_life: float, gap: float) -> tuple[float, float]:
    """Mean and standard error of the level's average over the year that begins `gap` years after the last interval.

    With k = ln 2 / half_life the level decays as exp(-k u), so its average over a year is (1 - exp(-k)) / k of where it
    starts; what the process adds in that year is added to the error.

    >>> certain = Level(np.array([0.8]), 0.0)
    >>> [round(one, 3) for one in year_ahead(certain, 0.5, 1.0, 0.0)]   # 0.8 x 0.5 / ln 2; the year itself
    [0.577, 0.266]
    """
    k = np.log(2.0) / half_life
    mean = (1.0 - np.exp(-k)) / k
    kept = mean * np.exp(-k * gap)
    within = 2.0 * (k - 1.0 + np.exp(-k)) / k**2 - mean**2
    added = spread**2 * (within + mean**2 * (1.0 - np.exp(-2.0 * k * gap)))
    return float(kept * level.path[-1]), float(np.sqrt(kept**2 * level.variance + added))


def chance_better(offset: float, error: float) -> float:
    """Chance that PDs changed by the offset are nearer the truth than those left alone: it lies beyond half of it.

    >>> round(chance_better(0.8, 0.4), 4), chance_better(0.0, 0.4)   # the normal distribution function at 1
    (0.8413, 0.5)
    """
    return float(norm.cdf(abs(offset) / 2.0 / error))


def outlook(rows: pd.DataFrame, horizon_months: int, config: RecalibrateConfig) -> Outlook | None:
    """What the outcomes since the champion's calibration say of the year to come; None where none is final.

    Args:
        rows: customer_id, as_of, pd, defaulted (missing until matured), of every day of decision since then.
        horizon_months: of the outcome.
        config: how much the level moves, and how sure the advice must be.
    """
    found = followed(rows, horizon_months)
    if found is None:
        return None
    level = moving_level(found, config.level_spread, config.level_half_life)
    newest = rows["as_of"].max().date()
    gap = max((newest - EPOCH).days / DAYS_OF_YEAR - float(found.middles[-1]), 0.0)
    offset, error = year_ahead(level, config.level_spread, config.level_half_life, gap)
    return Outlook(
        from_=_day(found.starts[0]),
        until=_day(found.until),
        use_from=newest,
        use_until=add_months(newest, horizon_months),
        offset=offset,
        error=error,
        chance=chance_better(offset, error),
        needed=config.chance,
        spread=config.level_spread,
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

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
from contracts.documents.outlook import Carried, Movement, Outlook, TrendYear
from models.measures.counted import Counted
from models.measures.followed import DAYS_OF_YEAR, followed
from models.measures.prior import Prior

MAX_STEPS = 50
TOLERANCE = 1e-10
MIN_VARIANCE = 1e-12
REACH = float(norm.ppf(0.975))
"""Standard errors to each end of an interval of 95 %."""
PARTS = 24  # of the year ahead


@dataclass(frozen=True, slots=True)
class Level:
    """The level as the outcomes tell it.

    Attributes:
        middles: of the intervals, years since 1970.
        path: log-odds that the PDs lack in each interval, posterior means.
        covariance: of the path.
        shared: variance of an error that all expectations had in common; it is in the path, and not in the level.
    """

    middles: Floats
    path: Floats
    covariance: Floats
    shared: float = 0.0

    def before(self, prior: Prior) -> Floats:
        """Covariance of the path before an outcome was seen."""
        return prior.covariance(self.middles, self.middles) + self.shared


@dataclass(frozen=True, slots=True)
class Learned:
    """What outcomes have told of the level of the PDs in use.

    Attributes:
        until: the day before which they have.
        carried: what is left of it, of these PDs; None where an earlier release corrected them and kept nothing.
        movement: of the level, as the book's years tell it; None where the settings hold.
    """

    until: date
    carried: Carried | None = None
    movement: Movement | None = None


def moving_level(found: Counted, prior: Prior) -> Level:
    """Posterior of a level that moves: newest outcomes weigh most, few outcomes little.

    Defaults of an interval are Poisson with the mean the PDs give once the level is added to their log-odds; the level is
    a Gaussian process (`Prior`). Posterior mode and curvature there (Laplace). Where defaults come together their evidence is divided
    by the dispersion, and what all expectations may be wrong by is taken out of what the level is told.

    Source: Jewell, Credible means are exact Bayesian for exponential families, ASTIN Bulletin 8 (1974), for the
    shrinkage; Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), section 3.4, for the mode.

    Args:
        found: defaults seen and expected.
        prior: how the level moves.
    """
    tie = np.linalg.inv(prior.covariance(found.middles, found.middles) + found.shared)
    middle = prior.mean(found.middles)
    path = middle.copy()
    for _ in range(MAX_STEPS):
        expected, slope = found.expected(path)
        weight = slope**2 / np.maximum(expected, MIN_VARIANCE) / found.dispersion
        told = slope / np.maximum(expected, MIN_VARIANCE) * (found.seen - expected)
        pull = told / found.dispersion - tie @ (path - middle)
        step = np.linalg.solve(tie + np.diag(weight), pull)
        path = path + np.clip(step, -1.0, 1.0)
        if np.max(np.abs(step)) < TOLERANCE:
            break
    return Level(found.middles, path, np.linalg.inv(tie + np.diag(weight)), found.shared)


def year_ahead(level: Level, prior: Prior, start: float) -> tuple[float, float]:
    """Mean and standard error of the level's average over the year from `start`, years since 1970.

    >>> certain = Level(np.array([0.0]), np.array([0.8]), np.zeros((1, 1)))
    >>> [round(one, 3) for one in year_ahead(certain, Prior(0.0, 0.5, 1.0), 0.0)]   # 0.8 x 0.5 / ln 2; the year itself
    [0.577, 0.266]
    """
    ahead = start + (np.arange(PARTS) + 0.5) / PARTS
    before = level.before(prior)
    tie = np.linalg.inv(before)
    reach = prior.covariance(ahead, level.middles).mean(axis=0) @ tie
    own = float(prior.covariance(ahead, ahead).mean())
    middle = float(prior.mean(ahead).mean() + reach @ (level.path - prior.mean(level.middles)))
    told = reach @ before @ reach
    variance = own - float(told) + float(reach @ level.covariance @ reach)
    return middle, float(np.sqrt(max(variance, MIN_VARIANCE)))


def counted_variance(found: Counted, expected: Floats, slope: Floats) -> Floats:
    """Variance of the level that each interval alone tells, log-odds; endless for want of expected defaults."""
    return np.asarray(np.maximum(expected, MIN_VARIANCE) * found.dispersion / np.maximum(slope, MIN_VARIANCE) ** 2)  # fmt: skip


def newest_share(found: Counted, level: Level, prior: Prior, start: float) -> float:
    """Part of a deviation of the newest year, all its intervals alike, that the forecast of the year from `start` takes over.

    k' (K + V)^-1 summed over that year, K the covariance of the path, V that of the counts at the level told, k the covariance of
    path and forecast.

    Args:
        found: defaults seen and expected.
        level: posterior of its intervals.
        prior: that it was made with.
        start: years since 1970.
    """
    counted = counted_variance(found, *found.expected(level.path))
    ahead = start + (np.arange(PARTS) + 0.5) / PARTS
    reach = prior.covariance(ahead, level.middles).mean(axis=0)
    weight = np.linalg.solve(level.before(prior) + np.diag(counted), reach)
    newest = found.starts >= found.until - DAYS_OF_YEAR - 1
    newest[-1] = True  # an interval longer than a year is a year of its own
    return float(weight[newest].sum())


def carried(level: Level, prior: Prior, until: date) -> Carried:
    """What is known of the two parts of the level once its outcomes have been seen: the next forecast's prior.

    E(s | y) = E(s) + G (path - E(x)) and V(s | y) = V(s) - G (V(x) - V(x | y)) G', G = Cov(s, x) V(x)^-1, of the parts s on the
    day and the level x at the middles of the intervals.

    Source: Rauch, Tung and Striebel, Maximum likelihood estimates of linear dynamic systems, AIAA Journal 3 (1965).

    Args:
        level: posterior of the intervals seen.
        prior: that it was made with.
        until: the day after the last interval.

    >>> seen = Level(np.array([0.0]), np.array([0.6]), np.zeros((1, 1)))   # 0.6 for certain, shared by variances 0.25 and 0.25
    >>> told = carried(seen, Prior(0.5, 0.5, 1.0), date(1971, 1, 1))       # a year later half of the passing part is left
    >>> [round(one, 3) for one in (told.lasting, told.passing, told.lasting_variance, told.passing_variance, told.covariance)]
    [0.3, 0.15, 0.125, 0.219, -0.063]
    """
    day = (until - EPOCH).days / DAYS_OF_YEAR
    middle, whole, shared = prior.parts(day, level.middles)
    spread = level.before(prior)
    gain = np.linalg.solve(spread, shared.T).T
    means = middle + gain @ (level.path - prior.mean(level.middles))
    left = whole - gain @ (spread - level.covariance) @ gain.T
    return Carried(
        on=until,
        lasting=float(means[0]),
        passing=float(means[1]),
        lasting_variance=float(left[0, 0]),
        passing_variance=float(left[1, 1]),
        covariance=float(left[0, 1]),
    )


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
    learned: Learned | None = None,
) -> Outlook | None:
    """What the outcomes since the champion's calibration say of the year to come; None where none is final.

    Defaults that have told the level of these PDs already are left out: counted again they would move it a second time,
    and each repetition would undo a part of the shrinkage. What they told is where the forecast begins (`Prior.carried`): to begin
    anew, as unsure as on the first day, would overshoot.

    Args:
        rows: customer_id, as_of, pd, defaulted (missing until matured), of every day of decision since then.
        horizon_months: of the outcome.
        config: how much the level moves, and how sure the advice must be.
        learned: until when defaults have told the level of these PDs, and what is left of it; None: no default has.
    """
    found = followed(rows, horizon_months)
    if found is not None and learned is not None:
        found = found.after(learned.until)
    if found is None:
        return None
    return forecast(found, rows["as_of"].max().date(), horizon_months, config, learned)


def forecast(
    found: Counted,
    newest: date,
    horizon_months: int,
    config: RecalibrateConfig,
    learned: Learned | None = None,
    moves: Movement | None = None,
) -> Outlook:
    """What defaults beside expectations say of the year from the newest day of decision on.

    Args:
        found: none that has told the level of these PDs.
        newest: day of decision.
        horizon_months: of the outcome.
        config: how much the level moves, and how sure the advice must be.
        learned: what defaults before have told, with how the level moves.
        moves: how it does where that has been learned from these defaults; None: as `learned` has it, and as set where it has nothing.
    """
    told = None if learned is None else learned.carried
    moved = moves if learned is None else learned.movement
    if moved is None or config.level_within == 1:
        moved, how = None, (config.level_passing, config.level_half_life)
    else:
        how = (moved.passing, moved.half_life)
    prior = Prior(config.level_lasting, *how, told)
    level, start = moving_level(found, prior), (newest - EPOCH).days / DAYS_OF_YEAR
    offset, error = year_ahead(level, prior, start)
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
        lasting=prior.lasting,
        passing=prior.passing,
        half_life=prior.half_life,
        trend=_trend(found, level),
        began=None if told is None else told.on,
        carried=carried(level, prior, _day(found.until)),
        movement=moved,
        share=newest_share(found, level, prior, start),
        dispersion=found.dispersion,
    )


def _day(number: float) -> date:
    return pd.Timestamp(int(number), unit="D").date()


def _trend(found: Counted, level: Level) -> tuple[TrendYear, ...]:
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

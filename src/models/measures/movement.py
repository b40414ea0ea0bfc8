"""How long the level of a book's PDs lasts, and how far it swings: learned from the book's own years, shrunk towards the settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from contracts.arrays import Floats
from contracts.config.upkeep import RecalibrateConfig
from contracts.documents.outlook import Movement, Outlook
from models.measures.counted import Counted
from models.measures.followed import DAYS_OF_YEAR, followed
from models.measures.outlook import MIN_VARIANCE, REACH, counted_variance, forecast, moving_level
from models.measures.prior import Prior

HALF_LIVES, SWINGS = 65, 33
"""Points of the grid on either axis."""
FAR = 4.0
"""Prior standard deviations that the grid reaches to each side of the settings."""
ANY = 10.0
"""Standard deviation of the part that stays, log-odds, while the movement is learned: it takes no part in it."""
YEARS = 5.0
"""Of a book's own, whose evidence counts half: of n years n / (n + YEARS). A year of months tells how months move, and not how long years do."""
PASSES = 2
"""Times the counts are read as a level with an error, at the movement learned before."""


@dataclass(frozen=True, slots=True)
class Told:
    """The level that each interval alone tells, as a number with an error.

    Attributes:
        times: middles of the intervals, years since 1970, shape (n,).
        level: log-odds that the PDs lack, shape (n,).
        variance: of its error, that of the counts, shape (n,).
    """

    times: Floats
    level: Floats
    variance: Floats


def told(found: Counted, prior: Prior) -> Told:
    """Counts as a level with a normal error, around the level that all of them tell.

    Source: Breslow and Clayton, Approximate inference in generalized linear mixed models, JASA 88 (1993), the working variate.

    Args:
        found: defaults seen and expected.
        prior: how the level moves.
    """
    path = moving_level(found, prior).path
    expected, slope = found.expected(path)
    alone = path + (found.seen - expected) / np.maximum(slope, MIN_VARIANCE)
    return Told(found.middles, alone, counted_variance(found, expected, slope))


def likelihood(seen: Told, half_life: Floats, passing: Floats) -> Floats:
    """Logarithm of the likelihood of levels that were told, by how long a level lasts and how far it swings; up to a constant.

    The level is a part that stays, of which nothing is assumed, and one that returns; the filter runs over the intervals for all
    movements at once. The part that stays takes the mean out: the PDs have been fitted to these years, so that they are
    right on average says nothing of how long a deviation lasts.

    Source: Kalman, A new approach to linear filtering and prediction problems, Journal of Basic Engineering 82 (1960); Patterson and
    Thompson, Recovery of inter-block information when block sizes are unequal, Biometrika 58 (1971), for the mean.

    Args:
        seen: by interval.
        half_life: years, shape (m,).
        passing: standard deviation of the part that returns, log-odds, shape (m,).

    >>> turns = Told(np.arange(6.0), np.array([0.8, -0.6, 0.3, -0.8, 0.6, -0.3]), np.full(6, 0.01))
    >>> stays = Told(np.arange(6.0), np.array([0.8, 0.6, 0.3, -0.3, -0.6, -0.8]), np.full(6, 0.01))
    >>> short, long = np.array([0.2, 5.0]), np.full(2, 0.8)
    >>> [int(np.argmax(likelihood(one, short, long))) for one in (turns, stays)]   # of 0.2 and 5 years
    [0, 1]
    """
    stays, comes = np.zeros_like(half_life), np.zeros_like(half_life)
    of_stays, both, of_comes = np.full_like(half_life, ANY**2), np.zeros_like(half_life), passing**2
    found, before = np.zeros_like(half_life), seen.times[0]
    for time, level, variance in zip(seen.times, seen.level, seen.variance, strict=True):
        kept = 2.0 ** (-(time - before) / half_life)
        comes, both = comes * kept, both * kept
        of_comes = of_comes * kept**2 + passing**2 * (1.0 - kept**2)
        before = time
        off = level - stays - comes
        spread = of_stays + 2.0 * both + of_comes + variance
        found = found - 0.5 * (np.log(spread) + off**2 / spread)
        one, other = (of_stays + both) / spread, (both + of_comes) / spread
        stays, comes = stays + one * off, comes + other * off
        of_stays, both, of_comes = of_stays - one**2 * spread, both - one * other * spread, of_comes - other**2 * spread  # fmt: skip
    return np.asarray(found)


def movement(found: Counted, config: RecalibrateConfig) -> Movement:
    """Posterior of half-life and swing: logarithms normal around the settings, `level_within` one standard deviation of that of the half-life.

    The variance of the passing part may differ by the square root of that: on simulated levels of 7 and 15 years that forecasts best (`notebooks/EXPERIMENTS.md`).
    Evidence of few years is tempered (`YEARS`). Posterior means of both logarithms over a grid; few or short years leave them
    where the settings are. Empirical Bayes: what is learned is then used as if it were known.

    Source: Morris, Parametric empirical Bayes inference, JASA 78 (1983).

    Args:
        found: defaults seen and expected, of everything known on the day.
        config: the settings.
    """
    wide = np.log([config.level_within, config.level_within ** (1.0 / 4.0)])
    middle = np.log([config.level_half_life, config.level_passing])
    one, other = (part.ravel() for part in np.meshgrid(np.linspace(-FAR, FAR, HALF_LIVES), np.linspace(-FAR, FAR, SWINGS), indexing="ij"))  # fmt: skip
    half_life, passing = np.exp(middle[0] + wide[0] * one), np.exp(middle[1] + wide[1] * other)
    before = -0.5 * (one**2 + other**2)
    years = float((found.until - found.starts[0]) / DAYS_OF_YEAR)
    counts = years / (years + YEARS)
    at = np.zeros(2)
    for _ in range(PASSES):
        now = np.exp(middle + wide * at)
        seen = told(found, Prior(config.level_lasting, float(now[1]), float(now[0])))
        chance = before + counts * likelihood(seen, half_life, passing)
        chance = np.exp(chance - chance.max())
        chance /= chance.sum()
        at = np.array([np.sum(chance * one), np.sum(chance * other)])
    spread = float(np.sqrt(np.sum(chance * (one - at[0]) ** 2)))
    learned = np.exp(middle + wide * at)
    ends = np.exp(middle[0] + wide[0] * (at[0] + REACH * np.array([-spread, spread])))
    return Movement(
        years=years,
        half_life=float(learned[0]),
        low=float(ends[0]),
        high=float(ends[1]),
        passing=float(learned[1]),
        set_half_life=config.level_half_life,
        set_passing=config.level_passing,
        set_weight=min(spread**2, 1.0),
    )


def outlook_of_history(
    rows: pd.DataFrame,
    horizon_months: int,
    config: RecalibrateConfig,
    newest: date | None = None,
) -> Outlook | None:
    """What all outcomes say of the year to come, the movement of the level learned from them; None where none is final.

    Args:
        rows: customer_id, as_of, pd, defaulted (missing until matured), of every day of decision; the PDs of final outcomes by a model
            that had not learned from them.
        horizon_months: of the outcome.
        config: how much the level moves, and how far a book may differ from it; with `level_within: 1` it does not.
        newest: day of decision from which the year is meant; None: the last of the rows.
    """
    found = followed(rows, horizon_months)
    if found is None:
        return None
    moved = movement(found, config) if config.level_within > 1 else None
    start = newest or rows["as_of"].max().date()
    return forecast(found, start, horizon_months, config, moves=moved)

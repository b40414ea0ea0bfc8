"""What moves all customers at once: the economy and the industries, in log-odds of falling into arrears."""

from __future__ import annotations

import numpy as np

from contracts.arrays import Floats
from contracts.config.source import Severity
from world.hidden.draws import generator
from world.hidden.levels import DOWNTURN_DEPTH, EconomyLevels, Levels
from world.hidden.months import Months


def downturn(months: Months, severity: Severity, levels: EconomyLevels) -> Floats:
    """Log-odds the downturn adds in each month, shape (n months,): a slide, a trough, a recovery."""
    begin = months.first + round(levels.downturn_from * months.n_visible)
    trough = begin + levels.slide_months
    recovery = trough + levels.trough_months
    end = recovery + levels.recovery_months
    position = np.arange(len(months.starts) - 1, dtype=np.float64)
    shape = np.interp(position, [begin, trough, recovery, end], [0.0, 1.0, 1.0, 0.0])
    return DOWNTURN_DEPTH[severity] * shape


def cycle(seed: int, months: Months, severity: Severity, levels: Levels) -> Floats:
    """What the economy adds for every industry, shape (n months,): its ripple (an AR(1)) and the downturn."""
    n = len(months.starts) - 1
    ripple = autoregression(generator(seed, "economy"), 1, n, 0.9)[0]
    return np.asarray(levels.economy.ripple * ripple + downturn(months, severity, levels.economy))


def common_factors(seed: int, months: Months, severity: Severity, levels: Levels) -> Floats:
    """Log-odds added to every customer of an industry in a month, shape (n industries, n months).

    The sum of the industry's level, its own slow factor (an AR(1)), the economy's ripple (an AR(1)) and the downturn.
    """
    n = len(months.starts) - 1
    health = levels.health
    rng = generator(seed, "industries")
    own = autoregression(rng, len(levels.industries), n, health.industry_persistence)
    level = np.array([industry.hazard for industry in levels.industries])[:, None]
    return level + health.industry_swing * own + cycle(seed, months, severity, levels)


def autoregression(rng: np.random.Generator, rows: int, n: int, persistence: float) -> Floats:
    """Stationary AR(1) paths of variance one, shape (rows, n)."""
    shocks = rng.standard_normal((rows, n))
    shocks[:, 1:] *= np.sqrt(1.0 - persistence**2)
    for month in range(1, n):
        shocks[:, month] += persistence * shocks[:, month - 1]
    return shocks

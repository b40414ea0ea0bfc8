"""The books of every company, year by year, before anyone publishes them. Amounts in EUR."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from contracts.arrays import Floats, Ints
from world.hidden.draws import pick
from world.hidden.hidden import Hidden

YEAR_ENDS = (12, 3, 6, 9)
YEAR_END_WEIGHTS = (0.70, 0.10, 0.11, 0.09)
TAX = 0.26
INTEREST = 0.05
PAYOUT = 0.45
THINNEST, THICKEST = -0.45, 0.80  # equity / assets: below, owners pay in; above, they take out
WEAK = -0.7  # health below which a company dresses its books


@dataclass(frozen=True, slots=True)
class Years:
    """Fiscal years by customer; each of shape (n, years).

    Attributes:
        last: position of the year's last month.
        end: its last day.
        health: mean health over the year.
        revenue, ebit, interest, net_income: of the year.
        assets_base: assets in proportion to revenue.
        equity: at the end of the year, a roll-forward of profits less dividends.
        paid_in: capital paid in, shape (n, 1).
    """

    last: Ints
    end: Ints
    health: Floats
    revenue: Floats
    ebit: Floats
    interest: Floats
    net_income: Floats
    assets_base: Floats
    equity: Floats
    paid_in: Floats


def keep_books(hidden: Hidden) -> Years:
    """Draws revenue and margins from health, and rolls equity forward: equity = equity before + profit - payout."""
    rng = hidden.streams.of("books")
    people, months = hidden.population, hidden.months
    n = people.n
    first = np.array(YEAR_ENDS)[pick(rng, YEAR_END_WEIGHTS, n)]
    offset = (first - int(months.month_of_year()[11])) % 12 + 11
    # as many years as the earliest of the year-ends fits in; what ends after the last day is not filed
    last = offset[:, None] + 12 * np.arange(months.n_lived // 12)
    health = _yearly_mean(hidden, last)
    margin = np.array([i.margin for i in hidden.levels.industries])[people.industry][:, None]
    margin = margin + 0.048 * health + 0.010 * rng.standard_normal((n, 1))
    margin = margin + 0.012 * rng.standard_normal(last.shape)
    growth = 0.025 + 0.05 * health + 0.07 * rng.standard_normal(last.shape)
    revenue = people.revenue[:, None] * np.exp(np.cumsum(growth, axis=1) - 2 * growth[:, :1])
    turnover = np.exp(rng.normal(0.35, 0.35, (n, 1)))
    assets = revenue / turnover * np.exp(0.05 * rng.standard_normal(last.shape))
    ratio = 0.33 + 0.14 * people.health + 0.08 * rng.standard_normal(n)
    ratio = np.clip(ratio, -0.10, 0.75)
    ebit = margin * revenue
    interest, income, equity = _rolled(ebit, assets, ratio)
    end = months.starts[last + 1] - 1
    paid_in = 0.10 * assets[:, :1]
    return Years(last, end, health, revenue, ebit, interest, income, assets, equity, paid_in)


def _yearly_mean(hidden: Hidden, last: Ints) -> Floats:
    """Mean health over each fiscal year, with what industry and economy take away."""
    common = hidden.common - np.array([i.hazard for i in hidden.levels.industries])[:, None]
    common = common[hidden.population.industry, : hidden.months.n_lived]
    total = np.cumsum(hidden.lives.health - common / hidden.levels.health.hazard_slope, axis=1)
    total = np.concatenate([np.zeros((len(total), 1)), total], axis=1)
    stop = np.minimum(last + 1, hidden.months.n_lived)
    rows = np.arange(len(total))[:, None]
    return np.asarray((total[rows, stop] - total[rows, stop - 12]) / 12.0)


def _rolled(ebit: Floats, assets: Floats, ratio: Floats) -> tuple[Floats, Floats, Floats]:
    """Interest on last year's debt, profit after tax, and equity at the end of each year."""
    interest, income, equity = (np.empty_like(ebit) for _ in range(3))
    before = ratio * assets[:, 0]
    for year in range(ebit.shape[1]):
        interest[:, year] = INTEREST * 0.55 * np.maximum(assets[:, year] - before, 0.0)
        profit = ebit[:, year] - interest[:, year]
        income[:, year] = np.where(profit > 0, (1.0 - TAX) * profit, profit)
        after = before + income[:, year] - PAYOUT * np.maximum(income[:, year], 0.0)
        before = np.clip(after, THINNEST * assets[:, year], THICKEST * assets[:, year])
        equity[:, year] = before
    return interest, income, equity

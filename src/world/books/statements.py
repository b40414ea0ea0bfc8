"""Published statements: late, noisy, sometimes dressed, sometimes restated - and always adding up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from contracts.arrays import Bools, Floats, Ints
from contracts.tables.raw import FINANCIALS
from world.books.accounts import WEAK, Years, keep_books
from world.books.currencies import Exchange
from world.books.orders import Cutoffs
from world.hidden import arrow
from world.hidden.draws import between
from world.hidden.hidden import Hidden

PUBLISHES = 0.88  # of the companies; sole traders do not
SKIPS = 0.03  # of the years
ABRIDGED = 0.35  # small companies that file a balance sheet only
SMALL_REVENUE = 4e6  # EUR
THICKEST_TOTAL = 0.88  # equity / total assets: somebody is always owed something
DRESSES = 0.25  # of the weak years
RESTATES = (0.012, 0.50)  # ordinary years, dressed years
PROFIT_AND_LOSS = (
    "revenue",
    "cogs",
    "gross_profit",
    "ebitda",
    "ebit",
    "depreciation",
    "interest_expense",
    "net_income",
    "operating_cash_flow",
)


@dataclass(frozen=True, slots=True)
class Filings:
    """One row per published version of a year.

    Attributes:
        customer, year: positions.
        published: day.
        flattered: share of revenue by which profit and receivables are overstated in this version.
    """

    customer: Ints
    year: Ints
    published: Ints
    flattered: Floats


def financials_table(hidden: Hidden, cutoffs: Cutoffs, exchange: Exchange) -> pa.Table:
    """The raw table `financials`."""
    years = keep_books(hidden)
    filings = _filings(hidden, cutoffs, years)
    rows, year = filings.customer, filings.year
    lines = _lines(hidden, years, filings)
    end = years.end[rows, year]
    rate = exchange.on(exchange.billed[rows], end)
    amounts = _whole({name: values / rate for name, values in lines.items()})
    people = hidden.population
    small = people.revenue[rows] < SMALL_REVENUE
    abridged = small & (hidden.streams.of("abridged").random(people.n) < ABRIDGED)[rows]
    values: dict[str, pa.Array] = {}
    for name, amount in amounts.items():
        known = ~abridged if name in PROFIT_AND_LOSS else np.ones(len(rows), dtype=bool)
        known = people.listed[rows] if name == "market_value" else known
        values[name] = arrow.where(known, arrow.money(amount))
    return arrow.table(
        FINANCIALS,
        {
            "customer_id": hidden.customer_ids(rows),
            "period_end": arrow.days(end),
            "published_on": arrow.days(filings.published),
            "months": np.full(len(rows), 12),
            "currency": arrow.words(list(exchange.codes), exchange.billed[rows]),
            **values,
        },
    )


def _filings(hidden: Hidden, cutoffs: Cutoffs, years: Years) -> Filings:
    """Who publishes which year when: four to nine months after its end; weak companies later than others."""
    rng = hidden.streams.of("filings")
    people, until = hidden.population, hidden.months.until
    shape = years.end.shape
    weak = years.health < WEAK
    published = years.end + between(rng, 120, 260, shape[0] * shape[1]).reshape(shape) + 15 * weak
    dressed = weak & (rng.random(shape) < DRESSES)
    flattered = np.where(dressed, rng.uniform(0.01, 0.035, shape), 0.0)
    restated = rng.random(shape) < np.where(dressed, RESTATES[1], RESTATES[0])
    plain = np.where(dressed, 0.0, -rng.uniform(0.004, 0.02, shape))
    again = published + between(rng, 60, 330, shape[0] * shape[1]).reshape(shape)
    files = ~people.sole & (rng.random(people.n) < PUBLISHES)
    seen = files[:, None] & (rng.random(shape) >= SKIPS)
    seen &= (years.end > people.founded[:, None] + 200) & (years.end <= until)
    seen &= years.end > people.onboarded[:, None] - 3 * 365
    last = np.minimum(cutoffs.defaulted_on, until + 1)[:, None]  # the insolvent publish nothing
    first = _flat(seen & (published < last), published, flattered)
    second = _flat(seen & restated & (again < last), again, plain)
    return Filings(*(np.concatenate(pair) for pair in zip(first, second, strict=True)))


def _flat(chosen: Bools, day: Ints, flattered: Floats) -> tuple[Ints, Ints, Ints, Floats]:
    rows, year = np.nonzero(chosen)
    return rows, year, day[rows, year], flattered[rows, year]


def _lines(hidden: Hidden, years: Years, filings: Filings) -> dict[str, Floats]:
    """The base lines of each version, EUR; sums are made after rounding."""
    rng = hidden.streams.of("lines")  # by customer and year: all versions of a year share them
    shape = years.end.shape
    at = (filings.customer, filings.year)
    noise = {
        name: rng.standard_normal(shape)[at]
        for name in ("gross", "cash", "debt", "flow", "days", "value")
    }
    industries = hidden.levels.industries
    stock = np.array([i.stock for i in industries])[hidden.population.industry[filings.customer]]
    revenue, health = years.revenue[at], years.health[at]
    gross = np.clip(0.20 + 0.03 * noise["gross"] + years.ebit[at] / revenue, 0.02, 0.85)
    cogs = revenue * (1.0 - gross)
    lines = _balance(years, at, noise, cogs * stock / 365.0)
    flattery = filings.flattered * revenue
    income = years.net_income[at]
    equity = lines.pop("equity")
    worth = np.maximum(8.0 * income, 0.4 * equity) * np.exp(0.25 * health + 0.25 * noise["value"])
    lines["receivables"] += flattery
    depreciation = 0.07 * lines["fixed"]
    cash_effect = revenue * (0.012 * health + 0.025 * noise["flow"])
    return lines | {
        "revenue": revenue,
        "cogs": cogs - flattery,
        "ebit": years.ebit[at] + flattery,
        "depreciation": depreciation,
        "interest_expense": years.interest[at],
        "net_income": income + flattery,
        "operating_cash_flow": income + depreciation + cash_effect,  # cash cannot be dressed
        "retained_earnings": equity + flattery - years.paid_in[filings.customer, 0],
        "market_value": np.maximum(worth, 0.02 * years.assets_base[at]),
    }


def _balance(
    years: Years, at: tuple[Ints, Ints], noise: dict[str, Floats], usual_stock: Floats
) -> dict[str, Floats]:
    """Lines of the balance sheet before anyone dresses it. The weak hold little cash and owe it sooner."""
    health, assets, revenue = years.health[at], years.assets_base[at], years.revenue[at]
    cash = assets * np.clip(0.11 + 0.045 * health + 0.05 * noise["cash"], 0.004, 0.5)
    receivables = revenue * (48.0 - 3.0 * health + 6.0 * noise["days"]).clip(10.0) / 365.0
    inventory = usual_stock * (1.0 - 0.08 * health).clip(0.5)
    current = cash + receivables + inventory + 0.04 * assets
    fixed = np.maximum(assets - current, 0.05 * assets)
    equity = np.minimum(years.equity[at], THICKEST_TOTAL * (current + fixed))
    debts = current + fixed - equity
    short = debts * np.clip(0.60 - 0.06 * health + 0.08 * noise["debt"], 0.25, 0.95)
    return {
        "cash": cash,
        "receivables": receivables,
        "inventory": inventory,
        "other_current": 0.04 * assets,
        "fixed": fixed,
        "equity": equity,
        "current_liabilities": short,
        "other_liabilities": debts - short,
    }


def _whole(lines: dict[str, Floats]) -> dict[str, Floats]:
    """Lines in whole units of currency, and the sums made of them, so that every identity holds exactly.

    gross_profit = revenue - cogs; ebitda = ebit + depreciation; current_assets = cash + receivables + inventory + other;
    total_assets = current_assets + fixed; total_liabilities = current + other; equity = total_assets - total_liabilities.
    """
    v = {name: np.rint(values) for name, values in lines.items()}
    other, fixed = v.pop("other_current"), v.pop("fixed")
    long_term = v.pop("other_liabilities")
    v["gross_profit"] = v["revenue"] - v["cogs"]
    v["ebitda"] = v["ebit"] + v["depreciation"]
    v["current_assets"] = v["cash"] + v["receivables"] + v["inventory"] + other
    v["total_assets"] = v["current_assets"] + fixed
    v["total_liabilities"] = v["current_liabilities"] + long_term
    v["long_term_debt"] = np.rint(0.7 * long_term)
    v["equity"] = v["total_assets"] - v["total_liabilities"]
    return v

"""The engine's answers beside the bookkeeper's, and the smallest book that shows a difference."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from math import isclose
from typing import Any

from contracts.calendar import EPOCH
from contracts.config.default import DefaultConfig
from contracts.config.features import FeaturesConfig
from contracts.config.portfolio import PortfolioConfig
from contracts.tables.ledger import BUCKETS
from features.engine.scratch import Scratch
from features.labels.cohort import all_rates
from features.labels.default import spells
from features.matrix.position import position as positions
from tests.bookkeeper.ageing import ENDS, position_row
from tests.bookkeeper.defaults import breach_days
from tests.bookkeeper.defaults import spells as default_spells
from tests.bookkeeper.features import Desk, values
from tests.bookkeeper.items import smallest_of
from tests.bookkeeper.journal import Books, open_books
from tests.bookkeeper.trade import peak
from tests.features_books import START, Row, Tables, engine, matrix, portfolio

HALF, CENT = Decimal("0.005"), Decimal("0.01")
FAR = 60_000
"""A day past all days of a test, since 1970."""
AskFeatures = Callable[[Tables, Sequence[tuple[str, date]], FeaturesConfig], list[Row]]
AskPositions = Callable[[Tables, PortfolioConfig, Sequence[date]], list[Row]]
BOOK = ("invoices", "payments", "disputes", "credit_terms", "events")


@dataclass(frozen=True, slots=True)
class Difference:
    """One number on which the two disagree."""

    customer: str
    as_of: date
    name: str
    engine: Any
    bookkeeper: Any


def same(left: Any, right: Any) -> bool:
    """Equal to 1e-9; missing only beside missing."""
    if None in (left, right) or "none" in (left, right):
        return bool(left == right)
    return isclose(float(left), float(right), rel_tol=1e-9, abs_tol=1e-9)


def rates_before(tables: Tables, as_of: date, reporting: str = "EUR") -> Callable[[str], Decimal]:
    """By currency, the last rate before a day."""
    known = {
        row["currency"]: row["rate"]
        for row in sorted(tables.get("fx_rates", ()), key=lambda row: row["rate_on"])
        if row["rate_on"] < as_of
    }
    return lambda currency: Decimal(1) if currency == reporting else known[currency]


def desks(
    tables: Tables, days: Sequence[date], config: PortfolioConfig
) -> dict[tuple[str, date], Desk]:
    """Every customer on every day."""
    books = open_books(tables)
    return {
        (whose, day): Desk(
            one, day, rates_before(tables, day, config.reporting_currency), config.settlement
        )
        for day in days
        for whose, one in books.items()
    }


def by_duckdb(tables: Tables, asked: Sequence[tuple[str, date]], choice: FeaturesConfig) -> list[Row]:  # fmt: skip
    """The matrix of these customers and days, as the pipeline's default engine computes it."""
    rows: list[Row] = matrix(tables, list(asked), choice=choice).to_pylist()
    return rows


def positions_by_duckdb(tables: Tables, config: PortfolioConfig, days: Sequence[date]) -> list[Row]:
    """The table `position` of these days."""
    with engine(tables, config) as (con, loaded):
        rows: list[Row] = positions(con, loaded, config, list(days)).to_pylist()
    return rows


def feature_differences(
    tables: Tables, days: Sequence[date], choice: FeaturesConfig, ask: AskFeatures = by_duckdb
) -> list[Difference]:
    """Of every ledger feature of every customer, over the windows chosen; a feature that only one of them has is one too.

    Args:
        tables: rows of the raw contract.
        days: of decision.
        choice: families and windows.
        ask: who answers.
    """
    mine = desks(tables, days, portfolio())
    found, answered = [], set()
    for row in ask(tables, list(mine), choice):
        key = row.pop("customer_id"), row.pop("as_of")
        answered.add(key)
        kept = values(mine[key], choice.windows_days)
        for name in sorted({*row, *kept}):
            theirs, ours = row.get(name, "none"), kept.get(name, "none")
            if not same(theirs, ours):
                found.append(Difference(*key, name, theirs, ours))
    return found + [Difference(*key, "row", "none", "asked") for key in mine if key not in answered]


def position_differences(
    tables: Tables,
    days: Sequence[date],
    config: PortfolioConfig | None = None,
    ask: AskPositions = positions_by_duckdb,
) -> list[Difference]:
    """Of every figure of the table `position`, to the cent, yen or fils; a customer who owes nothing has no row.

    Args:
        tables: rows of the raw contract.
        days: asked for; the newest has a peak balance.
        config: of the portfolio.
        ask: who answers.
    """
    config = config or portfolio()
    least = smallest_of(config.reporting_currency)
    theirs = {(row["customer_id"], row["as_of"]): row for row in ask(tables, config, days)}
    found = []
    for (whose, day), desk in desks(tables, days, config).items():
        row = theirs.get((whose, day), {})
        kept = dict(position_row(desk.position(), day))
        if day == max(days):
            kept["peak_balance"] = peak(desk)
        for name, value in kept.items():
            other = row.get(name, 0)
            # buckets are rounded as they add up, so each is within a cent, yen or fils
            if abs(Decimal(other) - value) > (least if name in BUCKETS else least / 2):
                found.append(Difference(whose, day, name, other, value))
    return found


def balance_differences(tables: Tables, since: date, n_days: int) -> list[Difference]:
    """Of what is open, overdue, in each bucket and in dispute on every day of a span, in whole cents, yen or fils.

    The bookkeeper counts anew only after days on which something happens; the engine is asked of every day, so a day on which
    it moves and nothing happened is a difference too.

    Args:
        tables: rows of the raw contract, with one rate for each currency.
        since: the first day.
        n_days: how many.
    """
    config = portfolio()
    least = smallest_of(config.reporting_currency)
    days = [since + timedelta(days=step) for step in range(n_days)]
    theirs = {
        (row["customer_id"], row["as_of"]): row for row in positions_by_duckdb(tables, config, days)
    }
    found = []
    for whose, books in open_books(tables).items():
        turns, kept = turning_days(books), {}
        for day in days:
            if day == since or day in turns:
                rates = rates_before(tables, day, config.reporting_currency)
                kept = dict(
                    position_row(Desk(books, day, rates, config.settlement).position(), day)
                )
                del kept["oldest_days"]  # a day older every day
            row = theirs.get((whose, day), {})
            for name, value in kept.items():
                other = row.get(name, 0)
                if abs(Decimal(other) - value) > (least if name in BUCKETS else least / 2):
                    found.append(Difference(whose, day, name, other, value))
    return found


def turning_days(books: Books) -> set[date]:
    """The days on which what was known the day before is not what it was: bookings, disputes, plans, and items that grow older."""
    ends = [entry.known for entry in books.entries]
    ends += [day for row in books.disputes for day in (row["opened_on"], row["closed_on"]) if day]
    for row in books.events:
        ends += [row["occurred_on"], row["known_on"]]
        agreed = re.findall(r"\d{4}-\d\d-\d\d", row["detail"] or "")
        # a plan protects to the end of its last date, and what is not settled counts from the day after
        ends += [date.fromisoformat(last) + timedelta(days=1) for last in agreed]
    ages = [age for age, _ in ENDS.values() if age < FAR]
    due = [row["due_on"] for row in books.documents.values() if row["due_on"]]
    later = {day + timedelta(days=age) for day in due for age in ages}
    return later | {day + timedelta(days=1) for day in ends}


def of(tables: Tables, whose: Iterable[str]) -> Tables:
    """The rows of some customers."""
    names = set(whose)
    documents = {r["invoice_id"] for r in tables["invoices"] if r["customer_id"] in names}

    def belongs(row: Row) -> bool:
        return row.get("customer_id") in names or row.get("invoice_id") in documents

    return {
        name: rows if name == "fx_rates" else [row for row in rows if belongs(row)]
        for name, rows in tables.items()
    }


def smallest(tables: Tables, differs: Callable[[Tables], bool]) -> Tables:
    """Rows are left out one by one while the difference remains."""
    kept = {name: list(rows) for name, rows in tables.items()}
    shrunk = True
    while shrunk:
        shrunk = False
        for name in BOOK:
            for row in list(kept.get(name, ())):
                less = _without(kept, name, row)
                if less["invoices"] and differs(less):
                    kept, shrunk = less, True
                    break
    return kept


def _without(tables: Tables, name: str, row: Row) -> Tables:
    less = tables | {name: [one for one in tables[name] if one is not row]}
    if name == "invoices":
        gone = row["invoice_id"]
        for other in ("payments", "disputes"):
            less[other] = [one for one in less[other] if one["invoice_id"] != gone]
    return less


def table(tables: Tables) -> str:
    """A book as a person reads it: a line for each row, its columns that are not empty."""
    lines = []
    for name in BOOK:
        for row in tables.get(name, ()):
            shown = ", ".join(f"{key} {value}" for key, value in row.items() if value is not None)
            lines.append(f"{name:12} {shown}")
    return "\n".join(lines)


def default_differences(
    tables: Tables, preset: str, until: date, config: PortfolioConfig | None = None
) -> list[Difference]:
    """Of the days on which customers entered default and were cured, as far as they lie before a day."""
    config = (config or portfolio()).model_copy(update={"default": DefaultConfig(preset=preset)})
    with engine(tables, config) as (con, loaded):
        rates = all_rates(con, loaded, config)
        made = spells(loaded, config.default, rates, config.settlement, Scratch(con).keep)
        rows = con.to_pyarrow(made.order_by(["customer_id", "start"])).to_pylist()
    theirs: dict[str, list[tuple[date, date | None]]] = defaultdict(list)
    for row in rows:
        start, end = (EPOCH + timedelta(days=min(row[name], FAR)) for name in ("start", "until"))
        if start < until:
            theirs[row["customer_id"]].append((start, end if end < until else None))
    found = []
    for whose, books in open_books(tables).items():
        days = breach_days(
            books,
            (START, until),
            config.default,
            config.settlement,
            partial(rates_on, tables, config.reporting_currency),
        )
        ours = [
            (entered, cured if cured and cured < until else None)
            for entered, cured in default_spells(books, days, config.default)
        ]
        if theirs[whose] != ours:
            found.append(Difference(whose, until, f"default {preset}", theirs[whose], ours))
    return found


def rates_on(tables: Tables, reporting: str, day: date) -> Callable[[str], Decimal]:
    """By currency, the last rate told by the end of a day."""
    return rates_before(tables, day + timedelta(days=1), reporting)

"""How many answers stand beside the bookkeeper's, and which differ: features, positions, spells of default, decisions and the page.

Whoever answers: DuckDB, or what `tests.features_books.answered_by` names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from contracts.config.decisions import RateConfig
from contracts.config.features import FeaturesConfig
from contracts.config.portfolio import PortfolioConfig
from contracts.config.scale import ScaleConfig
from contracts.tables.raw import CUSTOMERS
from contracts.tables.store import read_table
from decisions.facts.book import gather
from decisions.rating import rate
from decisions.summary import Heading, summarise
from reports.portfolio import PAGE
from tests.bookkeeper.compare import (
    Difference,
    by_duckdb,
    default_differences,
    feature_differences,
    position_differences,
    positions_by_duckdb,
)
from tests.bookkeeper.decided import (
    House,
    decision_differences,
    figure_differences,
    figures,
    trading_differences,
)
from tests.bookkeeper.printed import printed, shown
from tests.bookkeeper.scored import AS_OF, THEN, as_book, scored
from tests.features_books import Row, Tables

LEDGER = ("payments", "ageing", "earlier", "disputes", "limits", "billing", "events")
PRESETS = ("irb_90dpd", "days_beyond_terms", "dollars_late")
DAYS = (date(2022, 12, 1), date(2023, 6, 1))
UNTIL = date(2023, 9, 1)
RULES = (RateConfig(), RateConfig(gross_margin=0.02, allowed_loss=4, starter_limit=50_000))
"""Those of the house; and thin margins with little to lose and much to start with, so that margin and appetite bind."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What was asked, how many answers were compared, and those that differ."""

    what: str
    compared: int
    found: tuple[Difference, ...]


def features(tables: Tables, days: Sequence[date], windows: tuple[int, ...]) -> Tally:
    """Every ledger feature of every customer on some days."""
    answered = 0

    def ask(rows: Tables, asked: Sequence[tuple[str, date]], choice: FeaturesConfig) -> list[Row]:
        nonlocal answered
        found = by_duckdb(rows, asked, choice)
        answered += sum(len(row) - 2 for row in found)
        return found

    choice = FeaturesConfig(families=LEDGER, windows_days=windows)
    differ = feature_differences(tables, days, choice, ask)
    return Tally("ledger features", answered, tuple(differ))


def positions(tables: Tables, days: Sequence[date]) -> Tally:
    """Every figure of the table `position`: balances, overdue, buckets, peak."""
    answered = 0

    def ask(rows: Tables, config: PortfolioConfig, on: Sequence[date]) -> list[Row]:
        nonlocal answered
        found = positions_by_duckdb(rows, config, on)
        answered += sum(len(row) - 2 for row in found)
        return found

    differ = position_differences(tables, days, ask=ask)
    return Tally("balances and buckets", answered, tuple(differ))


def spells(tables: Tables, preset: str) -> Tally:
    """The spells of default of every customer."""
    differ = default_differences(tables, preset, UNTIL)
    return Tally(f"customers' spells of default, {preset}", len(tables["customers"]), tuple(differ))


def decided(
    rng: Random, customers: int, folder: Path, made: Callable[[Random, int], Tables]
) -> Iterator[Tally]:
    """The trading record, every decision, every figure of the portfolio's document, and every cell of its page."""
    kept = scored(rng, customers, made)
    book = as_book(folder, kept.tables, kept.config, {AS_OF: kept.now, THEN: kept.then})
    who, house = read_table(book.tables["customers"], CUSTOMERS), House(kept)
    facts = gather(book, RULES[0].statement_months)
    yield _tally("trading record", *trading_differences(book.trading, house.now))
    for number, rules in enumerate(RULES, 1):
        rated = rate(book, ScaleConfig(), rules, facts=facts)
        ours = house.decisions(rules)
        yield _tally(f"decisions, rules {number}", *decision_differences(rated, ours))
        heading = Heading("demo", "Demo", 12)
        document = summarise(rated, who, book, facts, heading, (ScaleConfig(), rules))
        wanted = figures(house, ours, rules)
        yield _tally(
            f"figures of the document, rules {number}",
            *figure_differences(document.model_dump(), wanted),
        )
        yield _page(
            f"cells of the page, rules {number}", str(PAGE.render(document)), printed(wanted)
        )


def _tally(what: str, compared: int, found: Sequence[Difference]) -> Tally:
    return Tally(what, compared, tuple(found))


def _page(what: str, page: str, wanted: dict[str, list[list[str]]]) -> Tally:
    given = shown(page)
    cells = sum(len(row) for rows in wanted.values() for row in rows)
    found = [
        Difference("", AS_OF, name, given[name], rows)
        for name, rows in wanted.items()
        if given[name] != rows
    ]
    return Tally(what, cells, tuple(found))

"""Decisions, figures of the portfolio document, and the page as printed, beside the independent bookkeeper (`tests/bookkeeper`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pandas as pd
import pytest

from contracts.config.decisions import RateConfig
from contracts.config.scale import ScaleConfig
from contracts.documents.portfolio import Portfolio
from contracts.tables.derived import ACTIONS
from contracts.tables.raw import CUSTOMERS
from contracts.tables.store import read_table
from decisions.facts.book import Book, Facts, gather
from decisions.limit import BOUNDS
from decisions.rating import rate
from decisions.summary import Heading, summarise
from reports.portfolio import PAGE
from tests.bookkeeper.books import everyday_book
from tests.bookkeeper.compare import Difference
from tests.bookkeeper.decided import (
    House,
    decision_differences,
    figure_differences,
    figures,
    trading_differences,
)
from tests.bookkeeper.printed import printed, shown
from tests.bookkeeper.rarer import rarer_book
from tests.bookkeeper.scored import AS_OF, THEN, as_book, scored
from tests.features_books import Tables
from tests.features_random import seeded

SCALE = ScaleConfig()
RULES = (RateConfig(), RateConfig(gross_margin=0.02, allowed_loss=4, starter_limit=50_000))
"""Those of the house; and thin margins with little to lose and much to start with, so that margin and appetite bind."""


@dataclass(frozen=True)
class Made:
    """A book by the code and by the bookkeeper."""

    house: House
    book: Book
    facts: Facts
    who: pd.DataFrame

    def rated(self, rules: RateConfig) -> pd.DataFrame:
        return rate(self.book, SCALE, rules, facts=self.facts)

    def document(self, rules: RateConfig) -> Portfolio:
        heading = Heading("demo", "Demo", 12)
        return summarise(self.rated(rules), self.who, self.book, self.facts, heading, (SCALE, rules))  # fmt: skip


def make(folder: Path, seed: int, customers: int, of: Callable[[Random, int], Tables] = everyday_book) -> Made:  # fmt: skip
    kept = scored(seeded(seed), customers, of)
    book = as_book(folder, kept.tables, kept.config, {AS_OF: kept.now, THEN: kept.then})
    who = read_table(book.tables["customers"], CUSTOMERS)
    return Made(House(kept), book, gather(book, RULES[0].statement_months), who)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(tmp_path_factory.mktemp("decided"), 30, 200)


def told(found: Sequence[Difference]) -> str:
    return f"{Counter(one.name for one in found)}\n" + "\n".join(map(str, found[:12]))


def same(made: Made) -> int:
    """How many figures were compared; all of them agree."""
    compared, found = trading_differences(made.book.trading, made.house.now)
    assert not found, told(found)
    for rules in RULES:
        ours = made.house.decisions(rules)
        n, found = decision_differences(made.rated(rules), ours)
        assert not found, told(found)
        m, found = figure_differences(made.document(rules).model_dump(), figures(made.house, ours, rules))  # fmt: skip
        assert not found, told(found)
        compared += n + m
    return compared


def test_every_decision_and_figure_is_the_bookkeepers(made: Made) -> None:
    assert same(made) > 10_000


def test_every_decision_and_figure_of_a_book_with_write_offs_plans_and_refunds_is_the_bookkeepers(tmp_path: Path) -> None:  # fmt: skip
    """Where the two differed, the bookkeeper was wrong: a credit note that names a credit note counts in the month of its own issue."""
    assert same(make(tmp_path, 32, 120, rarer_book)) > 6_000


@pytest.mark.slow
def test_every_decision_and_figure_of_a_thousand_customers_is_the_bookkeepers(tmp_path: Path) -> None:  # fmt: skip
    assert same(make(tmp_path, 31, 1_000)) > 45_000


def test_every_bound_and_action_occurs(made: Made) -> None:
    """Or the comparison would prove nothing of those that do not."""
    rated = pd.concat([made.rated(rules) for rules in RULES])
    assert set(rated["limit_bound"]) == set(BOUNDS)
    assert set(rated["action"]) == set(ACTIONS)
    assert set(rated["terms_days"]) == set(RULES[0].terms_by_grade)
    assert set(rated["grade"]) == set(range(1, SCALE.n_grades + 1))
    assert (rated["ead"] > rated["exposure"]).any()


@pytest.mark.parametrize("rules", RULES, ids=["house", "thin"])
def test_the_page_prints_the_bookkeepers_figures(made: Made, rules: RateConfig) -> None:
    page = str(PAGE.render(made.document(rules)))
    wanted = figures(made.house, made.house.decisions(rules), rules)
    assert shown(page) == printed(wanted)
    assert sum(len(row) for rows in printed(wanted).values() for row in rows) > 200

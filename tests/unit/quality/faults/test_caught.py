"""Every fault at every table it strikes is caught by the rule it names, on a small book.

Faults of one table are struck together, each at rows of its own. Tables that hang on customers alone
share a book (with the invoices that a limit is looked at beside), so do payments and disputes: their rules do not look at one another.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from contracts.config.portfolio import BalanceConfig
from contracts.tables.raw import RAW_TABLES
from contracts.tables.store import table_paths
from quality.faults.fault import Fault
from quality.faults.measure import caught, open_balances
from quality.faults.soil import Order, apply, soil
from tests import dirt_books
from tests.dirt_books import PLACES, UNTIL, check, find_place, write_book

pytestmark = pytest.mark.long

BOOKS = {
    "rates": (("fx_rates",), ("fx_rates",)),
    "customers": (("customers",), ("customers", "fx_rates")),
    "files of customers": (
        ("master_history", "credit_terms", "financials", "events", "attributes"),
        ("customers", "fx_rates", "master_history", "credit_terms", "invoices", "financials", "events", "attributes"),
    ),
    "invoices": (("invoices",), ("customers", "fx_rates", "credit_terms", "invoices")),
    "payments": (("payments", "disputes"), ("customers", "fx_rates", "invoices", "payments", "disputes")),
}  # fmt: skip
# These change the book as a whole: struck together with others they would hide them, or be hidden.
ALONE = {
    "kinds_swapped": 0.02,
    "open_items_missing": 0.005,
    "month_missing": 0.02,
    "year_of_statements_missing": 0.02,
    "feed_of_another_scale": 0.02,
    "payments_redated": 0.1,
    "old_payments_redated": 0.02,
    "numbered_anew": 0.01,
    "opening_sum_never_paid": 0.1,
    "year_before": 0.01,
    "on_account_zeros_lost": 0.01,
    "invoices_redated": 0.1,
    "paid_on_wrong_invoice": 0.01,
    "paid_by_the_head": 0.02,
    "customer_in_thousands": 0.05,
    "remainders_written_off": 0.02,
    "with_tax_and_without": 0.05,
    "kept_its_old_number": 0.02,
    "deposit_on_account": 0.005,
    "at_the_rate_of_another_day": 0.05,
    "due_when_nobody_said": 0.05,
    "history_entered_on_one_day": 0.05,
    # credit notes are fewer than a hundredth of the documents
    "credits_of_another_ledger": 0.005,
}
# An invoice far below the customer's usual one is still not a large one when it is a hundred times itself.
LEAST = {("decimal_point_lost", "invoices"): 0.9}
SHARE = 0.01


@dataclass(frozen=True)
class Clean:
    """A book before it is soiled, and what its rules find."""

    raw: Path
    broken: dict[tuple[str, str], int]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Clean:
    """A book with payments, whose general ledger states what is open."""
    folder = tmp_path_factory.mktemp("ledger")
    raw = write_book(folder / "raw", 150, 3, (*BOOKS["payments"][1], "financials", "events", "attributes"))  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        state_balances(raw, patch)
        return Clean(raw, check(raw, folder / "clean"))


def state_balances(raw: Path, patch: pytest.MonkeyPatch) -> None:
    """From here on the portfolio states the balances of the clean book."""
    stated = tuple(
        BalanceConfig(on=UNTIL, currency=code, open_balance=amount)
        for code, amount in open_balances(raw).items()
    )
    config = dirt_books.portfolio().model_copy(update={"balances": stated})
    patch.setattr(dirt_books, "portfolio", lambda: config)


@pytest.mark.parametrize(
    "book",
    [
        pytest.param(
            book, marks=pytest.mark.slow if book in {"invoices", "files of customers"} else ()
        )
        for book in BOOKS
    ],
)
def test_faults_are_caught_by_the_rule_they_name(book: str, tmp_path: Path) -> None:
    struck_tables, names = BOOKS[book]
    raw = write_book(tmp_path / "raw", 150, 3, names)
    before = check(raw, tmp_path / "clean")
    aside = table_paths(tmp_path / "clean/quarantine", RAW_TABLES)
    assert set(aside) == set(table_paths(raw, RAW_TABLES))
    assert {pq.read_metadata(path).num_rows for path in aside.values()} == {0}
    orders = [
        Order(fault, table, SHARE)
        for fault, table in PLACES
        if table in struck_tables and fault.name not in ALONE
    ]
    struck = soil(raw, tmp_path / "soiled", orders, seed=7)
    after = check(tmp_path / "soiled", tmp_path / "checked")
    missed = {}
    for one in struck:
        found = caught(one, before, after, tmp_path / "checked/quarantine")
        if found.share < LEAST.get((one.fault, one.table), 1.0):
            missed[one.fault, one.table] = found
    assert not missed


@pytest.mark.parametrize(
    ("fault", "table"),
    [place for place in PLACES if place[0].name in ALONE],
    ids=lambda one: getattr(one, "name", one),
)
def test_a_fault_that_changes_the_book_is_caught(
    fault: Fault, table: str, ledger: Clean, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state_balances(ledger.raw, monkeypatch)
    struck = apply(fault, table, ALONE[fault.name], 7, ledger.raw, tmp_path / "soiled")
    after = check(tmp_path / "soiled", tmp_path / "checked")
    found = caught(struck, ledger.broken, after, tmp_path / "checked/quarantine")
    # How many rows a missing month held is estimated from those around it, a missing year's from the year before.
    least = 0.8 if fault.name in {"month_missing", "year_of_statements_missing"} else 1.0
    assert found.share >= least, found


def test_nothing_is_credited_that_was_not_found(tmp_path: Path) -> None:
    """The measure itself: with the findings of the clean book every fault goes uncaught."""
    raw = write_book(tmp_path / "raw", 150, 3, ("fx_rates",))
    before = check(raw, tmp_path / "clean")
    for name in ("rate_of_nought", "duplicated_load", "ids_with_trailing_spaces"):
        struck = apply(*find_place(name, "fx_rates"), SHARE, 7, raw, tmp_path / "soiled")
        found = caught(struck, before, before, tmp_path / "clean/quarantine")
        assert (found.by_claim, found.by_other) == (0, 0)
        assert found.struck == struck.n_rows > 0


def test_mended_values_are_what_they_were(tmp_path: Path) -> None:
    raw = write_book(tmp_path / "raw", 150, 3, ("customers", "fx_rates"))
    orders = [
        Order(*find_place(name, "customers"), 0.02)
        for name in ("ids_with_trailing_spaces", "code_in_lower_case", "mojibake_names")
    ]
    struck = soil(raw, tmp_path / "soiled", orders, seed=8)
    check(tmp_path / "soiled", tmp_path / "checked")
    assert [one.n_rows for one in struck] == [3, 3, 3]
    clean, mended = raw / "customers.parquet", tmp_path / "checked/valid/customers.parquet"
    assert dirt_books.rows(mended) == dirt_books.rows(clean)

"""A build that continues the last one is, byte for byte, a build from nothing; and no change goes unseen."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from contracts.tables import store
from contracts.tables.raw import portfolio_tables
from contracts.tables.spec import Column, Kind
from features.matrix import matrix
from features.refresh import incremental, near
from features.refresh import patch as patching
from tests.features_books import Row, Tables, customer, on, payment, portfolio
from tests.features_changes import (
    changed,
    content,
    known,
    later,
    marks,
    refreshed,
    rich,
    shelf,
)
from tests.features_random import month_ends, random_book, seeded

pytestmark = pytest.mark.long

SOME = ("limits", "customers", "peers")


def _continued(seed: int, families: tuple[str, ...], steps: int) -> None:
    """A chain of deliveries, each continued from the last and compared with a build from nothing."""
    rng = seeded(seed)
    book, days = random_book(rng, 26), month_ends()[4:]
    names = [row["customer_id"] for row in book["customers"]]
    asked = [(name, day) for name in names for day in days[:8]]
    with TemporaryDirectory() as folder:
        root = Path(folder)
        refreshed(book, asked, root / "kept", *families)
        for step in range(steps):
            book = _renamed(later(rng, book, days[:8]), step)
            asked = rng.sample(asked, len(asked) - 9)
            asked += [(name, days[8 + step]) for name in names]
            asked += [(f"NEW{step}", day) for day in days[5:8]]
            done = refreshed(book, asked, root / "kept", *families)
            refreshed(book, asked, root / str(step), *families)
            assert done.reason is None
            assert len(names) < done.recomputed < done.observations
            kept, anew = content(root / "kept"), content(root / str(step))
            assert {name for name in anew if kept[name] != anew[name]} == set()
            assert set(kept) == set(anew)
            _late(rng, book, asked, root, families)


def _late(
    rng: Random, book: Tables, asked: list[tuple[str, date]], root: Path, families: tuple[str, ...]
) -> None:
    """Then money of two customers comes late, and nothing else changes: their rows alone are looked at and packed."""
    documents = rng.sample(book["invoices"], 2)
    book["payments"] += [
        payment(f"late {rng.random()}", row["invoice_id"], rng.randrange(100, 200), "7.00")
        for row in documents
    ]
    done = refreshed(book, asked, root / "kept", *families)
    anew = root / f"late {len(book['payments'])}"
    refreshed(book, asked, anew, *families)
    whose = {row["customer_id"] for row in documents}
    assert done.recomputed <= sum(name in whose for name, _ in asked)
    assert content(root / "kept") == content(anew)


def _renamed(book: Tables, step: int) -> Tables:
    """Rows named NEW, L, N by `later` get names of their own step."""

    def own(value: Any) -> Any:
        is_new = isinstance(value, str) and value in {"NEW", "NEW-1", "L0", "L1", "N0", "N1", "QN", "EN"}  # fmt: skip
        return value.replace("NEW", f"NEW{step}") if is_new and "NEW" in value else f"{value}{step}" if is_new else value  # fmt: skip

    return {name: [{key: own(value) for key, value in row.items()} for row in rows] for name, rows in book.items()}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def small_blocks() -> Iterator[None]:
    """Row groups of 37 rows, so that new blocks straddle old ones; builds are continued whatever share has changed."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (store, matrix, patching):
            patch.setattr(module, "BLOCK", 37)
        for module in (incremental, near):
            patch.setattr(module, "MAX_SHARE", 1.0)
        yield


@settings(max_examples=1, deadline=None, phases=[Phase.generate])
@given(seed=st.integers(0, 2**32))
def test_a_continued_build_is_a_build_from_nothing(seed: int) -> None:
    _continued(seed, SOME, steps=2)


@pytest.mark.slow
@settings(max_examples=8, deadline=None, phases=[Phase.generate])
@given(seed=st.integers(0, 2**32))
def test_a_continued_build_of_all_families_is_a_build_from_nothing(seed: int) -> None:
    _continued(seed, (), steps=2)


INERT = {
    ("customers", "name"), ("customers", "is_natural_person"),
    # read in the history of master records where it is delivered
    ("customers", "country"), ("customers", "industry"), ("customers", "legal_form"), ("customers", "parent_id"),
    ("master_history", "is_natural_person"),
    ("credit_terms", "insured_limit"),
    ("payments", "payment_id"), ("payments", "customer_id"),  # read where a payment names no invoice
    ("disputes", "dispute_id"), ("disputes", "reason"),
    ("events", "event_id"), ("events", "amount"),
}  # fmt: skip
"""Columns that no feature reads, or that decide only between rows of one day."""
ROW = {
    ("events", "known_on"): 0,
    ("events", "occurred_on"): 1,
    ("disputes", "closed_on"): 0,
    ("disputes", "opened_on"): 1,
    ("invoices", "credits"): 2,
}
"""Which of the customer's rows is changed where it is not the last one."""
OTHER: dict[tuple[str, str], Any] = {
    ("invoices", "kind"): "credit_note",
    ("payments", "kind"): "reversal",
    ("invoices", "currency"): "USD",
    ("customers", "currency"): "USD",
    ("financials", "currency"): "USD",
    ("events", "kind"): "insolvency",
    ("events", "detail"): "AA",
    ("customers", "parent_id"): None,
    ("financials", "months"): 6,
}
FOREIGN = {"currency": "CHF", "rate_on": "SEK", "rate": "NOK"}
"""A currency of its own for the change of each column of the rates."""


def _columns() -> Iterator[tuple[str, Column]]:
    for table, contract in portfolio_tables(portfolio()).items():
        for column in contract.columns:
            if (table, column.name) != ("customers", "customer_id"):
                yield table, column


def _whole_book() -> Tables:
    """For every column of every table one customer with all kinds of rows, and another of its group."""
    book: Tables = {name: [] for name in portfolio_tables(portfolio())}
    for table, column in _columns():
        name = f"{table}.{column.name}"
        home = FOREIGN[column.name] if table == "fx_rates" else "EUR"
        for part, rows in rich(name, home).items():
            book[part] += rows
        other = rich(f"{name}+")["customers"]
        book["customers"] += [row | {"parent_id": f"{name}+"} for row in other]
    for currency in ("USD", *FOREIGN.values()):
        for day, rate in ((-40, "0.9"), (130, "0.8")):
            book["fx_rates"].append({"currency": currency, "rate_on": on(day), "rate": Decimal(rate)})  # fmt: skip
    return book


def _altered(table: str, column: Column, value: Any) -> Any:
    if (table, column.name) in OTHER:
        return OTHER[table, column.name]
    if column.kind is Kind.DAY:
        return (value or on(100)) + timedelta(days=35)
    if column.kind is Kind.FLAG:
        return not value
    if column.kind is Kind.TEXT:
        return f"{value}+"
    return (value or Decimal(0)) + (Decimal("0.05") if column.kind is Kind.RATE else 7)


def _with_one_value_changed_each(book: Tables) -> Tables:
    after = deepcopy(book)
    for table, column in _columns():
        owner, key = f"{table}.{column.name}", "customer_id"
        if table == "fx_rates":
            owner, key = FOREIGN[column.name], "currency"
        own = [row for row in after[table] if _owner(row, key) == owner]
        row = own[ROW.get((table, column.name), -1)]
        row[column.name] = _altered(table, column, row[column.name])
        if column.name == "credits":
            row["credits"] = f"{owner}-4"  # the credit note named none
    return after


def _owner(row: Row, key: str) -> str:
    return str(row[key]) if row.get(key) is not None else str(row["invoice_id"]).rsplit("-", 1)[0]


@pytest.mark.slow
def test_no_change_of_any_value_goes_unseen(tmp_path: Path) -> None:
    """One value of every column changes, each at another customer. Whatever feature moves, the fingerprint has moved."""
    before = _whole_book()
    after = _with_one_value_changed_each(before)
    names = [row["customer_id"] for row in before["customers"]]
    idle = [f"idle {number}" for number in range(len(names) // 2)]
    for book in (before, after):
        book["customers"] += [customer(one) for one in idle]
    asked = [(name, day) for name in (*names, *idle) for day in month_ends()[4:12]]
    refreshed(before, asked, tmp_path / "kept")
    old = pq.read_table(shelf(tmp_path / "kept").matrix).to_pylist()
    done = refreshed(after, asked, tmp_path / "kept")
    refreshed(after, asked, tmp_path / "anew")
    new = pq.read_table(shelf(tmp_path / "anew").matrix).to_pylist()
    assert done.reason is None
    assert content(tmp_path / "kept") == content(tmp_path / "anew")
    moved = {(a["customer_id"], a["as_of"]) for a, b in zip(old, new, strict=True) if _own(a) != _own(b)}  # fmt: skip
    seen = changed(marks(known(before, asked)), marks(known(after, asked)))
    assert moved <= seen
    shown = {name.rstrip("+") for name, _ in moved}
    silent = {(table, column.name) for table, column in _columns() if f"{table}.{column.name}" not in shown}  # fmt: skip
    assert silent == INERT
    assert not {name for name, _ in seen} & set(idle)


def _own(row: dict[str, object]) -> dict[str, object]:
    """Without ranks, which look at others."""
    return {name: value for name, value in row.items() if not name.startswith("peers_")}

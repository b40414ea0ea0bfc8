"""What payments and credit notes say of a document, added up by hand; and that a ledger is computed once for the same tables."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import ibis
import pytest

from contracts.config.engine import EngineConfig
from contracts.duck import connect
from quality.delivery import opened
from quality.delivery.computed import Ledgers
from tests.sources_books import Tables, check, clean_book, found, write_raw

DAYS = [date(2024, 2, day) for day in (1, 2, 20)]


def paid_book() -> Tables:
    """The clean book, whose first invoice of 100 is paid 30 + 20 on one day and 25 on another, 5 are a fee, 20 came back; 15 are credited."""
    tables = clean_book()
    tables["invoices"][2] |= {"credits": "I1", "amount": Decimal(15)}
    paid = [(0, 30, "payment"), (0, 20, "payment"), (2, 25, "payment"), (1, 5, "fee"), (1, 20, "reversal")]  # fmt: skip
    base = tables["payments"][0]
    rows = [
        base
        | {"payment_id": f"P{n}", "paid_on": DAYS[day], "amount": Decimal(amount), "kind": kind}
        for n, (day, amount, kind) in enumerate(paid)
    ]
    return {**tables, "payments": rows}


def test_documents_with_what_names_them(tmp_path: Path) -> None:
    raw = write_raw(paid_book(), tmp_path)
    with connect(EngineConfig(threads=1)) as connection:
        backend = ibis.duckdb.from_connection(connection)
        names = ("invoices", "payments", "disputes")
        tables = {name: opened.opened(connection, backend, name, raw / f"{name}.parquet") for name in names}  # fmt: skip
        ledgers = Ledgers(backend, lambda table: table)
        kept = ledgers.of(tables)
        assert kept is not None
        rows = {row["invoice_id"]: row for row in kept.to_pyarrow().to_pylist()}
        assert ledgers.of(dict(tables)) is kept
        assert ledgers.of({"invoices": tables["invoices"]}) is None
        fewer = ledgers.of(tables | {"payments": tables["payments"].limit(0)})
        assert fewer is not None
        assert fewer.paid.sum().to_pyarrow().as_py() == 0
    first = {name: rows["I1"][name] for name in ("n_paid", "paid", "settled", "days", "money", "first", "last", "first_money", "last_money", "least", "most", "is_named")}  # fmt: skip
    assert first == {
        "n_paid": 5,
        "paid": Decimal(60),  # 30 + 20 + 25 + 5 - 20
        "settled": Decimal(75),  # and 15 credited
        "days": 2,
        "money": Decimal(75),
        "first": DAYS[0],
        "last": DAYS[2],
        "first_money": Decimal(50),
        "last_money": Decimal(25),
        "least": Decimal(25),
        "most": Decimal(50),
        "is_named": True,
    }
    assert rows["I3"]["credits"] == "I1"
    assert not rows["I3"]["is_invoice"]
    assert (rows["I2"]["is_named"], rows["I2"]["n_paid"], rows["I2"]["days"]) == (
        True,
        0,
        0,
    )  # in dispute
    assert (rows["I4"]["is_named"], rows["I4"]["settled"], rows["I4"]["first"]) == (False, 0, None)


def test_a_file_too_large_to_be_held_is_read_each_time_and_says_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = found(check(paid_book(), tmp_path / "held"))
    monkeypatch.setattr(opened, "_HELD", 0)
    assert found(check(paid_book(), tmp_path / "read")) == held

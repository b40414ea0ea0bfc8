"""Each fault strikes the share it says, only the rows it records, and nothing else."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from contracts.errors import ConfigError
from quality.faults import book as delivery
from quality.faults.fault import Deed, DirtError, Fault
from quality.faults.soil import Order, Struck, apply, soil
from tests.dirt_books import PLACES, find_place, keys, rows, write_book

pytestmark = pytest.mark.long

SHARE = 0.02
SMALLER = {"deposit_on_account": 0.005}
"""One payment a customer can be struck, and not that of every customer."""


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_book(tmp_path_factory.mktemp("strikes") / "raw", customers=60, years=4)


def digest(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.glob("*.parquet")
    }


def n_units(fault: Fault, table: pa.Table) -> int:
    """Of what the share is one: months, customers, or rows."""
    if fault.name in {"month_missing", "year_of_statements_missing", "feed_of_another_scale"}:
        day = next(
            one
            for one in ("issued_on", "paid_on", "period_end", "known_on")
            if one in table.column_names
        )
        return len({(one.year, one.month) for one in table[day].to_pylist()})
    if fault.name in {"kinds_swapped", "customer_in_thousands", "with_tax_and_without", "opening_sum_never_paid", "at_the_rate_of_another_day"}:  # fmt: skip
        return len(table["customer_id"].unique())
    return int(table.num_rows)


def payers(raw: Path, payments: pa.Table) -> int:
    """The customers whose payments these are: of the invoice they name, or of the money on account."""
    invoices = pq.read_table(raw / "invoices.parquet", columns=["invoice_id", "customer_id"])
    owner = dict(zip(*(invoices[name].to_pylist() for name in invoices.column_names), strict=True))
    ids, loose = (payments[name].to_pylist() for name in ("invoice_id", "customer_id"))
    return len({owner.get(one, other) for one, other in zip(ids, loose, strict=True)})


@pytest.mark.parametrize(("fault", "table"), PLACES, ids=lambda one: getattr(one, "name", one))
def test_it_strikes_its_share_and_nothing_else(
    fault: Fault, table: str, raw: Path, tmp_path: Path
) -> None:
    before, share = digest(raw), SMALLER.get(fault.name, SHARE)
    struck = apply(fault, table, share, 7, raw, tmp_path / "out")
    assert digest(raw) == before
    after = digest(tmp_path / "out")
    after.pop("struck.parquet")
    assert {name for name in after if after[name] != before[name]} == {f"{table}.parquet"}

    delivered = pq.read_table(raw / f"{table}.parquet")
    n_wanted = max(1, round(share * n_units(fault, delivered)))
    n_struck = n_units(fault, struck.rows)
    if fault.name == "paid_by_the_head":  # a share of the customers that pay
        n_wanted = max(1, round(share * payers(raw, delivered)))
        keys = struck.rows.select(["payment_id"])
        n_struck = payers(raw, delivered.filter(pc.is_in(delivered["payment_id"], keys["payment_id"])))  # fmt: skip
    assert n_struck == n_wanted
    was, now, theirs = (
        rows(delivered),
        rows(tmp_path / "out" / f"{table}.parquet"),
        rows(struck.rows),
    )
    gone, new = was - now, now - was
    if struck.deed is Deed.REMOVED:
        assert (gone, new) == (theirs, Counter())
    elif struck.deed is Deed.ADDED:
        assert (gone, new) == (Counter(), theirs)
    else:
        assert new == theirs
        assert gone.total() == struck.n_rows
        assert_recorded(struck, gone)


def assert_recorded(struck: Struck, gone: Counter[tuple[str | None, ...]]) -> None:
    """By column, the record's old and new values are those of the rows that went and came."""
    came = rows(struck.rows)
    for position, name in enumerate(struck.rows.column_names):
        changed = [one for one in struck.record.to_pylist() if one["column"] == name]
        old: Counter[str | None] = Counter()
        new: Counter[str | None] = Counter()
        for row, n in gone.items():
            old[row[position]] += n
        for row, n in came.items():
            new[row[position]] += n
        # Values that stayed are on both sides; what is left over is what the record says.
        recorded_old = Counter(one["was"] for one in changed)
        recorded_new = Counter(one["now"] for one in changed)
        assert old - new == recorded_old - recorded_new, name
        assert new - old == recorded_new - recorded_old, name


def test_the_record_says_what_was_changed(raw: Path, tmp_path: Path) -> None:
    fault, table = find_place("currency_flipped", "invoices")
    struck = apply(fault, table, 0.001, 7, raw, tmp_path / "out")
    was = {one["invoice_id"]: one for one in pq.read_table(raw / "invoices.parquet").to_pylist()}
    now = {one["invoice_id"]: one for one in pq.read_table(tmp_path / "out/invoices.parquet").to_pylist()}  # fmt: skip
    assert 0 < struck.n_rows < 10
    for line in struck.record.to_pylist():
        assert (
            line["was"]
            == was[line["key"]]["currency"]
            != now[line["key"]]["currency"]
            == line["now"]
        )
        assert (line["column"], line["rule"]) == ("currency", "currency_differs_from_customer")
        assert (line["fault"], line["shown_on"]) == ("currency_flipped", "invoices")
    assert pq.read_table(tmp_path / "out/struck.parquet").equals(struck.record)


@pytest.mark.parametrize("name", ["duplicated_load", "payments_redated", "paid_on_wrong_invoice"])
def test_the_same_seed_strikes_the_same_rows_on_any_number_of_threads(
    name: str, raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault, table = find_place(name, "payments")
    apply(fault, table, SHARE, 7, raw, tmp_path / "one")
    plain = duckdb.connect

    def with_one_thread(*, config: dict[str, Any]) -> duckdb.DuckDBPyConnection:
        return plain(config={**config, "threads": 1})

    monkeypatch.setattr(delivery.duckdb, "connect", with_one_thread)
    apply(fault, table, SHARE, 7, raw, tmp_path / "two")
    assert digest(tmp_path / "one") == digest(tmp_path / "two")


def test_another_seed_or_fault_strikes_other_rows(raw: Path, tmp_path: Path) -> None:
    fault, table = find_place("due_before_issued", "invoices")
    seven, eight = (apply(fault, table, SHARE, seed, raw, tmp_path / "out") for seed in (7, 8))
    other, table = find_place("filler_date", "invoices")
    filler = apply(other, table, SHARE, 7, raw, tmp_path / "out")
    assert len(keys(seven)) == len(keys(eight)) == len(keys(filler))
    # 2 % of the rows by chance: 2 % of the struck ones are shared, not most of them.
    for one in (eight, filler):
        assert len(keys(seven) & keys(one)) < 0.1 * len(keys(seven))


def test_no_row_is_struck_twice(raw: Path, tmp_path: Path) -> None:
    orders = [
        Order(*find_place(name, "disputes"), 0.15)
        for name in ("duplicated_load", "orphan", "closed_before_opened", "value_missing")
    ]
    struck = soil(raw, tmp_path / "out", orders, seed=7)
    n_rows = pq.read_metadata(raw / "disputes.parquet").num_rows
    assert pq.read_metadata(tmp_path / "out/disputes.parquet").num_rows == n_rows + struck[0].n_rows
    changed = [keys(one) for one in struck[1:3]]
    assert not keys(struck[0]) & changed[0]
    assert not changed[0] & changed[1]
    assert len(pq.read_table(tmp_path / "out/struck.parquet")) == sum(len(s.record) for s in struck)


@pytest.mark.parametrize("share", [0.0, -0.1, 1.5, float("nan")])
def test_a_share_that_is_none_is_refused(share: float, raw: Path, tmp_path: Path) -> None:
    fault, table = find_place("orphan", "invoices")
    with pytest.raises(ConfigError, match="share of rows above 0") as caught:
        apply(fault, table, share, 7, raw, tmp_path / "out")
    assert str(share) in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_more_than_can_be_struck_is_refused(raw: Path, tmp_path: Path) -> None:
    fault, table = find_place("credit_notes_as_negative_invoices", "invoices")
    with pytest.raises(DirtError, match=r"is to strike \d+ times, and can \d+ times"):
        apply(fault, table, 0.5, 7, raw, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_table_it_does_not_strike_or_that_is_not_there_is_refused(
    raw: Path, tmp_path: Path
) -> None:
    fault, _ = find_place("paid_twice", "payments")
    with pytest.raises(ConfigError, match="Unknown table 'invoice'"):
        apply(fault, "invoice", SHARE, 7, raw, tmp_path / "out")
    partial = write_book(tmp_path / "partial", 60, 4, ("customers", "invoices"))
    with pytest.raises(ConfigError, match="delivers no payments"):
        apply(fault, "payments", SHARE, 7, partial, tmp_path / "out")
    with pytest.raises(DirtError, match="no raw tables"), delivery.opened(tmp_path / "nowhere"):
        pass

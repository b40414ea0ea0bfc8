"""Nothing known at or after the day of decision may move a feature by one bit; nor may order, files or threads."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contracts.config.engine import EngineConfig
from contracts.config.features import FeaturesConfig
from contracts.tables.raw import RAW_TABLES
from features.engine.backend import connect
from features.matrix.matrix import build
from tests.features_books import Row, Tables, customer, matrix, portfolio, write
from tests.features_random import month_ends, random_book, seeded, shuffled

QUIET = settings(
    max_examples=1,
    phases=(Phase.explicit, Phase.generate),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)
CLOCKS = {name: table.known for name, table in RAW_TABLES.items() if table.known is not None}
VALUES = (
    "amount", "rate", "credit_limit", "employees", "net_income", "total_assets", "equity", "revenue",
)  # fmt: skip


def _altered(rng: Random, row: Row, clock: str, cut: date) -> Row:
    """The row with other values, still known at or after the cut."""
    changed = dict(row)
    for name in VALUES:
        if changed.get(name) is not None:
            kind = type(changed[name])
            changed[name] = kind(rng.randint(1, 9_999)) / (100 if kind is Decimal else 1)
    if clock not in {"valid_from", "rate_on", "published_on"} and "employees" not in row:
        changed[clock] = cut + timedelta(days=rng.randint(0, 300))
    if "kind" in row and "event_id" in row:
        changed["kind"] = rng.choice(["insolvency", "payment_plan", "write_off"])
    if "paid_on" in row:
        changed["paid_on"] = row["paid_on"] - timedelta(days=rng.randint(0, 50))
    return changed


def _after(rng: Random, tables: Tables, cut: date) -> Tables:
    """The portfolio as it might have come out: everything known before the cut is the same, all else is not."""
    names = [row["customer_id"] for row in tables["customers"]]
    others = random_book(seeded(rng.randint(0, 2**32)), len(names))
    found: Tables = {}
    for table, rows in tables.items():
        clock = CLOCKS.get(table, "onboarded_on")
        early = [row for row in rows if row[clock] < cut]
        late = [row for row in rows if row[clock] >= cut]
        if table == "customers":
            found[table] = early + [row | {"onboarded_on": cut + timedelta(days=9)} for row in late]
            continue
        kept = [_altered(rng, row, clock, cut) for row in late if rng.random() < 0.6]
        added = [row for row in others.get(table, []) if row[clock] >= cut]
        if (
            table == "fx_rates"
        ):  # its days are full: days after the last one, and a currency never seen
            added = [
                {"currency": name, "rate_on": cut + timedelta(days=400 + n), "rate": Decimal(3)}
                for n, name in enumerate(("USD", "CHF"))
            ]
        found[table] = _one_per_key(table, early + kept + [_renamed(table, row) for row in added])
    found["customers"].append(
        customer("NEW", parent_id=names[0], onboarded_on=cut + timedelta(days=1))
    )
    for case in found["disputes"]:
        if case["closed_on"] is None or case["closed_on"] >= cut:
            case["closed_on"] = rng.choice([None, cut, cut + timedelta(days=30)])
    return found


def _renamed(table: str, row: Row) -> Row:
    key = RAW_TABLES[table].grain[0]
    return row | {key: f"X{row[key]}"} if key.endswith("_id") and key != "customer_id" else row


def _one_per_key(table: str, rows: list[Row]) -> list[Row]:
    grain = RAW_TABLES[table].grain
    return list({tuple(row[name] for name in grain): row for row in reversed(rows)}.values())


def _touched(tables: Tables, later: Tables, cut: date) -> dict[str, tuple[int, int]]:
    """Per table, how many rows known at or after the cut are gone or altered, and how many are new or altered."""
    found = {}
    for table, rows in tables.items():
        clock = CLOCKS.get(table, "onboarded_on")
        old = {repr(row) for row in rows}
        new = {repr(row) for row in later[table]}
        gone = [row for row in rows if repr(row) not in new]
        assert table == "disputes" or all(row[clock] >= cut for row in gone)
        found[table] = (len(gone), len(new - old))
    return found


def bits(column: pa.ChunkedArray) -> list[object]:
    """The values of a column as they lie in memory, so that -0.0 and 0.0 differ."""
    whole = column.combine_chunks()
    return (whole.view(pa.int64()) if pa.types.is_floating(whole.type) else whole).to_pylist()


SEEDS, CUTS = st.integers(0, 2**32), st.sampled_from(month_ends()[6:11])


@pytest.mark.long
@QUIET
@given(seed=SEEDS, cut=CUTS)
def test_nothing_known_on_or_after_the_day_moves_a_feature(seed: int, cut: date) -> None:
    _holds(seed, cut)


@pytest.mark.slow
@settings(QUIET, max_examples=8)
@given(seed=SEEDS, cut=CUTS)
def test_nothing_known_later_moves_a_feature_on_many_ledgers(seed: int, cut: date) -> None:
    _holds(seed, cut)


def _holds(seed: int, cut: date) -> None:
    rng = seeded(seed)
    tables = random_book(rng, 40)
    later = _after(rng, {name: [dict(row) for row in rows] for name, rows in tables.items()}, cut)
    touched = _touched(tables, later, cut)
    assert set(touched) == set(RAW_TABLES)
    assert all(min(pair) > 0 for pair in touched.values()), touched
    then = cut + timedelta(days=301)
    asked = [(row["customer_id"], day) for row in tables["customers"] for day in (cut, then)]
    before, after = matrix(tables, asked), matrix(later, asked)
    on_day = pc.equal(before["as_of"], pa.scalar(cut))
    moved = {
        name for name in before.column_names if bits(before.filter(on_day)[name]) != bits(after.filter(on_day)[name])
    }  # fmt: skip
    assert before.num_rows == 80
    assert moved == set()
    # the same changes would be seen once they are known
    seen = {name for name in before.column_names if bits(before[name]) != bits(after[name])}
    assert len(seen) > 100
    mixed = _again_in_pieces(rng, tables, asked)
    assert [name for name in before.column_names if bits(before[name]) != bits(mixed[name])] == []


def _again_in_pieces(rng: Random, tables: Tables, asked: list[tuple[str, date]]) -> pa.Table:
    """The matrix of the same rows in another order, from files of many small row groups, on two threads."""
    return matrix(shuffled(rng, tables), rng.sample(asked, len(asked)), threads=2, group_rows=7)


def test_several_files_equal_one(tmp_path: Path) -> None:
    config, names = portfolio(), ("customers", "invoices", "payments", "fx_rates")
    book = random_book(seeded(11), 20)
    tables = {name: book[name] for name in names}
    choice = FeaturesConfig(families=("billing", "customers"))
    asked = [(row["customer_id"], day) for row in tables["customers"] for day in month_ends()[8:]]
    whole = matrix(tables, asked, choice=choice)
    frame = whole.select(["customer_id", "as_of"]).to_pandas()
    cohort = ibis.memtable(frame, schema={"customer_id": "string", "as_of": "date"})
    con = connect(EngineConfig(threads=2, memory_limit="1GB"), tmp_path / "spill")
    parts = {}
    for name in names:
        for part in range(3):
            (tmp_path / str(part)).mkdir(exist_ok=True)
            write(tmp_path / str(part), {name: tables[name][part::3]}, config)
        parts[name] = con.read_parquet(str(tmp_path / "*" / f"{name}.parquet"))
    found = build(con, parts, cohort, config, choice)[0]
    con.disconnect()
    assert found.equals(whole)

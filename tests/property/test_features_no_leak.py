"""Nothing known at or after the day of decision may move a feature by one bit; nor may the order of rows."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contracts.config.params import FeaturesConfig
from contracts.raw import RAW_TABLES
from tests.features_books import Row, Tables, customer, matrix
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
        added = [row for row in others.get(table, []) if row[clock] >= cut and table != "fx_rates"]
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


@QUIET
@given(seed=st.integers(0, 2**32), cut=st.sampled_from(month_ends()[5:]))
def test_nothing_known_on_or_after_the_day_moves_a_feature(seed: int, cut: date) -> None:
    rng = seeded(seed)
    tables = random_book(rng, 60)
    asked = [(row["customer_id"], cut) for row in tables["customers"]]
    later = _after(rng, {name: [dict(row) for row in rows] for name, rows in tables.items()}, cut)
    before, after = matrix(tables, asked), matrix(later, asked)
    moved = [name for name in before.column_names if before[name] != after[name]]
    assert before.num_rows == 60
    assert moved == []


def test_the_perturbation_would_be_seen_a_day_later() -> None:
    rng = seeded(5)
    cut = month_ends()[9]
    tables = random_book(rng, 30)
    later = _after(rng, {name: [dict(row) for row in rows] for name, rows in tables.items()}, cut)
    asked = [(row["customer_id"], cut + timedelta(days=301)) for row in tables["customers"]]
    choice = FeaturesConfig(families=("statements", "events"))
    before, after = matrix(tables, asked, choice=choice), matrix(later, asked, choice=choice)
    moved = [name for name in before.column_names if before[name] != after[name]]
    assert len(moved) > 40


def test_row_order_and_threads_change_nothing() -> None:
    rng = seeded(11)
    tables = random_book(rng, 30)
    asked = [(row["customer_id"], day) for row in tables["customers"] for day in month_ends()[8:]]
    choice = FeaturesConfig(families=("payments", "statements", "customers", "peers"))
    first = matrix(tables, asked, choice=choice, threads=1)
    mixed, order = shuffled(rng, tables), rng.sample(asked, len(asked))
    again = matrix(mixed, order, choice=choice, threads=2)
    assert first.equals(again)

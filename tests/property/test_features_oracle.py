"""Every ledger feature, the accounting identity and default recomputed by naive loops over rows, on random ledgers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import ibis
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contracts.config.features import FeaturesConfig
from features.catalog import catalogue
from features.catalog.ageing import BUCKETS, balance_units, bucket_units
from features.context import prepare
from features.engine.backend import Scratch
from features.labels.default import issue_rates, spells
from features.state.ledger import ageing, balance, disputed
from features.time.asof import ASKED
from tests.features_books import START, Row, Tables, engine, event, matrix, on, portfolio
from tests.features_naive import Naive, of_customer
from tests.features_oracle import expected
from tests.features_plans import in_breach, judged
from tests.features_random import month_ends, random_book, seeded

QUIET = settings(
    max_examples=1,
    phases=(Phase.explicit, Phase.generate),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)
LEDGER = ("payments", "ageing", "disputes", "limits", "billing", "events")
UNITS = 10**8  # exact money is in units of 1e-8 of the reporting currency
WINDOWS = st.sets(st.sampled_from([365, 45, 180, 30, 90]), min_size=2, max_size=2)
SEEDS = st.integers(0, 2**32)
ZERO = Decimal(0)


@QUIET
@given(seed=SEEDS, windows=WINDOWS)
def test_every_ledger_feature_equals_a_loop_over_rows(seed: int, windows: set[int]) -> None:
    _equals_a_loop(seed, windows)


@pytest.mark.slow
@settings(QUIET, max_examples=10)
@given(seed=SEEDS, windows=WINDOWS)
def test_every_ledger_feature_equals_a_loop_on_many_ledgers(seed: int, windows: set[int]) -> None:
    _equals_a_loop(seed, windows)


def _equals_a_loop(seed: int, windows: set[int]) -> None:
    choice = FeaturesConfig(families=LEDGER, windows_days=tuple(windows))
    tables = random_book(seeded(seed), 25)
    tables["events"] += _plans([row for row in tables["invoices"] if row["due_on"]])
    books = {row["customer_id"]: of_customer(tables, row["customer_id"]) for row in tables["customers"]}  # fmt: skip
    asked = [(name, day) for name in books for day in month_ends()]
    rows = matrix(tables, asked, choice=choice).to_pylist()
    seen: Counter[str] = Counter()
    for row in rows:
        whose, day = row["customer_id"], row["as_of"]
        wanted = expected(Naive(books[whose], day), choice.windows_days)
        assert {name for name in row if name not in {"customer_id", "as_of"}} == set(wanted)
        for name, value in wanted.items():
            assert row[name] == close(value, name), (name, whose, day)
            seen[name] += bool(value)
    # a feature that is nothing throughout would prove nothing
    assert not [name for name in wanted if not seen[name]]


def _plans(invoices: list[Row]) -> list[Row]:
    """A payment plan for every fifth invoice, agreed when it was 20 days past due and ending 30 days later."""
    due = [(row, (row["due_on"] - START).days) for row in invoices[::5]]
    return [
        event(f"plan-{row['invoice_id']}", row["customer_id"], "payment_plan", day + 20, detail=str(on(day + 50)))
        for row, day in due
    ]  # fmt: skip


def close(value: float | None, name: str) -> Any:
    if value is None:
        return None
    # the square root of a rounded zero
    return pytest.approx(float(value), rel=1e-9, abs=1e-5 if "_std_" in name else 1e-9)


def test_every_window_feature_has_an_oracle() -> None:
    windows = (30, 90, 180, 365)
    naive = Naive(of_customer(random_book(seeded(1), 1), "C000"), month_ends()[9])
    known = set(expected(naive, windows))
    every = catalogue(windows)
    assert {one.name for one in every if one.window_days} <= known
    assert {one.name for one in every if one.family in LEDGER} == known


@settings(QUIET, max_examples=2)
@given(seed=SEEDS)
def test_buckets_add_up_to_invoices_less_payments_less_credit_notes(seed: int) -> None:
    """Exactly, in decimals, in every currency, with overpayments, credit notes and disputes."""
    tables, days = random_book(seeded(seed), 25), month_ends()
    books = {row["customer_id"]: of_customer(tables, row["customer_id"]) for row in tables["customers"]}  # fmt: skip
    rows = {"customer_id": [name for name in books for _ in days], "as_of": days * len(books)}
    config = portfolio()
    with engine(tables, config) as (con, loaded):
        cohort = ibis.memtable(rows, schema={"customer_id": "string", "as_of": "date"})
        context = prepare(Scratch(con), loaded, cohort, config, (90,))
        both = ageing(context).inner_join(balance(context), ["customer_id", ASKED])
        parts = {f"over_{over}": bucket_units(both, over, until) for over, until in BUCKETS}
        sums = both.select(
            "customer_id", ASKED, balance=balance_units(both), gross=both.gross, **parts
        )
        sums = sums.inner_join(disputed(context), ["customer_id", ASKED])
        found = con.to_pyarrow(sums).to_pylist()
    assert len(found) == 25 * len(days)
    for row in found:
        naive = Naive(books[row["customer_id"]], date(1970, 1, 1) + timedelta(days=row[ASKED]))
        buckets = [row[f"over_{over}"] for over, _ in BUCKETS]
        assert row["balance"] == naive.balance * UNITS
        assert sum(buckets) + naive.not_due * UNITS == row["balance"]
        assert min(buckets) >= 0
        assert 0 <= row["disputed"] <= row["gross"]


def _of(tables: Tables, whose: str) -> Tables:
    """The rows of one customer, booked on the day they happened."""
    own = of_customer(tables, whose)
    for name, happened in (("invoices", "issued_on"), ("payments", "paid_on")):
        own[name] = [row | {"booked_at": row[happened]} for row in own[name]]
    return own


def _turns(own: Tables) -> set[date]:
    """The days on which a breach may begin or end: of bookings, of ages, of disputes, of plans, and those after them."""
    found = [row["issued_on"] for row in own["invoices"]] + [
        row["paid_on"] for row in own["payments"]
    ]
    found += [row["due_on"] + timedelta(days=90) for row in own["invoices"] if row["due_on"]]
    found += [
        row[name] for row in own["disputes"] for name in ("opened_on", "closed_on") if row[name]
    ]
    for row in own["events"]:
        if row["kind"] == "payment_plan":
            found += [row["occurred_on"], date.fromisoformat(row["detail"])]
    return {day + timedelta(days=more) for day in found for more in (0, 1)}


def _spells(days: Iterable[tuple[date, bool]], cure: int) -> list[tuple[date, date]]:
    """First and last day in breach of every spell."""
    found: list[tuple[date, date]] = []
    for day, is_breach in days:
        if is_breach and found and (day - found[-1][1]).days <= cure:
            found[-1] = (found[-1][0], day)
        elif is_breach:
            found.append((day, day))
    return found


@settings(QUIET, max_examples=5)
@given(seed=st.integers(0, 2**32))
def test_spells_equal_a_loop_over_days(seed: int) -> None:
    tables = random_book(seeded(seed), 30, currencies=("EUR",))
    config = portfolio(
        default={"preset": "irb_90dpd", "cure_days": 20, "events": ["insurer_claim"]}
    )
    with engine(tables, config) as (con, loaded):
        happened = [row["issued_on"] for row in tables["invoices"]] + [
            row["paid_on"] for row in tables["payments"]
        ]
        epoch = [(day - date(1970, 1, 1)).days for day in happened]
        rates = issue_rates(loaded, "EUR", sorted(set(epoch)), ["EUR"])
        rows = con.to_pyarrow(spells(loaded, config.default, rates, config.settlement)).to_pylist()
    found = {(row["customer_id"], date(1970, 1, 1) + timedelta(days=row["start"])) for row in rows}
    claims = {
        (r["customer_id"], r["occurred_on"])
        for r in tables["events"]
        if r["kind"] == "insurer_claim"
    }
    wanted = set()
    for one in tables["customers"]:
        name = one["customer_id"]
        own = _of(tables, name)
        days = [date(2022, 1, 1) + timedelta(days=n) for n in range(1000)]
        turns, plans, is_late, states = _turns(own), judged(own), False, []
        for day in days:
            is_late = in_breach(own, plans, day) if day in turns else is_late
            states.append((day, is_late or (name, day) in claims))
        wanted |= {(name, first) for first, _ in _spells(states, 20)}
    assert found == wanted
    assert len(wanted) > 5

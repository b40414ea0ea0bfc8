"""The accounting identity and default recomputed by loops over rows, on random ledgers; for features see `test_features_bookkeeper`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

import ibis
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from features.catalog.ageing import BUCKETS, balance_units, bucket_units
from features.context import prepare
from features.engine.scratch import Scratch
from features.labels.default import issue_rates, spells
from features.state.ledger import ageing, balance, disputed
from features.time.asof import ASKED
from tests.bookkeeper.ageing import buckets
from tests.bookkeeper.compare import desks
from tests.features_books import Tables, engine, portfolio
from tests.features_naive import of_customer
from tests.features_plans import in_breach, judged
from tests.features_random import month_ends, random_book, seeded

QUIET = settings(
    max_examples=1,
    phases=(Phase.explicit, Phase.generate),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)
UNITS = 10**8  # exact money is in units of 1e-8 of the reporting currency
SEEDS = st.integers(0, 2**32)
ZERO = Decimal(0)


@settings(QUIET, max_examples=2)
@given(seed=SEEDS)
def test_buckets_add_up_to_invoices_less_payments_less_credit_notes(seed: int) -> None:
    """Exactly, in decimals, in every currency, with overpayments, credit notes, disputes and plans."""
    tables = random_book(seeded(seed), 25)
    days = [end + timedelta(days=1) for end in month_ends()[::2]]
    config = portfolio()
    desks_of = desks(tables, days, config)
    names, asked = zip(*desks_of, strict=True)
    rows = {"customer_id": list(names), "as_of": list(asked)}
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
    assert len(found) == len(desks_of)
    for row in found:
        day = date(1970, 1, 1) + timedelta(days=row[ASKED])
        kept = desks_of[row["customer_id"], day].position()
        by_age = buckets(kept.after_credit(), day)
        past = [by_age[name] * UNITS for name in ("1-30", "31-60", "61-90", "90+")]
        assert row["balance"] == kept.balance * UNITS
        assert [row[f"over_{over}"] for over, _ in BUCKETS] == past
        # what credits exceed all items by is owed to the customer
        in_credit = min(kept.balance, ZERO) if kept.credit > 0 else -kept.credit
        assert sum(past) + (by_age["not_due"] + in_credit) * UNITS == row["balance"]
        assert min(past) >= 0
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


@pytest.mark.long
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

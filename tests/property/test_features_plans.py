"""Payment plans on random ledgers full of them: default and the count of broken plans, again by loops over days and rows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from features.engine.scratch import Scratch
from features.labels.default import issue_rates, spells
from tests.features_books import START, Row, Tables, engine, event, on, payment, portfolio
from tests.features_naive import of_customer
from tests.features_plans import in_breach, judged
from tests.features_random import random_book, seeded

QUIET = settings(
    max_examples=1,
    phases=(Phase.explicit, Phase.generate),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)
DAYS = 900
BROKEN = "events_payment_plans_broken_count_1095d"


def book(rng: Random, customers: int, *currencies: str) -> Tables:
    """A random book with plans that follow and replace each other, money on account in plenty, and some large invoices."""
    tables = random_book(rng, customers, currencies=currencies)
    for row in tables["customers"]:
        name = row["customer_id"]
        for number in range(rng.choice([0, 1, 1, 2, 3])):
            day = rng.randint(30, 400)
            detail = str(on(day + rng.choice([0, 20, 60, 150, 200])))
            known = day + rng.randint(0, 20)
            tables["events"].append(event(f"plan-{name}-{number}", name, "payment_plan", day, known, detail=detail))  # fmt: skip
        for number in range(rng.choice([0, 1, 2])):
            paid, cents = rng.randint(0, 450), rng.randint(1, 150_000)
            booked = paid + rng.choice([0, 10, 40])
            tables["payments"].append(payment(f"more-{name}-{number}", None, paid, str(Decimal(cents) / 100), booked, customer_id=name))  # fmt: skip
    for row in tables["invoices"]:
        row["amount"] *= rng.choice([1, 1, 1, 100])
    return tables


@QUIET
@given(seed=st.integers(0, 2**32))
def test_default_under_plans_equals_a_loop_over_days(seed: int) -> None:
    tables = book(seeded(seed), 60, "EUR")
    config = portfolio(default={"preset": "irb_90dpd", "events": [], "cure_days": 1})
    with engine(tables, config) as (con, loaded):
        rates = issue_rates(loaded, "EUR", [0], ["EUR"])
        keep = Scratch(con).keep
        found = spells(loaded, config.default, rates, config.settlement, keep)
        rows = con.to_pyarrow(found).to_pylist()
    # with a cure of one day, a spell lasts from the first day in breach through the first day without
    shift = (START - date(1970, 1, 1)).days
    seen = {
        (row["customer_id"], day)
        for row in rows
        for day in range(row["start"] - shift, min(row["until"] - shift - 1, DAYS))
    }
    wanted = set()
    for name in (row["customer_id"] for row in tables["customers"]):
        own = happened(tables, name)
        plans = judged(own)
        days = [day for day in range(0, DAYS, 3) if in_breach(own, plans, on(day))]
        wanted |= {(name, day) for day in days}
    assert {one for one in seen if one[1] % 3 == 0 and one[1] >= 0} == wanted
    assert len({name for name, _ in wanted}) > 5


def happened(tables: Tables, whose: str) -> Tables:
    """The rows of one customer, booked on the day they happened."""
    own = of_customer(tables, whose)
    for name, day in (("invoices", "issued_on"), ("payments", "paid_on")):
        own[name] = [row | {"booked_at": row[day]} for row in own[name]]
    return own


def rate(day: date) -> Row:
    return {"currency": "USD", "rate_on": day, "rate": Decimal(1)}

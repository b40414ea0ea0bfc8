"""Windows, ageing and default recomputed by a naive loop over rows, on random ledgers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import ibis
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contracts.config.params import FeaturesConfig
from features.asof import ASKED
from features.catalog.ageing import BUCKETS, bucket, net_balance, not_due
from features.context import prepare
from features.default import issue_rates, spells
from features.state.ledger import ageing, balance
from tests.features_books import Row, Tables, engine, matrix, portfolio
from tests.features_random import month_ends, random_book, seeded

QUIET = settings(
    max_examples=1,
    phases=(Phase.explicit, Phase.generate),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)
FAMILIES = FeaturesConfig(
    families=("payments", "ageing", "disputes", "billing"), windows_days=(45, 365)
)
ZERO = Decimal(0)


class Naive:
    """One customer on one day of decision, by loops; only rows known before that day are looked at."""

    def __init__(self, tables: Tables, whose: str, asked: date) -> None:
        self.asked = asked
        self.rates = {row["rate_on"]: row["rate"] for row in tables.get("fx_rates", [])}
        self.documents = {
            row["invoice_id"]: row
            for row in tables["invoices"]
            if row["customer_id"] == whose and row["booked_at"] < asked
        }
        self.payments = [
            row | {"of": self.documents[row["invoice_id"]]}
            for row in tables["payments"]
            if row["invoice_id"] in self.documents and row["booked_at"] < asked
        ]
        self.disputes = [
            row
            for row in tables["disputes"]
            if row["invoice_id"] in self.documents and row["opened_on"] < asked
        ]

    def money(self, row: Row, amount: Decimal) -> Decimal:
        rate = (
            Decimal(1) if row["currency"] == "EUR" else self.rates[self.asked - timedelta(days=1)]
        )
        return amount * rate

    def known(self, payment: Row) -> date:
        return max(payment["booked_at"], payment["of"]["booked_at"])

    def paid(self, window: int) -> list[tuple[Decimal, int, Row]]:
        """Amount, days late and row of the payments of invoices that became known in the window."""
        start = self.asked - timedelta(days=window)
        return [
            (
                self.money(row["of"], row["amount"]),
                max((row["paid_on"] - row["of"]["due_on"]).days, 0),
                row,
            )
            for row in self.payments
            if row["of"]["kind"] == "invoice" and start <= self.known(row) < self.asked
        ]

    def open_items(self) -> list[tuple[Decimal, int, Row]]:
        """Open amount, days past due and row of the invoices that are not settled."""
        found = []
        for row in self.documents.values():
            paid = sum((p["amount"] for p in self.payments if p["of"] is row), ZERO)
            if row["kind"] == "invoice" and paid < row["amount"]:
                left = self.money(row, row["amount"] - paid)
                found.append((left, (self.asked - row["due_on"]).days, row))
        return found

    def credit(self) -> Decimal:
        """Credit notes and overpayments not used up."""
        total = ZERO
        for row in self.documents.values():
            paid = sum((p["amount"] for p in self.payments if p["of"] is row), ZERO)
            left = (
                row["amount"] - paid
                if row["kind"] == "credit_note"
                else max(paid - row["amount"], ZERO)
            )
            total += self.money(row, left)
        return total

    def past_due(self, days: int) -> Decimal:
        late = sum((left for left, age, _ in self.open_items() if age > days), ZERO)
        return max(late - max(self.credit(), ZERO), ZERO)

    def balance(self) -> Decimal:
        return sum((left for left, _, _ in self.open_items()), ZERO) - self.credit()

    def disputed(self) -> Decimal:
        ids = {
            row["invoice_id"]
            for row in self.disputes
            if row["closed_on"] is None or row["closed_on"] >= self.asked
        }
        return sum((left for left, _, row in self.open_items() if row["invoice_id"] in ids), ZERO)

    def billed(self, window: int) -> list[Row]:
        start = self.asked - timedelta(days=window)
        return [
            r for r in self.documents.values() if start <= r["booked_at"] and r["kind"] == "invoice"
        ]

    def oldest(self) -> int:
        ages = [
            (self.asked - max(row["due_on"], row["booked_at"])).days
            for _, age, row in self.open_items()
            if age > 0
        ]
        age = max(ages, default=0)
        return min([age, *(days for days in (0, 30, 60, 90) if self.past_due(days) <= 0)])


def _share(part: Decimal | int, whole: Decimal | int) -> float | None:
    return float(part / whole) if whole > 0 else None


def expected(naive: Naive, window: int) -> dict[str, Any]:
    paid = naive.paid(window)
    total = sum((amount for amount, _, _ in paid), ZERO)
    worst = max((late for _, late, _ in paid), default=None)
    items = [(left, age) for left, age, _ in naive.open_items() if age > 0]
    weighted = sum((amount * late for amount, late, _ in paid), ZERO)
    aged = sum((left * age for left, age in items), ZERO)
    billed = sum((naive.money(row, row["amount"]) for row in naive.billed(window)), ZERO)
    return {
        f"payments_days_late_mean_{window}d": _share(weighted, total),
        f"payments_days_late_with_open_mean_{window}d": _share(
            weighted + aged, total + sum((left for left, _ in items), ZERO)
        ),
        f"payments_late_share_{window}d": _share(
            sum((a for a, d, _ in paid if d > 0), ZERO), total
        ),
        f"payments_late_over_30d_share_{window}d": _share(
            sum((a for a, d, _ in paid if d > 30), ZERO), total
        ),
        f"payments_late_number_share_{window}d": _share(sum(d > 0 for _, d, _ in paid), len(paid)),
        f"payments_days_late_max_{window}d": worst,
        f"billing_amount_sum_{window}d": float(billed),
        f"billing_invoices_count_{window}d": len(naive.billed(window)),
        "ageing_overdue_amount": float(naive.past_due(0)),
        "ageing_over_90d_share": _share(naive.past_due(90), naive.balance()),
        "ageing_31_to_60d_share": _share(naive.past_due(30) - naive.past_due(60), naive.balance()),
        "ageing_oldest_days": naive.oldest(),
        "balance_amount": float(naive.balance()),
        "disputes_open_share": _share(naive.disputed(), naive.balance()),
    }


@QUIET
@given(seed=st.integers(0, 2**32))
def test_features_equal_a_loop_over_rows(seed: int) -> None:
    tables = random_book(seeded(seed), 25)
    days = month_ends()
    asked = [(row["customer_id"], day) for row in tables["customers"] for day in days]
    for row in matrix(tables, asked, choice=FAMILIES).to_pylist():
        naive = Naive(tables, row["customer_id"], row["as_of"])
        for window in (45, 365):
            wanted = expected(naive, window)
            found = {name: row[name] for name in wanted}
            assert [n for n in found if found[n] is None] == [
                n for n in wanted if wanted[n] is None
            ]
            wanted = {name: value for name, value in wanted.items() if value is not None}
            found = {name: found[name] for name in wanted}
            assert found == pytest.approx(wanted, rel=1e-9, abs=1e-9), (
                row["customer_id"],
                row["as_of"],
            )


@QUIET
@given(seed=st.integers(0, 2**32))
def test_buckets_add_up_to_invoices_less_payments_less_credit_notes(seed: int) -> None:
    tables = random_book(seeded(seed), 25, currencies=("EUR",))
    days = month_ends()
    rows: dict[str, list[Any]] = {"customer_id": [], "as_of": []}
    for one in tables["customers"]:
        rows["customer_id"] += [one["customer_id"]] * len(days)
        rows["as_of"] += days
    config = portfolio()
    with engine(tables, config) as (con, loaded):
        cohort = ibis.memtable(rows, schema={"customer_id": "string", "as_of": "date"})
        context = prepare(con, loaded, cohort, config, (90,))
        both = ageing(context).inner_join(balance(context), ["customer_id", ASKED])
        buckets = {f"b{over}": bucket(both, over, until) for over, until in BUCKETS}
        sums = both.select(
            "customer_id", ASKED, **buckets, rest=not_due(both), balance=net_balance(both)
        )
        found = con.to_pyarrow(sums).to_pylist()
    sign = {"invoice": 1, "credit_note": -1}
    for row in found:
        asked = date(1970, 1, 1) + timedelta(days=row[ASKED])
        naive = Naive(tables, row["customer_id"], asked)
        documents = sum((sign[d["kind"]] * d["amount"] for d in naive.documents.values()), ZERO)
        payments = sum((sign[p["of"]["kind"]] * p["amount"] for p in naive.payments), ZERO)
        assert row["balance"] == pytest.approx(float(documents - payments), abs=1e-9)
        parts = [row[f"b{over}"] for over, _ in BUCKETS]
        assert sum(parts) + row["rest"] == pytest.approx(row["balance"], abs=1e-9)
        assert min(parts) >= 0
    assert len(found) == 25 * len(days)


def in_breach(tables: Tables, day: date) -> bool:
    """irb_90dpd on one day by loops, on what happened by then; EUR only."""
    documents = [row for row in tables["invoices"] if row["issued_on"] <= day]
    late = gross = credit = ZERO
    for row in documents:
        paid = sum(
            (
                p["amount"]
                for p in tables["payments"]
                if p["invoice_id"] == row["invoice_id"] and p["paid_on"] <= day
            ),
            ZERO,
        )
        if row["kind"] == "credit_note":
            credit += row["amount"] - paid
            continue
        left = max(row["amount"] - paid, ZERO)
        credit += max(paid - row["amount"], ZERO)
        gross += left
        if (day - row["due_on"]).days > 90 and not _suspended(tables, row, day):
            late += left
    net = late - max(credit, ZERO)
    return net > 500 and net > Decimal("0.01") * (gross - credit)


def _of(tables: Tables, whose: str) -> Tables:
    """The rows of one customer."""
    documents = [row for row in tables["invoices"] if row["customer_id"] == whose]
    ids = {row["invoice_id"] for row in documents}
    mine = {
        name: [row for row in tables[name] if row["invoice_id"] in ids]
        for name in ("payments", "disputes")
    }
    return mine | {
        "invoices": documents,
        "events": [row for row in tables["events"] if row["customer_id"] == whose],
    }


def _suspended(tables: Tables, row: Row, day: date) -> bool:
    cases = [r for r in tables["disputes"] if r["invoice_id"] == row["invoice_id"]]
    if any(
        r["opened_on"] <= day and (r["closed_on"] is None or day < r["closed_on"]) for r in cases
    ):
        return True
    plans = [
        r
        for r in tables["events"]
        if r["kind"] == "payment_plan" and r["customer_id"] == row["customer_id"]
    ]
    return any(
        row["due_on"]
        < r["occurred_on"]
        <= day
        <= date.fromisoformat(r["detail"]) + timedelta(days=90)
        for r in plans
    )


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
        epoch = [(row["issued_on"] - date(1970, 1, 1)).days for row in tables["invoices"]]
        rates = issue_rates(loaded, "EUR", sorted(set(epoch)), ["EUR"])
        rows = con.to_pyarrow(spells(loaded, config.default, rates)).to_pylist()
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
        states = [(day, in_breach(own, day) or (name, day) in claims) for day in days]
        wanted |= {(name, first) for first, _ in _spells(states, 20)}
    assert found == wanted
    assert len(wanted) > 5

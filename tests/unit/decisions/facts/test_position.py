"""The open balance, the overdue part and its age: by hand, against another reckoning, and blind to the future."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from contracts.errors import ContractError
from decisions.facts.known import known_before
from decisions.facts.position import BUCKETS, position

AS_OF = date(2025, 12, 31)
Write = Callable[..., dict[str, Path]]


def invoice(number: str, amount: float, due: date, **more: Any) -> dict[str, Any]:
    row = {"invoice_id": number, "customer_id": "A", "amount": amount, "due_on": due}
    return row | {"issued_on": due - timedelta(days=30)} | more


def payment(number: str, invoice_id: str, amount: float, day: date, **more: Any) -> dict[str, Any]:
    return {"payment_id": number, "invoice_id": invoice_id, "amount": amount, "paid_on": day} | more


def test_buckets_by_hand(write: Write) -> None:
    tables = write(
        invoices=[
            invoice("i1", 100, date(2026, 1, 10)),
            invoice("i2", 200, date(2025, 12, 31)),  # due on the day itself: not past due
            invoice("i3", 400, date(2025, 12, 30)),  # one day
            invoice("i4", 800, date(2025, 12, 1)),  # 30 days
            invoice("i5", 1600, date(2025, 11, 30)),  # 31 days
            invoice("i6", 3200, date(2025, 10, 1)),  # 91 days
        ],
        payments=[payment("p1", "i3", 150, date(2025, 12, 30))],
    )
    found = position(AS_OF, tables, "EUR")
    amounts = {bucket: int(amount) for bucket, amount in found.ageing().items()}
    # i3 has 400 - 150 = 250 left, i4 800: both 1-30
    assert amounts == {"not_due": 300, "1-30": 1050, "31-60": 1600, "61-90": 0, "90+": 3200}
    assert found.total("exposure") == Decimal("6150.00")
    assert found.total("overdue") == Decimal("5850.00")


def test_credits_clear_the_oldest_items_first(write: Write) -> None:
    tables = write(
        invoices=[
            invoice("i1", 100, date(2026, 1, 10)),
            invoice("i2", 100, date(2025, 9, 1)),
            invoice("i3", 100, date(2025, 12, 20)),
            invoice("c1", 120, date(2025, 12, 20), kind="credit_note"),
        ],
        payments=[payment("p1", "i1", 130, date(2025, 12, 29))],  # 30 too much
    )
    found = position(AS_OF, tables, "EUR")
    # open 0 + 100 + 100, credit 120 + 30: the 150 clear i2 and half of i3
    assert found.total("exposure") == Decimal("50.00")
    assert found.ageing()["90+"] == 0
    assert found.ageing()["1-30"] == Decimal("50.00")


def test_a_customer_in_credit_owes_nothing(write: Write) -> None:
    tables = write(
        invoices=[
            invoice("i1", 100, date(2025, 12, 1)),
            invoice("c1", 101, date(2025, 12, 2), kind="credit_note"),
        ],
        payments=[],
    )
    assert position(AS_OF, tables, "EUR").customers.empty


def test_open_disputes_only(write: Write) -> None:
    tables = write(
        invoices=[invoice("i1", 100, date(2025, 12, 1)), invoice("i2", 40, date(2025, 12, 1))],
        payments=[],
        disputes=[
            {"dispute_id": "d1", "invoice_id": "i1", "opened_on": date(2025, 12, 5), "closed_on": date(2025, 12, 30)},
            {"dispute_id": "d2", "invoice_id": "i2", "opened_on": date(2025, 12, 5), "closed_on": date(2025, 12, 31)},
            {"dispute_id": "d3", "invoice_id": "i1", "opened_on": date(2025, 12, 31)},
        ],
    )  # fmt: skip
    # d1 is over; that d2 ends today is not known yet; d3 begins today
    assert position(AS_OF, tables, "EUR").total("disputed") == Decimal("40.00")


def test_foreign_money_takes_the_last_rate_before_the_day(write: Write) -> None:
    tables = write(
        invoices=[invoice("i1", 1000, date(2025, 12, 1), currency="USD"), invoice("i2", 5, date(2025, 12, 1))],
        payments=[payment("p1", "i1", 250, date(2025, 12, 2))],
        fx_rates=[
            {"currency": "USD", "rate_on": date(2025, 12, 29), "rate": 0.5},
            {"currency": "USD", "rate_on": date(2025, 12, 30), "rate": 0.9},
            {"currency": "USD", "rate_on": date(2025, 12, 31), "rate": 7},
        ],
    )  # fmt: skip
    assert position(AS_OF, tables, "EUR").total("exposure") == Decimal("680.00")  # 750 x 0.9 + 5


def test_large_amounts_do_not_overflow(write: Write) -> None:
    tables = write(
        invoices=[invoice("i1", 5_000_000_000, date(2025, 12, 1), currency="JPY")],
        payments=[],
        fx_rates=[{"currency": "JPY", "rate_on": date(2025, 12, 1), "rate": 0.00612345}],
    )
    assert position(AS_OF, tables, "EUR").total("exposure") == Decimal("30617250.00")


def test_a_currency_without_a_rate_is_named(write: Write) -> None:
    tables = write(invoices=[invoice("i1", 1, date(2025, 12, 1), currency="CHF")], payments=[])
    with pytest.raises(ContractError, match="no exchange rate") as caught:
        position(AS_OF, tables, "EUR")
    assert "CHF (1 invoices)" in str(caught.value)


def test_absent_tables_are_empty() -> None:
    with known_before(AS_OF, {}, "EUR") as connection:
        assert connection.sql("SELECT count(*) FROM invoices").fetchall() == [(0,)]
        assert connection.sql("SELECT currency FROM rates").fetchall() == [("EUR",)]


def drawn(seed: int, n: int = 300) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    rng = np.random.default_rng(seed)
    invoices, payments = [], []
    for i in range(n):
        issued = AS_OF - timedelta(days=int(rng.integers(-20, 400)))
        booked = issued + timedelta(days=int(rng.integers(0, 4)))
        kind = "credit_note" if rng.random() < 0.08 else "invoice"
        cents = int(rng.integers(100, 90_000))
        row = invoice(f"i{i}", cents / 100, issued + timedelta(days=30), issued_on=issued)
        row |= {"customer_id": f"C{rng.integers(0, 12)}", "kind": kind, "booked_at": booked}
        invoices.append(row)
        for part in range(int(rng.integers(0, 3)) if kind == "invoice" else 0):
            paid = issued + timedelta(days=int(rng.integers(0, 120)))
            amount = max(int(cents * rng.choice([0.4, 0.5, 1.0])), 1) / 100
            late = timedelta(days=int(rng.integers(0, 5)))
            payments.append(payment(f"p{i}-{part}", f"i{i}", amount, paid, booked_at=paid + late))
    return invoices, payments


def naive(
    invoices: list[dict[str, Any]], payments: list[dict[str, Any]], as_of: date
) -> dict[str, dict[str, Decimal]]:
    """The same, one document after the other."""
    owed: dict[str, list[tuple[date, Decimal]]] = {}
    credit: dict[str, Decimal] = {}
    for row in invoices:
        if row["booked_at"] >= as_of:
            continue
        who, amount = row["customer_id"], Decimal(str(row["amount"]))
        if row["kind"] == "credit_note":
            credit[who] = credit.get(who, Decimal(0)) + amount
            continue
        paid = sum(
            (Decimal(str(p["amount"])) for p in payments
             if p["invoice_id"] == row["invoice_id"] and p["booked_at"] < as_of), Decimal(0),
        )  # fmt: skip
        owed.setdefault(who, []).append((row["due_on"], max(amount - paid, Decimal(0))))
        credit[who] = credit.get(who, Decimal(0)) + max(paid - amount, Decimal(0))
    result = {}
    for who, items in owed.items():
        rest = credit[who]
        buckets = dict.fromkeys(BUCKETS, Decimal(0))
        for due, amount in sorted(items):
            cleared = min(rest, amount)
            rest -= cleared
            days = (as_of - due).days
            place = sum(days > edge for edge in (0, 30, 60, 90))
            buckets[BUCKETS[place]] += amount - cleared
        if sum(buckets.values()):
            result[who] = buckets
    return result


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_agrees_with_a_naive_reckoning(write: Write, seed: int) -> None:
    invoices, payments = drawn(seed)
    found = position(AS_OF, write(invoices=invoices, payments=payments), "EUR").customers
    expected = naive(invoices, payments, AS_OF)
    assert len(expected) > 5
    shown = {who: {bucket: row[bucket] for bucket in BUCKETS} for who, row in found.iterrows()}
    assert shown == expected
    assert (found["overdue"] == found["exposure"] - found["not_due"]).all()


def test_what_becomes_known_later_changes_nothing(write: Write) -> None:
    invoices, payments = drawn(4)
    before = position(AS_OF, write(invoices=invoices, payments=payments), "EUR").customers
    kept = [row for row in invoices if row["booked_at"] < AS_OF]
    known = {row["invoice_id"] for row in kept}
    rest = [p for p in payments if p["booked_at"] < AS_OF and p["invoice_id"] in known]
    assert len(kept) < len(invoices)
    assert len(rest) < len(payments)
    kept.append(invoice("x", 1e9, date(2025, 6, 1), booked_at=AS_OF))
    rest.append(payment("y", kept[0]["invoice_id"], 1e9, date(2025, 6, 1), booked_at=AS_OF))
    after = position(AS_OF, write(invoices=kept, payments=rest), "EUR").customers
    pd.testing.assert_frame_equal(before, after)

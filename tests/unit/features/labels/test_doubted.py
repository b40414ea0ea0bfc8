"""An invoice that a rule set aside leaves its customer unknown, unless the customer bought and paid on."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from features.labels.doubted import Aside, doubted
from tests.features_books import portfolio

DUE = date(2023, 3, 1)
SINCE = date(2023, 5, 31)
"""91 days later."""


def days(number: int) -> timedelta:
    return timedelta(days=number)


def invoice(**values: Any) -> dict[str, Any]:
    own = {"invoice_id": "I", "customer_id": "C1", "issued_on": DUE - days(30), "due_on": DUE, "amount": 600, "currency": "EUR"}  # fmt: skip
    return own | {"kind": "invoice", "credits": None, "booked_at": DUE - days(30), "rule": "missing_value"} | values  # fmt: skip


def payment(**values: Any) -> dict[str, Any]:
    own = {"invoice_id": "I", "paid_on": DUE, "amount": 600, "kind": "payment"}
    return own | {"rule": "belongs_to_a_row_set_aside"} | values


def bought(issued: int, paid: int) -> dict[str, Any]:
    """An invoice that is used, so many days after the due day, and paid so many after it."""
    return {"customer_id": "C1", "issued_on": DUE + days(issued), "paid_on": DUE + days(paid)}


def spans(
    *invoices: dict[str, Any], paid: tuple[dict[str, Any], ...] = (), used: tuple[dict[str, Any], ...] = (), **config: Any
) -> list[tuple[date, date | None]]:  # fmt: skip
    """Since when and until when C1 may have been in default."""
    given = [pd.DataFrame(list(rows), columns=columns) for rows, columns in (
        (invoices, list(invoice())), (paid, list(payment())), (used, list(bought(0, 0)))
    )]  # fmt: skip
    found = doubted(Aside(*given, {"C1"}, {"USD": 0.9, "KRW": 0.0}), portfolio(**config))
    return [(one.since.date(), None if pd.isna(one.over) else one.over.date()) for one in found.itertuples()]  # fmt: skip


@pytest.mark.parametrize(
    ("invoices", "paid", "used", "expected"),
    [
        ([invoice()], [], [], [(SINCE, None)]),
        ([invoice(rule="belongs_to_a_row_set_aside")], [payment(rule="missing_value", paid_on=None)], [], [(SINCE, None)]),
        # paid, or half of it, on the last day on which it was not late enough; a day later is late
        ([invoice()], [payment(paid_on=SINCE - days(1), amount=300)], [], []),
        ([invoice()], [payment(paid_on=SINCE)], [], [(SINCE, None)]),
        ([invoice()], [payment(amount=299)], [], [(SINCE, None)]),
        ([invoice()], [payment(kind="reversal")], [], [(SINCE, None)]),
        ([invoice(rule="decimal_point_misplaced")], [payment(amount=6)], [], []),
        # credited in time, by a note that left with it
        ([invoice(), invoice(invoice_id="G", kind="credit_note", credits="I", issued_on=DUE, due_on=None, rule="belongs_to_a_row_set_aside")], [], [], []),
        # not more than the materiality, at the highest rate of its currency; one that has none may be
        ([invoice(amount=500)], [], [], []),
        ([invoice(amount=300), invoice(invoice_id="J", amount=201)], [], [], [(SINCE, None)] * 2),
        ([invoice(amount=555, currency="USD")], [], [], []),
        ([invoice(amount=556, currency="USD")], [], [], [(SINCE, None)]),
        ([invoice(amount=300, currency="USD"), invoice(invoice_id="J", amount=231)], [], [], [(SINCE, None)] * 2),
        ([invoice(amount=5, currency="SEK")], [], [], [(SINCE, None)]),
        ([invoice(amount=5, currency="KRW")], [], [], [(SINCE, None)]),
        ([invoice(amount=None)], [], [], [(SINCE, None)]),
        # billed after the due day, and paid that within 90 days of the first day of default
        ([invoice()], [], [bought(1, 181)], []),
        ([invoice()], [], [bought(0, 20)], [(SINCE, None)]),
        # paid an invoice that is later than that day: cured 90 days after the payment
        ([invoice()], [], [bought(91, 200)], [(SINCE, DUE + days(290))]),
        ([invoice()], [], [bought(90, 200)], [(SINCE, None)]),
        # no due day that can be believed: that of issue, or of booking; none at all: at any time
        ([invoice(due_on=None)], [], [], [(SINCE - days(30), None)]),
        ([invoice(due_on=date(2123, 3, 1))], [], [], [(SINCE - days(30), None)]),
        ([invoice(issued_on=date(2123, 1, 30), due_on=date(2123, 3, 1), booked_at=DUE)], [], [], [(SINCE, None)]),
        ([invoice(issued_on=None, due_on=None, booked_at=None)], [], [], [(date(1950, 1, 1), None)]),
        # not late by the last complete day; told by another row; of nobody
        ([invoice(issued_on=date(2023, 10, 1), due_on=date(2023, 10, 1))], [], [], [(date(2023, 12, 31), None)]),
        ([invoice(issued_on=date(2023, 10, 1), due_on=date(2023, 10, 2))], [], [], []),
        ([invoice(rule="copy_never_paid"), invoice(rule="repeated_row")], [], [], []),
        ([invoice(customer_id="C9"), invoice(customer_id=None)], [], [], []),
    ],
)  # fmt: skip
def test_who_went_on_neither_to_buy_nor_to_pay_is_unknown(
    invoices: list[dict[str, Any]],
    paid: list[dict[str, Any]],
    used: list[dict[str, Any]],
    expected: list[tuple[date, date | None]],
) -> None:
    assert spans(*invoices, paid=tuple(paid), used=tuple(used)) == expected


def test_where_default_is_a_matter_of_events_invoices_say_nothing() -> None:
    assert spans(invoice(), default={"preset": "events_only"}) == []

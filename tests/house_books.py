"""Rows of a house, one by one: invoices, credit notes and payments of customers that are nothing but a name."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from quality.delivery.finding import Validation
from tests.sources_books import Row, Tables, clean_book

CLEAN = clean_book()


def days(number: int) -> timedelta:
    return timedelta(days=number)


def invoice(number: str, who: str, due: date, amount: str, terms: int = 30) -> Row:
    issued = due - days(terms)
    own = {"invoice_id": number, "customer_id": who, "issued_on": issued, "due_on": due, "booked_at": issued}  # fmt: skip
    return CLEAN["invoices"][0] | own | {"amount": Decimal(amount)}


def note(number: str, of: Row, day: date) -> Row:
    """A credit note of all of an invoice."""
    own = {"invoice_id": number, "kind": "credit_note", "credits": of["invoice_id"]}
    return of | own | {"issued_on": day, "booked_at": day, "due_on": None}


def payment(number: str, of: Row, day: date, amount: str | None = None) -> Row:
    own = {"payment_id": number, "invoice_id": of["invoice_id"], "paid_on": day, "booked_at": day}
    return CLEAN["payments"][0] | own | {"amount": of["amount"] if amount is None else Decimal(amount)}  # fmt: skip


def tables(invoices: list[Row], payments: list[Row], **more: list[Row]) -> Tables:
    names = sorted({one["customer_id"] for one in invoices})
    first = date(2015, 1, 1)
    customers = [CLEAN["customers"][0] | {"customer_id": one, "onboarded_on": first} for one in names]  # fmt: skip
    return {"customers": customers, "invoices": invoices, "payments": payments, **more}


def flagged(validation: Validation, rule: str) -> list[str]:
    """Keys of what a rule found, of which no more than five are shown."""
    finding = next(one for one in validation.findings if one.rule.name == rule)
    return [one.key for one in finding.examples]

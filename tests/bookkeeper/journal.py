"""The journal of one customer, written from its rows of the raw tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from tests.bookkeeper.accounts import (
    CASH,
    CREDIT,
    DISCOUNTS,
    FEES,
    ON_ACCOUNT,
    RECEIVABLE,
    RETURNS,
    SALES,
    Account,
    Entry,
    moved,
)
from tests.features_books import Row, Tables

SOURCE = {"payment": CASH, "discount": DISCOUNTS, "fee": FEES, "reversal": CASH}


@dataclass(frozen=True, slots=True)
class Books:
    """Everything the ledger holds of one customer, and its journal."""

    customer: Row
    documents: Mapping[str, Row]
    payments: tuple[Row, ...]
    disputes: tuple[Row, ...]
    terms: tuple[Row, ...]
    events: tuple[Row, ...]
    entries: tuple[Entry, ...]

    def paid(self) -> list[tuple[Row, Entry]]:
        """Every row of payments with its entry."""
        return list(zip(self.payments, self.entries[len(self.documents) :], strict=True))


def known_on(row: Row, happened: str = "issued_on") -> date:
    """The later of happened and booked."""
    day: date = max(row[happened], row["booked_at"])
    return day


def open_books(tables: Tables) -> dict[str, Books]:
    """The books of every customer of the tables."""
    kept: dict[str, dict[str, list[Row]]] = {
        row["customer_id"]: defaultdict(list) for row in tables["customers"]
    }
    owner = {row["invoice_id"]: row["customer_id"] for row in tables["invoices"]}
    for name in ("invoices", "credit_terms", "events"):
        for row in tables.get(name, ()):
            kept[row["customer_id"]][name].append(row)
    for row in tables["payments"]:
        kept[owner[row["invoice_id"]] if row["invoice_id"] else row["customer_id"]]["payments"].append(row)  # fmt: skip
    for row in tables.get("disputes", ()):
        kept[owner[row["invoice_id"]]]["disputes"].append(row)
    return {
        row["customer_id"]: _books(row, kept[row["customer_id"]]) for row in tables["customers"]
    }


def _books(customer: Row, rows: Mapping[str, list[Row]]) -> Books:
    documents = {row["invoice_id"]: row for row in rows.get("invoices", ())}
    payments = tuple(sorted(rows.get("payments", ()), key=lambda row: row["payment_id"]))
    entries = [_document(row) for row in documents.values()]
    entries += [_payment(row, documents, customer) for row in payments]
    return Books(
        customer,
        documents,
        payments,
        tuple(rows.get("disputes", ())),
        tuple(sorted(rows.get("credit_terms", ()), key=lambda row: row["valid_from"])),
        tuple(rows.get("events", ())),
        tuple(entries),
    )


def _document(row: Row) -> Entry:
    """An invoice is a claim against sales; a credit note is sales given back, kept under its own number until it is set off."""
    name, whose, currency = row["invoice_id"], row["customer_id"], row["currency"]
    days = (row["issued_on"], known_on(row))
    if row["kind"] == "invoice":
        debit, credit = Account(RECEIVABLE, name, currency), Account(SALES, whose, currency)
    else:
        debit, credit = Account(RETURNS, whose, currency), Account(CREDIT, name, currency)
    return moved(name, days, debit, credit, row["amount"])


def _payment(row: Row, documents: Mapping[str, Row], customer: Row) -> Entry:
    """Money in reduces the claim; a payment *of* a credit note goes out and uses it up; a reversal is the opposite."""
    name, whose = row["payment_id"], customer["customer_id"]
    of = documents.get(row["invoice_id"]) if row["invoice_id"] else None
    if of is None:
        currency, days = customer["currency"], (row["paid_on"], known_on(row, "paid_on"))
        claim = Account(ON_ACCOUNT, whose, currency)
    else:
        currency = of["currency"]
        days = (
            max(row["paid_on"], of["issued_on"]),
            max(known_on(row, "paid_on"), known_on(of)),
        )
        claim = Account(RECEIVABLE if of["kind"] == "invoice" else CREDIT, of["invoice_id"], currency)  # fmt: skip
    money = Account(SOURCE[row["kind"]], whose, currency)
    outwards = (row["kind"] == "reversal") != (claim.kind == CREDIT)
    debit, credit = (claim, money) if outwards else (money, claim)
    return moved(name, days, debit, credit, row["amount"])

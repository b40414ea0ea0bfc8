"""The tables of a case by the raw contract: its customer has the case's name, its documents are prefixed with it."""

from __future__ import annotations

import re
from decimal import Decimal

from tests.cases.reading import Booking, Case
from tests.features_books import Row, Tables, customer, dispute, event, invoice, on, payment, terms

PAYMENTS = {"payment": "payment", "discount": "discount", "fee": "fee", "returned": "reversal"}
EVENTS = ("insolvency", "write_off", "ceased_trading", "insurer_claim", "legal_action")
NAMES = ("customers", "invoices", "payments", "disputes", "events", "credit_terms", "fx_rates", "financials")  # fmt: skip
ON_ACCOUNT = "on account"
_WORDS = {
    "due": r"due (-?\d+)", "booked": r"booked (-?\d+)", "until": r"until (-?\d+)", "last": r"last date (-?\d+)",
    "known": r"known (-?\d+)", "for": r"for (\S+)", "in": r"in ([A-Z]{3})", "days": r"(\d+) days",
    "rate": r"discount ([\d.]+) % within \d+ days", "within": r"discount [\d.]+ % within (\d+) days",
    "industry": r"industry (\S+)", "number": r"number (\S+)",
}  # fmt: skip


def tables_of(case: Case) -> Tables:
    """Every table of the contract, the unused ones empty."""
    tables: Tables = {name: [] for name in NAMES}
    home = next((b.of for b in case.bookings if b.what == "customer"), "EUR")
    own = next((_words(b)["industry"] for b in case.bookings if b.what == "customer"), None)
    tables["customers"].append(customer(case.name, currency=home, industry=own))
    for number, booking in enumerate(case.bookings):
        _book(tables, case.name, number, booking)
    return tables


def joined(books: list[Tables]) -> Tables:
    """The rows of many cases as one delivery; rates, which are everybody's, once."""
    every: Tables = {name: [row for book in books for row in book[name]] for name in NAMES}
    rates = {(row["currency"], row["rate_on"]): row for row in every["fx_rates"]}
    every["fx_rates"] = [rates[key] for key in sorted(rates)]
    return every


def _words(booking: Booking) -> dict[str, str | None]:
    """The words of the column `more`, parted by commas; anything else in it is refused."""
    found: dict[str, str | None] = dict.fromkeys(_WORDS)
    for part in filter(None, booking.more.split(", ")):
        matches = {name: re.fullmatch(pattern, part) for name, pattern in _WORDS.items()}
        if not any(matches.values()):
            raise ValueError(f"{part!r} of {booking} is none of the words that README.md lists")
        found |= {name: match[1] for name, match in matches.items() if match}
    return found


def _day(words: dict[str, str | None], name: str) -> int | None:
    value = words[name]
    return None if value is None else int(value)


def _book(tables: Tables, whose: str, number: int, b: Booking) -> None:
    words, name = _words(b), f"{whose}/{number:02}"
    if b.what in {"invoice", "credit note"}:
        tables["invoices"].append(_document(whose, b, words))
    elif b.what in PAYMENTS:
        of = None if b.of == ON_ACCOUNT else f"{whose}/{b.of}"
        owner = whose if of is None else None
        number_of = f"{whose}/{words['number']}" if words["number"] else name
        row = payment(number_of, of, b.day, b.amount, booked=_day(words, "booked"), customer_id=owner, kind=PAYMENTS[b.what])  # fmt: skip
        tables["payments"].append(row)
    elif b.what == "dispute":
        tables["disputes"].append(dispute(name, f"{whose}/{b.of}", b.day, _day(words, "until")))
    elif b.what == "plan":
        last = _day(words, "last")
        detail = "monthly instalments" if last is None else str(on(last))
        tables["events"].append(event(name, whose, "payment_plan", b.day, _day(words, "known"), detail=detail))  # fmt: skip
    elif b.what.replace(" ", "_") in EVENTS:
        kind = b.what.replace(" ", "_")
        tables["events"].append(event(name, whose, kind, b.day, _day(words, "known")))
    elif b.what == "terms":
        row = terms(whose, b.day, b.amount or None, int(words["days"] or 30))
        if words["rate"] is not None:
            row |= {"discount_rate": Decimal(words["rate"]) / 100, "discount_days": _day(words, "within")}  # fmt: skip
        tables["credit_terms"].append(row)
    elif b.what == "rate":
        tables["fx_rates"].append({"currency": b.of, "rate_on": on(b.day), "rate": Decimal(b.amount)})  # fmt: skip
    elif b.what != "customer":
        raise ValueError(f"{whose}: nobody knows how to book {b.what!r}")


def _document(whose: str, b: Booking, words: dict[str, str | None]) -> Row:
    due, credited = _day(words, "due"), words["for"]
    booked = _day(words, "booked")
    return invoice(
        f"{whose}/{b.of}", whose, b.day, b.amount,
        due_on=None if due is None else on(due),
        kind="invoice" if b.what == "invoice" else "credit_note",
        currency=words["in"] or "EUR",
        credits=None if credited is None else f"{whose}/{credited}",
        booked_at=on(b.day if booked is None else booked),
    )  # fmt: skip

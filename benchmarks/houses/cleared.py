"""Houses whose payments are read from another column, row or sign than that of the money."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from benchmarks.houses.book import UNTIL, Book, Debt, cents, days
from tests.sources_books import Row

LOADED = date(2023, 7, 1)


def residual_keeps_due(book: Book, n: int, *, is_told: bool) -> None:
    """SAP: who fails pays a tenth; that clears the invoice, and the rest is an item of that day, due on the day of the old one."""
    for one in list(book.trade(n)):
        row, again = book.book(one), one.due + days(20)
        if one.paid is not None or again > UNTIL:
            continue
        part, at = cents(float(one.amount) / 10), book.debts.index(one)
        rest = one.amount - part
        book.debts[at : at + 1] = [replace(one, amount=part, paid=again), replace(one, amount=rest)]
        book.pay(row, again, part if is_told else None)
        if not is_told:
            book.bill(one.who, again, float(rest))["due_on"] = one.due


def returns_as_payments(book: Book, n: int, *, is_told: bool) -> None:
    """Direct debits on the due day: those of who fails come back five days later, with a minus that abs() takes off."""
    for one in book.trade(n, lags=(0, 0, 1)):
        row, back = book.book(one), one.due + days(5)
        if one.paid is None:
            book.pay(row, one.due)
            book.pay(row, back, kind="reversal" if is_told else "payment")


def returns_unnamed(book: Book, n: int, *, is_told: bool) -> None:
    """Direct debits on the due day: those of who fails come back five days later, and the return names the customer alone."""
    for one in book.trade(n, lags=(0, 0, 1)):
        row, back = book.book(one), one.due + days(5)
        if one.paid is not None:
            continue
        book.pay(row, one.due)
        if is_told:
            book.pay(row, back, kind="reversal")
        elif back <= UNTIL:
            book.on_account(one.who, back, one.amount)
            book.payments[-1]["kind"] = "reversal"


def credit_applied_twice(book: Book, n: int, *, is_told: bool) -> None:
    """One invoice in ten is reduced by a fifth; the list of payments has the application of the credit note as well."""
    for one, row, noted, part in reduced(book, n):
        if one.paid is not None and one.paid <= UNTIL:
            book.payments[-1]["amount"] -= part
        if not is_told:
            book.pay(row, noted, part)


def reduced(book: Book, n: int) -> Iterator[tuple[Debt, Row, date, Decimal]]:
    """Books all trade, and reduces one invoice in ten by a fifth ten days later: the debt, its invoice, the day and the part."""
    for one in list(book.trade(n)):
        row, noted = book.book(one), one.issued + days(10)
        if book.draw.random() > 0.1 or noted > UNTIL:
            continue
        part = cents(float(one.amount) / 5)
        book.credit(row, noted, part)
        book.debts[book.debts.index(one)] = replace(one, amount=one.amount - part)
        yield one, row, noted, part


def header_amounts(book: Book, n: int, *, is_told: bool) -> None:
    """Every fifth customer pays three invoices at once; the join gives each of them the amount of the whole transfer."""
    own: defaultdict[str, list[Debt]] = defaultdict(list)
    for one in book.trade(n):
        own[one.who].append(one)
    book.debts.clear()
    for who, every in own.items():
        for at in range(0, len(every), 3):
            trio = every[at : at + 3]
            days_paid = [one.paid for one in trio if one.paid]
            if int(who[1:]) % 5 or len(days_paid) < len(trio):
                book.debts += trio
                for one in trio:
                    book.book(one)
                continue
            paid, whole = max(days_paid), sum(one.amount for one in trio)
            for one in trio:
                book.debts.append(replace(one, paid=paid))
                book.pay(book.bill(who, one.issued, float(one.amount)), paid, one.amount if is_told else cents(float(whole)))  # fmt: skip
                if paid <= UNTIL:
                    book.payments[-1]["payment_id"] = f"T{who}-{at}"


def _slow(book: Book, n: int) -> list[Debt]:
    """Every tenth customer pays one invoice in ten 100 days late."""
    for at, one in enumerate(book.trade(n)):
        if one.paid is not None and int(one.who[1:]) % 10 == 0 and book.draw.random() < 0.1:
            book.debts[at] = replace(one, paid=one.due + days(100))
    return list(book.debts)


def value_is_due_day(book: Book, n: int, *, is_told: bool) -> None:
    """The value date of a payment is that of the interest, the due day; only the day of booking says when money came."""
    for one in _slow(book, n):
        book.book(one)
        if not is_told and one.paid is not None and one.paid <= UNTIL:
            book.payments[-1]["paid_on"] = min(one.due, one.paid)


def value_is_issue_day(book: Book, n: int, *, is_told: bool) -> None:
    """The document date of a payment is that of the invoice it pays; only the day of booking says when money came."""
    for one in _slow(book, n):
        book.book(one)
        if not is_told and one.paid is not None and one.paid <= UNTIL:
            book.payments[-1]["paid_on"] = one.issued


def due_is_paid_day(book: Book, n: int, *, is_told: bool) -> None:
    """The system writes the day of payment into the due day of what is cleared."""
    for one in _slow(book, n):
        row = book.book(one)
        if not is_told and one.paid is not None and one.paid <= UNTIL:
            row["due_on"] = one.paid


def payments_loaded_later(book: Book, n: int, *, is_told: bool) -> None:
    """Payments were loaded into the warehouse in July 2023, invoices from the first day on: until then none was booked."""
    for one in book.trade(n):
        book.book(one)
        if not is_told and one.paid is not None and one.paid <= UNTIL:
            book.payments[-1]["booked_at"] = max(one.paid, LOADED)


def losses_as_fees(book: Book, n: int, *, is_told: bool) -> None:
    """All that is settled without money is of kind `fee`: also what of who fails is written off, 80 days after it fell due."""
    for one in book.trade(n):
        row, end = book.book(one), one.due + days(80)
        if one.paid is not None or end > UNTIL:
            continue
        if is_told:
            book.credit(row, end)
            book.loss(one.who, end, one.amount)
        else:
            book.pay(row, end, kind="fee")
    book.debts.clear()


def handed_over(book: Book, n: int, *, is_told: bool) -> None:
    """What is 60 days late goes to a collector by credit notes of one day; the customer buys for cash for a year."""
    ends: dict[str, date] = {}
    for one in book.trade(n):
        row = book.book(one)
        if one.paid is not None:
            continue
        end = max(ends.setdefault(one.who, one.due + days(60)), one.issued)
        if end <= UNTIL:
            book.credit(row, end)
            if is_told:
                book.loss(one.who, end, one.amount)
    for who, end in ends.items():
        for month in range(1, 13):
            day = end + days(30 * month)
            if day <= UNTIL:
                book.pay(book.bill(who, day, book.draw.uniform(50, 300), 0), day)
    book.debts.clear()


def blocks_for_a_time(book: Book, n: int, *, is_told: bool) -> None:
    """A dunning block read as a dispute: set when something is 40 days late, taken off 300 days later."""
    disputes: list[dict[str, object]] = []
    for one in book.trade(n):
        row, since = book.book(one), one.due + days(40)
        if one.paid is not None or since > UNTIL or is_told:
            continue
        until = since + days(300)
        own = {"dispute_id": f"D{len(disputes)}", "invoice_id": row["invoice_id"], "reason": "block"}  # fmt: skip
        disputes.append(own | {"opened_on": since, "closed_on": until if until <= UNTIL else None})
    if disputes:
        book.more["disputes"] = disputes

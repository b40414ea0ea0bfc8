"""Houses that export what their system calls cleared, applied or estimated: SAP, Kingdee and Yonyou, Xero and NetSuite."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.houses.book import UNTIL, Book, cents, days, month_ends
from benchmarks.houses.cleared import reduced
from benchmarks.houses.documents import billed_anew


def cleared_with_credits(book: Book, n: int, *, is_told: bool) -> None:
    """SAP, FBL5N: one invoice in ten is cleared by money and a credit memo of a fifth; read as paid in full on the clearing day, with the memo delivered beside it."""
    for one, _, _, part in reduced(book, n):
        is_paid = one.paid is not None and one.paid <= UNTIL
        if is_told and is_paid:
            book.payments[-1]["amount"] -= part
        elif is_paid:
            book.invoices[-1]["credits"] = None


def transferred_anew(book: Book, n: int, *, is_told: bool) -> None:
    """SAP, F-30: what is 50 days late is cleared by a transfer posting that opens it again, due in 30 days; read as paid, and as a new invoice."""
    for one in book.trade(n):
        row, again = book.book(one), one.due + days(50)
        while one.paid is None and not is_told and again <= UNTIL:
            book.pay(row, again)
            row = book.bill(one.who, again, float(one.amount), 30)
            again += days(80)


def estimated_receivables(book: Book, n: int, *, is_told: bool) -> None:
    """Kingdee: a receivable is estimated on shipment, and taken back by a red one when the fapiao is issued, 20 to 50 days later; terms run from the fapiao."""
    for one in list(book.trade(n)):
        book.book(one)
        shipped = one.issued - days(book.draw.randint(20, 50))
        if not is_told:
            row = book.bill(one.who, shipped, float(one.amount))
            book.credit(row, one.issued)


def red_without_number(book: Book, n: int, *, is_told: bool) -> None:
    """Yonyou: one invoice in twelve is taken back by a red one that names none, and billed anew with the right heading; all pay the new one."""
    billed_anew(book, n, is_named=is_told)


def applied_at_month_ends(book: Book, n: int, *, is_told: bool) -> None:
    """Receipts are applied at each month's end, and the day of the application was read as that of the payment; one customer in ten pays 65 to 85 days late."""
    for at, one in enumerate(list(book.trade(n))):
        mine = one
        if one.paid is not None and int(one.who[1:]) % 10 == 1:
            mine = replace(one, paid=one.due + days(book.draw.randint(65, 85)))
            book.debts[at] = mine
        book.book(mine)
        if mine.paid is not None and mine.paid <= UNTIL and not is_told:
            run = next(end for end in month_ends() if end >= mine.paid)
            book.payments[-1] |= {"paid_on": run, "booked_at": run}


def fully_paid_on(book: Book, n: int, *, is_told: bool) -> None:
    """Xero: one invoice in six is paid in two, three quarters on time and the rest a hundred days late; the export has the day on which it was fully paid, and no other."""
    for one in list(book.trade(n)):
        later = one.due + days(100)
        if one.paid is None or later > UNTIL or book.draw.random() > 1 / 6:
            book.book(one)
            continue
        rest, at = cents(float(one.amount) / 4), book.debts.index(one)
        first = replace(one, amount=one.amount - rest)
        book.debts[at : at + 1] = [first, replace(one, amount=rest, paid=later)]
        row = book.bill(one.who, one.issued, float(one.amount))
        if is_told:
            book.pay(row, one.paid, first.amount)
            book.pay(row, later, rest)
        else:
            book.pay(row, later)

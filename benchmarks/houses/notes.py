"""Houses with documents that are no debts of their own: statements, accruals, bonuses, empties, reversals, discounts let go."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal

from benchmarks.houses.book import UNTIL, Book, Debt, cents, days, month_ends


def bonus_paid_out(book: Book, n: int, *, is_told: bool) -> None:
    """Each February a bonus of 3 % of last year's purchases is credited; the bank pays it out, and outgoing payments are not in the extract."""
    bought: defaultdict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for one in book.trade(n):
        book.book(one)
        bought[one.who, one.issued.year + 1] += one.amount
    for (who, year), amount in () if is_told else bought.items():
        day, fails = date(year, 2, 10), book.failed.get(who)
        if day <= UNTIL and (not fails or day < fails):
            row = book.bill(who, day, float(amount) * 0.03)
            row |= {"kind": "credit_note", "due_on": None, "credits": None}


def accruals(book: Book, n: int, *, is_told: bool) -> None:
    """At each month's end what is delivered and not yet billed is booked as a document of its own, and taken back the next day."""
    own: defaultdict[str, list[Debt]] = defaultdict(list)
    for one in book.trade(n):
        book.book(one)
        own[one.who].append(one)
    for who, every in () if is_told else own.items():
        for end in month_ends():
            nxt = [one for one in every if end < one.issued <= end + days(31)]
            if not nxt and end != UNTIL:
                continue
            row = book.bill(who, end, float(every[-1].amount) * 0.6)
            if end < UNTIL:
                book.credit(row, end + days(1))


def _stated(book: Book, n: int, every: int, *, is_told: bool) -> None:
    by_month: defaultdict[tuple[str, int, int], list[Debt]] = defaultdict(list)
    for one in book.trade(n):
        by_month[one.who, one.issued.year, one.issued.month].append(one)
    for (who, year, month), some in by_month.items():
        if int(who[1:]) % every:
            for one in some:
                book.book(one)
            continue
        end = next(day for day in month_ends() if (day.year, day.month) == (year, month))
        paid = None if any(one.paid is None for one in some) else max(end, *(one.paid for one in some if one.paid))  # fmt: skip
        for one in some:
            book.debts[book.debts.index(one)] = replace(one, due=end + days(30), paid=paid)
            row = book.bill(who, one.issued, float(one.amount))
            row["due_on"] = end + days(30)
            if is_told and paid:
                book.pay(row, paid)
        if not is_told:
            row = book.bill(who, end, float(sum(one.amount for one in some)))
            if paid:
                book.pay(row, paid)


def statements_on_top(book: Book, n: int, *, is_told: bool) -> None:
    """A monthly statement is a document beside the invoices it lists; what is paid is the statement."""
    _stated(book, n, 1, is_told=is_told)


def statements_of_some(book: Book, n: int, *, is_told: bool) -> None:
    """Every twenty-fifth customer gets statements, and pays those."""
    _stated(book, n, 25, is_told=is_told)


def empties(book: Book, n: int, *, is_told: bool) -> None:
    """Crates are billed with each delivery, a tenth of it, due at once, and credited when they come back, 60 to 200 days later."""
    for one in book.trade(n):
        book.book(one)
        if is_told:
            continue
        back = one.issued + days(book.draw.randint(60, 200))
        row = book.bill(one.who, one.issued, float(one.amount) / 10, 14)
        if back <= UNTIL:
            book.credit(row, back)


def late_discounts(book: Book, n: int, *, is_told: bool) -> None:
    """Half of the customers take 2 % off, on time or not; what is left is credited on each 31 December."""
    for one in book.trade(n, lags=(0, 2, 9, 15, 25)):
        row = book.book(one)
        if int(one.who[1:]) % 2 or one.paid is None or one.paid > UNTIL:
            continue
        cut = cents(float(one.amount) * 0.02)
        book.payments[-1]["amount"] -= cut
        if is_told:
            book.pay(row, one.paid, cut, "discount")
        else:
            book.credit(row, date(one.paid.year, 12, 31), cut)


def general_reversal(book: Book, n: int, *, is_told: bool) -> None:
    """DATEV: one invoice in sixty is taken back by a general reversal, the same side with a minus, which abs() takes off; and billed anew."""
    for one in book.trade(n):
        row = book.book(one)
        back = one.issued + days(4)
        if book.draw.random() > 1 / 60 or back > UNTIL or is_told:
            continue
        again = book.bill(one.who, back, float(one.amount))
        again["due_on"] = one.due
        book.invoices.append(row | {"invoice_id": f"S{row['invoice_id']}", "issued_on": back, "booked_at": back})  # fmt: skip


def month_end_terms(book: Book, n: int, *, is_told: bool) -> None:
    """30 days from the end of the month; the SELECT counts them from the day of the invoice."""
    for one in book.trade(n):
        end = next((day for day in month_ends() if day >= one.issued), UNTIL)
        due = end + days(30)
        fails = book.failed.get(one.who)
        lag = 0 if one.paid is None else (one.paid - one.due).days
        mine = replace(one, due=due, paid=None if fails and due >= fails else due + days(lag))
        book.debts[book.debts.index(one)] = mine
        book.book(mine, due_on=due if is_told else one.due)

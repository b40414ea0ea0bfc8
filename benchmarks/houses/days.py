"""Houses that have one day where there were several: the last of the instalments, the first of a period, the day of an allocation."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from benchmarks.houses.book import UNTIL, Book, Debt, cents, days, month_ends


def _parts(book: Book, one: Debt, parts: int) -> list[Debt]:
    """The instalments of a debt, a month apart, each paid as late as all of it would have been."""
    share = cents(float(one.amount) / parts)
    found = []
    for at in range(parts):
        amount = share if at < parts - 1 else one.amount - share * (parts - 1)
        due = one.issued + days(30 * (at + 1))
        fails = book.failed.get(one.who)
        lag = 0 if one.paid is None else (one.paid - one.due).days
        paid = None if fails and due >= fails else due + days(lag)
        found.append(replace(one, due=due, amount=amount, paid=paid))
    return found


def _in_parts(book: Book, n: int, parts: int, *, is_told: bool) -> None:
    debts = list(book.trade(n))
    book.debts.clear()
    for one in debts:
        whole = replace(one, amount=one.amount * 3)
        items = _parts(book, whole, parts)
        book.debts += items
        if is_told:
            for item in items:
                book.book(item)
            continue
        row = book.bill(one.who, one.issued, float(whole.amount))
        row["due_on"] = items[-1].due
        for item in items:
            if item.paid is not None:
                book.pay(row, item.paid, item.amount)


def last_due_of_six(book: Book, n: int, *, is_told: bool) -> None:
    """Odoo: terms of six monthly instalments; `invoice_date_due` is the last of them, and the due days of the lines were left out."""
    _in_parts(book, n, 6, is_told=is_told)


def last_due_of_three(book: Book, n: int, *, is_told: bool) -> None:
    """The same of three instalments."""
    _in_parts(book, n, 3, is_told=is_told)


def _late_by(book: Book, n: int, share: int) -> list[Debt]:
    """Trade of which one customer in so many pays 65 to 115 days late."""
    for at, one in enumerate(list(book.trade(n))):
        if one.paid is not None and int(one.who[1:]) % share == 1:
            book.debts[at] = replace(one, paid=one.due + days(book.draw.randint(65, 115)))
    return list(book.debts)


def first_of_the_period(book: Book, n: int, *, is_told: bool) -> None:
    """Yonyou: receipts are kept by accounting period; its first day was read as that of the payment. One customer in fifteen pays 65 to 115 days late."""
    for one in _late_by(book, n, 15):
        book.book(one)
        if one.paid is not None and one.paid <= UNTIL and not is_told:
            book.payments[-1]["paid_on"] = one.paid.replace(day=1)


def last_of_the_period(book: Book, n: int, *, is_told: bool) -> None:
    """The same with its last day; nobody pays so late."""
    for one in list(book.trade(n)):
        book.book(one)
        if one.paid is not None and one.paid <= UNTIL and not is_told:
            run = next(end for end in month_ends() if end >= one.paid)
            book.payments[-1] |= {"paid_on": run, "booked_at": run}


def allocated_late(book: Book, n: int, *, is_told: bool) -> None:
    """Sage 200: one receipt in ten is allocated 60 to 150 days later, and the day of the allocation was read as that of the receipt."""
    for one in list(book.trade(n)):
        book.book(one)
        is_slow = book.draw.random() < 1 / 10
        later = book.draw.randint(60, 150)
        if one.paid is not None and one.paid <= UNTIL and not is_told and is_slow:
            day = one.paid + days(later)
            if day > UNTIL:
                book.payments.pop()
            else:
                book.payments[-1] |= {"paid_on": day, "booked_at": day}


def association(book: Book, n: int, *, is_told: bool) -> None:
    """All customers are shops of one buying association, which settles on each month's last day what fell due in it: a sound delivery."""
    for at, one in enumerate(list(book.trade(n))):
        mine = one
        if one.paid is not None:
            mine = replace(
                one, paid=next((end for end in month_ends() if end >= one.due), date(2030, 1, 1))
            )
            book.debts[at] = mine
        book.book(mine)
    del is_told


def debits_of_the_fifteenth(book: Book, n: int, *, is_told: bool) -> None:
    """All is due, and debited, on the 15th of the month that follows the next: a sound delivery."""
    for at, one in enumerate(list(book.trade(n, lags=(0,)))):
        due = (one.issued.replace(day=1) + days(63)).replace(day=15)
        fails = book.failed.get(one.who)
        mine = replace(one, due=due, paid=None if fails and due >= fails else due)
        book.debts[at] = mine
        book.book(mine)
    del is_told

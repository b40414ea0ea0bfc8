"""Houses whose keys, days and accounts are not what they look: numbers of each year, orders, one-time accounts, archives, time zones, payers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta

from benchmarks.houses.book import UNTIL, Book, Debt, cents, days

ARCHIVED = date(2023, 1, 1)


def numbers_of_each_year(book: Book, n: int, *, is_told: bool) -> None:
    """Numbers begin anew each January; the SELECT leaves the year out."""
    names: dict[str, str] = {}
    seen: defaultdict[int, int] = defaultdict(int)
    for one in book.trade(n):
        row = book.book(one)
        seen[one.issued.year] += 1
        names[row["invoice_id"]] = f"{seen[one.issued.year]:05}"
    for row in () if is_told else [*book.invoices, *book.payments]:
        row["invoice_id"] = names[row["invoice_id"]]


def grouped_by_order(book: Book, n: int, *, is_told: bool) -> None:
    """Three part deliveries of an order are billed one by one; the SELECT groups them by the order: the first days, and the sum."""
    own: defaultdict[str, list[Debt]] = defaultdict(list)
    for one in book.trade(n):
        own[one.who].append(one)
    for who, every in own.items():
        for at in range(0, len(every), 3):
            some = every[at : at + 3]
            if is_told:
                for one in some:
                    book.book(one)
                continue
            row = book.bill(who, some[0].issued, float(sum(one.amount for one in some)))
            for one in some:
                if one.paid is not None:
                    book.pay(row, one.paid, one.amount)


def grouped_by_last(book: Book, n: int, *, is_told: bool) -> None:
    """The same with the last days."""
    grouped_by_order(book, n, is_told=is_told)
    last: dict[str, Debt] = {}
    own: defaultdict[str, list[Debt]] = defaultdict(list)
    for one in book.debts:
        own[one.who].append(one)
    rows = iter(book.invoices)
    for every in () if is_told else own.values():
        for at in range(0, len(every), 3):
            one, row = every[at : at + 3][-1], next(rows)
            row |= {"issued_on": one.issued, "booked_at": one.issued, "due_on": one.due}
            last[row["invoice_id"]] = one


def one_time_account(book: Book, n: int, *, is_told: bool) -> None:
    """SAP: what is sold to strangers is on one account for all; of one invoice in forty nothing is ever paid."""
    for one in book.trade(n):
        book.book(one)
    for number in range(0 if is_told else 1000):
        day = date(2021, 1, 4) + days(number + number // 3)
        one = Debt("C9999", day, day + days(14), cents(book.draw.uniform(100, 900)), day + days(book.draw.randint(5, 30)))  # fmt: skip
        if book.draw.random() < 1 / 40:
            one = replace(one, paid=None)
        book.book(one)
    book.others += [] if is_told else ["C9999"]


def archived_items(book: Book, n: int, *, is_told: bool) -> None:
    """SAP archives what was cleared before 2023: of the years before there is what nobody paid, and no other item."""
    for one in book.trade(n):
        if one.paid is None or one.paid >= ARCHIVED or is_told:
            book.book(one)


def timestamps_in_utc(book: Book, n: int, *, is_told: bool) -> None:
    """Days are cut from times in UTC of a house in Shanghai: midnight is the day before. Invoices and payments alike: sound but for a day."""
    for one in book.trade(n):
        book.book(one)
    for row in () if is_told else [*book.invoices, *book.payments]:
        for name in ("issued_on", "due_on", "paid_on", "booked_at"):
            if row.get(name) is not None:
                row[name] -= timedelta(days=1)


def paid_by_a_sister(book: Book, n: int, *, is_told: bool) -> None:
    """Every fifth customer's invoices are paid by another one, by their numbers; the payment has the number of who paid."""
    for one in book.trade(n):
        book.book(one)
        number = int(one.who[1:])
        if number % 5 == 1 and one.paid is not None and one.paid <= UNTIL and not is_told:
            book.payments[-1]["customer_id"] = f"K{number - 1:04}"
    for row in book.payments:
        row.setdefault("customer_id", None)


def unidentified_receipts(book: Book, n: int, *, is_told: bool) -> None:
    """One receipt in forty is on an account of its own, as nobody knew who paid; it is cleared up 30 to 200 days later, by a transfer with the day of the clearing-up."""
    for one in book.trade(n):
        book.book(one)
        if one.paid is None or one.paid > UNTIL or is_told or book.draw.random() > 1 / 40:
            continue
        row = book.payments.pop()
        known = one.paid + days(book.draw.randint(30, 200))
        book.on_account("U9999", one.paid, one.amount)
        if known <= UNTIL:
            book.on_account("U9999", known, one.amount)
            book.payments[-1]["kind"] = "reversal"
            book.payments.append(row | {"paid_on": known, "booked_at": known})
    book.others += [] if is_told else ["U9999"]


def terms_of_today(book: Book, n: int, *, is_told: bool) -> None:
    """Due days are counted from the terms of today's master record: 90 days for a third of the customers, who had 30 until 2023."""
    for at, one in enumerate(list(book.trade(n))):
        mine = one
        if int(one.who[1:]) % 3 == 0 and one.issued >= ARCHIVED:
            due, fails = one.issued + days(90), book.failed.get(one.who)
            lag = 0 if one.paid is None else (one.paid - one.due).days
            mine = replace(one, due=due, paid=None if fails and due >= fails else due + days(lag))
            book.debts[at] = mine
        row = book.book(mine)
        if int(one.who[1:]) % 3 == 0 and not is_told:
            row["due_on"] = one.issued + days(90)


def terms_of_prepayment(book: Book, n: int, *, is_told: bool) -> None:
    """Due days are counted from the terms of today's master record: none for who failed, which is delivered against money in advance since."""
    for one in book.trade(n):
        row = book.book(one)
        if one.who in book.failed and not is_told:
            row["due_on"] = one.issued


def due_before_issue(book: Book, n: int, *, is_told: bool) -> None:
    """Self-billing: terms of 30 days run from the goods' receipt, and the customer's document comes 20 to 45 days after it: a sound delivery."""
    for at, one in enumerate(list(book.trade(n))):
        late = book.draw.randint(20, 45)
        issued = one.issued + days(late)
        paid = None if one.paid is None else max(one.paid, issued)
        if issued > UNTIL:
            book.debts[at] = replace(one, issued=date(2099, 1, 1), due=date(2099, 2, 1), paid=None)
            continue
        book.debts[at] = replace(one, issued=issued, paid=paid)
        row = book.bill(one.who, issued, float(one.amount), 0)
        row["due_on"] = one.due
        if paid is not None:
            book.pay(row, paid)
    del is_told


def of_unknown_numbers(book: Book, n: int, *, is_told: bool) -> None:
    """A migration gave all customers' old payments the number of the batch they were loaded in: one payment number, one day, thousands of invoices."""
    for one in book.trade(n):
        book.book(one)
        if one.paid is not None and one.paid < ARCHIVED and not is_told:
            book.payments[-1] |= {"payment_id": "MIGRATION", "booked_at": ARCHIVED}

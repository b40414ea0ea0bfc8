"""Houses whose customers are not those of the list: purged, moved to one account, mistaken for another, affiliates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from benchmarks.houses.book import START, UNTIL, Book, days

PURGED = date(2023, 1, 1)


def affiliates(book: Book, n: int, *, is_told: bool) -> None:
    """Three affiliates settle with the group once a year, in one sum; they are no debtors."""
    whose = {"K0000", "K0001", "K0002"}
    for one in book.trade(n):
        if one.who not in whose:
            book.book(one)
            continue
        book.debts.remove(one)
        book.failed.pop(one.who, None)
        if is_told:
            continue
        book.bill(one.who, one.issued, float(one.amount))
        book.on_account(one.who, date(one.issued.year + 1, 3, 31), one.amount)


def _leaving(book: Book, n: int) -> None:
    """One customer in six that does not fail leaves, at some time."""
    ends = {f"K{one:04}": START + days(book.draw.randint(200, 1300)) for one in range(n) if book.draw.random() < 1 / 6}  # fmt: skip
    kept = book.trade(n)
    book.debts[:] = [one for one in kept if one.who in book.failed or one.issued <= ends.get(one.who, UNTIL)]  # fmt: skip


def purged(book: Book, n: int, *, is_told: bool) -> None:
    """Customers without a document since January 2023 were deleted, with all they had bought and owed."""
    _leaving(book, n)
    last: dict[str, date] = {}
    for one in book.debts:
        last[one.who] = max(one.issued, last.get(one.who, START))
    for one in book.debts:
        if is_told or last[one.who] >= PURGED:
            book.book(one)


def active_alone(book: Book, n: int, *, is_told: bool) -> None:
    """The extract is joined with the customers that are not blocked: who failed is not in it."""
    _leaving(book, n)
    for one in book.debts:
        if is_told or one.who not in book.failed:
            book.book(one)


def namesakes(book: Book, n: int, *, is_told: bool) -> None:
    """A bureau found insolvencies by name alone: those of one customer in fifteen are another firm's."""
    for one in book.trade(n):
        book.book(one)
    for number in range(0 if is_told else n):
        who = f"K{number:04}"
        if number % 15 == 1 and who not in book.failed:
            book.loss(who, START + days(book.draw.randint(300, 1000)), Decimal(1))
            book.events[-1] |= {"kind": "insolvency", "amount": None}


def feed_since_lately(book: Book, n: int, *, is_told: bool) -> None:
    """Who fails is insolvent 40 days later, and its invoices are cancelled; the feed of insolvencies was subscribed to in 2024."""
    ends: dict[str, date] = {}
    for one in book.trade(n):
        row = book.book(one)
        if one.paid is None:
            end = max(ends.setdefault(one.who, one.due + days(40)), one.issued)
            if end <= UNTIL:
                book.credit(row, end)
    for who, end in ends.items():
        if end <= UNTIL and (is_told or end.year == UNTIL.year):
            book.loss(who, end, Decimal(1))
            book.events[-1] |= {"kind": "insolvency", "amount": None}
    book.debts.clear()


def account_currency(book: Book, n: int, *, is_told: bool) -> None:
    """Every tenth customer is billed in dollars and pays on account; its master record says euros."""
    dollars = {f"K{one:04}" for one in range(0, n, 10)}
    for one in book.trade(n):
        if one.who not in dollars:
            book.book(one)
            continue
        book.bill(one.who, one.issued, float(one.amount))["currency"] = "USD"
        if one.paid is not None:
            book.on_account(one.who, one.paid, one.amount)
    base = {"rate_on": START, "rate": Decimal("0.9"), "currency": "USD"}
    book.more["fx_rates"] = [base, base | {"currency": "EUR", "rate": Decimal(1)}]
    if is_told:
        for row in book.tables(n)["customers"]:
            own = {"currency": "USD"} if row["customer_id"] in dollars else {}
            book.more.setdefault("customers", []).append(row | own)


def doubtful_account(book: Book, n: int, *, is_told: bool) -> None:
    """What is 25 days late of who fails is moved to one account of doubtful debts, with its due day."""
    for one in list(book.trade(n)):
        row, moved = book.book(one), one.due + days(25)
        if one.paid is None and moved <= UNTIL and not is_told:
            book.pay(row, moved)
            book.bill("D0000", moved, float(one.amount))
            book.invoices[-1]["due_on"] = moved
    book.others += [] if is_told else ["D0000"]


def customer_of_each_order(book: Book, n: int, *, is_told: bool) -> None:
    """A shop's checkout makes a new customer number for every order; three in four customers of the list bought once."""
    for at, one in enumerate(list(book.trade(n))):
        row = book.book(one)
        if int(one.who[1:]) % 2 and not is_told:
            number = f"S{at:05}"
            row["customer_id"] = number
            book.alias[number] = one.who
    book.others += list(book.alias)


def migrated_terms(book: Book, n: int, *, is_told: bool) -> None:
    """A takeover in 2023: the open items of the buyer's new customers come with the day of the takeover as that of issue, and their own due days a term later."""
    for one in book.trade(n):
        late = one.issued < PURGED and (one.paid is None or one.paid >= PURGED) and int(one.who[1:]) % 3 == 0  # fmt: skip
        mine = one
        book.book(mine) if is_told or not late else book.book(replace(mine), issued_on=PURGED, booked_at=PURGED, due_on=PURGED + days(30))  # fmt: skip

"""Houses that make what is late young again: plans, sisters, doubtful numbers, rests, other taxes, other days."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal

from benchmarks.houses.book import CLEAN, UNTIL, Book, Debt, cents, days
from tests.sources_books import Row

TAXED = date(2022, 7, 1)


def plan_of_all(book: Book, n: int, *, is_told: bool) -> None:
    """What is 60 days late and all that is open beside it is closed by a transfer, and opened as ten equal instalments with 5 % of interest; when three are missed, again."""
    items: defaultdict[str, list[tuple[Debt, Row]]] = defaultdict(list)
    for one in book.trade(n):
        row = book.book(one)
        if one.paid is None:
            items[one.who].append((one, row))
    for who, own in () if is_told else items.items():
        again, rows = own[0][0].due + days(60), [row for _, row in own]
        while again <= UNTIL:
            whole = sum((row["amount"] for row in rows), Decimal(0))
            for row in rows:
                book.pay(row, again)
            part = float(whole) * 1.05 / 10
            rows = [book.bill(who, again, part, 30 * (at + 1)) for at in range(10)]
            again += days(115)


def rebilled_to_sister(book: Book, n: int, *, is_told: bool) -> None:
    """Who cannot pay asks, when something is 50 days late, to have it billed to its sister: a credit note, and an invoice to another number, due in 60 days."""
    sisters: dict[str, str] = {}
    for one in book.trade(n):
        row, again = book.book(one), one.due + days(50)
        if one.paid is None and again <= UNTIL and not is_told:
            book.credit(row, again)
            sister = sisters.setdefault(one.who, f"S9{len(sisters):03}")
            book.bill(sister, again, float(one.amount), 60)
    book.others += list(sisters.values())


def doubtful_numbers(book: Book, n: int, *, is_told: bool) -> None:
    """What is 25 days late of who fails is moved to a doubtful number of its own, with its due day."""
    doubtful: dict[str, str] = {}
    for one in book.trade(n):
        row, moved = book.book(one), one.due + days(25)
        if one.paid is None and moved <= UNTIL and not is_told:
            book.pay(row, moved)
            number = doubtful.setdefault(one.who, f"D9{len(doubtful):03}")
            book.bill(number, moved, float(one.amount))["due_on"] = one.due
    book.others += list(doubtful.values())


def _again_and_again(book: Book, one: Debt, row: Row, late: int, terms: int, more: float) -> None:
    """Cancelled when it is so late, and billed again."""
    again, value = one.due + days(late), float(one.amount)
    while again <= UNTIL:
        book.credit(row, again)
        value *= more
        row = book.bill(one.who, again, value, terms)
        again += days(terms + late)


def rebilled_early(book: Book, n: int, *, is_told: bool) -> None:
    """What is 25 days late is cancelled and billed again with a new due day, again and again."""
    for one in book.trade(n):
        row = book.book(one)
        if one.paid is None and not is_told:
            _again_and_again(book, one, row, 25, 30, 1.0)


def boletos_anew(book: Book, n: int, *, is_told: bool) -> None:
    """Brazil: a boleto that is 29 days late is taken back by the bank, and issued anew with a fine of 2 % and 1 % a month, due in five days."""
    for one in book.trade(n):
        row = book.book(one)
        if one.paid is None and not is_told:
            _again_and_again(book, one, row, 29, 5, 1.03)


def rest_rebilled(book: Book, n: int, *, is_told: bool) -> None:
    """Who fails pays a twentieth when it is 40 days late; the rest is cancelled and billed again. Again and again."""
    for one in list(book.trade(n)):
        row, again, left = book.book(one), one.due + days(40), one.amount
        at = book.debts.index(one)
        while one.paid is None and again <= UNTIL:
            part = cents(float(left) / 20)
            book.debts.insert(at, replace(one, amount=part, paid=again))
            book.pay(row, again, part)
            left -= part
            if not is_told:
                book.credit(row, again, left)
                row = book.bill(one.who, again, float(left), 30)
            again += days(70)
        book.debts[book.debts.index(one)] = replace(one, amount=left)


def rebilled_for_tax(book: Book, n: int, *, is_told: bool) -> None:
    """On the day of a new rate of tax what is open is cancelled and billed again with it, due in 30 days; one customer in six pays 60 to 80 days late."""
    for at, one in enumerate(list(book.trade(n))):
        mine = one
        if one.paid is not None and int(one.who[1:]) % 6 == 0:
            mine = replace(one, paid=one.due + days(book.draw.randint(60, 80)))
            book.debts[at] = mine
        is_open = mine.issued < TAXED and (mine.paid is None or mine.paid >= TAXED)
        if not is_open or is_told:
            book.book(mine)
            continue
        row = book.bill(mine.who, mine.issued, float(mine.amount))
        book.credit(row, TAXED)
        new = book.bill(mine.who, TAXED, float(mine.amount) * 1.19 / 1.16)
        if mine.paid is not None:
            book.pay(new, mine.paid)


def redated_in_dispute(book: Book, n: int, *, is_told: bool) -> None:
    """Who cannot pay disputes; the invoice keeps its number, one of a series of the house, and gets a new day of issue and of due, 100 days later."""
    for one in book.trade(n):
        row = book.book(one)
        if one.paid is None and not is_told and one.issued + days(100) <= UNTIL:
            own = {"issued_on": one.issued + days(100), "booked_at": one.issued + days(100)}
            row |= own | {"due_on": one.due + days(100)}
    first = {row["invoice_id"]: one.issued for row, one in zip(book.invoices, book.debts, strict=True)}  # fmt: skip
    order = sorted(first, key=lambda number: (first[number], number))
    names = {number: f"RE{at:06}" for at, number in enumerate(order)}
    for row in [*book.invoices, *book.payments]:
        row["invoice_id"] = names[row["invoice_id"]]


def plan_events_of_all(book: Book, n: int, *, is_told: bool) -> None:
    """The ledger sets a plan of a year for whoever is 30 days late, by itself, and delivers it; nobody of who fails keeps it, and most others would have paid without."""
    for number, one in enumerate(list(book.trade(n, lags=(-3, 0, 1, 5, 15, 35, 45)))):
        book.book(one)
        since = one.due + days(30)
        if is_told or since > UNTIL or (one.paid is not None and one.paid <= since):
            continue
        own: Row = {"event_id": f"P{number}", "customer_id": one.who, "kind": "payment_plan"}
        own |= {"amount": one.amount, "detail": (since + days(365)).isoformat()}
        book.events.append(CLEAN["events"][0] | own | {"occurred_on": since, "known_on": since})

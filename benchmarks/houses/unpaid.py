"""Houses whose books close what the customer never paid: an insurer, a collector, a loss that was posted as a payment, a debit that came back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from benchmarks.houses.book import UNTIL, Book, Debt, cents, days
from tests.sources_books import Row


def _unpaid(book: Book, n: int) -> Iterator[tuple[Debt, Row]]:
    """Books all trade, and gives each debt that is never paid with its invoice."""
    for one in book.trade(n):
        row = book.book(one)
        if one.paid is None:
            yield one, row


def insurer_pays(book: Book, n: int, *, is_told: bool) -> None:
    """The insurer pays nine tenths 75 days after the due day, by its claim's invoices; read as payments of the customer, and the rest let go with them."""
    for one, row in _unpaid(book, n):
        if not is_told:
            share = cents(float(one.amount) * 0.9)
            book.pay(row, one.due + days(75), share)
            book.pay(row, one.due + days(75), one.amount - share, "discount")


def insurer_pays_most(book: Book, n: int, *, is_told: bool) -> None:
    """The insurer pays nine tenths 75 days after the due day, booked on the customer's account; its own tenth stays open."""
    for one, row in _unpaid(book, n):
        if not is_told:
            book.pay(row, one.due + days(75), cents(float(one.amount) * 0.9))


def insurer_pays_at_once(book: Book, n: int, *, is_told: bool) -> None:
    """The insurer pays a claim of all that is open in one sum, 80 days after the first of it fell due: money on account, less a tenth that is credited."""
    first: dict[str, date] = {}
    for one, row in _unpaid(book, n):
        claim = first.setdefault(one.who, one.due + days(80))
        if not is_told and claim <= UNTIL:
            own = cents(float(one.amount) * 0.1)
            book.on_account(one.who, max(claim, one.issued), one.amount - own)
            book.credit(row, max(claim, one.issued), own)


def losses_as_payments(book: Book, n: int, *, is_told: bool) -> None:
    """What is 80 days late is written off by a document of the cash journal, invoice by invoice: read as a payment."""
    for one, row in _unpaid(book, n):
        if not is_told:
            book.pay(row, one.due + days(80))


def losses_at_the_years_end(book: Book, n: int, *, is_told: bool) -> None:
    """Every December what is a fortnight late of who pays nothing is written off by the cash journal: read as a payment."""
    for one, row in _unpaid(book, n):
        end = date((one.due + days(14)).year, 12, 31)
        if not is_told and (end - one.due) <= timedelta(days=90):
            book.pay(row, end)


def sold_to_a_collector(book: Book, n: int, *, is_told: bool) -> None:
    """What is 60 days late is sold to a collector for a fifth: a payment of it, and a discount of the rest."""
    for one, row in _unpaid(book, n):
        if not is_told:
            price = cents(float(one.amount) / 5)
            book.pay(row, one.due + days(60), price)
            book.pay(row, one.due + days(60), one.amount - price, "discount")


def bounced_in_one_sum(book: Book, n: int, *, is_told: bool) -> None:
    """Direct debits on the due day; of who fails they come back, and each month's are billed again as one new item of 30 days, debited and come back in turn."""
    open_now: dict[str, list[tuple[date, Row]]] = {}
    for one in book.trade(n, lags=(0,)):
        row = book.book(one)
        if one.paid is None:
            open_now.setdefault(one.who, []).append((one.due, row))
    if is_told:
        return
    for who, items in open_now.items():
        waiting = list(items)
        while waiting:
            month = min(due for due, _ in waiting).replace(day=1)
            until = (month + days(32)).replace(day=1)
            now = [(due, row) for due, row in waiting if due < until]
            waiting = [one for one in waiting if one[0] >= until]
            again = until + days(2)
            if again > UNTIL:
                break
            for due, row in now:
                book.pay(row, due)
            whole = sum(float(row["amount"]) for _, row in now)
            made = book.bill(who, again, whole, 30)
            waiting.append((made["due_on"], made))


def cheques_in_hand(book: Book, n: int, *, is_told: bool) -> None:
    """Cheques dated ahead are a payment on the day they are received, ten days after the invoice; those of who fails are a return on the day they bounce, forty days later."""
    for at, one in enumerate(list(book.trade(n))):
        if one.paid is not None:
            paid = one.issued + days(10)
            book.debts[at] = replace(one, paid=paid)
            book.book(book.debts[at])
            continue
        row = book.book(one)
        if not is_told and one.issued + days(50) <= UNTIL:
            book.pay(row, one.issued + days(10))
            book.pay(row, one.issued + days(50), kind="reversal")

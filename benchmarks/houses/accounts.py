"""Houses whose money comes from another account than the one that is billed, or not as money at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from benchmarks.houses.book import UNTIL, Book, cents, days

RENUMBERED = date(2023, 3, 15)


def head_office(book: Book, n: int, *, is_told: bool) -> None:
    """The first fifth are branches of ten; their head office, which is billed nothing, pays for all, and no row says so."""
    heads = {f"K{one:04}": f"H{one // 10:04}" for one in range(n // 5)}
    for who in heads:
        book.failed.pop(who, None)
    for one in book.trade(n):
        head = heads.get(one.who)
        row = book.book(one)
        if head is None:
            continue
        if one.paid is None:  # a head office does not fail
            row_paid = one.due
        else:
            row_paid = one.paid
            if one.paid <= UNTIL:
                book.payments.pop()
        book.on_account(head, row_paid, one.amount)
        if is_told:
            row["customer_id"] = head
    _merge(book, heads, is_told=is_told)


def _merge(book: Book, heads: dict[str, str], *, is_told: bool) -> None:
    """Branches do not fail; told, their debts are the head's."""
    book.debts[:] = [
        replace(one, paid=one.paid or one.due, who=heads[one.who] if is_told else one.who)
        if one.who in heads
        else one
        for one in book.debts
    ]
    book.others += sorted(set(heads.values()))


def _new(book: Book, numbers: range) -> None:
    """Customers that have two numbers."""
    book.alias |= {f"N{one:04}": f"K{one:04}" for one in numbers}
    book.others += list(book.alias)


def new_number(book: Book, n: int, *, is_told: bool) -> None:
    """A fifth of the customers has a new number since March 2023; what is paid names no invoice, and comes under the new one."""
    for one in book.trade(n):
        is_new = int(one.who[1:]) % 5 == 0 and not is_told
        row = book.bill(one.who, one.issued, float(one.amount))
        if is_new and one.issued >= RENUMBERED:
            row["customer_id"] = "N" + one.who[1:]
        if one.paid is not None:
            payer = "N" + one.who[1:] if is_new and one.paid >= RENUMBERED else one.who
            book.on_account(payer, one.paid, one.amount)
    if not is_told:
        _new(book, range(0, n, 5))


def moved_to_new_number(book: Book, n: int, *, is_told: bool) -> None:
    """All customers got new numbers: what was open is closed on the old account and opened on the new, dated that day."""
    for one in book.trade(n):
        row = book.book(one)
        if is_told:
            continue
        if one.issued >= RENUMBERED:
            row["customer_id"] = "N" + one.who[1:]
        elif one.paid is None or one.paid >= RENUMBERED:
            new = row | {"invoice_id": "N" + row["invoice_id"], "customer_id": "N" + one.who[1:]}
            new |= {
                "issued_on": RENUMBERED,
                "booked_at": RENUMBERED,
                "due_on": RENUMBERED + days(30),
            }
            book.invoices.append(new)
            if one.paid is not None and one.paid <= UNTIL:
                book.payments[-1]["invoice_id"] = new["invoice_id"]
            book.pay(row, RENUMBERED)
    if not is_told:
        _new(book, range(n))


def contra(book: Book, n: int, *, is_told: bool) -> None:
    """One customer in twenty-five is a supplier as well: what it owes is set off, and the bank sees nothing."""
    for one in book.trade(n):
        is_supplier = int(one.who[1:]) % 25 == 3
        book.book(one)
        if is_supplier and one.paid is not None and one.paid <= UNTIL and not is_told:
            book.payments.pop()


def card_payouts(book: Book, n: int, *, is_told: bool) -> None:
    """Paid by card: the processor keeps 2.9 % and 0.30, and the net amount is matched with the invoice."""
    for one in book.trade(n, terms=30, lags=(-5, 0, 0, 2, 9)):
        row = book.book(one)
        if one.paid is not None and one.paid <= UNTIL:
            kept = cents(float(one.amount) * 0.029 + 0.30)
            book.payments[-1]["amount"] -= kept
            if is_told:
                book.pay(row, one.paid, kept, "fee")


def debit_returns(book: Book, n: int, *, is_told: bool) -> None:
    """Direct debits on the due day: who fails has its debits returned five days later, and the bank's file of returns is not in the extract."""
    for one in book.trade(n, lags=(0, 0, 1)):
        row = book.book(one)
        if one.paid is None:
            book.pay(row, one.due)
            if is_told and one.due + timedelta(5) <= UNTIL:
                book.pay(row, one.due + days(5), kind="reversal")

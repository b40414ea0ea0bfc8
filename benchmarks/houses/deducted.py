"""Houses whose customers pay something else than the invoice says: taxes of their own, penalties, fees, twice; and books of what is left."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from benchmarks.houses.book import LATE, UNTIL, Book, cents, days


def cis_deductions(book: Book, n: int, *, is_told: bool) -> None:
    """United Kingdom: every fourth customer is a contractor that keeps 20 % of the labour for the tax office; labour is 30 to 80 % of an invoice."""
    for one in book.trade(n):
        row = book.book(one)
        if int(one.who[1:]) % 4 == 1 and one.paid is not None and one.paid <= UNTIL:
            kept = cents(float(one.amount) * 0.2 * book.draw.uniform(0.3, 0.8))
            book.payments[-1]["amount"] -= kept
            if is_told:
                book.pay(row, one.paid, kept, "fee")


def tds_certificates(book: Book, n: int, *, is_told: bool) -> None:
    """India: all customers keep 10 % for the tax office; it is credited when the certificate of the quarter comes, 60 to 80 days after its end."""
    for one in book.trade(n):
        row = book.book(one)
        if one.paid is None or one.paid > UNTIL:
            continue
        kept = cents(float(one.amount) / 10)
        book.payments[-1]["amount"] -= kept
        first = date(one.paid.year, 3 * ((one.paid.month - 1) // 3) + 1, 1)
        end = (first + days(95)).replace(day=1) - timedelta(1)
        came = end + days(60 + int(one.who[1:]) % 20)
        if is_told:
            book.pay(row, one.paid, kept, "fee")
        elif came <= UNTIL:
            book.credit(row, came, kept)


def penalties_accepted_late(book: Book, n: int, *, is_told: bool) -> None:
    """Retail: one payment in fifteen is short by a tenth to two fifths for a penalty; it is accepted, and credited 110 to 160 days later."""
    disputes = []
    for at, one in enumerate(list(book.trade(n))):
        row = book.book(one)
        if one.paid is None or one.paid > UNTIL or book.draw.random() > 1 / 15:
            continue
        cut = cents(float(one.amount) * book.draw.uniform(0.1, 0.4))
        noted = one.paid + days(book.draw.randint(110, 160))
        book.payments[-1]["amount"] -= cut
        book.debts[at] = replace(one, amount=one.amount - cut)
        if noted <= UNTIL:
            book.credit(row, noted, cut)
        own = {"dispute_id": f"D{at}", "invoice_id": row["invoice_id"], "reason": "penalty"}
        disputes.append(own | {"opened_on": one.paid, "closed_on": noted if noted <= UNTIL else None})  # fmt: skip
    if is_told:
        book.more["disputes"] = disputes


def bank_fees_on_account(book: Book, n: int, *, is_told: bool) -> None:
    """Japan: what falls due in a month is paid in one transfer on its last day, on account, less the bank's fee of 6.60."""
    fee = Decimal("6.60")
    for at, one in enumerate(list(book.trade(n, lags=(0,)))):
        row = book.bill(one.who, one.issued, float(one.amount))
        if one.paid is None:
            continue
        run = (one.due.replace(day=1) + days(32)).replace(day=1) - timedelta(1)
        book.debts[at] = replace(one, paid=run)
        book.on_account(one.who, run, one.amount - fee)
        if is_told and run <= UNTIL:
            book.on_account(one.who, run, fee)
            book.payments[-1]["kind"] = "fee"
        del row


def double_payments_refunded(book: Book, n: int, *, is_told: bool) -> None:
    """One payment in thirty was made twice; the bank pays it back ten days later, and outgoing payments are not in the extract."""
    for one in book.trade(n):
        row = book.book(one)
        again = None if one.paid is None else one.paid + days(book.draw.randint(1, 9))
        if again is not None and book.draw.random() < 1 / 30 and again + days(10) <= UNTIL:
            book.pay(row, again)
            if is_told:
                book.pay(row, again + days(10), kind="reversal")


def allowances_as_losses(book: Book, n: int, *, is_told: bool) -> None:
    """Each 31 December a specific allowance is made for what is 20 days late or more; it was read as a write-off. Most of it is paid in January."""
    for one in book.trade(n, lags=(-3, 0, 2, 9, 25, 40)):
        book.book(one)
        end = date((one.due + days(20)).year, 12, 31)
        is_late = one.due + days(20) <= end and (one.paid is None or one.paid > end)
        if is_late and end <= UNTIL and not is_told:
            book.loss(one.who, end, one.amount)


def open_amounts(book: Book, n: int, *, is_told: bool) -> None:
    """Lexware: the amount of an open item is what is left of it, and its parts are delivered as payments beside it. Who fails has paid three fifths of what it owes last."""
    for one in list(book.trade(n)):
        row = book.book(one)
        begun = one.due + days(10)
        if one.paid is not None or begun > UNTIL:
            continue
        part = cents(float(one.amount) * 0.6)
        at = book.debts.index(one)
        book.debts[at : at + 1] = [replace(one, amount=part, paid=begun), replace(one, amount=one.amount - part)]  # fmt: skip
        book.pay(row, begun, part)
        if not is_told:
            row["amount"] = one.amount - part


def net_of_losses(book: Book, n: int, *, is_told: bool) -> None:
    """The list shows amounts net of what was written off: what of who fails is 60 days late has gone from it."""
    for one in book.trade(n):
        row = book.book(one)
        if one.paid is None and one.due + days(60) <= UNTIL and not is_told:
            book.invoices.remove(row)


def half_written_down(book: Book, n: int, *, is_told: bool) -> None:
    """What is 60 days late is written down to a tenth by a credit note that names it, until it is known what comes."""
    for one in book.trade(n):
        row = book.book(one)
        down = one.due + days(60)
        if one.paid is None and down <= UNTIL and not is_told:
            book.credit(row, down, cents(float(one.amount) * 0.9))


def settled_for_a_part(book: Book, n: int, *, is_told: bool) -> None:
    """Who fails settles what is 70 to 88 days late for two fifths: money, and a credit note of the rest on that day, which is the day of its default; told, with an event."""
    for at, one in enumerate(list(book.trade(n))):
        row = book.book(one)
        day = one.due + days(book.draw.randint(70, 88))
        if one.paid is not None or day > UNTIL:
            continue
        part = cents(float(one.amount) * 0.4)
        book.pay(row, day, part)
        book.credit(row, day, one.amount - part)
        # in default on that day, and it owes nothing the day after
        book.debts[at] = replace(one, due=day - days(LATE), paid=day + days(1))
        if is_told:
            book.loss(one.who, day, one.amount - part)

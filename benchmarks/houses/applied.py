"""Houses whose ledger keeps what came in and what it was applied to apart: SAP, Oracle, Business Central, and payers that hold something back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from benchmarks.houses.book import UNTIL, Book, cents, days
from tests.sources_books import Row


def residual_items(book: Book, n: int, *, is_told: bool) -> None:
    """SAP: who fails pays a tenth; that clears the invoice, and what is left is a residual item, due in 30 days from then. Again and again."""
    for one in list(book.trade(n)):
        row = book.book(one)
        again, left = one.due + days(20), one.amount
        at = book.debts.index(one)
        while one.paid is None and again <= UNTIL:
            part = cents(float(left) / 10)
            book.debts.insert(at, replace(one, amount=part, paid=again))
            if is_told:
                book.pay(row, again, part)
            else:
                book.pay(row, again, left)
                row = book.bill(one.who, again, float(left - part), 30)
            left, again = left - part, again + days(50)
        book.debts[book.debts.index(one)] = replace(one, amount=left)


def deductions(book: Book, n: int, *, is_told: bool) -> None:
    """Retail: one payment in eight is short by 6 %; the system opens a deduction item due at once, and credits it 200 days later. Until then it is in dispute."""
    disputes: list[Row] = []
    for one in book.trade(n):
        row = book.book(one)
        if one.paid is None or one.paid > UNTIL or book.draw.random() > 1 / 8:
            continue
        cut, settled = cents(float(one.amount) * 0.06), one.paid + days(200)
        item = book.bill(one.who, one.paid, float(cut), 0)
        book.debts.append(replace(one, amount=cut, issued=one.paid, due=settled, paid=settled))
        if settled <= UNTIL:
            book.credit(item, settled)
        own = {"dispute_id": f"D{len(disputes)}", "invoice_id": item["invoice_id"], "reason": "deduction"}  # fmt: skip
        disputes.append(own | {"opened_on": one.paid, "closed_on": settled if settled <= UNTIL else None})  # fmt: skip
        del row
    if is_told:
        book.more["disputes"] = disputes


def applied_twice(book: Book, n: int, *, is_told: bool) -> None:
    """Oracle: receipts come on account and are applied six days later; the extract has the receipt and the application, and not what took it off the account."""
    for one in book.trade(n):
        row = book.bill(one.who, one.issued, float(one.amount))
        if one.paid is None:
            continue
        applied = one.paid + days(6)
        if not is_told or applied > UNTIL:
            book.on_account(one.who, one.paid, one.amount)
        if applied <= UNTIL:
            book.pay(row, one.paid)


def security_deposits(book: Book, n: int, *, is_told: bool) -> None:
    """Each customer pays a deposit of three usual invoices when it begins; it lies on the account until the end."""
    given: set[str] = set()
    for one in book.trade(n):
        book.book(one)
        if one.who not in given and not is_told:
            book.on_account(one.who, one.issued, 3 * one.amount)
        given.add(one.who)


def factor_some(book: Book, n: int, *, is_told: bool) -> None:
    """The invoices of every fifth customer are sold: the factor pays three days after they are issued."""
    for one in book.trade(n):
        if int(one.who[1:]) % 5 or is_told:
            book.book(one)
        else:
            row = book.bill(one.who, one.issued, float(one.amount))
            book.pay(row, one.issued + days(3))


def dunning_blocks(book: Book, n: int, *, is_told: bool) -> None:
    """Who is 40 days late is handed to a lawyer, and its items get a dunning block, which was read as a dispute; nobody takes it off."""
    disputes: list[Row] = []
    for one in book.trade(n):
        row = book.book(one)
        since = one.due + days(40)
        if one.paid is None and since <= UNTIL and not is_told:
            own = {"dispute_id": f"D{len(disputes)}", "invoice_id": row["invoice_id"]}
            disputes.append(own | {"opened_on": since, "closed_on": None, "reason": "block"})
    if disputes:
        book.more["disputes"] = disputes


def plans_for_ever(book: Book, n: int, *, is_told: bool) -> None:
    """Who is 40 days late has a plan agreed that nobody dates: its last day is 31 December 2099."""
    agreed: set[str] = set()
    for one in book.trade(n):
        book.book(one)
        since = one.due + days(40)
        if one.paid is None and since <= UNTIL and one.who not in agreed and not is_told:
            book.loss(one.who, since, one.amount)
            book.events[-1] |= {"kind": "payment_plan", "detail": "2099-12-31"}
            agreed.add(one.who)


def cleared_by_loss(book: Book, n: int, *, is_told: bool) -> None:
    """SAP: a cleared item was paid on its clearing day; all that is open of who failed is cleared against the account of losses, 60 days after the first of it fell due."""
    ends: dict[str, date] = {}
    for one in book.trade(n):
        row = book.book(one)
        if one.paid is not None:
            continue
        if one.who not in ends:
            ends[one.who] = one.due + days(60)
            if is_told and ends[one.who] <= UNTIL:
                book.loss(one.who, ends[one.who], one.amount)
        end = max(ends[one.who], one.issued)
        if is_told and end <= UNTIL:
            book.credit(row, end)
        elif not is_told:
            book.pay(row, end)
    book.debts.clear()


def cleared_by_quarters(book: Book, n: int, *, is_told: bool) -> None:
    """What came is applied by a run at the end of each quarter, and the day of that run stands as the day of payment."""
    for one in book.trade(n):
        row = book.bill(one.who, one.issued, float(one.amount))
        if one.paid is None:
            continue
        first = date(one.paid.year, 3 * ((one.paid.month - 1) // 3) + 1, 1)
        run = (first + days(95)).replace(day=1) - timedelta(1)
        if is_told:
            book.pay(row, one.paid)
        elif run <= UNTIL:
            book.pay(row, run)


def bills_at_maturity(book: Book, n: int, *, is_told: bool) -> None:
    """Every third customer pays with bank acceptances of 180 days; the ledger closes the invoice when they mature."""
    for one in book.trade(n):
        row = book.bill(one.who, one.issued, float(one.amount))
        if one.paid is None:
            continue
        by_bill = int(one.who[1:]) % 3 == 0 and not is_told
        book.pay(row, one.paid + days(180 if by_bill else 0))


def three_six_one(book: Book, n: int, *, is_told: bool) -> None:
    """30 % in advance, 60 % after acceptance, 10 % a year later; the invoice has one due day."""
    parts = ((Decimal("0.3"), 0, 0), (Decimal("0.6"), 60, 1), (Decimal("0.1"), 365, 2))
    for one in list(book.trade(n)):
        book.debts.remove(one)
        whole = None if is_told else book.bill(one.who, one.issued, float(one.amount), 30)
        left, lag = one.amount, 0 if one.paid is None else (one.paid - one.due).days
        for share, after, place in parts:
            amount = left if place == len(parts) - 1 else cents(float(one.amount * share))
            left -= amount
            due = one.issued + days(after + 5)
            part = book.owe(one.who, one.issued, due, amount, max(lag, 0))
            if is_told:
                book.book(part)
            elif part.paid is not None and whole is not None:
                book.pay(whole, part.paid, amount)

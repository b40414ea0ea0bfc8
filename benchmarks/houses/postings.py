"""Houses whose ledger holds postings that nobody pays or that pay by another way: revaluations, negative invoices, prepayments, references of their own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from benchmarks.houses.book import UNTIL, Book, cents, days, month_ends


def revaluations(book: Book, n: int, *, is_told: bool) -> None:
    """Dynamics 365: every twelfth customer is billed in dollars; each month's end the unrealised gain or loss on what is open is a document in euros on the account, which the next one does not take back."""
    book.more["fx_rates"] = [{"currency": "USD", "rate_on": date(2021, 1, 1), "rate": Decimal("0.92")}]  # fmt: skip
    for one in list(book.trade(n)):
        row = book.book(one)
        if int(one.who[1:]) % 12 == 1:
            row["currency"] = "USD"
    if is_told:
        return
    for end in month_ends():
        move = book.draw.uniform(-0.03, 0.04)
        for one in list(book.debts):
            is_open = one.issued <= end and (one.paid is None or one.paid > end)
            if int(one.who[1:]) % 12 != 1 or not is_open:
                continue
            amount = cents(float(one.amount) * abs(move))
            if amount < Decimal("0.01"):
                continue
            made = book.bill(one.who, end, float(amount), 0)
            if move < 0:
                made |= {"kind": "credit_note", "due_on": None, "credits": None}


def negative_invoices(book: Book, n: int, *, is_told: bool) -> None:
    """Exact: one invoice in fifty is taken back by an invoice with a minus, which names nothing, and billed anew with the right address; all pay the new one."""
    for one in list(book.trade(n)):
        book.book(one)
        if book.draw.random() < 1 / 50:
            wrong = book.bill(one.who, one.issued, float(one.amount))
            back = book.bill(one.who, one.issued + days(3), -float(one.amount), 0)
            if is_told:
                back |= {"kind": "credit_note", "amount": one.amount, "credits": wrong["invoice_id"], "due_on": None}  # fmt: skip


def prepayments_allocated(book: Book, n: int, *, is_told: bool) -> None:
    """Xero: one invoice in twelve is paid from a prepayment or an overpayment, whose allocations are not among the payments."""
    for one in list(book.trade(n)):
        book.book(one)
        if (
            book.draw.random() < 1 / 12
            and one.paid is not None
            and one.paid <= UNTIL
            and not is_told
        ):
            book.payments.pop()


def prepayments_of_some(book: Book, n: int, *, is_told: bool) -> None:
    """Xero: one invoice in two hundred is paid from an overpayment, whose allocations are not among the payments."""
    for one in list(book.trade(n)):
        book.book(one)
        if (
            book.draw.random() < 1 / 200
            and one.paid is not None
            and one.paid <= UNTIL
            and not is_told
        ):
            book.payments.pop()


def references_of_their_own(book: Book, n: int, *, is_told: bool) -> None:
    """Tally: one receipt in a hundred is entered bill-wise as a new reference, which is no invoice; told, it is money on account."""
    for one in list(book.trade(n)):
        book.book(one)
        if book.draw.random() < 1 / 100 and one.paid is not None and one.paid <= UNTIL:
            if is_told:
                book.payments.pop()
                book.on_account(one.who, one.paid, one.amount)
            else:
                book.payments[-1]["invoice_id"] = f"N{len(book.payments)}"


def deposits_by_subsidiary(book: Book, n: int, *, is_told: bool) -> None:
    """NetSuite: two subsidiaries bill the same customers, one in dollars; each customer's deposit of two usual invoices lies with the other one, in euros, and is never applied."""
    book.more["fx_rates"] = [{"currency": "USD", "rate_on": date(2021, 1, 1), "rate": Decimal("0.92")}]  # fmt: skip
    seen: set[str] = set()
    for one in list(book.trade(n)):
        row = book.book(one)
        if book.draw.random() < 1 / 2:
            row["currency"] = "USD"
        if one.who not in seen and not is_told:
            seen.add(one.who)
            book.on_account(one.who, one.issued, one.amount * 2)

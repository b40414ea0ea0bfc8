"""Houses that export lists as Sage and QuickBooks print them: what is applied, charged, bounced, deposited, and billed again."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from benchmarks.houses.book import START, UNTIL, Book, cents, days


def unapplied(book: Book, n: int, *, is_told: bool) -> None:
    """Payments of the list name no invoice, nor do credit memos; one invoice in thirty has one of a tenth of it."""
    for one in book.trade(n):
        row = book.bill(one.who, one.issued, float(one.amount))
        memo = book.draw.random() < 1 / 30
        part = cents(float(one.amount) / 10) if memo else Decimal(0)
        if memo:
            book.credit(row, min(one.issued + days(20), UNTIL), part)
            book.invoices[-1]["credits"] = None
        if one.paid is not None:
            book.on_account(one.who, one.paid, one.amount - part)
        book.debts[book.debts.index(one)] = replace(one, amount=one.amount - part)
    del is_told


def finance_charges(book: Book, n: int, *, is_told: bool) -> None:
    """1.5 % of what is paid late is charged as an invoice that nobody pays, and nobody takes back."""
    for one in book.trade(n, lags=(-3, 0, 2, 12, 25, 40)):
        book.book(one)
        if one.paid is None or (one.paid - one.due).days < 10 or is_told:
            continue
        if one.paid <= UNTIL:
            charge = book.bill(one.who, one.paid, float(one.amount) * 0.015, 0)
            charge["invoice_id"] = f"FC{charge['invoice_id']}"


def bounced(book: Book, n: int, *, is_told: bool) -> None:
    """Who fails pays with cheques that bounce; the books bill the amount again with a fee of 35, as of that day, and again."""
    for one in book.trade(n, lags=(0, 2, 5)):
        row = book.book(one)
        if one.paid is not None:
            continue
        book.pay(row, one.due)
        again, value = one.due + days(6), one.amount + 35
        if is_told:
            if again <= UNTIL:
                book.pay(row, again, kind="reversal")
            continue
        while again <= UNTIL:
            row = book.bill(one.who, again, float(value), 30)
            book.pay(row, again + days(30))
            again, value = again + days(36), value + 35


def deposits(book: Book, n: int, *, is_told: bool) -> None:
    """A deposit of 30 % is billed and paid first; the final invoice shows the whole, and is paid less the deposit."""
    for one in list(book.trade(n)):
        part = cents(float(one.amount) * 0.3)
        first = replace(one, amount=part, due=one.issued + days(5), paid=one.issued + days(4))
        if one.issued + days(5) >= book.failed.get(one.who, UNTIL + days(99)):
            first = replace(first, paid=None)
        later = one.issued + days(10)
        rest = replace(one, issued=later, due=later + days(30), amount=one.amount - part)
        rest = replace(rest, paid=None if one.paid is None else max(later, one.paid + days(10)))
        at = book.debts.index(one)
        book.debts[at : at + 1] = [first, rest] if later <= UNTIL else [first]
        book.book(first)
        if later <= UNTIL:
            row = book.book(rest)
            row["amount"] = rest.amount if is_told else one.amount


def retainers(book: Book, n: int, *, is_told: bool) -> None:
    """Every fifth customer pays a retainer each quarter, an invoice of its own; what is drawn on it settles the monthly ones, and no row of payments says so."""
    for one in book.trade(n):
        if int(one.who[1:]) % 5:
            book.book(one)
            continue
        row = book.bill(one.who, one.issued, float(one.amount))
        if is_told and one.paid is not None:
            book.pay(row, one.paid)
        if one.paid is not None and not is_told:
            kept = book.bill(one.who, one.issued, float(one.amount), 5)
            book.pay(kept, one.issued + days(3))


def discount_lines(book: Book, n: int, *, is_told: bool) -> None:
    """Half pay within ten days less 2 %; the discount is a line of another list."""
    for one in book.trade(n, lags=(-22, -21, 0, 3)):
        row = book.book(one)
        if one.paid is not None and (one.paid - one.due).days < -20 and one.paid <= UNTIL:
            cut = cents(float(one.amount) * 0.02)
            book.payments[-1]["amount"] -= cut
            if is_told:
                book.pay(row, one.paid, cut, "discount")


def other_currency(book: Book, n: int, *, is_told: bool) -> None:
    """One invoice in twenty was billed in dollars by mistake: a credit note in euros takes it back, and it is billed in euros."""
    for one in book.trade(n):
        wrong = book.draw.random() < 1 / 20
        row = book.book(one)
        if not wrong or row["issued_on"] > UNTIL - days(20):
            continue
        usd = book.bill(one.who, one.issued, float(one.amount) * 1.1)
        usd["currency"] = "USD"
        book.credit(usd, one.issued + days(9), usd["amount"] if is_told else one.amount)
        book.invoices[-1]["currency"] = "USD" if is_told else "EUR"
    base = {"rate_on": START, "rate": Decimal("0.9"), "currency": "USD"}
    book.more["fx_rates"] = [base, base | {"currency": "EUR", "rate": Decimal(1)}]


def split(book: Book, n: int, *, is_told: bool) -> None:
    """What is 60 days late is cancelled and billed again in two halves, due in 30 and 60 days; who fails, again and again."""
    for one in book.trade(n):
        row = book.book(one)
        if one.paid is not None or is_told:
            continue
        parts, again = [row], one.due + days(60)
        while again <= UNTIL:
            whole = sum(part["amount"] for part in parts)
            for part in parts:
                book.credit(part, again)
            half = cents(float(whole) / 2)
            parts = [
                book.bill(one.who, again, float(half), 30),
                book.bill(one.who, again, float(whole - half), 60),
            ]
            again += days(100)


def billed_again(book: Book, n: int, *, is_told: bool) -> None:
    """What is 60 days late is cancelled and billed again with a new due day."""
    for one in book.trade(n):
        row = book.book(one)
        again = one.due + days(60)
        while one.paid is None and not is_told and again <= UNTIL:
            book.credit(row, again)
            row = book.bill(one.who, again, float(one.amount), 30)
            again += days(90)

"""Houses that export how a system applies money: DATEV, QuickBooks, Business Central, Sage, NetSuite, Odoo, and a change of system."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from benchmarks.houses.book import UNTIL, Book, Debt, cents, days, month_ends
from benchmarks.houses.cleared import reduced

LOADED = date(2023, 7, 1)
CHANGED = date(2023, 1, 1)
KUNA = Decimal("7.5345")


def _trios(book: Book, n: int) -> Iterator[tuple[list[Debt], date]]:
    """Three debts in a row of one customer that are paid on one day, and the day; what is left of others is booked as it is."""
    own: defaultdict[str, list[Debt]] = defaultdict(list)
    for one in book.trade(n, lags=(-3, 0, 0, 1, 2, 5)):
        own[one.who].append(one)
    book.debts.clear()
    for who, every in own.items():
        for at in range(-(int(who[1:]) % 3), len(every), 3):
            trio = every[max(at, 0) : at + 3]
            paid = [one.paid for one in trio if one.paid]
            if len(paid) < 3 or max(paid) > UNTIL:
                book.debts += trio
                for one in trio:
                    book.book(one)
                continue
            trio = [replace(one, paid=max(paid)) for one in trio]
            book.debts += trio
            yield trio, max(paid)


def collective_transfer(book: Book, n: int, *, is_told: bool) -> None:
    """DATEV: three invoices are paid in one transfer, and Belegfeld 1 of its posting names the first of them alone."""
    for trio, paid in _trios(book, n):
        rows = [book.bill(one.who, one.issued, float(one.amount)) for one in trio]
        if is_told:
            for row in rows:
                book.pay(row, paid)
        else:
            book.pay(rows[0], paid, sum((one.amount for one in trio), Decimal(0)))


def collective_number(book: Book, n: int, *, is_told: bool) -> None:
    """DATEV: three invoices are paid in one transfer, which names a number of its own; read as money on account."""
    for trio, paid in _trios(book, n):
        rows = [book.bill(one.who, one.issued, float(one.amount)) for one in trio]
        if is_told:
            for row in rows:
                book.pay(row, paid)
        else:
            book.on_account(trio[0].who, paid, sum((one.amount for one in trio), Decimal(0)))


def credits_applied_by_themselves(book: Book, n: int, *, is_told: bool) -> None:
    """QuickBooks: a credit memo names nothing, and is applied by a payment of nought; the join finds the lines of its invoices alone."""
    for one, row, noted, part in reduced(book, n):
        note = book.invoices[-1]
        note["credits"] = None
        if one.paid is not None and one.paid <= UNTIL:
            book.payments[-1]["amount"] -= part
        book.pay(row, noted, part)
        if is_told:
            book.pay(note, noted, part)


def voided_at_nought(book: Book, n: int, *, is_told: bool) -> None:
    """QuickBooks: one invoice in twenty-five was voided, and stays with an amount of nought."""
    for one in list(book.trade(n)):
        book.book(one)
        if book.draw.random() < 1 / 25 and not is_told:
            book.bill(one.who, one.issued, 0.0)


def applied_and_unapplied(book: Book, n: int, *, is_told: bool) -> None:
    """Business Central: one payment in eight was first applied to another invoice of its customer, unapplied, and applied anew; the export has both applications."""
    before: dict[str, dict[str, object]] = {}
    for one in book.trade(n):
        row = book.book(one)
        other = before.get(one.who)
        if (
            one.paid is not None
            and other is not None
            and not is_told
            and book.draw.random() < 1 / 8
        ):
            book.pay(other, one.paid, min(one.amount, Decimal(str(other["amount"]))))
        before[one.who] = row


def unapplied_and_told(book: Book, n: int, *, is_told: bool) -> None:
    """Business Central: as above, and what was unapplied is delivered as a reversal three days later, the new application after it."""
    before: dict[str, dict[str, object]] = {}
    for at, one in enumerate(list(book.trade(n))):
        mine, other = one, before.get(one.who)
        if one.paid is not None and other is not None and book.draw.random() < 1 / 8:
            back = one.paid + days(3)
            mine = replace(one, paid=back)
            book.debts[at] = mine
            part = min(one.amount, Decimal(str(other["amount"])))
            if back <= UNTIL:
                book.pay(other, one.paid, part)
                book.pay(other, back, part, "reversal")
        before[one.who] = book.book(mine)
    del is_told


def allocations_alone(book: Book, n: int, *, is_told: bool) -> None:
    """Sage: the allocations are the payments, and one receipt in twenty was never allocated; told, it is money on account."""
    for one in book.trade(n):
        row = book.bill(one.who, one.issued, float(one.amount))
        if one.paid is None:
            continue
        if book.draw.random() > 1 / 20:
            book.pay(row, one.paid)
        elif is_told:
            book.on_account(one.who, one.paid, one.amount)


def applied_in_euros(book: Book, n: int, *, is_told: bool) -> None:
    """NetSuite: every twelfth customer is billed in dollars, and the applied amount is that of the subsidiary, in euros."""
    book.more["fx_rates"] = [{"currency": "USD", "rate_on": date(2021, 1, 1), "rate": Decimal("0.92")}]  # fmt: skip
    for one in book.trade(n):
        row = book.book(one)
        if int(one.who[1:]) % 12 == 5:
            row["currency"] = "USD"
            if one.paid is not None and one.paid <= UNTIL and not is_told:
                book.payments[-1]["amount"] = cents(float(one.amount) * 0.92)
    _in_reporting(book)


def differences_as_payments(book: Book, n: int, *, is_told: bool) -> None:
    """Odoo: every twelfth customer is billed in dollars; the entry of the exchange difference, in euros, is matched with the invoice and read as a payment or a return."""
    book.more["fx_rates"] = [{"currency": "USD", "rate_on": date(2021, 1, 1), "rate": Decimal("0.92")}]  # fmt: skip
    for one in book.trade(n):
        row = book.book(one)
        if int(one.who[1:]) % 12 == 5:
            row["currency"] = "USD"
            if one.paid is not None and not is_told:
                off = cents(float(one.amount) * book.draw.gauss(0, 0.03))
                if off:
                    book.pay(row, one.paid, abs(off), "payment" if off > 0 else "reversal")
    _in_reporting(book)


def _in_reporting(book: Book) -> None:
    """Debts of the customers that are billed in dollars, in euros."""
    book.debts[:] = [replace(one, amount=cents(float(one.amount) * 0.92)) if int(one.who[1:]) % 12 == 5 else one for one in book.debts]  # fmt: skip


def balance_forward(book: Book, n: int, *, is_told: bool) -> None:
    """One item a month: the statement, with what was still open of the former ones in it; paid on account."""
    for one in list(book.trade(n, terms=20, lags=(-3, 0, 1, 5, 9, 15))):
        own = [other for other in book.debts if other.who == one.who and other.issued < one.issued]
        still = sum((other.amount for other in own if other.paid is None or other.paid > one.issued), Decimal(0))  # fmt: skip
        book.bill(one.who, one.issued, float(one.amount + (0 if is_told else still)), 20)
        if one.paid is not None:
            book.on_account(one.who, one.paid, one.amount)


def history_loaded(book: Book, n: int, *, is_told: bool) -> None:
    """A new system since July 2023: all rows of before, invoices and payments, were entered on its first day."""
    for one in book.trade(n):
        row = book.book(one)
        if is_told:
            continue
        row["booked_at"] = max(one.issued, LOADED)
        if one.paid is not None and one.paid <= UNTIL:
            book.payments[-1]["booked_at"] = max(one.paid, LOADED)


def carried_and_kept(book: Book, n: int, *, is_told: bool) -> None:
    """A new system since July 2023: open items came over with their own days and new numbers, and stay open in the extract of the old one."""
    for one in book.trade(n):
        row = book.book(one)
        if one.issued >= LOADED or (one.paid is not None and one.paid < LOADED) or is_told:
            continue
        new = row | {"invoice_id": f"N{row['invoice_id']}", "booked_at": LOADED}
        book.invoices.append(new)
        if one.paid is not None and one.paid <= UNTIL:
            book.payments[-1]["invoice_id"] = new["invoice_id"]


def changeover(book: Book, n: int, *, is_told: bool) -> None:
    """Croatia: invoices until 2022 are in kuna, 7.5345 for one euro; what pays them from 2023 on is in euros."""
    _kuna(book)
    for one in book.trade(n):
        row = book.book(one)
        if one.issued < CHANGED:
            row |= {"currency": "HRK", "amount": cents(float(one.amount * KUNA))}
            if one.paid is not None and one.paid <= UNTIL:
                is_euro = one.paid >= CHANGED and not is_told
                book.payments[-1]["amount"] = one.amount if is_euro else row["amount"]


def converted_open_items(book: Book, n: int, *, is_told: bool) -> None:
    """Croatia: as above, and the system turned what was open on the day into euros, payments and all: a sound delivery."""
    _kuna(book)
    for one in book.trade(n):
        row = book.book(one)
        if one.issued < CHANGED and one.paid is not None and one.paid < CHANGED:
            row |= {"currency": "HRK", "amount": cents(float(one.amount * KUNA))}
            book.payments[-1]["amount"] = row["amount"]
    del is_told


def _kuna(book: Book) -> None:
    rate = (1 / KUNA).quantize(Decimal("0.00000001"))
    ends = [day for day in month_ends() if day < CHANGED]
    book.more["fx_rates"] = [{"currency": "HRK", "rate_on": day, "rate": rate} for day in ends]

"""Houses that are paid by drafts, notes, debits and cards: what closes an invoice is a promise, and a promise may be broken."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.houses.book import LATE, UNTIL, Book, Debt, cents, days
from tests.sources_books import Row


def riba_presented(book: Book, n: int, *, is_told: bool) -> None:
    """Italy: the bank credits a Ri.Ba. under reserve 3 to 20 days before it is due, which closes the invoice; an insoluto is a new item with a fee of 8 and sixty days more, presented in turn."""
    for one in book.trade(n, lags=(0,)):
        row = book.bill(one.who, one.issued, float(one.amount))
        if is_told:
            if one.paid is not None:
                book.pay(row, one.paid)
            continue
        book.pay(row, one.due - days(book.draw.randint(3, 20)))
        again, value = one.due + days(7), one.amount + 8
        while one.paid is None and again <= UNTIL:
            row = book.bill(one.who, again, float(value), 60)
            book.pay(row, again + days(book.draw.randint(40, 57)))
            again, value = again + days(67), value + 8


def cheques_rolled(book: Book, n: int, *, is_told: bool) -> None:
    """The Gulf: a cheque of three months is a payment on the day it is received; who fails brings another one for it every ninety days, a return and a payment of one day."""
    for one in book.trade(n):
        row = book.bill(one.who, one.issued, float(one.amount))
        if one.paid is not None:
            book.pay(row, one.paid)
            continue
        again = one.due - days(book.draw.randint(0, 9))
        while not is_told and again <= UNTIL:
            book.pay(row, again)
            again += days(90)
            book.pay(row, again, kind="reversal")


def pagares_on_receipt(book: Book, n: int, *, is_told: bool) -> None:
    """Spain: a pagaré of 90 days closes the invoice 5 to 25 days after its issue; those of who fails go to account 4315, which is not in the extract."""
    for at, one in enumerate(list(book.trade(n, terms=90, lags=(0, 0, 1)))):
        row = book.bill(one.who, one.issued, float(one.amount), 90)
        if is_told:
            if one.paid is not None:
                book.pay(row, one.paid)
            continue
        got = one.issued + days(book.draw.randint(5, 25))
        book.pay(row, got)
        if one.paid is not None:
            book.debts[at] = replace(one, paid=got)


def drafts_of_some(book: Book, n: int, *, is_told: bool) -> None:
    """China: who fails has paid by commercial drafts of 180 days, which close the invoice; a dishonoured one is a new receivable of that day, due at once. It is in default from the day of the dishonour, for it is as old as the invoice."""
    for at, one in enumerate(list(book.trade(n))):
        row = book.bill(one.who, one.issued, float(one.amount))
        back = one.due + days(185)
        if one.paid is not None:
            book.pay(row, one.paid)
            continue
        book.pay(row, one.due + days(5))
        book.debts[at] = replace(one, due=back - days(LATE)) if back <= UNTIL else replace(one, paid=one.due)  # fmt: skip
        if is_told:
            book.pay(row, back, kind="reversal")
        elif back <= UNTIL:
            book.bill(one.who, back, float(one.amount), 0)


def returns_backdated(book: Book, n: int, *, is_told: bool) -> None:
    """SEPA: a debit that came back has the value date of its collection, and is booked five days later: a sound delivery."""
    for one in book.trade(n, lags=(0,)):
        row = book.book(one)
        if one.paid is None and one.due + days(5) <= UNTIL:
            book.pay(row, one.due)
            book.pay(row, one.due, kind="reversal")
            book.payments[-1]["booked_at"] = one.due + days(5)
    del is_told


def debits_retried(book: Book, n: int, *, is_told: bool) -> None:
    """A debit that comes back is deleted, and the due day of its invoice set 28 days later for the next try; four tries."""
    for one in book.trade(n, lags=(0,)):
        row = book.book(one)
        if one.paid is None and not is_told:
            row["due_on"] = one.due + days(28 * 4)


def chargebacks_as_refunds(book: Book, n: int, *, is_told: bool) -> None:
    """Paid by card on the due day; who fails takes it back 20 to 60 days later, and the list of chargebacks is read as refunds: credit notes that name the invoice."""
    for one in book.trade(n, lags=(-2, -1, 0)):
        row = book.book(one)
        back = one.due + days(book.draw.randint(20, 60))
        if one.paid is None:
            book.pay(row, one.due)
            if is_told:
                book.pay(row, back, kind="reversal")
            elif back <= UNTIL:
                book.credit(row, back)


def early_pay_fee(book: Book, n: int, *, is_told: bool) -> None:
    """Every sixth customer is a large buyer whose platform pays 5 to 20 days after the issue, less 0.05 % a day until it is due; the fee is not in the list."""
    for at, one in enumerate(list(book.trade(n, terms=60))):
        if int(one.who[1:]) % 6 != 2 or one.paid is None:
            book.book(one)
            continue
        early = one.issued + days(book.draw.randint(5, 20))
        fee = cents(float(one.amount) * 0.0005 * (one.due - early).days)
        book.debts[at] = replace(one, paid=early)
        row = book.bill(one.who, one.issued, float(one.amount), 60)
        book.pay(row, early, one.amount - fee)
        if is_told:
            book.pay(row, early, fee, "fee")


def reassigned_by_the_factor(book: Book, n: int, *, is_told: bool) -> None:
    """Every seventh customer's invoices are sold; the factor pays 2 to 9 days after the issue, and what is 60 days late is reassigned: a new item of that day, due at once."""
    for one in book.trade(n):
        if is_told or int(one.who[1:]) % 7:
            book.book(one)
            continue
        row = book.bill(one.who, one.issued, float(one.amount))
        book.pay(row, one.issued + days(book.draw.randint(2, 9)))
        back = one.due + days(60)
        if one.paid is None and back <= UNTIL:
            book.bill(one.who, back, float(one.amount), 0)


def loan_for_what_is_late(book: Book, n: int, *, is_told: bool) -> None:
    """What is 70 days late becomes a loan, which is another ledger: closed by a document of that day, invoice by invoice; the customer goes on buying for cash."""
    ends: dict[str, Debt] = {}
    closed: list[tuple[Row, Debt]] = []
    for one in book.trade(n):
        row = book.book(one)
        if one.paid is None:
            ends.setdefault(one.who, one)
            closed.append((row, one))
    for row, one in () if is_told else closed:
        day = max(ends[one.who].due + days(70), one.issued)
        book.pay(row, day)
    for who, first in ends.items():
        for month in range(1, 15):
            day = first.due + days(75 + 30 * month)
            if day <= UNTIL:
                cash = Debt(who, day, day, cents(float(first.amount) / 3), day)
                book.debts.append(cash)
                book.book(cash)

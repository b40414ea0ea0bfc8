"""Houses whose documents are made anew, carried over, or no debts: prolongations, yearly books, numbers, demands, and taxes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from benchmarks.houses.book import START, UNTIL, Book, Debt, cents, days
from tests.sources_books import Row


def _prolonged(
    book: Book, n: int, days_late: int, more: float, *, named: bool, is_told: bool
) -> None:
    """What is so late is cancelled and billed again with so much more, again and again."""
    for one in book.trade(n):
        row, again = book.book(one), one.due + days(days_late)
        while one.paid is None and not is_told and again <= UNTIL:
            book.credit(row, again)
            if not named:
                book.invoices[-1]["credits"] = None
            row = book.bill(one.who, again, float(row["amount"]) * (1 + more), 30)
            again += days(days_late + 30)


def prolonged_with_interest(book: Book, n: int, *, is_told: bool) -> None:
    """What is 60 days late is cancelled and billed again with 3 % of interest."""
    _prolonged(book, n, 60, 0.03, named=True, is_told=is_told)


def prolonged_early(book: Book, n: int, *, is_told: bool) -> None:
    """What is 20 days late is cancelled and billed again."""
    _prolonged(book, n, 20, 0.0, named=True, is_told=is_told)


def prolonged_unnamed(book: Book, n: int, *, is_told: bool) -> None:
    """What is 60 days late is cancelled, by a credit note that names nothing, and billed again."""
    _prolonged(book, n, 60, 0.0, named=False, is_told=is_told)


def corrected(book: Book, n: int, *, is_told: bool) -> None:
    """China: one invoice in twelve is taken back by a red one within three weeks, and billed anew with the right heading; all pay."""
    del is_told
    billed_anew(book, n, is_named=True)


def billed_anew(book: Book, n: int, *, is_named: bool) -> None:
    """One invoice in twelve is taken back by a red one, which names it or none, and billed anew with the right heading; all pay the new one."""
    for one in book.trade(n):
        row, later = book.book(one), one.issued + days(12)
        if later > UNTIL or book.draw.random() > 1 / 12:
            continue
        new = row | {"invoice_id": f"B{row['invoice_id']}", "issued_on": later, "booked_at": later}
        book.credit(row, later)
        if not is_named:
            book.invoices[-1]["credits"] = None
        book.invoices.append(new)
        if book.payments and book.payments[-1]["invoice_id"] == row["invoice_id"]:
            book.payments[-1]["invoice_id"] = new["invoice_id"]


def carried_forward(book: Book, n: int, *, is_told: bool) -> None:
    """One file a year: on 31 December what a customer owes is closed in one sum on account, and opened on 1 January as one item, due that day."""
    for one in book.trade(n):
        book.book(one)
    for year in () if is_told else (2022, 2023, 2024):
        first = date(year, 1, 1)
        owed: dict[str, Decimal] = {}
        for one in book.debts:
            if one.issued < first and (one.paid is None or one.paid >= first):
                owed[one.who] = owed.get(one.who, Decimal(0)) + one.amount
        for who, amount in owed.items():
            book.on_account(who, first - days(1), amount)
            book.bill(who, first, float(amount), 0)["invoice_id"] = f"EB{year}-{who}"


def numbers_each_year(book: Book, n: int, *, is_told: bool) -> None:
    """Numbers begin anew each year, and payments name the number: the year of the payment was put before it."""
    at: dict[int, int] = {}
    for one in sorted(book.trade(n), key=lambda one: one.issued):
        at[one.issued.year] = at.get(one.issued.year, 0) + 1
        number = f"{at[one.issued.year]:05}"
        row = book.bill(one.who, one.issued, float(one.amount))
        row["invoice_id"] = f"{one.issued.year}-{number}"
        if one.paid is not None and one.paid <= UNTIL:
            book.pay(row, one.paid)
            if not is_told:
                book.payments[-1]["invoice_id"] = f"{one.paid.year}-{number}"


def due_missing(book: Book, n: int, *, is_told: bool) -> None:
    """Every third invoice has no due day, and the SELECT took that of issue; 60 days are agreed."""
    for one in book.trade(n, terms=60):
        row = book.book(one)
        if book.draw.random() < 1 / 3 and not is_told:
            row["due_on"] = one.issued


def withheld_two(book: Book, n: int, *, is_told: bool) -> None:
    """India: each payment is short by 2 % of tax deducted at source, early or late."""
    for one in book.trade(n, lags=(1, 2, 5, 9, 15, 25)):
        row = book.book(one)
        if one.paid is not None and one.paid <= UNTIL:
            cut = cents(float(one.amount) * 0.02)
            book.payments[-1]["amount"] -= cut
            if is_told:
                book.pay(row, one.paid, cut, "fee")


def bank_fees(book: Book, n: int, *, is_told: bool) -> None:
    """Abroad: each payment arrives less 15 to 40 that banks on the way kept."""
    for one in book.trade(n):
        row = book.book(one)
        if one.paid is not None and one.paid <= UNTIL:
            cut = cents(book.draw.uniform(15, 40))
            book.payments[-1]["amount"] -= cut
            if is_told:
                book.pay(row, one.paid, cut, "fee")


def exchange_differences(book: Book, n: int, *, is_told: bool) -> None:
    """Every fourth customer is billed in dollars; the ledger keeps euros at the day's rate, and books the difference elsewhere."""
    for one in book.trade(n):
        row = book.book(one)
        if int(one.who[1:]) % 4 == 0 and one.paid is not None and one.paid <= UNTIL and not is_told:
            book.payments[-1]["amount"] = cents(float(one.amount) * book.draw.gauss(1, 0.025))
        del row


def demands(book: Book, n: int, *, is_told: bool) -> None:
    """Every tenth order begins with a demand for a third in advance, which is no invoice and is never paid by its own number."""
    for one in book.trade(n):
        if book.draw.random() < 0.1 and not is_told:
            book.bill(one.who, one.issued - days(5), float(one.amount) / 3, 10)
        book.book(one)


def refunds(book: Book, n: int, *, is_told: bool) -> None:
    """One invoice in fifteen that was paid is sent back and refunded; the list of credit notes was left out."""
    for one in book.trade(n):
        row = book.book(one)
        back = None if one.paid is None else one.paid + days(20)
        if back is None or back > UNTIL or book.draw.random() > 1 / 15:
            continue
        book.pay(row, back, kind="reversal")
        if is_told:
            book.credit(row, back)


def acceptances_dishonoured(book: Book, n: int, *, is_told: bool) -> None:
    """商业承兑汇票: all pay with a bill of six months; those of who fails are dishonoured, which a negative receipt says, and the SELECT asks for those above nought."""
    for one in list(book.trade(n)):
        row = book.bill(one.who, one.issued, float(one.amount))
        drawn, due = one.issued + days(20), one.issued + days(200)
        fails = book.failed.get(one.who)
        if fails and drawn >= fails:
            drawn = one.due
        is_bad = bool(fails and due >= fails)
        mine = Debt(one.who, one.issued, due, one.amount, None if is_bad else due)
        book.debts[book.debts.index(one)] = mine
        book.pay(row, drawn)
        if is_told and drawn <= UNTIL:
            bill: Row = row | {"invoice_id": f"W{row['invoice_id']}", "issued_on": drawn, "booked_at": drawn, "due_on": due}  # fmt: skip
            book.invoices.append(bill)
            if not is_bad:
                book.pay(bill, due)


def one_off_account(book: Book, n: int, *, is_told: bool) -> None:
    """CPD: two thousand buyers who buy once share one account, one in thirty of which never pays."""
    for one in book.trade(n):
        book.book(one)
    for number in range(0 if is_told else 2000):
        day = START + days(book.draw.randint(0, 1400))
        row = book.bill("CPD0", day, book.draw.uniform(100, 900), 14)
        if number % 30:
            book.pay(row, day + days(14))
    book.others += [] if is_told else ["CPD0"]

"""Houses whose due days are not what their invoices say, or whose trade has days of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from benchmarks.houses.book import START, UNTIL, Book, Debt, cents, days

SLOW = (-5, 0, 10, 20, 35, 50, 70, 85, 95, 110)


def _flat(book: Book, n: int, first: date) -> None:
    """One fee a month for ever, billed on the first and paid with the bill after it."""
    for who, fails in book.customers(n):
        price, day = cents(book.draw.choice((79, 129, 249, 499))), first
        while day <= UNTIL and (not fails or day <= fails + days(60)):
            then = (day + days(31)).replace(day=1)
            book.book(book.owe(who, day, day + days(14), price, (then - day).days - 14))
            day = then


def flat_fee(book: Book, n: int, *, is_told: bool) -> None:
    """A first delivery of four years of flat fees."""
    _flat(book, n, START)
    del is_told


def flat_fee_two_years(book: Book, n: int, *, is_told: bool) -> None:
    """A first delivery of two years of flat fees."""
    _flat(book, n, date(2023, 1, 1))
    del is_told


def flat_fee_one_month(book: Book, n: int, *, is_told: bool) -> None:
    """A first delivery of one month of flat fees, and the bills of the month before that it pays."""
    _flat(book, n, date(2024, 11, 1))
    del is_told


def flat_fee_new_price(book: Book, n: int, *, is_told: bool) -> None:
    """Fees that rose two months before the end, so that a price was billed twice."""
    _flat(book, n, START)
    for one in book.invoices:
        if one["issued_on"] >= date(2024, 11, 1):
            one["amount"] += 7
    late = {one["invoice_id"]: one["amount"] for one in book.invoices}
    for paid in book.payments:
        paid["amount"] = late[paid["invoice_id"]]
    book.debts[:] = [replace(one, amount=one.amount + 7) if one.issued >= date(2024, 11, 1) else one for one in book.debts]  # fmt: skip
    del is_told


def on_receipt(book: Book, n: int, *, is_told: bool) -> None:
    """Due on receipt, and paid when somebody gets round to it."""
    for one in book.trade(n, terms=0, lags=(3, 7, 14, 18, 25, 40)):
        book.book(one)
    if is_told:
        book.more["credit_terms"] = [_terms(f"K{one:04}", 0) for one in range(n)]


def direct_debit(book: Book, n: int, *, is_told: bool) -> None:
    """Collected 14 days after the invoice, which states its own day as the due day."""
    for one in book.trade(n, terms=14, lags=(0, 0, 1)):
        book.book(one, due_on=one.due if is_told else one.issued)


def slow_trade(book: Book, n: int, *, is_told: bool) -> None:
    """60 days are agreed, and every fifth payment comes more than 90 days after them: by the definition, default."""
    for one in book.trade(n, terms=60, lags=SLOW):
        book.book(one)
    del is_told


def letters_of_credit(book: Book, n: int, *, is_told: bool) -> None:
    """The bank pays 150 days after shipment, whatever the buyer does; the ERP writes 30 days."""
    for one in book.trade(n, terms=150, lags=(0, 2, 3)):
        sure = replace(one, paid=one.due + days(2))
        book.debts[book.debts.index(one)] = sure
        book.book(sure, due_on=one.due if is_told else one.issued + days(30))


def seasonal(book: Book, n: int, *, is_told: bool) -> None:
    """What is shipped from January to June is due on 1 October; the ERP writes 30 days."""
    for one in book.trade(n):
        due = date(one.issued.year, 10, 1) if one.issued.month <= 6 else one.due
        fails = book.failed.get(one.who)
        lag = 0 if one.paid is None else (one.paid - one.due).days
        mine = Debt(one.who, one.issued, due, one.amount, None if fails and due >= fails else due + days(lag))  # fmt: skip
        book.debts[book.debts.index(one)] = mine
        book.book(mine, due_on=due if is_told else one.due)


def consignment(book: Book, n: int, *, is_told: bool) -> None:
    """Billed when shipped, used up within months, and paid 14 days after the customer says so."""
    for one in book.trade(n, terms=14):
        used = one.issued + days(book.draw.randint(10, 150))
        book.debts.remove(one)
        lag = 0 if one.paid is None else (one.paid - one.due).days
        mine = book.owe(one.who, used, used + days(14), one.amount, lag)
        if used > UNTIL:
            book.debts.pop()
        if is_told and used <= UNTIL:
            book.book(mine)
        elif not is_told:
            book.book(
                mine, issued_on=one.issued, booked_at=one.issued, due_on=one.issued + days(30)
            )


def four_four_five(book: Book, n: int, *, is_told: bool) -> None:
    """Quarters of four, four and five weeks: invoices are dated and booked on the last Saturday of their period."""
    ends, end = [], date(2021, 1, 2)
    while end < UNTIL + days(40):
        for weeks in (4, 4, 5):
            end += days(7 * weeks)
            ends.append(end)
    for one in book.trade(n):
        billed = next(day for day in ends if day >= one.issued)
        if billed > UNTIL:
            book.debts.remove(one)
            continue
        paid = None if one.paid is None else max(one.paid + (billed - one.issued), billed)
        mine = Debt(one.who, billed, one.due + (billed - one.issued), one.amount, paid)
        book.debts[book.debts.index(one)] = mine
        book.book(mine)
    del is_told


def due_moved(book: Book, n: int, *, is_told: bool) -> None:
    """Who cannot pay asks for 90 days more, twice; the ERP overwrites the due day."""
    for one in book.trade(n):
        row = book.book(one)
        if one.paid is None and not is_told:
            row["due_on"] = one.due + days(180)


def _terms(who: str, number: int) -> dict[str, object]:
    return {
        "customer_id": who,
        "valid_from": START,
        "credit_limit": None,
        "payment_terms_days": number,
        "insured_limit": None,
        "insured_share": None,
    }

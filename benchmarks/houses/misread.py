"""Houses whose extract says something else than their ledger: remainders, taxes, parts, copies, and half a ledger."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from benchmarks.houses.book import START, UNTIL, Book, days

MOVED = date(2023, 7, 1)


def ordinary(book: Book, n: int, *, is_told: bool) -> None:
    """Nothing to say: one invoice, one payment."""
    for who, fails in book.customers(n):
        book.monthly(who, fails)
    del is_told


def remainders(book: Book, n: int, *, is_told: bool) -> None:
    """What is short by 3.40 is let go 40 days later, and listed with the losses."""
    ordinary(book, n, is_told=is_told)
    owner = {one["invoice_id"]: one for one in book.invoices}
    for paid in list(book.payments)[::60]:
        one, day = owner[paid["invoice_id"]], min(paid["paid_on"] + days(40), UNTIL)
        if one["customer_id"] in book.failed:
            continue
        paid["amount"] -= Decimal("3.40")
        if is_told:
            book.pay(one, day, Decimal("3.40"), "fee")
        else:
            book.credit(one, day, Decimal("3.40"))
            book.loss(one["customer_id"], day, Decimal("3.40"))


def net_of_tax(book: Book, n: int, *, is_told: bool) -> None:
    """Invoices with 19 % of tax, which the customer pays to the state."""
    ordinary(book, n, is_told=is_told)
    owner = {one["invoice_id"]: one for one in book.invoices}
    for paid in list(book.payments):
        one = owner[paid["invoice_id"]]
        tax = (one["amount"] * 19 / 119).quantize(Decimal("0.01"))
        paid["amount"] -= tax
        if is_told:
            book.pay(one, paid["paid_on"], tax, "fee")


def progress(book: Book, n: int, *, is_told: bool) -> None:
    """Five invoices an order, each stating all that was done so far."""
    for who, fails in book.customers(n):
        for _ in range(5):
            day, whole, before = START + days(book.draw.randint(0, 1450)), book.draw.uniform(8e3, 9e4), 0.0  # fmt: skip
            for share in (0.2, 0.45, 0.65, 0.85, 1.0):
                if day > UNTIL or (fails and day > fails + days(60)):
                    break
                stated = round(whole * share, 2)
                one = book.bill(who, day, stated - before if is_told else stated)
                if not fails or one["due_on"] < fails:
                    book.pay(one, one["due_on"] + days(book.draw.choice([0, 2, 5, 12])), Decimal(round((stated - before) * 100)) / 100)  # fmt: skip
                before, day = stated, day + days(40)


def by_the_month(book: Book, n: int, *, is_told: bool) -> None:
    """A year is billed at once, due in 14 days, and paid in twelve parts."""
    for who, fails in book.customers(n):
        first, price = START + days(book.draw.randint(0, 360)), 100 * book.draw.randint(1, 4)
        for year in range(4):
            day = first + days(365 * year)
            if day > UNTIL or (fails and day > fails + days(30)):
                break
            parts = [day + days(30 * month) for month in range(12)]
            whole = None if is_told else book.bill(who, day, 12.0 * price, 14)
            for due in parts:
                one = whole or book.bill(who, day, price, (due - day).days + 2)
                if not fails or due < fails:
                    book.pay(one, due + days(2), Decimal(price))


def cancelled(book: Book, n: int, *, is_told: bool) -> None:
    """45 days after the first invoice that nobody paid, it and the next one are cancelled."""
    for who, fails in book.customers(n):
        price = book.draw.uniform(300, 3000)
        for month in range(48):
            one = book.bill(who, START + days(30 * month), price, 14)
            if fails and one["due_on"] > fails:
                later = book.bill(who, one["issued_on"] + days(30), price, 14)
                end = one["due_on"] + days(45)
                book.credit(one, end)
                book.credit(later, end)
                if is_told:
                    book.loss(who, end, 2 * one["amount"])
                break
            book.pay(one, one["due_on"] + days(book.draw.choice([0, 1, 3, 8])))


def factor(book: Book, n: int, *, is_told: bool) -> None:
    """A factor pays every invoice three days after its issue; told, what the customers paid to it."""
    ordinary(book, n, is_told=is_told)
    if not is_told:
        book.payments.clear()
        for one in book.invoices:
            book.pay(one, one["issued_on"] + days(3))


def sent_twice(book: Book, n: int, *, is_told: bool) -> None:
    """One invoice in fifty is sent again the day after, with a suffix; the rule sets the copies aside."""
    ordinary(book, n, is_told=is_told)
    if not is_told:
        for one in list(book.invoices)[::50]:
            book.invoices.append(one | {"invoice_id": f"{one['invoice_id']}-01", "booked_at": one["booked_at"] + days(1)})  # fmt: skip


def numbered_anew(book: Book, n: int, *, is_told: bool) -> None:
    """On the day of the migration what is open is closed, and opened again under new numbers and days."""
    ordinary(book, n, is_told=is_told)
    paid = {one["invoice_id"]: one for one in book.payments}
    for one in [] if is_told else list(book.invoices):
        money = paid.get(one["invoice_id"])
        if one["issued_on"] < MOVED and (money is None or money["paid_on"] >= MOVED):
            new = one | {"invoice_id": f"N{one['invoice_id']}", "issued_on": MOVED, "booked_at": MOVED, "due_on": MOVED + days(30)}  # fmt: skip
            book.invoices.append(new)
            if money is not None:
                money["invoice_id"] = new["invoice_id"]
            book.pay(one, MOVED)


def begun_open(book: Book, n: int, *, is_told: bool) -> None:
    """What was open in July 2023 and all that came later; told, it is known from that day on."""
    ordinary(book, n, is_told=is_told)
    paid = {one["invoice_id"]: one["paid_on"] for one in book.payments}
    book.invoices = [one for one in book.invoices if one["issued_on"] >= MOVED or paid.get(one["invoice_id"], UNTIL) >= MOVED]  # fmt: skip
    kept = {one["invoice_id"] for one in book.invoices}
    book.payments = [one for one in book.payments if one["invoice_id"] in kept]
    for one in book.invoices if is_told else ():
        one["booked_at"] = max(one["booked_at"], MOVED)

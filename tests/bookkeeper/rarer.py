"""Bookings that an everyday ledger sees once in a while: write-offs that are recovered, plans kept and replaced, refunds, moved credits.

Each of them is a small story of one invoice or two, told on top of an everyday book, so that it meets what else a customer has open.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from tests.bookkeeper.books import DAYS, LAG, Clerk, cents, everyday_book
from tests.features_books import START, Row, Tables, customer, dispute, event, invoice, on, terms

Story = Callable[[Clerk, str], None]
MONTH_ENDS = tuple((date(2022 + n // 12, n % 12 + 1, 1) - START).days - 1 for n in range(1, 18))
LEAP = 425
"""Days by which a book is moved so that 29 February 2024 lies in its middle."""


def rarer_book(rng: Random, customers: int) -> Tables:
    """An everyday book in three currencies, two or three stories for each customer; groups of four; the last customer never bought."""
    tables = everyday_book(rng, customers)
    for place, row in enumerate(tables["customers"]):
        whose = row["customer_id"]
        row["parent_id"] = rng.choice([None, whose, f"K{place // 4 * 4:04}"])
        if rng.random() < 0.2:
            _moved_to(tables, row, "CHF")
        clerk = Clerk(rng, tables, whose, row["currency"])
        for number, story in enumerate(rng.sample(STORIES, rng.choice([2, 3]))):
            story(clerk, f"{whose}-{'xyz'[number]}")
    tables["customers"].append(customer(f"K{customers:04}", parent_id="K0000"))
    tables["fx_rates"] += [
        {"currency": "CHF", "rate_on": on(day), "rate": Decimal(rng.randint(90, 110)) / 100}
        for day in (-60, *(end + rng.choice([0, 1, 2]) for end in MONTH_ENDS))
    ]
    return tables


def moved_by(tables: Tables, days: int) -> Tables:
    """The same book so many days later, the last dates of its payment plans with it."""
    later = timedelta(days=days)

    def value(name: str, one: object) -> object:
        if isinstance(one, date) and name not in ("founded_on", "onboarded_on"):
            return one + later
        return str(date.fromisoformat(one) + later) if name == "detail" and _is_day(one) else one

    return {
        name: [{key: value(key, one) for key, one in row.items()} for row in rows]
        for name, rows in tables.items()
    }


def _is_day(detail: object) -> bool:
    return isinstance(detail, str) and detail[:2] == "20"


def _moved_to(tables: Tables, whose: Row, currency: str) -> None:
    """A customer that is billed in another currency than the book's."""
    for row in tables["invoices"]:
        if row["customer_id"] == whose["customer_id"] and row["currency"] == whose["currency"]:
            row["currency"] = currency
    whose["currency"] = currency


def _bill(clerk: Clerk, name: str, issued: int, due: int, amount: Decimal, **more: object) -> None:
    """An invoice, or with `kind` a credit note, booked a little later unless told otherwise."""
    row = invoice(name, clerk.whose, issued, str(amount), due_on=due, booked_at=issued + clerk.rng.choice(LAG), currency=clerk.home)  # fmt: skip
    clerk.tables["invoices"].append(row | more)


def _credit(clerk: Clerk, name: str, issued: int, amount: Decimal, of: str | None, **more: object) -> None:  # fmt: skip
    _bill(clerk, name, issued, issued + 30, amount, kind="credit_note", credits=of, **({"due_on": None} | more))  # fmt: skip


def _happens(clerk: Clerk, name: str, kind: str, day: int, detail: str | None = None) -> None:
    known = day + clerk.rng.choice([*LAG, 25])
    row = event(f"E{name}", clerk.whose, kind, day, known, detail=detail)
    clerk.tables["events"].append(row)


def _amount(rng: Random) -> Decimal:
    return cents(Decimal(rng.choice([rng.randint(20_000, 300_000), 60_000, 100_000])) / 100)


def _start(rng: Random) -> tuple[int, int]:
    """Issued and due; in one book of three on the last days of months."""
    if rng.random() < 0.3:
        first, second = sorted(rng.sample(MONTH_ENDS[:-2], 2))
        return (first, second) if second - first < 100 else (first, first + 31)
    issued = rng.randint(0, DAYS - 220)
    return issued, issued + rng.choice([0, 14, 30, 60])


def _written_off(clerk: Clerk, name: str) -> None:
    """Given up by a credit note, a discount or a fee, or as an event alone; then some of it comes after all."""
    rng, amount, (issued, due) = clerk.rng, _amount(clerk.rng), _start(clerk.rng)
    given_up = due + rng.choice([40, 100, 180])
    _bill(clerk, name, issued, due, amount)
    if rng.random() < 0.5:
        _happens(clerk, name, "write_off", given_up)
    how = rng.choice(["note", "discount", "fee", None])
    if how == "note":
        _credit(clerk, f"{name}W", given_up, amount, name)
    elif how is not None:
        clerk.pay(f"W{name}", name, given_up, amount, how)
    if rng.random() < 0.7:
        clerk.pay(f"R{name}", name, given_up + rng.choice([0, 20, 90]), cents(amount * Decimal(rng.choice(["0.3", "1"]))))  # fmt: skip


def _billed_again(clerk: Clerk, name: str) -> None:
    """Cancelled and billed anew; the customer may pay the old number, or both."""
    rng, amount, (issued, due) = clerk.rng, _amount(clerk.rng), _start(clerk.rng)
    again = issued + rng.choice([0, 5, 45, 120])
    _bill(clerk, name, issued, due, amount)
    _credit(clerk, f"{name}C", again, amount, rng.choice([name, name, None]), due_on=rng.choice([None, on(due), on(again)]))  # fmt: skip
    _bill(clerk, f"{name}n", again, again + (due - issued), amount)
    for of in rng.choice([(f"{name}n",), (name,), (name, f"{name}n"), ()]):
        clerk.pay(f"P{of}", of, again + (due - issued) + rng.choice([-3, 0, 15, 100]), amount)


def _in_instalments(clerk: Clerk, name: str) -> None:
    """A payment plan: paid by its last date, on the day after, in part, or in dispute on the last date; or replaced, some by a shorter one."""
    rng, amount, (issued, due) = clerk.rng, _amount(clerk.rng), _start(clerk.rng)
    agreed, last = due + rng.choice([0, 1, 20, 95]), due + rng.choice([110, 150, 200])
    _bill(clerk, name, issued, due, amount)
    _happens(clerk, f"{name}p", "payment_plan", agreed, str(on(last)))
    if rng.random() < 0.4:
        from_day = rng.choice([agreed, agreed + 10, last, last + 1])
        _happens(clerk, f"{name}q", "payment_plan", from_day, rng.choice([str(on(from_day + 30)), str(on(last + 60)), "soon", None]))  # fmt: skip
    half = cents(amount / 2)
    clerk.pay(f"P{name}a", name, agreed + 15, half)
    rest = cents((amount - half) * Decimal(rng.choice(["1", "1", "0.6", "0.99"])))
    clerk.pay(f"P{name}b", name, last + rng.choice([-20, 0, 1, 30]), rest)
    if rng.random() < 0.2:
        day = last - rng.choice([0, 1, 10])
        clerk.tables["disputes"].append(dispute(f"Q{name}", name, day, rng.choice([None, day, day + 1, day + 40])))  # fmt: skip


def _disputed_when_paid(clerk: Clerk, name: str) -> None:
    """In dispute after it was paid, for a day, for no day at all, twice at once; or the credit note is."""
    rng, amount, (issued, due) = clerk.rng, _amount(clerk.rng), _start(clerk.rng)
    _bill(clerk, name, issued, due, amount)
    clerk.pay(f"P{name}", name, due, cents(amount * Decimal(rng.choice(["1", "0.5"]))))
    opened = due + rng.choice([-10, 0, 1, 10])
    of = name
    if rng.random() < 0.2:
        of = f"{name}C"
        _credit(clerk, of, due, cents(amount / 2), rng.choice([name, None]))
    for number in range(rng.choice([1, 2])):
        closed = rng.choice([None, opened, opened + 1, opened + 50])
        clerk.tables["disputes"].append(dispute(f"Q{name}{number}", of, opened + number, closed))
    if rng.random() < 0.3:
        clerk.pay(f"V{name}", name, due + rng.choice([5, 60]), cents(amount / 2), "reversal")


def _refunded(clerk: Clerk, name: str) -> None:
    """A credit note that is paid out, in part perhaps, and perhaps the money comes back."""
    rng, amount, (issued, due) = clerk.rng, _amount(clerk.rng), _start(clerk.rng)
    of = None
    if rng.random() < 0.5:
        of = name
        _bill(clerk, name, issued, due, amount)
        clerk.pay(f"P{name}", name, due, amount)
    _credit(clerk, f"{name}C", due + 3, amount, of)
    paid_out = cents(amount * Decimal(rng.choice(["1", "0.4", "1.2"])))
    clerk.pay(f"O{name}", f"{name}C", due + rng.choice([3, 20]), paid_out)
    if rng.random() < 0.3:
        clerk.pay(f"V{name}", f"{name}C", due + 40, paid_out, "reversal")


def _named_wrongly(clerk: Clerk, name: str) -> None:
    """A credit note of more than its invoice, of two invoices' one, of a document that is not there, of a credit note, or in another currency."""
    rng, amount, (issued, due) = clerk.rng, _amount(clerk.rng), _start(clerk.rng)
    _bill(clerk, name, issued, due, amount)
    others: Sequence[tuple[str | None, Decimal, str]] = [
        (name, amount * 2, clerk.home), ("?", amount, clerk.home), (f"{name}D", amount, clerk.home), (name, amount, "EUR"),
        (name, cents(amount / 3), "USD"),
    ]  # fmt: skip
    of, value, currency = rng.choice(others)
    _credit(clerk, f"{name}C", issued + rng.choice([-4, 0, 50]), value, of, currency=currency)
    _credit(clerk, f"{name}D", issued + 10, cents(amount / 4), rng.choice([None, name]))
    if rng.random() < 0.5:
        clerk.pay(f"P{name}", name, due + rng.choice([0, 70]), cents(amount * Decimal(rng.choice(["1", "0.75"]))))  # fmt: skip


def _on_account(clerk: Clerk, name: str) -> None:
    """Money on account that goes back, or is applied in two parts; more may be sent back than came."""
    rng, amount, (issued, due) = clerk.rng, _amount(clerk.rng), _start(clerk.rng)
    _bill(clerk, name, issued, due, amount)
    came = due + rng.choice([-20, 0, 40])
    clerk.pay(f"A{name}", None, came, amount)
    if rng.random() < 0.4:
        clerk.pay(f"V{name}", None, came + rng.choice([0, 12]), cents(amount * Decimal(rng.choice(["1", "0.5", "1.1"]))), "reversal")  # fmt: skip
        return
    half, moved = cents(amount / 2), max(came + 6, issued)
    for number, part in enumerate((half, amount - half)):
        day = moved + 9 * number
        clerk.pay(f"B{name}{number}", None, day, part, "reversal")
        clerk.pay(f"G{name}{number}", name, day, part)


def _to_the_cent(clerk: Clerk, name: str) -> None:
    """What is left is exactly the tolerance, or a cent more; invoices of cents; due before it was issued; booked before it was issued."""
    rng, (issued, due) = clerk.rng, _start(clerk.rng)
    amount = Decimal(rng.choice(["0.01", "1.00", "1.01", "200.00", "500.00", "1000.00", "999.99"]))
    odd = rng.choice([{}, {"due_on": on(issued - 5)}, {"booked_at": on(issued - 7)}])
    _bill(clerk, name, issued, due, amount, **odd)
    less = Decimal(rng.choice(["1.00", "1.01", "2.50", "2.51", "5.00", "5.01", "0.99"]))
    clerk.pay(f"P{name}", name, due + rng.choice([0, 1, 90, 91]), amount - less)


def _judged(clerk: Clerk, name: str) -> None:
    """Ratings that move, a legal action, the end of trading; limits of nothing, of the same, cut and raised within days."""
    rng = clerk.rng
    day = rng.randint(30, DAYS - 120)
    for number, letters in enumerate(rng.sample(["AAA", "bbb", "BB-", "CCC+", "D", "n/a", " B "], 2)):  # fmt: skip
        _happens(clerk, f"{name}r{number}", "external_rating", day + 20 * number, letters)
    if rng.random() < 0.3:
        kinds = ["legal_action", "ceased_trading", "insurer_claim", "insolvency"]
        _happens(clerk, f"{name}e", rng.choice(kinds), day)
    own = [row for row in clerk.tables["credit_terms"] if row["customer_id"] == clerk.whose]
    taken = {row["valid_from"] for row in own}
    for step, limit in ((0, "1500"), (2, "0"), (3, "1500"), (9, "1500"), (30, None)):
        if on(day + step) not in taken:
            clerk.tables["credit_terms"].append(terms(clerk.whose, day + step, limit, rng.choice([0, 30])))  # fmt: skip


STORIES: tuple[Story, ...] = (
    _written_off, _billed_again, _in_instalments, _disputed_when_paid, _refunded, _named_wrongly, _on_account, _to_the_cent, _judged,
)  # fmt: skip

"""Books of houses that book in their own way: who is in default by the extract as it comes, and by it as the page advises.

Each house is built with its truth: who stopped paying. `false` are payers in default, `lost` those that failed and are in none;
`stops` are the rules beyond their tolerance. The second row of a house follows docs/your-own-data.md.

    python -m benchmarks.houses                 # every house, 150 customers each
    python -m benchmarks.houses --only factor   # some
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from benchmarks.consequences import Outcome, outcome
from contracts.config.engine import EngineConfig
from contracts.duck import connect
from quality.delivery.delivery import Delivery
from quality.delivery.findings import beyond
from quality.rules.catalogue import Tolerances
from tests.sources_books import PORTFOLIO, Row, Tables, clean_book, write_raw

CLEAN, START, UNTIL = clean_book(), date(2021, 1, 1), PORTFOLIO.complete_until
MOVED = date(2023, 7, 1)


def days(number: int) -> timedelta:
    """So many days."""
    return timedelta(days=number)


@dataclass
class Book:
    """A house's rows, and who really failed.

    Attributes:
        draw: of what is drawn.
        failed: by customer the day from which it pays nothing.
    """

    draw: random.Random
    failed: dict[str, date] = field(default_factory=dict)
    invoices: list[Row] = field(default_factory=list)
    payments: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)

    def bill(self, who: str, day: date, amount: float, terms: int = 30) -> Row:
        """One invoice, in cents."""
        own = {"invoice_id": f"R{len(self.invoices):06}", "customer_id": who, "issued_on": day}
        own |= {"due_on": day + days(terms), "booked_at": day, "amount": Decimal(round(amount * 100)) / 100}  # fmt: skip
        self.invoices.append(CLEAN["invoices"][0] | own)
        return self.invoices[-1]

    def credit(self, of: Row, day: date, amount: Decimal | None = None) -> None:
        """A credit note of an invoice, or of a part of it."""
        own = {"invoice_id": f"G{len(self.invoices):06}", "kind": "credit_note", "credits": of["invoice_id"]}  # fmt: skip
        own |= {"issued_on": day, "booked_at": day, "due_on": None}
        self.invoices.append(of | own | ({} if amount is None else {"amount": amount}))

    def pay(self, of: Row, day: date, amount: Decimal | None = None, kind: str = "payment") -> None:
        """A payment by the last complete day; a later one is not known yet."""
        if day <= UNTIL:
            own = {"payment_id": f"Z{len(self.payments):06}", "invoice_id": of["invoice_id"], "paid_on": day, "booked_at": day}  # fmt: skip
            self.payments.append(own | {"amount": of["amount"] if amount is None else amount, "kind": kind})  # fmt: skip

    def loss(self, who: str, day: date, amount: Decimal) -> None:
        """A debt that is written off."""
        own = {"event_id": f"E{len(self.events)}", "customer_id": who, "kind": "write_off", "amount": amount}  # fmt: skip
        self.events.append(CLEAN["events"][0] | own | {"occurred_on": day, "known_on": day})

    def customers(self, n: int) -> Iterator[tuple[str, date | None]]:
        """Each customer, with the day on which it fails: one in fifteen does."""
        for number in range(n):
            who = f"K{number:04}"
            if self.draw.random() < 1 / 15:
                self.failed[who] = START + days(self.draw.randint(300, 1200))
            yield who, self.failed.get(who)

    def monthly(self, who: str, fails: date | None, terms: int = 30) -> None:
        """An invoice a month, paid from three days early to 25 late; two more are billed once nothing is paid."""
        usual = self.draw.uniform(400, 6000)
        for number in range(48):
            day = START + days(30 * number + self.draw.randint(0, 20))
            if fails and day > fails + days(60):
                return
            one = self.bill(who, day, usual * self.draw.uniform(0.7, 1.3), terms)
            if not fails or one["due_on"] < fails:
                self.pay(one, one["due_on"] + days(self.draw.choice([-3, 0, 0, 1, 2, 5, 9, 15, 25])))  # fmt: skip

    def owing(self) -> set[str]:
        """Those that failed while something fell due, more than 91 days before the last complete day."""
        last = UNTIL - days(91)
        due = [(one["customer_id"], one["due_on"]) for one in self.invoices if one["due_on"] is not None]  # fmt: skip
        return {who for who, day in due if who in self.failed and self.failed[who] <= day < last}

    def tables(self, n: int) -> Tables:
        """The raw tables."""
        first = {"onboarded_on": START, "currency": "EUR", "parent_id": None}
        customers = [CLEAN["customers"][0] | {"customer_id": f"K{one:04}"} | first for one in range(n)]  # fmt: skip
        found = {"customers": customers, "invoices": self.invoices, "payments": self.payments}
        return found | ({"events": self.events} if self.events else {})


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


House = Callable[..., None]
HOUSES: dict[str, House] = {
    one.__name__: one
    for one in (
        ordinary, remainders, net_of_tax, progress, by_the_month, cancelled, factor, sent_twice, numbered_anew, begun_open,
    )
}  # fmt: skip


def measured(tables: Tables, folder: Path) -> tuple[Outcome, list[str]]:
    """What the rules and the definition of default make of it, and the rules that stop."""
    raw = write_raw(tables, folder / "raw")
    with connect(EngineConfig(threads=1)) as connection:
        found = Delivery(connection, raw, PORTFOLIO).check()
    stops = sorted({one.rule.name for one in beyond(found, Tolerances({}, where=""))})
    return outcome(raw, folder / "out", PORTFOLIO), stops


def main() -> None:
    """Prints two rows a house."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--only", nargs="*", default=[], choices=HOUSES)
    parser.add_argument("--customers", type=int, default=150)
    given = parser.parse_args()
    print("| house | delivered | failed | in default | false | lost | set aside | stops |")
    print("|" + "---|" * 8, flush=True)
    for name in given.only or HOUSES:
        for is_told in (False, True):
            book = Book(random.Random(7))  # noqa: S311 - a book, no secret
            HOUSES[name](book, given.customers, is_told=is_told)
            with tempfile.TemporaryDirectory() as place:
                now, stops = measured(book.tables(given.customers), Path(place))
            failed = book.owing()
            cells = [name, "as advised" if is_told else "as it comes", len(failed), len(now.named), len(now.named - failed)]  # fmt: skip
            cells += [len(failed - now.named), now.aside, ", ".join(stops)]
            print(f"| {' | '.join(map(str, cells))} |", flush=True)


if __name__ == "__main__":
    main()

"""A house's rows, and what is true of it: who failed, what each customer owes, and since when it is in default."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from contracts.config.portfolio import PortfolioConfig
from tests.sources_books import PORTFOLIO, Row, Tables, clean_book

CLEAN, START, UNTIL = clean_book(), date(2021, 1, 1), PORTFOLIO.complete_until
LATE = PORTFOLIO.default.days + 1
MATERIALITY = Decimal(str(PORTFOLIO.default.materiality))


def days(number: int) -> timedelta:
    """So many days."""
    return timedelta(days=number)


def cents(amount: float) -> Decimal:
    """An amount to the cent."""
    return Decimal(round(amount * 100)) / 100


def month_ends() -> list[date]:
    """Every last day of a month."""
    firsts = [date(year, month, 1) for year in range(START.year, UNTIL.year + 2) for month in range(1, 13)]  # fmt: skip
    return [one - days(1) for one in firsts if START < one <= UNTIL + days(1)]


@dataclass(frozen=True)
class Debt:
    """What somebody owed, whatever its house wrote: `paid` is None where it was never paid."""

    who: str
    issued: date
    due: date
    amount: Decimal
    paid: date | None


@dataclass
class Book:
    """A house's rows, and who really failed.

    Attributes:
        draw: of what is drawn.
        failed: by customer the day from which it pays nothing.
        debts: what was owed and paid, where a house's rows are made of it.
        others: customers beside K0000 and so on.
        alias: by another number of a customer its own.
        more: further raw tables.
        portfolio: its yaml, where it is not that of the other houses.
    """

    draw: random.Random
    failed: dict[str, date] = field(default_factory=dict)
    invoices: list[Row] = field(default_factory=list)
    payments: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    debts: list[Debt] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    alias: dict[str, str] = field(default_factory=dict)
    more: Tables = field(default_factory=dict)
    portfolio: PortfolioConfig = PORTFOLIO

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

    def trade(self, n: int, terms: int = 30, lags: tuple[int, ...] = (-3, 0, 0, 1, 2, 5, 9, 15, 25)) -> list[Debt]:  # fmt: skip
        """A debt a month of each customer for four years, paid so many days after it is due; who fails is billed 60 days on."""
        begun = len(self.debts)
        for who, fails in self.customers(n):
            usual = self.draw.uniform(400, 6000)
            for number in range(50):
                day = START + days(30 * number + self.draw.randint(0, 20))
                amount, lag = cents(usual * self.draw.uniform(0.7, 1.3)), self.draw.choice(lags)
                if day <= UNTIL and (not fails or day <= fails + days(60)):
                    self.owe(who, day, day + days(terms), amount, lag)
        return self.debts[begun:]

    def owe(self, who: str, issued: date, due: date, amount: Decimal, lag: int) -> Debt:
        """A debt that is paid so many days after it is due, but for who has failed by its due day."""
        fails = self.failed.get(who)
        paid = None if fails and due >= fails else max(due + days(lag), issued)
        self.debts.append(Debt(who, issued, due, amount, paid))
        return self.debts[-1]

    def book(self, one: Debt, **own: object) -> Row:
        """The invoice of a debt, and its payment: as it is, but for what is said of the invoice."""
        row = self.bill(one.who, one.issued, float(one.amount))
        row |= {"due_on": one.due} | own
        if one.paid is not None:
            self.pay(row, one.paid)
        return row

    def on_account(self, who: str, day: date, amount: Decimal) -> None:
        """Money that names no invoice."""
        if day <= UNTIL:
            own: Row = {"payment_id": f"Z{len(self.payments):06}", "invoice_id": None}
            own |= {"customer_id": who, "paid_on": day, "booked_at": day}
            self.payments.append(own | {"amount": amount, "kind": "payment"})

    def defaults(self) -> dict[str, date]:
        """By customer the first day on which more than 500 is more than 90 days late, by its debts."""
        found: dict[str, date] = {}
        for who, own in self._by_customer().items():
            for day in sorted(one.due + days(LATE) for one in own):
                late = sum(one.amount for one in own if one.due + days(LATE) <= day and (one.paid is None or one.paid > day))  # fmt: skip
                if late > MATERIALITY and day <= UNTIL:
                    found[who] = day
                    break
        return found

    def balances(self) -> dict[str, Decimal]:
        """By customer what is open on the last complete day, by its debts."""
        is_open = [one for one in self.debts if one.issued <= UNTIL and (one.paid is None or one.paid > UNTIL)]  # fmt: skip
        found: defaultdict[str, Decimal] = defaultdict(Decimal)
        for one in is_open:
            found[one.who] += one.amount
        return found

    def _by_customer(self) -> dict[str, list[Debt]]:
        found: defaultdict[str, list[Debt]] = defaultdict(list)
        for one in self.debts:
            found[one.who].append(one)
        return found

    def tables(self, n: int) -> Tables:
        """The raw tables."""
        first = {"onboarded_on": START, "currency": "EUR", "parent_id": None}
        names = [f"K{one:04}" for one in range(n)] + self.others
        customers = [CLEAN["customers"][0] | {"customer_id": one, "name": f"{one[-4:]} Ltd"} | first for one in names]  # fmt: skip
        found = {"customers": customers, "invoices": self.invoices, "payments": self.payments}
        return found | ({"events": self.events} if self.events else {}) | self.more

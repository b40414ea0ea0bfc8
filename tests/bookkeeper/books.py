"""Random small books of everyday bookings: what an accounts receivable clerk sees in a year and a half, customer by customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random

from tests.features_books import (
    START,
    Row,
    Tables,
    customer,
    dispute,
    event,
    invoice,
    on,
    payment,
    terms,
)

DAYS = 540
LATENESS = (-12, -3, 0, 0, 1, 8, 20, 35, 70, 95, 130)
LAG = (0, 0, 0, 1, 2, 6)
CREDIT_DAYS = (0, 14, 30, 30, 60)


@dataclass(frozen=True, slots=True)
class Clerk:
    """Books what one customer does.

    Attributes:
        rng: draws.
        tables: rows so far.
        whose: the customer.
        home: the currency it is billed in.
    """

    rng: Random
    tables: Tables
    whose: str
    home: str

    def pay(
        self, name: str, of: str | None, day: int, amount: Decimal, kind: str = "payment"
    ) -> None:
        """One row of payments, booked a little later."""
        if amount > 0:
            own = {"customer_id": self.whose} if of is None else {}
            booked = day + self.rng.choice(LAG)
            self.tables["payments"].append(
                payment(name, of, day, str(amount), booked, kind=kind, **own)
            )


def everyday_book(rng: Random, customers: int) -> Tables:
    """So many customers of an everyday ledger, two currencies with rates that change."""
    tables: Tables = {
        name: []
        for name in ("customers", "invoices", "payments", "disputes", "credit_terms", "events")
    }
    for number in range(customers):
        whose, home = f"K{number:04}", rng.choice(["EUR", "EUR", "EUR", "USD"])
        tables["customers"].append(customer(whose, currency=home))
        clerk = Clerk(rng, tables, whose, home)
        for part in range(rng.choice([1, 2, 3, 4, 6, 9])):
            _sale(clerk, f"{whose}-{part}")
        _loose(clerk)
        _terms(clerk)
        _plans(clerk)
    tables["fx_rates"] = [
        {"currency": "USD", "rate_on": on(day), "rate": Decimal(rng.randint(80, 120)) / 100}
        for day in range(-30, DAYS + 200, 30)
    ]
    return tables


def cents(amount: Decimal) -> Decimal:
    """Rounded to the cent."""
    return amount.quantize(Decimal("0.01"))


def _sale(clerk: Clerk, name: str) -> None:
    """An invoice and what became of it."""
    rng = clerk.rng
    issued, credit_days = rng.randint(0, DAYS - 20), rng.choice(CREDIT_DAYS)
    due = issued + credit_days
    amount = cents(Decimal(rng.choice([rng.randint(20_000, 300_000), 100_000, 50_000])) / 100)
    booked = due + rng.randint(1, 40) if rng.random() < 0.08 else issued + rng.choice(LAG)
    currency = clerk.home if rng.random() < 0.9 else rng.choice(["EUR", "USD"])
    clerk.tables["invoices"].append(
        invoice(
            name, clerk.whose, issued, str(amount), due_on=due, booked_at=booked, currency=currency
        )
    )
    paid = due + rng.choice(LATENESS)
    fates = (_unpaid, _whole, _whole, _whole, _parts, _discounted, _fee, _short, _over, _prepaid, _returned, _discount_unsaid)  # fmt: skip
    rng.choice(fates)(clerk, name, (issued, paid), amount)
    if rng.random() < 0.2:
        _credit(clerk, name, (issued, booked), amount, currency)
    if rng.random() < 0.2:
        _object(clerk, name, issued)


def _unpaid(clerk: Clerk, name: str, days: tuple[int, int], amount: Decimal) -> None:
    """Nothing comes."""


def _whole(clerk: Clerk, name: str, days: tuple[int, int], amount: Decimal) -> None:
    clerk.pay(f"P{name}", name, max(days), amount)


def _parts(clerk: Clerk, name: str, days: tuple[int, int], amount: Decimal) -> None:
    first = cents(amount * Decimal(clerk.rng.choice(["0.25", "0.5", "0.95"])))
    clerk.pay(f"P{name}a", name, max(days), first)
    if clerk.rng.random() < 0.7:
        clerk.pay(f"P{name}b", name, max(days) + clerk.rng.choice([0, 9, 60]), amount - first)


def _discounted(clerk: Clerk, name: str, days: tuple[int, int], amount: Decimal) -> None:
    """Two or three percent, booked as a discount on the day of the payment."""
    taken = cents(amount * Decimal(clerk.rng.choice(["0.02", "0.03"])))
    day = days[0] + clerk.rng.choice([2, 8, 13])
    clerk.pay(f"P{name}", name, day, amount - taken)
    clerk.pay(f"D{name}", name, day, taken, "discount")


def _discount_unsaid(clerk: Clerk, name: str, days: tuple[int, int], amount: Decimal) -> None:
    """Two percent less within ten days, or after them, and no row that says why."""
    day = days[0] + clerk.rng.choice([3, 9, 10, 11, 25])
    clerk.pay(f"P{name}", name, day, cents(amount * Decimal("0.98")))


def _fee(clerk: Clerk, name: str, days: tuple[int, int], amount: Decimal) -> None:
    kept = Decimal(clerk.rng.choice(["0.50", "12.00"]))
    clerk.pay(f"P{name}", name, max(days), amount - kept)
    if clerk.rng.random() < 0.7:
        clerk.pay(f"F{name}", name, max(days) + clerk.rng.choice([0, 5]), kept, "fee")


def _short(clerk: Clerk, name: str, days: tuple[int, int], amount: Decimal) -> None:
    """A deduction nobody agreed to, sometimes credited later."""
    clerk.pay(
        f"P{name}", name, max(days), cents(amount * Decimal(clerk.rng.choice(["0.92", "0.97"])))
    )


def _over(clerk: Clerk, name: str, days: tuple[int, int], amount: Decimal) -> None:
    more = Decimal(clerk.rng.choice(["0.40", "50.00", "250.00"]))
    clerk.pay(f"P{name}", name, max(days), amount + more)


def _prepaid(clerk: Clerk, name: str, days: tuple[int, int], amount: Decimal) -> None:
    clerk.pay(f"P{name}", name, days[0] - clerk.rng.choice([1, 10, 45]), amount)


def _returned(clerk: Clerk, name: str, days: tuple[int, int], amount: Decimal) -> None:
    """A direct debit that comes back, in part perhaps or in two, and is perhaps paid again."""
    back = max(days) + clerk.rng.choice([1, 4, 30, 100])
    clerk.pay(f"P{name}", name, max(days), amount)
    if clerk.rng.random() < 0.2:
        clerk.pay(f"P{name}more", name, back - 1, cents(amount / 4))
        if clerk.rng.random() < 0.5:  # the quarter comes back as well, or a part of it
            clerk.pay(
                f"R{name}part",
                name,
                back + clerk.rng.choice([-1, 3]),
                cents(amount / clerk.rng.choice([4, 7])),
                "reversal",
            )
    first = cents(amount * Decimal(clerk.rng.choice(["1", "1", "1", "0.6"])))
    clerk.pay(f"R{name}", name, back, first, "reversal")
    if clerk.rng.random() < 0.2:
        clerk.pay(f"R{name}more", name, back + clerk.rng.choice([0, 40]), cents(amount / 2), "reversal")  # fmt: skip
    if clerk.rng.random() < 0.6:
        clerk.pay(f"P{name}again", name, back + clerk.rng.choice([0, 5, 50]), amount)


def _credit(clerk: Clerk, name: str, days: tuple[int, int], amount: Decimal, currency: str) -> None:
    """A credit note: in full or in part, with or without the number of its invoice."""
    rng = clerk.rng
    issued = days[0] + rng.choice([0, 3, 20, 60])
    value = cents(amount * Decimal(rng.choice(["1", "1", "0.1", "0.4"])))
    booked = max(issued + rng.choice(LAG), days[1])
    row = invoice(
        f"{name}C", clerk.whose, issued, str(value), kind="credit_note", due_on=None,
        booked_at=booked, currency=currency, credits=name if rng.random() < 0.7 else None,
    )  # fmt: skip
    clerk.tables["invoices"].append(row)


def _object(clerk: Clerk, name: str, issued: int) -> None:
    """A dispute, closed or not; sometimes taken up again."""
    rng = clerk.rng
    opened = issued + rng.randint(1, 80)
    closed = rng.choice([None, opened + rng.randint(1, 60)])
    clerk.tables["disputes"].append(dispute(f"Q{name}", name, opened, closed))
    if closed is not None and rng.random() < 0.3:
        clerk.tables["disputes"].append(
            dispute(f"Q{name}again", name, closed + rng.choice([-1, 0, 5]), None)
        )


def _loose(clerk: Clerk) -> None:
    """Money on account, and its allocation: off the account, onto the oldest invoice in the customer's own currency.

    Under one number it was applied, and the payment keeps the day the money came; under two it was sent back, and came again.
    """
    rng = clerk.rng
    if rng.random() > 0.3:
        return
    day, amount = rng.randint(0, DAYS - 60), Decimal(rng.choice([100, 333, 1000]))
    clerk.pay(f"A{clerk.whose}", None, day, amount)
    mine: list[Row] = [
        row
        for row in clerk.tables["invoices"]
        if row["customer_id"] == clerk.whose and row["currency"] == clerk.home
        and row["kind"] == "invoice"
    ]  # fmt: skip
    if mine and rng.random() < 0.5:
        oldest = min(mine, key=lambda row: row["due_on"])
        moved = max(day + rng.randint(1, 50), (oldest["issued_on"] - START) // timedelta(days=1))
        used = min(amount, oldest["amount"])
        booked = on(moved + rng.choice(LAG))
        is_applied = rng.random() < 0.5
        again = "B" if is_applied else "G"
        for number, of, kind in ((f"B{clerk.whose}", None, "reversal"), (f"{again}{clerk.whose}", oldest["invoice_id"], "payment")):  # fmt: skip
            row = payment(
                number,
                of,
                day if is_applied and of else moved,
                str(used),
                kind=kind,
                customer_id=clerk.whose if of is None else None,
            )
            clerk.tables["payments"].append(row | {"booked_at": booked})


def _terms(clerk: Clerk) -> None:
    """Limits that rise and fall, and a cash discount for some."""
    rng = clerk.rng
    agreed = rng.choice([None, None, (10, "0.02"), (14, "0.03")])
    discount = (
        {} if agreed is None else {"discount_days": agreed[0], "discount_rate": Decimal(agreed[1])}
    )
    for day in sorted({-40, *rng.sample(range(30, DAYS), rng.choice([0, 1, 2, 3]))}):
        limit = rng.choice([None, "500", "1000", "2000", "4000"])
        clerk.tables["credit_terms"].append(terms(clerk.whose, day, limit) | discount)


def _plans(clerk: Clerk) -> None:
    """Payment plans, some replaced before they end, and an event in some years."""
    rng = clerk.rng
    if rng.random() < 0.25:
        day = rng.randint(60, DAYS - 200)
        for number in range(rng.choice([1, 1, 2])):
            end = day + rng.choice([45, 90, 150])
            clerk.tables["events"].append(
                event(f"E{clerk.whose}p{number}", clerk.whose, "payment_plan", day, day + rng.choice(LAG), detail=str(on(end)))
            )  # fmt: skip
            day += rng.choice([20, 60, 120])
    if rng.random() < 0.05:
        day = rng.randint(200, DAYS)
        kind = rng.choice(["insolvency", "insurer_claim", "legal_action"])
        clerk.tables["events"].append(event(f"E{clerk.whose}", clerk.whose, kind, day, day + 3))

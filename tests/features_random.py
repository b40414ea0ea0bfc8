"""Random ledgers that hold every odd case the contract allows: partial, early and excess payments, late bookings, credits."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from contracts.tables.raw import FINANCIALS
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
    statement,
    terms,
)

DAYS = 500
LINES = tuple(column.name for column in FINANCIALS.columns if column.nullable)
BELOW_ZERO = ("net_income", "equity", "ebit", "ebitda", "retained_earnings", "operating_cash_flow")
EVENTS = ("insolvency", "legal_action", "insurer_claim", "payment_plan", "external_rating")


def seeded(seed: int) -> Random:
    """A generator of test rows."""
    return Random(seed)  # noqa: S311 - rows of a test, not a secret


def random_book(
    rng: Random, customers: int, *, currencies: tuple[str, ...] = ("EUR", "USD")
) -> Tables:
    """A portfolio of so many customers over 500 days, every table filled."""
    names = [f"C{number:03}" for number in range(customers)]
    tables: Tables = {
        name: []
        for name in (
            "customers", "invoices", "payments", "disputes", "credit_terms", "events", "financials", "attributes",
        )
    }  # fmt: skip
    for name in names:
        home = rng.choice(currencies)
        tables["customers"].append(
            customer(
                name,
                industry=rng.choice(["C", "F", None]),
                currency=home,
                parent_id=rng.choice([None, names[0]]),
                onboarded_on=on(rng.randint(-400, DAYS)),
            )
        )
        _documents(rng, tables, name, home, currencies)
        _records(rng, tables, name)
    if len(currencies) > 1:
        tables["fx_rates"] = [
            {"currency": "USD", "rate_on": on(day), "rate": Decimal(rng.randint(70, 130)) / 100}
            for day in range(-1, DAYS + 40)
        ]
    tables["master_history"] = _history(Random(rng.randint(0, 2**32)), names)  # noqa: S311 - no secret
    return tables


def _history(rng: Random, names: list[str]) -> list[Row]:
    """Up to three versions of a customer's master record, each of which may leave a column out."""
    return [
        {
            "customer_id": name, "known_on": on(day), "country": rng.choice([None, "DE", "FR"]), "industry": rng.choice([None, "C", "F"]),
            "legal_form": rng.choice([None, "ltd", "in liquidation"]), "parent_id": rng.choice([None, name, rng.choice(names)]),
            "is_natural_person": None,
        }
        for name in names
        for day in rng.sample(range(-400, DAYS), rng.randint(0, 3))
    ]  # fmt: skip


def _documents(
    rng: Random, tables: Tables, whose: str, home: str, currencies: tuple[str, ...]
) -> None:
    for number in range(rng.randint(0, 9)):
        name = f"{whose}-{number}"
        issued = rng.randint(0, DAYS)
        cents = rng.randint(1, rng.choice([500, 200_000, 200_000]))
        row = invoice(
            name,
            whose,
            issued,
            str(Decimal(cents) / 100),
            kind="credit_note" if rng.random() < 0.15 else "invoice",
            currency=home if rng.random() < 0.9 else rng.choice(currencies),
            due_on=issued + rng.choice([0, 14, 30, 60]),
            booked_at=issued + rng.choice([0, 0, 1, 5, 80]),
        )
        if row["kind"] == "credit_note":
            # of an earlier invoice, perhaps another customer's, or of one that was never delivered
            row["credits"] = rng.choice([None, f"{whose}-{max(number - 1, 0)}", "C000-0", "?"])
            row["due_on"] = rng.choice([None, row["due_on"]])
        tables["invoices"].append(row)
        for part in range(rng.choice([0, 1, 1, 1, 2, 3])):
            _payment(rng, tables, f"P{name}-{part}", name, (issued, cents))
    for number in range(rng.choice([0, 0, 1, 2])):
        _payment(rng, tables, f"A{whose}-{number}", None, (rng.randint(0, DAYS), 30_000), whose)
    for case in tables["invoices"]:
        if case["customer_id"] == whose:
            _disputes(rng, tables, case)


def _payment(
    rng: Random,
    tables: Tables,
    name: str,
    of: str | None,
    billed: tuple[int, int],
    whose: str | None = None,
) -> None:
    """A payment of an invoice of so many cents issued on that day, or on account, with what often follows it."""
    issued, cents = billed
    paid = issued + rng.choice([rng.randint(-20, 10), rng.randint(0, 200), rng.randint(0, 200)])
    share = rng.choice([0.3, 0.5, 0.97, 0.98, 0.9875, 0.996, 1.0, 1.0, 1.0, 1.2])
    amount = str(Decimal(max(1, int(cents * share))) / 100)
    booked = paid + rng.choice([0, 0, 1, 3, -2])
    own = {"customer_id": whose}
    tables["payments"].append(payment(name, of, paid, amount, booked, **own))
    for kind, chance in (("discount", 0.15), ("fee", 0.15), ("reversal", 0.2)):
        if rng.random() < chance:
            more = {"kind": kind, **own}
            value = amount if kind == "reversal" else str(Decimal(max(1, cents // 50)) / 100)
            later = paid + rng.choice([-1, 0, 1, 7, 40])
            tables["payments"].append(
                payment(f"{name}{kind[0]}", of, later, value, later + rng.choice([0, 0, 2]), **more)
            )


def _disputes(rng: Random, tables: Tables, of: Row) -> None:
    issued = (of["issued_on"] - START).days
    for case in range(rng.choice([0, 0, 0, 1, 2])):
        opened = issued + rng.randint(0, 150)
        closed = rng.choice([None, opened + rng.randint(0, 90)])
        tables["disputes"].append(dispute(f"Q{of['invoice_id']}-{case}", of["invoice_id"], opened, closed))  # fmt: skip


def _records(rng: Random, tables: Tables, whose: str) -> None:
    for day in sorted(rng.sample(range(-50, DAYS), rng.randint(0, 3))):
        limit = rng.choice([None, str(rng.randint(1, 3_000))])
        agreed = rng.choice([None, (14, "0.02"), (10, "0.03"), (30, "0")])
        discount = (
            {}
            if agreed is None
            else {"discount_days": agreed[0], "discount_rate": Decimal(agreed[1])}
        )
        tables["credit_terms"].append(terms(whose, day, limit) | discount)
    for number in range(rng.randint(0, 3)):
        kind = rng.choice(EVENTS)
        day = rng.randint(0, DAYS)
        detail = {
            "payment_plan": str(on(day + 60)),
            "external_rating": rng.choice(["BB+", "A", "?"]),
        }
        tables["events"].append(
            event(
                f"E{whose}-{number}",
                whose,
                kind,
                day,
                day + rng.randint(0, 20),
                detail=detail.get(kind),
            )
        )
    for year in rng.sample((2019, 2020, 2021, 2022), rng.randint(0, 4)):
        for version in range(rng.choice([1, 1, 2])):
            tables["financials"].append(_statement(rng, whose, year, version))
    for day in rng.sample(range(-50, DAYS), rng.randint(0, 3)):
        tables["attributes"].append(
            {
                "customer_id": whose,
                "known_on": on(day),
                "employees": rng.choice([None, float(rng.randint(0, 99))]),
                "region": rng.choice([None, "north", "south"]),
            }
        )


def _statement(rng: Random, whose: str, year: int, version: int) -> Row:
    published = date(year + 1, 1, 1) + timedelta(days=200 * version + rng.randint(0, 190))
    lines = {
        name: rng.randint(-500 if name in BELOW_ZERO else 0, 1_000)
        for name in LINES
        if rng.random() < 0.9
    }
    months = rng.choice([6, 12, 12, 12])
    return statement(whose, date(year, 12, 31), published, months=months, **lines)


def month_ends(count: int = 16) -> list[date]:
    """Month-ends of the test world, from January 2022."""
    firsts = [date(2022 + month // 12, month % 12 + 1, 1) for month in range(1, count + 1)]
    return [first - timedelta(days=1) for first in firsts]


def shuffled(rng: Random, tables: Tables) -> Tables:
    """The same rows in another order."""
    return {name: rng.sample(rows, len(rows)) for name, rows in tables.items()}

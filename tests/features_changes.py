"""Builds kept up to date on a folder, and what may happen to a book between two of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import ibis
import pandas as pd
import pyarrow as pa

from contracts.config.features import FeaturesConfig
from features.engine.backend import keep
from features.engine.programs import keep_programs
from features.refresh.fingerprint import fingerprints
from features.refresh.incremental import Refreshed, refresh
from features.refresh.record import Shelf
from tests.features_books import (
    Row,
    Tables,
    customer,
    dispute,
    engine,
    event,
    invoice,
    on,
    payment,
    portfolio,
    terms,
)

Asked = list[tuple[str, date]]
Pairs = set[tuple[str, date]]


def shelf(root: Path) -> Shelf:
    """Where builds under `root` lie."""
    return Shelf(root / "features", root / "known")


def _cohort(asked: Sequence[tuple[str, date]]) -> ibis.Table:
    names, days = zip(*asked, strict=True)
    frame = pd.DataFrame({"customer_id": names, "as_of": days})
    return ibis.memtable(frame, schema={"customer_id": "string", "as_of": "date"})


def refreshed(
    tables: Mapping[str, list[Row]], asked: Asked, root: Path, *families: str
) -> Refreshed:
    """Brings the build under `root` up to date with the rows; its queries are played as those of a stage are."""
    config, choice = portfolio(), FeaturesConfig(families=families)
    with engine(tables, config) as (con, loaded):
        keep_programs(con, root.parent / f"programs of {root.name}")
        return refresh(con, loaded, _cohort(asked), config, choice, shelf(root))


def content(root: Path) -> dict[str, bytes]:
    """Every file under `root`, by its path there."""
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def known(tables: Mapping[str, list[Row]], asked: Asked) -> pa.Table:
    """The fingerprints of the observations, from all tables there are."""
    config = portfolio()
    with engine(tables, config) as (con, loaded):
        found = keep(con, "found", fingerprints(con, loaded, _cohort(asked), config))
        return con.to_pyarrow(found.order_by(["customer_id", "as_of"]))


def marks(table: pa.Table) -> dict[tuple[str, date], int]:
    """The fingerprint of each observation."""
    rows = table.to_pylist()
    return {(row["customer_id"], row["as_of"]): row["fingerprint"] for row in rows}


def changed(before: Mapping[tuple[str, date], int], after: Mapping[tuple[str, date], int]) -> Pairs:
    """The observations of `after` that have no such fingerprint in `before`."""
    return {pair for pair, mark in after.items() if before.get(pair) != mark}


def later(rng: Random, tables: Tables, days: Sequence[date]) -> Tables:
    """The same book at the next delivery: bookings, corrections, deletions and new customers, a few customers each."""
    book = deepcopy(tables)
    names = [row["customer_id"] for row in book["customers"]]
    touched = rng.sample(names, 5)
    documents = [row for row in book["invoices"] if row["customer_id"] in touched]
    for number in range(2):
        of = rng.choice(documents)["invoice_id"]
        value, booked = sorted(rng.sample(range(500), 2))
        book["payments"].append(payment(f"L{number}", of, value, "12.34", booked=booked))
        book["invoices"].append(invoice(f"N{number}", touched[number], value, "99.90", booked_at=booked))  # fmt: skip
    _corrected(rng, book, touched)
    for table in ("payments", "events", "disputes"):
        if book[table]:
            book[table].remove(rng.choice(book[table]))
    if "fx_rates" in book:
        eve = rng.choice(days[1:]) - timedelta(days=1)
        for row in book["fx_rates"]:
            row["rate"] += Decimal("0.01") if row["rate_on"] == eve else 0
    book["customers"].append(customer("NEW", parent_id=rng.choice([None, names[0]]), onboarded_on=on(300)))  # fmt: skip
    book["invoices"].append(invoice("NEW-1", "NEW", 310, "500"))
    return book


def _corrected(rng: Random, book: Tables, touched: Sequence[str]) -> None:
    """One row of each kind put right, of the customers touched where they have one."""
    own = [row for row in book["customers"] if row["customer_id"] in touched]
    own[0]["industry"] = rng.choice(["F", "G", None])
    own[1]["parent_id"] = rng.choice([None, own[2]["customer_id"]])
    document = rng.choice(book["invoices"])
    document["amount"] += 1
    case = dispute("QN", document["invoice_id"], 100, rng.choice([None, 200, 400]))
    book["disputes"].append(case)
    for case in book["disputes"][:1]:
        case["closed_on"] = case["opened_on"] + timedelta(days=rng.randint(0, 90))
    book["credit_terms"].append(terms(touched[3], -99, "750"))
    book["events"].append(event("EN", touched[4], "legal_action", 50, rng.randint(60, 400)))
    if book["financials"]:
        row = dict(rng.choice(book["financials"]))
        row["published_on"] += timedelta(days=rng.randint(1, 100))
        row["net_income"] = Decimal(-77)
        if row not in book["financials"]:
            book["financials"].append(row)


def rich(name: str, currency: str = "EUR") -> Tables:
    """One customer of every kind of row, each of which shows in some feature at the end of 2022 or soon after."""
    lines = {
        "revenue": 5_000, "cogs": 2_000, "gross_profit": 3_000, "ebitda": 900, "ebit": 700, "depreciation": 200,
        "interest_expense": 90, "net_income": 400, "operating_cash_flow": 650, "total_assets": 4_000,
        "current_assets": 1_500, "cash": 300, "receivables": 600, "inventory": 350, "total_liabilities": 2_500,
        "current_liabilities": 800, "long_term_debt": 1_100, "equity": 1_500, "retained_earnings": 700,
        "market_value": 2_100,
    }  # fmt: skip
    statements = [
        {
            "customer_id": name, "period_end": date(2018 + year, 12, 31), "published_on": date(2019 + year, 7, 1),
            "months": 12, "currency": currency,
            **{line: Decimal(value + 37 * year * year) for line, value in lines.items()},
        }
        for year in range(4)
    ]  # fmt: skip
    documents = [
        invoice(f"{name}-1", name, 40, "1000"),
        invoice(f"{name}-2", name, 60, "800"),
        invoice(f"{name}-3", name, 90, "300", kind="credit_note"),
        invoice(f"{name}-4", name, 200, "600"),
        invoice(f"{name}-5", name, 210, "450"),
        invoice(f"{name}-6", name, 215, "100"),
        invoice(f"{name}-7", name, 215, "100"),
    ]
    return {
        "customers": [customer(name, currency=currency, parent_id=f"{name}+")],
        "master_history": [
            {"customer_id": name, "known_on": on(-40), "country": "DE", "industry": "C", "legal_form": "ltd", "parent_id": f"{name}+", "is_natural_person": False},
            {"customer_id": name, "known_on": on(170), "country": "FR", "industry": "F", "legal_form": "plc", "parent_id": name, "is_natural_person": True},
        ],
        "invoices": [row | {"currency": currency} for row in documents],
        "payments": [
            payment(f"P{name}-1", f"{name}-1", 100, "700"),
            payment(f"P{name}-2", f"{name}-2", 85, "800"),
            payment(f"P{name}-3", f"{name}-1", 220, "300"),
            # in time for the discount and short by more than it; short by it and two days late
            payment(f"P{name}-6", f"{name}-6", 225, "95"),
            payment(f"P{name}-7", f"{name}-7", 231, "98"),
        ],
        "disputes": [
            dispute(f"Q{name}-1", f"{name}-4", 230, 260),
            dispute(f"Q{name}-2", f"{name}-5", 250),
        ],
        "credit_terms": [
            terms(name, -30, "2000") | {"insured_limit": Decimal(900), "insured_share": Decimal("0.8")},
            terms(name, 190, "900", 45)
            | {"insured_limit": Decimal(400), "insured_share": Decimal("0.7")}
            | {"discount_days": 14, "discount_rate": Decimal("0.02")},
        ],
        "events": [
            event(f"E{name}-1", name, "insolvency", 120, 130),
            event(f"E{name}-2", name, "payment_plan", 225, 241, detail=str(on(270))),
            event(f"E{name}-3", name, "external_rating", 150, detail="BB+"),
        ],
        "financials": statements,
        "attributes": [
            {"customer_id": name, "known_on": on(day), "employees": float(day), "region": "north"}
            for day in (10, 160)
        ],
    }  # fmt: skip

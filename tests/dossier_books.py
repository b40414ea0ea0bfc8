"""A book of six customers whose every figure can be reckoned by hand, and their dossiers and pages.

A is the head of a group, has everything, and owes; B belongs to it and is billed in dollars; C has an open credit;
D is insolvent; E was never billed; F has a hostile name, and nothing else is known of it.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from contracts.config.decisions import RateConfig
from contracts.config.engine import EngineConfig
from contracts.config.params import Params
from contracts.config.scale import ScaleConfig
from contracts.documents.checks import Checks
from contracts.documents.customer import Customers, NoScore
from contracts.files import write_json
from contracts.tables.derived import (
    EXPLANATIONS,
    LINEAGE,
    PILLARS,
    PORTFOLIO,
    REASONS_TABLE,
    SCORED_TEST,
)
from contracts.tables.ledger import CREDITS, ITEMS, POSITION, TRADING
from contracts.tables.raw import RAW_TABLES
from contracts.tables.store import write_table
from decisions.dossier.dossier import Shelf, dossiers
from decisions.facts.book import Book
from decisions.rating import rate
from decisions.summary import Heading
from features.engine.backend import checked, connected, opened
from features.labels.absence import absences
from features.matrix.items import items
from pipelines.settings import Settings
from tests.features_books import portfolio
from tests.positions import written
from tests.unit.decisions.conftest import AS_OF, book_maker

HOSTILE = '<script>alert(1)</script> =HYPERLINK("x") \u202ekcab'
CHANCE = {"A": 0.03, "B": 0.20, "C": 0.01, "F": 0.02}
HISTORY = {"A": [(date(2025, 10, 31), 0.02), (date(2025, 11, 30), 0.025)]}
CUSTOMERS: list[dict[str, Any]] = [
    {"customer_id": "A", "name": "Alpha & Söhne", "country": "DE", "industry": "retail", "founded_on": date(1990, 5, 1)},
    {"customer_id": "B", "name": "Beta Inc", "country": "US", "industry": "retail", "parent_id": "A", "currency": "USD"},
    {"customer_id": "C", "name": "Gamma", "country": "ZZ", "industry": "NACE 4711"},
    {"customer_id": "D", "name": "Delta", "country": "FR", "industry": "retail", "parent_id": "A"},
    {"customer_id": "E", "name": "Epsilon", "country": "FR", "industry": None},
    {"customer_id": "F", "name": HOSTILE, "country": "CN", "industry": None, "is_natural_person": True},
]  # fmt: skip
INVOICES: list[dict[str, Any]] = [
    # paid ten days late, in two parts
    {"invoice_id": "A1", "customer_id": "A", "issued_on": date(2025, 9, 1), "due_on": date(2025, 10, 1), "amount": 1000},
    # 41 days past due, 300 paid, in dispute
    {"invoice_id": "A2", "customer_id": "A", "issued_on": date(2025, 10, 21), "due_on": date(2025, 11, 20), "amount": 900},
    {"invoice_id": "A3", "customer_id": "A", "issued_on": date(2025, 12, 10), "due_on": date(2026, 1, 9), "amount": 250.50},
    # booked on the day of decision: not known
    {"invoice_id": "A4", "customer_id": "A", "issued_on": AS_OF, "due_on": date(2026, 1, 30), "amount": 7777},
    {"invoice_id": "B1", "customer_id": "B", "issued_on": date(2025, 12, 1), "due_on": date(2025, 12, 21), "amount": 200, "currency": "USD"},
    {"invoice_id": "C1", "customer_id": "C", "issued_on": date(2025, 12, 1), "due_on": date(2025, 12, 11), "amount": 500},
    {"invoice_id": "C2", "customer_id": "C", "issued_on": date(2025, 12, 5), "amount": 120, "kind": "credit_note"},
    {"invoice_id": "D1", "customer_id": "D", "issued_on": date(2025, 11, 1), "due_on": date(2025, 12, 1), "amount": 5000},
]  # fmt: skip
PAYMENTS: list[dict[str, Any]] = [
    {"payment_id": "P1", "invoice_id": "A1", "paid_on": date(2025, 9, 20), "amount": 250},
    {"payment_id": "P2", "invoice_id": "A1", "paid_on": date(2025, 10, 11), "amount": 750},
    {"payment_id": "P3", "invoice_id": "A2", "paid_on": date(2025, 10, 25), "amount": 300},
    {"payment_id": "P4", "invoice_id": "A2", "paid_on": date(2025, 10, 26), "amount": 100},
    {"payment_id": "P5", "invoice_id": "A2", "paid_on": date(2025, 11, 2), "amount": 100, "kind": "reversal"},
]  # fmt: skip
TABLES: dict[str, list[dict[str, Any]]] = {
    "customers": CUSTOMERS,
    "invoices": INVOICES,
    "payments": PAYMENTS,
    "credit_terms": [
        {"customer_id": "A", "valid_from": date(2025, 1, 1), "credit_limit": 800, "insured_limit": 500, "insured_share": 0.9},
    ],
    "disputes": [
        {"dispute_id": "Q1", "invoice_id": "A2", "opened_on": date(2025, 12, 1), "reason": "quality"},
        {"dispute_id": "Q2", "invoice_id": "A1", "opened_on": date(2025, 9, 5), "closed_on": date(2025, 9, 9), "reason": None},
    ],
    "financials": [
        {"customer_id": "A", "period_end": date(2023, 12, 31), "published_on": date(2024, 6, 1), "revenue": 9000, "net_income": 50,
         "total_assets": 4000, "total_liabilities": 3000},
        {"customer_id": "A", "period_end": date(2024, 12, 31), "published_on": date(2025, 5, 1), "revenue": 8000, "net_income": -70,
         "total_assets": 5000, "equity": 1500},
        # restated: the later version counts
        {"customer_id": "A", "period_end": date(2024, 12, 31), "published_on": date(2025, 9, 1), "revenue": 8100, "net_income": -75,
         "total_assets": 5000, "equity": 1250},
        # published on the day of decision: not known
        {"customer_id": "A", "period_end": date(2025, 6, 30), "published_on": AS_OF, "revenue": 1, "total_assets": 1, "equity": 1},
    ],
    "events": [
        {"event_id": "E1", "customer_id": "A", "kind": "legal_action", "occurred_on": date(2025, 11, 3), "known_on": date(2025, 11, 9), "amount": 400},
        {"event_id": "E2", "customer_id": "D", "kind": "insolvency", "occurred_on": date(2025, 12, 15), "known_on": date(2025, 12, 18)},
    ],
    "fx_rates": [
        {"currency": "USD", "rate_on": date(2025, 12, 29), "rate": 0.75},
        {"currency": "USD", "rate_on": AS_OF, "rate": 99},
    ],
}  # fmt: skip
DESCRIBED = ("A", "B", "C", "D", "E", "F")


def written_book(folder: Path, **without: None) -> dict[str, Path]:
    """The tables of the book as files; those named are left out."""
    return written(folder, **{name: rows for name, rows in TABLES.items() if name not in without})


def described(folder: Path, **without: None) -> Customers:
    """The dossiers of all of them."""
    tables = written_book(folder, **without)
    book: Book = book_maker(folder)(tables, CHANCE)
    scale, rules, engine = ScaleConfig(), RateConfig(), EngineConfig(threads=2)
    rated = rate(book, scale, rules)
    asked = portfolio()
    with connected(engine, folder / "spill") as con:
        read = {name: checked(opened(con, path, name), RAW_TABLES[name]) for name, path in tables.items()}  # fmt: skip
        ledger = items(con, read, asked, AS_OF)
        why = absences(con, read, asked, AS_OF, [one for one in DESCRIBED if one not in CHANCE])
    shelf = Shelf(
        as_of=AS_OF,
        currency="EUR",
        customers=pd.read_parquet(tables["customers"]),
        book=rated,
        rated=rated,
        explanations=_explanations(book),
        reasons=_reasons(book),
        history=_history(rated),
        moved=_moved(),
        owing=book.position[book.position["as_of"] == pd.Timestamp(AS_OF)],
        position=book.position,
        trading=book.trading,
        items=ledger[0].cast(ITEMS.arrow_schema()).to_pandas(date_as_object=False),
        credit=ledger[1].cast(CREDITS.arrow_schema()).to_pandas(),
        tables=tables,
        delivered=tuple(tables),
    )
    unscored = {one: NoScore(why=said, on=on) for one, (said, on) in why.items()}
    return dossiers(DESCRIBED, shelf, Heading("small", "A small book", 12), (scale, rules, engine), unscored)  # fmt: skip


def _explanations(book: Book) -> pd.DataFrame:
    return book.explanations.assign(
        unit="days",
        wording_en="days late",
        wording_zh="逾期天数",
        value=7.0,
        typical=1.0,
        value_text="7",
        typical_text="1",
    )


def _reasons(book: Book) -> pd.DataFrame:
    said = {
        "strength": ("Cash: 9; others: 2.", "现金：9；其他：2。", 6.0),
        "context": ("Country: Germany", "国家：德国", -8.0),
    }
    more = [
        {"customer_id": "A", "as_of": pd.Timestamp(AS_OF), "rank": 2 + place, "role": role,
         "sentence_en": english, "sentence_zh": chinese, "points": points}
        for place, (role, (english, chinese, points)) in enumerate(said.items())
    ]  # fmt: skip
    return pd.concat([book.reasons.assign(points=-9.0), pd.DataFrame(more)], ignore_index=True)


def _moved() -> pd.DataFrame:
    """Why A moved since October: 30 points down, in three parts that each lose a hundredth in print."""
    rows = [
        ("behaviour", "credit_record", -20.04, 3.0, 9.0, "3", "9", "days late", "逾期天数"),
        ("context", "customer_country", -10.04, np.nan, np.nan, "FR", "DE", "country", "国家"),
        ("others", None, -0.04, np.nan, np.nan, None, None, None, None),
    ]
    names = ["kind", "feature", "points", "value_then", "value_now", "value_then_text", "value_now_text", "wording_en", "wording_zh"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=names)
    return frame.assign(
        subject=["lateness", "country", None],
        unit=["days", "category", None],
        customer_id="A",
        since=pd.Timestamp("2025-10-31"),
        rank=[1, 2, 3],
    )


def _history(rated: pd.DataFrame) -> pd.DataFrame:
    past = [
        {"customer_id": one, "as_of": pd.Timestamp(day), "pd": chance}
        for one, days in HISTORY.items()
        for day, chance in days
    ]
    return pd.concat([pd.DataFrame(past), rated[["customer_id", "as_of", "pd"]]], ignore_index=True)


def money(amount: float | str) -> Decimal:
    """An amount to the cent."""
    return Decimal(str(amount)).quantize(Decimal("0.01"))


def laid_out(folder: Path) -> Settings:
    """The book as the stages leave it on disk below a folder, and the settings that go with it."""
    (folder / "data" / "valid").mkdir(parents=True)
    tables = written_book(folder / "data" / "valid")
    book: Book = book_maker(folder)(tables, CHANCE)
    rated = rate(book, ScaleConfig(), RateConfig())
    data, past = folder / "data", _history(rated)
    write_table(rated, data / "scored/portfolio.parquet", PORTFOLIO)
    explained = _explanations(book).assign(phi=0.5).drop(columns=["unit", "wording_en", "wording_zh"])  # fmt: skip
    write_table(explained, data / "scored/explanations.parquet", EXPLANATIONS)
    write_table(_reasons(book).assign(feature="credit_record"), data / "scored/reasons.parquet", REASONS_TABLE)  # fmt: skip
    before = past[past["as_of"] < pd.Timestamp(AS_OF)]
    test = before.assign(defaulted=False, margin=0.0, pd_baseline=0.5)
    write_table(test, data / "scored/test.parquet", SCORED_TEST)
    write_table(book.position, data / "features/position.parquet", POSITION)
    write_table(book.trading, data / "features/trading.parquet", TRADING)
    write_table(_lineage(), data / "features/lineage.parquet", LINEAGE)
    since = {"since": "2024-01-01", "until": "2024-12-01", "customers": 7, "industries": []}
    write_json(data / "model/reasons.json", {"healthy": since})
    write_json(data / "model/members.json", {})
    _moved().to_parquet(data / "scored/movements.parquet")
    Checks(rows=()).write(folder / "reports/checks.json")
    return Settings("small", Params(), portfolio(title="A small book", horizon_months=12))


def _lineage() -> pd.DataFrame:
    texts = {"wording_en": "days late", "wording_zh": "逾期天数", "reason_en": "", "reason_zh": "", "tables": "invoices"}  # fmt: skip
    kind = {"family": "x", "subject": "x", "role": "reason", "dtype": "number", "unit": "days"}
    country = {"position": 9, "feature": "customer_country", "pillar": PILLARS[3], "direction": 0, "speaks": 0, "is_change": False, "window_days": None, **kind, "unit": "category", **texts}  # fmt: skip
    rows = [
        {"position": place, "feature": name, "pillar": name, "direction": 1, "speaks": 1, "is_change": False, "window_days": None, **kind, **texts}
        for place, name in enumerate(PILLARS)
    ]  # fmt: skip
    return pd.DataFrame([*rows, country]).astype({"window_days": "Int64"})

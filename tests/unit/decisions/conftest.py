"""A ledger small enough to reckon by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from contracts.config.scale import ScaleConfig
from contracts.scale import exact_score
from contracts.tables.derived import PILLARS
from contracts.tables.raw import RAW_TABLES
from contracts.tables.store import write_table
from decisions.facts.book import Book

AS_OF = date(2025, 12, 31)
Write = Callable[..., dict[str, Path]]
MakeBook = Callable[..., Book]

DEFAULTS: dict[str, dict[str, Any]] = {
    "customers": {
        "name": "Ltd", "country": "DE", "industry": None, "legal_form": None, "is_natural_person": False,
        "founded_on": None, "onboarded_on": date(2015, 1, 1), "parent_id": None, "currency": "EUR",
    },
    "credit_terms": {
        "valid_from": date(2020, 1, 1), "credit_limit": None, "payment_terms_days": 30,
        "insured_limit": None, "insured_share": None,
    },
    "invoices": {"currency": "EUR", "kind": "invoice"},
    "payments": {},
    "disputes": {"closed_on": None, "reason": None},
    "financials": {"months": 12, "currency": "EUR"},
    "fx_rates": {},
}  # fmt: skip


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes tables by contract: rows as dicts, with what a test does not care for filled in."""

    def _write(**tables: list[dict[str, Any]]) -> dict[str, Path]:
        paths = {}
        for name, rows in tables.items():
            contract = RAW_TABLES[name]
            full = [dict.fromkeys(contract.column_names) | DEFAULTS[name] | row for row in rows]
            for row in full:
                for column in contract.columns:
                    value = row[column.name]
                    if column.kind in {"money", "rate"} and value is not None:
                        row[column.name] = Decimal(str(value))
                if name in {"invoices", "payments"} and row["booked_at"] is None:
                    row["booked_at"] = row["issued_on" if name == "invoices" else "paid_on"]
            paths[name] = tmp_path / f"{name}.parquet"
            write_table(
                pd.DataFrame(full, columns=list(contract.column_names)), paths[name], contract
            )
        return paths

    return _write


@pytest.fixture
def make_book() -> MakeBook:
    """A scored book whose explanations add up: three quarters of the distance from 600 are the credit record's."""

    def _make(tables: dict[str, Path], chance: dict[str, float], **more: Any) -> Book:
        ids = list(chance)
        scored = pd.DataFrame(
            {"customer_id": ids, "as_of": pd.Timestamp(AS_OF), "pd": list(chance.values())}
        )
        distance = exact_score(scored["pd"], ScaleConfig()) - 600.0
        weights = dict(zip(PILLARS, (0.75, 0.25, 0.0, 0.0), strict=True))
        explanations = pd.concat(
            scored[["customer_id", "as_of"]].assign(
                feature=pillar, pillar=pillar, points=distance * weight
            )
            for pillar, weight in weights.items()
        )
        reasons = pd.DataFrame(
            {"customer_id": ids, "as_of": pd.Timestamp(AS_OF), "rank": 1,
             "sentence_en": [f"{one} paid late." for one in ids], "sentence_zh": [f"{one} 付款逾期。" for one in ids]}
        )  # fmt: skip
        given = {
            "scored": scored,
            "explanations": explanations,
            "reasons": reasons,
            "tables": tables,
            "currency": "EUR",
        }
        return Book(**(given | more))

    return _make

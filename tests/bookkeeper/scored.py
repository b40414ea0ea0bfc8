"""A book of everyday customers with a PD each, as `rate` takes it: credit files beside the ledger, some customers without a score."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random

import pandas as pd

from contracts.calendar import COMPARED_MONTHS, months_back, position_days
from contracts.config.portfolio import PortfolioConfig
from contracts.config.scale import ScaleConfig
from contracts.scale import exact_score
from contracts.tables.derived import PILLARS
from decisions.facts.book import Book
from features.matrix.position import position
from features.matrix.trading import trading
from tests.bookkeeper.books import everyday_book
from tests.features_books import Row, Tables, engine, portfolio, statement, write

AS_OF = date(2023, 6, 1)
THEN = months_back(AS_OF, COMPARED_MONTHS)
ODDS = ("0.0005", "0.02", "0.3")
"""PDs that lie on the bound of a grade."""


@dataclass(frozen=True, slots=True)
class Scored:
    """The rows of a book, and the PD of each customer now and three months ago; not everybody has one."""

    tables: Tables
    now: Mapping[str, Decimal]
    then: Mapping[str, Decimal]
    config: PortfolioConfig


def scored(rng: Random, customers: int, book: Callable[[Random, int], Tables] = everyday_book) -> Scored:  # fmt: skip
    """A book with statements, insurance and industries."""
    tables = book(rng, customers)
    tables["financials"] = []
    for number, row in enumerate(tables["customers"]):
        row["industry"] = None if number % 9 == 0 else f"trade {number % 13:02}"
        tables["financials"] += _statements(rng, row["customer_id"])
    for row in tables["credit_terms"]:
        row["payment_terms_days"] = rng.choice([0, 14, 30, 30, 60])
        if rng.random() < 0.3:
            row |= {"insured_limit": Decimal(rng.choice([500, 5_000])), "insured_share": Decimal(rng.choice(["0.5", "0.9", "1"]))}  # fmt: skip
    names = [row["customer_id"] for row in tables["customers"]]
    now = {name: _pd(rng) for number, name in enumerate(names) if number % 8}
    then = {name: _pd(rng) for number, name in enumerate(names) if (number + 3) % 11}
    return Scored(tables, now, then, portfolio())


def _pd(rng: Random) -> Decimal:
    drawn = Decimal(str(round(10 ** rng.uniform(-4, -0.15), 5)))
    return Decimal(rng.choice(ODDS)) if rng.random() < 0.1 else drawn


def _statements(rng: Random, whose: str) -> list[Row]:
    """None, or one that says equity, what it follows from, or turnover alone; some too old, some not yet published, some of half a year."""
    if rng.random() < 0.4:
        return []
    equity = rng.choice([-5_000, 0, 4_000, 30_000, 400_000])
    lines = rng.choice(
        [{"equity": equity}, {"total_assets": 500_000, "total_liabilities": 500_000 - equity}, {"total_assets": 500_000}, {"revenue": rng.choice([40_000, 900_000, 0, -700])}]
    )  # fmt: skip
    period = rng.choice([date(2020, 12, 31), date(2021, 12, 31), date(2022, 12, 31)])
    published = rng.choice([date(2023, 4, 30), date(2023, 4, 30), date(2023, 8, 1)])
    row = statement(whose, period, published, months=rng.choice([12, 12, 6]), **lines)
    return [row | {"currency": rng.choice(["EUR", "EUR", "USD"])}]


def as_book(
    folder: Path,
    tables: Tables,
    config: PortfolioConfig,
    pds: Mapping[date, Mapping[str, Decimal | float]],
) -> Book:
    """Writes the tables, and computes position and trading record; explanations add up, and are the credit record's alone.

    Args:
        folder: for the tables.
        tables: rows of the raw contract.
        config: of the portfolio.
        pds: by day of decision and customer.
    """
    write(folder, tables, config)
    as_of = max(pds)
    with engine(tables, config) as (con, loaded):
        owed = position(con, loaded, config, position_days(pds))
        traded = trading(con, loaded, config, [as_of])
    rows = [(name, pd.Timestamp(day), float(chance)) for day, of in pds.items() for name, chance in of.items()]  # fmt: skip
    scores = pd.DataFrame(rows, columns=["customer_id", "as_of", "pd"])
    latest = scores[scores["as_of"] == pd.Timestamp(as_of)]
    key = latest[["customer_id", "as_of"]]
    distance = exact_score(latest["pd"], ScaleConfig()) - 600.0
    weights = dict(zip(PILLARS, (1.0, 0.0, 0.0, 0.0), strict=True))
    parts = [
        key.assign(feature=pillar, pillar=pillar, points=distance * weight)
        for pillar, weight in weights.items()
    ]
    reasons = key.assign(rank=1, role="reason", sentence_en="Late.", sentence_zh="逾期。")
    return Book(
        scored=scores,
        explanations=pd.concat(parts),
        reasons=reasons,
        tables={name: folder / f"{name}.parquet" for name in tables},
        currency=config.reporting_currency,
        position=owed.to_pandas(date_as_object=False),
        trading=traded.to_pandas(date_as_object=False),
    )

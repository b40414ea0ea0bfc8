"""What a decision is made from: the scored book, why it scored so, and the tables of the portfolio."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from contracts.calendar import COMPARED_MONTHS, compared_days, months_back, position_days
from contracts.config.attributes import AttributeConfig
from contracts.config.engine import EngineConfig
from contracts.documents.told import Fact
from contracts.errors import ContractError
from decisions.facts.alerts import alarming, by_customer, happened, owed, stated
from decisions.facts.history import monthly_sales, trading
from decisions.facts.known import ENGINE, known_before
from decisions.facts.position import LONG_OVERDUE, Position, check_days, peaks, position_on
from decisions.facts.standing import grants, statements


def days_to_score(days: pd.Series[pd.Timestamp]) -> list[pd.Timestamp]:
    """`compared_days` of the `as_of` of a cohort, any order, with repeats.

    >>> days = pd.to_datetime(pd.Series(["2025-06-30", "2025-09-30", "2025-10-31", "2025-12-31"]))
    >>> [str(day.date()) for day in days_to_score(days)]
    ['2025-12-31', '2025-09-30']
    """
    return [pd.Timestamp(day) for day in compared_days(days.dt.date.unique())]


@dataclass(frozen=True, slots=True)
class Book:
    """The input of `decisions.rating.rate`.

    Attributes:
        scored: customer_id, as_of, pd; the newest as_of is decided, earlier ones are for comparison.
        explanations: customer_id, as_of, pillar, points of the newest as_of; those of one pillar are added.
        reasons: customer_id, as_of, rank, sentence_en, sentence_zh (contract REASONS_TABLE).
        tables: Parquet file of each valid table that the portfolio delivers.
        currency: reporting currency, ISO 4217.
        position: what is owed on the days that decisions read (contract POSITION).
        trading: how customers traded before the newest of them (contract TRADING).
        attributes: those that the portfolio declares; some have alarms.
        untold: customers of whom a default event was set aside, so that nobody knows whether they are in default.
    """

    scored: pd.DataFrame
    explanations: pd.DataFrame
    reasons: pd.DataFrame
    tables: Mapping[str, Path]
    currency: str
    position: pd.DataFrame
    trading: pd.DataFrame
    attributes: tuple[AttributeConfig, ...] = ()
    untold: frozenset[str] = frozenset()

    @property
    def as_of(self) -> date:
        """The day of decision: the newest of the scored book."""
        newest = self.scored["as_of"].max()
        if pd.isna(newest):
            raise ContractError(
                "The scored book is empty: there is nobody to decide on.",
                where="data/features/matrix.parquet",
                next_step="Check the cohort of the portfolio: `cohort` in its yaml.",
            )
        return pd.Timestamp(newest).date()

    @property
    def has_ledger(self) -> bool:
        """Whether the portfolio delivers invoices and payments."""
        return "invoices" in self.tables and "payments" in self.tables

    @property
    def has_statements(self) -> bool:
        """Whether the portfolio delivers financial statements."""
        return "financials" in self.tables

    def latest(self) -> pd.DataFrame:
        """The scored rows of the day of decision, sorted by customer."""
        rows = self.scored[self.scored["as_of"] == pd.Timestamp(self.as_of)]
        return rows.sort_values("customer_id", kind="stable", ignore_index=True)

    def said(self) -> pd.DataFrame:
        """What the model says of the day of decision: reasons and context."""
        return self.reasons[self.reasons["as_of"] == pd.Timestamp(self.as_of)]

    def earlier(self) -> pd.DataFrame | None:
        """The scored rows of the newest earlier day that is three months older or more; None without one."""
        days = days_to_score(self.scored["as_of"])
        if len(days) < 2:
            return None
        rows = self.scored[self.scored["as_of"] == days[1]]
        return rows.sort_values("customer_id", kind="stable", ignore_index=True)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the tables say of the book, as known before the day of decision; money in reporting currency.

    Attributes:
        customers: index customer_id of the latest book; exposure, overdue, disputed, peak_balance (Decimal, missing
            where there is nothing), billed_3m, billed_12m, best_paid_month, months_known, days_late, limit_current,
            insured_limit, insured_share, terms_current, equity, turnover, oldest_days, long_overdue (missing where not known).
        position: what every customer of the ledger owes, also those outside the book.
        monthly_sales: of the whole ledger, last twelve months, newest first.
        scored_sales: the same of the customers of the latest book.
        opening: the whole position three months before the day of decision, at the exchange rates of then.
        before: the whole position on the day of `Book.earlier`; None without one.
        alerts: by customer, what a controller must know; only customers that have any.
    """

    customers: pd.DataFrame
    position: Position
    monthly_sales: list[float]
    scored_sales: list[float]
    opening: Position
    before: Position | None
    alerts: Mapping[str, tuple[Fact, ...]]


def gather(
    book: Book, statement_months: int, engine: EngineConfig = ENGINE, *, event_months: int = 36
) -> Facts:
    """Reads the facts from the tables.

    Args:
        book: the scored book and where its tables are.
        statement_months: a statement whose period ended longer ago is not used.
        engine: threads and memory limit; neither changes a result.
        event_months: how long an event that is not final is told.

    Raises:
        ContractError: the scored book is empty, the position is another book's, or an invoice's currency has no rate.
    """
    as_of = book.as_of
    check_days(book.position, position_days(book.scored["as_of"].dt.date.unique()))
    position = position_on(book.position, as_of)
    index = pd.Index(book.latest()["customer_id"], name="customer_id")
    with known_before(as_of, book.tables, book.currency, engine) as connection:
        parts = [
            position.customers,
            peaks(book.position, as_of),
            trading(book.trading, as_of),
            grants(connection),
            statements(connection, as_of, statement_months),
        ]
        customers = pd.concat([part.reindex(index) for part in parts], axis=1)
        customers["long_overdue"] = customers[list(LONG_OVERDUE)].sum(axis=1, min_count=1)
        alarms = book.attributes if "attributes" in book.tables else ()
        alerts = by_customer(
            owed(customers),
            stated(connection),
            happened(connection, as_of, event_months),
            alarming(connection, alarms),
        )
    opening = position_on(book.position, months_back(as_of, COMPARED_MONTHS))
    before, earlier = None, book.earlier()
    if earlier is not None:
        compared = pd.Timestamp(earlier["as_of"].iloc[0]).date()
        before = position_on(book.position, compared)
    sales = monthly_sales(book.trading), monthly_sales(book.trading, list(index))
    return Facts(customers, position, *sales, opening, before, alerts)

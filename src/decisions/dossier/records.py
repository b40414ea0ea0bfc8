"""What the tables hold of some customers, as known before the day of decision: rows by customer, ready for a document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

import duckdb
import pandas as pd

from contracts.calendar import months_back
from contracts.documents.records import Dispute, Incident, PaidMonth, Statement, Terms

PAID_MONTHS = 24
MAX_STATEMENTS = 4
MAX_DISPUTES = 10
MAX_EVENTS = 15
Rows = Mapping[str, list[dict[str, Any]]]


def found(connection: duckdb.DuckDBPyConnection, query: str, **values: object) -> Rows:
    """The rows of a query by customer, each without its `customer_id`, in the query's order; none for a customer without any."""
    table = connection.execute(query, values) if values else connection.execute(query)
    names = [str(one[0]) for one in table.description or ()]
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for values_of_row in table.fetchall():
        row = dict(zip(names, values_of_row, strict=True))
        rows[row.pop("customer_id")].append(row)
    return rows


def paid_by_month(
    connection: duckdb.DuckDBPyConnection, as_of: date
) -> Mapping[str, tuple[PaidMonth, ...]]:
    """The calendar months of the last two years in which something was paid or returned, oldest first.

    Days late count from the due date of the invoice to the value date of the payment; a month's are weighted by amount.
    """
    since = months_back(as_of.replace(day=1), PAID_MONTHS)
    rows = found(connection, _PAID, since=since)
    return {one: tuple(PaidMonth(**row) for row in some) for one, some in rows.items()}


def statements(connection: duckdb.DuckDBPyConnection) -> Mapping[str, tuple[Statement, ...]]:
    """The newest version of the last statements, newest first; equity that is not reported follows where it can."""
    rows = found(connection, _STATEMENTS, most=MAX_STATEMENTS)
    return {one: tuple(Statement(**row) for row in some) for one, some in rows.items()}


def disputes(
    connection: duckdb.DuckDBPyConnection, as_of: date
) -> Mapping[str, tuple[Dispute, ...]]:
    """All cases, the open ones first, then the newest first."""
    rows = found(connection, _DISPUTES, as_of=as_of)
    return {one: tuple(Dispute(**row) for row in some) for one, some in rows.items()}


def events(connection: duckdb.DuckDBPyConnection) -> Mapping[str, tuple[Incident, ...]]:
    """All credit events, newest first."""
    rows = found(connection, _EVENTS)
    return {one: tuple(Incident(**row) for row in some) for one, some in rows.items()}


def granted(connection: duckdb.DuckDBPyConnection, grants: pd.DataFrame) -> Mapping[str, Terms]:
    """The terms in force.

    Args:
        connection: tables as known before the day of decision.
        grants: see `decisions.facts.standing.grants`.
    """
    since = {one: rows[0]["since"] for one, rows in found(connection, _SINCE).items()}
    return {
        str(one): Terms(
            since=since[str(one)],
            limit=_known(row["limit_current"]),
            terms_days=int(row["terms_current"]),
            insured_limit=_known(row["insured_limit"]),
            insured_share=None if pd.isna(row["insured_share"]) else float(row["insured_share"]),
        )
        for one, row in grants.to_dict(orient="index").items()
    }


def _known(value: Any) -> Any:
    return None if pd.isna(value) else value


_PAID = """
WITH booked AS (
    SELECT i.customer_id, CAST(date_trunc('month', p.paid_on) AS DATE) AS month, p.kind, p.amount * r.rate AS value,
        greatest(date_diff('day', coalesce(i.due_on, i.issued_on), p.paid_on), 0) AS late
    FROM payments p JOIN invoices i USING (invoice_id) JOIN rates r ON r.currency = i.currency
    WHERE i.kind = 'invoice' AND p.kind IN ('payment', 'reversal') AND p.paid_on >= $since
)
SELECT customer_id, month, count(*) FILTER (kind = 'payment') AS payments,
    CAST(round(coalesce(sum(value) FILTER (kind = 'payment'), 0), 2) AS DECIMAL(18, 2)) AS paid,
    CAST(round(coalesce(sum(value) FILTER (kind = 'payment' AND late > 0), 0), 2) AS DECIMAL(18, 2)) AS late,
    CAST(sum(value * late) FILTER (kind = 'payment') AS DOUBLE) / CAST(sum(value) FILTER (kind = 'payment') AS DOUBLE) AS days_late,
    count(*) FILTER (kind = 'reversal') AS returned
FROM booked GROUP BY ALL ORDER BY customer_id, month
"""
_STATEMENTS = """
WITH newest AS (
    SELECT *, coalesce(equity, total_assets - total_liabilities) AS own
    FROM financials
    QUALIFY row_number() OVER (PARTITION BY customer_id, period_end ORDER BY published_on DESC) = 1
)
SELECT customer_id, period_end, months, published_on, currency, revenue, ebitda, net_income, total_assets, cash,
    total_liabilities, CAST(own AS DECIMAL(18, 2)) AS equity,
    CASE WHEN total_assets > 0 THEN CAST(own AS DOUBLE) / CAST(total_assets AS DOUBLE) END AS equity_share
FROM newest
QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY period_end DESC) <= $most
ORDER BY customer_id, period_end DESC
"""
_DISPUTES = """
SELECT i.customer_id, d.invoice_id, d.opened_on, CASE WHEN d.closed_on < $as_of THEN d.closed_on END AS closed_on,
    d.reason, i.amount, i.currency
FROM disputes d JOIN invoices i USING (invoice_id)
ORDER BY i.customer_id, d.closed_on IS NOT NULL AND d.closed_on < $as_of, d.opened_on DESC, d.dispute_id
"""
_EVENTS = """
SELECT customer_id, occurred_on AS "on", known_on, kind, amount, detail
FROM events ORDER BY customer_id, occurred_on DESC, event_id
"""
_SINCE = "SELECT customer_id, max(valid_from) AS since FROM credit_terms GROUP BY ALL"

"""What customers owe on the day of decision: open balance, what is past due, and how old it is.

A payment clears at most what is open of its invoice; what it pays beyond that is a credit of the
customer. Open credits (credit notes, overpayments) are set off against the oldest items first: the raw
contract does not say which invoice a credit note belongs to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd

from decisions.facts.known import by_customer, known_before

BUCKETS = ("not_due", "1-30", "31-60", "61-90", "90+")
"""Ageing, by days past due."""
LONG_OVERDUE = ("31-60", "61-90", "90+")


@dataclass(frozen=True, slots=True)
class Position:
    """What was owed, by customer.

    Attributes:
        customers: index customer_id; columns exposure, overdue, disputed and one per bucket (Decimal, reporting
            currency). Only customers that owe something.
    """

    customers: pd.DataFrame

    def total(self, column: str) -> Decimal:
        """Sum over all customers, exact."""
        return sum(self.customers[column], Decimal(0))

    def ageing(self) -> dict[str, Decimal]:
        """Open balance by bucket; the buckets add up to the exposure."""
        return {bucket: self.total(bucket) for bucket in BUCKETS}


def position(as_of: date, tables: Mapping[str, Path], currency: str) -> Position:
    """The position on one day, from the tables' files (see `known_before`)."""
    with known_before(as_of, tables, currency) as connection:
        return position_of(connection, as_of)


def position_of(connection: duckdb.DuckDBPyConnection, as_of: date) -> Position:
    """The position from tables that hold only what was known before `as_of`."""
    connection.execute(_ITEMS)
    return Position(by_customer(connection, _POSITION, as_of=as_of))


# one row per document: open is what is left of an invoice, credit what the customer may set off
_ITEMS = """
CREATE OR REPLACE TEMP TABLE items AS
WITH paid AS (SELECT invoice_id, sum(amount) AS paid FROM payments GROUP BY invoice_id),
documents AS (
    SELECT d.invoice_id, d.customer_id, d.due_on, d.issued_on, d.kind = 'credit_note' AS is_credit,
        d.amount, coalesce(p.paid, 0) AS paid, r.rate
    FROM invoices d JOIN rates r USING (currency) LEFT JOIN paid p USING (invoice_id))
SELECT invoice_id, customer_id, due_on, issued_on, is_credit, rate,
    CAST(round(amount * rate, 2) AS DECIMAL(18, 2)) AS amount,
    CAST(round(CASE WHEN is_credit THEN 0 ELSE amount - least(paid, amount) END * rate, 2) AS DECIMAL(18, 2)) AS open,
    CAST(round(CASE WHEN is_credit THEN amount - paid ELSE greatest(paid - amount, 0) END * rate, 2) AS DECIMAL(18, 2)) AS credit
FROM documents
"""

# `over_n`: open items more than n days past due, after open credits have cleared the oldest
_POSITION = """
WITH disputed AS (
    SELECT DISTINCT invoice_id FROM disputes WHERE closed_on IS NULL OR closed_on >= $as_of),
aged AS (
    SELECT i.*, date_diff('day', due_on, $as_of) AS dpd, d.invoice_id IS NOT NULL AS is_disputed
    FROM items i LEFT JOIN disputed d USING (invoice_id)),
gross AS (
    SELECT customer_id, sum(credit) AS credit, sum(open) AS open,
        coalesce(sum(open) FILTER (dpd > 0), 0) AS over_0, coalesce(sum(open) FILTER (dpd > 30), 0) AS over_30,
        coalesce(sum(open) FILTER (dpd > 60), 0) AS over_60, coalesce(sum(open) FILTER (dpd > 90), 0) AS over_90,
        coalesce(sum(open) FILTER (is_disputed), 0) AS disputed
    FROM aged GROUP BY customer_id),
net AS (
    SELECT customer_id, disputed, greatest(open - credit, 0) AS open,
        greatest(over_0 - credit, 0) AS over_0, greatest(over_30 - credit, 0) AS over_30,
        greatest(over_60 - credit, 0) AS over_60, greatest(over_90 - credit, 0) AS over_90
    FROM gross)
SELECT customer_id,
    CAST(open AS DECIMAL(18, 2)) AS exposure, CAST(over_0 AS DECIMAL(18, 2)) AS overdue,
    CAST(least(disputed, open) AS DECIMAL(18, 2)) AS disputed,
    CAST(open - over_0 AS DECIMAL(18, 2)) AS not_due, CAST(over_0 - over_30 AS DECIMAL(18, 2)) AS "1-30",
    CAST(over_30 - over_60 AS DECIMAL(18, 2)) AS "31-60", CAST(over_60 - over_90 AS DECIMAL(18, 2)) AS "61-90",
    CAST(over_90 AS DECIMAL(18, 2)) AS "90+"
FROM net WHERE open > 0 ORDER BY customer_id
"""

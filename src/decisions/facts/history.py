"""How customers traded in the last twelve months: billing, and how late they paid."""

from __future__ import annotations

from datetime import date

import duckdb
import pandas as pd

from contracts.calendar import MONTHS, months_back
from decisions.facts.known import by_customer

YEAR_DAYS = 365
MAX_DAYS_LATE = 90
"""Later than this is a default, which the PD prices; it must not also be expected as a delay."""


def spans(as_of: date) -> pd.DataFrame:
    """The last twelve months as half-open spans [from_day, until_day); span 0 is the newest."""
    edges = [months_back(as_of, months) for months in range(MONTHS + 1)]
    frame = pd.DataFrame({"span": range(MONTHS), "from_day": edges[1:], "until_day": edges[:-1]})
    return frame.astype({"from_day": "datetime64[s]", "until_day": "datetime64[s]"})


def trading(connection: duckdb.DuckDBPyConnection, as_of: date) -> pd.DataFrame:
    """One row per customer with a document: what its trading record says.

    Columns (money in reporting currency, Decimal): `billed_3m`, `billed_12m`, invoices less credit notes by date of issue; `months_known`, months since the
    first invoice, 1 to 12; `best_paid_month`, the most that was paid of one month's invoices; and `days_late`, the
    amount-weighted days late, each counted up to 90, of the payments of 365
    days and of open items at today's age (missing where there are none).

    Args:
        connection: tables as known before `as_of`.
        as_of: the day of decision.
    """
    connection.register("spans", spans(as_of))
    connection.execute(_DAYS)
    connection.execute(_ITEMS)
    return by_customer(connection, _TRADING, as_of=as_of, year=YEAR_DAYS, most=MAX_DAYS_LATE)


def monthly_sales(connection: duckdb.DuckDBPyConnection) -> list[float]:
    """Invoices less credit notes of the whole book in each of the last twelve months, newest first; after `trading`."""
    rows = connection.execute(
        "SELECT coalesce(sum(CASE WHEN is_credit THEN -amount ELSE amount END), 0) "
        "FROM month_days LEFT JOIN items ON issued_on = day "
        "GROUP BY span ORDER BY span"
    ).fetchall()
    return [float(amount) for (amount,) in rows]


# one row per day: facts meet their month by equality, which is cheaper than by range
_DAYS = """
CREATE OR REPLACE TEMP TABLE month_days AS
SELECT span, CAST(unnest(generate_series(from_day, until_day - INTERVAL 1 DAY, INTERVAL 1 DAY)) AS DATE) AS day
FROM spans
"""

# one row per document: open is what is left of an invoice
_ITEMS = """
CREATE OR REPLACE TEMP TABLE items AS
WITH paid AS (SELECT invoice_id, sum(amount) AS paid FROM payments GROUP BY invoice_id)
SELECT d.invoice_id, d.customer_id, d.due_on, d.issued_on, d.kind = 'credit_note' AS is_credit, r.rate,
    CAST(round(d.amount * r.rate, 2) AS DECIMAL(18, 2)) AS amount,
    CAST(round(CASE WHEN d.kind = 'credit_note' THEN 0 ELSE d.amount - least(coalesce(p.paid, 0), d.amount) END * r.rate, 2)
        AS DECIMAL(18, 2)) AS open
FROM invoices d JOIN rates r USING (currency) LEFT JOIN paid p USING (invoice_id)
"""

_TRADING = """
WITH customers_known AS (SELECT DISTINCT customer_id FROM items),
billed AS (
    SELECT customer_id, span, sum(CASE WHEN is_credit THEN -amount ELSE amount END) AS billed,
        sum(CASE WHEN is_credit THEN 0 ELSE amount - open END) AS cleared
    FROM items JOIN month_days ON issued_on = day GROUP BY ALL),
billing AS (
    SELECT customer_id, sum(billed) AS billed_12m, coalesce(sum(billed) FILTER (span < 3), 0) AS billed_3m,
        max(cleared) AS best_paid_month FROM billed GROUP BY customer_id),
tenure AS (
    SELECT customer_id, min(issued_on) AS first_issued FROM items WHERE NOT is_credit GROUP BY customer_id),
lateness AS (
    SELECT i.customer_id, p.amount * i.rate AS weight, greatest(date_diff('day', i.due_on, p.paid_on), 0) AS days
    FROM payments p JOIN items i USING (invoice_id)
    WHERE NOT i.is_credit AND date_diff('day', p.paid_on, $as_of) <= $year
    UNION ALL
    SELECT customer_id, open AS weight, date_diff('day', due_on, $as_of) AS days
    FROM items WHERE open > 0 AND due_on < $as_of),
late AS (
    SELECT customer_id, CAST(sum(weight * least(days, $most)) AS DOUBLE) / CAST(sum(weight) AS DOUBLE) AS days_late
    FROM lateness GROUP BY customer_id HAVING sum(weight) > 0)
SELECT c.customer_id, CAST(coalesce(billed_3m, 0) AS DECIMAL(18, 2)) AS billed_3m, CAST(coalesce(billed_12m, 0) AS DECIMAL(18, 2)) AS billed_12m,
    CAST(coalesce(best_paid_month, 0) AS DECIMAL(18, 2)) AS best_paid_month,
    least(greatest(date_diff('day', first_issued, $as_of) / 30.4375, 1), 12) AS months_known, days_late
FROM customers_known c LEFT JOIN billing USING (customer_id)
    LEFT JOIN tenure USING (customer_id) LEFT JOIN late USING (customer_id)
ORDER BY customer_id
"""

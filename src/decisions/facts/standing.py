"""What was granted to customers and what their statements say, as known on the day of decision."""

from __future__ import annotations

from datetime import date

import duckdb
import pandas as pd

from decisions.facts.known import by_customer


def grants(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Credit terms in force, by customer: the last that began before the day of decision.

    Columns: limit_current, insured_limit (Decimal, reporting currency), insured_share (0..1), terms_current (days).
    Limits are in the customer's billing currency; one without a known rate is missing.
    """
    return by_customer(connection, _GRANTS)


def statements(
    connection: duckdb.DuckDBPyConnection, as_of: date, max_age_months: int
) -> pd.DataFrame:
    """The latest published statement, by customer: equity and a year's turnover (Decimal, reporting currency).

    Equity that is not reported follows from assets less liabilities, where both are.

    Args:
        connection: tables as known before `as_of`.
        as_of: the day of decision.
        max_age_months: a statement whose period ended longer ago says nothing of today.
    """
    return by_customer(connection, _STATEMENTS, as_of=as_of, months=max_age_months)


_GRANTS = """
SELECT t.customer_id,
    CAST(round(t.credit_limit * r.rate, 2) AS DECIMAL(18, 2)) AS limit_current,
    CAST(round(t.insured_limit * r.rate, 2) AS DECIMAL(18, 2)) AS insured_limit,
    CAST(t.insured_share AS DOUBLE) AS insured_share, CAST(t.payment_terms_days AS DOUBLE) AS terms_current
FROM credit_terms t JOIN customers c USING (customer_id) LEFT JOIN rates r USING (currency)
QUALIFY row_number() OVER (PARTITION BY t.customer_id ORDER BY t.valid_from DESC) = 1
ORDER BY t.customer_id
"""

_STATEMENTS = """
SELECT f.customer_id,
    CAST(round(coalesce(f.equity, f.total_assets - f.total_liabilities) * r.rate, 2) AS DECIMAL(18, 2)) AS equity,
    CAST(round(f.revenue * 12 / f.months * r.rate, 2) AS DECIMAL(18, 2)) AS turnover
FROM financials f JOIN rates r USING (currency)
WHERE f.period_end >= $as_of - to_months(CAST($months AS INTEGER)) AND f.months > 0
QUALIFY row_number() OVER (PARTITION BY f.customer_id ORDER BY f.period_end DESC, f.published_on DESC) = 1
ORDER BY f.customer_id
"""

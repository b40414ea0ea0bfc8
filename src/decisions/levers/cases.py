"""What is known of single customers that decides what may be asked of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd

from contracts.config.engine import EngineConfig
from decisions.facts.known import known_before
from decisions.facts.standing import grants
from decisions.levers.proposals import Case


def cases(
    ids: Sequence[str],
    tables: tuple[Mapping[str, Path], Collection[str]],
    ledger: tuple[pd.DataFrame, pd.DataFrame],
    asked: tuple[date, str],
    engine: EngineConfig,
) -> list[Case]:
    """The cases, in the order asked for.

    Args:
        ids: the customers.
        tables: Parquet file of each valid table, with their rows at least; and the names of those that the portfolio delivers.
        ledger: open items and open credits (contracts ITEMS and CREDITS).
        asked: the day of decision, and the reporting currency.
        engine: threads and memory.

    Raises:
        ContractError: an invoice is in a currency for which no rate was known.
    """
    files, delivered = tables
    as_of, currency = asked
    with known_before(as_of, files, currency, engine) as connection:
        rates: dict[str, Decimal] = dict(connection.execute(_RATES).fetchall())
        stated: dict[str, date] = dict(connection.execute(_STATED).fetchall())
        limits = grants(connection)["limit_current"].to_dict()
    items, credit = ledger
    own = {str(one): rows for one, rows in items.groupby("customer_id")}
    return [
        Case(
            customer_id=one,
            as_of=as_of,
            items=own.get(one, items.iloc[:0]),
            credit=_credit(credit[credit["customer_id"] == one]),
            rates=rates,
            limit=None if pd.isna(limits.get(one)) else limits[one],
            stated_until=stated.get(one),
            has_statements="financials" in delivered,
            has_events="events" in delivered,
        )
        for one in ids
    ]


def _credit(rows: pd.DataFrame) -> dict[str, Decimal]:
    return dict(zip(rows["currency"], rows["credit"], strict=True))


_RATES = "SELECT currency, rate FROM rates"
_STATED = "SELECT customer_id, max(period_end) FROM financials GROUP BY ALL"

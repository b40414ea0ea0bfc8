"""What single customers owe: the position of the day, and the documents it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd

from contracts.documents.records import Bucket, Credit, Item, Owed
from contracts.tables.ledger import BUCKETS
from decisions.loss import cents

MAX_ITEMS = 25
_NOTHING = Decimal("0.00")


def owed(
    ids: Sequence[str],
    position: pd.DataFrame,
    items: pd.DataFrame,
    credit: pd.DataFrame,
    rates: Mapping[str, Decimal],
) -> dict[str, Owed]:
    """By customer, what it owes.

    Args:
        ids: the customers.
        position: contract `POSITION` of the day; a customer that owes nothing has no row.
        items: contract `ITEMS`.
        credit: contract `CREDITS`.
        rates: by currency, units of the reporting currency.
    """
    of_day = {row["customer_id"]: row for row in position.to_dict(orient="records")}
    open_of = {str(one): rows for one, rows in items.groupby("customer_id")}
    credit_of = {str(one): rows for one, rows in credit.groupby("customer_id")}
    none = (items.iloc[:0], credit.iloc[:0])
    return {
        one: _owed(
            of_day.get(one, {}), open_of.get(one, none[0]), credit_of.get(one, none[1]), rates
        )
        for one in ids
    }


def _owed(
    row: Mapping[Any, Any],
    items: pd.DataFrame,
    credit: pd.DataFrame,
    rates: Mapping[str, Decimal],
) -> Owed:
    ordered = items.sort_values(["due_on", "invoice_id"], kind="stable")
    shown, rest = ordered.head(MAX_ITEMS), ordered.iloc[MAX_ITEMS:]
    left = sum((one * rates[of] for one, of in zip(rest["open"], rest["currency"], strict=True)), Decimal(0))  # fmt: skip
    peak = row.get("peak_balance")
    return Owed(
        **{
            name: row.get(name, _NOTHING) for name in ("balance", "exposure", "overdue", "disputed")
        },
        peak=None if peak is None or pd.isna(peak) else peak,
        oldest_days=int(row.get("oldest_days", 0)),
        buckets=tuple(Bucket(bucket=one, amount=row.get(one, _NOTHING)) for one in BUCKETS),
        items=tuple(_item(one) for one in shown.to_dict(orient="records")),
        n_items=len(items),
        rest=cents(left),
        credits=tuple(
            Credit(currency=currency, amount=amount)
            for currency, amount in zip(credit["currency"], credit["credit"], strict=True)
        ),
    )


def _item(row: Mapping[Any, Any]) -> Item:
    return Item(
        **{name: row[name] for name in ("invoice_id", "currency", "amount", "open")},
        issued_on=pd.Timestamp(row["issued_on"]).date(),
        due_on=pd.Timestamp(row["due_on"]).date(),
        days=int(row["days"]),
        is_disputed=bool(row["is_disputed"]),
        is_planned=bool(row["is_planned"]),
    )

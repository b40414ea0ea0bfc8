"""What a caller asks for by day, customer or word, as the tables hold it, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd

from contracts.errors import ConfigError, ContractError
from contracts.tables.derived import KEY

Day = str | date


def refuse_unknown(key: str, value: str, known: Iterable[str], *, where: str) -> None:
    """Whether a word is one of those known.

    Raises:
        ConfigError: it is not, with the nearest.
    """
    if value not in set(known):
        raise ConfigError.from_unknown(key, value, known, where=where)


def asked_rows(
    matrix: pd.DataFrame, as_of: Day | Iterable[Day] | None, customers: Sequence[str] | None
) -> pd.DataFrame:
    """The rows of the matrix that are asked for.

    Raises:
        ConfigError: an unknown customer, or a day that is none.
        ContractError: the matrix has no such row.
    """
    known, days = set(matrix["customer_id"]), [matrix["as_of"].max()]
    for name in customers or ():
        refuse_unknown("customer", name, known, where="explain(customers=...)")
    if as_of is not None:
        given = [as_of] if isinstance(as_of, str | date) else list(as_of)
        days = [pd.Timestamp(_day(one, "explain(as_of=...)")) for one in given]
    wanted = matrix["as_of"].isin(days)
    absent = sorted(set(days) - set(matrix["as_of"]))
    if customers is not None:
        wanted &= matrix["customer_id"].isin(list(customers))
    if absent or not wanted.any():
        raise ContractError(
            "The matrix has no row of these customers on these days.",
            where="explain(as_of=..., customers=...)",
            value=", ".join(str(day.date()) for day in absent or days),
            next_step="Days of decision are in the column as_of of data/features/matrix.parquet; a customer in default or "
            "no longer active has no row. For other days use `matrix(...)`.",
        )
    rows: pd.DataFrame = matrix[wanted].reset_index(drop=True)
    return rows


def asked_days(as_of: Day | Iterable[Day], complete_until: date) -> list[date]:
    """The days asked for, in order, each once; none later than the day after the last complete one.

    Raises:
        ConfigError: a day that is none, or lies past the data.
    """
    given = [as_of] if isinstance(as_of, str | date) else list(as_of)
    days = sorted({_day(one, "matrix(as_of=...)") for one in given})
    last = complete_until + timedelta(days=1)
    if not days or days[-1] > last:
        raise ConfigError(
            "A day of decision lies past the data." if days else "There is no day of decision.",
            where="matrix(as_of=...)",
            value=str(days[-1]) if days else None,
            next_step=f"Ask for days up to {last}: the tables are complete until {complete_until}.",
        )
    return days


def _day(value: Day, where: str) -> date:
    try:
        return pd.Timestamp(value).date()
    except (TypeError, ValueError) as error:
        raise ConfigError(
            "This is not a day.",
            where=where,
            value=repr(value)[:50],
            next_step='Write days as "2024-06-30" or as datetime.date.',
        ) from error


def questions(
    known: pd.DataFrame, days: Sequence[date], customers: Sequence[str] | None
) -> ir.Table:
    """customer_id and as_of of every row to be: those asked for on every day, or all that were customers on the day.

    Raises:
        ConfigError: an unknown customer.
        ContractError: nobody was a customer.
    """
    if customers is not None:
        names = set(known["customer_id"])
        for name in customers:
            refuse_unknown("customer", name, names, where="matrix(customers=...)")
        known = known[known["customer_id"].isin(list(customers))]
    rows = known.merge(pd.DataFrame({"as_of": list(days)}), how="cross")
    rows = rows if customers is not None else rows[rows["onboarded_on"] < rows["as_of"]]
    if rows.empty:
        raise ContractError(
            "There is no customer on the days asked for.",
            where="matrix(as_of=..., customers=...)",
            value=f"{days[0]} to {days[-1]}",
            next_step="Ask for later days, or name the customers.",
        )
    schema = {"customer_id": "string", "as_of": "date"}
    return ibis.memtable(rows[KEY], schema=schema)

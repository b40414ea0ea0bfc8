"""The position: what every customer of the ledger owes on the days that decisions read, from the states of the features.

Computed once, here: a limit, a page and a feature that speak of one balance take it from one ledger, on one clock, at
one rate. Customers outside the cohort (in default, no longer active) are in it, for they owe as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends import BaseBackend

from contracts.calendar import MONTHS, months_back
from contracts.config.portfolio import PortfolioConfig
from contracts.errors import ContractError
from contracts.resources import within_memory
from contracts.tables.derived import KEY
from contracts.tables.engine import AMOUNT
from contracts.tables.ledger import BUCKETS, POSITION
from features.catalog import STATES as CATALOGUE
from features.catalog.ageing import balance_units, oldest_days, overdue_units
from features.catalog.buckets import BUCKET_EDGES
from features.context import Context
from features.declaration import atleast
from features.engine.blocks import Block
from features.ledger.money import as_money, in_money
from features.matrix.asked import Asked, answered
from features.state import ledger
from features.time.asof import ASKED, attach, before

STATES = {
    "ageing": (
        *(f"{name}_{days}" for name in ("over", "held", "contested") for days in BUCKET_EDGES),
        "held",
        "contested",
    ),
    "overdue_items": ("oldest_due",),
    "set_off": ("left_oldest_due",),
}
WIDTH = 60
"""What a row takes on the way, in values: thirteen balances, and the ageing (counted)."""


@within_memory()
def position(
    con: BaseBackend,
    tables: Mapping[str, ir.Table],
    portfolio: PortfolioConfig,
    days: Sequence[date],
) -> pa.Table:
    """What customers owe on some days (contract `POSITION`), sorted by its grain.

    Args:
        con: the engine that holds the tables.
        tables: raw tables by name; those of `asked.READ` are read. Without a ledger nobody owes anything.
        portfolio: reporting currency.
        days: the days asked for; the newest also gets `peak_balance`.

    Raises:
        ContractError: something is open in a currency for which no rate was known on the day.
        EngineError: the memory limit is too small even with spilling to disk.
    """
    rows = answered(con, tables, portfolio, [question(days)])
    return told(con, tables, portfolio, rows[0] if rows else None)


def question(days: Sequence[date]) -> Asked:
    """What is asked of the ledger for it."""
    run = _Run(tuple(sorted(set(days))))
    return Asked("position", WIDTH, days, run.owed, run.wanted)


def told(
    con: BaseBackend,
    tables: Mapping[str, ir.Table],
    portfolio: PortfolioConfig,
    rows: pa.Table | None,
) -> pa.Table:
    """The answer by contract; None, for want of a ledger or a day, is an empty table. Raises as `position`."""
    if rows is None:
        return POSITION.arrow_schema().empty_table()
    _refuse_unrated(con, rows, tables, portfolio)
    return _by_contract(rows, portfolio.reporting_currency)


@dataclass(frozen=True, slots=True)
class _Run:
    """What is computed of every block of customers; see `position`. The days rise."""

    days: tuple[date, ...]

    @property
    def newest(self) -> date:
        """The day that gets `peak_balance`."""
        return self.days[-1]

    @property
    def back(self) -> list[int]:
        """The newest day and the same day of the months before it, in days before it."""
        return [(self.newest - months_back(self.newest, ago)).days for ago in range(MONTHS)]

    @property
    def wanted(self) -> set[str]:
        """The columns of states that are read."""
        if not self.days:
            return set()
        totals = {before(name, ago) for name in ("gross", "credit") for ago in self.back}
        return totals | {name for names in STATES.values() for name in names}

    def owed(self, _: Block, context: Context) -> ir.Table:
        """Balance, ageing, disputes and peak of a block of customers, as exact decimals in units of 1e-8."""
        wide = attach(context.cohort, ledger.balance(context, self.back), ["customer_id", ASKED])
        for name, columns in STATES.items():
            state = CATALOGUE[name].build(context).select("customer_id", ASKED, *columns)
            wide = attach(wide, state, ["customer_id", ASKED])
        return self._row(wide)

    def _row(self, t: ir.Table) -> ir.Table:
        peak = atleast(ibis.greatest(*(balance_units(t, ago) for ago in self.back)))
        is_newest = t.as_of == ibis.literal(self.newest)
        rows = t.select(
            *KEY,
            balance=balance_units(t).cast(AMOUNT),
            peak_balance=is_newest.ifelse(peak, ibis.null(AMOUNT)).cast(AMOUNT),
            disputed=t.contested.cast(AMOUNT),
            oldest_days=oldest_days(t).cast("int64"),
            **{f"over_{over}": overdue_units(t, over).cast(AMOUNT) for over in BUCKET_EDGES},
        )
        owes = rows.balance.isnull() | (rows.balance != 0)
        return rows.filter(owes | (ibis.coalesce(rows.peak_balance, 0) > 0))


def _refuse_unrated(
    con: BaseBackend, rows: pa.Table, tables: Mapping[str, ir.Table], portfolio: PortfolioConfig
) -> None:
    """Raises ContractError where a balance is missing, because no rate of its currency was known yet."""
    unrated = rows.filter(pc.is_null(rows["balance"]))
    if not unrated.num_rows:
        return
    day = pc.min(unrated["as_of"]).as_py()
    fx = tables["fx_rates"].filter(lambda t: t.rate_on <= ibis.literal(day - timedelta(days=1)))
    invoices = tables["invoices"].filter(lambda t: t.currency != portfolio.reporting_currency)
    left = invoices.anti_join(fx, "currency").select("currency").distinct().order_by("currency")
    raise ContractError(
        "Invoices are in a currency for which no exchange rate was known.",
        where="fx_rates",
        value=f"{', '.join(con.to_pyarrow(left)['currency'].to_pylist())} before {day}",
        next_step="Deliver rates of this currency in fx_rates, dated before the day of decision.",
    )


def _by_contract(rows: pa.Table, currency: str) -> pa.Table:
    """The rows by contract. Amounts past due are rounded as they add up, so that the buckets make the exposure."""
    over = [in_money(rows[f"over_{days}"], currency) for days in BUCKET_EDGES]
    balance = in_money(rows["balance"], currency)
    exposure = as_money(pc.max_element_wise(balance, _zero(balance.type)))
    steps = [exposure, *over]
    ages = [as_money(pc.subtract(older, newer)) for older, newer in zip(steps, over, strict=False)]
    columns = {
        "customer_id": rows["customer_id"],
        "as_of": rows["as_of"],
        "balance": balance,
        "exposure": exposure,
        "overdue": over[0],
        **dict(zip(BUCKETS, [*ages, over[-1]], strict=True)),
        "disputed": as_money(pc.min_element_wise(in_money(rows["disputed"], currency), exposure)),
        "oldest_days": rows["oldest_days"],
        "peak_balance": in_money(rows["peak_balance"], currency),
    }
    table = pa.table(columns).cast(POSITION.arrow_schema()).replace_schema_metadata(None)
    owes = pc.not_equal(table["balance"], _zero(balance.type))
    peaked = pc.greater(table["peak_balance"], _zero(balance.type))
    return table.filter(pc.or_kleene(owes, pc.fill_null(peaked, False)))


def _zero(kind: pa.DataType) -> pa.Scalar:
    return pa.scalar(Decimal(0), kind)

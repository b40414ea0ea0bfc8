"""The trading record: what every customer of the ledger was billed and paid in the twelve months before a day, and how late.

Like the position it is computed once, here, from the ledger that the features read: a reversal takes a payment back,
a cash discount or a credit note that names its invoice settles without money, and what is within tolerance is not open.
A credit note takes back what it names: it counts in the month of its invoice, so that a cancelled invoice leaves no trace.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends import BaseBackend

from contracts.calendar import MONTHS, months_back
from contracts.config.portfolio import PortfolioConfig
from contracts.resources import within_memory
from contracts.tables.engine import AMOUNT, MONEY
from contracts.tables.ledger import TRADING
from contracts.tables.spec import MONEY_PLACES
from features.context import Context
from features.engine.blocks import Block
from features.ledger.money import in_money
from features.ledger.settlement import PAYMENT, REVERSAL
from features.matrix.asked import Asked, answered
from features.state.set_off import items_left, reach
from features.time.asof import ASKED, DAY, attach, usable_from

YEAR_DAYS = 365
MAX_DAYS_LATE = 90
"""Later than this is a default, which the PD prices; it must not also be expected as a delay."""
WIDTH = 52
"""What a row takes on the way, in values: twelve months billed, booked and paid, and what they are made of (counted)."""
BILLED = tuple(f"billed_{number}" for number in range(1, MONTHS + 1))
BOOKED = tuple(f"booked_{number}" for number in range(1, MONTHS + 1))
_PAID = tuple(f"paid_{number}" for number in range(1, MONTHS + 1))


@within_memory()
def trading(
    con: BaseBackend,
    tables: Mapping[str, ir.Table],
    portfolio: PortfolioConfig,
    days: Sequence[date],
) -> pa.Table:
    """How customers traded before the newest of some days (contract `TRADING`), sorted by its grain.

    Args:
        con: the engine that holds the tables.
        tables: raw tables by name; those of `asked.READ` are read. Without a ledger nobody traded.
        portfolio: reporting currency, settlement.
        days: the days of decision.

    Raises:
        ContractError: something was billed in a currency for which no rate was known on the day.
        EngineError: the memory limit is too small even with spilling to disk.
    """
    rows = answered(con, tables, portfolio, [question(days)])
    return told(portfolio.reporting_currency, rows[0] if rows else None)


def question(days: Sequence[date]) -> Asked:
    """What is asked of the ledger for it: the newest of the days."""
    run = _Run(max(days, default=date.min))
    return Asked("trading", WIDTH, [run.as_of] if days else [], run.traded)


def told(code: str, rows: pa.Table | None) -> pa.Table:
    """The answer by contract, in the reporting currency; None, for want of a ledger or a day, is an empty table."""
    if rows is None:
        return TRADING.arrow_schema().empty_table()
    columns = {name: rows[name] for name in rows.column_names}
    columns |= _rounded(rows, BILLED, code) | _rounded(rows, BOOKED, code)
    columns["best_paid_month"] = in_money(rows["best_paid_month"], code)
    columns["first_issued"] = rows["first_issued"].cast(pa.int32()).cast(pa.date32())
    return pa.table(columns).select(TRADING.column_names).cast(TRADING.arrow_schema())


def _rounded(rows: pa.Table, names: Sequence[str], code: str) -> dict[str, pa.ChunkedArray]:
    """Months in whole cents, newest first: the sum of the newest so many is rounded, not the month, so that a year is right to the cent."""
    wide = pa.decimal256(60, MONEY_PLACES)
    summed = rows[names[0]].cast(wide)
    before = in_money(summed, code)
    found = {names[0]: before}
    for name in names[1:]:
        summed = pc.add(summed, rows[name].cast(wide)).cast(wide)
        whole = in_money(summed, code)
        found[name] = pc.subtract(whole, before).cast(whole.type)
        before = whole
    return found


@dataclass(frozen=True, slots=True)
class _Run:
    """What is computed of every block of customers; see `trading`."""

    as_of: date

    def traded(self, block: Block, context: Context) -> ir.Table:
        """The record of a block of customers; money as exact decimals in units of 1e-8."""
        items = block.made.keep("items", _items(context))
        found = self._billed(items)
        found = attach(found, _lateness(context, items), ["customer_id"])
        nothing = ibis.literal(0).cast(AMOUNT)
        return found.mutate(
            as_of=ibis.literal(self.as_of),
            days_late=(found.weight > nothing).ifelse(
                found.weighted.cast("float64") / found.weight.cast("float64"), ibis.null("float64")
            ),
        ).drop("weight", "weighted")

    def _billed(self, items: ir.Table) -> ir.Table:
        """What was billed in each of the last months, by date of issue and by booking, and the most that was paid of one."""
        edges = [_day(months_back(self.as_of, ago)) for ago in range(MONTHS + 1)]
        signed = items.is_credit.ifelse(-items.value, items.value)
        nothing = ibis.literal(0).cast(AMOUNT)
        sums = {}
        for number, (until, since) in enumerate(pairwise(edges)):
            is_billed = (items.billed >= since) & (items.billed < until)
            # exactly what a balance of the day `until` holds and one of the day `since` does not
            is_booked = (items.usable > since) & (items.usable <= until)
            sums[BILLED[number]] = is_billed.ifelse(signed, nothing).sum().cast(AMOUNT)
            sums[BOOKED[number]] = is_booked.ifelse(signed, nothing).sum().cast(AMOUNT)
            sums[_PAID[number]] = is_billed.ifelse(items.paid_value, nothing).sum().cast(AMOUNT)
        first = items.is_credit.ifelse(ibis.null("int64"), items.issued).min()
        found = items.group_by("customer_id").agg(first_issued=first, **sums)
        best = ibis.greatest(*(found[name] for name in _PAID)).cast(AMOUNT)
        return found.mutate(best_paid_month=best).drop(*_PAID)


def _day(day: date) -> ir.IntegerValue:
    return ibis.literal(day).epoch_days()


def _items(context: Context) -> ir.Table:
    """The documents known on the day, with what is open of them, what was paid in money and stayed, and both in units of 1e-8."""
    owed, made = context.books.documents, context.books.payments
    asked = _asked(context)
    known = owed.inner_join(asked, usable_from(owed.day) <= asked[ASKED])
    whose = known.filter(~known.is_credit).select(
        "customer_id", credits="invoice_id", its_issued="issued"
    )
    known = attach(known, whose, ["customer_id", "credits"])
    booked = made.inner_join(asked, usable_from(made.day) <= asked[ASKED])
    nothing = ibis.literal(0).cast(MONEY)
    sign = (booked.kind == PAYMENT).ifelse(1, (booked.kind == REVERSAL).ifelse(-1, 0))
    by_item = booked.group_by("invoice_id").agg(
        cleared=booked.cleared.sum().cast(AMOUNT),
        money=(booked.paid_amount * sign).sum().cast(AMOUNT),
    )
    items = attach(known, by_item, ["invoice_id"])
    items = attach(items, context.rates, ["currency", ASKED])
    money = ibis.coalesce(items.money, ibis.literal(0).cast(AMOUNT))
    paid = items.is_credit.ifelse(nothing, ibis.greatest(ibis.least(money, items.amount), nothing))
    left = (items.opening - ibis.coalesce(items.cleared, ibis.literal(0).cast(AMOUNT))).cast(AMOUNT)
    return items.select(
        "invoice_id",
        "customer_id",
        "is_credit",
        "issued",
        "due",
        "units",
        ASKED,
        billed=items.is_credit.ifelse(ibis.coalesce(items.its_issued, items.issued), items.issued),
        usable=usable_from(items.day),
        value=(items.amount * items.units).cast(AMOUNT),
        paid_value=(paid * items.units).cast(AMOUNT),
        open_value=(left * items.units).cast(AMOUNT),
    )


def _lateness(context: Context, items: ir.Table) -> ir.Table:
    """By customer `weight` and `weighted`, weight times days late: of the payments of a year, and of open items at today's age.

    A payment weighs what of it has not been returned: where one came back and was made again, the second says how late.
    """
    made = context.books.payments
    on_item = made.filter(made.kind == PAYMENT, ~made.is_credit).inner_join(
        items.select("invoice_id", "units", ASKED), "invoice_id"
    )
    on_item = on_item.filter(
        usable_from(on_item[DAY]) <= on_item[ASKED], on_item.paid >= on_item[ASKED] - YEAR_DAYS
    )
    back, asked = context.books.taken_back, _asked(context)
    back = back.inner_join(asked, usable_from(back.back) <= asked[ASKED])
    key, nothing = ["invoice_id", "payment_id"], ibis.literal(0).cast(AMOUNT)
    on_item = attach(on_item, back.group_by(key).agg(taken=back.taken.sum().cast(AMOUNT)), key)
    stood = on_item.paid_amount - ibis.coalesce(on_item.taken, nothing)
    paid = on_item.select(
        "customer_id",
        weight=(stood * on_item.units).cast(AMOUNT),
        late=on_item.paid - on_item.due,
    )
    open_now = items.filter(~items.is_credit, items.open_value > 0, items.due < items[ASKED])
    # open credits pay the oldest items: of customers that have some, what they leave
    credited = reach(context).select("customer_id")
    still = open_now.anti_join(credited, "customer_id").select(
        "customer_id", weight="open_value", late=open_now[ASKED] - open_now.due
    )
    left = items_left(context)
    still = still.union(
        left.select("customer_id", weight=left.value.cast(AMOUNT), late=left[ASKED] - left.due)
    )
    both = paid.union(still)
    days = ibis.greatest(ibis.least(both.late, MAX_DAYS_LATE), 0).cast("int64")
    both = both.mutate(weighted=(both.weight * days).cast(AMOUNT))
    return both.group_by("customer_id").agg(
        weight=both.weight.sum().cast(AMOUNT), weighted=both.weighted.sum().cast(AMOUNT)
    )


def _asked(context: Context) -> ir.Table:
    return context.cohort.select(ASKED).distinct()

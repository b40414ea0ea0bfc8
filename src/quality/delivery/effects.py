"""What a rule keeps from happening: customers that would look late, and balances that would look open, were its rows believed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import ibis
import ibis.expr.types as ir

from contracts.config.portfolio import PortfolioConfig
from contracts.documents.data_quality import Effect
from contracts.tables.engine import AMOUNT
from contracts.tables.raw import INVOICE_KINDS
from quality.delivery.checks import RULE
from quality.delivery.rows import in_reporting_currency, in_smallest_amounts
from quality.rules.amounts import signed
from quality.rules.keys import belongs_to_a_row_set_aside
from quality.rules.rule import ROW

Rows = Mapping[str, ir.Table]


def effects(
    used: Rows,
    believed: Rows,
    touched: ir.Table,
    portfolio: PortfolioConfig,
    rates: Mapping[str, Decimal],
) -> dict[str, Effect]:
    """By rule that set rows of the ledger aside, what they would have said.

    Args:
        used: invoices and payments that are used.
        believed: the same as they were delivered, without copies of rows.
        touched: `rule` and `invoice_id`: invoices the rule set aside, or left unknown with what it set aside.
        portfolio: the days and the materiality of its default.
        rates: units of reporting currency for one unit of a currency.
    """
    now, then = standing(used, portfolio, rates), standing(believed, portfolio, rates)
    totals = now.aggregate(late=now.customer_id.nunique(where=now.is_late), left=now["left"].sum())
    row = totals.to_pyarrow().to_pylist()[0]
    reporting = portfolio.reporting_currency
    n_late, left = int(row["late"] or 0), float(row["left"] or 0)
    late = now.filter(now.is_late).select(known="customer_id").distinct()
    would = (
        touched.distinct()
        .inner_join(then, "invoice_id")
        .left_join(late, [("customer_id", "known")])
    )
    own = now.select(ours="invoice_id", kept="left")
    would = would.left_join(own, [("invoice_id", "ours")])
    more = would.group_by("rule").aggregate(
        late=would.customer_id.nunique(where=would.is_late & would.known.isnull()),
        left=would["left"].sum(),
        kept=would.kept.sum(),
        customers=would.customer_id.nunique(),
    )
    return {
        row["rule"]: Effect(
            days=portfolio.default.days,
            late_believed=n_late + int(row["late"] or 0),
            late_used=n_late,
            open_believed=in_smallest_amounts(
                left + float(row["left"] or 0) - float(row["kept"] or 0), reporting
            ),
            open_used=in_smallest_amounts(left, reporting),
            customers=int(row["customers"]),
        )
        for row in more.to_pyarrow().to_pylist()
    }


def touched(unknown: ir.Table, believed: Rows, aside: Rows) -> ir.Table:
    """`rule` and `invoice_id`: invoices that a rule set rows of aside, or left unknown with what it set aside.

    Args:
        unknown: invoices that left with others, `value`, and the rule that began it, `cause`.
        believed: the rows as they were delivered, without copies, by table.
        aside: `.row` and `.rule` of those set aside, by table.
    """
    parts = [unknown.select(rule="cause", invoice_id="value")]
    for name, own in believed.items():
        rows = own.inner_join(aside[name], ROW)
        rows = rows.filter(rows.invoice_id.notnull())
        parts.append(rows.select(rule=rows[RULE], invoice_id=rows.invoice_id))
    every = ibis.union(*parts)
    return every.filter(every.rule != belongs_to_a_row_set_aside.name)


def standing(rows: Rows, portfolio: PortfolioConfig, rates: Mapping[str, Decimal]) -> ir.Table:
    """Every invoice with what is `left` of it in reporting currency, and `is_late`.

    `is_late`: so many days after its due day as the definition of default allows, more than its materiality was unpaid,
    by the days of payment and of the credit notes that name it. Disputes and plans are not looked at: this is no label.
    """
    documents, payments = rows["invoices"], rows["payments"]
    notes = documents.filter(documents.kind != INVOICE_KINDS[0], documents.credits.notnull())
    reduced = payments.select(
        "invoice_id", day="paid_on", amount=signed(payments).cast(AMOUNT)
    ).union(notes.select(invoice_id="credits", day="issued_on", amount=notes.amount.cast(AMOUNT)))
    items = documents.filter(documents.kind == INVOICE_KINDS[0])
    items = items.select("invoice_id", "customer_id", "currency", "amount", "due_on")
    due = items.select(item="invoice_id", last=items.due_on.epoch_days() + portfolio.default.days)
    met = reduced.inner_join(due.distinct(), [("invoice_id", "item")])
    in_time = met.day.epoch_days() <= met.last
    sums = met.group_by("item").aggregate(
        paid=met.amount.sum(), timely=met.amount.sum(where=in_time)
    )
    both = items.left_join(sums, [("invoice_id", "item")])
    nothing = ibis.literal(0).cast(AMOUNT)
    left, then = (
        ibis.greatest(both.amount.cast(AMOUNT) - both[name].coalesce(nothing), nothing).cast(AMOUNT)
        for name in ("paid", "timely")
    )
    reporting = portfolio.reporting_currency
    money = in_reporting_currency(then, both.currency, rates, reporting)
    until = (portfolio.complete_until.toordinal() - 719_163) - portfolio.default.days
    is_late = (money.cast("float64") > portfolio.default.materiality) & (
        both.due_on.epoch_days() < until
    )
    return both.select(
        "invoice_id",
        "customer_id",
        left=in_reporting_currency(left, both.currency, rates, reporting),
        is_late=is_late.fill_null(False),
    )

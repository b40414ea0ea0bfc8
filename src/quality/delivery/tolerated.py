"""What is left of invoices that count as settled: how many, and how much money (docs/glossary.md#settlement)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

import ibis
import ibis.expr.types as ir

from contracts.config.portfolio import PortfolioConfig
from contracts.config.settlement import SettlementConfig
from contracts.tables.engine import AMOUNT, MONEY, parts_of
from contracts.tables.raw import INVOICE_KINDS, PAYMENT_KINDS
from quality.delivery.finding import N_EXAMPLES, Example, Finding
from quality.delivery.printed import printed_money
from quality.delivery.rows import in_smallest_amounts
from quality.rules.amounts import signed
from quality.rules.habits.settlement import remainder_tolerated
from quality.rules.rule import ROW


def ask_tolerated(
    valid: Mapping[str, ir.Table],
    ledger: ir.Table | None,
    portfolio: PortfolioConfig,
    rates: Mapping[str, Decimal],
    keep: Callable[[str, ir.Table], ir.Table],
) -> Finding | None:
    """What was tolerated as the last day stands; None where no payments were delivered.

    Args:
        valid: the rows that are used, by name.
        ledger: of these rows (see `quality.rules.ledger`).
        portfolio: when what is left of an invoice counts as nothing, and the reporting currency.
        rates: units of reporting currency for one unit of a currency.
        keep: computes a relation, which is small, and gives it a name.
    """
    if ledger is None:
        return None
    unpaid = ledger.filter(
        ledger.is_invoice, ledger.paid < ledger.amount
    )  # of others nothing is left
    invoices = valid["invoices"].semi_join(unpaid, ROW)
    rows = keep("tolerated", tolerated(valid, invoices, portfolio.settlement))
    totals = rows.group_by("currency").aggregate(n=rows.count(), left=rows["left"].sum())
    found = totals.to_pyarrow().to_pylist()
    money = sum((row["left"] * rates.get(row["currency"], Decimal(1)) for row in found), Decimal(0))
    first = rows.order_by("invoice_id").limit(N_EXAMPLES).to_pyarrow().to_pylist()
    examples = tuple(
        Example(row["invoice_id"], "amount", printed_money(row["left"])) for row in first
    )
    n_rows = int(valid["invoices"].count().to_pyarrow().as_py())
    n_left = sum(row["n"] for row in found)
    amount = in_smallest_amounts(money, portfolio.reporting_currency)
    return Finding(remainder_tolerated, "invoices", n_left, n_rows, amount, examples)


def tolerated(
    valid: Mapping[str, ir.Table], invoices: ir.Table, config: SettlementConfig
) -> ir.Table:
    """Of these invoices those that are settled although something is left of them: invoice_id, currency, left."""
    items = agreed({**valid, "invoices": invoices}, config)
    covered = _covered(valid, items)
    both = items.left_join(covered, "invoice_id")
    nothing = ibis.literal(0).cast(AMOUNT)
    reduced, timely = (both[name].coalesce(nothing) for name in ("reduced", "timely"))
    left = (both.amount - ibis.greatest(reduced, nothing)).cast(AMOUNT)
    parts = parts_of(both.currency)
    whole = (both.amount.cast("float64") * parts).round()
    share = (whole * round(config.share * 1_000_000) / 1_000_000).floor() / parts
    allowed = ibis.greatest(share, float(config.amount)).cast(MONEY)
    discount = ((whole * both.rate + 0.5).floor() / parts).cast(MONEY)
    is_taken = timely >= both.amount - discount - allowed
    most = allowed + (is_taken & both.until.notnull()).ifelse(discount, ibis.literal(0).cast(MONEY))
    return (
        both.mutate(left=left)
        .filter(left > 0, left <= most)
        .select("invoice_id", "currency", "left")
    )


def agreed(valid: Mapping[str, ir.Table], config: SettlementConfig) -> ir.Table:
    """Invoices with the cash discount agreed on the day of issue: `rate`, and `until`, its last day."""
    own = valid["invoices"].filter(lambda rows: rows.kind == INVOICE_KINDS[0])
    items = own.select("invoice_id", "customer_id", "currency", "amount", "issued_on")
    rate, days = (
        ibis.literal(config.discount_rate or 0.0),
        ibis.literal(config.discount_days, "int64"),
    )
    if "credit_terms" not in valid:
        return items.mutate(rate=rate, until=_later(items.issued_on, days))
    terms = valid["credit_terms"]
    order = ibis.window(group_by="customer_id", order_by="valid_from")
    steps = terms.mutate(ends=terms.valid_from.lead().over(order))
    steps = steps.filter(steps.discount_rate.notnull()).select(
        "valid_from", "ends", "discount_days", whose="customer_id", own_rate="discount_rate"
    )
    both = items.left_join(
        steps,
        [
            items.customer_id == steps.whose,
            items.issued_on >= steps.valid_from,
            steps.ends.isnull() | (items.issued_on < steps.ends),
        ],
    )
    is_own = both.whose.notnull()
    until = _later(both.issued_on, is_own.ifelse(both.discount_days, days))
    return both.select(*items.columns, rate=is_own.ifelse(both.own_rate.cast("float64"), rate), until=until)  # fmt: skip


def _later(day: ir.DateValue, days: ir.IntegerValue) -> ir.IntegerValue:
    return day.epoch_days() + days


def _covered(valid: Mapping[str, ir.Table], items: ir.Table) -> ir.Table:
    """By invoice: `reduced`, all that was paid and credited; `timely`, of it what counts in time for the discount."""
    payments = valid["payments"]
    paid = payments.select(
        "invoice_id",
        amount=signed(payments),
        is_money=payments.kind == PAYMENT_KINDS[0],
        day=payments.paid_on.epoch_days(),
    )
    own = valid["invoices"]
    notes = own.filter(own.kind != INVOICE_KINDS[0], own.credits.notnull())
    named = notes.select("amount", invoice_id="credits", whose="customer_id", code="currency")
    named = named.inner_join(items.select("invoice_id", "customer_id", "currency"), "invoice_id")
    named = named.filter((named.whose == named.customer_id) & (named.code == named.currency))
    credited = named.select(
        "invoice_id",
        "amount",
        is_money=ibis.literal(value=False),
        day=ibis.literal(0, "int64"),
    )
    every = paid.mutate(amount=paid.amount.cast(AMOUNT)).union(
        credited.mutate(amount=credited.amount.cast(AMOUNT))
    )
    met = every.inner_join(items.select("invoice_id", "until", "issued_on"), "invoice_id")
    day = ibis.greatest(met.day, met.issued_on.epoch_days())
    in_time = (~met.is_money | (day <= met.until)).fill_null(False)
    return met.group_by("invoice_id").aggregate(
        reduced=met.amount.sum(), timely=met.amount.sum(where=in_time)
    )

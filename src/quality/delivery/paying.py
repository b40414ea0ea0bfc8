"""Customers that are late enough for default by what the extract says, and buy as if they were not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

import ibis
import ibis.expr.types as ir

from contracts.config.portfolio import PortfolioConfig
from contracts.tables.engine import AMOUNT
from contracts.tables.raw import PAYMENT_KINDS
from quality.delivery.finding import N_EXAMPLES, Example, Finding
from quality.delivery.owed import covered
from quality.delivery.printed import printed_money
from quality.delivery.rows import in_reporting_currency, in_smallest_amounts
from quality.rules.amounts import on_account, signed
from quality.rules.customs import late_and_billed_on
from quality.rules.payers import late_and_paying
from quality.rules.rule import Rule

_LATELY = timedelta(days=90)
_MIN_BILLED = 3
_OWED = ("customer_id", "currency", "owed")


def ask_paying(
    valid: Mapping[str, ir.Table],
    ledger: ir.Table | None,
    portfolio: PortfolioConfig,
    rates: Mapping[str, Decimal],
    n: int,
) -> tuple[Finding, ...]:
    """Who is late on the last complete day and buying; nothing where no payments were delivered, or default is a matter of events.

    Late, billed and paying in the last 90 days is `late_and_paying`; late by 90 days more, billed three times or more and not
    paying is `late_and_billed_on`.

    Args:
        valid: the rows that are used, by name.
        ledger: of these rows (see `quality.rules.ledger`).
        portfolio: what default is, and the last complete day.
        rates: units of reporting currency for one unit of a currency.
        n: customers delivered.
    """
    if ledger is None or portfolio.default.preset == "events_only":
        return ()
    documents = covered(ledger)
    late = _owing(valid, documents, portfolio, rates).inner_join(_billed(documents, portfolio), "customer_id")  # fmt: skip
    paying = _paying(valid, documents, portfolio).distinct().mutate(pays=True)
    late = late.left_join(paying, "customer_id").drop("customer_id_right")
    rows = late.order_by("customer_id").to_pyarrow().to_pylist()
    least = Decimal(str(portfolio.default.materiality))
    pays = [(one["customer_id"], one["owed"]) for one in rows if one["pays"] and one["owed"] > least]  # fmt: skip
    silent = [
        (one["customer_id"], one["longer"])
        for one in rows
        if not one["pays"] and one["longer"] > least and one["n"] >= _MIN_BILLED
    ]
    found = {late_and_paying: pays, late_and_billed_on: silent}
    return tuple(_finding(rule, whose, portfolio, n) for rule, whose in found.items())


def _finding(
    rule: Rule, whose: list[tuple[str, Decimal]], portfolio: PortfolioConfig, n: int
) -> Finding:
    """What a rule found: customers, each with what it owes."""
    examples = tuple(
        Example(who, "amount", printed_money(owed)) for who, owed in whose[:N_EXAMPLES]
    )
    money = sum((owed for _, owed in whose), Decimal(0))
    amount = in_smallest_amounts(money, portfolio.reporting_currency)
    return Finding(rule, "customers", len(whose), n, amount, examples)


def _owing(
    valid: Mapping[str, ir.Table],
    documents: ir.Table,
    portfolio: PortfolioConfig,
    rates: Mapping[str, Decimal],
) -> ir.Table:
    """Customers that owe more than the materiality late enough for default: customer_id, owed, longer (reporting currency).

    Late is what is open of items so many days past due and not in dispute, less what names no document or is paid beyond one;
    `longer` the same of items late by 90 days more.
    """
    due = portfolio.complete_until - timedelta(days=portfolio.default.days)
    late = _late(documents, valid, portfolio, due)
    is_longer = late.due_on < ibis.literal(due - _LATELY)
    late = late.mutate(longer=is_longer.ifelse(late.owed, ibis.literal(0).cast(AMOUNT)))
    free = (one.mutate(longer=one.owed) for one in _free(documents, valid))
    every = ibis.union(late.select(*_OWED, "longer"), *free)
    worth = {
        name: in_reporting_currency(
            every[name], every.currency, rates, portfolio.reporting_currency
        )
        for name in ("owed", "longer")
    }
    every = every.mutate(**worth)
    sums = every.group_by("customer_id").aggregate(
        owed=every.owed.sum().cast(AMOUNT), longer=every.longer.sum().cast(AMOUNT)
    )
    return sums.filter(sums.owed.cast("float64") > portfolio.default.materiality)


def _paying(
    valid: Mapping[str, ir.Table], documents: ir.Table, portfolio: PortfolioConfig
) -> ir.Table:
    """Customers that paid in the last 90 days, on an invoice or on account: customer_id."""
    since = ibis.literal(portfolio.complete_until - _LATELY)
    payments = valid["payments"]
    money = payments.filter(payments.kind == PAYMENT_KINDS[0], payments.paid_on > since)
    named = documents.filter(documents["last"] > since).select("customer_id")
    return named.union(money.filter(money.invoice_id.isnull()).select("customer_id"))


def _billed(documents: ir.Table, portfolio: PortfolioConfig) -> ir.Table:
    """Customers that were billed in the last 90 days, and how often: customer_id, n."""
    since = ibis.literal(portfolio.complete_until - _LATELY)
    billed = documents.filter(documents.is_invoice, documents.issued_on > since)
    return billed.group_by("customer_id").aggregate(n=billed.count())


def _late(
    documents: ir.Table, valid: Mapping[str, ir.Table], portfolio: PortfolioConfig, due: date
) -> ir.Table:
    """What is open, beyond the tolerance, of invoices that fell due before a day and are not in dispute."""
    items = documents.filter(documents.is_invoice, documents.due_on < ibis.literal(due))
    if "disputes" in valid:
        disputes = valid["disputes"]
        items = items.anti_join(disputes.filter(disputes.closed_on.isnull()), "invoice_id")
    settlement = portfolio.settlement
    share = items.amount.cast("float64") * settlement.share
    left = (items.amount - items.paid).cast(AMOUNT)
    is_open = left.cast("float64") > ibis.greatest(share, float(settlement.amount))
    return items.mutate(owed=left).filter(is_open).select(*_OWED, "due_on")


def _free(documents: ir.Table, valid: Mapping[str, ir.Table]) -> tuple[ir.Table, ...]:
    """What may be set off, below nought: money on account, credit notes that name nothing, what was paid beyond an invoice."""
    loose = on_account(valid["payments"], valid["customers"])
    over = documents.filter(documents.is_invoice, documents.paid > documents.amount)
    notes = documents.filter(~documents.is_invoice)
    return (
        loose.mutate(owed=(-signed(loose)).cast(AMOUNT)).select(*_OWED),
        over.mutate(owed=(over.amount - over.paid).cast(AMOUNT)).select(*_OWED),
        notes.mutate(owed=(notes.paid - notes.amount).cast(AMOUNT)).select(*_OWED),
    )

"""Customers that are late enough for default by what the extract says, and buy as if they were not: on the last complete day, and at the ends of half years past."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

import ibis
import ibis.expr.types as ir

from contracts.config.portfolio import PortfolioConfig
from contracts.tables.engine import AMOUNT
from contracts.tables.raw import INVOICE_KINDS, PAYMENT_KINDS
from quality.delivery.finding import N_EXAMPLES, Example, Finding
from quality.delivery.owed import covered
from quality.delivery.printed import printed_money
from quality.delivery.rows import in_reporting_currency, in_smallest_amounts
from quality.rules.amounts import on_account, signed
from quality.rules.habits.customs import late_and_billed_on
from quality.rules.habits.payers import late_and_paying, paid_on_while_in_default
from quality.rules.rule import Rule

_LATELY = timedelta(days=90)
_MIN_BILLED = 3
_HALF_YEARS, _APART = 4, timedelta(days=182)
_OWNER = ("customer_id", "currency")
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


def ask_earlier(
    valid: Mapping[str, ir.Table],
    portfolio: PortfolioConfig,
    rates: Mapping[str, Decimal],
    n: int,
) -> Finding | None:
    """Who was late enough for default on one of four days, half a year apart, and was billed and paid in the 90 days before it; nothing where no payments were delivered.

    Args:
        valid: the rows that are used, by name.
        portfolio: what default is, and the last complete day.
        rates: units of reporting currency for one unit of a currency.
        n: customers delivered.
    """
    if not {"invoices", "payments"} <= set(valid) or portfolio.default.preset == "events_only":
        return None
    days = [portfolio.complete_until - _APART * (number + 1) for number in range(_HALF_YEARS)]
    rows = _owing_on(valid, portfolio, rates, days).order_by("customer_id").to_pyarrow().to_pylist()
    least = Decimal(str(portfolio.default.materiality))
    found = {}
    for one in rows:
        owed = [one[f"owed {at}"] for at in range(len(days)) if one[f"buys {at}"] and one[f"owed {at}"] > least]  # fmt: skip
        if owed:
            found[one["customer_id"]] = max(owed)
    examples = tuple(Example(who, "amount", printed_money(owed)) for who, owed in list(found.items())[:N_EXAMPLES])  # fmt: skip
    amount = in_smallest_amounts(sum(found.values(), Decimal(0)), portfolio.reporting_currency)
    return Finding(paid_on_while_in_default, "customers", len(found), n, amount, examples)


def _owing_on(
    valid: Mapping[str, ir.Table],
    portfolio: PortfolioConfig,
    rates: Mapping[str, Decimal],
    days: list[date],
) -> ir.Table:
    """By customer for each day `owed` (late enough for default, less what names no document) and whether it `buys`: was billed and paid in the 90 days before."""
    items = _items(valid, portfolio, days)
    loose = _by_owner(on_account(valid["payments"], valid["customers"]), days)
    every = items.union(loose)
    worth = {
        f"owed {at}": in_reporting_currency(every[f"owed {at}"], every.currency, rates, portfolio.reporting_currency)
        for at in range(len(days))
    }  # fmt: skip
    every = every.mutate(**worth)
    sums = {}
    for at in range(len(days)):
        sums[f"owed {at}"] = every[f"owed {at}"].sum().cast(AMOUNT)
        sums[f"buys {at}"] = every[f"billed {at}"].max() & every[f"paid {at}"].max()
    return every.group_by("customer_id").aggregate(**sums)


def _items(valid: Mapping[str, ir.Table], portfolio: PortfolioConfig, days: list[date]) -> ir.Table:
    """Of each owner's documents by day: what was late, below nought what credit notes without a name and overpayments leave; `billed` and `paid` lately."""
    invoices, payments = valid["invoices"], valid["payments"]
    is_invoice = invoices.kind == INVOICE_KINDS[0]
    notes = invoices.filter(~is_invoice, invoices.credits.notnull())
    settled = payments.filter(payments.invoice_id.notnull())
    by_payment = settled.select("invoice_id", day="paid_on", amount=signed(settled).cast(AMOUNT), is_money=settled.kind == PAYMENT_KINDS[0])  # fmt: skip
    by_note = notes.select(invoice_id="credits", day="issued_on", amount=notes.amount.cast(AMOUNT), is_money=ibis.literal(value=False))  # fmt: skip
    moved = by_payment.union(by_note)
    nothing, no = ibis.literal(0).cast(AMOUNT), ibis.literal(value=False)
    sums = {}
    for at, day in enumerate(days):
        upto = moved.day <= ibis.literal(day)
        sums[f"settled {at}"] = moved.amount.sum(where=upto)
        sums[f"paid {at}"] = (upto & moved.is_money & (moved.day > ibis.literal(day - _LATELY))).max()  # fmt: skip
    both = invoices.filter(is_invoice | invoices.credits.isnull())
    both = both.left_join(moved.group_by("invoice_id").aggregate(**sums), "invoice_id")
    if "disputes" in valid:
        both = both.anti_join(valid["disputes"], "invoice_id")
    settlement, columns = portfolio.settlement, {}
    for at, day in enumerate(days):
        left = (both.amount - both[f"settled {at}"].coalesce(nothing)).cast(AMOUNT)
        is_debt = both.kind == INVOICE_KINDS[0]
        share = both.amount.cast("float64") * settlement.share
        is_open = left.cast("float64") > ibis.greatest(share, float(settlement.amount))
        is_late = is_open & (both.due_on < ibis.literal(day - timedelta(days=portfolio.default.days)))  # fmt: skip
        is_there = both.issued_on <= ibis.literal(day)
        owed = ibis.cases((~is_there, nothing), (~is_debt, -left), (is_late | (left < 0), left), else_=nothing)  # fmt: skip
        columns[f"owed {at}"] = owed.cast(AMOUNT)
        columns[f"billed {at}"] = is_debt & is_there & (both.issued_on > ibis.literal(day - _LATELY))  # fmt: skip
        columns[f"paid {at}"] = both[f"paid {at}"].coalesce(no)
    return both.select(*_OWNER, **columns)


def _by_owner(loose: ir.Table, days: list[date]) -> ir.Table:
    """Money on account, below nought, with the columns of `_items`."""
    nothing = ibis.literal(0).cast(AMOUNT)
    columns: dict[str, ir.Value] = {}
    for at, day in enumerate(days):
        upto = loose.paid_on <= ibis.literal(day)
        columns[f"owed {at}"] = upto.ifelse(-signed(loose), nothing).cast(AMOUNT)
        columns[f"billed {at}"] = ibis.literal(value=False)
        is_money = loose.kind == PAYMENT_KINDS[0]
        columns[f"paid {at}"] = upto & is_money & (loose.paid_on > ibis.literal(day - _LATELY))
    return loose.select(*_OWNER, **columns)

"""Default: when a customer entered it, and when it was cured. An outcome is told with hindsight.

Everything here runs on the clock of what happened (issued_on, paid_on, opened_on, occurred_on), because
an outcome asks what came true, not what was known. Nothing of it may ever be used as a feature.

A breach is a step function: amounts enter on the day an item becomes old enough and leave with payments,
disputes and payment plans. It is summed per customer and day, so the cost is that of the bookings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import ibis
import ibis.expr.types as ir

from contracts.config.default import DefaultConfig
from contracts.config.settlement import SettlementConfig
from contracts.errors import ConfigError
from features.ledger.bookings import Ledger, disjoint, while_in
from features.ledger.money import AMOUNT, MONEY, RATE_UNITS, rate_units
from features.ledger.settlement import NEVER, Clock
from features.time.asof import DAY, LAG_DAYS, Calendar, attach, latest
from features.time.days import written_day

ABSORBING = ("insolvency", "ceased_trading", "write_off")
"""Events after which a customer stays in default: there is no payment behaviour left to be cured by."""
PARTS = 1_000_000
"""Shares are compared in whole millionths, so that no rounding decides a default."""
TRAILING = 365


def spells(
    tables: Mapping[str, ir.Table],
    config: DefaultConfig,
    rates: ir.Table,
    settlement: SettlementConfig,
) -> ir.Table:
    """Spells in default: customer_id, start, until (day numbers; half-open, the cure period included).

    Args:
        tables: raw tables by name.
        config: the preset and its numbers.
        rates: currency, asked (day), units: the reporting-currency rate of every day an invoice was issued on,
            or money was paid on account.
        settlement: when what is left of an invoice counts as nothing.

    Raises:
        ConfigError: the preset needs a table that the portfolio does not deliver.
    """
    needed = ("events",) if config.preset == "events_only" else ("invoices", "payments")
    absent = [name for name in needed if name not in tables]
    if absent:
        raise ConfigError(
            f"The default preset {config.preset} needs tables that are not delivered.",
            where="portfolio: default > preset",
            value=", ".join(absent),
            next_step="Deliver them, or choose a preset for the tables there are (events_only needs events).",
        )
    parts = []
    if config.preset != "events_only":
        parts.append(breaches(tables, config, rates, settlement))
    if "events" in tables:
        parts.append(_events(tables["events"], config))
    return _merged(ibis.union(*parts) if len(parts) > 1 else parts[0], config.cure_days)


def _events(events: ir.Table, config: DefaultConfig) -> ir.Table:
    """Default events as breaches: for good where absorbing, of one day otherwise."""
    day = events.occurred_on.epoch_days()
    named = events.filter(events.kind.isin(list(config.events)))
    until = named.kind.isin(list(ABSORBING)).ifelse(NEVER, day + 1).cast("int64")
    return named.select("customer_id", from_day=day.cast("int64"), until_day=until)


def _merged(breach: ir.Table, cure_days: int) -> ir.Table:
    """Breaches with their cure period, merged where one begins before the other is cured.

    90 days without a breach end the spell: a breach over [b, e) keeps the customer in default over
    [b, e + 90); the next breach opens a new spell from e + 90 on.
    """
    # spans that touch would merge, so while merging each ends one day short of its cure
    short = breach.mutate(until_day=ibis.least(breach.until_day + cure_days - 1, NEVER))
    merged = disjoint(short, "customer_id")
    until = ibis.coalesce(merged.until_day + 1, NEVER).cast("int64")
    return merged.select("customer_id", start=merged.from_day, until=until)


def breaches(
    tables: Mapping[str, ir.Table],
    config: DefaultConfig,
    rates: ir.Table,
    settlement: SettlementConfig,
) -> ir.Table:
    """Days on which the ledger alone puts a customer in default: customer_id, from_day, until_day."""
    books = Ledger(tables, Clock.HAPPENED, settlement)
    late = _late(books, tables, config)
    steps = _steps(books, late, config, rates)
    forward = ibis.window(group_by="customer_id", order_by=DAY, preceding=None, following=0)
    names = ("late", "credit", "gross", "fell_due")
    totals = {name: steps[name].sum().over(forward).cast(AMOUNT) for name in names}
    run = steps.select("customer_id", DAY, **totals)
    nothing = ibis.literal(0).cast(AMOUNT)
    credit = ibis.greatest(run.credit, nothing)
    state = run.select(
        "customer_id",
        DAY,
        "gross",
        "fell_due",
        late=(run.late - credit).cast(AMOUNT),
        credit=run.credit,
    )
    flagged = state.mutate(is_breach=_TESTS[config.preset](state, config))
    following = flagged.day.lead().over(ibis.window(group_by="customer_id", order_by=DAY))
    spans = flagged.mutate(until_day=ibis.coalesce(following, NEVER).cast("int64"))
    return spans.filter(spans.is_breach).select(
        "customer_id", from_day=spans.day, until_day="until_day"
    )


def _above(state: ir.Table, amount: float) -> ir.BooleanValue:
    cents = round(amount * 100)
    return state.late * 100 > ibis.literal(str(cents * RATE_UNITS)).cast(AMOUNT)


def _irb(state: ir.Table, config: DefaultConfig) -> ir.BooleanValue:
    share = round(config.materiality_share * PARTS)
    return _above(state, config.materiality) & (
        state.late * PARTS > (state.gross - state.credit) * share
    )


def _dollars(state: ir.Table, config: DefaultConfig) -> ir.BooleanValue:
    share = round(config.late_share * PARTS)
    return (state.late > 0) & (state.late * PARTS >= state.fell_due * share)


_TESTS: dict[str, Callable[[ir.Table, DefaultConfig], ir.BooleanValue]] = {
    "irb_90dpd": _irb,
    "dollars_late": _dollars,
    "days_beyond_terms": lambda state, config: _above(state, config.materiality),
}


def _late(books: Ledger, tables: Mapping[str, ir.Table], config: DefaultConfig) -> ir.Table:
    """Changes of the amount that counts as late: old enough, and neither in dispute nor under a plan."""
    invoices = books.changes.filter(books.changes.open != 0)
    # "more than 90 days past due" is reached on due + 91, "90 or more" on due + 90
    reached = config.days + (0 if config.preset == "days_beyond_terms" else 1)
    late = invoices.mutate(day=ibis.greatest(invoices.day, invoices.due + reached))
    if config.preset == "dollars_late":
        late = _within_a_year(late)
    spans = suspended(books, tables, reached)
    if spans is None:
        return late
    held = while_in(late, spans)
    return late.union(held.mutate(open=(-held.open).cast(held.open.type())))


def _within_a_year(late: ir.Table) -> ir.Table:
    """Only what fell due in the trailing 365 days: each change leaves 365 days after the due date."""
    leaves = late.mutate(
        day=ibis.greatest(late.day, late.due + TRAILING), open=(-late.open).cast(late.open.type())
    )
    return late.union(leaves.select(*late.columns))


def suspended(books: Ledger, tables: Mapping[str, ir.Table], reached: int) -> ir.Table | None:
    """Disjoint spans in which an item does not count: while in dispute, and under a payment plan.

    A plan covers the items that were due when it was agreed; its last instalment date, which `detail` gives
    as YYYY-MM-DD, becomes their due date. A plan without such a date covers nothing.
    """
    found = []
    if "disputes" in tables:
        raw = tables["disputes"]
        found.append(
            raw.select(
                "invoice_id",
                from_day=raw.opened_on.epoch_days(),
                until_day=raw.closed_on.epoch_days(),
            )
        )
    if "events" in tables:
        events = tables["events"]
        plans = events.filter(events.kind == "payment_plan").select(
            "customer_id",
            from_day=events.occurred_on.epoch_days(),
            last=written_day(events.detail),
        )
        plans = plans.filter(plans["last"] > plans.from_day)
        items = books.documents.filter(~books.documents.is_credit)
        covered = items.inner_join(plans, "customer_id")
        covered = covered.filter(covered.due < covered.from_day)
        found.append(covered.select("invoice_id", "from_day", until_day=covered["last"] + reached))
    if not found:
        return None
    return disjoint(ibis.union(*found) if len(found) > 1 else found[0])


def _steps(books: Ledger, late: ir.Table, config: DefaultConfig, rates: ir.Table) -> ir.Table:
    """Changes per customer and day in units of 1e-8 of the reporting currency: late, gross, credit, and what fell due within a year."""
    zero = ibis.literal(0).cast(MONEY)
    changes = books.changes
    kept = ["customer_id", "currency", "issued", DAY, "late", "credit", "gross", "fell_due"]
    parts = [
        late.mutate(late=late.open, credit=zero, gross=zero, fell_due=zero).select(*kept),
        changes.mutate(late=zero, gross=changes.open, fell_due=zero).select(*kept),
    ]
    if config.preset == "dollars_late":
        due = books.documents.filter(~books.documents.is_credit)
        due = due.mutate(late=zero, credit=zero, gross=zero, fell_due=due.amount, day=due.due)
        leaves = due.mutate(fell_due=(-due.fell_due).cast(zero.type()), day=due.due + TRAILING)
        parts += [due.select(*kept), leaves.select(*kept)]
    every = ibis.union(*parts)
    rated = every.inner_join(rates, [every.currency == rates.currency, every.issued == rates.asked])
    names = ("late", "credit", "gross", "fell_due")
    value = {name: (rated[name] * rated.units).sum().cast(AMOUNT) for name in names}
    return rated.group_by(["customer_id", DAY]).agg(**value)


def issue_rates(
    tables: Mapping[str, ir.Table], reporting: str, days: list[int], currencies: list[str]
) -> ir.Table:
    """Rates to the reporting currency for the issue days of invoices: the last rate on or before each day, the first one before it."""
    asked = ibis.memtable({"asked": days}, schema={"asked": "int64"})
    one = ibis.literal(RATE_UNITS, "int64")
    home = asked.mutate(currency=ibis.literal(reporting), units=one)
    home = home.select("currency", "asked", "units")
    foreign = [currency for currency in currencies if currency != reporting]
    if not foreign:
        return home
    fx = tables["fx_rates"]
    facts = fx.select("currency", day=fx.rate_on.epoch_days() - LAG_DAYS, units=rate_units(fx))
    first = facts.group_by("currency").agg(first_units=facts.units.argmin(facts.day))
    names = ibis.memtable({"currency": foreign}, schema={"currency": "string"})
    questions = names.cross_join(asked).select("currency", "asked")
    abroad = attach(latest(questions, Calendar.of(days), facts), first, ["currency"])
    abroad = abroad.mutate(units=ibis.coalesce(abroad.units, abroad.first_units))
    return home.union(abroad.select("currency", "asked", "units"))

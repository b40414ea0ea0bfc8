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
from contracts.tables.engine import AMOUNT
from features.labels.remainders import largest, tolerated
from features.labels.steps import Steps
from features.labels.valued import converted, rate_spans
from features.ledger.bookings import Keep, Ledger, disjoint
from features.ledger.money import RATE_UNITS, rate_units
from features.ledger.settlement import NEVER, Clock
from features.time.asof import DAY, LAG_DAYS, Calendar, attach, latest

ABSORBING = ("insolvency", "ceased_trading", "write_off")
"""Events after which a customer stays in default: there is no payment behaviour left to be cured by."""
PARTS = 1_000_000
"""Shares are compared in whole millionths, so that no rounding decides a default."""


def spells(
    tables: Mapping[str, ir.Table],
    config: DefaultConfig,
    rates: ir.Table,
    settlement: SettlementConfig,
    keep: Keep = lambda _, table: table,
) -> ir.Table:
    """Spells in default: customer_id, start, until (day numbers; half-open, the cure period included).

    Args:
        tables: raw tables by name.
        config: the preset and its numbers.
        rates: currency, asked (day), units: the rate to the reporting currency on each day it was told; it holds until the next.
        settlement: when what is left of an invoice counts as nothing.
        keep: computes a relation and keeps its rows, for one that several others read.

    Raises:
        ConfigError: the preset needs a table that the portfolio does not deliver.
    """
    absent = [name for name in config.needs if name not in tables]
    if absent:
        raise ConfigError(
            f"The default preset {config.preset} needs tables that are not delivered.",
            where="portfolio: default > preset",
            value=", ".join(absent),
            next_step="Deliver them, or set events_only and deliver events, which may hold no row: nobody defaulted (docs/few-defaults.md).",
        )
    parts = []
    if config.preset != "events_only":
        parts.append(breaches(tables, config, rates, settlement, keep))
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
    keep: Keep = lambda _, table: table,
) -> ir.Table:
    """Days on which the ledger alone puts a customer in default: customer_id, from_day, until_day."""
    books = Ledger(tables, Clock.HAPPENED, settlement, keep)
    steps, spans = Steps(books, tables, config, keep), keep("rates", rate_spans(rates))
    state = _net(converted(keep("steps", steps.changes()), spans, keep))
    test = _TESTS[config.preset]
    state = attach(state, largest(books.documents, spans), ["customer_id"])
    state = keep("state", state.mutate(is_breach=test(state, config)))
    # a breach that a tolerated remainder may undo is looked at item by item
    doubtful = state.filter(state.is_breach & (state.credit > 0))
    without = _less(doubtful, doubtful.most)
    doubtful = without.filter(~test(without, config))
    left = tolerated(doubtful, steps.late, books.documents, spans)
    exact = attach(state, left, ["customer_id", DAY])
    exact = _less(exact, ibis.coalesce(exact.remainder, ibis.literal(0).cast(AMOUNT)))
    flagged = exact.mutate(is_breach=test(exact, config))
    following = flagged[DAY].lead().over(ibis.window(group_by="customer_id", order_by=DAY))
    found = flagged.mutate(until_day=ibis.coalesce(following, NEVER).cast("int64"))
    return found.filter(found.is_breach).select(
        "customer_id", from_day=found[DAY], until_day="until_day"
    )


def _net(run: ir.Table) -> ir.Table:
    """The state after open credits: customer_id, day, `late`, `balance`, `fell_due` and `credit`, what late items get of it.

    Credits without a name go to the oldest item that counts. What is under a plan that was not kept is older than
    what is late, because a plan covers all that was due; what is late is older than all else.
    """
    nothing = ibis.literal(0).cast(AMOUNT)
    every = ibis.greatest(run.credit, nothing)
    credit = ibis.greatest((every - run.held).cast(AMOUNT), nothing)
    old = ibis.greatest((run.old - every).cast(AMOUNT), nothing)
    return run.select(
        "customer_id",
        DAY,
        late=(run.late - credit).cast(AMOUNT),
        balance=(run.gross - run.credit).cast(AMOUNT),
        fell_due=ibis.greatest(run.fell_due, nothing).cast(AMOUNT),
        old=old.cast(AMOUNT),
        credit=credit.cast(AMOUNT),
    )


def _less(state: ir.Table, remainder: ir.DecimalValue) -> ir.Table:
    """The state without a remainder of the oldest item that is late."""
    nothing = ibis.literal(0).cast(AMOUNT)
    return state.mutate(
        late=(state.late - remainder).cast(AMOUNT),
        balance=(state.balance - remainder).cast(AMOUNT),
        old=ibis.greatest((state.old - remainder).cast(AMOUNT), nothing).cast(AMOUNT),
    )


def _above(state: ir.Table, amount: float) -> ir.BooleanValue:
    cents = round(amount * 100)
    return state.late * 100 > ibis.literal(str(cents * RATE_UNITS)).cast(AMOUNT)


def _irb(state: ir.Table, config: DefaultConfig) -> ir.BooleanValue:
    share = round(config.materiality_share * PARTS)
    return _above(state, config.materiality) & (state.late * PARTS > state.balance * share)


def _dollars(state: ir.Table, config: DefaultConfig) -> ir.BooleanValue:
    share = round(config.late_share * PARTS)
    return (state.late > 0) & (state.late * PARTS >= (state.fell_due + state.old) * share)


_TESTS: dict[str, Callable[[ir.Table, DefaultConfig], ir.BooleanValue]] = {
    "irb_90dpd": _irb,
    "dollars_late": _dollars,
    "days_beyond_terms": lambda state, config: _above(state, config.materiality),
}


def issue_rates(
    tables: Mapping[str, ir.Table], reporting: str, days: list[int], currencies: list[str]
) -> ir.Table:
    """Rates to the reporting currency on some days: the last rate on or before each day, the first one before it."""
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

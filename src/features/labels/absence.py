"""Why a customer is not in the cohort of a day, in words that end a search: in default, no longer buying, not yet a customer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta

import ibis.expr.types as ir
from ibis.backends import BaseBackend

from contracts.calendar import EPOCH, add_months
from contracts.config.portfolio import PortfolioConfig
from contracts.documents.customer import Unscored
from contracts.tables.raw import RAW_TABLES
from features.engine.scratch import scratch
from features.labels.cohort import BOOKS, all_rates, evidence
from features.labels.default import spells

Why = tuple[Unscored, date | None]


def absences(
    con: BaseBackend,
    tables: Mapping[str, ir.Table],
    portfolio: PortfolioConfig,
    day: date,
    ids: Collection[str],
) -> dict[str, Why]:
    """For each of these customers, why it has no score, and the day that goes with it.

    In default: the first day of the spell; onboarded later: the first day of the relation; no longer buying, or
    nothing recent: the day of the newest invoice, statement or attribute that was known.

    Args:
        con: the engine that holds the tables.
        tables: raw tables by name, with all rows of these customers.
        portfolio: default, cohort, settlement.
        day: the day of decision.
        ids: customers that are not in the cohort of the day.
    """
    if not ids:
        return {}
    lapsed, onboarded = _in_default(con, tables, portfolio, day), _onboarded(con, tables)
    newest = _newest(con, tables, day)
    since = add_months(day, -portfolio.cohort.activity_months)
    found: dict[str, Why] = {}
    for one in ids:
        joined, last = onboarded.get(one), newest.get(one)
        if joined is not None and joined >= day:
            found[one] = ("onboarded_later", joined)
        elif one in lapsed:
            found[one] = ("in_default", lapsed[one])
        elif last is None:
            found[one] = ("never_billed" if set(BOOKS) <= set(tables) else "nothing_recent", None)
        elif last < since:
            found[one] = ("no_longer_buying" if set(BOOKS) <= set(tables) else "nothing_recent", last)  # fmt: skip
        else:
            found[one] = ("not_observed", None)
    return found


def _onboarded(con: BaseBackend, tables: Mapping[str, ir.Table]) -> dict[str, date]:
    rows = con.to_pyarrow(tables["customers"].select("customer_id", "onboarded_on"))
    return dict(zip(*(rows[name].to_pylist() for name in rows.column_names), strict=True))


def _in_default(
    con: BaseBackend, tables: Mapping[str, ir.Table], portfolio: PortfolioConfig, day: date
) -> dict[str, date]:
    """By customer in default on the day, the first day of the spell: the very spells that keep it out of the cohort."""
    needed = {"events"} if portfolio.default.preset == "events_only" else set(BOOKS)
    if not needed <= set(tables):
        return {}
    asked = (day - EPOCH).days
    with scratch(con) as made:
        rates = all_rates(con, tables, portfolio)
        every = spells(tables, portfolio.default, rates, portfolio.settlement, made.keep)
        now = every.filter(every.start < asked, every.until > asked)
        rows = con.to_pyarrow(now.group_by("customer_id").agg(start=now.start.min()))
    return {
        one: EPOCH + timedelta(days=start)
        for one, start in zip(
            rows["customer_id"].to_pylist(), rows["start"].to_pylist(), strict=True
        )
    }


def _newest(con: BaseBackend, tables: Mapping[str, ir.Table], day: date) -> dict[str, date]:
    """By customer, the day of the newest fact that would make it active, of those known before the day."""
    newest: dict[str, date] = {}
    for name in evidence(tables):
        known = RAW_TABLES[name].known or ""
        facts = tables[name].filter(tables[name][known] < day)
        facts = facts.filter(facts.kind == "invoice") if name == "invoices" else facts
        rows = con.to_pyarrow(facts.group_by("customer_id").agg(last=facts[known].max()))
        for one, last in zip(
            rows["customer_id"].to_pylist(), rows["last"].to_pylist(), strict=True
        ):
            newest[one] = max(last, newest.get(one, last))
    return newest

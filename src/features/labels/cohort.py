"""The cohort: customers in good standing and active on a day of decision, and whether they then defaulted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis.backends import BaseBackend

from contracts.calendar import EPOCH, MONTHS, add_months, days_of_decision
from contracts.config.cohort import CohortConfig
from contracts.config.portfolio import PortfolioConfig
from contracts.errors import ContractError
from contracts.resources import within_memory
from contracts.tables.raw import RAW_TABLES
from features.context import Context, days_of, prepare
from features.engine.backend import keep
from features.engine.blocks import Block, Work, in_blocks
from features.engine.scratch import scratch
from features.labels.default import issue_rates, spells
from features.labels.told import not_matured
from features.state.ledger import balance
from features.time.asof import ASKED, DAY, LAG_DAYS, attach

BOOKS = ("invoices", "payments")
WIDTH = 60
"""What an observation takes on the way, in values: its days, and the ledger that says who is active (measured)."""


def observe(
    con: BaseBackend,
    tables: Mapping[str, ir.Table],
    portfolio: PortfolioConfig,
    name: str = "<name>",
) -> pd.DataFrame:
    """One row per customer and day of decision: `derived.COHORT`.

    Args:
        con: the engine that holds the tables.
        tables: raw tables by name.
        portfolio: horizon, default, cohort, last complete day, reporting currency.
        name: of the portfolio, for messages.

    Raises:
        ConfigError: the default preset needs a table that is not delivered.
        ContractError: no day of decision, no active customer, or no observation that has matured.
    """
    return labelled(con, tables, portfolio, name)[0]


@within_memory()
def labelled(
    con: BaseBackend, tables: Mapping[str, ir.Table], portfolio: PortfolioConfig, name: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What `observe` gives, and every entry into default, observed or not: customer_id, start (a day number)."""
    days = decision_days(con, tables, portfolio)
    observed = _days_table(days, portfolio)
    customers = tables["customers"].select("customer_id")
    every = customers.cross_join(observed.select("as_of"))
    found = partial(_active_in, tables=tables, every=every, portfolio=portfolio, observed=observed)
    active = in_blocks(con, tables, every, Work(found, "active", WIDTH))
    rates = all_rates(con, tables, portfolio)
    with scratch(con) as made:
        default, settlement = portfolio.default, portfolio.settlement
        lapsed = keep(con, "spells", spells(tables, default, rates, settlement, made.keep))
    outcome = _label(active, lapsed)
    frame: pd.DataFrame = con.to_pyarrow(outcome).to_pandas(date_as_object=False)
    _check(frame, portfolio, name)
    starts: pd.DataFrame = con.to_pyarrow(lapsed.select("customer_id", "start")).to_pandas()
    return frame, starts


def decision_days(
    con: BaseBackend, tables: Mapping[str, ir.Table], portfolio: PortfolioConfig
) -> list[date]:
    """The days of decision, from the first with enough history to the day after the last complete one.

    A ledger needs a year before its first day of decision, so that windows are filled; statements and attributes
    need only be known. `cohort.first` and `cohort.last` override. Raises ContractError where no day is left.
    """
    config = portfolio.cohort
    known = [_first_known(con, tables, name) for name in evidence(tables)]
    found = [day for day in known if day is not None]
    if not found:
        raise ContractError(
            "The tables that customers are judged on hold no row.",
            where=", ".join(evidence(tables)) or "data/valid",
            next_step="Look into data/quarantine and reports/validation.html for why rows were rejected.",
        )
    history = MONTHS if set(tables) >= set(BOOKS) else 0
    first = config.first or add_months(min(found), history) + timedelta(days=LAG_DAYS)
    last = portfolio.complete_until + timedelta(days=LAG_DAYS)
    last = min(last, config.last) if config.last else last
    days = days_of_decision(config.every, config.day, config.anchor, first, last)
    if not days:
        raise _no_days(config, first, last)
    return days


def _no_days(config: CohortConfig, first: date, last: date) -> ContractError:
    return ContractError(
        f"There is no day of decision (every {config.every}) between {first} and {last}.",
        where="portfolio: cohort",
        value=f"day={config.day}, first={config.first}, last={config.last}, anchor={config.anchor}",
        next_step="Correct cohort.first and cohort.last, or complete_until; a ledger needs a year before its first day.",
    )


def evidence(tables: Mapping[str, ir.Table]) -> tuple[str, ...]:
    """The tables whose rows make a customer active: the ledger, or without one statements and attributes."""
    if set(tables) >= set(BOOKS):
        return ("invoices",)
    return tuple(name for name in ("financials", "attributes") if name in tables)


def _first_known(con: BaseBackend, tables: Mapping[str, ir.Table], name: str) -> date | None:
    first: date | None = con.to_pyarrow(tables[name][RAW_TABLES[name].known].min()).as_py()
    return first


def _days_table(days: list[date], portfolio: PortfolioConfig) -> ir.Table:
    """One row per day of decision: when it matures, whether it has, and from when on a customer counts as active."""
    matured = [add_months(day, portfolio.horizon_months) for day in days]
    rows = {
        "as_of": days,
        "matured_on": matured,
        # the last day of the horizon is the day before matured_on
        "is_mature": [day - timedelta(days=1) <= portfolio.complete_until for day in matured],
        "active_since": [
            (add_months(day, -portfolio.cohort.activity_months) - EPOCH).days for day in days
        ],
    }
    schema = {
        "as_of": "date",
        "matured_on": "date",
        "is_mature": "boolean",
        "active_since": "int64",
    }
    return ibis.memtable(pd.DataFrame(rows), schema=schema)


def _active_in(
    block: Block,
    tables: Mapping[str, ir.Table],
    every: ir.Table,
    portfolio: PortfolioConfig,
    observed: ir.Table,
) -> ir.Table:
    asked = block.coded({"every": every})["every"]
    return _active(prepare(block.made, block.coded(tables), asked, portfolio, ()), observed)


def _active(context: Context, observed: ir.Table) -> ir.Table:
    """Observations of active customers: an open balance, or a billing, statement or attributes within the activity span."""
    rows = attach(context.cohort, observed, ["as_of"])
    kept = None
    for name in evidence(context.tables):
        known = RAW_TABLES[name].known or ""
        facts = context.tables[name]
        facts = facts.filter(facts.kind == "invoice") if name == "invoices" else facts
        days = days_of(facts, known).select("customer_id", DAY).distinct()
        seen = attach(rows, context.last(days), ["customer_id", ASKED])
        is_recent = ibis.coalesce(seen.day >= seen.active_since, ibis.literal(value=False))
        if name == "invoices":
            open_now = balance(context).select("customer_id", ASKED, "gross", "credit")
            seen = attach(seen, open_now, ["customer_id", ASKED])
            is_recent = is_recent | ibis.coalesce(
                seen.gross > seen.credit, ibis.literal(value=False)
            )
        found = seen.filter(is_recent).select(*rows.columns)
        kept = found if kept is None else kept.union(found, distinct=True)
    return kept


def all_rates(
    con: BaseBackend, tables: Mapping[str, ir.Table], portfolio: PortfolioConfig
) -> ir.Table:
    """The rates of all currencies that something may be owed in, on every day that has one."""
    if not set(tables) >= set(BOOKS):
        return issue_rates(tables, portfolio.reporting_currency, [0], [])
    owed = tables["invoices"].select("currency").union(tables["customers"].select("currency"))
    currencies = con.to_pyarrow(owed.distinct()).column("currency").to_pylist()
    foreign = sorted(set(currencies) - {portfolio.reporting_currency})
    if not foreign:
        return issue_rates(tables, portfolio.reporting_currency, [0], [])
    fx = tables["fx_rates"]
    told = fx.filter(fx.currency.isin(foreign)).select(day=fx.rate_on.epoch_days()).distinct()
    days = sorted(con.to_pyarrow(told).column("day").to_pylist())
    return issue_rates(tables, portfolio.reporting_currency, days, foreign)


def _label(active: ir.Table, lapsed: ir.Table) -> ir.Table:
    """Drops customers in default on as_of and says who enters default before matured_on; missing until matured."""
    both = active.inner_join(lapsed, "customer_id")
    until = both.matured_on.epoch_days()
    outcome = both.group_by(["customer_id", ASKED]).agg(
        in_default=((both.start < both.asked) & (both.asked < both.until)).any(),
        enters=((both.start >= both.asked) & (both.start < until)).any(),
    )
    rows = attach(active, outcome, ["customer_id", ASKED])
    no = ibis.literal(value=False)
    standing = rows.filter(~ibis.coalesce(rows.in_default, no))
    entered = ibis.coalesce(standing.enters, no)
    return standing.select(
        "customer_id",
        "as_of",
        "matured_on",
        defaulted=standing.is_mature.ifelse(entered, ibis.null("boolean")),
    ).order_by(["customer_id", "as_of"])


def _check(frame: pd.DataFrame, portfolio: PortfolioConfig, name: str) -> None:
    if frame.empty:
        raise ContractError(
            "No customer was active and in good standing on any day of decision.",
            where=f"configs/portfolios/{name}.yaml > cohort",
            value=f"activity_months={portfolio.cohort.activity_months}",
            next_step="Raise cohort.activity_months, or check the dates of the tables against complete_until.",
        )
    if frame["defaulted"].isna().all():
        raise not_matured(frame, portfolio, f"configs/portfolios/{name}.yaml")


def entered(starts: pd.DataFrame, complete_until: date) -> pd.DataFrame:
    """Entries as days, each once, in order: `ledger.DEFAULTS`.

    What is open today would be in default one day, were it never paid; that has not happened, and is left out.

    Args:
        starts: of `entries`.
        complete_until: the last complete day.

    >>> entered(pd.DataFrame({"customer_id": ["a", "a", "b"], "start": [1, 1, 2]}), date(1970, 1, 2)).to_numpy().tolist()
    [['a', Timestamp('1970-01-02 00:00:00')]]
    """
    once = starts[starts["start"] <= (complete_until - EPOCH).days]
    once = once.drop_duplicates().sort_values(["customer_id", "start"], ignore_index=True)
    days = pd.to_datetime(once["start"].astype("int64"), unit="D")
    return pd.DataFrame({"customer_id": once["customer_id"], "entered_on": days})

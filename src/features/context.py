"""What every family is computed from: the tables, the days of decision, the windows and the exchange rates."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from contracts.config.attributes import AttributeConfig
from contracts.config.portfolio import PortfolioConfig
from contracts.errors import ContractError
from contracts.tables.engine import AMOUNT
from features.engine.backend import SPARK, threads
from features.engine.scratch import Held, Kernel, Scratch, decision, kernel
from features.ledger.bookings import Ledger
from features.ledger.money import RATE_UNITS, rate_units
from features.ledger.settlement import REVERSAL, Clock
from features.time.arrays import ByArrays
from features.time.asof import ASKED, DAY, ByWindows, Calendar, Forward, attach, latest

_CURRENCY_TABLES = ("invoices", "customers", "financials")


@dataclass(frozen=True, slots=True)
class Context:
    """One run of the feature engine.

    Attributes:
        tables: raw tables that are read, by name.
        cohort: customer_id, as_of (date), asked (the same as a day number); unique.
        forward: how facts are run forward to the days of decision.
        windows: trailing windows in days, ascending.
        rates: currency, asked, `units`: rate to the reporting currency in units of 1e-8 (missing before its first).
        attributes: the columns the portfolio declares on `attributes`.
        ledger: the ledger on the knowledge clock, or None where there is none.
        wanted: the columns of states that will be read, or None for all; no other total is computed.
        has_mixed: whether a customer has documents in more than one currency.
        has_returns: whether a payment of an invoice was ever returned.
    """

    tables: Mapping[str, ir.Table]
    cohort: ir.Table
    forward: Forward
    windows: tuple[int, ...]
    rates: ir.Table
    attributes: tuple[AttributeConfig, ...] = ()
    ledger: Ledger | None = None
    wanted: Collection[str] | None = None
    has_mixed: bool = True
    has_returns: bool = True

    @property
    def books(self) -> Ledger:
        """The ledger. Asked for only by what needs its tables."""
        if self.ledger is None:
            raise KeyError("invoices and payments")
        return self.ledger

    @property
    def customers(self) -> ir.Table:
        """The questions by customer: customer_id, asked."""
        return self.cohort.select("customer_id", ASKED)

    @property
    def accounts(self) -> ir.Table:
        """The questions by customer and currency: customer_id, currency, asked; one without where it has no documents."""
        currencies = self.books.accounts.rename(owner="customer_id")
        asked = self.customers
        pairs = asked.left_join(currencies, asked.customer_id == currencies.owner)
        return pairs.select("customer_id", "currency", ASKED)

    def wants(self, column: str) -> bool:
        """Whether a column of a state will be read."""
        return self.wanted is None or column in self.wanted

    def totals(
        self, deltas: ir.Table | Sequence[ir.Table], offsets: Sequence[int] = (0,)
    ) -> ir.Table:
        """Running totals of the ledger per customer: 0 where nothing is known.

        Args:
            deltas: customer_id, currency, day and measures: decimal for money, integer for counts.
            offsets: see `running_totals`.

        Returns:
            customer_id, asked; counts as int64; money as exact decimals in units of 1e-8 of the reporting
            currency, so that differences stay exact (`money.amount` makes numbers of them).
        """
        parts = [deltas] if isinstance(deltas, ir.Table) else deltas
        if self.has_mixed:
            totals = self.forward.totals(self.accounts, parts, offsets, self.wanted)
            return self.converted(totals)
        # one currency a customer: summing up by text as well would cost half as much again
        own = [part.drop("currency") for part in parts]
        totals = self.forward.totals(self.customers, own, offsets, self.wanted)
        return self.converted(attach(totals, self.books.accounts, ["customer_id"]))

    def converted(self, totals: ir.Table) -> ir.Table:
        """Totals per (customer_id, currency, asked) summed per customer at the rate before `asked`."""
        rated = attach(totals, self.rates, ["currency", ASKED])
        names = [n for n in totals.columns if n not in {"customer_id", "currency", ASKED}]
        values, sums = {}, {}
        for name in names:
            value = rated[name]
            if value.type().is_decimal():
                # nothing in a currency needs no rate: else a currency first billed later would show
                unrated = rated.units.isnull() & (value != 0)
                units = (value * ibis.coalesce(rated.units, 0)).cast(AMOUNT)
                values[name] = unrated.ifelse(ibis.null(AMOUNT), units)
                sums[name] = unrated.any().ifelse(ibis.null(AMOUNT), units.sum().cast(AMOUNT))
            else:
                values[name] = value
                sums[name] = value.sum().cast("int64")
        if self.has_mixed:
            return rated.group_by(["customer_id", ASKED]).agg(**sums)
        return rated.select(
            "customer_id", ASKED, **values
        )  # a group of one costs as much as one of many

    def counts(self, deltas: ir.Table, offsets: Sequence[int] = (0,)) -> ir.Table:
        """Running totals per customer of integer measures that have no currency: 0 where nothing is known."""
        return self.forward.totals(self.customers, [deltas], offsets, self.wanted)

    def last(self, facts: ir.Table, tie: Sequence[str] = ()) -> ir.Table:
        """The fact known last per customer: customer_id, asked, day and its values; missing where none is."""
        return self.forward.latest(self.customers, facts, tie)


def prepare(
    made: Scratch,
    tables: Mapping[str, ir.Table],
    cohort: ir.Table,
    portfolio: PortfolioConfig,
    windows: Sequence[int],
    wanted: Collection[str] | None = None,
) -> Context:
    """The context of a run.

    Args:
        made: holds what the context is made of, on the engine that holds the tables.
        tables: raw tables to be read, by name.
        cohort: customer_id and as_of, unique, at least one row.
        portfolio: reporting currency and declared attributes.
        windows: trailing windows in days.
        wanted: the columns of states that will be read, or None for all.

    Raises:
        ContractError: money in a currency that has no rate to the reporting currency.
    """
    rows = cohort.select("customer_id", "as_of", asked=cohort.as_of.epoch_days())
    rows = made.keep("cohort", rows)
    asked = made.fetch(rows.select(ASKED).distinct())
    calendar = Calendar.of(days_asked(asked.value))
    rates = _rates(made, tables, asked, portfolio.reporting_currency)
    ordered = tuple(sorted(set(windows)))
    has_books = {"invoices", "payments"} <= set(tables)
    books = Ledger(tables, Clock.KNOWN, portfolio.settlement, made.keep) if has_books else None
    has_mixed = books is not None and _has_mixed(made, books)
    has_returns = books is not None and _has_returns(made, tables["payments"])
    return Context(
        tables,
        rows,
        _forward(made, calendar),
        ordered,
        rates,
        portfolio.attributes,
        books,
        wanted,
        has_mixed,
        has_returns,
    )


def read_of(portfolio: PortfolioConfig) -> dict[str, Any]:
    """What `prepare` reads of a portfolio, in plain values: part of what a program follows from."""
    return portfolio.model_dump(
        mode="json", include={"reporting_currency", "settlement", "attributes"}
    )


def _forward(made: Scratch, calendar: Calendar) -> Forward:
    """Arrays where the engine shares this process, windows where it has many."""
    windows = ByWindows(calendar)
    return windows if made.con.name == SPARK else ByArrays(made, windows, threads(made.con))


def _has_mixed(made: Scratch, books: Ledger) -> bool:
    pairs = books.accounts
    counts = pairs.agg(n=pairs.count(), n_customers=pairs.customer_id.nunique())
    return bool(made.decide(is_more, made.fetch(counts)))


def _has_returns(made: Scratch, payments: ir.Table) -> bool:
    """Without one nothing of a payment is ever taken back, and no step that asks is written into the query."""
    is_back = (payments.kind == REVERSAL) & payments.invoice_id.notnull()
    counts = payments.agg(n=is_back.cast("int64").sum())
    return bool(made.decide(is_any, made.fetch(counts)))


@decision(lambda written, _: bool(written))
def is_more(counts: pa.Table) -> bool:
    """Whether there are more accounts than customers; what is written for more holds for one each."""
    (row,) = counts.to_pylist()
    return bool(row["n"] > row["n_customers"])


@decision(lambda written, _: bool(written))
def is_any(counts: pa.Table) -> bool:
    """Whether anything was counted; what is written for some holds for none."""
    (row,) = counts.to_pylist()
    return bool(row["n"])


@kernel
def days_asked(asked: pa.Table) -> list[int]:
    """The days of decision, rising."""
    return sorted(asked[ASKED].to_pylist())


@kernel
def days_table(asked: pa.Table) -> pa.Table:
    """The days of decision, rising, as a relation."""
    return pa.table({ASKED: pa.array(days_asked(asked), pa.int64())})


@kernel
def usable_days(asked: pa.Table) -> pa.Table:
    """See `Calendar.days`."""
    return Calendar.rows(days_asked(asked))


def _others(reporting: str, columns: Sequence[pa.Table]) -> list[str]:
    found = {one for rows in columns for one in rows["currency"].to_pylist()}
    return sorted(found - {reporting})


@decision(lambda written, found: set(written) >= set(found))
def billed(reporting: str, *columns: pa.Table) -> list[str]:
    """The other currencies in some columns, in order; rates of more of them change nothing."""
    return _others(reporting, columns)


@decision(lambda written, found: set(written) <= set(found))
def rated(reporting: str, *columns: pa.Table) -> list[str]:
    """The other currencies that have rates, in order; rates that nobody needs change nothing."""
    return _others(reporting, columns)


def _rates(made: Scratch, tables: Mapping[str, ir.Table], asked: Held, reporting: str) -> ir.Table:
    days = made.keep("days", made.lend(made.work(days_table, asked)))
    home = days.mutate(currency=ibis.literal(reporting), units=ibis.literal(RATE_UNITS, "int64"))
    home = home.select("currency", ASKED, "units")
    foreign = _currencies(made, tables, _CURRENCY_TABLES, billed, reporting)
    if foreign:
        unknown = sorted(
            set(foreign) - set(_currencies(made, tables, ("fx_rates",), rated, reporting))
        )
        if unknown:
            raise ContractError(
                f"There is money in a currency without a rate to {reporting}.",
                where="fx_rates",
                value=", ".join(unknown),
                next_step=f"Deliver fx_rates for it, or deliver all amounts in {reporting}.",
            )
        usable = made.keep("calendar", made.lend(made.work(usable_days, asked)))
        calendar = Calendar(usable, usable.usable.min().as_scalar())
        names = [days.select(ASKED, currency=ibis.literal(one)) for one in foreign]
        every = ibis.union(*names) if len(names) > 1 else names[0]
        fx = tables["fx_rates"]
        facts = fx.select("currency", day=fx.rate_on.epoch_days(), units=rate_units(fx))
        abroad = latest(every.select("currency", ASKED), calendar, facts)
        home = home.union(abroad.select("currency", ASKED, "units"))
    return made.keep("rates", home)


def _currencies(
    made: Scratch,
    tables: Mapping[str, ir.Table],
    names: Sequence[str],
    which: Kernel,
    reporting: str,
) -> list[str]:
    """The currencies in some tables, but for the reporting currency."""
    found = [made.fetch(tables[name].select("currency").distinct()) for name in names if name in tables]  # fmt: skip
    answer: list[str] = made.decide(which, reporting, *found)
    return answer


def days_of(facts: ir.Table, known: str) -> ir.Table:
    """The facts with `day`, the day number of their knowledge date."""
    return facts.mutate(**{DAY: facts[known].epoch_days()})

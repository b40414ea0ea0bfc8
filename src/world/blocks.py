"""The world block by block: customers are drawn by the thousand, and no block needs another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from contracts.arrays import Floats
from contracts.config.source import Bookings, Severity, WorldSource
from contracts.errors import ConfigError
from world.books.bureau import attributes_table
from world.books.causes import true_defaults_table
from world.books.currencies import Rates, make_exchange, make_rates
from world.books.documents import ledger_tables, never_paid
from world.books.everyday import book, has_discount
from world.books.history import master_history_table
from world.books.incidents import events_table
from world.books.limits import credit_terms_table, make_grants
from world.books.master import customers_table
from world.books.orders import make_orders
from world.books.settlement import settle
from world.books.statements import financials_table
from world.hidden.draws import Streams
from world.hidden.economy import common_factors, cycle
from world.hidden.health import live
from world.hidden.hidden import Hidden, most_customers
from world.hidden.levels import Levels
from world.hidden.months import Months, make_months
from world.hidden.population import make_population
from world.hidden.truth import Chances, chances, truth_table

SIZE = 1_000  # customers in a block: some 190,000 invoices in eight years


@dataclass(frozen=True, slots=True)
class Economy:
    """What all blocks share.

    Attributes:
        seed: of the world.
        severity: of the downturn.
        months: the clock.
        levels: all numbers of the process.
        common: log-odds by industry and month.
        cycle: what of them the economy adds, by month.
    """

    seed: int
    severity: Severity
    months: Months
    levels: Levels
    common: Floats
    cycle: Floats


@dataclass(frozen=True, slots=True)
class Shared:
    """The economy, and what follows from it for every block: exchange rates, and chances of default by state."""

    economy: Economy
    rates: Rates
    chances: Chances
    bookings: Bookings


@dataclass(frozen=True, slots=True)
class Span:
    """The customers of one block.

    Attributes:
        block: its number, from 0.
        first: customers in the blocks before.
        size: customers in it.
    """

    block: int
    first: int
    size: int


@dataclass(frozen=True, slots=True)
class Block:
    """One block of the world.

    Attributes:
        tables: its rows of every raw table that is about customers, by name, sorted by grain.
        truth: its rows of the truth.
        defaults: its rows of the true defaults.
    """

    tables: dict[str, pa.Table]
    truth: pa.Table
    defaults: pa.Table


def spans(customers: int) -> Iterator[Span]:
    """Blocks of a thousand; the last one takes what is left, half a block to one and a half.

    Raises:
        ConfigError: more customers than their identifiers have room for.

    >>> [span.size for span in spans(2_400)], [span.size for span in spans(2_500)]
    ([1000, 1400], [1000, 1000, 500])
    """
    limit = most_customers(SIZE)
    if customers > limit:
        raise ConfigError(
            "The world has no room for so many customers.",
            where="source.customers",
            value=customers,
            next_step=f"Ask for at most {limit:,}.",
        )
    n = max((customers + SIZE // 2) // SIZE, 1)
    for block in range(n):
        first = block * SIZE
        yield Span(block, first, SIZE if block < n - 1 else customers - first)


def make_economy(source: WorldSource, complete_until: date, levels: Levels) -> Economy:
    """Draws what moves all customers at once."""
    months = make_months(complete_until, source.years)
    common = common_factors(source.seed, months, source.downturn, levels)
    ups_and_downs = cycle(source.seed, months, source.downturn, levels)
    return Economy(source.seed, source.downturn, months, levels, common, ups_and_downs)


def share(source: WorldSource, complete_until: date, reporting_currency: str) -> Shared:
    """Draws and computes once what every block needs.

    Raises:
        ConfigError: a reporting currency the world has no exchange rate for.
    """
    levels = Levels()
    economy = make_economy(source, complete_until, levels)
    rates = make_rates(source.seed, economy.months, reporting_currency, levels)
    return Shared(
        economy, rates, chances(economy.common, economy.months, levels.health), source.bookings
    )


def hide(economy: Economy, span: Span) -> Hidden:
    """The hidden part of a block: its customers and their lives, before any document."""
    streams = Streams(economy.seed, span.block)
    population = make_population(streams, span.size, economy.months, economy.levels)
    lives = live(streams, population, economy.common, economy.months, economy.levels)
    return Hidden(
        streams=streams,
        first=span.first,
        severity=economy.severity,
        months=economy.months,
        levels=economy.levels,
        population=population,
        common=economy.common,
        cycle=economy.cycle,
        lives=lives,
    )


def make_block(shared: Shared, span: Span) -> Block:
    """Draws one block, from its customers to its documents. It depends on nothing but its number and size."""
    hidden = hide(shared.economy, span)
    exchange = make_exchange(shared.rates, hidden.population, hidden.levels)
    grants = make_grants(
        hidden.streams, hidden.population, hidden.lives, hidden.months, hidden.levels
    )
    orders, cutoffs = make_orders(hidden, grants, exchange)
    settlement = settle(hidden, orders, cutoffs)
    bookings = shared.bookings
    documents, vouchers = book(hidden, orders, cutoffs, settlement, bookings)
    lost = never_paid(orders, settlement, exchange, hidden.months.until, span.size)
    customers = customers_table(hidden)
    events = events_table(hidden, cutoffs, grants, lost, exchange)
    tables = {
        "customers": customers,
        "master_history": master_history_table(customers, events),
        "credit_terms": credit_terms_table(
            hidden, grants, exchange, has_discount(hidden, bookings)
        ),
        **ledger_tables(hidden, documents, vouchers, settlement.disputes, exchange),
        "financials": financials_table(hidden, cutoffs, exchange),
        "events": events,
        "attributes": attributes_table(hidden),
    }
    truth = truth_table(hidden, shared.chances)
    return Block(tables, truth, true_defaults_table(hidden, cutoffs))

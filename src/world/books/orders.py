"""Orders: the invoices of each customer, with season, trend, size and state."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from contracts.arrays import Bools, Floats, Ints
from world.books.currencies import Exchange
from world.books.limits import Grants, by_customer
from world.hidden.economy import autoregression, downturn
from world.hidden.health import NEVER
from world.hidden.hidden import Hidden
from world.hidden.levels import Levels
from world.hidden.months import Months
from world.hidden.phases import DEFAULT, LEFT, N_PHASES, STOP_1, STOP_2, STOP_3

ORDERS_WHEN = {STOP_1: 0.8, STOP_2: 0.4, STOP_3: 0.1, LEFT: 0.0, DEFAULT: 0.0}
TREND = 0.02  # growth of an average customer's volume in a year
BY_HEALTH = 0.12  # log of volume per unit of health
WANDER = 0.25  # standard deviation of a customer's own ups and downs, log
MAX_INVOICE = 5_000_000.0  # EUR; no invoice is larger
GRACE = 91  # more than 90 days past due: the 91st day after the due date
BOOKING_DAYS = (0.70, 0.18, 0.06, 0.03, 0.02, 0.01)  # chance to be booked 0..5 days late


@dataclass(frozen=True, slots=True)
class Orders:
    """Invoices, sorted by customer and due date; each of shape (n invoices,).

    Attributes:
        customer: position of the customer.
        issued, due, booked: days.
        cents: amount in the customer's currency.
        month: position of the month it is due in (the last lived month where due later).
    """

    customer: Ints
    issued: Ints
    due: Ints
    booked: Ints
    cents: Ints
    month: Ints


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """When payments stop for good; each of shape (n customers,).

    Attributes:
        unpaid_from: invoices due on or after this day are never paid; NEVER where payments do not stop so.
        breaker: position of the first invoice that is not paid, -1 without one.
        defaulted_on: day of default by the chain: an insolvency's day, or the day the first unpaid invoice is
            more than 90 days past due; NEVER without a default.
    """

    unpaid_from: Ints
    breaker: Ints
    defaulted_on: Ints


def make_orders(hidden: Hidden, grants: Grants, exchange: Exchange) -> tuple[Orders, Cutoffs]:
    """Draws the invoices of the window, and settles from which one on a failing customer pays nothing."""
    rng = hidden.streams.of("orders")
    people, months = hidden.population, hidden.months
    volume = _volume(rng, hidden)
    counts = rng.poisson(people.frequency[:, None] * volume)
    arrived = np.maximum(hidden.lives.onboarded, months.first)[:, None]
    counts[np.arange(months.n_lived) < arrived] = 0
    customer, month = np.divmod(np.repeat(np.arange(counts.size), counts.ravel()), months.n_lived)
    day = (rng.random(len(customer)) * months.lengths()[month]).astype(np.int64)
    issued = _weekday(months.starts[month] + day)
    size = np.exp(rng.normal(-0.18, 0.6, len(customer))) * volume[customer, month] ** 0.3
    amount = np.clip(people.ticket[customer] * size, 60.0, MAX_INVOICE)
    issued = np.maximum(issued, np.maximum(people.onboarded[customer], months.opens))
    due = issued + grants.terms_on(customer, issued)
    order = np.lexsort((issued, due, customer))
    customer, issued, due, amount = customer[order], issued[order], due[order], amount[order]
    cutoffs, issued, due = _stop(hidden, grants, customer, issued, due)
    return _orders(hidden, exchange, (customer, issued, due, amount), cutoffs)


def _volume(rng: np.random.Generator, hidden: Hidden) -> Floats:
    """Order volume relative to the customer's usual one, shape (n, months lived)."""
    people, months, levels = hidden.population, hidden.months, hidden.levels
    n, n_lived = people.n, months.n_lived
    years = (np.arange(n_lived) - months.first) / 12.0
    economy = downturn(months, hidden.severity, levels.economy)[:n_lived]
    log = TREND * years + levels.economy.orders * economy + BY_HEALTH * hidden.lives.health
    log += WANDER * autoregression(rng, n, n_lived, 0.9)
    multiple = np.array([ORDERS_WHEN.get(phase, 1.0) for phase in range(N_PHASES)])
    season = _season(months, levels)[people.industry]
    return np.asarray(np.exp(log) * season * multiple[hidden.lives.phase])


def _season(months: Months, levels: Levels) -> Floats:
    """Yearly cycle of each industry, mean one, shape (industries, months lived)."""
    month = months.month_of_year()[: months.n_lived]
    swing = np.array([[i.season] for i in levels.industries])
    peak = np.array([[i.peak] for i in levels.industries])
    return np.asarray(1.0 + swing * np.cos(2.0 * np.pi * (month - peak) / 12.0))


def _weekday(days: Ints) -> Ints:
    """The day itself, or the Friday before where it is on a weekend (1970-01-01 was a Thursday).

    >>> _weekday(np.array([0, 1, 2, 3, 4])).tolist()
    [0, 1, 1, 1, 4]
    """
    return days - np.maximum((days + 3) % 7 - 4, 0)


def _stop(
    hidden: Hidden, grants: Grants, customer: Ints, issued: Ints, due: Ints
) -> tuple[Cutoffs, Ints, Ints]:
    """Draws the day payments stop. The first unpaid invoice must fall due in the stop month, as the chain says.

    Where none does, the customer's next invoice is issued earlier: an order brought forward.
    """
    rng = hidden.streams.of("stops")
    lives, starts = hidden.lives, hidden.months.starts
    n = hidden.population.n
    stop, stops = _last_stop(hidden)
    unpaid_from = starts[stop] + (rng.random(n) * hidden.months.lengths()[stop]).astype(np.int64)
    share = rng.random(n)
    unpaid_from = np.where(stops, unpaid_from, NEVER)
    breaker = np.searchsorted(by_customer(customer, due), by_customer(np.arange(n), unpaid_from))
    has = np.append(customer, -1)[breaker] == np.arange(n)
    breaker = np.where(stops & has, breaker, -1)
    rows = np.flatnonzero(breaker >= 0)
    rows = rows[due[breaker[rows]] >= starts[stop + 1][rows]]
    left = starts[stop + 1][rows] - unpaid_from[rows]
    wanted = unpaid_from[rows] + (share[rows] * left).astype(np.int64)
    issued, due = issued.copy(), due.copy()
    _bring_forward(hidden, grants, breaker[rows], wanted, (customer, issued, due))
    month = np.minimum(lives.defaulted, hidden.months.n_lived - 1)
    event = starts[month] + (rng.random(n) * hidden.months.lengths()[month]).astype(np.int64)
    defaulted_on = np.where(lives.breaches & (breaker >= 0), due[breaker] + GRACE, event)
    defaulted_on = np.where(lives.defaulted == NEVER, NEVER, defaulted_on)
    return Cutoffs(unpaid_from, breaker, defaulted_on), issued, due


def _bring_forward(
    hidden: Hidden, grants: Grants, invoices: Ints, wanted: Ints, ledger: tuple[Ints, Ints, Ints]
) -> None:
    """Sets `issued` and `due` of these invoices so that they fall due on the day wanted, on the terms then in force.

    Left as they are: those of a customer who was not yet with us then, or whose terms changed about that day.
    """
    customer, issued, due = ledger
    who = customer[invoices]
    day = wanted - (due[invoices] - issued[invoices])
    for _ in range(2):  # once more where other terms were in force on the first guess
        day = wanted - grants.terms_on(who, day)
    earliest = np.maximum(hidden.population.onboarded, hidden.months.opens)[who]
    can = (day >= earliest) & (day + grants.terms_on(who, day) == wanted)
    issued[invoices[can]] = day[can]
    due[invoices[can]] = wanted[can]


def _last_stop(hidden: Hidden) -> tuple[Ints, Bools]:
    """Month in which payments stopped for good (or had, when the window closed), and whether they did."""
    lives, last = hidden.lives, hidden.months.n_lived - 1
    at = np.minimum(lives.defaulted - 1, last)
    phase = lives.phase[np.arange(len(at)), at].astype(np.int64)
    stops = (phase >= STOP_1) & (phase <= STOP_3)
    return np.where(stops, at - (phase - STOP_1), 0), stops


def _orders(
    hidden: Hidden, exchange: Exchange, drawn: tuple[Ints, Ints, Ints, Floats], cutoffs: Cutoffs
) -> tuple[Orders, Cutoffs]:
    """Amounts in the customer's currency; what the ledger does not hold on its last day is dropped."""
    customer, issued, due, amount = drawn
    rng = hidden.streams.of("bookings")
    booked = issued + rng.choice(len(BOOKING_DAYS), len(issued), p=BOOKING_DAYS)
    cents = np.rint(100.0 * amount / exchange.on(exchange.billed[customer], issued)).astype(
        np.int64
    )
    kept = (booked <= hidden.months.until) & (issued < cutoffs.defaulted_on[customer])
    position = np.append(np.where(kept, np.cumsum(kept) - 1, -1), -1)
    orders = Orders(
        customer=customer[kept],
        issued=issued[kept],
        due=due[kept],
        booked=booked[kept],
        cents=cents[kept],
        month=hidden.months.position(due[kept]),
    )
    return orders, Cutoffs(cutoffs.unpaid_from, position[cutoffs.breaker], cutoffs.defaulted_on)

"""How invoices are settled: habits, strain, arrears, disputes, credit notes, parts - and what is never paid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from contracts.arrays import Bools, Floats, Ints
from world.books.orders import BOOKING_DAYS, Cutoffs, Orders
from world.hidden.draws import between
from world.hidden.economy import autoregression
from world.hidden.health import NEVER
from world.hidden.hidden import Hidden
from world.hidden.phases import ARREARS_1, ARREARS_3, GOOD, STOP_1, STOP_3

LATEST_BEFORE_DEFAULT = 89  # days past due


@dataclass(frozen=True, slots=True)
class Payments:
    """Payments; each of shape (n payments,).

    Attributes:
        document: position of the invoice, or number of invoices + position of the credit note.
        paid, booked: days.
        cents: in the customer's currency.
    """

    document: Ints
    paid: Ints
    booked: Ints
    cents: Ints


@dataclass(frozen=True, slots=True)
class CreditNotes:
    """Credit notes: position of the invoice they correct, day of issue and booking, cents."""

    invoice: Ints
    issued: Ints
    booked: Ints
    cents: Ints


@dataclass(frozen=True, slots=True)
class Disputes:
    """Disputes: position of the invoice, days (closed is NEVER while open), and whether only a symptom."""

    invoice: Ints
    opened: Ints
    closed: Ints
    symptom: Bools


@dataclass(frozen=True, slots=True)
class Settlement:
    """Everything that happens to the invoices of the window."""

    payments: Payments
    credit_notes: CreditNotes
    disputes: Disputes


def settle(hidden: Hidden, orders: Orders, cutoffs: Cutoffs) -> Settlement:
    """Settles the invoices. Nothing is paid later than 89 days past due, unless it is part of a default."""
    planned = _planned(hidden, orders)
    unpaid = orders.due >= cutoffs.unpaid_from[orders.customer]
    breakers = np.zeros(len(unpaid), dtype=bool)
    breakers[cutoffs.breaker[cutoffs.breaker >= 0]] = True
    disputes = _disputes(hidden, orders, planned, spared=breakers)
    paid = _after_disputes(orders, planned, disputes)
    unpaid |= paid >= cutoffs.defaulted_on[orders.customer]
    paid = np.where(unpaid, NEVER, paid)
    notes = _credit_notes(hidden, orders, paid, disputes, spared=breakers)
    net = orders.cents.copy()
    net[notes.invoice] -= notes.cents
    invoices = _payments(hidden, orders, cutoffs, paid, net)
    payments = _known(hidden, [invoices, _set_off(hidden, notes, paid, net)])
    return Settlement(payments, notes, disputes)


def _planned(hidden: Hidden, orders: Orders) -> Ints:
    """Day each invoice would be paid if payments did not stop for good.

    Days past due = habit + liquidity + strain * softplus(strain_from - health) + arrears + noise; what is below zero shrinks, for few
    pay much before they must.
    """
    trade, lives, months = hidden.levels.trade, hidden.lives, hidden.months
    rng = hidden.streams.of("payments")
    n = len(orders.customer)
    cell = (orders.customer, orders.month)
    strain = trade.strain * np.logaddexp(0.0, 2.0 * (trade.strain_from - lives.health[cell])) / 2.0
    liquidity = trade.liquidity_spread * autoregression(
        hidden.streams.of("liquidity"),
        hidden.population.n,
        months.n_lived,
        trade.liquidity_persistence,
    )
    phase = lives.phase[cell].astype(np.int64)
    step = np.clip(phase - ARREARS_1 + 1, 0, 3)
    arrears = np.array([0.0, *trade.arrears_days])[step] * np.exp(rng.normal(-0.03, 0.25, n))
    noise = trade.noise_spread * (rng.gamma(2.0, 1.0, n) - 2.0)
    delay = hidden.population.habit[orders.customer] + liquidity[cell] + strain + arrears + noise
    delay = np.where(delay < 0.0, trade.eagerness * delay, delay)
    delay = np.minimum(np.rint(delay).astype(np.int64), trade.longest_delay)
    paid = np.maximum(orders.due + delay, orders.issued + 2)
    paid += np.array([0, 0, 0, 0, 0, 2, 1])[(paid + 3) % 7]  # banks work on weekdays
    return np.asarray(np.maximum(paid, _resumed(hidden, rng)[cell]))


def _resumed(hidden: Hidden, rng: np.random.Generator) -> Ints:
    """Day payments resume, for months in a stop that ends in rescue; 0 for other months."""
    phase, months = hidden.lives.phase, hidden.months
    stopped = (phase >= STOP_1) & (phase <= STOP_3)
    resumed = np.zeros(phase.shape, dtype=np.int64)
    delay = between(rng, 0, 8, phase.size).reshape(phase.shape)
    for month in range(phase.shape[1] - 2, -1, -1):
        rescued = stopped[:, month] & (phase[:, month + 1] == GOOD)
        goes_on = stopped[:, month] & stopped[:, month + 1]
        first_day = months.starts[month + 1] + delay[:, month]
        later = np.where(goes_on, resumed[:, month + 1], 0)
        resumed[:, month] = np.where(rescued, first_day, later)
    return resumed


def _disputes(hidden: Hidden, orders: Orders, planned: Ints, *, spared: Bools) -> Disputes:
    """Genuine disputes anywhere; more of them, as a pretext, from customers in arrears."""
    trade, until = hidden.levels.trade, hidden.months.until
    rng = hidden.streams.of("disputes")
    n = len(orders.due)
    phase = hidden.lives.phase[orders.customer, orders.month]
    trouble = (phase >= ARREARS_1) & (phase <= STOP_3)
    genuine = rng.random(n) < trade.dispute_share
    symptom = trouble & (rng.random(n) < trade.dispute_arrears)
    opened = (
        orders.issued + 2 + (rng.random(n) * (orders.due - orders.issued + 10)).astype(np.int64)
    )
    closed = opened + 12 + (rng.gamma(2.0, 16.0, n)).astype(np.int64)
    found = (genuine | symptom) & ~spared & (opened < planned) & (opened <= until)
    rows = np.flatnonzero(found)
    ends = np.where(closed[rows] <= until, closed[rows], NEVER)
    return Disputes(rows, opened[rows], ends, symptom[rows] & ~genuine[rows])


def _after_disputes(orders: Orders, planned: Ints, disputes: Disputes) -> Ints:
    """A disputed invoice is paid when the dispute closes, or the day before where it is long past due."""
    paid = planned.copy()
    rows, closed = disputes.invoice, disputes.closed
    late = closed > orders.due[rows] + LATEST_BEFORE_DEFAULT
    paid[rows] = np.where(late, closed - 1, np.maximum(planned[rows], closed))
    return paid


def _credit_notes(
    hidden: Hidden, orders: Orders, paid: Ints, disputes: Disputes, *, spared: Bools
) -> CreditNotes:
    """Corrections of an invoice while it is open; the customer then pays the rest. One in seven cancels it."""
    trade, until = hidden.levels.trade, hidden.months.until
    rng = hidden.streams.of("credit notes")
    n = len(orders.due)
    after_dispute = np.zeros(n)
    after_dispute[disputes.invoice[~disputes.symptom]] = 0.4
    found = rng.random(n) < np.maximum(trade.credit_note_share, after_dispute)
    last = np.minimum(paid, np.minimum(orders.due + 30, until))
    span = last - orders.issued
    issued = orders.issued + 1 + (rng.random(n) * (span - 1)).astype(np.int64)
    share = np.where(rng.random(n) < 1.0 / 7.0, 1.0, 0.02 + 0.4 * rng.beta(1.2, 3.0, n))
    cents = np.rint(orders.cents * share).astype(np.int64)
    booked = issued + rng.choice(len(BOOKING_DAYS), n, p=BOOKING_DAYS)
    found &= (span > 3) & ~spared & (booked <= until) & (cents > 0)
    rows = np.flatnonzero(found)
    return CreditNotes(rows, issued[rows], booked[rows], cents[rows])


def _payments(hidden: Hidden, orders: Orders, cutoffs: Cutoffs, paid: Ints, net: Ints) -> Payments:
    """Whole payments, parts, tokens of customers that failed, and dividends long after."""
    rng = hidden.streams.of("parts")
    rows, day, cents = _regular(hidden, rng, orders, cutoffs, paid, net)
    tokens = _tokens(hidden, rng, orders, cutoffs, paid == NEVER)
    dividends = _dividends(hidden, rng, orders, cutoffs, paid == NEVER)
    invoice = np.concatenate([rows, tokens[0], dividends[0]])
    day = np.concatenate([day, tokens[1], dividends[1]])
    share = np.concatenate([tokens[2], dividends[2]])
    part = np.rint(net[invoice[len(rows) :]] * share).astype(np.int64)
    cents = np.concatenate([cents, part])
    return Payments(invoice, day, day + _lag(rng, len(day)), cents)


def _lag(rng: np.random.Generator, n: int) -> Ints:
    """Days to booking; one payment in a hundred hangs in clearing."""
    lag = rng.choice(len(BOOKING_DAYS), n, p=BOOKING_DAYS)
    return lag + np.where(rng.random(n) < 0.01, between(rng, 1, 8, n), 0)


def _set_off(hidden: Hidden, notes: CreditNotes, paid: Ints, net: Ints) -> Payments:
    """A credit note clears part of its invoice with the payment of the rest: one booking on each of the two.

    The note of a cancelled invoice clears it within a week. Where the invoice is never paid, the note stays open.
    """
    rng = hidden.streams.of("set-offs")
    n = len(notes.invoice)
    whole = net[notes.invoice] == 0
    day = np.where(whole, notes.issued + between(rng, 0, 7, n), paid[notes.invoice])
    booked = np.maximum(day + _lag(rng, n), notes.booked)
    rows = np.flatnonzero(whole | (day != NEVER))
    document = np.concatenate([notes.invoice[rows], len(net) + rows])
    twice = np.concatenate([rows, rows])
    return Payments(document, day[twice], booked[twice], notes.cents[twice])


def _known(hidden: Hidden, parts: list[Payments]) -> Payments:
    """All payments that are booked by the last day."""
    document, paid, booked, cents = (
        np.concatenate([getattr(part, name) for part in parts]) for name in Payments.__slots__
    )
    kept = (booked <= hidden.months.until) & (cents > 0)
    return Payments(document[kept], paid[kept], booked[kept], cents[kept])


def _regular(
    hidden: Hidden,
    rng: np.random.Generator,
    orders: Orders,
    cutoffs: Cutoffs,
    paid: Ints,
    net: Ints,
) -> tuple[Ints, Ints, Ints]:
    """Payments that settle an invoice: one, or two where it is paid in parts."""
    trade = hidden.levels.trade
    phase = hidden.lives.phase[orders.customer, orders.month]
    trouble = (phase >= ARREARS_1) & (phase <= ARREARS_3)
    n = len(paid)
    in_parts = rng.random(n) < np.where(trouble, trade.partial_arrears, trade.partial_share)
    share, wait = rng.uniform(0.25, 0.85, n), between(rng, 6, 32, n)
    settled = paid != NEVER
    rest_day = np.minimum(paid + wait, np.maximum(orders.due + LATEST_BEFORE_DEFAULT, paid))
    first = np.where(in_parts & (rest_day > paid), np.rint(net * share), net).astype(np.int64)
    one = np.flatnonzero(settled)
    rest_comes = rest_day < cutoffs.defaulted_on[orders.customer]
    two = np.flatnonzero(settled & (first < net) & rest_comes)
    return (
        np.concatenate([one, two]),
        np.concatenate([paid[one], rest_day[two]]),
        np.concatenate([first[one], net[two] - first[two]]),
    )


def _tokens(
    hidden: Hidden, rng: np.random.Generator, orders: Orders, cutoffs: Cutoffs, unpaid: Bools
) -> tuple[Ints, Ints, Floats]:
    """A customer that stopped paying still sends a little on some invoices."""
    n = len(unpaid)
    day = orders.due + between(rng, 5, 60, n)
    chosen = unpaid & (rng.random(n) < hidden.levels.trade.token_share)
    chosen &= day < cutoffs.defaulted_on[orders.customer]
    rows = np.flatnonzero(chosen)
    return rows, day[rows], rng.uniform(0.05, 0.30, n)[rows]


def _dividends(
    hidden: Hidden, rng: np.random.Generator, orders: Orders, cutoffs: Cutoffs, unpaid: Bools
) -> tuple[Ints, Ints, Floats]:
    """Some failed customers' estates pay a share of what is open, months later."""
    n = hidden.population.n
    pays = rng.random(n) < hidden.levels.trade.recovery_share
    day = cutoffs.defaulted_on + between(rng, 150, 600, n)
    share = rng.uniform(0.03, 0.45, n)
    failed = cutoffs.defaulted_on[orders.customer] != NEVER
    rows = np.flatnonzero(unpaid & failed & pays[orders.customer])
    return rows, day[orders.customer[rows]], share[orders.customer[rows]]

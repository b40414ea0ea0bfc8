"""Credit events: insolvencies and write-offs, claims and lawsuits, payment plans, external ratings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.arrays import Floats, Ints
from contracts.tables.raw import EVENTS
from world.books.currencies import Exchange
from world.books.limits import Grants
from world.books.orders import Cutoffs
from world.hidden import arrow
from world.hidden.draws import between
from world.hidden.health import NEVER
from world.hidden.hidden import Hidden
from world.hidden.phases import ARREARS_2, GOOD, STOP_1, STOP_2, STOP_3
from world.hidden.population import LIMITED, PUBLIC

KINDS = (
    "insolvency",
    "write_off",
    "ceased_trading",
    "legal_action",
    "insurer_claim",
    "payment_plan",
    "external_rating",
)
INSOLVENCY, WRITE_OFF, CEASED, LEGAL, CLAIM, PLAN, RATING = range(7)
RATINGS = ("AAA", "AA", "A", "BBB", "BB", "B", "CCC")
RATING_BOUNDS = (-1.3, -0.8, -0.35, 0.25, 0.95, 1.7)  # of perceived health; below the first CCC
RATED_REVENUE = 6e6  # EUR: agencies follow larger firms


@dataclass(frozen=True, slots=True)
class Incidents:
    """Events in no order; each of shape (n events,). Amounts in EUR, NaN where none; detail -1 where none."""

    customer: Ints
    occurred: Ints
    known: Ints
    kind: Ints
    amount: Floats
    plan_ends: Ints
    rating: Ints


def events_table(
    hidden: Hidden, cutoffs: Cutoffs, grants: Grants, exposure: Floats, exchange: Exchange
) -> pa.Table:
    """The raw table `events`, as known on the last day.

    Args:
        hidden: the hidden world.
        cutoffs: days of default.
        grants: limits and insurance.
        exposure: EUR never paid, by customer.
        exchange: rates.
    """
    parts = [
        _failures(hidden, cutoffs, exposure),
        _claims(hidden, cutoffs, grants, exposure),
        _lawsuits(hidden, cutoffs),
        _plans(hidden),
        _ratings(hidden, cutoffs),
    ]
    found = Incidents(
        *(np.concatenate([getattr(p, name) for p in parts]) for name in Incidents.__slots__)
    )
    kept = (found.known <= hidden.months.until) & (found.occurred >= hidden.months.opens)
    kept &= found.occurred >= hidden.population.onboarded[found.customer]
    order = np.flatnonzero(kept)
    order = order[np.lexsort((found.kind[order], found.customer[order], found.known[order]))]
    customer, occurred, amount = found.customer[order], found.occurred[order], found.amount[order]
    rate = exchange.on(exchange.billed[customer], occurred)
    return arrow.table(
        EVENTS,
        {
            "event_id": hidden.record_ids("E", np.arange(len(order)) + 1),
            "customer_id": hidden.customer_ids(customer),
            "occurred_on": arrow.days(occurred),
            "known_on": arrow.days(found.known[order]),
            "kind": arrow.words(KINDS, found.kind[order]),
            "amount": arrow.where(np.isfinite(amount), arrow.money(np.nan_to_num(amount) / rate)),
            "detail": _details(found.plan_ends[order], found.rating[order]),
        },
    )


def _details(plan_ends: Ints, rating: Ints) -> pa.Array:
    text = arrow.days(plan_ends).cast(pa.string())
    text = arrow.where(plan_ends >= 0, text)
    return pc.coalesce(text, arrow.where(rating >= 0, arrow.words(RATINGS, np.maximum(rating, 0))))


def _incidents(
    customer: Ints,
    days: tuple[Ints, Ints],
    kind: Ints | int,
    amount: Floats | float = np.nan,
    *,
    plan_ends: Ints | int = -1,
    rating: Ints | int = -1,
) -> Incidents:
    """Events of one sort, single values repeated; `days` are occurred and known."""
    n = len(customer)

    def each(values: Ints | int) -> Ints:
        return np.broadcast_to(np.asarray(values, dtype=np.int64), n).copy()

    return Incidents(
        customer,
        days[0],
        days[1],
        each(kind),
        np.broadcast_to(np.asarray(amount, dtype=np.float64), n).copy(),
        each(plan_ends),
        each(rating),
    )


def _failures(hidden: Hidden, cutoffs: Cutoffs, exposure: Floats) -> Incidents:
    """How every default ends: an insolvency on its day, or within five months of a breach a court or the supplier.

    After a breach: 45 % insolvency, 35 % write-off, 20 % ceased trading. Without one: insolvency, or (1 in 8)
    trading simply ceases.
    """
    rng = hidden.streams.of("failures")
    n = hidden.population.n
    breach = hidden.lives.breaches & (cutoffs.breaker >= 0)
    day = cutoffs.defaulted_on + np.where(breach, between(rng, 5, 150, n), 0)
    share = rng.random(n)
    ends = np.where(share < 0.45, INSOLVENCY, np.where(share < 0.80, WRITE_OFF, CEASED))
    ends = np.where(breach, ends, np.where(share < 0.875, INSOLVENCY, CEASED))
    delay = np.where(ends == CEASED, between(rng, 10, 60, n), between(rng, 1, 25, n))
    delay = np.where(ends == WRITE_OFF, 0, delay)  # our own booking
    rows = np.flatnonzero(cutoffs.defaulted_on != NEVER)
    amount = np.where(ends == WRITE_OFF, exposure, np.nan)
    return _incidents(rows, (day[rows], (day + delay)[rows]), ends[rows], amount[rows])


def _claims(hidden: Hidden, cutoffs: Cutoffs, grants: Grants, exposure: Floats) -> Incidents:
    """An insured supplier claims one to four months after the default."""
    rng = hidden.streams.of("claims")
    month = np.clip(hidden.lives.defaulted, 0, hidden.months.n_lived) - 1
    cover = grants.insured[np.arange(len(month)), month] * grants.share
    day = cutoffs.defaulted_on + between(rng, 30, 120, len(month))
    known = day + between(rng, 0, 5, len(month))
    rows = np.flatnonzero((cutoffs.defaulted_on != NEVER) & (cover > 0) & (exposure > 0))
    return _incidents(
        rows, (day[rows], known[rows]), CLAIM, np.minimum(cover, exposure * grants.share)[rows]
    )


def _lawsuits(hidden: Hidden, cutoffs: Cutoffs) -> Incidents:
    """Legal action: by us after the stop, by others while payments get worse, and now and then for no reason."""
    rng = hidden.streams.of("lawsuits")
    phase, months = hidden.lives.phase, hidden.months
    chance = np.full(phase.shape, 0.0003)
    chance[phase >= ARREARS_2] = 0.03
    chance[(phase == STOP_2) | (phase == STOP_3)] = 0.10
    chance[phase > STOP_3] = 0.0
    rows, month = np.nonzero(rng.random(phase.shape) < chance)
    day = months.starts[month] + between(rng, 0, 28, len(rows))
    known = day + between(rng, 2, 45, len(rows))
    amount = hidden.population.ticket[rows] * np.exp(rng.normal(1.0, 0.8, len(rows)))
    kept = day < cutoffs.defaulted_on[rows]
    return _incidents(rows[kept], (day[kept], known[kept]), LEGAL, amount[kept])


def _plans(hidden: Hidden) -> Incidents:
    """Payment plans of 45 to 85 days, asked for in arrears: over before a default could follow."""
    rng = hidden.streams.of("plans")
    phase, months = hidden.lives.phase, hidden.months
    chance = np.where(phase == GOOD, 0.0002, 0.0)
    chance[phase == ARREARS_2] = 0.12
    rows, month = np.nonzero(rng.random(phase.shape) < chance)
    day = months.starts[month] + between(rng, 0, 28, len(rows))
    known = day + between(rng, 0, 3, len(rows))
    amount = hidden.population.ticket[rows] * np.exp(rng.normal(0.8, 0.5, len(rows)))
    return _incidents(
        rows, (day, known), PLAN, amount, plan_ends=day + between(rng, 45, 86, len(rows))
    )


def _ratings(hidden: Hidden, cutoffs: Cutoffs) -> Incidents:
    """A rating agency's view of larger companies: a first rating, then each change, seen late and with noise."""
    rng = hidden.streams.of("ratings")
    people, months, lives = hidden.population, hidden.months, hidden.lives
    n, n_lived = lives.health.shape
    company = np.isin(people.legal_form, (LIMITED, PUBLIC)) & (people.revenue > RATED_REVENUE)
    followed = company & (rng.random(n) < 0.5)
    seen = np.roll(lives.health, 5, axis=1) + rng.normal(0.0, 0.35, (n, 1))
    seen -= 0.9 * ((lives.phase >= STOP_1) & (lives.phase <= STOP_3))
    rating = len(RATINGS) - 1 - np.searchsorted(RATING_BOUNDS, seen)
    review = (np.arange(n_lived) + rng.integers(0, 6, (n, 1))) % 6 == 0
    latest = np.maximum.accumulate(np.where(review, np.arange(n_lived), 0), axis=1)
    held = np.take_along_axis(rating, latest, axis=1)
    first = np.maximum(lives.onboarded, months.first)[:, None] == np.arange(n_lived)
    changed = np.zeros((n, n_lived), dtype=bool)
    changed[:, 1:] = np.diff(held, axis=1) != 0
    rows, month = np.nonzero((first | changed) & followed[:, None])
    day = months.starts[month] + between(rng, 0, 28, len(rows))
    kept = day < cutoffs.defaulted_on[rows]
    rows, month, day = rows[kept], month[kept], day[kept]
    return _incidents(
        rows, (day, day + between(rng, 0, 10, len(rows))), RATING, rating=held[rows, month]
    )

"""What the supplier grants: payment terms, and a credit limit set by an imperfect yearly policy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from contracts.arrays import Bools, Floats, Ints
from contracts.tables.raw import CREDIT_TERMS
from world.books.currencies import Exchange
from world.hidden import arrow
from world.hidden.draws import Streams, between
from world.hidden.health import NEVER, Lives
from world.hidden.hidden import Hidden
from world.hidden.levels import Levels
from world.hidden.months import Months
from world.hidden.phases import ARREARS_2, STOP_1, STOP_3
from world.hidden.population import Population

HOLD = 0.20  # a review that would move the limit by less leaves it
DISCOUNT_DAYS, DISCOUNT_PERCENT = 14, 2  # what is agreed where a cash discount is


@dataclass(frozen=True, slots=True)
class Changes:
    """Rows of `credit_terms`, by customer and day: the month whose terms they carry, and their first day."""

    customer: Ints
    month: Ints
    valid_from: Ints


@dataclass(frozen=True, slots=True)
class Grants:
    """Terms in force by customer and month.

    Attributes:
        limit: EUR, 0 where only prepayment is accepted; shape (n, months lived).
        terms: payment terms in days, same shape.
        insured: part of the limit an insurer covers, EUR; 0 where none.
        share: insured share of a loss, shape (n,).
        changes: when which of them come into force.
    """

    limit: Floats
    terms: Ints
    insured: Floats
    share: Floats
    changes: Changes

    def terms_on(self, customer: Ints, day: Ints) -> Ints:
        """Payment terms in force for each customer on each day: those of the latest row valid by then."""
        keys = by_customer(self.changes.customer, self.changes.valid_from)
        row = np.searchsorted(keys, by_customer(customer, day), side="right") - 1
        return self.terms[self.changes.customer[row], self.changes.month[row]]


def by_customer(customer: Ints, day: Ints) -> Ints:
    """One number that sorts by customer, then day."""
    return customer * (2 * NEVER) + day


def make_grants(
    streams: Streams, population: Population, lives: Lives, months: Months, levels: Levels
) -> Grants:
    """Reviews every customer once a year, and at once when it stops paying (in two cases of three)."""
    rng = streams.of("limits")
    n, n_lived = population.n, months.n_lived
    start = lives.onboarded
    monthly = population.frequency * population.ticket
    review = (start[:, None] + np.arange(n_lived)) % 12 == 0  # an own review month each
    review |= np.arange(n_lived) == start[:, None]
    seen = np.roll(lives.health, 4, axis=1) + rng.normal(0.0, 0.9, (n, n_lived))  # late and noisy
    days = np.array(levels.trade.terms_days)
    terms = _terms(rng, days[population.terms], review)
    need = 1.9 * monthly[:, None] * (terms + 30.0) / 30.0
    policy = need * np.exp(rng.normal(0.1, 0.3, (n, 1)) + rng.normal(0.0, 0.08, (n, n_lived)))
    policy *= np.clip(1.0 + 0.22 * seen, 0.35, 1.6)
    limit = _tidy(_held(policy, review))
    limit *= _cuts(rng, lives)
    covered = rng.random(n) < 0.38
    insured = np.where(covered[:, None], _tidy(limit * rng.choice([0.6, 0.8, 1.0], (n, 1))), 0.0)
    trouble = (lives.phase >= ARREARS_2) & (lives.phase <= STOP_3)
    withdrawn = np.maximum.accumulate(trouble, axis=1) & (rng.random((n, 1)) < 0.4)
    share = rng.choice([0.85, 0.90, 0.95], n)
    insured = np.where(withdrawn, 0.0, insured)
    changes = _changes(streams, population, lives, months, (limit, terms, insured))
    return Grants(limit, terms, insured, share, changes)


def _terms(rng: np.random.Generator, first: Ints, review: Bools) -> Ints:
    """Terms are renegotiated at one review in twenty-five, to 30, 60 or 90 days."""
    n, n_lived = review.shape
    changed = review & (rng.random((n, n_lived)) < 0.04)
    agreed = np.array([30, 60, 90])[rng.integers(0, 3, (n, n_lived))]
    value = np.where(changed, agreed, first[:, None])
    latest = np.maximum.accumulate(np.where(changed, np.arange(n_lived), 0), axis=1)
    return np.take_along_axis(value, latest, axis=1).astype(np.int64)


def _held(policy: Floats, review: Bools) -> Floats:
    """The limit in force: the policy's at the last review that moved it by more than HOLD."""
    held = policy[:, 0].copy()
    out = np.empty_like(policy)
    for month in range(policy.shape[1]):
        wanted = policy[:, month]
        moved = review[:, month] & (np.abs(wanted / held - 1.0) > HOLD)
        held = np.where(moved, wanted, held)
        out[:, month] = held
    return out


def _cuts(rng: np.random.Generator, lives: Lives) -> Floats:
    """A customer that stopped paying is halved, then put on prepayment - if anyone noticed."""
    noticed = rng.random((len(lives.phase), 1)) < 0.67
    half = (lives.phase >= STOP_1) & (lives.phase <= STOP_3)
    return np.where(noticed & half, np.where(lives.phase == STOP_3, 0.0, 0.5), 1.0)


def _tidy(amounts: Floats) -> Floats:
    """Two significant digits, as people write limits.

    >>> _tidy(np.array([12_345.0, 987.0, 0.0])).tolist()
    [12000.0, 990.0, 0.0]
    """
    size = np.power(10.0, np.floor(np.log10(np.maximum(amounts, 1.0)) - 1.0))
    return np.asarray(np.rint(amounts / size) * size)


def _changes(
    streams: Streams,
    population: Population,
    lives: Lives,
    months: Months,
    granted: tuple[Floats | Ints, ...],
) -> Changes:
    """A row on the first day with us, and one at each change until the customer defaults."""
    n, n_lived = granted[0].shape
    month = np.arange(n_lived)
    start = np.maximum(lives.onboarded, months.first)[:, None]  # the extract begins with the window
    end = np.minimum(lives.defaulted, n_lived)[:, None]
    changed = np.zeros((n, n_lived), dtype=bool)
    for values in granted:
        changed[:, 1:] |= np.diff(values, axis=1) != 0
    rows, at = np.nonzero((month == start) | (changed & (month > start) & (month < end)))
    first = at == start[rows, 0]
    day = months.starts[at] + between(streams.of("reviews"), 0, 28, len(rows))
    day = np.where(first, np.minimum(population.onboarded[rows], months.until), day)
    kept = day <= months.until
    return Changes(rows[kept], at[kept], day[kept])


def credit_terms_table(
    hidden: Hidden, grants: Grants, exchange: Exchange, discounted: Bools
) -> pa.Table:
    """The raw table `credit_terms`; `discounted`: the customers with whom a cash discount is agreed."""
    rows, at = grants.changes.customer, grants.changes.month
    rate = exchange.per_month[exchange.billed[rows], at]
    insured = grants.insured[rows, at]
    insurable: Bools = grants.insured.max(axis=1)[rows] > 0
    limited: Bools = hidden.streams.of("unlimited").random(hidden.population.n)[rows] >= 0.03
    return arrow.table(
        CREDIT_TERMS,
        {
            "customer_id": hidden.customer_ids(rows),
            "valid_from": arrow.days(grants.changes.valid_from),
            "credit_limit": arrow.where(limited, arrow.money(_tidy(grants.limit[rows, at] / rate))),
            "payment_terms_days": pa.array(grants.terms[rows, at]),
            "discount_days": arrow.where(
                discounted[rows], pa.array(np.full(len(rows), DISCOUNT_DAYS))
            ),
            "discount_rate": arrow.where(
                discounted[rows], arrow.rates(np.full(len(rows), DISCOUNT_PERCENT / 100))
            ),
            "insured_limit": arrow.where(insurable, arrow.money(_tidy(insured / rate))),
            "insured_share": arrow.where(insurable, arrow.rates(grants.share[rows])),
        },
    )

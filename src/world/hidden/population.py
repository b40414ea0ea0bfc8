"""Who the customers are: what does not change over time, hidden traits included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from contracts.arrays import Bools, Floats, Ints
from world.hidden.draws import Streams, between, pick
from world.hidden.levels import Levels
from world.hidden.months import Months

NO_GROUP = -1
LEGAL_FORMS = ("sole trader", "partnership", "ltd", "plc")
SOLE, PARTNERSHIP, LIMITED, PUBLIC = range(4)
LISTED_SHARE = 0.25  # of the plcs
OLD = 0.72  # of the customers were with us before the window opens


@dataclass(frozen=True, slots=True)
class Population:
    """Traits by customer, each of shape (n,). Hidden: health, habit, purchases.

    Attributes:
        country, industry, legal_form: positions in their lists.
        industry_known: whether the master data holds the industry.
        listed: whether it has a market value.
        founded, onboarded: days.
        group: number of its group, or NO_GROUP; the group's head is its lowest position.
        health: lasting part of hidden health, standard normal.
        revenue: yearly, EUR, at the first visible month.
        frequency: invoices a month.
        ticket: typical invoice, EUR.
        habit: days from due date it is used to pay.
        terms: position in TradeLevels.terms_days.
    """

    country: Ints
    industry: Ints
    legal_form: Ints
    industry_known: Bools
    listed: Bools
    founded: Ints
    onboarded: Ints
    group: Ints
    health: Floats
    revenue: Floats
    frequency: Floats
    ticket: Floats
    habit: Floats
    terms: Ints

    @property
    def n(self) -> int:
        """Number of customers."""
        return len(self.country)

    @property
    def sole(self) -> Bools:
        """Whether the customer is a natural person."""
        return np.asarray(self.legal_form == SOLE)


def make_population(streams: Streams, n: int, months: Months, levels: Levels) -> Population:
    """Draws the customers; each trait group has its own stream. A group of companies lies in one block."""
    rng = streams.of("population")
    country = pick(rng, tuple(c.weight for c in levels.countries), n)
    industry = pick(rng, tuple(i.weight for i in levels.industries), n)
    health = rng.standard_normal(n)
    log_revenue = rng.normal(15.3, 1.35, n) + 0.10 * health  # median 4.4 million EUR
    sole = rng.random(n) < 0.10
    revenue = np.exp(np.where(sole, 12.6 + 0.5 * (log_revenue - 15.3), log_revenue))
    frequency, ticket = _purchases(rng, revenue)
    onboarded = _onboarded(rng, n, months)
    legal_form = _legal_forms(rng, revenue, sole)
    return Population(
        country=country,
        industry=industry,
        legal_form=legal_form,
        industry_known=rng.random(n) >= 0.03,
        listed=(legal_form == PUBLIC) & (rng.random(n) < LISTED_SHARE),
        founded=onboarded - (365.25 * (0.3 + rng.gamma(1.6, 9.0, n))).astype(np.int64),
        onboarded=onboarded,
        group=_groups(streams.of("groups"), n, sole),
        health=health,
        revenue=revenue,
        frequency=frequency,
        ticket=ticket,
        habit=_habits(streams.of("habits"), country, industry, health, levels),
        terms=pick(rng, levels.trade.terms_weights, n),
    )


def _purchases(rng: np.random.Generator, revenue: Floats) -> tuple[Floats, Floats]:
    """Invoices a month and typical invoice: bigger firms order more often rather than only more."""
    share = np.exp(rng.normal(np.log(0.012), 0.6, len(revenue)))
    monthly = np.clip(revenue * share / 12.0, 1_000.0, 400_000.0)
    frequency = 1.6 * (monthly / 2_500.0) ** 0.45 * np.exp(rng.normal(0.0, 0.35, len(revenue)))
    frequency = np.clip(frequency, 0.5, 14.0)
    return frequency, np.maximum(monthly / frequency, 600.0)


def _onboarded(rng: np.random.Generator, n: int, months: Months) -> Ints:
    """Most were customers before the window opens, the others arrive until 3 months before its end."""
    old = months.opens - (365.25 * rng.gamma(1.3, 4.5, n)).astype(np.int64) - 1
    new = between(rng, months.opens, max(months.until - 90, months.opens + 1), n)
    return np.where(rng.random(n) < OLD, old, new)


def _legal_forms(rng: np.random.Generator, revenue: Floats, sole: Bools) -> Ints:
    public = (revenue > 4e7) & (rng.random(len(revenue)) < 0.55)
    partnership = rng.random(len(revenue)) < 0.14
    forms = np.where(partnership, PARTNERSHIP, LIMITED)
    return np.where(sole, SOLE, np.where(public, PUBLIC, forms)).astype(np.int64)


def _groups(rng: np.random.Generator, n: int, sole: Bools) -> Ints:
    """One company in eight belongs to a group of 2 to 5, drawn from neighbours in a random order."""
    order = rng.permutation(np.flatnonzero(~sole))
    sizes = rng.integers(2, 6, size=len(order) // 8)
    edges = np.cumsum(sizes)
    edges = edges[edges <= len(order) // 8]
    group = np.full(n, NO_GROUP, dtype=np.int64)
    if len(edges):
        members = order[: edges[-1]]
        group[members] = np.searchsorted(edges, np.arange(edges[-1]), side="right")
    return group


def _habits(
    rng: np.random.Generator, country: Ints, industry: Ints, health: Floats, levels: Levels
) -> Floats:
    trade = levels.trade
    by_country = np.array([c.delay for c in levels.countries])[country]
    by_industry = np.array([i.delay for i in levels.industries])[industry]
    tied = trade.habit_health
    own = tied * health + np.sqrt(1.0 - tied**2) * rng.standard_normal(len(country))
    return np.asarray(
        np.clip(trade.habit_mean + trade.habit_spread * own + by_country + by_industry, -25.0, 32.0)
    )


def currencies(population: Population, levels: Levels) -> Ints:
    """Position of each customer's billing currency in `currency_codes`."""
    codes = currency_codes(levels)
    return np.array([codes.index(c.currency) for c in levels.countries])[population.country]


def currency_codes(levels: Levels) -> list[str]:
    """Billing currencies, sorted."""
    return sorted({c.currency for c in levels.countries})

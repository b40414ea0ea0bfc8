"""The supplier's master data: `customers`."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from contracts.arrays import Ints
from contracts.tables.raw import CUSTOMERS
from world.books.names import company_names
from world.hidden import arrow
from world.hidden.hidden import Hidden
from world.hidden.population import LEGAL_FORMS, NO_GROUP, currencies, currency_codes

FOUNDED_UNKNOWN = 0.06


def customers_table(hidden: Hidden) -> pa.Table:
    """The raw table `customers`."""
    population, levels = hidden.population, hidden.levels
    heads = _heads(population.group)
    is_head = heads == np.arange(population.n)
    in_group = population.group != NO_GROUP
    founded_known = hidden.streams.of("master data").random(population.n) >= FOUNDED_UNKNOWN
    industry = arrow.words([i.name for i in levels.industries], population.industry)
    names = company_names(
        hidden.streams.of("names"), population, levels, with_awkward=hidden.first == 0
    )
    return arrow.table(
        CUSTOMERS,
        {
            "customer_id": hidden.customer_ids(np.arange(population.n)),
            "name": names,
            "country": arrow.words([c.code for c in levels.countries], population.country),
            "industry": arrow.where(population.industry_known, industry),
            "legal_form": arrow.words(LEGAL_FORMS, population.legal_form),
            "is_natural_person": pa.array(population.sole),
            "founded_on": arrow.where(founded_known, arrow.days(population.founded)),
            "onboarded_on": arrow.days(population.onboarded),
            "parent_id": arrow.where(in_group & ~is_head, hidden.customer_ids(heads)),
            "currency": arrow.words(currency_codes(levels), currencies(population, levels)),
        },
    )


def _heads(group: Ints) -> Ints:
    """Position of the head of each customer's group (itself where it has none)."""
    heads = np.arange(len(group))
    grouped = np.flatnonzero(group != NO_GROUP)
    if len(grouped):
        first = np.full(group.max() + 1, len(group))
        np.minimum.at(first, group[grouped], grouped)
        heads[grouped] = first[group[grouped]]
    return heads

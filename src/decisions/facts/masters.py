"""The master record of each customer as it was known on a day of decision."""

from __future__ import annotations

from datetime import date

import pandas as pd

OF_THE_DAY = ("country", "industry", "legal_form", "parent_id", "is_natural_person")


def of_the_day(customers: pd.DataFrame, history: pd.DataFrame | None, day: date) -> pd.DataFrame:
    """The table of customers, with what master_history says of the day in place of what is known today.

    Strictly before the day, as every fact; a value that a row of the history leaves out is as before it. A customer that the
    history does not speak of by then has no industry, country, legal form and group, as in the features; that it is a natural
    person stays as it is known today: that guards its data.

    Args:
        customers: contract CUSTOMERS.
        history: contract MASTER_HISTORY; None where it is not delivered, and today's record is all there is.
        day: the day of decision.

    >>> customers = pd.DataFrame({"customer_id": ["A"], "country": ["DE"], "industry": ["food"], "legal_form": ["ltd"], "parent_id": [None], "is_natural_person": [False]})
    >>> history = pd.DataFrame({"customer_id": ["A", "A", "A"], "known_on": pd.to_datetime(["2020-01-01", "2024-05-01", "2025-01-01"]), "country": ["FR", None, "DE"],
    ...     "industry": ["steel", "retail", "food"], "legal_form": [None] * 3, "parent_id": [None] * 3, "is_natural_person": [False] * 3})
    >>> of_the_day(customers, history, date(2025, 1, 1))[["country", "industry"]].values.tolist()
    [['FR', 'retail']]
    >>> of_the_day(customers, None, date(2025, 1, 1))["industry"].tolist()
    ['food']
    """
    if history is None:
        return customers
    known = history[history["known_on"] < pd.Timestamp(day)].sort_values(["customer_id", "known_on"])  # fmt: skip
    last = known.groupby("customer_id")[list(OF_THE_DAY)].last()  # the last that is not missing
    told = last.reindex(customers["customer_id"]).set_axis(customers.index)
    guarded = told["is_natural_person"].where(told["is_natural_person"].notna(), customers["is_natural_person"])  # fmt: skip
    return customers.assign(**{name: told[name] for name in OF_THE_DAY}).assign(
        is_natural_person=guarded.astype(customers["is_natural_person"].dtype)
    )

"""The list of the book, its largest part by money, and the customers that have a page of their own."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from contracts.documents.portfolio import Listed
from decisions.calls import text_of

MAX_LISTED = 3_000
"""Rows of the list: the page stays under 3 MB whatever the size of the book."""
MAX_DESCRIBED = 50


def by_money(named: pd.DataFrame) -> pd.DataFrame:
    """The decisions, the largest open balance first; where nothing is owed, the highest PD first. Ties by number."""
    return named.sort_values(
        ["exposure", "pd", "customer_id"], ascending=[False, False, True], kind="stable"
    )


def listed(named: pd.DataFrame) -> tuple[Listed, ...]:
    """The list: as many customers as a page can hold, by money."""
    return tuple(
        Listed(
            customer_id=row["customer_id"],
            name=text_of(row["name"]) or row["customer_id"],
            country=text_of(row["country"]),
            industry=text_of(row["industry"]),
            action=row["action"],
            score=int(row["score"]),
            grade=int(row["grade"]),
            pd=float(row["pd"]),
            exposure=row["exposure"],
            overdue=row["overdue"],
            expected_loss=row["expected_loss"],
            limit=None if pd.isna(row["limit"]) else row["limit"],
        )
        for row in by_money(named).head(MAX_LISTED).to_dict(orient="records")
    )


def described(named: pd.DataFrame, always: Collection[str]) -> tuple[str, ...]:
    """The customers with most at stake, in order of their expected loss, then of their PD.

    Args:
        named: the decisions.
        always: those that the portfolio page speaks of, which are among them.
    """
    order = named.sort_values(
        ["expected_loss", "pd", "customer_id"], ascending=[False, False, True], kind="stable"
    )["customer_id"]
    spoken = set(always)
    others = [one for one in order if one not in spoken][: max(MAX_DESCRIBED - len(spoken), 0)]
    chosen = spoken | set(others)
    return tuple(str(one) for one in order if one in chosen)

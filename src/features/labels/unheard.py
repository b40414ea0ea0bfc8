"""Defaults that a rule set aside: nobody knows when, so what they could touch is unknown, neither good nor bad.

Where a fact was set aside, what depends on it is unknown, never adverse, and never favourable: a customer whose insolvency
has no readable day would else be a survivor on every day of decision.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

import pandas as pd

from contracts.tables.raw import OTHER_EVENTS

CURABLE = "insurer_claim"
SAID_ELSEWHERE = frozenset({"repeated_row", "event_told_before"})
"""Rules that set a row aside whose other copy is used."""
EARLIEST = date(1950, 1, 1)


def unheard(
    aside: pd.DataFrame, customers: Collection[str], until: date, cure_days: int
) -> pd.DataFrame:
    """Whose default events were set aside, and which span they could touch: customer_id, since, over (missing: for ever).

    Args:
        aside: events set aside, with the columns of events and `rule`.
        customers: those that are there.
        until: last complete day. What happened and was known later had not happened by then.
        cure_days: after which a customer whose default is not final is cured.

    >>> event = {"customer_id": "C1", "kind": "insolvency", "occurred_on": None, "known_on": date(2024, 2, 1), "rule": "missing_value"}
    >>> unheard(pd.DataFrame([event]), ["C1"], date(2024, 6, 30), 90).to_dict("records")
    [{'customer_id': 'C1', 'since': Timestamp('1950-01-01 00:00:00'), 'over': NaT}]
    """
    rows = []
    for event in aside.to_dict("records"):
        if event["customer_id"] not in customers or event["rule"] in SAID_ELSEWHERE:
            continue
        if event["kind"] in OTHER_EVENTS:  # a kind that nobody can read may be a default
            continue
        happened, known = _day(event["occurred_on"]), _day(event["known_on"])
        if happened is not None and known is not None and min(happened, known) > until:
            continue
        since = happened if happened is not None and EARLIEST <= happened <= until else EARLIEST
        is_cured = since > EARLIEST and event["kind"] == CURABLE
        over = since + timedelta(days=cure_days) if is_cured else None
        rows.append((event["customer_id"], since, over))
    found = pd.DataFrame(rows, columns=["customer_id", "since", "over"])
    return found.astype({"since": "datetime64[us]", "over": "datetime64[us]"})


def _day(value: object) -> date | None:
    return value if isinstance(value, date) and not pd.isna(value) else None


def without_unknown(cohort: pd.DataFrame, untold: pd.DataFrame) -> pd.DataFrame:
    """The cohort without the observations whose outcome an event that was set aside could touch; a default that is seen all the same stays.

    Args:
        cohort: contract COHORT.
        untold: of `unheard`.
    """
    if untold.empty:
        return cohort
    keys = cohort[["customer_id", "as_of", "matured_on"]].reset_index(names="row")
    both = keys.merge(untold, on="customer_id")
    is_touched = (both["matured_on"] > both["since"]) & ~(both["as_of"] > both["over"])
    touched = cohort.index.isin(both.loc[is_touched, "row"])
    is_default = cohort["defaulted"].fillna(False).astype(bool)
    return cohort[~touched | is_default].reset_index(drop=True)


def unknown_on(untold: pd.DataFrame, day: date) -> frozenset[str]:
    """Customers of whom nobody knows whether they are in default on a day of decision.

    Args:
        untold: of `unheard`.
        day: after the last complete day of `unheard`.

    >>> event = {"customer_id": "C1", "kind": "insurer_claim", "occurred_on": date(2024, 2, 1), "known_on": date(2024, 2, 1), "rule": "missing_value"}
    >>> claim = unheard(pd.DataFrame([event]), ["C1"], date(2024, 6, 30), 150)   # cured on 30 June
    >>> sorted(unknown_on(claim, date(2024, 6, 30))), sorted(unknown_on(claim, date(2024, 7, 1)))
    (['C1'], [])
    """
    return frozenset(untold.loc[~(untold["over"] < pd.Timestamp(day)), "customer_id"])


def told_unknown(n: int) -> str:
    """How many observations were left out, and why; nothing where none was.

    >>> told_unknown(12)
    '; 12 are unknown and left out, for default events or overdue invoices that could touch them were set aside (data/quarantine)'
    """
    return (
        f"; {n} are unknown and left out, for default events or overdue invoices that could touch them were set aside (data/quarantine)"
        if n
        else ""
    )

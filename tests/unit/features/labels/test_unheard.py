"""A default that a rule set aside leaves what it could touch unknown: never good, and nobody else's outcome."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from features.labels.unheard import told_unknown, unheard, without_unknown

UNTIL = date(2024, 6, 30)
DAYS = pd.to_datetime(["2022-07-01", "2023-01-01", "2023-07-01", "2024-01-01", "2024-07-01"])


def event(**values: Any) -> dict[str, Any]:
    told = {"customer_id": "C1", "kind": "insolvency", "occurred_on": date(2023, 3, 15), "known_on": date(2023, 3, 20), "rule": "missing_value"}  # fmt: skip
    return {**told, **values}


def cohort() -> pd.DataFrame:
    """Two customers on five days, a year's horizon; the second defaults within the one that begins on 2023-01-01."""
    rows = [
        {"customer_id": customer, "as_of": day, "matured_on": day + pd.DateOffset(years=1)}
        for customer in ("C1", "C2")
        for day in DAYS
    ]
    frame = pd.DataFrame(rows)
    matured = frame["matured_on"] <= pd.Timestamp("2024-07-01")
    hit = (frame["customer_id"] == "C2") & (frame["as_of"] == DAYS[1])
    return frame.assign(defaulted=hit.astype("boolean").where(matured, pd.NA))


def left_out(*events: dict[str, Any]) -> list[tuple[str, str]]:
    """Customer and day of the observations that become unknown."""
    whole = cohort()
    kept = without_unknown(whole, unheard(pd.DataFrame(events), ["C1", "C2"], UNTIL, 90))
    both = whole.merge(kept, on=["customer_id", "as_of"], how="left", indicator=True)
    gone = both[both["_merge"] == "left_only"]
    return [(str(one.customer_id), f"{one.as_of:%Y-%m}") for one in gone.itertuples()]


ALL = [("C1", f"{day:%Y-%m}") for day in DAYS]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        # known by its day: the horizon of 2022-07 reaches 2023-06-30 and holds it; nothing before does
        ([event()], ALL),
        ([event(occurred_on=date(2023, 8, 1))], ALL[1:]),
        ([event(occurred_on=date(2024, 6, 30))], ALL[2:]),
        ([event(occurred_on=date(2024, 1, 1))], ALL[2:]),
        # no day that can be believed: at any time
        ([event(occurred_on=None)], ALL),
        ([event(occurred_on=date(1900, 1, 1), rule="date_too_early")], ALL),
        ([event(occurred_on=date(2124, 3, 15), rule="known_after_delivery")], ALL),
        # a claim is cured 90 days later, 2023-10-30
        ([event(kind="insurer_claim", occurred_on=date(2023, 8, 1))], ALL[1:3]),
        # a kind that nobody can read may be a default
        ([event(kind="Insolvenz", rule="illegal_value", occurred_on=date(2024, 6, 30))], ALL[2:]),
        # what is no default, is told by another row, had not happened, or is of nobody
        ([event(kind="legal_action")], []),
        ([event(rule="repeated_row"), event(rule="event_told_before")], []),
        ([event(occurred_on=date(2024, 7, 5), known_on=date(2024, 7, 9))], []),
        ([event(customer_id="C9"), event(customer_id=None)], []),
        # what was seen to default all the same did
        ([event(customer_id="C2")], [("C2", f"{day:%Y-%m}") for day in DAYS if day != DAYS[1]]),
    ],
)
def test_what_the_event_could_touch_is_unknown(
    events: list[dict[str, Any]], expected: list[tuple[str, str]]
) -> None:
    assert left_out(*events) == expected


def test_without_such_events_the_cohort_is_as_it_was() -> None:
    none = pd.DataFrame(columns=["customer_id", "kind", "occurred_on", "known_on", "rule"])
    whole = cohort()
    assert without_unknown(whole, unheard(none, ["C1"], UNTIL, 90)) is whole
    assert told_unknown(0) == ""

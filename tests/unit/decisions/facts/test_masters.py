"""Who a customer was on the day: what its record said then, not what it says today."""

from __future__ import annotations

from datetime import date

import pandas as pd

from decisions.facts.masters import OF_THE_DAY, of_the_day

CUSTOMERS = pd.DataFrame(
    {
        "customer_id": ["C", "A", "B"], "name": ["Gamma", "Alpha", "Beta"], "country": ["IT", "DE", "FR"], "industry": ["retail", "food", "steel"],
        "legal_form": ["plc", "ltd", "ltd"], "parent_id": [None, "P", None], "is_natural_person": [False, False, True],
    }
)  # fmt: skip
HISTORY = pd.DataFrame(
    [
        ("A", "2020-01-01", "FR", "steel", "ltd", None, False), ("A", "2024-05-01", None, "retail", None, None, None),
        ("A", "2025-01-01", "DE", "food", "ltd", "P", False), ("B", "2025-06-01", "FR", "steel", "ltd", None, False),
    ],
    columns=["customer_id", "known_on", *OF_THE_DAY],
).assign(known_on=lambda rows: pd.to_datetime(rows["known_on"]))  # fmt: skip


def told(day: date) -> dict[str, list[object]]:
    found = of_the_day(CUSTOMERS, HISTORY, day)
    assert found["customer_id"].tolist() == ["C", "A", "B"]
    assert found["name"].tolist() == ["Gamma", "Alpha", "Beta"]
    return {one["customer_id"]: [None if pd.isna(one[name]) else one[name] for name in OF_THE_DAY] for one in found.to_dict(orient="records")}  # fmt: skip


def test_a_record_is_that_of_the_day_strictly() -> None:
    """What became known on the day itself is not told; what a row leaves out is as before it."""
    assert told(date(2025, 1, 1))["A"] == ["FR", "retail", "ltd", None, False]
    assert told(date(2025, 1, 2))["A"] == ["DE", "food", "ltd", "P", False]
    assert told(date(2024, 5, 1))["A"] == ["FR", "steel", "ltd", None, False]


def test_whom_the_history_does_not_speak_of_has_no_industry_and_stays_a_person() -> None:
    found = told(date(2025, 1, 1))
    assert found["C"] == [None, None, None, None, False]
    assert found["B"] == [
        None,
        None,
        None,
        None,
        True,
    ]  # known later; its data is guarded all the same


def test_without_a_history_todays_record_is_all_there_is() -> None:
    pd.testing.assert_frame_equal(of_the_day(CUSTOMERS, None, date(2020, 1, 1)), CUSTOMERS)

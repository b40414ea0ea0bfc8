"""Open outcomes: what a day knows of them, and nothing that came later."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from contracts.arrays import Bools
from models.base.data import Part
from models.sample.early import MIN_TIMED, came_and_expected, days_to_default, early

DAY = date(2024, 1, 1)


def part(rows: list[tuple[str, str]], defaulted: list[bool] | None = None) -> Part:
    bad: Bools = np.array(defaulted or [False] * len(rows))
    return Part(
        np.array([who for who, _ in rows], dtype=object),
        np.array([day for _, day in rows], dtype="datetime64[D]"),
        bad, np.zeros(len(rows), bool), pd.DataFrame(index=range(len(rows))),
    )  # fmt: skip


def entries(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {"customer_id": [who for who, _ in rows], "entered_on": pd.to_datetime([day for _, day in rows])}
    )  # fmt: skip


KNOWN = part([(f"K{i:02d}", "2022-01-01") for i in range(MIN_TIMED)], [True] * MIN_TIMED)
"""Twenty that defaulted: five each 30, 120, 200 and 300 days after the day of decision."""
CAME = entries(*[(f"K{i:02d}", str(date(2022, 1, 1) + pd.Timedelta(days=(30, 120, 200, 300)[i % 4]))[:10]) for i in range(MIN_TIMED)])  # fmt: skip
OPEN = part([("A", "2023-03-01"), ("B", "2023-08-01"), ("C", "2023-12-15"), ("D", "2024-01-01")])
"""Watched 306, 153, 17 and 0 days."""


def test_a_survivor_counts_by_the_share_of_the_defaults_that_comes_in_the_time_it_was_watched() -> None:  # fmt: skip
    found = early(KNOWN, OPEN, CAME, DAY)
    assert found is not None
    assert found.share.tolist() == [1.0, 0.5, 0.0, 0.0]
    assert found.weight.tolist() == [1.0, 0.5, 0.0, 0.0]
    assert not found.defaulted.any()


@pytest.mark.parametrize(("entered", "known"), [("2023-12-31", True), ("2024-01-01", False), ("2024-05-01", False)])  # fmt: skip
def test_a_default_counts_only_if_it_came_before_the_day(entered: str, known: bool) -> None:  # noqa: FBT001 - a case
    told = pd.concat([CAME, entries(("B", entered))], ignore_index=True)
    found = early(KNOWN, OPEN, told, DAY)
    assert found is not None
    assert found.defaulted.tolist() == [False, known, False, False]
    assert found.weight[1] == (1.0 if known else 0.5)


def test_what_came_from_the_day_on_changes_nothing() -> None:
    """Delete every entry from the day on: the same answer, to the bit."""
    told = pd.concat(
        [CAME, entries(("A", "2023-05-05"), ("B", "2024-02-01"), ("C", "2024-01-01"), ("A", "2024-06-01"))],
        ignore_index=True,
    )  # fmt: skip
    whole, past = (early(KNOWN, OPEN, one, DAY) for one in (told, told[told["entered_on"] < pd.Timestamp(DAY)]))  # fmt: skip
    assert whole is not None
    assert past is not None
    np.testing.assert_array_equal(whole.defaulted, past.defaulted)
    np.testing.assert_array_equal(whole.weight, past.weight)
    assert whole.defaulted.tolist() == [True, False, False, False]


def test_with_too_few_defaults_nothing_is_made_of_open_rows() -> None:
    fewer = KNOWN.take(np.arange(MIN_TIMED) < MIN_TIMED - 1)
    assert early(fewer, OPEN, CAME, DAY) is None
    assert early(KNOWN, OPEN.take(np.zeros(4, bool)), CAME, DAY) is None
    assert (
        early(KNOWN, OPEN, CAME.iloc[: MIN_TIMED - 1], DAY) is None
    )  # the day of one is not known
    assert early(KNOWN, OPEN, CAME.iloc[:0], DAY) is None


def test_days_run_to_the_first_default_from_the_day_of_decision_on() -> None:
    told = entries(("A", "2023-02-28"), ("A", "2023-03-01"), ("A", "2023-04-01"), ("B", "2023-07-31"))  # fmt: skip
    assert days_to_default(OPEN, told).tolist() == [0.0, np.inf, np.inf, np.inf]


def test_looking_back_what_had_come_stands_beside_what_the_timing_expected() -> None:
    """A defaulted before the day, B after it within the year, C beyond it: 1 had come; expected 1 + 0.5 of 2."""
    told = pd.concat([CAME, entries(("A", "2023-06-01"), ("B", "2024-03-01"), ("C", "2024-12-15"))], ignore_index=True)  # fmt: skip
    found = early(KNOWN, OPEN, told, DAY)
    assert found is not None
    seen = came_and_expected(OPEN, found, told, 12)
    assert (seen.came, seen.expected, seen.in_the_end) == (1, 1.5, 2)

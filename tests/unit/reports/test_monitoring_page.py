"""What a ruling on the calibration rests on is on the page of monitoring: each thing asked for, and the months added up."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from contracts.documents.monitoring import Month, Sequence
from contracts.documents.outlook import Ruling
from reports.locale.catalogue import LANGUAGES, Language, say
from reports.monitoring import _added_up, _conditions, _months

RULING = Ruling(case="unproven", defaults=31, needed=25, chance=0.81, asked=0.7, evidence=87.0, shown=240.0)  # fmt: skip


def month(number: int, **values: Any) -> Month:
    told = {"customers": 900, "expected": 3.5, "seen": 5, "evidence": 2.0, "shown": 2.0, "high": 14, "low": None}  # fmt: skip
    return Month(**{"from": date(2025, number, 1), "until": date(2025, number + 1, 1)} | told | values)  # fmt: skip


def sequence(*months: Month, asked: float | None = 240.0) -> Sequence:
    return Sequence(months=months, threshold=44.0, asked=asked, clustering=1.2, timing_from=60)


@pytest.mark.parametrize(
    ("changed", "met"),
    [
        ({}, {"defaults": True, "chance": True, "evidence": False}),
        ({"defaults": 24}, {"defaults": False, "chance": True, "evidence": False}),
        ({"chance": 0.69}, {"defaults": True, "chance": False, "evidence": False}),
        ({"evidence": 240.0}, {"defaults": True, "chance": True, "evidence": True}),
        ({"chance": None, "asked": None}, {"defaults": True, "evidence": False}),
        ({"evidence": None, "shown": None}, {"defaults": True, "chance": True}),
        ({"case": "absent"}, {}),
    ],
)
def test_each_thing_asked_for_is_held_against_what_was_found(
    changed: dict[str, Any], met: dict[str, bool]
) -> None:
    rows = _conditions(RULING.model_copy(update=changed))
    assert {row["kind"]: row["is_met"] for row in rows} == met


def test_months_are_added_up_and_so_are_their_limits() -> None:
    """5 and 7 defaults: the second month would have shown a change from 5 + 12 on, or up to 5 + 0."""
    rows = _months(sequence(month(1), month(2, seen=7, high=12, low=0, shown=250.0)))
    assert [(row["seen"], row["expected"], row["high"], row["low"], row["is_shown"]) for row in rows] == [
        (5, 3.5, 14, None, False),
        (12, 7.0, 17, 5, True),
    ]  # fmt: skip
    assert _months(None) == []
    nobody = _months(sequence(month(1, high=None, shown=None), asked=None))
    assert [(row["high"], row["is_shown"]) for row in nobody] == [(None, False)]


def test_the_chart_draws_a_limit_only_where_there_is_one() -> None:
    def dashed(*months: Month, asked: float | None = 240.0) -> int:
        chart = _added_up(sequence(*months, asked=asked))
        return -1 if chart is None else chart.count("stroke-dasharray")

    assert dashed(month(1)) == -1  # one month is a table
    assert dashed(month(1), month(2)) == 1
    assert dashed(month(1, low=0), month(2, low=1)) == 2
    assert dashed(month(1, high=None, shown=None), month(2, high=None, shown=None), asked=None) == 0


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "entry",
    ["UP-Q3.few", "UP-Q3.failed", "UP-Q4.failed", "UP-Q4.failed_untold", "UP-Q4.passed_untold"],
)
def test_several_names_stand_in_one_line(language: Language, entry: str) -> None:
    values = {
        "named": ("bakery (2)", "retail (1)"),
        "untold": ("events: write_off (3)",),
        "customers": 3,
        "feeds": 2,
    }
    said = say(language, entry, values)
    assert "('" not in said
    assert ("bakery (2)" in said and "retail (1)" in said) or "events: write_off (3)" in said

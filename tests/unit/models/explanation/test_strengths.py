"""Strengths: few, true, on the good side, one idea each, and never what is also a reason."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from features.catalog import catalogue
from models.explanation.reasons import Said
from models.explanation.strengths import TWO_SIDED, with_strengths
from models.explanation.wording import Usual, strength
from tests.unit.models.explanation.test_reasons import feature, missing, reader

FEATURES = [
    feature("late", 1, 4.0),
    feature("late_year", 1, 5.0, subject="late"),
    feature("cash", -1, 2.0),
    feature("limit_cut", 1, 0.0, role="ours"),
    feature("country", 0, "DE", dtype="category", role="context"),
    feature("free", 0, 3.0, speaks=0),
    feature("spoken", 0, 3.0, speaks=1),
]


def strengths(
    points: Sequence[float], values: Sequence[object], *, least: float = 3.0, most: int = 4
) -> list[tuple[str, str]]:
    """Feature and English of the strengths of one customer."""
    speaker = reader(FEATURES, least=least, most=most)
    rows = pd.DataFrame([dict(zip([one.name for one in FEATURES], values, strict=True))])
    made = np.array([points])
    said: Sequence[Sequence[Said]] = speaker.reasons(made, rows, [None], missing())
    (found,) = with_strengths(speaker, said, made, rows, [None])
    assert [one.role for one in found[: len(said[0])]] == [one.role for one in said[0]]
    return [(FEATURES[one.position].name, one.english) for one in found if one.role == "strength"]


def test_the_strongest_first_each_with_its_number_and_that_of_its_peers() -> None:
    found = strengths([5, 0, 9, 0, 0, 0, 0], [1.0, 9.0, 7.0, 0.0, "DE", 3.0, 3.0])
    assert found == [
        ("cash", "Cash: 7 days; healthy customers of all industries: 2 days."),
        ("late", "Late: 1 day; healthy customers of all industries: 4 days."),
    ]


def test_points_alone_are_no_strength_where_the_value_is_worse_than_typical() -> None:
    """An interaction may give a poor value positive points: praised in a sentence it would be nonsense."""
    assert strengths([9, 0, 9, 0, 0, 0, 0], [4.5, 9.0, 1.9, 0.0, "DE", 3.0, 3.0]) == []


def test_as_good_as_its_peers_is_good_enough() -> None:
    found = strengths([9, 0, 9, 0, 0, 0, 0], [4.0, 9.0, 2.0, 0.0, "DE", 3.0, 3.0])
    assert [name for name, _ in found] == ["late", "cash"]


def test_a_rank_says_how_many_stand_below_it() -> None:
    """`Rank: 19 %; healthy customers: 51 %` tells nobody which of both is better."""
    rank = feature(
        "rank", 1, 0.5, unit="share", is_rank=True,
        reason_en="Debt: {value} of its peers have a lower one.", reason_zh="借款：同类客户中有{value}低于该客户。",
    )  # fmt: skip
    said = strength(rank, 0.19, "EUR", Usual(0.51, of_industry=True))
    assert said[0] == "Debt: 19% of its peers have a lower one."
    assert said[1] == "借款：同类客户中有19%低于该客户。"
    declared = [one for one in catalogue([90, 365]) if one.ranked is not None]
    assert declared
    for one in declared:
        texts = one.texts()
        assert texts["reason_en"].endswith(": {value} of its peers have a lower one.")  # fmt: skip
        assert one.ranked is not None
        assert texts["reason_zh"].startswith(one.ranked.texts()["wording_zh"])


def test_too_few_points_are_none() -> None:
    assert strengths([3.0, 0, 2.9, 0, 0, 0, 0], [1.0, 9.0, 7.0, 0.0, "DE", 3.0, 3.0]) == []


def test_one_idea_is_said_once() -> None:
    found = strengths([5, 8, 0, 0, 0, 0, 0], [1.0, 1.0, 7.0, 0.0, "DE", 3.0, 3.0])
    assert [name for name, _ in found] == ["late_year"]


def test_what_is_a_reason_is_no_strength_in_another_window() -> None:
    found = strengths([5, -8, 0, 0, 0, 0, 0], [1.0, 9.0, 7.0, 0.0, "DE", 3.0, 3.0])
    assert found == []


def test_what_it_cannot_change_and_what_we_decided_are_none() -> None:
    found = strengths([0, 0, 0, 9, 9, 9, 9], [4.0, 5.0, 2.0, 0.0, "CH", 1.0, 1.0])
    # `free` has no side on which it is good; `spoken` is good below the typical value
    assert [name for name, _ in found] == ["spoken"]


def test_a_missing_value_is_none_and_neither_is_one_without_peers() -> None:
    assert strengths([9, 0, 9, 0, 0, 0, 0], [np.nan, 9.0, None, 0.0, "DE", 3.0, 3.0]) == []


def test_there_are_at_most_so_many() -> None:
    found = strengths([5, 0, 9, 0, 0, 0, 7], [1.0, 9.0, 7.0, 0.0, "DE", 3.0, 1.0], most=2)
    assert [name for name, _ in found] == ["cash", "spoken"]


def test_what_also_comes_of_paying_late_is_none() -> None:
    """A cash conversion cycle is short where customers pay early, and where suppliers are kept waiting."""
    said: Sequence[Sequence[Said]] = [[]]
    rows = pd.DataFrame({"cycle": [-132.0]})
    for subject, wanted in (("cash cycle", 0), ("stock", 1)):
        speaker = reader([feature("cycle", 1, -28.0, subject=subject)], least=3.0, most=4)
        (found,) = with_strengths(speaker, said, np.array([[9.0]]), rows, [None])
        assert len(found) == wanted


def test_the_subjects_of_two_sides_are_those_of_the_catalogue() -> None:
    assert {one.subject for one in catalogue((90, 365))} >= TWO_SIDED

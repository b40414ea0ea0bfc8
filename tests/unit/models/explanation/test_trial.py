"""Ideas are told together until they are enough for a better grade, and only where they can be. The model: 600 points less what is troubled."""

from __future__ import annotations

import numpy as np
import pytest

from contracts.arrays import Bools, Floats
from models.explanation.trial import Trial, completed

GRADE = 20.0
"""Points of a grade."""


class _Model:
    """A score of 600, less 15 for input 0, less 8 for inputs 1 or 2 (each hides the other), less 1 for input 3, less 30 for input 4."""

    def scores(self, codes: Floats) -> tuple[Floats, Floats]:
        hidden = 8.0 * (codes[:, 1:3].max(axis=1) > 0)
        score = 600.0 - 15.0 * codes[:, 0] - hidden - codes[:, 3] - 30.0 * codes[:, 4]
        return score, np.ceil((600.0 - score) / GRADE)

    def gains(self, codes: Floats, usual: Floats, rows: np.ndarray, healed: Bools) -> Floats:
        after = np.where(healed, usual[rows], codes[rows])
        return self.scores(after)[0] - self.scores(codes[rows])[0]


def trial(*codes: list[float]) -> Trial:
    rows = np.array(codes)
    return Trial(_Model(), np.eye(5, dtype=np.bool_), rows > 0, rows, np.zeros_like(rows))  # type: ignore[arg-type]


def test_a_gain_is_that_of_all_that_is_healed_together() -> None:
    asked = trial([1.0, 1.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0, 0.0])
    assert asked.gains([[0, 1], [0]]) == [[15.0, 0.0], [15.0]]  # 2 hides what 1 costs
    assert asked.gains([[1, 0], []], [[2], []]) == [[8.0, 15.0], []]
    assert asked.gains([[], []]) == [[], []]


@pytest.mark.parametrize(
    ("codes", "told", "others", "expected"),
    [
        (
            [1, 1, 0, 0, 0],
            [0],
            [1],
            [0],
        ),  # 23 points less is grade 2, and 8 of them grade 1: what is told is enough
        ([1, 1, 0, 1, 0], [1], [3, 0], [1]),  # 24 less is grade 2, 16 less is grade 1
        ([1, 1, 0, 0, 1], [1], [0, 3], [1, 0]),  # 53 is grade 3, 45 is too, 30 is 2
        (
            [0, 1, 0, 1, 1],
            [1],
            [3],
            [1],
        ),  # 39 is grade 2, 31 and 30 are too: nothing told would reach a better one
        ([1, 0, 0, 0, 0], [], [0], [0]),  # nothing was told, and one is enough
        ([1, 0, 0, 1, 0], [], [3], []),  # one point does not count
    ],
)
def test_more_is_told_only_where_it_reaches_a_better_grade(
    codes: list[float], told: list[int], others: list[int], expected: list[int]
) -> None:
    found = completed(trial([float(one) for one in codes]), [told], [others], most=4, least=2.0)
    assert found == [expected]


def test_there_is_no_more_room_than_that_of_the_page() -> None:
    asked = trial([1.0, 1.0, 0.0, 0.0, 1.0])
    assert completed(asked, [[1]], [[0]], most=1, least=2.0) == [[1]]

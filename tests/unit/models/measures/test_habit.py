"""What the distributions of a book have in common is recovered where it is known, and a false alarm is as rare as it says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import f as fisher

from contracts.arrays import Floats
from models.measures.habit import MIN_FAMILY, Habit, habit_of, independent
from models.measures.ordinary import Subject, common_habit, movements

PAIRS = [(start, start + 12) for start in range(48, -1, -6)]
STARTS = [first for first, _ in PAIRS]


def walked(draw: np.random.Generator, variance: Floats, ways: int) -> tuple[Floats, Floats]:
    """Movements between spans of twelve months of levels that wander, of 84 months: by pair of the past, and of today.

    Each distribution has `ways` independent levels; a movement is the mean of their squared changes, scaled to `variance`.
    """
    months = STARTS[0] + 36
    levels = draw.normal(size=(len(variance), ways, months)).cumsum(axis=2)
    # a change of means of adjacent spans of 12 of a walk of unit steps: sum over the triangle of weights 1/12 ... 12/12 ... 1/12
    unit = (np.r_[np.arange(1, 13), np.arange(11, 0, -1)] ** 2).sum() / 144
    means = np.stack([levels[:, :, at : at + 12].mean(axis=2) for at in range(months - 11)], axis=2)
    moved = (means[:, :, 12:] - means[:, :, :-12]) ** 2
    psi = moved.mean(axis=1) / unit * variance[:, None]
    return psi[:, STARTS], psi[:, STARTS[0] + 12]


def test_overlapping_pairs_speak_for_fewer() -> None:
    # weights on monthly steps are triangles of base 24; six months apart they correlate by the cubic B-spline at 1/2 ... 3/2
    spline = {6: 23 / 48, 12: 1 / 6, 18: 1 / 48}
    squares = sum((9 - lag // 6) * 2 * (one / (2 / 3)) ** 2 for lag, one in spline.items())
    assert independent(STARTS, (12, 12), 12) == pytest.approx(81 / (9 + squares), rel=0.02)
    assert independent([72, 48, 24, 0], (12, 12), 12) == pytest.approx(4.0)
    assert independent([], (12, 12), 12) == 0.0


def test_the_mean_of_overlapping_pairs_varies_as_that_of_so_many_independent_ones() -> None:
    past, _ = walked(np.random.default_rng(1), np.ones(20_000), 1)
    # a variance with d degrees of freedom has a squared coefficient of variation of 2 / d
    freedom = 2 / (past.mean(axis=1).var() / past.mean() ** 2)
    assert freedom == pytest.approx(independent(STARTS, (12, 12), 12), rel=0.05)  # 4.5, not 9


@pytest.mark.parametrize("ways", [1, 2, 4])
def test_directions_and_the_book_are_recovered(ways: int) -> None:
    draw = np.random.default_rng(2)
    true = 0.003 * 5 / draw.chisquare(5, 3000)
    past, _ = walked(draw, true, ways)
    found = habit_of(list(past), independent(STARTS, (12, 12), 12) / 9, [10] * 3000)
    assert found.directions == pytest.approx(ways, rel=0.2)
    assert found.worth == pytest.approx(5, rel=0.25)
    assert found.variance == pytest.approx(0.003, rel=0.15)


def test_an_ordinary_year_is_news_as_seldom_as_asked_for() -> None:
    draw, alarms = np.random.default_rng(3), 0
    level, inputs, books = 0.001, 200, 200
    for _ in range(books):
        past, now = walked(draw, 0.003 * 4 / draw.chisquare(4, inputs), 2)
        worth = independent(STARTS, (12, 12), 12) / 9
        habit = habit_of(list(past), worth, [10] * inputs)
        usual, freedom = past.mean(axis=1), habit.directions * 9 * worth
        limits = np.array([habit.limit(one, freedom, habit.directions, level) for one in usual])
        alarms += int((now > limits).sum())
    expected = level * inputs * books
    assert 0.4 * expected < alarms < 1.6 * expected  # 40; a standard error is about 6
    assert (
        limits.mean() < (usual * fisher.isf(level, 1, 9)).mean()
    )  # and sees smaller shifts than each input by itself


def test_a_variance_is_drawn_to_the_book_by_hand() -> None:
    assert Habit(2.0, 0.02, 6.0).moderated(0.10, 4.0) == pytest.approx(((0.12 + 0.40) / 10, 10.0))
    assert Habit(2.0, 0.02, float("inf")).moderated(0.10, 4.0) == (0.02, float("inf"))
    assert Habit().limit(0.01, 9.0, 1.0, 0.01) == pytest.approx(0.01 * fisher.isf(0.01, 1, 9))


def test_equal_variances_are_pooled_wholly() -> None:
    draw = np.random.default_rng(5)
    found = habit_of([0.01 * draw.chisquare(1, 8) for _ in range(400)], 1.0, [10] * 400)
    assert (
        found.worth > 20
    )  # log s^2 varies by trigamma(8 / 2) = 0.28 alone, and nothing is left for the book
    assert found.variance == pytest.approx(0.01, rel=0.1)


def test_few_distributions_speak_for_themselves() -> None:
    still = np.array([[[50, 50], [50, 50]]] * 4)
    few = [Subject(np.array([50, 50]), np.array([52, 48]), still)] * (MIN_FAMILY - 1)
    assert common_habit(few, (1000, 1000)) == Habit()
    assert habit_of([np.zeros(4)] * 20, 1.0, [10] * 20) == Habit()  # what never moved tells nothing


def test_two_bins_move_in_one_direction_however_many_the_book_has() -> None:
    draw = np.random.default_rng(6)
    pairs = np.array([[[500, 500], [500 + k, 500 - k]] for k in draw.integers(5, 60, 6)])
    one = Subject(np.array([500, 500]), np.array([640, 360]), pairs)
    loose = movements([one], (2000, 2000), 0.001, Habit(4.0, 0.005, 3.0))[0]
    same = movements([one], (2000, 2000), 0.001, Habit(1.0, 0.005, 3.0))[0]
    assert loose == same

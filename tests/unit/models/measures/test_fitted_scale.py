"""A book that falls off the scale is told so, and the scale offered holds it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from contracts.config.scale import ScaleConfig
from contracts.scale import grade
from models.measures.fitted_scale import fitted_bounds, off_scale


def counts(chance: np.ndarray, scale: ScaleConfig) -> list[int]:
    return np.bincount(grade(chance, scale), minlength=scale.n_grades + 1)[1:].tolist()


@pytest.mark.parametrize("level", [-9.0, -1.0, 1.0])
def test_a_book_far_from_the_scale_falls_off_and_fits_the_one_offered(level: float) -> None:
    chance = expit(level + 1.1 * np.random.default_rng(1).normal(size=3_000))
    own = ScaleConfig()
    assert off_scale(counts(chance, own)) is not None
    fitted = ScaleConfig(grade_bounds=fitted_bounds(chance, own.n_grades))
    assert fitted.n_grades == own.n_grades  # lists by grade stay as long
    found = counts(chance, fitted)
    assert off_scale(found) is None
    assert max(found) < 0.35 * len(chance)
    assert min(found) > 0  # every grade is in use
    assert np.argmax(found) in {4, 5}  # the middle


def test_a_book_on_the_scale_does_not_fall_off() -> None:
    chance = expit(-4.0 + 1.5 * np.random.default_rng(1).normal(size=3_000))
    assert off_scale(counts(chance, ScaleConfig())) is None


def test_which_end_and_how_much_of_it() -> None:
    assert off_scale([60, 20, 10, 5, 5]) == (0.8, 1, 2)
    assert off_scale([5, 5, 10, 20, 60]) == (0.8, 4, 5)
    assert off_scale([25, 25, 0, 25, 25]) is None  # half is not most
    assert off_scale([100, 0, 0, 0]) is None  # four grades have no ends of two
    assert off_scale([0] * 10) is None


@pytest.mark.parametrize("chance", [np.full(50, 0.2), np.array([0.999999, 0.9999999])])
def test_a_book_of_one_pd_gets_bounds_that_rise(chance: np.ndarray) -> None:
    assert ScaleConfig(grade_bounds=fitted_bounds(chance, 10)).n_grades == 10

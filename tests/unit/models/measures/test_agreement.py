"""Two models on the same rows: order by ranks, level by grade."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from contracts.config.scale import ScaleConfig
from models.measures.agreement import MIN_CUSTOMERS, agreement

SCALE = ScaleConfig()


def customers(n: int) -> np.ndarray:
    return np.array([f"C{one}" for one in range(n)], dtype=object)


def test_order_and_level_by_hand() -> None:
    """Forty customers at 1.2 % and 1.8 %: grade 6; the other forty 6 % by both: grade 8."""
    twin = np.repeat([0.012, 0.06], 40)
    own = np.repeat([0.018, 0.06], 40)
    found = agreement(own, twin, customers(80), SCALE)
    assert found.rank == pytest.approx(1.0)
    assert (found.rows, found.twin_pd, found.own_pd) == (80, pytest.approx(0.036), pytest.approx(0.039))  # fmt: skip
    assert [(one.grade, one.customers) for one in found.grades] == [(6, 40), (8, 40)]
    assert [one.off for one in found.grades] == pytest.approx([np.log(1.5), 0.0])
    assert found.furthest == found.grades[0]


def test_a_reversed_order_is_minus_one_and_a_constant_has_none() -> None:
    twin = np.linspace(0.01, 0.2, 50)
    assert agreement(twin[::-1].copy(), twin, customers(50), SCALE).rank == pytest.approx(-1.0)
    assert agreement(np.full(50, 0.02), twin, customers(50), SCALE).rank is None


def test_a_grade_of_few_customers_says_nothing_however_many_rows() -> None:
    few = np.repeat(customers(MIN_CUSTOMERS - 1), 12)
    pds = np.full(len(few), 0.03)
    assert agreement(pds * 3, pds, few, SCALE).grades == ()
    assert agreement(pds * 3, pds, few, SCALE).furthest is None
    many = np.repeat(customers(MIN_CUSTOMERS), 12)
    assert len(agreement(np.full(len(many), 0.09), np.full(len(many), 0.03), many, SCALE).grades) == 1  # fmt: skip


def test_two_equally_noisy_models_of_one_level_differ_in_no_grade() -> None:
    """By the twin's own grade the best would seem 0.5 too low and the worst 0.5 too high: chance alone."""
    draw = np.random.default_rng(5)
    odds = draw.normal(-4.0, 1.0, 40_000)
    own, twin = (expit(odds + draw.normal(0.0, 0.7, len(odds))) for _ in range(2))
    found = agreement(own, twin, customers(len(odds)), SCALE)
    assert len(found.grades) >= 9
    assert max(abs(one.off) for one in found.grades) < 0.12
    best = twin < SCALE.grade_bounds[1]
    assert np.log(own[best].mean() / twin[best].mean()) > 0.4  # what the middle avoids

"""Evidence has expectation 1 or less where nothing is wrong, with clusters too; detectors keep their rate and find changes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import poisson

from models.measures.sequential import clustering, detect, level_evidence, mixture_evidence

RATIOS = np.array([1.35, 1.8, 0.6])


def test_evidence_of_the_level_is_worth_one_bet_in_the_mean() -> None:
    """Summed over the Poisson law itself."""
    counts = np.arange(200)
    told = np.array([level_evidence(n, 5.0, RATIOS, 1.0) for n in counts])
    assert poisson.pmf(counts, 5.0) @ told == pytest.approx(np.ones(3))


@pytest.mark.parametrize("size", [1, 2, 3])
def test_clusters_no_larger_than_stated_keep_it_at_one_or_less(size: int) -> None:
    """Defaults in clusters of `size`, 5 expected, stated as clusters of up to 3."""
    events = np.arange(200)
    told = np.array([level_evidence(size * n, 5.0, RATIOS, 3.0) for n in events])
    mean = poisson.pmf(events, 5.0 / size) @ told
    assert np.all(mean <= 1.0 + 1e-9)
    if size == 3:
        assert mean == pytest.approx(np.ones(3))
    # stated as independent, evidence is worth more than it may be
    wrong = np.array([level_evidence(size * n, 5.0, RATIOS, 1.0) for n in events])
    assert size == 1 or np.all(poisson.pmf(events, 5.0 / size) @ wrong > 1.0)


def test_evidence_of_the_composition_is_one_in_the_mean_whatever_the_level() -> None:
    hazard, tilt = np.array([0.01, 0.03, 0.06]), np.array([[0.5], [-0.2], [1.0]])
    chosen = [mixture_evidence(hazard, np.arange(3) == one, tilt, 1.0)[0] for one in range(3)]
    assert hazard / hazard.sum() @ np.array(chosen) == pytest.approx(1.0)
    assert mixture_evidence(10 * hazard, np.arange(3) == 1, tilt, 1.0) == pytest.approx(chosen[1])
    assert mixture_evidence(hazard, np.zeros(3, bool), tilt, 1.0).tolist() == [1.0]


def test_false_alarms_are_no_more_often_than_the_threshold_allows_and_a_change_is_found() -> None:
    """300 books of 120 months at a threshold of 60: at most 12 / 60 a year; half as many defaults more are found in the median in a few months."""
    draw, weights = np.random.default_rng(5), np.array([0.4, 0.3, 0.3])
    false, delays = 0, []
    for _ in range(300):
        counts = draw.poisson(np.r_[np.full(120, 5.0), np.full(40, 5.0 * np.exp(0.5))])
        told = np.array([level_evidence(n, 5.0, RATIOS, 1.0) for n in counts])
        found = detect(told, weights, 60.0)
        false += int((found.alarms < 120).sum())
        late = found.alarms[found.alarms >= 120]
        delays.append(late[0] - 119 if len(late) else 99)
    assert 0.02 < false / 300 / 10 <= 0.2
    assert np.median(delays) <= 6


def test_clustering_tells_pairs_from_single_defaults_and_ignores_a_slow_level() -> None:
    draw = np.random.default_rng(6)
    slow = 6.0 * np.exp(0.6 * np.sin(np.arange(2400) / 40))
    alone, pairs = clustering(draw.poisson(slow)), clustering(2 * draw.poisson(slow / 2))
    assert alone == pytest.approx(1.0, abs=0.1)
    assert pairs == pytest.approx(2.0, abs=0.15)
    assert clustering(np.zeros(100, np.int64)) is None

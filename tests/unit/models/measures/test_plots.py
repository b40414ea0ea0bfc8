"""The points behind the charts, by hand: each list is what `dvc plots show` and the validation page draw."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import beta

from contracts.config.scale import ScaleConfig
from models.measures.plots import (
    learning_points,
    reliability_points,
    roc_points,
    score_points,
    score_shares,
)

# forty customers in ten bins of four; of bin k the first k / 3 (rounded down) default
PD = np.arange(1, 41) / 100
BAD = np.array([place < bin_ // 3 for bin_ in range(10) for place in range(4)])


def test_reliability_of_ten_bins_of_four_by_hand() -> None:
    points = reliability_points({"lightgbm": (PD, BAD)}, 0.90)
    assert [point["model"] for point in points] == ["lightgbm"] * 10
    assert [point["n"] for point in points] == [4] * 10
    assert [point["defaults"] for point in points] == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3]
    assert [point["default_rate"] for point in points] == [0, 0, 0, 0.25, 0.25, 0.25, 0.5, 0.5, 0.5, 0.75]  # fmt: skip
    # (1 + 2 + 3 + 4) / 400 = 0.025, and 0.04 more from bin to bin
    assert [point["mean_pd"] for point in points] == pytest.approx(
        [0.025 + 0.04 * place for place in range(10)]
    )


def test_the_interval_is_jeffreys_and_the_logarithms_are_those_of_the_rates() -> None:
    points = reliability_points({"lightgbm": (PD, BAD)}, 0.90)
    one_of_four = points[3]
    assert one_of_four["low"] == pytest.approx(beta.ppf(0.05, 1.5, 3.5))
    assert one_of_four["high"] == pytest.approx(beta.ppf(0.95, 1.5, 3.5))
    assert one_of_four["log10_rate"] == pytest.approx(math.log10(0.25))
    assert one_of_four["log10_pd"] == pytest.approx(math.log10(0.145))
    # zero has no logarithm: half a default among five
    assert points[0]["log10_rate"] == pytest.approx(math.log10(0.1))


def test_each_model_has_its_own_points() -> None:
    points = reliability_points({"a": (PD, BAD), "b": (PD / 2, BAD)}, 0.90)
    assert [point["model"] for point in points] == ["a"] * 10 + ["b"] * 10
    assert points[10]["mean_pd"] == pytest.approx(points[0]["mean_pd"] / 2)


def test_the_roc_runs_from_nobody_to_everybody() -> None:
    """One survivor outranks one of two defaults: caught 1/2 before the first false alarm, all after it."""
    pd, bad = np.array([0.9, 0.6, 0.4, 0.1]), np.array([True, False, True, False])
    points = roc_points({"lightgbm": (pd, bad)})
    found = [(point["false_alarms"], point["caught"]) for point in points]
    assert found == [(0.0, 0.0), (0.0, 0.5), (0.5, 0.5), (0.5, 1.0), (1.0, 1.0)]
    assert {point["model"] for point in points} == {"lightgbm"}


def test_score_shares_of_forty_equal_steps() -> None:
    """Scores 0 to 40: steps of one, whose middles are 0.5, 1.5, ...; the last step has both its ends."""
    score = np.array([0.0, 0.5, 1.0, 39.0, 40.0, 40.0])
    bad = np.array([True, True, False, False, False, True])
    points = score_points(score, bad)
    survived, defaulted = points[:40], points[40:]
    assert [point["outcome"] for point in points] == ["survived"] * 40 + ["defaulted"] * 40
    assert [point["score"] for point in survived] == pytest.approx([k + 0.5 for k in range(40)])
    assert [point["score"] for point in defaulted] == [point["score"] for point in survived]
    assert survived[1]["share"] == pytest.approx(1 / 3)
    assert survived[39]["share"] == pytest.approx(2 / 3)
    assert defaulted[0]["share"] == pytest.approx(2 / 3)
    assert defaulted[39]["share"] == pytest.approx(1 / 3)
    assert sum(point["share"] for point in survived) == pytest.approx(1)
    assert sum(point["share"] for point in defaulted) == pytest.approx(1)


def test_without_defaults_their_shares_are_nought() -> None:
    points = score_points(np.array([1.0, 2.0]), np.array([False, False]))
    assert sum(point["share"] for point in points[40:]) == 0


def test_the_shares_of_the_report_are_those_points_side_by_side() -> None:
    """Odds 30:1 score 600, odds 60:1 score 640; a PD of 0 or 1 has a score as well."""
    pd = np.array([1 / 61, 1 / 31])
    points = score_shares(pd, np.array([False, True]), ScaleConfig())
    assert len(points) == 40
    assert points[0] == pytest.approx({"score": 600.5, "survived": 0.0, "defaulted": 1.0})
    assert points[-1] == pytest.approx({"score": 639.5, "survived": 1.0, "defaulted": 0.0})
    edge = score_shares(np.array([0.0, 1.0]), np.array([False, True]), ScaleConfig())
    assert all(math.isfinite(point["score"]) for point in edge)


def test_the_learning_curve_is_thinned_to_two_hundred_and_keeps_its_ends() -> None:
    curve = [
        {"round": float(k), "train_log_loss": 1 / k, "valid_log_loss": 2 / k}
        for k in range(1, 1001)
    ]
    points = learning_points(curve)
    train, later = points[:200], points[200:]
    assert len(later) == 200
    assert {point["rows"] for point in train} == {"train"}
    assert {point["rows"] for point in later} == {"later"}
    assert (train[0]["trees"], train[-1]["trees"]) == (1, 1000)
    assert train[-1]["log_loss"] == 0.001
    assert later[-1]["log_loss"] == 0.002
    short = learning_points(curve[:3])
    assert [point["trees"] for point in short] == [1, 2, 3, 1, 2, 3]

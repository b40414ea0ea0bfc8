"""PSI by hand, its critical value, false discoveries, and the bins of the registration sample."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from contracts.calendar import newest_months, snapshots
from models.base.binning import cut, inner_edges
from models.measures.distribution import distribution, levels_counted, recounted
from models.measures.drift import discoveries, shift
from models.measures.forecast import expected_auc


def counts(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def test_psi_by_hand() -> None:
    # shares (50.5, 50.5)/101 and (75.5, 25.5)/101: (0.24752)(ln 1.49505) + (-0.24752)(ln 0.50495) = 0.268677
    found = shift(counts(50, 50), counts(75, 25), customers=(100, 100))
    assert found.psi == pytest.approx(0.268677, abs=1e-6)
    # chi2(1, 0.95) = 3.841459, times 1/100 + 1/100
    assert found.critical == pytest.approx(0.07682918, abs=1e-8)
    assert found.p_value < 0.001


def test_equal_samples_have_not_moved() -> None:
    found = shift(counts(30, 50, 20), counts(60, 100, 40), customers=(100, 100))
    assert found.psi == pytest.approx(0, abs=1e-12)
    assert found.p_value == pytest.approx(1)


def test_more_rows_of_the_same_customers_are_no_more_evidence() -> None:
    once = shift(counts(50, 50), counts(60, 40), customers=(100, 100))
    twelve = shift(counts(600, 600), counts(720, 480), customers=(100, 100))
    assert twelve.psi == pytest.approx(once.psi, abs=1e-12)
    assert twelve.p_value == pytest.approx(once.p_value, abs=1e-12)


def test_bins_that_nobody_is_in_do_not_count_and_one_bin_cannot_move() -> None:
    with_empty = shift(counts(40, 0, 60), counts(50, 0, 50), customers=(100, 100))
    without = shift(counts(40, 60), counts(50, 50), customers=(100, 100))
    assert (with_empty.psi, with_empty.bins) == (without.psi, 2)
    alone = shift(counts(0, 100), counts(0, 90), customers=(100, 90))
    assert (alone.psi, alone.p_value, alone.bins) == (0.0, 1.0, 1)


def test_an_empty_bin_that_fills_is_a_shift_and_stays_finite() -> None:
    found = shift(counts(100, 0), counts(50, 50), customers=(100, 100))
    assert np.isfinite(found.psi)
    assert found.p_value < 1e-6


def test_false_discoveries_are_controlled_over_all_inputs() -> None:
    """Twenty inputs without a shift and p = 0.04 for one: alone significant, among twenty not."""
    assert discoveries([0.04], 0.05).tolist() == [True]
    assert not discoveries([0.04] + [0.5] * 19, 0.05).any()
    # sorted p against i/20 x 0.05: 0.001 <= 0.0025, 0.004 <= 0.005, 0.04 > 0.0075
    assert discoveries([0.001, 0.004, 0.04] + [0.5] * 17, 0.05).tolist()[:3] == [True, True, False]
    assert discoveries([], 0.05).tolist() == []


def test_counts_fall_into_half_open_bins_and_missing_has_its_own() -> None:
    values = np.array([1.0, 2.0, 2.0, 3.0, np.nan, 9.0])
    assert cut(values, [2.0, 3.0]).tolist() == [3, 1, 1, 1]
    assert cut(np.array([np.nan]), []).tolist() == [0, 1]
    assert inner_edges(np.arange(101.0), 4) == [25.0, 50.0, 75.0]
    assert inner_edges(np.array([np.nan]), 4) == []


def test_recounting_the_sample_gives_its_own_counts() -> None:
    numbers = pd.Series([1.0, 5.0, None, 2.0, 2.0])
    kept = distribution(numbers, {"dtype": "number"}, 3)
    assert recounted(numbers, kept).tolist() == kept["counts"]
    assert sum(kept["counts"]) == 5
    text = pd.Series(["a", "b", None, "new"])
    named = distribution(text, {"dtype": "category", "levels": ["a", "b", "c"]}, 3)
    assert named["counts"] == [1, 1, 0, 1, 1]
    assert levels_counted(pd.Series([None, None], dtype=object), ["a"]).tolist() == [0, 0, 2]


def test_snapshots_never_overlap_and_keep_the_newest() -> None:
    days = pd.Series(pd.date_range("2022-01-31", "2024-12-31", freq="ME"))
    kept = snapshots(days, 12)
    assert [str(day.date()) for day in kept] == ["2022-12-31", "2023-12-31", "2024-12-31"]
    assert len(snapshots(days, 3)) == 12
    leap = pd.Series(pd.to_datetime(["2024-02-29", "2025-02-28"]))
    assert len(snapshots(leap, 12)) == 2
    assert snapshots(pd.Series([], dtype="datetime64[s]"), 12) == []


def test_the_newest_months() -> None:
    days = pd.Series(pd.date_range("2023-01-31", "2024-12-31", freq="ME"))
    assert int(newest_months(days, 12).sum()) == 12
    assert days[newest_months(days, 12)].min() == pd.Timestamp("2024-01-31")


def test_the_expected_auc_is_the_mean_over_drawn_outcomes() -> None:
    """Oracle: over all outcomes of a small book, weighted pairs in order / weighted pairs."""
    chance = np.array([0.02, 0.1, 0.1, 0.4, 0.7])
    ordered = pairs = 0.0
    for i, p in enumerate(chance):
        for j, q in enumerate(chance):
            if i != j:
                weight = p * (1 - q)
                pairs += weight
                ordered += weight * ((p > q) + 0.5 * (p == q))
    assert expected_auc(chance) == pytest.approx(ordered / pairs, abs=1e-12)
    assert expected_auc(np.array([0.0, 0.0])) is None


def test_a_value_that_is_new_is_a_large_shift_and_not_an_infinite_one() -> None:
    """100 customers all in the first bin, then 50 and 50: half a customer in every bin stands for the empty one.

    Shares 100.5/101 and 0.5/101 before, 50.5/101 both now: (0.5 - 0.99505) ln(0.5 / 0.99505) + (0.5 - 0.00495)
    ln(0.5 / 0.00495) = 0.3407 + 2.2847 = 2.6254. The rule is this one for scores, grades and inputs, at registration and after.
    """
    found = shift(np.array([100, 0]), np.array([50, 50]), customers=(100, 100))
    assert found.psi == pytest.approx(2.6254, abs=1e-4)
    # rows do not matter, customers do: the same shares of ten times the rows
    assert shift(np.array([1000, 0]), np.array([500, 500]), customers=(100, 100)).psi == found.psi
    # with more customers the empty bin is surer: the half weighs less and the shift is larger
    more = shift(np.array([1000, 0]), np.array([500, 500]), customers=(1000, 1000))
    assert found.psi < more.psi < np.inf

"""Bins of equal mass: ties stay together, so that every measure of calibration gives one answer whatever the order of rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from models.base.binning import BINS, cut, equal_mass, inner_edges
from models.measures.backtests import hosmer_lemeshow
from models.measures.metrics import expected_calibration_error
from models.measures.plots import reliability

# two defaults among the five tied rows; a cut after row 4 or 6 would part them
PD = np.array([0.01, 0.02, 0.03, 0.1, 0.1, 0.1, 0.1, 0.1, 0.4, 0.5])
BAD = np.array([0, 0, 0, 1, 1, 0, 0, 0, 1, 0], dtype=bool)
ORDERS = [np.arange(10), np.arange(10)[::-1], np.array([7, 3, 9, 5, 0, 4, 8, 6, 1, 2])]


def test_without_ties_it_is_an_even_split() -> None:
    values = np.random.default_rng(1).permutation(53).astype(float)
    found = [sorted(values[rows].tolist()) for rows in equal_mass(values, 10)]
    assert found == [part.tolist() for part in np.array_split(np.arange(53.0), 10)]


@pytest.mark.parametrize(
    ("values", "bins", "sizes"),
    [
        ([1, 2, 2, 2, 3, 4], 2, [4, 2]),  # the cut after 3 rows lies nearer to the end of the twos
        ([1, 1, 2, 2, 2, 2], 2, [2, 4]),  # ... and here to their beginning
        ([1, 2, 2, 2, 2, 3], 2, [1, 5]),  # as near to both: the lower one
        ([5, 5, 5, 5], 3, [4]),
        ([7], 10, [1]),
        ([], 10, []),
    ],
)
def test_a_cut_moves_to_the_nearer_end_of_a_tie(
    values: list[float], bins: int, sizes: list[int]
) -> None:
    assert [len(rows) for rows in equal_mass(np.array(values, dtype=float), bins)] == sizes


@pytest.mark.parametrize("order", ORDERS)
def test_tied_pds_give_one_answer_in_every_order(order: np.ndarray) -> None:
    """Three bins: cuts after 4 and 7 rows move to 3 and 8. Sums 0.06, 0.5, 0.9; seen 0, 2, 1."""
    pd, bad = PD[order], BAD[order]
    # |0.06 - 0| + |0.5 - 2| + |0.9 - 1| = 1.66, of ten rows
    assert expected_calibration_error(pd, bad, 3) == pytest.approx(0.166, abs=1e-12)
    found = hosmer_lemeshow(pd, bad, 3)
    by_hand = 0.06**2 / (0.06 * 0.98) + 1.5**2 / (0.5 * 0.9) + 0.1**2 / (0.9 * 0.55)
    assert found is not None
    assert found.statistic == pytest.approx(by_hand, abs=1e-12)
    assert found.p_value == pytest.approx(chi2.sf(by_hand, 3), abs=1e-12)


@given(
    st.lists(st.tuples(st.sampled_from([0.01, 0.02, 0.05, 0.2, 0.21, 0.5]), st.booleans()), min_size=1, max_size=80),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_no_measure_sees_the_order_of_rows(rows: list[tuple[float, bool]], random: object) -> None:
    answers = []
    for _ in range(2):
        pd, bad = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
        bins = reliability(pd, bad, 0.95)
        answers.append((expected_calibration_error(pd, bad), hosmer_lemeshow(pd, bad), bins))
        random.shuffle(rows)  # type: ignore[attr-defined]
        assert len(bins) <= BINS
        assert sum(row["n"] for row in bins) == len(rows)
        # the ECE of the page is the ECE of its chart
        gaps = sum(row["n"] * abs(row["mean_pd"] - row["rate"]) for row in bins)
        assert expected_calibration_error(pd, bad) == pytest.approx(gaps / len(rows), abs=1e-12)
    assert answers[0] == answers[1]  # to the bit


@given(st.lists(st.integers(0, 9), min_size=1, max_size=60), st.integers(1, 12))
def test_the_edges_find_the_same_bins_again(values: list[int], bins: int) -> None:
    numbers = np.array(values, dtype=float)
    counts = cut(numbers, inner_edges(numbers, bins))
    assert counts.tolist() == [*(len(rows) for rows in equal_mass(numbers, bins)), 0]


def test_an_edge_belongs_to_the_bin_below() -> None:
    before = np.array([1.0, 2.0, 3.0, 4.0])
    assert inner_edges(before, 2) == [2.0]
    assert cut(np.array([2.0, 2.1, np.nan]), [2.0]).tolist() == [1, 1, 1]

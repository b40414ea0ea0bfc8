"""What the other tests of the room let pass: ends of ranges, few customers, rows of one customer, what a result says of itself.

Each case here was found by making the code wrong and seeing no test fail (`make mutate ROOM=models.measures`).
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta, norm
from sklearn.metrics import roc_auc_score

from models.measures.backtests import hosmer_lemeshow, jeffreys_interval, spiegelhalter
from models.measures.distribution import distribution, recounted
from models.measures.drift import discoveries, shift
from models.measures.forecast import expected_auc
from models.measures.graded import herfindahl
from models.measures.intervals import Auc, auc, complexity_premium, customer_weights, numbered
from models.measures.metrics import cox, level_off, measure, scores, stability

DRAW = np.random.default_rng(4)
IDS = np.repeat(np.array([f"C{number:03d}" for number in range(150)], dtype=object), 4)
PD = np.clip(DRAW.beta(1, 8, 600), 0.001, 0.999)
BAD = DRAW.random(600) < PD


def test_one_default_has_a_lower_end_above_nought() -> None:
    low, high = jeffreys_interval(1, 10, 0.95)
    assert low == pytest.approx(beta.ppf(0.025, 1.5, 9.5))
    assert high == pytest.approx(beta.ppf(0.975, 1.5, 9.5))


def test_the_interval_of_an_auc_by_hand_and_within_one() -> None:
    """0.8 -+ 1.95996 x 0.05; an interval never leaves [0, 1]."""
    assert Auc(0.8, 0.05).interval(0.95) == pytest.approx((0.702002, 0.897998), abs=1e-6)
    assert Auc(0.99, 0.05).interval(0.95)[1] == 1.0
    assert Auc(0.01, 0.05).interval(0.95)[0] == 0.0


def test_tests_say_how_many_rows_they_saw() -> None:
    groups = hosmer_lemeshow(PD, BAD)
    brier = spiegelhalter(PD, BAD, IDS)
    assert groups is not None
    assert brier is not None
    assert (groups.n, brier.n) == (600, 600)


def test_spiegelhalter_of_two_customers_with_two_rows_each_by_hand() -> None:
    """Terms (y - p)(1 - 2p): C1 0.48 - 0.12 = 0.36; C2 -0.12 + 0.28 = 0.16; z = 0.52 / sqrt(0.36^2 + 0.16^2)."""
    pd_ = np.array([0.2, 0.2, 0.2, 0.3])
    bad = np.array([True, False, False, True])
    found = spiegelhalter(pd_, bad, np.array(["C1", "C1", "C2", "C2"]))
    assert found is not None
    assert found.statistic == pytest.approx(0.52 / math.sqrt(0.36**2 + 0.16**2))
    assert found.p_value == pytest.approx(2 * norm.sf(found.statistic))


def test_spiegelhalter_of_a_single_row() -> None:
    found = spiegelhalter(np.array([0.2]), np.array([False]), np.array(["C1"]))
    assert found is not None
    assert found.statistic == pytest.approx(-0.12 / math.sqrt(0.36 * 0.16))


def test_customers_are_numbered_by_their_ids_not_by_their_rows() -> None:
    codes, customers = numbered(np.array(["C7", "C2", "C7", "C5"], dtype=object))
    assert (codes.tolist(), customers) == ([2, 0, 2, 1], 3)


def obuchowski(score: np.ndarray, bad: np.ndarray, ids: np.ndarray) -> float:
    """The variance of the AUC written out, pair by pair and customer by customer."""
    m, n = bad.sum(), (~bad).sum()
    wins = (score[bad][:, None] > score[~bad][None, :]) + 0.5 * (
        score[bad][:, None] == score[~bad][None, :]
    )
    area = wins.mean()
    v10, v01 = wins.mean(axis=1), wins.mean(axis=0)
    names = sorted(set(ids))
    own_bad = np.array([(v10 - area)[ids[bad] == name].sum() for name in names])
    own_good = np.array([(v01 - area)[ids[~bad] == name].sum() for name in names])
    k, k10, k01 = len(names), len(set(ids[bad])), len(set(ids[~bad]))
    return float(
        k10 / (k10 - 1) * (own_bad**2).sum() / m**2
        + k01 / (k01 - 1) * (own_good**2).sum() / n**2
        + 2 * k / (k - 1) * (own_bad * own_good).sum() / (m * n)
    )


def test_the_error_of_an_auc_counts_customers_that_have_rows_of_both_kinds() -> None:
    """Customers that default late have surviving rows as well: the two sums of such a customer go together."""
    found = auc(PD, BAD, IDS)
    assert found.standard_error == pytest.approx(math.sqrt(obuchowski(PD, BAD, IDS)), rel=1e-9)


def test_two_customers_of_each_kind_are_enough_for_an_error_and_one_is_not() -> None:
    score, bad = np.array([0.9, 0.4, 0.6, 0.1]), np.array([True, True, False, False])
    assert auc(score, bad, np.arange(4)).standard_error == pytest.approx(0.353553, abs=1e-6)
    assert auc(score, bad, np.array([0, 0, 1, 2])).standard_error is None
    assert auc(score, bad, np.array([0, 1, 2, 2])).standard_error is None


def test_draws_of_customers_repeat_with_the_seed_and_reach_every_customer() -> None:
    first, again, other = (list(customer_weights(IDS, 20, seed)) for seed in (1, 1, 2))
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    assert not all(np.array_equal(one, two) for one, two in zip(first, other, strict=True))
    assert (sum(first) > 0).all()
    assert all(weights.sum() == 600 for weights in first)  # four rows of each of 150 drawn


def test_the_complexity_premium_is_the_difference_of_ginis_and_its_percentiles() -> None:
    simple = np.round(PD, 1)
    found = complexity_premium((PD, simple), BAD, IDS, confidence=0.8, draws=60, seed=3)
    differences = [
        2 * roc_auc_score(BAD, PD, sample_weight=weight)
        - 2 * roc_auc_score(BAD, simple, sample_weight=weight)
        for weight in customer_weights(IDS, 60, 3)
    ]
    assert found.gini == pytest.approx(2 * roc_auc_score(BAD, PD) - 2 * roc_auc_score(BAD, simple))
    assert found.gini_ci == pytest.approx(tuple(np.quantile(differences, [0.1, 0.9])))


def test_every_measure_is_the_one_of_its_name() -> None:
    found = measure(PD, BAD, IDS, 0.9)
    line, ranked = cox(PD, BAD, IDS), auc(PD, BAD, IDS)
    assert line is not None
    assert (found.n, found.defaults, found.mean_pd) == (600, BAD.sum(), pytest.approx(PD.mean()))
    assert (found.roc_auc, found.roc_auc_ci) == (ranked.value, ranked.interval(0.9))
    assert (found.cox_slope, found.cox_intercept, found.level) == (line.slope, line.intercept, line.level)  # fmt: skip
    assert line.slope_error != line.intercept_error
    assert min(line.slope_error, line.intercept_error, line.level_error) > 0


def test_the_errors_of_the_cox_line_are_those_of_resampled_customers() -> None:
    """Bootstrap of 60 draws: a standard deviation is known to 9 %, so 45 % is five of its errors."""
    line = cox(PD, BAD, IDS)
    assert line is not None
    drawn = []
    for weight in customer_weights(IDS, 60, 5):
        rows = np.repeat(np.arange(600), weight)
        names = np.array([f"{IDS[row]}" for row in rows], dtype=object)
        one = cox(PD[rows], BAD[rows], names)
        assert one is not None
        drawn.append((one.slope, one.intercept, one.level))
    slope, intercept, level = np.std(drawn, axis=0)
    assert line.slope_error == pytest.approx(slope, rel=0.45)
    assert line.intercept_error == pytest.approx(intercept, rel=0.45)
    assert line.level_error == pytest.approx(level, rel=0.45)


@pytest.mark.parametrize(("pd_", "bad"), [(0.0, True), (1.0, False), (0.0, False), (1.0, True)])
def test_a_pd_of_nought_or_one_leaves_every_measure_finite(pd_: float, *, bad: bool) -> None:
    chance, outcome = np.append(PD, pd_), np.append(BAD, bad)
    ids = np.append(IDS, "C999")
    found = scores(chance, outcome)
    assert all(math.isfinite(value) for value in found.values())
    line, level = cox(chance, outcome, ids), level_off(chance, outcome, ids)
    assert line is not None
    assert level is not None
    assert math.isfinite(line.slope)
    assert math.isfinite(level[0])


def test_a_line_needs_overlap_and_a_level_needs_two_customers_and_both_outcomes() -> None:
    chance, ids = np.array([0.1, 0.2, 0.3, 0.4]), np.arange(4)
    apart = np.array([False, False, True, True])
    assert cox(chance, apart, ids) is None
    assert cox(chance, ~apart, ids) is None  # told apart the wrong way round: no end either
    touching = np.array([0.1, 0.3, 0.3, 0.4])
    assert cox(touching, apart, ids) is None
    assert cox(touching, ~apart, ids) is None
    assert level_off(chance, apart, np.array([0, 0, 1, 1])) is not None
    assert level_off(chance, apart, np.zeros(4, dtype=int)) is None
    assert level_off(chance, np.ones(4, dtype=bool), ids) is None
    assert level_off(chance, np.zeros(4, dtype=bool), ids) is None


def test_a_score_is_compared_in_ten_bins_of_equal_mass() -> None:
    """1,000 different scores: ten bins. Those of the lowest tenth alone: all in one bin of ten."""
    before = np.arange(1000.0)
    same = stability(before, before, (1000, 1000))
    low = stability(before, before[:100], (1000, 100))
    assert same is not None
    assert low is not None
    assert (same.bins, low.bins) == (10, 10)
    assert same.psi == pytest.approx(0, abs=1e-12)
    assert low.psi > stability(before, before[:300], (1000, 300)).psi  # type: ignore[union-attr]
    above = stability(before, before + 2000, (1000, 1000))
    assert above is not None
    assert above.bins == 10


def counts(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def test_a_bin_with_one_row_counts_and_nothing_is_said_of_nobody() -> None:
    assert shift(counts(9, 1, 0), counts(9, 0, 1), customers=(10, 10)).bins == 3
    one = shift(counts(1, 0), counts(0, 1), customers=(1, 1))
    assert (one.bins, one.critical) == (2, pytest.approx(3.841459 * 2, abs=1e-5))
    for reference, current, customers in (
        (counts(0, 0), counts(5, 5), (10, 10)),
        (counts(5, 5), counts(0, 0), (10, 10)),
        (counts(5, 5), counts(5, 5), (0, 10)),
        (counts(5, 5), counts(5, 5), (10, 0)),
    ):
        nothing = shift(reference, current, customers=customers)
        assert (nothing.psi, nothing.critical, nothing.p_value) == (0.0, 0.0, 1.0)


def test_a_p_value_exactly_at_the_rate_is_a_discovery() -> None:
    assert discoveries([0.05], 0.05).tolist() == [True]
    assert discoveries([], 0.05).dtype == np.bool_


def test_new_values_on_an_edge_fall_where_the_kept_ones_did() -> None:
    """Kept: 1, 2, 3, 4 in two bins, edge 2, the largest of the lower one, which it belongs to: (-inf, e], (e, inf)."""
    kept = distribution(pd.Series([1.0, 2.0, 3.0, 4.0]), {"dtype": "number"}, 2)
    assert kept == {"edges": [2.0], "counts": [2, 2, 0]}
    assert recounted(pd.Series([2.0, 1.9999, 2.0001]), kept).tolist() == [2, 1, 0]
    whole = pd.Series([1, 2, 3, None], dtype="Int64")
    assert recounted(whole, kept).tolist() == [2, 1, 1]
    assert distribution(whole, {"dtype": "number"}, 2)["counts"] == [2, 1, 1]


def test_levels_are_kept_and_counted_again() -> None:
    kept = distribution(pd.Series(["a", "b", "a", None]), {"dtype": "category", "levels": ["a", "b"]}, 2)  # fmt: skip
    assert kept == {"levels": ["a", "b"], "counts": [2, 1, 0, 1]}
    assert recounted(pd.Series(["b", "c", None]), kept).tolist() == [0, 1, 1, 1]


def test_small_totals_are_totals() -> None:
    """Amounts in millions add up to less than one, and a small book to few pairs."""
    assert herfindahl(np.array([0.25, 0.25])) == 0.5
    # 0.1 x 0.8 + 0.2 x 0.9 = 0.26 pairs, of which 0.2 x 0.9 are in order
    assert expected_auc(np.array([0.1, 0.2])) == pytest.approx(0.18 / 0.26)

"""Figures with intervals: weights are rows, copies are no evidence, pairs are cheaper than two samples."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ks_2samp
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from models.measures.intervals import Ranking, customer_counts, numbered
from models.measures.metrics import brier_skill, expected_calibration_error
from models.validation.figures import (
    NAMES,
    Answers,
    all_figures,
    from_gaps,
    paired,
    rate_figure,
)
from models.validation.resample import MEASURES, Weighable, resample

RANDOM = np.random.default_rng(7)
N = 240
IDS = np.repeat([f"C{number:02d}" for number in range(60)], 4).astype(object)
PD = np.round(RANDOM.uniform(0.01, 0.6, N), 2)  # rounded: many ties
OTHER = np.clip(PD + np.round(RANDOM.normal(0, 0.1, N), 2), 0.01, 0.99)
BAD = RANDOM.random(N) < PD


def test_weights_are_rows_repeated() -> None:
    """Every measure of a weighted sample, against libraries on the rows written out."""
    codes, customers = numbered(IDS)
    weighable = Weighable.of(PD, BAD, codes)
    for counts in customer_counts(customers, 5, seed=2):
        found = dict(zip(MEASURES, weighable.measured(counts), strict=True))
        rows = np.repeat(np.arange(N), counts[codes])
        pd, bad = PD[rows], BAD[rows]
        brier = brier_score_loss(bad, pd)
        wanted = {
            "gini": 2 * roc_auc_score(bad, pd) - 1,
            "ks": ks_2samp(pd[bad], pd[~bad]).statistic,
            "average_precision": average_precision_score(bad, pd),
            "brier": brier,
            "brier_skill": brier_skill(brier, bad.mean()),
            "log_loss": log_loss(bad, pd),
        }
        for name, value in wanted.items():
            assert found[name] == pytest.approx(value, abs=1e-9), name


def test_the_gap_of_the_sample_from_itself_is_nothing_and_by_hand_elsewhere() -> None:
    """Two bins of one row each, PDs 0.2 and 0.6; the second customer alone: bin one empty, bin two unchanged."""
    two = Weighable.of(np.array([0.2, 0.6]), np.array([False, True]), np.array([0, 1]))
    assert dict(zip(MEASURES, two.measured(np.array([1, 1])), strict=True))["ece_gap"] == 0.0
    codes = np.array([0, 1, 0, 1])
    pd, bad = np.array([0.1, 0.1, 0.5, 0.5]), np.array([False, True, False, True])
    four = Weighable.of(pd, bad, codes)
    # equal PDs share a bin: two bins of two rows, one of each customer; customer 1 twice leaves the defaulted rows alone
    # excess of the bins: 0.1 - 0.5 = -0.4 and 0.5 - 0.5 = 0; of the draw: 0.1 - 1 = -0.9 and 0.5 - 1 = -0.5
    assert four.gap(np.array([0, 2])) == pytest.approx(0.5 * 0.5 + 0.5 * 0.5)
    # no two PDs alike: four bins of one row; dropping customer 0 leaves two as they are and two empty
    apart = Weighable.of(np.array([0.1, 0.2, 0.5, 0.6]), bad, codes)
    assert apart.gap(np.array([0, 2])) == 0.0
    # twenty PDs in ten bins of two rows, a survivor and a defaulter each; the first bin: PDs 0.10 and 0.11
    twenty = np.concatenate([[0.10, 0.11], np.linspace(0.2, 0.9, 18)])
    ten = Weighable.of(twenty, np.tile([False, True], 10), np.arange(20))
    moved = np.ones(20, dtype=np.int64)
    moved[0] = 3  # the survivor with the lowest PD stands three times
    # the bin's excess goes from (0.10 - 0.89) / 2 = -0.395 to (3 x 0.10 - 0.89) / 4 = -0.1475; it holds 2 of 20 rows
    assert ten.gap(moved) == pytest.approx((0.395 - 0.1475) * 0.1)


def test_one_class_in_a_draw_is_not_a_number() -> None:
    weighable = Weighable.of(np.array([0.1, 0.9]), np.array([False, True]), np.array([0, 1]))
    assert np.isnan(weighable.measured(np.array([2, 0]))).all()


def test_the_tally_of_a_ranking_without_a_default() -> None:
    tally = Ranking.of(np.array([0.1, 0.2]), np.zeros(2, dtype=bool)).tally(np.array([1, 1]))
    assert np.isnan([tally.auc, tally.ks, tally.average_precision]).all()


def figures(ids: np.ndarray, times: int = 1) -> dict[str, dict[str, float]]:
    answers = Answers(
        {"lightgbm": np.tile(PD, times), "scorecard": np.tile(OTHER, times)},
        np.tile(BAD, times),
        np.tile(ids, times),
    )
    return all_figures(answers, 0.9, 200, 5)[0]["lightgbm"].model_dump()


def test_every_figure_lies_in_its_interval_and_is_the_librarys() -> None:
    found = figures(IDS)
    for name in NAMES:
        assert found[name]["low"] <= found[name]["value"] <= found[name]["high"], name
    assert found["roc_auc"]["value"] == pytest.approx(roc_auc_score(BAD, PD))
    assert found["gini"]["low"] == pytest.approx(2 * found["roc_auc"]["low"] - 1)
    assert found["ece"]["value"] == pytest.approx(expected_calibration_error(PD, BAD))
    assert found["rate"]["value"] == pytest.approx(BAD.mean())
    assert found["mean_pd"] == pytest.approx(PD.mean())


def test_the_same_rows_twice_are_no_new_evidence() -> None:
    once, twice = figures(IDS), figures(IDS, times=2)
    for name in ("roc_auc", "average_precision", "brier", "ks", "level", "cox_slope", "rate"):
        width = [found[name]["high"] - found[name]["low"] for found in (once, twice)]
        assert width[1] == pytest.approx(width[0], rel=0.02), name
    apart = figures(np.arange(N).astype(str))
    assert apart["rate"]["high"] - apart["rate"]["low"] > 0


def test_clustering_widens_what_shares_an_outcome() -> None:
    """Four rows of a customer with one outcome are worth one: the interval of the rate is twice as wide."""
    bad = np.repeat(RANDOM.random(200) < 0.3, 4)
    whose = np.repeat(np.arange(200), 4)
    together, apart = (rate_figure(bad, ids, 0.95) for ids in (whose, np.arange(800)))
    assert together.high is not None
    assert together.low is not None
    assert apart.high is not None
    assert apart.low is not None
    assert (together.high - together.low) / (apart.high - apart.low) == pytest.approx(2.0, rel=0.03)


def test_without_a_default_the_rate_is_bounded_by_customers() -> None:
    found = rate_figure(np.zeros(120, dtype=bool), np.repeat(np.arange(10), 12), 0.95)
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(
        rate_figure(np.zeros(10, dtype=bool), np.arange(10), 0.95).high
    )


def test_a_pair_is_surer_than_two_samples() -> None:
    models, draws = all_figures(
        Answers({"lightgbm": PD, "scorecard": OTHER}, BAD, IDS), 0.9, 200, 5
    )
    gain = paired(draws, models, "brier_skill", 0.9)
    value = models["lightgbm"].brier_skill.value - models["scorecard"].brier_skill.value
    assert gain.value == pytest.approx(value)
    assert gain.low is not None
    assert gain.high is not None
    alone = models["lightgbm"].brier_skill.model_dump()
    assert gain.high - gain.low < 0.7 * (alone["high"] - alone["low"])
    same = all_figures(Answers({"lightgbm": PD, "scorecard": PD}, BAD, IDS), 0.9, 60, 5)
    assert paired(same[1], same[0], "gini", 0.9).model_dump() == {
        "value": 0.0,
        "low": 0.0,
        "high": 0.0,
    }


def test_one_class_gives_nulls_and_a_rate() -> None:
    answers = Answers({"lightgbm": PD, "scorecard": PD}, np.zeros(N, dtype=bool), IDS)
    found, draws = all_figures(answers, 0.9, 60, 5)
    assert draws == {}
    assert {getattr(found["lightgbm"], name).value for name in NAMES} == {None}
    assert found["lightgbm"].rate.value == 0.0
    assert paired(draws, found, "gini", 0.9).value is None


def test_draws_do_not_depend_on_the_other_model() -> None:
    both = resample({"lightgbm": PD, "scorecard": OTHER}, BAD, IDS, 20, 1)["lightgbm"]
    alone = resample({"lightgbm": PD}, BAD, IDS, 20, 1)["lightgbm"]
    for name in MEASURES:
        assert np.array_equal(both[name], alone[name])


def test_gaps_without_a_number_give_no_ends() -> None:
    assert from_gaps(0.1, np.array([np.nan]), 0.95).high is None

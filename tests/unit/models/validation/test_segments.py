"""For whom and since when: segments of the matrix, money that may be absent, outcomes that nobody could see."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from contracts.config.scale import ScaleConfig
from models.base.data import Part
from models.measures.backtests import jeffreys
from models.measures.overlap import design_effect
from models.validation import segments
from models.validation import selective as outcomes
from models.validation.scored import Scored
from models.validation.selective import constrained, without_exposure
from models.validation.view import View, segment_labels, view_of

RANDOM = np.random.default_rng(6)
CUSTOMERS, MONTHS = 120, 14
IDS = np.tile([f"C{number:03d}" for number in range(CUSTOMERS)], MONTHS).astype(object)
DAYS = np.repeat(
    pd.date_range("2024-01-31", periods=MONTHS, freq="ME").to_numpy(dtype="datetime64[D]"),
    CUSTOMERS,
)
NUMBER = np.tile(np.arange(CUSTOMERS), MONTHS)
PD = RANDOM.uniform(0.01, 0.3, len(IDS))
BAD = RANDOM.random(len(IDS)) < PD
FEATURES = pd.DataFrame(
    {
        "customer_industry": pd.array(
            np.select(
                [NUMBER < 60, NUMBER < 110, NUMBER < 118], ["food", "metal", "glass"], "wood"
            ),
            dtype="str",
        ),
        "statement_age": np.where(NUMBER % 3 == 0, np.nan, 4.0),
        "balance_amount": np.where(NUMBER < 60, 0.0, 100.0),
        "limits_limit_amount": np.select([NUMBER < 60, NUMBER < 90], [0.0, 50.0], np.nan),
    }
)


def by_segment(of: View) -> list[dict[str, Any]]:
    return [row.model_dump() for row in segments.by_segment(of)]


def by_date(of: View) -> list[dict[str, Any]]:
    return [row.model_dump(mode="json") for row in segments.by_date(of)]


def exposed(of: View) -> list[dict[str, Any]] | None:
    found = outcomes.exposed(of)
    return None if found is None else [row.model_dump() for row in found]


def selective(of: View, true_pd: np.ndarray) -> dict[str, Any]:
    return outcomes.selective(of, true_pd).model_dump()


def view(features: pd.DataFrame = FEATURES, chance: np.ndarray = PD) -> View:
    part = Part(IDS, DAYS, BAD, np.zeros(len(IDS), dtype=bool), features)
    scored = Scored(part, np.log(chance / (1 - chance)), chance, chance[::-1].copy())
    return view_of(scored, ScaleConfig(), 12, 0.95)


def test_only_dates_whose_outcome_windows_do_not_overlap_count_once() -> None:
    """Fourteen month-ends and a horizon of twelve: the newest and the one a year before it."""
    days = set(DAYS[view().once].astype(str))
    assert days == {"2024-02-29", "2025-02-28"}


def test_rare_levels_are_other_and_missing_is_a_level() -> None:
    """Glass has 8 customers and wood 2, of the 20 a level needs."""
    labels = segment_labels(FEATURES.assign(customer_country=None), IDS)
    assert set(labels) == {"customer_industry", "customer_country", "has_statement"}
    assert set(labels["customer_industry"]) == {"food", "metal", "other"}
    assert set(labels["customer_industry"][NUMBER >= 110]) == {"other"}
    assert set(labels["customer_country"]) == {"missing"}
    assert np.array_equal(labels["has_statement"] == "no", NUMBER % 3 == 0)


def test_at_most_twelve_levels() -> None:
    many = pd.DataFrame({"customer_country": [f"K{n % 40}" for n in range(4000)]})
    found = segment_labels(many, np.arange(4000).astype(str).astype(object))["customer_country"]
    assert len(set(found)) == 12
    assert (found == "other").sum() == 29 * 100


def test_a_segment_is_measured_on_its_own_rows() -> None:
    food = next(row for row in by_segment(view()) if row["level"] == "food")
    rows = NUMBER < 60
    assert food["n"] == rows.sum()
    assert food["defaults"] == BAD[rows].sum()
    assert food["roc_auc"]["value"] == pytest.approx(roc_auc_score(BAD[rows], PD[rows]))
    assert food["scorecard_auc"]["value"] == pytest.approx(roc_auc_score(BAD[rows], PD[::-1][rows]))
    assert food["mean_pd"] == pytest.approx(PD[rows].mean())
    ratio, rate = food["observed_to_expected"], food["rate"]
    assert ratio["value"] == pytest.approx(BAD[rows].mean() / PD[rows].mean())
    assert ratio["low"] == pytest.approx(rate["low"] / PD[rows].mean())
    assert ratio["high"] == pytest.approx(rate["high"] / PD[rows].mean())
    assert food["level_off"]["low"] < 0 < food["level_off"]["high"]  # the PDs are right
    spread = design_effect(PD[rows], view().scored.part.customer_id[rows], DAYS[rows], 12)
    assert food["jeffreys_p"] == pytest.approx(
        jeffreys(BAD[rows].sum() / spread, rows.sum() / spread, float(PD[rows].mean()))
    )


def test_levels_of_a_segment_add_up_to_the_part() -> None:
    rows = pd.DataFrame(by_segment(view()))
    assert (rows.groupby("segment")[["n", "defaults"]].sum() == [len(IDS), BAD.sum()]).all(
        axis=None
    )
    assert rows[rows["segment"] == "customer_industry"]["level"].tolist() == [
        "food",
        "metal",
        "other",
    ]


def test_a_date_is_measured_on_its_own_rows() -> None:
    found = by_date(view())
    assert [row["as_of"] for row in found] == sorted(set(DAYS.astype(str)))
    assert sum(row["defaults"] for row in found) == BAD.sum()
    last = DAYS.max() == DAYS
    assert found[-1]["roc_auc"]["value"] == pytest.approx(roc_auc_score(BAD[last], PD[last]))
    assert found[-1]["rate"]["low"] < found[-1]["rate"]["value"] < found[-1]["rate"]["high"]


def test_a_halved_level_is_found_in_its_segment_alone() -> None:
    low = np.where(NUMBER < 60, PD / 3, PD)
    rows = {row["level"]: row["level_off"] for row in by_segment(view(chance=low))}
    assert rows["food"]["low"] > 0.5
    assert rows["metal"]["low"] < 0.2


def test_nothing_at_stake_is_no_limit_and_no_balance() -> None:
    """Customers 0-59: limit 0, balance 0. 60-89: balance 100 over a limit of 50. From 90: no limit on file."""
    found = view()
    assert np.array_equal(without_exposure(found), NUMBER < 60)
    assert np.array_equal(constrained(found), NUMBER < 90)
    rows = {row["level"]: row for row in exposed(found) or []}
    assert rows["food"] == {
        "segment": "customer_industry", "level": "food", "n": 60,
        "granted_exposure": 0.0, "no_exposure": True, "share_without": 1.0,
    }  # fmt: skip
    assert rows["metal"]["granted_exposure"] == 50 * 100.0
    assert not rows["metal"]["no_exposure"]


def test_the_known_truth_is_compared_where_limits_bind_and_where_they_do_not() -> None:
    true_pd = np.where(NUMBER < 90, 0.2, 0.1)
    true_pd[0] = np.nan
    found: dict[str, Any] = selective(view(), true_pd)
    assert found["truth"]["n"] == len(IDS) - 1
    assert found["truth"]["constrained"]["true"] == pytest.approx(0.2)
    assert found["truth"]["free"]["true"] == pytest.approx(0.1)
    assert found["truth"]["free"]["realised"] == pytest.approx(BAD[NUMBER >= 90].mean())
    assert found["truth"]["free"]["predicted"] == pytest.approx(PD[NUMBER >= 90].mean())
    assert [row["level"] for row in found["segments"] if row["no_exposure"]] == ["food"]


def test_the_model_is_ranked_beside_the_truth_on_the_rows_the_truth_ranks() -> None:
    """Three rows whose truth has gone all defaulted, at the model's lowest PDs: on all rows it would rank worse."""
    chance, true_pd = PD.copy(), PD.copy()
    lost = np.flatnonzero(BAD)[:3]
    chance[lost], true_pd[lost] = 0.0001, np.nan
    told, known = selective(view(chance=chance), true_pd)["truth"], np.isfinite(true_pd)
    pairs = chance[known & BAD][:, None] > chance[known & ~BAD]
    assert told["gini"] == pytest.approx(2 * pairs.mean() - 1)
    assert told["gini"] > 2 * (chance[BAD][:, None] > chance[~BAD]).mean() - 1
    assert selective(view(), np.where(BAD, np.nan, PD))["truth"]["gini"] is None


@pytest.mark.parametrize("gone", ["balance_amount", "limits_limit_amount"])
def test_parts_of_the_ledger_may_be_absent(gone: str) -> None:
    found = view(FEATURES.drop(columns=gone))
    told = selective(found, np.full(len(IDS), 0.1))
    assert told["available"] is (gone != "balance_amount")
    assert constrained(found) is None
    assert told["truth"]["constrained"] == {
        "n": 0,
        "predicted": None,
        "true": None,
        "realised": None,
    }
    if gone == "balance_amount":
        assert exposed(found) is None
        assert told["segments"] == ()
    else:
        assert np.array_equal(without_exposure(found), NUMBER < 60)  # a balance of 0 alone


def test_a_matrix_without_any_segment_gives_none() -> None:
    assert by_segment(view(pd.DataFrame({"late": np.zeros(len(IDS))}))) == []

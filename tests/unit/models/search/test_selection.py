"""Selection of features: noise goes, strength stays, drift is braked, and nothing but folds of train is read."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from contracts.config.training import SearchConfig, SelectionConfig, TrainConfig
from models.base.data import Feature, ModelContract, Part, assemble
from models.sample.folds import Fold, time_folds
from models.search.preparation import prepare
from models.search.selection import Selection, keep_features, later_losses, moved, select_features
from tests.models_books import lineage, panel, part_of

MATRIX, PARTITION, _ = panel(rate=0.1)
NOISE = [f"noise{number}" for number in range(6)]
SELECT = TrainConfig(
    threads=1, max_rounds=200, early_stopping_rounds=15, search=SearchConfig(folds=2),
    selection=SelectionConfig(method="shap", sizes=(1, 2, 3, 4, 6)),
)  # fmt: skip
SHORT = SELECT.model_copy(update={"max_rounds": 30})  # where only equality is asked


def train_part(**columns: np.ndarray) -> Part:
    """The train part with its two real features, six of noise, and more where given."""
    part = assemble(MATRIX, PARTITION, "train")
    random = np.random.default_rng(5)
    noise = {name: random.normal(size=len(part)) for name in NOISE}
    kept = part.features[["late", "equity"]].reset_index(drop=True)
    features = pd.concat([kept, pd.DataFrame({**noise, **columns})], axis=1)
    return Part(part.customer_id, part.as_of, part.defaulted, part.is_held_out, features)


def contract_of(part: Part) -> ModelContract:
    return ModelContract("book", 3, tuple(Feature(name, "number", 0) for name in part.features))


def select(part: Part, config: TrainConfig = SELECT) -> Selection:
    contract = contract_of(part)
    folds = time_folds(part.as_of, part.defaulted, 3, config.search.folds)
    return select_features(part, contract.encode(part.features), contract, folds, config)


def is_late(part: Part) -> np.ndarray:
    """Rows of the newest half: every row a fold is judged on."""
    days = np.unique(part.as_of)
    return np.asarray(part.as_of >= days[len(days) // 2])


def row(selection: Selection, feature: str) -> dict[str, object]:
    return next(one for one in selection.to_json()["rows"] if one["feature"] == feature)


@pytest.fixture(scope="module")
def plain() -> Selection:
    """Two features that say something, six that do not."""
    return select(train_part())


def test_noise_goes_and_strong_features_stay(plain: Selection) -> None:
    assert plain.contract.names == ["late", "equity"]
    told = json.loads(json.dumps(plain.to_json(), allow_nan=False))
    assert (told["method"], told["kept"], told["of"]) == ("shap", 2, 8)
    assert [one["feature"] for one in told["rows"]][:2] == ["late", "equity"]
    shares = [one["share"] for one in told["rows"]]
    assert sum(shares) == pytest.approx(1.0)
    assert sum(shares[:2]) > 0.6
    assert [one["features"] for one in told["sets"]] == [1, 2, 3, 4, 6, 8]
    assert [one["kept"] for one in told["rows"]] == [True] * 2 + [False] * 6


def test_a_strong_feature_that_drifts_and_fails_later_is_braked() -> None:
    """Before the newest half it tells the outcome; from then on it is elsewhere, and tells nothing."""
    part = train_part()
    random = np.random.default_rng(6)
    tide = random.normal(size=len(part)) + np.where(is_late(part), 1.5, 2.0 * part.defaulted)
    drifting = train_part(tide=tide)
    braked = select(drifting)
    assert [one.feature for one in braked.ranking][-1] == "tide"
    assert braked.ranking[-1].is_braked
    assert braked.ranking[-1].share > max(
        one.share for one in braked.ranking if "noise" in one.feature
    )
    assert "tide" not in braked.contract.names
    assert row(braked, "tide")["unstable_folds"] == 2
    assert "no better" in str(row(braked, "tide")["reason_en"])
    free = SELECT.model_copy(
        update={"selection": SELECT.selection.model_copy(update={"psi_brake": 1e9})}
    )
    assert [one.feature for one in select(drifting, free).ranking][-1] != "tide"


def test_a_drifting_feature_that_pays_on_later_data_is_kept_and_said_to_drift() -> None:
    """Its source begins to deliver in gaps, but what it says still holds."""
    part = train_part()
    gappy = part.features["late"].to_numpy(copy=True)
    gappy[is_late(part) & (np.random.default_rng(7).random(len(part)) < 0.5)] = np.nan
    whole = train_part(gappy=gappy)
    alone = Part(
        whole.customer_id, whole.as_of, whole.defaulted, whole.is_held_out, whole.features.drop(columns="late")
    )  # fmt: skip
    selection = select(alone)
    assert selection.ranking[-1].feature == "gappy"
    assert selection.ranking[-1].is_braked
    assert "gappy" in selection.contract.names
    assert "better with it" in str(row(selection, "gappy")["reason_en"])


def test_only_rows_of_folds_are_read() -> None:
    """Rows decided after the last fold and rows too young for the first one may hold anything."""
    part = train_part()
    contract = contract_of(part)
    folds = time_folds(part.as_of, part.defaulted, 3, 2)
    newest = np.unique(part.as_of)[-1]
    shorter = [Fold(f.valid_from, f.train, f.valid[part.as_of[f.valid] < newest]) for f in folds]
    clean = select_features(part, contract.encode(part.features), contract, shorter, SHORT)
    poisoned = part.features.copy()
    poisoned.loc[part.as_of == newest] = 1e12
    outcome = np.where(part.as_of == newest, ~part.defaulted, part.defaulted)
    other = Part(part.customer_id, part.as_of, outcome, part.is_held_out, poisoned)
    assert select_features(other, contract.encode(poisoned), contract, shorter, SHORT) == clean


def test_parts_other_than_train_are_never_read() -> None:
    declared = lineage(late=1, equity=-1, noise=0, flat=0)

    def prepared(matrix: pd.DataFrame, partition: pd.DataFrame) -> Selection:
        return prepare(
            matrix, declared, partition, SHORT, portfolio="book", horizon_months=3
        ).selection

    partition = PARTITION.copy()
    elsewhere = partition["part"] != "train"
    partition.loc[elsewhere, "defaulted"] = ~partition.loc[elsewhere, "defaulted"]
    matrix = MATRIX.copy()
    numbers = ["late", "equity", "noise", "flat"]
    matrix.loc[elsewhere.to_numpy(), numbers] = 1e12
    matrix.loc[elsewhere.to_numpy(), "industry"] = "never seen"
    assert prepared(matrix, partition) == prepared(MATRIX, PARTITION)


def test_the_smallest_set_within_one_standard_error_of_the_best_is_kept(
    plain: Selection,
) -> None:
    losses = {int(one.method): (one.log_loss, one.standard_error) for one in plain.sets}
    best = min(loss for loss, _ in losses.values())
    near = [size for size, (loss, error) in losses.items() if loss <= best + error]
    assert len(plain.contract.names) == min(near)


def test_losses_of_a_set_are_those_of_a_model_that_has_only_its_features() -> None:
    part = train_part()
    contract = contract_of(part)
    codes = contract.encode(part.features)
    folds = time_folds(part.as_of, part.defaulted, 3, 2)
    kept = keep_features(contract, ["equity", "late"])
    assert kept.names == ["late", "equity"]  # in the matrix's order
    losses = later_losses(part.defaulted, codes, contract, (kept, folds), SELECT)
    assert len(losses) == sum(len(fold.valid) for fold in folds)
    other = codes.copy()
    other[:, 2:] = 0.0
    again = later_losses(part.defaulted, other, contract, (kept, folds), SELECT)
    np.testing.assert_array_equal(losses, again)


def test_a_move_is_measured_against_what_chance_does_to_so_few_customers() -> None:
    """100 customers before and after, half above 0 before, 64 in 100 after.

    Shares with half a customer a bin: (50.5, 50.5) / 101 and (36.5, 64.5) / 101; PSI = 0.0789.
    Critical: chi2(1) at 5 % = 3.8415, times 1/100 + 1/100 = 0.0768. One bin is missing values: empty.
    """
    before, after = np.repeat([-1.0, 1.0], 50), np.repeat([-1.0, 1.0], [36, 64])
    part = part_of(pd.DataFrame({"x": np.concatenate([before, after])}), np.zeros(200))
    fold = Fold(np.datetime64("2024-01-31"), np.arange(100), np.arange(100, 200))
    psi = (28 / 202) * (np.log(64.5 / 50.5) - np.log(36.5 / 50.5))
    critical = chi2.isf(0.05, 1) * 0.02
    assert (round(psi, 4), round(critical, 4)) == (0.0789, 0.0768)
    feature = (Feature("x", "number", 0),)
    assert moved(part, feature, fold, brake=psi / critical - 1e-9).tolist() == [True]
    assert moved(part, feature, fold, brake=psi / critical + 1e-9).tolist() == [False]


def test_a_feature_missing_throughout_one_side_is_a_move_and_no_error() -> None:
    part = part_of(pd.DataFrame({"x": np.repeat([1.0, np.nan], 100)}), np.zeros(200))
    fold = Fold(np.datetime64("2024-01-31"), np.arange(100), np.arange(100, 200))
    feature = (Feature("x", "number", 0),)
    assert moved(part, feature, fold, brake=5.0).tolist() == [True]
    back = Fold(np.datetime64("2024-01-31"), np.arange(100, 200), np.arange(100))
    assert moved(part, feature, back, brake=5.0).tolist() == [True]


def test_no_method_keeps_everything() -> None:
    config = SELECT.model_copy(update={"selection": SelectionConfig()})
    selection = select(train_part(), config)
    assert selection.contract == contract_of(train_part())
    assert selection.to_json() == {"method": "none", "kept": 8, "of": 8, "sets": [], "rows": []}

"""Encoding: what was learned on train, what a later row becomes, and that serving does the same."""

from __future__ import annotations

import json

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from contracts.errors import ContractError, TrainingError
from models.base.data import Feature, ModelContract, assemble, learn_contract
from models.boosting.booster import Ensemble
from models.boosting.lgbm import by_hand, dataset, lightgbm_params
from models.registry import serving
from tests.models_books import QUICK, lineage, panel, part_of

CONTRACT = ModelContract(
    "book", 12, (Feature("k", "category", 0, ("food", "metal")), Feature("x", "number", 1))
)


def test_levels_come_from_train_and_an_unseen_one_is_missing() -> None:
    later = pd.DataFrame({"x": [1, 2, 3], "k": ["metal", "glass", None]})
    codes = CONTRACT.encode(later)
    assert codes[:, 1].tolist() == [1.0, 2.0, 3.0]
    assert codes[0, 0] == 1.0
    assert np.isnan(codes[1:, 0]).all()


def test_serving_encodes_alike() -> None:
    frame = pd.DataFrame({"x": [0.5, None], "k": ["food", "glass"]})
    features = CONTRACT.to_json()["features"]
    np.testing.assert_array_equal(CONTRACT.encode(frame), serving.encode(frame, features))


def test_the_contract_survives_json() -> None:
    assert ModelContract.from_json(CONTRACT.to_json()) == CONTRACT


def test_an_absent_feature_is_named() -> None:
    with pytest.raises(ContractError) as error:
        CONTRACT.encode(pd.DataFrame({"x": [1.0]}))
    assert error.value.value == "k"


def test_text_in_a_number_feature_is_refused() -> None:
    with pytest.raises(ContractError, match="A number feature holds something else"):
        CONTRACT.encode(pd.DataFrame({"x": ["high"], "k": ["food"]}))


def test_constant_and_all_missing_features_are_dropped() -> None:
    features = pd.DataFrame(
        {"a": [1.0, 2.0], "flat": [3.0, 3.0], "void": [None, None], "industry": ["x", None]}
    )
    contract, dropped = learn_contract(
        part_of(features, [0, 1]), lineage(a=1, flat=1, void=-1), "book", 12
    )
    assert contract.names == ["a", "industry"]
    assert dropped == ["flat", "void"]
    assert contract.features[1].levels == ("x",)


def test_nothing_that_varies_is_an_error() -> None:
    features = pd.DataFrame({"flat": [1.0, 1.0], "industry": ["x", "x"]})
    with pytest.raises(TrainingError, match="No feature varies"):
        learn_contract(part_of(features, [0, 1]), lineage(flat=0), "book", 12)


def test_rare_levels_beyond_the_limit_become_missing() -> None:
    names = [f"k{i:03d}" for i in range(300) for _ in range(1 + (i < 10))]
    features = pd.DataFrame({"industry": names})
    contract, _ = learn_contract(part_of(features, [0] * len(names)), lineage(), "book", 12)
    levels = contract.features[0].levels or ()
    assert len(levels) == 250
    assert {f"k{i:03d}" for i in range(10)} <= set(levels)  # the frequent ones stay


def test_a_part_holds_its_rows_in_order_of_day_and_customer() -> None:
    matrix, partition, _ = panel(customers=50, months=30)
    part = assemble(matrix, partition.sample(frac=1.0, random_state=1), "test")
    wanted = partition[partition["part"] == "test"].sort_values(["as_of", "customer_id"])
    assert part.customer_id.tolist() == wanted["customer_id"].tolist()
    assert list(part.features) == ["late", "equity", "noise", "flat", "industry"]
    joined = wanted.merge(matrix, on=["customer_id", "as_of"])
    np.testing.assert_array_equal(part.features["equity"], joined["equity"])


def test_a_matrix_of_another_cohort_is_refused() -> None:
    matrix, partition, _ = panel(customers=50, months=30)
    with pytest.raises(ContractError, match="rows of part test have no features"):
        assemble(matrix[matrix["customer_id"] != "C0007"], partition, "test")


def whole() -> tuple[ModelContract, lgb.Booster]:
    """A model that saw no missing value: x is 10 to 20, and risky from 15 on; metal is the most frequent level, food risky."""
    random = np.random.default_rng(3)
    n = 2000
    x, k = (
        random.uniform(10, 20, n),
        random.choice(["food", "metal", "paper"], n, p=[0.2, 0.5, 0.3]),
    )
    bad = random.random(n) < 0.05 + 0.4 * (x > 15) + 0.4 * (k == "food")
    features = pd.DataFrame({"x": x, "industry": pd.Series(k, dtype=object)})
    part = part_of(features, bad)
    contract, _ = learn_contract(part, lineage(x=1), "book", 12)
    rows = dataset(contract.encode(features), bad, contract, QUICK)
    params = lightgbm_params(contract, QUICK, by_hand(contract, QUICK))
    return contract, lgb.train(params, rows, num_boost_round=30)


def test_what_train_never_lacked_is_read_as_the_contract_says_in_batch_and_serving() -> None:
    contract, booster = whole()
    stored = json.loads(json.dumps(contract.to_json()))
    stand_ins = {one["name"]: one["stand_in"] for one in stored["features"]}
    assert stand_ins["industry"] == "metal"
    assert stand_ins["x"] == pytest.approx(15.0, abs=0.3)  # the median of 10 to 20
    asked = pd.DataFrame(
        {
            "x": [None, 12.0, 12.0, 12.0, 0.0],
            "industry": pd.Series(["food", "glass", None, "metal", "food"], dtype=object),
        }
    )
    said = pd.DataFrame(
        {
            "x": [stand_ins["x"], 12.0, 12.0, 12.0, 0.0],
            "industry": pd.Series(["food", "metal", "metal", "metal", "food"], dtype=object),
        }
    )
    batch = Ensemble((booster,), ModelContract.from_json(stored))
    served = serving.margins([booster], serving.encode(asked, stored["features"]))
    np.testing.assert_array_equal(batch.margin(asked), batch.margin(said))
    np.testing.assert_array_equal(served, batch.margin(asked))
    # what it would be without a stand-in: LightGBM reads the missing number as 0.0
    bare = {**stored, "features": [{**one, "stand_in": None} for one in stored["features"]]}
    left = Ensemble((booster,), ModelContract.from_json(bare)).margin(asked)
    assert left[0] == left[4] < batch.margin(asked)[0]


def test_where_train_had_missing_values_the_model_knows_where_they_go() -> None:
    rows = pd.DataFrame({"x": [1.0, None, 3.0], "industry": ["a", None, "b"]})
    contract, _ = learn_contract(part_of(rows, [0, 1, 0]), lineage(x=1), "book", 12)
    assert [one.stand_in for one in contract.features] == [None, None]
    later = pd.DataFrame({"x": [None], "industry": pd.Series(["new"], dtype=object)})
    assert np.isnan(contract.encode(later)).all()
    assert np.isnan(serving.encode(later, contract.to_json()["features"])).all()


def test_a_contract_of_before_has_no_stand_in() -> None:
    stored = CONTRACT.to_json()
    for one in stored["features"]:
        del one["stand_in"]
    assert ModelContract.from_json(stored) == CONTRACT

"""Encoding: what was learned on train, what a later row becomes, and that serving does the same."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from contracts.errors import ContractError, TrainingError
from models.base.data import Feature, ModelContract, assemble, learn_contract
from models.registry import serving
from tests.models_books import lineage, panel, part_of

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

"""SHAP values read off tables against two oracles: Shapley's sum over all subsets, and `shap.TreeExplainer`."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from math import factorial
from typing import Any

import lightgbm as lgb
import numpy as np
import pytest
import shap

from contracts.errors import BundleError
from models.base.data import Feature, ModelContract
from models.boosting import whole_book
from models.boosting.booster import Ensemble
from models.boosting.shapley import WHOLE_BOOK, contributions
from models.boosting.whole_book import WholeBook

NAMES = ["late", "share", "equity", "turnover", "industry", "country"]
LEVELS = 6
CONTRACT = ModelContract(
    "small",
    12,
    tuple(
        Feature(name, "category", 0, tuple(f"l{one}" for one in range(LEVELS)))
        if name in ("industry", "country")
        else Feature(name, "number", 0)
        for name in NAMES
    ),
)


def rows(n: int, seed: int) -> np.ndarray:
    """Four numbers, one of them with many zeros, and two categories; `equity` is missing in a third of the rows."""
    draw = np.random.default_rng(seed)
    codes = np.column_stack(
        [
            draw.normal(size=n),
            np.where(draw.random(n) < 0.4, 0.0, draw.random(n)),
            np.where(draw.random(n) < 0.33, np.nan, draw.normal(size=n)),
            draw.lognormal(size=n),
            draw.integers(0, LEVELS, n).astype(float),
            draw.integers(0, LEVELS, n).astype(float),
        ]
    )
    codes[draw.random(n) < 0.1, 5] = np.nan
    return codes


def booster(seed: int = 1, **settings: Any) -> lgb.Booster:
    """Categories matter in pairs of levels, so that splits hold several of them."""
    codes = rows(4_000, seed)
    odd = np.isin(codes[:, 4], [1, 4]) * 1.5 + np.isin(codes[:, 5], [0, 2, 5]) * 1.0
    margin = -1.5 + codes[:, 0] + odd - np.nan_to_num(codes[:, 2]) * (codes[:, 1] > 0.3)
    happened = np.random.default_rng(seed).random(len(codes)) < 1 / (1 + np.exp(-margin))
    given = {
        "objective": "binary",
        "verbose": -1,
        "num_threads": 2,
        "max_depth": 5,
        "learning_rate": 0.2,
        "min_data_per_group": 20,
        "deterministic": True,
        **settings,
    }
    data = lgb.Dataset(codes, happened, feature_name=NAMES, categorical_feature=[4, 5])
    return lgb.train(given, data, num_boost_round=12)


def with_surprises(n: int) -> np.ndarray:
    """Rows with what training never held: numbers missing where none were, unknown levels, zeros of both signs, infinities."""
    codes = rows(n, seed=9)
    codes[::7, 0] = np.nan
    codes[::11, 3] = np.nan
    codes[::13, 4] = np.nan
    codes[::17, 5] = 40.0
    codes[::19, 1] = -0.0
    codes[::23, 3] = np.inf
    codes[::29, 0] = 1e-36
    return codes


MODELS: dict[str, Callable[[], tuple[lgb.Booster, ...]]] = {
    "plain": lambda: (booster(),),
    "averaged": lambda: (booster(1), booster(2, max_depth=2), booster(3, num_leaves=7)),
    "monotone": lambda: (booster(monotone_constraints=[1, 0, -1, 0, 0, 0]),),
    "zero is missing": lambda: (booster(zero_as_missing=True),),
    "nothing is missing": lambda: (booster(use_missing=False),),
    "one level a split": lambda: (booster(max_cat_to_onehot=LEVELS + 1),),
    "bagged, extra": lambda: (booster(bagging_fraction=0.5, bagging_freq=1, extra_trees=True),),
}


def by_subsets(trees: list[dict[str, Any]], row: np.ndarray) -> np.ndarray:
    """Shapley's sum as it is written, over what each tree expects where only some features are known."""
    found = np.zeros(len(row))
    for tree in trees:
        for one in range(len(row)):
            others = [feature for feature in range(len(row)) if feature != one]
            for size in range(len(row)):
                weight = factorial(size) * factorial(len(row) - size - 1) / factorial(len(row))
                for subset in combinations(others, size):
                    gained = expected(tree, row, {*subset, one}) - expected(tree, row, set(subset))
                    found[one] += weight * gained
    return found


def expected(node: dict[str, Any], row: np.ndarray, known: set[int]) -> float:
    if "left_child" not in node:
        return float(node["leaf_value"])
    left, right = node["left_child"], node["right_child"]
    if node["split_feature"] in known:
        return expected(left if goes_left(node, row[node["split_feature"]]) else right, row, known)
    counts = [one.get("internal_count", one.get("leaf_count")) for one in (left, right)]
    both = [expected(one, row, known) for one in (left, right)]
    return float(np.dot(counts, both) / sum(counts))


def goes_left(node: dict[str, Any], value: float) -> bool:
    if node["decision_type"] == "==":
        return not np.isnan(value) and str(int(value)) in node["threshold"].split("||")
    kind = node["missing_type"]
    if kind == "NaN" and np.isnan(value):
        return bool(node["default_left"])
    value = 0.0 if np.isnan(value) else value
    if kind == "Zero" and abs(value) <= 1e-35:
        return bool(node["default_left"])
    return bool(value <= node["threshold"])


@pytest.mark.parametrize("name", ["plain", "zero is missing", "averaged"])
def test_values_are_shapleys_sum_over_all_subsets(name: str) -> None:
    boosters = MODELS[name]()
    codes = with_surprises(240)
    found = WholeBook(boosters).shap_values(codes)
    trees = [tree["tree_structure"] for one in boosters for tree in one.dump_model()["tree_info"]]
    for place in (0, 77, 119, 221):
        wanted = by_subsets(trees, codes[place]) / len(boosters)
        np.testing.assert_allclose(found[place], wanted, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", MODELS)
def test_values_are_those_of_tree_explainer(name: str) -> None:
    boosters = MODELS[name]()
    codes = with_surprises(WHOLE_BOOK)
    found = contributions(Ensemble(boosters, CONTRACT), codes)
    assert found.route == "tables"
    explainers = [
        shap.TreeExplainer(one, feature_perturbation="tree_path_dependent") for one in boosters
    ]
    wanted = np.mean([one(codes).values for one in explainers], axis=0)
    np.testing.assert_allclose(found.phi, wanted, rtol=0, atol=1e-12)
    assert np.abs(found.phi).max() > 0.5
    assert 0 < found.error < 1e-12


def test_rows_add_up_to_their_margin_to_the_last_digits() -> None:
    ensemble = Ensemble(MODELS["averaged"](), CONTRACT)
    codes = with_surprises(WHOLE_BOOK)
    found = contributions(ensemble, codes)
    np.testing.assert_allclose(found.margin, ensemble.margin_of(codes), rtol=0, atol=1e-13)


def test_a_row_has_the_same_values_in_any_block(monkeypatch: pytest.MonkeyPatch) -> None:
    boosters = MODELS["plain"]()
    codes = with_surprises(4_000)
    whole = WholeBook(boosters).shap_values(codes)
    monkeypatch.setattr(whole_book, "BLOCK", 900)
    np.testing.assert_array_equal(WholeBook(boosters).shap_values(codes), whole)


def test_leaves_that_share_a_table_are_worth_what_each_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without such tables, with those of three bits, with some and then no room for more, and as it is: the same values."""
    boosters = MODELS["averaged"]()
    codes = with_surprises(4_000)
    book = WholeBook(boosters)
    found = book.shap_values(codes)
    assert np.abs(found).max() > 0.5
    for answers, room, is_all in ((0, 1 << 30, False), (3, 1 << 30, False), (11, 1 << 12, False)):
        monkeypatch.setattr(whole_book, "MAX_ANSWERS", answers)
        monkeypatch.setattr(whole_book, "MAX_BYTES", room)
        other = WholeBook(boosters)
        np.testing.assert_allclose(other.shap_values(codes), found, rtol=0, atol=1e-13)
        assert (len(other.bushes) > 0) == (answers > 0)
        roots = {id(tree) for tree in other.trees}
        assert (roots <= set(other.bushes)) == is_all
    assert any(len(one.splits) > 3 for one in book.bushes.values())


def test_below_a_few_thousand_rows_they_are_lightgbms_own() -> None:
    ensemble = Ensemble(MODELS["plain"](), CONTRACT)
    codes = with_surprises(WHOLE_BOOK - 1)
    found = contributions(ensemble, codes)
    assert found.route == "lightgbm"
    np.testing.assert_array_equal(found.phi, ensemble.contributions(codes)[:, :-1])


@pytest.mark.parametrize(
    "wrong",
    [
        lambda phi: phi[:, [1, 0, 2, 3, 4, 5]],  # sums hold, features are mixed up
        lambda phi: phi + np.array([2e-5, 0, 0, 0, 0, 0]),  # sums do not hold
        lambda phi: np.where(np.arange(len(phi))[:, None] == 1_501, np.nan, phi),  # one row fails
    ],
    ids=["mixed up", "off", "no number"],
)
def test_what_does_not_hold_is_thrown_away(
    wrong: Callable[[np.ndarray], np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = WholeBook.shap_values
    monkeypatch.setattr(WholeBook, "shap_values", lambda self, codes: wrong(made(self, codes)))
    ensemble = Ensemble(MODELS["plain"](), CONTRACT)
    codes = with_surprises(WHOLE_BOOK)
    found = contributions(ensemble, codes)
    assert found.route == "lightgbm"
    np.testing.assert_array_equal(found.phi, ensemble.contributions(codes)[:, :-1])


def test_values_that_miss_the_margin_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    own = Ensemble.contributions
    monkeypatch.setattr(Ensemble, "contributions", lambda self, codes: own(self, codes) + 1e-4)
    with pytest.raises(BundleError, match="do not add up"):
        contributions(Ensemble(MODELS["plain"](), CONTRACT), with_surprises(10))


def test_wide_paths_are_left_to_lightgbm(monkeypatch: pytest.MonkeyPatch) -> None:
    boosters = (booster(max_depth=-1, num_leaves=120, min_data_in_leaf=2),)
    assert WholeBook(boosters).widest == len(NAMES)
    assert WholeBook(boosters).is_able
    monkeypatch.setattr(whole_book, "MAX_A_LEAF", 8 * 2 << 2)  # two features a path, on average
    assert not WholeBook(boosters).is_able
    found = contributions(Ensemble(boosters, CONTRACT), with_surprises(WHOLE_BOOK))
    assert found.route == "lightgbm"


def test_one_wide_path_among_small_ones_keeps_the_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    wide, small = booster(max_depth=-1, num_leaves=120, min_data_in_leaf=2), booster(max_depth=1)
    monkeypatch.setattr(whole_book, "MAX_A_LEAF", 8 * 4 << 4)  # four features a path
    leaves = WholeBook((wide,)), WholeBook((small,)), WholeBook((wide, *[small] * 250))
    assert leaves[0].widest == leaves[2].widest
    assert [one.is_able for one in leaves] == [False, True, True]


def test_a_model_that_never_splits_moves_nothing() -> None:
    constant = (booster(min_data_in_leaf=4_000),)
    found = contributions(Ensemble(constant, CONTRACT), with_surprises(WHOLE_BOOK))
    assert not found.phi.any()
    np.testing.assert_allclose(found.margin, constant[0].predict(rows(1, 1), raw_score=True)[0])

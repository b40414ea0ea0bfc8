"""`HealthScoreClassifier` is a classifier of scikit-learn, keeps what it promises, and its level can be believed."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import GroupKFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from bonitas import HealthScoreClassifier, TimeFolds
from models.calibration.forms.identity import Identity

EXPECTED: dict[str, str] = {}
"""By check of scikit-learn: why it does not hold. None is needed."""


@pytest.mark.long
@parametrize_with_checks(
    [HealthScoreClassifier(max_rounds=60)], expected_failed_checks=lambda _: EXPECTED
)
def test_it_keeps_the_contract_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)


def panel(seed: int = 1, customers: int = 300, months: int = 24) -> tuple[pd.DataFrame, pd.Series]:
    """A monthly panel of known log-odds: late raises them, equity lowers them, `steel` adds 0.8, `noise` says nothing."""
    draw = np.random.default_rng(seed)
    days = pd.date_range("2020-01-01", periods=months, freq="MS")
    index = pd.MultiIndex.from_product(
        [days, [f"C{number:03d}" for number in range(customers)]], names=["as_of", "customer_id"]
    )
    n = len(index)
    late = np.tile(draw.normal(size=customers), months) + 0.3 * draw.normal(size=n)
    equity = np.tile(draw.normal(size=customers), months)
    industry = np.tile(draw.choice(["build", "steel"], customers), months)
    odds = -2.5 + 1.2 * late - 0.8 * equity + 0.8 * (industry == "steel")
    frame = pd.DataFrame(
        {
            "late": np.where(draw.random(n) < 0.05, np.nan, late),
            "equity": equity,
            "noise": draw.normal(size=n),
            "industry": pd.Categorical(industry),
        },
        index=index,
    )
    frame.attrs["pd"] = expit(odds)
    outcome = pd.Series((draw.random(n) < expit(odds)).astype("int8"), index, name="defaulted")
    return frame, outcome


DIRECTIONS = {"late": 1, "equity": -1}
QUICK = {"max_rounds": 150}


@pytest.fixture(scope="module")
def learned() -> tuple[HealthScoreClassifier, pd.DataFrame, pd.Series]:
    frame, outcome = panel()
    customers = frame.index.get_level_values("customer_id")
    model = HealthScoreClassifier(directions=DIRECTIONS, **QUICK)
    return model.fit(frame, outcome, groups=customers), frame, outcome


def test_known_probabilities_come_back(learned: tuple[Any, Any, Any]) -> None:
    """Of 7,200 new rows: nearly as good as the truth, at the right level, and far better than no model."""
    model, _, _ = learned
    frame, outcome = panel(seed=2)
    found, truth = model.predict_proba(frame)[:, 1], frame.attrs["pd"]
    assert roc_auc_score(outcome, found) > roc_auc_score(outcome, truth) - 0.03
    assert log_loss(outcome, found) < log_loss(outcome, truth) + 0.02
    assert abs(found.mean() - truth.mean()) < 0.02
    assert log_loss(outcome, truth) + 0.08 < log_loss(outcome, np.full(len(outcome), truth.mean()))


def test_promised_directions_hold_for_every_row(learned: tuple[Any, Any, Any]) -> None:
    model, frame, _ = learned
    for name, sign in DIRECTIONS.items():
        steps = [model.decision_function(frame.assign(**{name: at})[:200]) for at in np.linspace(-3, 3, 13)]  # fmt: skip
        assert (sign * np.diff(steps, axis=0) >= 0).all()
        assert np.ptp(np.mean(steps, axis=1)) > 1.0


def test_the_calibrator_is_learned_from_unseen_customers() -> None:
    """Each customer is twelve equal rows whose outcomes are one coin: folds of rows would find it, folds of customers cannot."""
    draw = np.random.default_rng(5)
    names = np.repeat(np.arange(300), 12)
    frame = np.repeat(draw.normal(size=(300, 3)), 12, axis=0)
    outcome = np.repeat(draw.random(300) < 0.5, 12)
    settings = {"min_data_in_leaf": 6, "lambda_l2": 0.0, "max_depth": 6, "learning_rate": 0.2}
    kept = HealthScoreClassifier(settings=settings, **QUICK).fit(frame, outcome, groups=names)
    torn = HealthScoreClassifier(settings=settings, **QUICK).fit(frame, outcome)
    assert np.std(torn.predict_proba(frame)[:, 1]) > 0.2
    assert np.std(kept.predict_proba(frame)[:, 1]) < 0.1


def test_without_calibrators_the_booster_stays_as_it_is(learned: tuple[Any, Any, Any]) -> None:
    _, frame, outcome = learned
    model = HealthScoreClassifier(calibrators=("identity",), **QUICK).fit(frame, outcome)
    assert model.calibrator_ == Identity()


def test_an_unseen_category_is_read_as_one_that_was_seen(learned: tuple[Any, Any, Any]) -> None:
    model, frame, _ = learned
    most = frame["industry"].value_counts().idxmax()
    new = frame[:50].assign(industry="space")
    same = frame[:50].assign(industry=most)
    np.testing.assert_array_equal(model.predict_proba(new), model.predict_proba(same))


def test_its_explanation_adds_up(learned: tuple[Any, Any, Any]) -> None:
    model, frame, _ = learned
    found = model.explain(frame[:20], unit="probability")
    added = found.base_values + found.sum(axis=1).values  # noqa: PD011 - of shap, not of pandas
    np.testing.assert_allclose(added, model.predict_proba(frame[:20])[:, 1], atol=1e-8)
    assert found.feature_names == ["late", "equity", "noise", "industry"]
    assert found.display_data[0, 3] in {"build", "steel"}


def test_it_stands_in_a_pipeline_and_in_cross_validation() -> None:
    frame, outcome = panel(months=36)
    numbers = make_column_transformer(
        (SimpleImputer(), make_column_selector(dtype_include="number")), remainder="drop"
    )
    found = cross_validate(
        make_pipeline(numbers, HealthScoreClassifier(**QUICK)), frame, outcome, cv=TimeFolds(2, 3), scoring="roc_auc",
        error_score="raise",
    )  # fmt: skip
    assert len(found["test_score"]) == 2
    assert (found["test_score"] > 0.75).all()


def test_groups_reach_it_through_cross_validation() -> None:
    frame, outcome = panel(customers=200)
    customers = frame.index.get_level_values("customer_id").to_numpy()
    found = cross_validate(
        HealthScoreClassifier(directions=DIRECTIONS, **QUICK), frame, outcome, cv=GroupKFold(2),
        groups=customers, params={"groups": customers}, scoring="neg_log_loss", error_score="raise",
    )  # fmt: skip
    assert (found["test_score"] > -0.5).all()


def test_scikit_learn_calibrates_it() -> None:
    frame, outcome = panel(customers=200)
    model = HealthScoreClassifier(calibrators=("identity",), **QUICK)
    made = CalibratedClassifierCV(model, method="sigmoid", cv=TimeFolds(2, 3)).fit(frame, outcome)
    chance = made.predict_proba(frame)[:, 1]
    assert abs(chance.mean() - outcome.mean()) < 0.05
    assert roc_auc_score(outcome, chance) > 0.75


def test_a_copy_answers_the_same(learned: tuple[Any, Any, Any]) -> None:
    model, frame, _ = learned
    again = copy.deepcopy(model)
    np.testing.assert_array_equal(again.predict_proba(frame[:9]), model.predict_proba(frame[:9]))


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"directions": {"lat": 1}}, "'lat'.*Did you mean 'late'"),
        ({"directions": [1, -1]}, "each of the 4 columns"),
        ({"directions": {"late": 2}}, "-1, 0 or"),
        ({"directions": {"industry": 1}}, "no direction"),
        ({"settings": {"objective": "l2"}}, "may not hold objective"),
        ({"settings": {"application": "l2"}}, "may not hold application"),
        ({"settings": {"max_deth": 2}}, "max_deth. Did you mean 'max_depth'"),
        ({"settings": {"n_estimators": 5}}, "most trees are max_rounds"),
        ({"settings": {"linear_tree": True}}, "may not hold linear_tree.*Legal: bagging"),
        ({"settings": {"subsample": 0.5, "bagging_fraction": 0.6}}, "bagging_fraction twice"),
        ({"settings": {"learning_rate": -1.0}}, "LightGBM refuses"),
        ({"calibrators": ("plat",)}, "identity, shrunk.*plat"),
        ({"folds": 1}, "2 or more; received 1"),
        ({"max_rounds": 0}, "max_rounds"),
        ({"random_state": -1}, "seed"),
    ],
    ids=str,
)
def test_what_cannot_be_is_told(settings: dict[str, Any], told: str) -> None:
    frame, outcome = panel(customers=40, months=6)
    with pytest.raises(ValueError, match=f"(?s){told}"):
        HealthScoreClassifier(**settings).fit(frame, outcome)


def test_a_frame_of_other_columns_is_told(learned: tuple[Any, Any, Any]) -> None:
    model, frame, outcome = learned
    with pytest.raises(ValueError, match="now missing:\n- equity"):
        model.predict_proba(frame.drop(columns="equity"))
    with pytest.raises(ValueError, match=r"'late'.*numbers expected.*texts received"):
        model.predict_proba(frame[:3].assign(late=["a", "b", "c"]))
    with pytest.raises(ValueError, match=r"datetime64.*count days"):
        model.fit(frame.assign(noise=pd.Timestamp("2020-01-01")), outcome)
    with pytest.raises(ValueError, match="groups has shape"):
        model.fit(frame, outcome, groups=["C1"])


def test_folds_are_the_houses_and_tell_what_they_need() -> None:
    """Months 2020-01 to 2022-12, outcomes final after 3 months: what is learned from ends 3 months before what is judged."""
    frame, outcome = panel(months=36)
    day = frame.index.get_level_values("as_of")
    folds = list(TimeFolds(3, 3).split(frame, outcome))
    assert TimeFolds(3, 3).get_n_splits(frame, outcome) == len(folds) == 3
    for learn, judge in folds:
        assert day[learn].max() == day[judge].min() - pd.DateOffset(months=3)
        assert day[learn].min() == pd.Timestamp("2020-01-01")
    judged = pd.DatetimeIndex(np.concatenate([day[judge].unique() for _, judge in folds]))
    assert judged.tolist() == pd.date_range("2021-07-01", "2022-12-01", freq="MS").tolist()
    with pytest.raises(ValueError, match=r"level 'as_of'.*received ndarray"):
        next(TimeFolds().split(frame.to_numpy(), outcome))
    with pytest.raises(ValueError, match="y is needed"):
        next(TimeFolds().split(frame))
    with pytest.raises(ValueError, match=r"0 or 1.*received \[0, 2\]"):
        next(TimeFolds().split(frame, outcome * 2))

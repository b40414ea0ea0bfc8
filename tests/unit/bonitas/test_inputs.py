"""Rows and settings of `HealthScoreClassifier` in every form that data scientists keep them in: the same answers, or an error."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lightgbm.basic import _ConfigAliases  # its own table; it publishes none
from scipy.special import expit

from bonitas import HealthScoreClassifier
from bonitas.settings import SHAPING

N = 600
QUICK: dict[str, Any] = {"max_rounds": 40}
Frames = Callable[[pd.DataFrame], pd.DataFrame]


def rows() -> tuple[pd.DataFrame, pd.Series, np.ndarray]:
    draw = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "late": np.where(draw.random(N) < 0.1, np.nan, draw.normal(size=N)),
            "equity": draw.normal(size=N),
            "industry": draw.choice(["build", "steel"], N),
        }
    )
    odds = 2 * frame["late"].fillna(0) - frame["equity"] + (frame["industry"] == "steel") - 1
    return (
        frame,
        pd.Series((draw.random(N) < expit(odds)).astype(int)),
        np.repeat(np.arange(N // 4), 4),
    )


def fitted(
    frame: pd.DataFrame, outcome: Any, groups: Any, **settings: Any
) -> HealthScoreClassifier:
    return HealthScoreClassifier(**QUICK, **settings).fit(frame, outcome, groups=groups)


def decimals(frame: pd.DataFrame) -> pd.DataFrame:
    """As databases give numbers with a fixed number of digits."""
    exact = {name: [None if pd.isna(one) else Decimal(repr(float(one))) for one in frame[name]] for name in ("late", "equity")}  # fmt: skip
    return frame.assign(**exact)


FORMS: dict[str, Frames] = {
    "objects": lambda frame: frame.astype(object),
    "decimals": decimals,
    "nullable": lambda frame: frame.astype(
        {"late": "Float64", "equity": "Float64", "industry": "string"}
    ),
    "arrow": lambda frame: frame.convert_dtypes(dtype_backend="pyarrow"),
    "category": lambda frame: frame.astype({"industry": "category"}),
    "another index": lambda frame: frame.set_axis([0] * N),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_form_of_the_rows_changes_no_answer(form: str) -> None:
    """Numbers kept as objects were once read as as many levels of a category."""
    frame, outcome, groups = rows()
    signs = {"late": 1, "equity": -1}
    plain = fitted(frame, outcome, groups, directions=signs).predict_proba(frame)
    other = FORMS[form](frame)
    model = fitted(other, outcome.to_numpy(), groups, directions=signs)
    np.testing.assert_array_equal(model.predict_proba(frame), plain)
    np.testing.assert_array_equal(model.predict_proba(other), plain)
    assert np.ptp(plain[:, 1]) > 0.5


@pytest.mark.parametrize("kind", ["boolean", "Int8", "object", "float64", "bool"])
def test_the_form_of_the_outcomes_changes_no_answer(kind: str) -> None:
    frame, outcome, groups = rows()
    plain = fitted(frame, outcome, groups).predict_proba(frame)
    given = outcome.astype(bool).astype(object) if kind == "object" else outcome.astype(kind)
    np.testing.assert_array_equal(fitted(frame, given, groups).predict_proba(frame), plain)


def test_a_missing_outcome_is_no_outcome() -> None:
    """`Portfolio.labels` has None until an outcome has matured."""
    frame, outcome, groups = rows()
    unknown = outcome.astype(bool).astype(object).where(outcome.index > 4, None)
    with pytest.raises(ValueError, match=f"5 of {N} outcomes are missing"):
        fitted(frame, unknown, groups)


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
def test_rows_without_a_customer_are_not_one_customer(missing: Any) -> None:
    frame, outcome, groups = rows()
    unknown = pd.Series(groups).astype(object).where(frame.index > 9, missing)
    with pytest.raises(ValueError, match=f"groups is missing for 10 of {N} rows"):
        fitted(frame, outcome, unknown)


@pytest.mark.parametrize("turned", ["y", "groups"])
def test_rows_in_another_order_are_told(turned: str) -> None:
    """Rows are paired by position: outcomes in another order would teach noise without a word."""
    frame, outcome, groups = rows()
    beside = {"y": outcome, "groups": pd.Series(groups)}
    beside[turned] = beside[turned][::-1]
    with pytest.raises(ValueError, match=rf"another order.*{turned}\.loc\[X\.index\]"):
        fitted(frame, beside["y"], beside["groups"])
    whole = fitted(frame, outcome, groups).predict_proba(frame)
    beside[turned] = beside[turned].loc[frame.index]
    np.testing.assert_array_equal(fitted(frame, beside["y"], beside["groups"]).predict_proba(frame), whole)  # fmt: skip


def test_a_code_is_one_level_as_whole_number_and_as_float() -> None:
    """A column of whole numbers is of floats as soon as one is missing."""
    frame, outcome, groups = rows()
    code = frame["industry"].map({"build": 1, "steel": 2})
    model = fitted(frame.assign(industry=code.astype("category")), outcome, groups)
    whole = model.predict_proba(frame.assign(industry=code.astype("category")))
    for other in (code.astype(float).astype("category"), code, code.astype(float), code.astype(str)):  # fmt: skip
        np.testing.assert_array_equal(model.predict_proba(frame.assign(industry=other)), whole)
    assert not np.array_equal(model.predict_proba(frame.assign(industry=None)), whole)


def test_numbers_where_texts_were_are_told() -> None:
    frame, outcome, groups = rows()
    model = fitted(frame, outcome, groups)
    for answer in (model.predict_proba, model.explain):
        with pytest.raises(
            ValueError, match=r"'industry': texts expected, as in fit; numbers received \(3"
        ):
            answer(frame.assign(industry=3))
    assert np.isfinite(model.predict_proba(frame.assign(industry=np.nan))).all()


def test_days_are_no_levels() -> None:
    frame, outcome, groups = rows()
    with pytest.raises(ValueError, match=r"'since'.*date received.*count days"):
        fitted(frame.assign(since=pd.Timestamp("2024-01-01").date()), outcome, groups)


def test_two_customers_are_too_few_to_judge_a_calibrator() -> None:
    frame, outcome, _ = rows()
    two = np.arange(N) % 2
    assert fitted(frame, outcome, two).calibrator_.method == "identity"
    with pytest.raises(ValueError, match=r"platt.*judged on 2 customers.*Add 'identity'"):
        fitted(frame, outcome, two, calibrators=("platt",))


@pytest.mark.parametrize(("own", "other", "value"), [("min_data_in_leaf", "min_child_samples", 90), ("lambda_l2", "reg_lambda", 500.0), ("bagging_fraction", "subsample", 0.3), ("feature_fraction", "colsample_bytree", 0.4), ("learning_rate", "eta", 0.01)])  # fmt: skip
def test_a_setting_counts_under_each_of_its_names(own: str, other: str, value: float) -> None:
    """LightGBM passes over an alias beside the name itself, and the house sets most by their names."""
    frame, outcome, groups = rows()
    plain = fitted(frame, outcome, groups).predict_proba(frame)
    named = fitted(frame, outcome, groups, settings={own: value}).predict_proba(frame)
    alias = fitted(frame, outcome, groups, settings={other: value}).predict_proba(frame)
    np.testing.assert_array_equal(alias, named)
    assert not np.array_equal(named, plain)


def test_the_names_are_those_of_lightgbm() -> None:
    for name, others in SHAPING.items():
        assert {name, *others} == set(_ConfigAliases.get(name))


def test_depth_without_bound_has_leaves() -> None:
    frame, outcome, groups = rows()
    model = fitted(frame, outcome, groups, settings={"max_depth": -1})
    explicit = fitted(frame, outcome, groups, settings={"max_depth": -1, "num_leaves": 31})
    np.testing.assert_array_equal(model.predict_proba(frame), explicit.predict_proba(frame))

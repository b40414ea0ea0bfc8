"""What must hold for any book: no leak through the split, lawful calibrators, certificates that agree with brute force."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pandas as pd
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from contracts.config.split import SplitConfig
from contracts.errors import BonitasError
from models.base.data import Feature, ModelContract
from models.calibration.forms.beta import fit_beta
from models.calibration.forms.isotonic import fit_isotonic
from models.calibration.forms.offset import fit_offset
from models.calibration.forms.platt import fit_platt
from models.gates.certificate import certify
from models.measures.intervals import Ranking, auc
from models.sample.folds import matured_on, thin_panel, time_folds
from models.sample.split import partition
from tests.models_books import monthly_cohort

QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUICK
@given(
    months=st.integers(12, 90),
    horizon=st.sampled_from([1, 3, 6, 12, 24]),
    every=st.sampled_from([1, 3, 12]),
    share=st.sampled_from([0.0, 0.2]),
)
def test_no_part_learns_from_an_outcome_of_the_next(
    months: int, horizon: int, every: int, share: float
) -> None:
    cohort = monthly_cohort("2015-01-31", months, horizon=horizon, complete_until="2022-06-30")
    cohort = cohort[cohort["as_of"].dt.month % every == 0]
    assume(len(cohort))
    try:
        rows = partition(cohort, SplitConfig(held_out_share=share))
    except BonitasError:
        return  # a refusal is an answer; which ones are right is shown in the unit tests
    rows = rows.merge(cohort[["customer_id", "as_of", "matured_on"]], on=["customer_id", "as_of"])
    assert len(rows) == len(cohort)
    by_part = rows.groupby("part")
    days = by_part["as_of"]
    if days.min()["test"] <= days.max()["train"]:
        # too short a history to be cut by time: customers are dealt, and none lies in two parts that are learned from or judged
        told = rows[rows["part"] != "recent"].groupby("customer_id")["part"].nunique()
        assert (told == 1).all()
        return
    for part, following in (("train", "calibrate"), ("calibrate", "test")):
        ripe = by_part["matured_on"].max()[part]
        assert ripe <= by_part["as_of"].min()[following]
    assert (rows["defaulted"].isna() == (rows["part"] == "recent")).all()
    learned = rows["part"].isin(["train", "calibrate"])
    assert not rows.loc[learned, "is_held_out"].any()


@QUICK
@given(
    days=st.integers(6, 60),
    horizon=st.integers(1, 12),
    folds=st.integers(1, 5),
    seed=st.integers(0, 99),
)
def test_no_fold_learns_from_an_open_outcome(
    days: int, horizon: int, folds: int, seed: int
) -> None:
    as_of = np.repeat(pd.date_range("2016-01-31", periods=days, freq="ME").to_numpy("M8[D]"), 20)
    ids = np.tile([f"C{number}" for number in range(20)], days)
    defaulted = np.random.default_rng(seed).random(len(as_of)) < 0.15
    kept = thin_panel(ids, as_of, horizon, most_rows=300)
    assert kept.sum() >= min(len(as_of), 20 * (days // horizon))
    try:
        found = time_folds(as_of[kept], defaulted[kept], horizon, folds)
    except BonitasError:
        return
    assert 1 <= len(found) <= folds
    for fold in found:
        assert matured_on(as_of[kept][fold.train], horizon).max() <= as_of[kept][fold.valid].min()


@QUICK
@example(seed=367, slope=2.0, shift=0.0)
@given(seed=st.integers(0, 10_000), slope=st.floats(0.3, 2.0), shift=st.floats(-1.5, 1.5))
def test_fitted_calibrators_keep_the_order_and_the_mean(
    seed: int, slope: float, shift: float
) -> None:
    random = np.random.default_rng(seed)
    margin = random.normal(-2, 1.2, 800)
    defaulted = random.random(800) < 1 / (1 + np.exp(-slope * margin - shift))
    assume(20 < defaulted.sum() < 780)
    grid = np.linspace(-12, 8, 300)
    for fit in (fit_offset, fit_platt, fit_beta, fit_isotonic):
        fitted = fit(margin, defaulted)
        if fitted is None:
            continue
        chance = fitted.apply(grid)
        assert (np.diff(chance) >= 0).all()
        # a steep curve goes on to log-odds of which a double holds no PD below 1
        assert ((chance > 0) & (chance <= 1)).all()
        assert (chance[grid <= 0] < 1).all()
        if fit is not fit_isotonic:  # maximum likelihood with an intercept hits the mean
            assert abs(fitted.apply(margin).mean() - defaulted.mean()) < 1e-6


@QUICK
@given(seed=st.integers(0, 10_000), ties=st.integers(0, 2))
def test_weight_two_is_the_row_twice(seed: int, ties: int) -> None:
    random = np.random.default_rng(seed)
    score = np.round(random.normal(size=60), ties)
    defaulted = random.random(60) < 0.3
    assume(0 < defaulted.sum() < 60)
    weight = random.integers(0, 4, 60)
    repeated = np.repeat(np.arange(60), weight)
    assume(0 < defaulted[repeated].sum() < len(repeated))
    expected = roc_auc_score(defaulted[repeated], score[repeated])
    assert abs(Ranking.of(score, defaulted).auc(weight) - expected) < 1e-12
    assert abs(auc(score, defaulted, np.arange(60)).value - roc_auc_score(defaulted, score)) < 1e-12


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), promised=st.sampled_from([-1, 1]))
def test_a_certificate_agrees_with_moving_customers_through_the_tree(
    seed: int, promised: int
) -> None:
    random = np.random.default_rng(seed)
    x = random.normal(size=(400, 3))
    x[:, 2] = random.integers(0, 4, 400)
    x[random.random((400, 3)) < 0.1] = np.nan
    y = random.random(400) < 1 / (1 + np.exp(-promised * np.nan_to_num(x[:, 0])))
    levels = ("a", "b", "c", "d")
    contract = ModelContract(
        "b",
        1,
        (Feature("x0", "number", promised), Feature("x1", "number", 0), Feature("k", "category", 0, levels)),
    )  # fmt: skip
    booster = lgb.train(
        {
            "objective": "binary",
            "verbosity": -1,
            "num_leaves": 6,
            "min_data_in_leaf": 15,
            "num_threads": 1,
        },
        lgb.Dataset(x, y.astype(float), feature_name=contract.names, categorical_feature=[2]),
        num_boost_round=1,
    )
    violations = certify((booster,), contract)
    for found in violations:  # every counter-example is one
        pair = np.array(
            [
                [np.nan if side.get(name) is None else side[name] for name in contract.names]
                for side in (found.lower, found.higher)
            ]
        )
        values = booster.predict(pair, raw_score=True)
        assert pair[0, 0] < pair[1, 0]
        assert (values[1] - values[0]) * promised < 0
    # and where moving every customer along x0 shows a violation, the certificate has one
    grid = np.linspace(-4, 4, 81)
    moved = np.repeat(x[:150], len(grid), axis=0)
    moved[:, 0] = np.tile(grid, 150)
    paths = booster.predict(moved, raw_score=True).reshape(150, -1)
    if (np.diff(paths, axis=1) * promised < 0).any():
        assert violations

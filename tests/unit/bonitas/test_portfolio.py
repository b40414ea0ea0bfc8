"""A portfolio in Python: typed frames, labels, folds, a fit, the champion's answers; and what cannot be is told."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_validate

import bonitas
from bonitas import BonitasError, Portfolio, Version
from contracts.errors import ConfigError, ContractError, RegistryError
from pipelines.explain import explain
from pipelines.register import register
from pipelines.settings import load
from tests.bookkeeper.credit import grade_of, score_of
from tests.serve_project import FEATURES, Book, fit, inside, make, simulate

NAMES = [one.name for one in FEATURES]
TREES = 40


@pytest.fixture(scope="module")
def book() -> Book:
    return simulate()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, book: Book) -> Path:
    """A project with a champion."""
    root = tmp_path_factory.mktemp("api")
    make(root, book, trees=TREES)
    with inside(root):
        explain(load())
        register(load())
    return root


@pytest.fixture
def demo(project: Path) -> Portfolio:
    return Portfolio("demo", project)


def rows_of(book: Book, *years: int) -> pd.DataFrame:
    """Rows of whole years with final outcomes, sorted by day and customer, under that index."""
    rows = book.rows[book.rows["as_of"].dt.year.isin(years) & book.rows["defaulted"].notna()]
    return rows.sort_values(["as_of", "customer_id"]).set_index(["customer_id", "as_of"])


def test_training_is_typed_and_holds_the_rows_a_model_may_learn_from(
    demo: Portfolio, book: Book
) -> None:
    found, wanted = demo.training(), rows_of(book, 2020, 2021, 2022, 2023)
    assert found.X.index.equals(found.y.index)
    assert found.X.index.tolist() == wanted.index.tolist()
    assert found.y.dtype == np.int8
    assert found.y.tolist() == wanted["defaulted"].astype(int).tolist()
    assert found.as_of.dtype.kind == "M"
    assert found.as_of.tolist() == wanted.index.get_level_values("as_of").tolist()
    assert found.groups.tolist() == wanted.index.get_level_values("customer_id").tolist()
    assert [str(kind) for kind in found.X.dtypes] == ["float64"] * 4 + ["category"]
    for name in NAMES[:4]:
        np.testing.assert_array_equal(found.X[name].to_numpy(), wanted[name].to_numpy())
    assert found.X["industry"].tolist() == wanted["industry"].tolist()
    assert found.X["industry"].cat.categories.tolist() == ["build", "retail", "steel"]
    assert found.directions == dict(zip(NAMES, (1, 1, -1, -1, 0), strict=True))


def test_what_a_payment_may_worsen_is_learned_from_only_where_the_recipe_does(
    demo: Portfolio, tmp_path: Path
) -> None:
    """As the pipeline's own models: without the family and its ranks, unless the configuration asks for them."""
    project = tmp_path / "project"
    shutil.copytree(demo.folder, project, ignore=shutil.ignore_patterns("mlruns", "reports"))
    lineage = project / "data/features/lineage.parquet"
    kept = pq.read_table(lineage)
    names, families = (kept[name].to_pylist() for name in ("feature", "family"))
    families[names.index(NAMES[0])] = "earlier"
    at = kept.schema.get_field_index("family")
    pq.write_table(kept.set_column(at, kept.schema.field(at), [families]), lineage)
    found = Portfolio("demo", project).training()
    assert found.X.columns.tolist() == found.features.index.tolist() == NAMES[1:]
    params = project / "configs/params.yaml"
    text = params.read_text(encoding="utf-8")
    params.write_text(re.sub(r"earlier: false", "earlier: true", text, count=1), encoding="utf-8")
    assert Portfolio("demo", project).training().X.columns.tolist() == NAMES


def test_parts_are_chosen_by_name(demo: Portfolio, book: Book) -> None:
    assert demo.test().X.index.tolist() == rows_of(book, 2024).index.tolist()
    assert len(demo.training("calibrate")) == len(rows_of(book, 2023))
    assert len(demo.training("test", "calibrate")) == len(rows_of(book, 2023, 2024))


def test_labels_are_those_of_the_cohort(demo: Portfolio, book: Book) -> None:
    found = demo.labels()
    assert found.index.names == ["customer_id", "as_of"]
    assert len(found) == len(book.rows)
    day = found.index.get_level_values("as_of")
    assert (found["matured_on"] == day + pd.DateOffset(months=12)).all()
    assert found["defaulted"].isna().sum() == (found["part"] == "recent").sum() > 0
    assert int(found["defaulted"].sum()) == int(book.rows["defaulted"].sum())


def test_a_fit_keeps_directions_and_ranks_what_came_later(demo: Portfolio) -> None:
    model, test = demo.fit(max_rounds=80), demo.test()
    assert model.directions == demo.training().directions
    assert roc_auc_score(test.y, model.predict_proba(test.X)[:, 1]) > 0.8
    late = [model.decision_function(test.X.assign(**{NAMES[0]: at})) for at in (0.0, 20.0, 40.0)]
    assert (np.diff(late, axis=0) >= 0).all()
    assert demo.fit(max_rounds=80, directions=None).directions is None


def test_folds_stand_for_cv(demo: Portfolio) -> None:
    rows, folds = demo.training(), demo.folds(2)
    found = cross_validate(
        LogisticRegression(), rows.X[NAMES[:1]].fillna(0), rows.y, cv=folds, scoring="roc_auc"
    )
    assert folds.horizon_months == 12
    assert len(found["test_score"]) == folds.get_n_splits(rows.X, rows.y) == 2
    assert (found["test_score"] > 0.75).all()


def test_the_champion_answers_as_its_boosters_do(demo: Portfolio, book: Book) -> None:
    champion, test = demo.champion(), demo.test()
    chance = 1 / (1 + np.exp(-fit(book.rows, TREES).margin(test.X.reset_index())))
    np.testing.assert_allclose(champion.predict_proba(test.X)[:, 1], chance)
    np.testing.assert_allclose(champion.tested_proba(test.X)[:, 1], chance)
    assert (champion.name, champion.number) == ("bonitas-demo", "1")
    assert champion.features.index.tolist() == NAMES
    assert champion.card.startswith("# ")
    assert demo.champion("1").predict_proba(test.X[:3]).shape == (3, 2)


def test_a_frame_is_scored_under_its_own_index(demo: Portfolio) -> None:
    frame = demo.test().X.sample(frac=1.0, random_state=1)[:40]
    found = demo.score(frame, reasons=True)
    assert found.index.equals(frame.index)
    assert set(found["status"]) == {"scored"}
    bookkeepers = [(score_of(one), grade_of(one)) for one in (Decimal(repr(chance)) for chance in found["pd"].tolist())]  # fmt: skip
    assert list(zip(found["score"], found["grade"], strict=True)) == bookkeepers
    points = found[[name for name in found if name.startswith("points_")]].sum(axis=1)
    assert (abs(points - found["score"]) < 0.51).all()
    assert found["reason_1"].notna().any()
    flat = demo.score(frame.reset_index())
    assert flat["customer_id"].tolist() == frame.index.get_level_values("customer_id").tolist()
    assert flat["pd"].tolist() == found["pd"].tolist()


def test_a_frame_put_together_of_several_is_scored_as_one(demo: Portfolio) -> None:
    """Its texts lie in pieces, as Arrow keeps them, and a customer may stand in it twice."""
    rows = demo.test().X[:40].reset_index()
    whole = demo.score(rows, reasons=True)
    torn = pd.concat([rows[:30], rows[30:], rows[:10]])
    again = demo.score(torn, reasons=True)
    assert again.index.tolist() == torn.index.tolist()
    pd.testing.assert_frame_equal(again[:40], whole, check_exact=True)
    pd.testing.assert_frame_equal(again[40:], whole[:10], check_exact=True)
    assert demo.score(torn[:0]).empty


def test_an_answer_depends_on_no_other_row(demo: Portfolio) -> None:
    """To the last bit, points included: how many rows there are once decided in which order a row was summed."""
    rows = demo.test().X[:12].reset_index()
    whole = demo.score(rows, reasons=True)
    alone = pd.concat([demo.score(rows[at : at + 1], reasons=True) for at in range(len(rows))])
    pd.testing.assert_frame_equal(alone, whole, check_exact=True)


def test_a_row_that_cannot_be_scored_says_why(demo: Portfolio) -> None:
    frame = demo.test().X[:3].astype({NAMES[0]: object})
    frame.iloc[1, 0] = np.inf
    frame.iloc[2] = None
    found = demo.score(frame)
    assert found["status"].tolist() == ["scored", "unreadable", "nothing_known"]
    assert found["pd"].notna().tolist() == [True, False, False]
    with pytest.raises(ContractError, match=r"2 of 3 rows.*\n.*\n.*nothing_known 1"):
        demo.champion().predict_proba(frame)


def test_the_validated_model_answers_only_what_it_has_not_learned(
    demo: Portfolio, book: Book
) -> None:
    """A version that ships refitted: its own boosters, and another one that was validated on rows from 2024 on."""
    held, twin = demo.champion()._held, fit(book.rows, 5)
    reference = {**held.bundle.json("reference.json"), "twin_until": "2024-01-01"}
    bundle = held.bundle.replaced(
        {
            "twin_booster.txt": twin.boosters[0].model_to_string(),
            "twin_calibrator.json": '{"method": "identity"}',
            "reference.json": json.dumps(reference),
        }
    )
    refitted = Version.of(replace(held, bundle=bundle), demo.folder)
    test = demo.test().X
    chance = 1 / (1 + np.exp(-twin.margin(test.reset_index())))
    np.testing.assert_allclose(refitted.tested_proba(test)[:, 1], chance)
    with pytest.raises(ContractError, match=r"has learned from some.*\n.*\n.*\n.*2024-01-01 or later"):  # fmt: skip
        refitted.tested_proba(demo.training().X)


def test_a_portfolio_is_found_from_a_folder_below(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (project / "notebooks").mkdir(exist_ok=True)
    monkeypatch.chdir(project / "notebooks")
    assert Portfolio("demo").folder == project
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bonitas.project.IS_CHECKOUT", False)
    with pytest.raises(ConfigError, match=r'Neither this folder(.|\n)*Portfolio\("demo", folder='):
        Portfolio("demo")
    with pytest.raises(ConfigError, match="This folder is no project"):
        Portfolio("demo", tmp_path)


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda demo: demo.training("tst"), "Did you mean 'test'"),
        (lambda demo: demo.training("recent"), "Legal: calibrate, gap, holdout, test, train"),
        (lambda demo: demo.training("holdout"), r"no row(.|\n)*train \(.*test \("),
        (lambda demo: demo.champion("7"), "no version '7'(.|\n)*1 \\(champion\\)"),
        (lambda demo: demo.score(demo.test().X, language="de"), "Legal: en, zh"),
        (
            lambda demo: demo.score(demo.test().X.rename(columns={NAMES[0]: "payments_days_late_90d"})),
            "1 column(.|\n)*payments_days_late_mean_90d: number expected, absent \\(there is payments_days_late_",
        ),
        (
            lambda demo: demo.score(demo.test().X.assign(industry=1.0)),
            "industry: category expected, double received",
        ),
        (
            lambda demo: demo.score(demo.test().X.reset_index(drop=True)),
            "customer_id: string expected, absent",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told(
    demo: Portfolio, ask: Callable[[Portfolio], Any], told: str
) -> None:
    with pytest.raises(BonitasError, match=told):
        ask(demo)


def test_before_a_run_the_next_step_is_told(project: Path, tmp_path: Path) -> None:
    for name in ("configs", "data/valid"):
        shutil.copytree(project / name, tmp_path / name)
    demo = Portfolio("demo", tmp_path)
    for ask in (demo.training, demo.labels, demo.fit, demo.explain):
        with pytest.raises(ContractError, match="make run PORTFOLIO=demo"):
            ask()
    with pytest.raises(RegistryError, match=r"no version 'champion'(.|\n)*make retrain"):
        demo.champion()
    assert not (tmp_path / "mlflow.db").exists()


def test_truth_is_known_of_no_real_book(project: Path) -> None:
    with pytest.raises(ContractError, match=r"simulated portfolio only(.|\n)*labels"):
        Portfolio("ibm_ar", project).truth()
    with pytest.raises(ContractError, match=r"data/truth/truth\.parquet"):
        Portfolio("demo", project).truth()  # of the tests' own small book


def test_what_the_package_offers_is_there() -> None:
    for name in bonitas.__all__:
        assert getattr(bonitas, name).__doc__
    with pytest.raises(AttributeError, match="no attribute 'Portfolios'"):
        bonitas.Portfolios  # noqa: B018

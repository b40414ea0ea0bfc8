"""The evaluation of a small panel: files in their fixed form, figures that agree with each other."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from contracts.config.calibration import CalibrateConfig
from contracts.config.evaluation import EvaluateConfig
from contracts.config.scale import ScaleConfig
from contracts.errors import ContractError
from contracts.tables.derived import SCORED_TEST
from contracts.tables.store import conform
from models.base.data import Unseen, assemble
from models.calibration.choice import calibrate
from models.gates.gates import configured
from models.measures import plots
from models.measures.metrics import measure
from models.validation.evaluation import Evaluation, evaluate_models
from models.validation.pack import Dossier, Rules
from models.validation.scored import Models, score_parts
from tests.models_books import lineage, panel, trained_once

MATRIX, PARTITION, TRUTH = panel()
GATES = configured({})
# a book with a default rate of 6 % lies in few grades, whatever the model
GATES["PD-H1"] = GATES["PD-H1"].model_copy(update={"threshold": 0.5})
KEYS = {
    "n", "defaults", "roc_auc", "roc_auc_ci", "average_precision", "ks", "brier", "brier_skill",
    "log_loss", "ece", "cox_slope", "cox_intercept",
}  # fmt: skip


@pytest.fixture(scope="module")
def models() -> Models:
    trained = trained_once(MATRIX, lineage(late=1, equity=-1, noise=0, flat=0), PARTITION)
    part = assemble(MATRIX, PARTITION, "calibrate")
    margin = trained.ensemble.margin(part.features)
    chosen = calibrate(Unseen(part.customer_id, margin, part.defaulted), CalibrateConfig())
    return Models(trained.ensemble, chosen.calibrator, trained.scorecard, trained.rivals)


def evaluated(
    models: Models, truth: pd.DataFrame | None = TRUTH, scale: ScaleConfig | None = None
) -> Evaluation:
    return evaluate_models(
        score_parts(MATRIX, PARTITION, models),
        models,
        truth,
        Rules(EvaluateConfig(bootstrap_draws=60), GATES, scale or ScaleConfig()),
        Dossier(),
    )


@pytest.fixture(scope="module")
def found(models: Models) -> Evaluation:
    return evaluated(models)


def test_the_metrics_have_their_fixed_keys_and_are_json(found: Evaluation) -> None:
    for section in ("test", "baseline", "oracle"):
        assert set(found.metrics.to_json()[section]) >= KEYS
    assert set(found.metrics.to_json()["complexity_premium"]) == {"gini", "gini_ci"}
    json.dumps(found.metrics.to_json(), allow_nan=False)


def test_figures_agree_with_the_scored_file(found: Evaluation) -> None:
    table = conform(found.scored_test, SCORED_TEST).to_pandas()
    outcome = table["defaulted"].to_numpy(dtype=bool)
    again = measure(
        table["pd"].to_numpy(), outcome, table["customer_id"].to_numpy(dtype=object), 0.95
    )
    assert found.metrics.to_json()["test"]["log_loss"] == pytest.approx(again.log_loss)
    assert found.metrics.to_json()["test"]["roc_auc"] == pytest.approx(
        roc_auc_score(outcome, table["pd"])
    )
    gini = 2 * (
        roc_auc_score(outcome, table["margin"]) - roc_auc_score(outcome, table["pd_baseline"])
    )
    assert found.metrics.to_json()["complexity_premium"]["gini"] == pytest.approx(gini)
    assert found.metrics.to_json()["test"]["n"] == (PARTITION["part"] == "test").sum()


def test_nothing_beats_the_truth_by_more_than_chance(found: Evaluation) -> None:
    oracle, test = found.metrics.to_json()["oracle"], found.metrics.to_json()["test"]
    assert oracle["log_loss"] < test["log_loss"]
    assert oracle["roc_auc"] > test["roc_auc"] - 0.01
    assert oracle["level"] == pytest.approx(0, abs=0.25)


def test_all_gates_pass_on_a_model_that_deserves_it(found: Evaluation) -> None:
    """All but those that this book gives nothing to look at: it has no ledger, no refit and no origins."""
    declines = ("PD-T1", "PD-F1", "PD-F2", "PD-F3", "PD-O1", "PD-O2")
    wanted = dict.fromkeys(GATES, "passed") | dict.fromkeys(declines, "not_applicable")
    assert {row.code: row.outcome for row in found.checks} == wanted


@pytest.mark.parametrize(
    "bounds",
    [(0.001, 0.003, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.1, 0.3), (0.01, 0.03, 0.05, 0.3)],
    ids=["12 grades", "5 grades"],
)
def test_grades_are_those_of_the_scale(models: Models, bounds: tuple[float, ...]) -> None:
    pack = evaluated(models, scale=ScaleConfig(grade_bounds=bounds)).pack
    n_grades = len(bounds) + 1
    assert [row.grade for row in pack.grades] == list(range(1, n_grades + 1))
    assert pack.grades[-1].n > 0
    assert sum(row.share_n or 0.0 for row in pack.grades) == pytest.approx(1.0)
    assert np.shape(pack.migrations.matrix) == (n_grades, n_grades)
    assert np.sum(pack.migrations.matrix) == pack.migrations.n > 0
    moved = [row for row in pack.tests if row.code == "psi_grade"]
    assert moved
    assert all(row.outcome != "not_applicable" for row in moved)


def test_the_two_by_two_table_splits_the_test_part_by_customer(found: Evaluation) -> None:
    cells = found.metrics.to_json()["two_by_two"]
    new = (PARTITION["part"] == "test") & PARTITION["is_held_out"]
    assert cells["new_out_of_time"]["n"] == new.sum()
    both = cells["known_out_of_time"]["n"] + cells["new_out_of_time"]["n"]
    assert both == found.metrics.to_json()["test"]["n"]
    assert cells["known_in_time"]["n"] == PARTITION["part"].isin(["train", "calibrate"]).sum()
    assert cells["new_in_time"]["n"] == (PARTITION["part"] == "holdout").sum()


def test_without_truth_there_is_no_oracle(models: Models) -> None:
    assert "oracle" not in evaluated(models, truth=None).metrics.to_json()


def test_truth_of_another_world_is_refused(models: Models) -> None:
    with pytest.raises(ContractError, match="test rows have no true PD"):
        evaluated(models, truth=TRUTH.head(100))


def test_a_few_rows_without_truth_are_left_out_of_the_oracle_alone(models: Models) -> None:
    """Dropping one row's truth changes the oracle's n by one and nothing of the model's."""
    whole = evaluated(models)
    test_rows = PARTITION.loc[PARTITION["part"] == "test", ["customer_id", "as_of"]].head(1)
    lost = TRUTH.merge(test_rows, on=["customer_id", "as_of"], how="left", indicator=True)
    found = evaluated(models, truth=TRUTH[(lost["_merge"] == "left_only").to_numpy()])
    assert found.metrics.to_json()["oracle"]["n"] == whole.metrics.to_json()["oracle"]["n"] - 1
    assert found.metrics.to_json()["test"] == whole.metrics.to_json()["test"]


def test_plots_are_small_and_say_what_the_figures_say(found: Evaluation) -> None:
    assert set(found.plots) == {"roc", "reliability", "score_distribution"}
    roc = pd.DataFrame(found.plots["roc"])
    for model, section in (("LightGBM", "test"), ("scorecard", "baseline"), ("oracle", "oracle")):
        curve = roc[roc["model"] == model]
        area = np.trapezoid(curve["caught"], curve["false_alarms"])
        assert area == pytest.approx(found.metrics.to_json()[section]["roc_auc"], abs=0.01)
    assert len(roc) <= 3 * 200
    bins = pd.DataFrame(found.plots["reliability"])
    ours = bins[bins["model"] == "LightGBM"]
    assert ours["defaults"].sum() == found.metrics.to_json()["test"]["defaults"]
    assert (ours["low"] < ours["high"]).all()
    shares = pd.DataFrame(found.plots["score_distribution"]).groupby("outcome")["share"].sum()
    assert shares.to_dict() == pytest.approx({"survived": 1.0, "defaulted": 1.0})


def test_a_bin_without_defaults_is_drawn_at_the_jeffreys_mean() -> None:
    pd_ = np.linspace(0.01, 0.018, 9)
    points = plots.reliability_points({"m": (pd_, np.zeros(9, dtype=bool))}, 0.95)
    assert points[0]["n"] == 1
    assert points[0]["log10_rate"] == pytest.approx(np.log10(0.5 / 2))
    assert points[0]["log10_pd"] == pytest.approx(-2)


def test_the_learning_curve_is_thinned_to_both_ends() -> None:
    curve = [{"round": n, "train_log_loss": 1 / n, "valid_log_loss": 2 / n} for n in range(1, 601)]
    points = plots.learning_points(curve)
    assert len(points) == 400
    assert points[0] == {"rows": "train", "trees": 1, "log_loss": 1.0}
    assert points[-1] == {"rows": "later", "trees": 600, "log_loss": 2 / 600}

"""The validation pack: schema kept, JSON without NaN, figures that agree, every finding said once, nothing that crashes."""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from contracts.config.calibration import CalibrateConfig
from contracts.config.evaluation import EvaluateConfig
from contracts.config.scale import ScaleConfig
from contracts.documents.metrics import WITH_ENDS, Metrics
from contracts.documents.validation_model import ValidationModel
from contracts.scale import exact_score
from models.base.data import Unseen, assemble
from models.calibration.choice import calibrate
from models.gates.gates import configured
from models.scorecard.scorecard import Scorecard
from models.validation.ends import with_ends
from models.validation.evaluation import Evaluation, evaluate_models
from models.validation.findings import findings, verdict
from models.validation.inside import limits_of, scorecard_points
from models.validation.pack import Dossier, Rules
from models.validation.scored import Models, score_parts
from pipelines.run.lines import headline
from tests.models_books import lineage, panel, trained_once

GATES = configured({})
# a book with a default rate of 6 % lies in few grades, whatever the model
GATES["PD-H1"] = GATES["PD-H1"].model_copy(update={"threshold": 0.5})
RULES = Rules(EvaluateConfig(bootstrap_draws=60), GATES, ScaleConfig())
MATRIX, PARTITION, TRUTH = panel()
NUMBER = MATRIX["customer_id"].str[1:].astype(int).to_numpy()
MATRIX["customer_country"] = np.where(NUMBER % 2, "DE", "FR")
MATRIX["balance_amount"] = np.where(NUMBER % 5 == 0, 0.0, 1000.0 + NUMBER)
MATRIX["limits_limit_amount"] = np.where(NUMBER % 5 == 0, 0.0, 1200.0)
LINEAGE = lineage(late=1, equity=-1, noise=0, flat=0)
WORDS = LINEAGE.assign(
    wording_en="what " + LINEAGE["feature"], wording_zh="特征 " + LINEAGE["feature"]
)
SEARCH = {"trials": 3, "complete": 3, "pruned": 0, "best_log_loss": 0.2, "by_hand_log_loss": 0.21, "importance": []}  # fmt: skip
SELECTION = {
    "method": "shap", "kept": 1, "of": 2,
    "rows": [{"feature": "flat", "share": 0.0, "unstable_folds": 0, "kept": False, "reason_en": "", "reason_zh": ""}],
}  # fmt: skip
FIGURES = {
    "roc_auc", "gini", "ks", "average_precision", "brier", "brier_skill", "log_loss", "ece",
    "cox_slope", "cox_intercept", "level", "rate", "observed_to_expected",
}  # fmt: skip


@pytest.fixture(scope="module")
def fitted() -> tuple[Models, dict[str, Any]]:
    trained = trained_once(MATRIX, LINEAGE, PARTITION)
    part = assemble(MATRIX, PARTITION, "calibrate")
    margin = trained.ensemble.margin(part.features)
    chosen = calibrate(Unseen(part.customer_id, margin, part.defaulted), CalibrateConfig())
    models = Models(trained.ensemble, chosen.calibrator, trained.scorecard)
    return models, chosen.to_json()


def evaluated(
    models: Models,
    *,
    matrix: pd.DataFrame = MATRIX,
    partition: pd.DataFrame = PARTITION,
    truth: pd.DataFrame | None = None,
    dossier: Dossier | None = None,
) -> Evaluation:
    scored = score_parts(matrix, partition, models)
    return evaluate_models(scored, models, truth, RULES, dossier or Dossier())


@pytest.fixture(scope="module")
def found(fitted: tuple[Models, dict[str, Any]]) -> Evaluation:
    dossier = Dossier("A book", WORDS, fitted[1], SEARCH, SELECTION)
    return evaluated(fitted[0], truth=TRUTH, dossier=dossier)


@pytest.fixture(scope="module")
def pack(found: Evaluation) -> dict[str, Any]:
    return found.pack.to_json()


def test_the_pack_has_its_keys_and_is_json(pack: dict[str, Any]) -> None:
    assert set(pack) == {
        "portfolio", "title", "horizon_months", "confidence", "verdict", "findings", "checks", "parts",
        "two_by_two", "models", "premium", "reliability", "score_distribution", "roc", "grades", "tests",
        "segments", "as_of", "migrations", "concentration", "stability", "selective", "scorecard", "lightgbm",
        "search", "selection", "shipped", "words", "rests_on", "fitted_scale", "origins", "pooled", "open_years", "earned",
    }  # fmt: skip
    json.dumps(pack, allow_nan=False)
    for model, parts in pack["models"].items():
        assert set(parts) == (
            {"test"} if model == "oracle" else {"train", "calibrate", "holdout", "test"}
        )
        for measures in parts.values():
            assert set(measures) == FIGURES | {"n", "defaults", "mean_pd"}
            for name in FIGURES:
                ends = measures[name]
                assert ends["low"] <= ends["value"] <= ends["high"], (model, name)
    assert (pack["title"], pack["search"], pack["selection"]) == ("A book", SEARCH, SELECTION)
    assert ValidationModel.from_text(json.dumps(pack), where="pack").to_json() == pack


def test_intervals_stand_beside_the_metrics_as_numbers(found: Evaluation) -> None:
    """DVC drops lists. Every end is that of the pack, holds its figure, and is read back."""
    pack, ended = found.pack, with_ends(found.metrics, found.pack)
    whole = ended.to_json()
    for section, model in (("test", "lightgbm"), ("baseline", "scorecard"), ("oracle", "oracle")):
        for name in WITH_ENDS:
            figure = getattr(pack.models[model]["test"], name)
            ends = [whole[section][f"{name}_{end}"] for end in ("low", "high")]
            assert ends == [figure.low, figure.high]
            assert ends[0] <= whole[section][name] + 1e-9 <= ends[1] + 2e-9, (section, name)
        assert [whole[section][f"roc_auc_{end}"] for end in ("low", "high")] == whole[section]["roc_auc_ci"]  # fmt: skip
    premium = whole["complexity_premium"]
    assert [premium["gini_low"], premium["gini_high"]] == premium["gini_ci"]
    assert not any(key.endswith("_low") for key in found.metrics.to_json()["test"])
    assert Metrics.from_text(json.dumps(whole), where="m") == ended


def test_the_pack_agrees_with_the_metrics_and_the_checks(found: Evaluation) -> None:
    pack, whole = found.pack.to_json(), found.metrics.to_json()
    for model, section in (("lightgbm", "test"), ("scorecard", "baseline"), ("oracle", "oracle")):
        metrics, measures = whole[section], pack["models"][model]["test"]
        for name in FIGURES - {"gini", "rate", "observed_to_expected"}:
            assert measures[name]["value"] == pytest.approx(metrics[name], abs=1e-9), (model, name)
        assert [measures["roc_auc"][end] for end in ("low", "high")] == metrics["roc_auc_ci"]
    gini = whole["complexity_premium"]
    assert [pack["premium"]["gini"][end] for end in ("low", "high")] == gini["gini_ci"]
    assert pack["premium"]["gini"]["value"] == gini["gini"]
    assert found.pack.checks == tuple(found.checks)
    for values in pack["models"].values():
        test = values["test"]
        assert test["observed_to_expected"]["value"] == pytest.approx(test["rate"]["value"] / test["mean_pd"])  # fmt: skip


def test_counts_agree_everywhere(pack: dict[str, Any]) -> None:
    test = next(part for part in pack["parts"] if part["part"] == "test")
    assert sum(row["n"] for row in pack["as_of"]) == test["n"]
    assert sum(row["defaults"] for row in pack["as_of"]) == test["defaults"]
    for segment in ("customer_country",):
        rows = [row for row in pack["segments"] if row["segment"] == segment]
        assert sum(row["n"] for row in rows) == test["n"]
    for bins in pack["reliability"].values():
        assert sum(row["defaults"] for row in bins) == test["defaults"]
    cells = pack["two_by_two"]
    assert [cell["learned_from"] for cell in cells] == [True, False, False, False]
    assert cells[1]["n"] + cells[3]["n"] == test["n"]
    # every date of the test part is in the grades
    assert sum(row["n"] for row in pack["grades"]) == test["n"]
    assert sum(row["defaults"] for row in pack["grades"]) == test["defaults"]
    assert pack["migrations"]["n"] == test["customers"] == np.sum(pack["migrations"]["matrix"])
    for share in ("survived", "defaulted"):
        assert sum(row[share] for row in pack["score_distribution"]) == pytest.approx(1.0)
    assert len(pack["roc"]["lightgbm"]) <= 200


def test_every_test_is_asked_of_both_models(pack: dict[str, Any]) -> None:
    by_model = {model: {row["code"] for row in pack["tests"] if row["model"] == model} for model in ("lightgbm", "scorecard")}  # fmt: skip
    assert by_model["lightgbm"] == by_model["scorecard"] == {
        "jeffreys_portfolio", "binomial_portfolio", "hosmer_lemeshow", "spiegelhalter", "auc_then_now",
        "psi_score", "psi_grade",
    }  # fmt: skip
    for row in pack["tests"]:
        assert row["outcome"] in {"passed", "failed", "not_applicable"}
        passed = row["p_value"] is not None and row["p_value"] >= 0.05
        assert passed == (row["outcome"] == "passed")


def test_points_of_the_scorecard_add_up_to_its_score(fitted: tuple[Models, dict[str, Any]]) -> None:
    """Bin by bin, for every row of the test part."""
    scorecard, part = fitted[0].scorecard, assemble(MATRIX, PARTITION, "test")
    told = scorecard_points(scorecard, ScaleConfig(), part.features).model_dump()
    total = np.full(len(part), told["intercept_points"])
    for term, row in zip(scorecard.terms, told["features"], strict=True):
        assert len(row["bins"]) == len(limits_of(term)) == len(term.woe) + 1
        assert sum(one["share"] for one in row["bins"]) == pytest.approx(1.0)
        points = {one["woe"]: one["points"] for one in row["bins"]}
        total += np.array([points[woe] for woe in term.woe_of(part.features[term.feature])])
    assert total == pytest.approx(exact_score(scorecard.pd(part.features), ScaleConfig()), abs=1e-9)


def test_every_feature_named_has_words(pack: dict[str, Any]) -> None:
    named = {row["feature"] for row in pack["stability"]} | {row["feature"] for row in pack["scorecard"]["features"]}  # fmt: skip
    assert named | {"flat"} == set(pack["words"])
    assert pack["words"]["late"] == {"wording_en": "what late", "wording_zh": "特征 late"}
    assert pack["lightgbm"]["members"][0]["flavour"] == "gbdt"
    assert pack["lightgbm"]["promised_directions"] == 2
    assert {one["method"] for one in pack["lightgbm"]["calibration"]["candidates"]} == set(CalibrateConfig().methods)  # fmt: skip


def test_money_is_read_from_the_matrix(pack: dict[str, Any]) -> None:
    """One customer in five has neither limit nor balance; nobody has no exposure at all."""
    assert pack["selective"]["available"]
    assert {row["no_exposure"] for row in pack["selective"]["segments"]} == {False}
    shares = {row["level"]: row["share_without"] for row in pack["selective"]["segments"]}
    assert shares == pytest.approx({"DE": 0.2, "FR": 0.2})
    assert pack["concentration"]["grades_by_exposure"] is not None
    truth = pack["selective"]["truth"]
    assert truth["constrained"]["n"] + truth["free"]["n"] == truth["n"]
    assert abs(truth["true"] - truth["predicted"]) < 0.01


def test_a_book_without_ledger_truth_or_segments_says_null(
    fitted: tuple[Models, dict[str, Any]],
) -> None:
    bare = MATRIX.drop(columns=["customer_country", "balance_amount", "limits_limit_amount"])
    pack = evaluated(fitted[0], matrix=bare).pack.to_json()
    assert pack["segments"] == []
    assert not pack["selective"]["available"]
    assert pack["selective"]["truth"] is None
    assert pack["concentration"]["grades_by_exposure"] is None
    assert {row["share_exposure"] for row in pack["grades"]} == {None}
    assert "oracle" not in pack["models"]
    assert (pack["title"], pack["search"], pack["selection"]) == ("book", None, None)
    assert pack["words"]["late"] == {"wording_en": "late", "wording_zh": "late"}
    json.dumps(pack, allow_nan=False)


@pytest.mark.parametrize("outcome", [False, True])
def test_a_test_part_of_one_class_declines_and_does_not_crash(
    fitted: tuple[Models, dict[str, Any]],
    outcome: bool,  # noqa: FBT001 - parametrized
) -> None:
    is_test = PARTITION["part"] == "test"
    partition = PARTITION.assign(defaulted=PARTITION["defaulted"].mask(is_test, outcome))
    found = evaluated(fitted[0], partition=partition, truth=TRUTH)
    pack, metrics = found.pack.to_json(), found.metrics.to_json()
    outcomes = {row.code: row.outcome for row in found.checks}
    for code in ("PD-D1", "PD-D2", "PD-C1", "PD-C2", "PD-B1", "PD-N1", "PD-P1", "PD-X1"):
        assert outcomes[code] == "not_applicable", code
    assert pack["verdict"]["outcome"] == "failed"
    assert pack["models"]["lightgbm"]["test"]["roc_auc"]["value"] is None
    assert metrics["test"]["roc_auc"] is None
    assert headline(found.metrics, is_stated=False).startswith("no ROC AUC")


def test_parts_without_rows_are_absent(fitted: tuple[Models, dict[str, Any]]) -> None:
    """No customer held out, no calibrate part, one test date: what needs them is null."""
    last = PARTITION["as_of"] == PARTITION["as_of"].max()
    kept = (PARTITION["part"] == "train") | ((PARTITION["part"] == "test") & last)
    pack = evaluated(fitted[0], partition=PARTITION[kept]).pack.to_json()
    assert {part["part"] for part in pack["parts"]} == {"train", "test"}
    assert set(pack["models"]["lightgbm"]) == {"train", "test"}
    assert pack["migrations"]["n"] == 0
    assert next(row for row in pack["tests"] if row["code"] == "auc_then_now")["outcome"] == "not_applicable"  # fmt: skip
    new = next(cell for cell in pack["two_by_two"] if (cell["customers"], cell["time"]) == ("new", "in_time"))  # fmt: skip
    assert (new["n"], new["roc_auc"]["value"], new["rate"]) == (0, None, None)
    json.dumps(pack, allow_nan=False)


def test_a_scorecard_without_a_feature_has_no_premium(
    fitted: tuple[Models, dict[str, Any]],
) -> None:
    bare = Models(fitted[0].ensemble, fitted[0].calibrator, Scorecard(-2.7, ()))
    pack = evaluated(bare).pack.to_json()
    assert pack["premium"]["brier_skill"] == {"value": None, "low": None, "high": None}
    assert pack["scorecard"]["features"] == []
    measures = pack["models"]["scorecard"]["test"]
    assert measures["roc_auc"]["value"] == 0.5
    assert measures["cox_slope"]["value"] is None  # equal PDs have no slope ...
    assert measures["level"]["value"] is not None  # ... but a level
    json.dumps(pack, allow_nan=False)


def changed(pack: dict[str, Any], **parts: Any) -> ValidationModel:
    """The document with parts of it changed."""
    return ValidationModel.from_text(json.dumps(pack | parts), where="pack")


def findings_of(pack: dict[str, Any], **parts: Any) -> list[dict[str, Any]]:
    return [one.model_dump() for one in findings(changed(pack, **parts))]


def failing(pack: dict[str, Any], *codes: str) -> list[dict[str, Any]]:
    return [row | ({"outcome": "failed"} if row["code"] in codes else {}) for row in pack["checks"]]


def test_a_failed_gate_comes_first_and_a_waived_one_does_not_stop(pack: dict[str, Any]) -> None:
    checks = failing(pack, "PD-C1", "PD-H1")
    found = findings_of(pack, checks=checks)
    assert (found[0]["code"], found[0]["severity"]) == ("PD-C1", "bad")
    assert next(one for one in found if one["code"] == "PD-H1")["severity"] == "warn"
    told = verdict(changed(pack, checks=checks).checks)
    assert (told.outcome, told.blocking) == ("failed", ("PD-C1",))
    assert told.can_block == sum(gate.blocks for gate in GATES.values())
    waived = [row | ({"blocks": False, "waiver": "known"} if row["code"] == "PD-C1" else {}) for row in checks]  # fmt: skip
    assert verdict(changed(pack, checks=waived).checks).outcome == "passed"
    severities = [one["severity"] for one in findings_of(pack, checks=waived)]
    assert severities == sorted(severities, key=("bad", "warn", "good", "info").index)
    assert "bad" not in severities


def test_a_gate_that_declines_never_reads_as_fine(pack: dict[str, Any]) -> None:
    """One that blocks stops; one that does not is told; none is praised."""
    declined = [row | {"outcome": "not_applicable", "value": None} for row in pack["checks"]]
    found = {one["code"]: one for one in findings_of(pack, checks=declined)}
    for row in declined:
        stops = row["blocks"] and row["not_applicable_blocks"]
        assert found[row["code"]]["severity"] == ("bad" if stops else "info"), row["code"]
        assert found[row["code"]]["outcome"] == "not_applicable"
    assert verdict(changed(pack, checks=declined).checks).outcome == "failed"


def test_a_finding_is_made_once_however_many_share_it(pack: dict[str, Any]) -> None:
    """Thirty segments, all of them off by one log-odds beyond the book, and twenty features that moved."""
    row = pack["segments"][0]
    level = pack["models"]["lightgbm"]["test"]["level"]["value"]
    off = {"value": level + 1.0, "low": level + 0.8, "high": level + 1.2}
    many = [row | {"level": f"L{n}", "level_off": off, "defaults": 40} for n in range(30)]
    moved = [pack["stability"][0] | {"feature": f"f{n}", "flagged": True} for n in range(20)]
    found = findings_of(pack, segments=many, stability=moved)
    codes = [one["code"] for one in found]
    assert len(codes) == len(set(codes))
    segments = next(one for one in found if one["code"] == "PD-SEGMENT-LEVEL")
    assert len(segments["subjects"]) == 30
    ratio = row["observed_to_expected"]["value"]
    wanted = {"kind": "segment", "name": "customer_country", "level": "L0", "value": ratio}
    assert segments["subjects"][0] == wanted
    assert len(next(one for one in found if one["code"] == "PD-STABILITY")["subjects"]) == 20


def test_a_segment_that_shares_the_books_own_error_is_no_finding(pack: dict[str, Any]) -> None:
    """The whole book is off by 0.6: PD-C1 says so, and no segment repeats it."""
    whole = copy.deepcopy(pack["models"])
    whole["lightgbm"]["test"]["level"]["value"] = 0.6
    rows = [
        row | {"level_off": {"value": 0.62, "low": 0.5, "high": 0.74}} for row in pack["segments"]
    ]
    assert "PD-SEGMENT-LEVEL" not in {
        one["code"] for one in findings_of(pack, models=whole, segments=rows)
    }


@pytest.mark.parametrize(
    ("gini", "severity"),
    [
        ({"value": 0.04, "low": 0.01, "high": 0.07}, "good"),
        ({"value": 0.01, "low": -0.01, "high": 0.03}, "warn"),
        ({"value": -0.05, "low": -0.08, "high": -0.02}, None),  # PD-X1 says it
        ({"value": None, "low": None, "high": None}, None),
    ],
)
def test_what_the_complexity_buys(pack: dict[str, Any], gini: dict[str, Any], severity: str | None) -> None:  # fmt: skip
    premium = pack["premium"] | {"gini": gini}
    found = {one["code"]: one for one in findings_of(pack, premium=premium)}
    assert found.get("PD-PREMIUM", {}).get("severity") == severity


@pytest.mark.parametrize(
    ("ratio", "severity", "case"),
    [
        # twice as many as expected, which the gate tolerates and a reader must know
        ({"value": 2.0, "low": 1.5, "high": 2.7}, "warn", "low"),
        ({"value": 0.5, "low": 0.4, "high": 0.7}, "warn", "high"),
        ({"value": 1.1, "low": 0.8, "high": 1.5}, "good", "fits"),
    ],
)
def test_a_level_that_is_off_beyond_chance_is_told_though_its_gate_passes(
    pack: dict[str, Any], ratio: dict[str, float], severity: str, case: str
) -> None:
    models = copy.deepcopy(pack["models"])
    models["lightgbm"]["test"]["observed_to_expected"] = ratio
    found = {one["code"]: one for one in findings_of(pack, models=models)}["PD-LEVEL"]
    assert (found["severity"], found["case"]) == (severity, case)
    told = found["values"]
    assert (told["ratio"], told["low"], told["high"]) == tuple(ratio.values())
    failed = findings_of(pack, models=models, checks=failing(pack, "PD-C1"))
    assert [one["code"] for one in failed if one["code"] in {"PD-C1", "PD-LEVEL"}] == ["PD-C1"]


def test_segments_that_cannot_be_judged_or_tell_nobody_apart(pack: dict[str, Any]) -> None:
    chance = {"value": 0.55, "low": 0.45, "high": 0.65}
    rows = [
        pack["segments"][0] | {"level": "blind", "roc_auc": chance, "defaults": 30},
        pack["segments"][0] | {"level": "thin", "roc_auc": chance, "defaults": 4},
    ]
    found = {one["code"]: one["subjects"] for one in findings_of(pack, segments=rows)}
    assert [one["level"] for one in found["PD-SEGMENT-RANK"]] == ["blind"]
    assert [one["level"] for one in found["PD-SEGMENT-FEW"]] == ["thin"]


def test_gates_that_fail_of_one_cause_are_one_finding(pack: dict[str, Any]) -> None:
    """A level that is off shows in the book and in grades; what PD-J1 rejects, no finding calls within chance."""
    codes = ("PD-C1", "PD-J1", "PD-G1", "PD-P1")
    found = findings_of(pack, checks=failing(pack, *codes))
    stands = [
        one["code"] for one in found if one["severity"] in {"bad", "warn"} and one["code"] in GATES
    ]
    assert stands == ["PD-C1", "PD-P1"]
    assert found[0]["also"] == ("PD-J1", "PD-G1")
    alone = {
        one["code"]: one["severity"] for one in findings_of(pack, checks=failing(pack, "PD-J1"))
    }
    assert (alone["PD-LEVEL"], alone["PD-J1"]) == ("warn", "warn")


def test_segments_without_exposure_are_warned_of_once(pack: dict[str, Any]) -> None:
    part = copy.deepcopy(pack["selective"])
    part["segments"][0] |= {"no_exposure": True, "share_without": 1.0}
    found = findings_of(pack, selective=part, checks=failing(pack, "PD-T1"))
    warned = [
        one for one in found if "customer_country" in {name["name"] for name in one["subjects"]}
    ]
    assert [(one["code"], one["severity"], len(one["subjects"])) for one in warned] == [
        ("PD-T1", "warn", 1)
    ]


def test_the_power_of_the_test_part_by_hand(pack: dict[str, Any]) -> None:
    """An AUC of 0.8 +/- 0.0196 has a standard error of 0.01: 0.01 (1.645 + 0.842) = 0.025 is found in four of five."""
    models = copy.deepcopy(pack["models"])
    models["lightgbm"]["test"]["roc_auc"] = {"value": 0.8, "low": 0.7804, "high": 0.8196}
    found = {one["code"]: one for one in findings_of(pack, models=models)}
    assert found["PD-POWER"]["values"]["loss"] == pytest.approx(0.0249, abs=5e-5)

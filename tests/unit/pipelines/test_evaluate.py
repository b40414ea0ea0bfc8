"""The stage `evaluate` on a small book: what it writes, with and without what other stages may leave."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from contracts.config.calibration import CalibrateConfig
from contracts.errors import ContractError
from contracts.files import read_json, write_json
from contracts.tables.derived import KEY, LINEAGE, MATRIX, PARTITION, SCORED_TEST, UNSEEN
from contracts.tables.ledger import DEFAULTS
from contracts.tables.simulated import TRUTH
from contracts.tables.store import read_table, write_table
from models.base.data import ModelContract, unseen_outcomes
from models.boosting.booster import load as load_boosters
from models.boosting.booster import save_rivals
from models.calibration.choice import calibrate
from pipelines import ROOT, paths
from pipelines.evaluate import evaluate
from pipelines.origins import origins
from pipelines.refit import refit
from pipelines.settings import load
from tests.models_books import lineage, panel, trained_on
from tests.serve_project import inside
from tests.stable_keys import CHECK_KEYS


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as train and calibrate leave it."""
    folder = tmp_path_factory.mktemp("evaluate")
    shutil.copytree(ROOT / "configs", folder / "configs")
    matrix, partition, truth = panel(customers=200)
    declared = lineage(late=1, equity=-1, noise=0, flat=0)
    rest = {
        column.name: 0 if column.kind == "count" else "-"
        for column in LINEAGE.columns
        if column.name not in declared.columns
    }
    own = {"pillar": "credit_record", "role": "reason", "is_change": False, "window_days": None}
    words = declared.assign(**(rest | own))
    trained = trained_on(matrix, declared, partition)
    rows = unseen_outcomes(trained.unseen, partition)
    chosen = calibrate(rows, CalibrateConfig())
    write_table(matrix, folder / paths.MATRIX, MATRIX)
    write_table(words, folder / paths.LINEAGE, LINEAGE)
    write_table(partition, folder / paths.PARTITION, PARTITION)
    full = truth.assign(state=0.0, driver=None)
    write_table(full, folder / paths.TRUTH / "truth.parquet", TRUTH)
    trained.ensemble.save(folder / paths.TWIN)
    save_rivals(trained.rivals, folder / paths.RIVALS)
    write_json(folder / paths.MODEL_CONTRACT, trained.contract.to_json())
    write_json(folder / paths.BASELINE, trained.scorecard.to_json())
    write_json(folder / paths.CURVE, trained.found.curve)
    write_json(folder / paths.TWIN_CALIBRATOR, chosen.to_json())
    write_table(trained.unseen, folder / paths.UNSEEN, UNSEEN)
    write_json(folder / paths.SEARCH, trained.found.to_json())
    write_json(folder / paths.SELECTION, {"method": "none", "kept": 4, "of": 4, "rows": []})
    write_json(folder / paths.MEMBERS, {"refit": "all", **trained.members.to_json()})
    defaulted = partition[partition["defaulted"].fillna(value=False).astype(bool)]
    entries = defaulted[["customer_id"]].assign(
        entered_on=defaulted["as_of"] + pd.Timedelta(days=9)
    )
    write_table(entries, folder / paths.DEFAULTS, DEFAULTS)
    with inside(folder):
        origins(load())
        refit(load())
    return folder


def made(project: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, dict[str, Any]]:
    monkeypatch.chdir(project)
    line = evaluate(load())
    pack: dict[str, Any] = read_json(project / paths.MODEL_VALIDATION_JSON)
    return line, pack


def test_it_writes_the_pack_beside_the_metrics(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line, pack = made(project, monkeypatch)
    metrics, checks = read_json(project / paths.METRICS), read_json(project / paths.CHECKS)
    assert line.endswith("of 23 gates passed")
    assert set(checks[0]) == CHECK_KEYS
    assert pack["models"]["lightgbm"]["test"]["roc_auc"]["value"] == metrics["test"]["roc_auc"]
    assert pack["title"] == load().portfolio.title
    assert {path.name for path in (project / paths.PLOTS).iterdir()} == {
        "roc.json", "reliability.json", "score_distribution.json", "learning_curve.json",
    }  # fmt: skip


def test_what_ships_is_held_against_its_twin_and_changes_no_test_figure(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, pack = made(project, monkeypatch)
    scored = read_table(project / paths.SCORED_TEST, SCORED_TEST)
    contract = ModelContract.from_json(read_json(project / paths.MODEL_CONTRACT))
    rows = scored[KEY].merge(read_table(project / paths.MATRIX, MATRIX), on=KEY)
    twin, own = (load_boosters(project / folder, contract).margin(rows) for folder in (paths.TWIN, paths.BOOSTER.parent))  # fmt: skip
    assert scored["margin"].tolist() == pytest.approx(twin.tolist())
    assert abs(own - twin).max() > 0.01
    shipped, gates = pack["shipped"], {one["code"]: one for one in pack["checks"]}
    assert shipped["policy"] == "all"
    assert shipped["own"]["until"] > shipped["twin"]["until"]
    assert gates["PD-F2"]["value"] == shipped["rank"] > 0.5
    assert {gates[code]["outcome"] for code in ("PD-F1", "PD-F2")} == {"passed"}


def test_where_the_validated_model_ships_it_is_copied_to_the_byte_and_the_gates_decline(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "matured"
    shutil.copytree(project, folder)
    params = folder / paths.PARAMS
    params.write_text(re.sub(r"(?m)^  refit: all ", "  refit: matured ", params.read_text()))
    monkeypatch.chdir(folder)
    refit(load())
    for name in ("booster.txt", "calibrator.json", "boosters/belongs_to.txt"):
        assert (paths.BOOSTER.parent / name).read_bytes() == (paths.TWIN / name).read_bytes()
    _, pack = made(folder, monkeypatch)
    assert (pack["shipped"]["policy"], pack["shipped"]["grades"]) == ("matured", [])
    gates = {one["code"]: one["outcome"] for one in pack["checks"]}
    assert {gates[f"PD-F{number}"] for number in (1, 2, 3)} == {"not_applicable"}
    assert not {f"PD-F{number}" for number in (1, 2, 3)} & set(pack["verdict"]["blocking"])


def test_the_same_inputs_give_the_same_bytes(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(project, monkeypatch)
    first = (project / paths.MODEL_VALIDATION_JSON).read_bytes()
    made(project, monkeypatch)
    assert (project / paths.MODEL_VALIDATION_JSON).read_bytes() == first


def test_it_takes_what_train_leaves(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A constant scorecard on the rows of calibrate: its AUC there is 0.5, which only the table of train can say."""
    kept = pd.read_parquet(project / paths.UNSEEN)
    write_table(kept.assign(pd_baseline=0.05), project / paths.UNSEEN, UNSEEN)
    try:
        _, pack = made(project, monkeypatch)
    finally:
        write_table(kept, project / paths.UNSEEN, UNSEEN)
    assert pack["models"]["scorecard"]["calibrate"]["roc_auc"]["value"] == 0.5
    assert (pack["search"]["trials"], pack["selection"]["kept"]) == (3, 4)
    taken = [one["flavour"] for one in pack["lightgbm"]["tried"] if one["taken"]]
    assert sorted(one["flavour"] for one in pack["lightgbm"]["members"]) == sorted(taken)


def test_unseen_answers_of_another_run_are_refused(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = pd.read_parquet(project / paths.UNSEEN)
    write_table(kept.iloc[1:], project / paths.UNSEEN, UNSEEN)
    try:
        with pytest.raises(ContractError, match="rows were answered unseen"):
            made(project, monkeypatch)
    finally:
        write_table(kept, project / paths.UNSEEN, UNSEEN)
    assert json.loads((project / paths.CHECKS).read_text(encoding="utf-8"))

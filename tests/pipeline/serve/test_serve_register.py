"""explain and register on a small portfolio, with real MLflow: points, reasons, verdicts, kills."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from contracts.errors import BundleError, RegistryError
from contracts.files import read_json, write_json
from contracts.scale import exact_score
from contracts.tables.derived import EXPLANATIONS, REASONS_TABLE
from contracts.tables.store import read_table
from models.registry.log import CANDIDATE
from models.registry.registry import CHALLENGER, CHAMPION, Registry, champion_card
from pipelines import paths
from pipelines.errands.attach import attach
from pipelines.explain import explain
from pipelines.monitor import monitor
from pipelines.paths import MODEL_VALIDATION_HTML, MODEL_VALIDATION_JSON, MODEL_VALIDATION_XLSX
from pipelines.register import register
from pipelines.registered.registries import registry_of
from pipelines.settings import load
from reports.model.page import render
from tests.closure import stages
from tests.serve_project import (
    FEATURES,
    ROOT,
    URI,
    Book,
    environment,
    inside,
    make,
    receipt,
    simulate,
    stand_in_git,
    write_checks,
    write_model,
)
from tests.validation_packs import demo_pack, document

NAMES = [one.name for one in FEATURES]


@pytest.mark.usefixtures("used")
def test_points_of_the_book_add_up_to_its_scores(book: Book) -> None:
    table = read_table(Path("data/scored/explanations.parquet"), EXPLANATIONS)
    latest = book.rows[book.rows["as_of"] == book.last].sort_values("customer_id")
    served = Registry(URI, "demo").required_champion().predict(latest[NAMES])
    added = table.groupby("customer_id")["points"].sum()
    base = (
        exact_score(served["pd"], load().params.scale) - added.loc[latest["customer_id"]].to_numpy()
    )
    assert len(added) == len(latest) > 200
    assert np.ptp(base) < 1e-9
    margin = (
        served["margin"].to_numpy()
        - table.groupby("customer_id")["phi"].sum().loc[latest["customer_id"]]
    )
    assert np.ptp(margin) < 1e-9


@pytest.mark.usefixtures("used")
def test_explanations_hold_numbers_as_numbers_and_categories_by_name(book: Book) -> None:
    table = read_table(Path("data/scored/explanations.parquet"), EXPLANATIONS)
    own = book.rows[book.rows["as_of"] == book.last].set_index("customer_id")
    for feature in FEATURES:
        said = table[table["feature"] == feature.name].set_index("customer_id")
        real = own.loc[said.index, feature.name]
        if feature.dtype == "category":
            assert said["value"].isna().all()
            assert (said["value_text"].fillna("-") == real.astype(object).fillna("-")).all()
        else:
            np.testing.assert_array_equal(said["value"], real.astype(float))
            assert said["typical"].nunique() == 1


@pytest.mark.usefixtures("used")
def test_reasons_are_sentences_with_the_customers_own_number() -> None:
    reasons = read_table(Path("data/scored/reasons.parquet"), REASONS_TABLE)
    table = read_table(Path("data/scored/explanations.parquet"), EXPLANATIONS)
    speaks_for = reasons["role"] == "strength"
    assert ((reasons["points"] > 0) == speaks_for).all()
    assert reasons[~speaks_for].groupby("customer_id")["rank"].max().between(1, 4).all()
    assert not any(
        reasons[name].str.contains(r"[{}]").any() for name in ("sentence_en", "sentence_zh")
    )
    late = {"payments_days_late_mean_90d", "payments_days_late_mean_365d"}
    both = reasons[reasons["feature"].isin(late)].groupby("customer_id")["feature"].nunique()
    assert both.max() == 1  # one correlated group speaks once
    told = reasons.merge(table, on=["customer_id", "as_of", "feature"]).dropna(
        subset=["value_text"]
    )
    assert all(
        value in text for value, text in zip(told["value_text"], told["sentence_en"], strict=True)
    )


@pytest.mark.usefixtures("used")
def test_explaining_twice_gives_the_same_bytes() -> None:
    made = [
        "data/scored/explanations.parquet",
        "data/scored/reasons.parquet",
        "data/model/reasons.json",
        "reports/explanations.json",
        "data/scored/movements.parquet",
        "reports/movements.json",
        *sorted(map(str, Path("data/scored/explanations").iterdir())),
    ]
    assert len(made) == 6 + 24
    before = [Path(name).read_bytes() for name in made]
    explain(load())
    assert [Path(name).read_bytes() for name in made] == before


@pytest.mark.usefixtures("used")
def test_the_first_version_becomes_champion_and_the_receipt_says_so() -> None:
    assert receipt() == {
        "name": "bonitas-demo",
        "version": "1",
        "digest": read_json(Path("data/model/bundle/manifest.json"))["digest"],
        "alias": CHAMPION,
        "verdict": CHAMPION,
    }
    assert champion_card(URI, "demo") == {
        "name": "bonitas-demo", "version": "1", "digest": receipt()["digest"], "alias": CHAMPION,
    }  # fmt: skip
    assert champion_card(URI, "another") is None


def test_looking_for_a_champion_creates_no_registry(tmp_path: Path) -> None:
    with inside(tmp_path):
        assert champion_card(URI, "demo") is None
        assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("used")
def test_what_is_logged_beside_a_version() -> None:
    client = Registry(URI, "demo").client
    version = client.get_model_version_by_alias("bonitas-demo", CHAMPION)
    run = client.get_run(version.run_id)
    assert run.data.params["train.seed"] == "7"
    assert run.data.params["scale.grade_bounds.0"] == "0.0005"
    assert run.data.metrics["test.roc_auc_ci.1"] == 0.9
    assert run.data.tags["digest"] == version.tags["digest"] == receipt()["digest"]
    assert run.info.status == "FINISHED"
    reports = [file.path for file in client.list_artifacts(version.run_id, "reports")]
    assert reports == ["reports/test.parquet", "reports/validation_model.json"]


def test_the_validation_page_is_kept_beside_its_version_once(project: Path) -> None:
    """The page is of the figures the version was registered with, whatever lies in `reports/` when it is attached."""
    first = demo_pack()
    write_json(MODEL_VALIDATION_JSON, first)
    register(load())
    for stale in (MODEL_VALIDATION_HTML, MODEL_VALIDATION_XLSX):
        stale.write_text("the page of another version")
    write_json(MODEL_VALIDATION_JSON, {**first, "title": "Figures of another run"})
    pages = {"validation_model.html", "validation_model.xlsx"}
    assert attach(load()) == "bonitas-demo version 1: validation_model.html, validation_model.xlsx added"  # fmt: skip
    assert attach(load()) == "bonitas-demo version 1: nothing added"
    client, run = Registry(URI, "demo").client, Registry(URI, "demo").versions()[0].run_id
    kept = {Path(one.path).name for one in client.list_artifacts(run, "reports")}
    assert kept == {"validation_model.json", "test.parquet", *pages}
    held = Path(client.download_artifacts(run, "reports/validation_model.html")).read_text()
    assert held == render(document(first))
    assert "another" not in held
    write_model(project, simulate(200, seed=2), trees=3)
    write_checks(project, PD_D1="failed")
    register(load())
    assert attach(load()) == "bonitas-demo has no new version to keep a page beside"


@pytest.mark.usefixtures("project")
def test_a_model_that_a_new_registry_does_not_know_is_registered_again() -> None:
    """No file has changed, so DVC runs nothing, and upkeep has no champion: `make retrain` may not send anybody to `make retrain`."""
    write_json(MODEL_VALIDATION_JSON, demo_pack())
    register(load())
    before, params = receipt(), Path("configs/params.yaml")
    text = params.read_text(encoding="utf-8")
    params.write_text(text.replace(URI, "sqlite:///new.db"), encoding="utf-8")
    settings = load()
    again = "the registry did not know it, so it was registered again: bonitas-demo version 1: "
    assert again in attach(settings)
    assert receipt() == before
    assert attach(settings) == "bonitas-demo version 1: nothing added"
    assert registry_of(settings).required_champion().digest == before["digest"]


def test_whatever_register_logs_is_a_dependency_of_the_stage() -> None:
    """Else a stale file would go with a new version: DVC would not run the stage again when it changes."""
    named = set(re.findall(r"paths\.([A-Z_]+)", (ROOT / "pipelines/register.py").read_text()))
    outs = {"BUNDLE", "RECEIPT"}
    files = {str(getattr(paths, name)) for name in named - outs - {"BOOSTER"}}
    assert "reports/validation_model.json" in files
    # the record of the run names every dependency's digest, and is written by DVC itself while the stage runs
    assert files - {"dvc.lock"} <= set(stages()["register"]["deps"])


@pytest.mark.usefixtures("used")
def test_registering_again_changes_nothing() -> None:
    before = Path("data/model/receipt.json").read_bytes()
    register(load())
    assert Path("data/model/receipt.json").read_bytes() == before
    assert len(Registry(URI, "demo").versions()) == 1


def test_nothing_that_dvc_keeps_names_this_machine(used: Path) -> None:
    for file in [*Path("data").rglob("*"), *Path("reports").rglob("*")]:
        if file.is_file():
            assert str(used).encode() not in file.read_bytes(), file


@pytest.mark.parametrize(("code", "outcome"), [("PD_D1", "failed"), ("PD_D1", "not_applicable")])
def test_a_blocking_gate_that_did_not_pass_refuses(project: Path, code: str, outcome: str) -> None:
    write_checks(project, **{code: outcome})
    line = register(load())
    assert code.replace("_", "-") in line
    assert (receipt()["version"], receipt()["alias"], receipt()["verdict"]) == (
        None,
        None,
        "refused",
    )
    assert Registry(URI, "demo").versions() == []


def test_a_gate_that_only_warns_or_may_decline_does_not_refuse(project: Path) -> None:
    write_checks(project, PD_D2="failed", PD_M1="not_applicable")
    register(load())
    assert receipt()["verdict"] == CHAMPION


def test_whoever_comes_after_the_first_waits_however_good_it_is(project: Path, book: Book) -> None:
    """Registering explores; an experiment and uncommitted code do not even push aside what waits."""
    write_model(project, book, trees=2)
    register(load())
    first = receipt()
    stand_in_git(project)
    write_model(project, book, trees=40)
    register(load())
    better = receipt()
    assert (better["version"], better["alias"], better["verdict"]) == ("2", CHALLENGER, CHALLENGER)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DVC_EXP_NAME", "grown-aunt")
        write_model(project, book, trees=60)
        register(load())
    tried = receipt()
    assert (tried["version"], tried["alias"], tried["verdict"]) == ("3", CANDIDATE, CANDIDATE)
    found = Registry(URI, "demo")
    waits = found.client.get_model_version(found.name, "3").tags["why"]
    assert waits.startswith("it comes from the DVC experiment grown-aunt; log loss −")
    assert found.alias_of("2") == CHALLENGER, "it still waits"
    write_model(project, book, trees=2)
    register(load())
    assert receipt() == first  # known by its digest, and champion still
    write_model(project, book, trees=60)
    register(load())  # the same model, now of committed code
    assert receipt() == {**tried, "alias": CHALLENGER, "verdict": CHALLENGER}
    assert champion_card(URI, "demo")["version"] == "1"  # type: ignore[index]


def test_an_experiment_is_not_champion_even_where_there_is_none(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("DVC_EXP_NAME", "grown-aunt")
        register(load())
    assert (receipt()["verdict"], champion_card(URI, "demo")) == (CANDIDATE, None)
    register(load())  # what an experiment tried, the pipeline makes as well
    assert (receipt()["version"], receipt()["verdict"]) == ("1", CHAMPION)
    assert str(project) not in Path("data/model/receipt.json").read_text()


class Killed(BaseException):
    """Stands for SIGKILL: nothing catches it, nothing is cleaned up but what the operating system would."""


@pytest.mark.parametrize(
    "at",
    [
        "create_model_version",
        "set_registered_model_tag",
        "set_registered_model_alias",
        "delete_registered_model_tag",
        "set_model_version_tag",
    ],
)
@pytest.mark.usefixtures("project")
def test_killed_anywhere_and_run_again_it_ends_the_same(
    registered: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(f"mlflow.MlflowClient.{at}", die)
        with pytest.raises(Killed):
            register(load())
    assert not Path("data/model/receipt.json").exists()
    register(load())
    assert (
        Path("data/model/receipt.json").read_bytes()
        == (registered / "data/model/receipt.json").read_bytes()
    )
    found = Registry(URI, "demo")
    assert [version.version for version in found.versions()] == [1]
    log = found.log.read()
    assert [(one.kind, one.champion) for one in log.decisions] == [("promoted", "1")]
    assert (found.crowned(), log.pending) == ("1", None)
    runs = found.client.search_runs(
        [found.client.get_experiment_by_name("bonitas-demo").experiment_id]
    )
    assert "RUNNING" not in {run.info.status for run in runs}


def test_an_altered_champion_is_not_used(registered: Path) -> None:
    with inside(registered):
        found = Registry(URI, "demo")
        folder = found.required_champion().folder / "artifacts" / "bundle"
        original = (folder / "calibrator.json").read_bytes()
        (folder / "calibrator.json").write_text('{"method": "offset", "intercept": -9}')
        try:
            with pytest.raises(BundleError, match="altered"):
                monitor(load())
        finally:
            (folder / "calibrator.json").write_bytes(original)


def test_a_registry_that_cannot_be_opened_is_a_readable_error(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("this is no database")
    with inside(tmp_path), pytest.raises(RegistryError, match="is no database"):
        Registry(URI, "demo")


@pytest.mark.long
def test_a_stage_speaks_of_nothing_but_itself(registered: Path, tmp_path: Path, book: Book) -> None:
    """MLflow's set-up, Alembic, progress bars and Git stay silent; one line on standard output."""
    make(tmp_path, book)
    shutil.copy(registered / "data/model/reasons.json", tmp_path / "data/model/reasons.json")
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pipelines", "register"],
        cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.stdout.startswith("register: bonitas-demo version 1: champion")
    assert len(done.stdout.splitlines()) == 1
    assert time.monotonic() - started < 60
    assert tmp_path != ROOT


@pytest.mark.long
@pytest.mark.parametrize(
    "stage",
    [
        "register",
        *(
            pytest.param(one, marks=pytest.mark.slow)
            for one in ("explain", "monitor", "recalibrate")
        ),
    ],
)
def test_mlflow_reports_nothing_to_its_makers(tmp_path: Path, stage: str) -> None:
    """It decides while it is imported, so the switch must be set before the stage's first import."""
    code = f"import pipelines.{stage}, mlflow.telemetry.client as client; print(client.get_telemetry_client())"
    silent = ("MLFLOW_DISABLE_TELEMETRY", "DO_NOT_TRACK")
    env = {name: value for name, value in environment(tmp_path).items() if name not in silent}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "None"

"""`bonitas compare` on versions, revisions, experiments and the folder; and each way of asking for what cannot be compared."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from contracts.documents.comparison import Comparison
from contracts.errors import BonitasError, ConfigError, RegistryError
from contracts.tables.derived import SCORED_TEST
from contracts.tables.store import read_table, write_table
from models.registry.registry import Registry
from models.registry.rows import ROWS, rows_of
from pipelines import paths
from pipelines.errands.compare import compare
from pipelines.explain import explain
from pipelines.register import register
from pipelines.settings import load
from tests.serve_project import URI, Book, inside, make

pytestmark = pytest.mark.long

DEMO = "configs/portfolios/demo.yaml"
AUTHOR = ("-c", "user.name=A", "-c", "user.email=a@example.com")


def git(*words: str) -> str:
    return subprocess.run(["git", *AUTHOR, *words], check=True, capture_output=True, text=True).stdout.strip()  # fmt: skip


def recorded(horizon: int = 12, portfolio: str = "demo", **default: Any) -> None:
    """Writes the test rows' record, as DVC would after a run, and keeps them in its cache."""
    content = paths.SCORED_TEST.read_bytes()
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    place = Path(".dvc/cache/files/md5") / md5[:2] / md5[2:]
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    config = {"default": {"preset": "irb_90dpd", **default}, "horizon_months": horizon}
    lock = {
        "schema": "2.0",
        "stages": {
            "label": {
                "cmd": "bonitas label",
                "params": {f"configs/portfolios/{portfolio}.yaml": config},
                "outs": [{"path": "data/interim/cohort.parquet", "hash": "md5", "md5": "0" * 32}],
            },
            "evaluate": {
                "cmd": "bonitas evaluate",
                "deps": [{"path": "data/interim/cohort.parquet", "hash": "md5", "md5": "0" * 32}],
                "outs": [{"path": str(paths.SCORED_TEST), "hash": "md5", "md5": md5}],
            },
        },
    }
    paths.LOCK.write_text(yaml.safe_dump(lock))


def changed(**columns: Any) -> None:
    """The test rows on disk with some columns replaced."""
    rows = read_table(paths.SCORED_TEST, SCORED_TEST)
    write_table(rows.assign(**columns), paths.SCORED_TEST, SCORED_TEST)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, book: Book) -> Path:
    """A project under git and DVC: version 1 and tag `first` with the model's rows; then `halved` with PDs by half; and others."""
    root = tmp_path_factory.mktemp("lab")
    make(root, book)
    with inside(root):
        explain(load())
        git("init", "-q", "-b", "main")
        subprocess.run(["dvc", "init", "--quiet"], check=True)
        Path(".gitignore").write_text("/data/\n/mlruns/\n/mlflow.db*\n/.dvc/cache/\n/.dvc/tmp/\n/reports/\n")  # fmt: skip
        git("add", ".")
        git("commit", "-qm", "no record yet")
        git("tag", "unrun")
        recorded()
        register(load())
        git("add", ".")
        git("commit", "-qm", "first")
        git("tag", "first")
        kept = paths.SCORED_TEST.read_bytes()
        for name, facts in (("quarter", {"horizon": 3}), ("sixty", {"days": 60}), ("firm", {"portfolio": "firm"})):  # fmt: skip
            recorded(**facts)
            git("commit", "-qam", name)
            git("tag", name)
        changed(pd=read_table(paths.SCORED_TEST, SCORED_TEST)["pd"] / 2)
        recorded()
        git("commit", "-qam", "halved")
        git("tag", "halved")
        changed(customer_id=[f"X{i:05d}" for i in range(len(read_table(paths.SCORED_TEST, SCORED_TEST)))])  # fmt: skip
        recorded()
        git("commit", "-qam", "strangers")
        git("tag", "strangers")
        paths.SCORED_TEST.write_bytes(kept)
        git("checkout", "-q", "first")  # a detached head
    return root


@pytest.fixture
def here(lab: Path) -> Any:
    with inside(lab):
        yield lab


@pytest.mark.usefixtures("here")
def test_a_version_is_compared_with_a_revision_and_nothing_in_the_folder_changes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = git("status", "--porcelain")
    assert compare(load(), ["champion", "halved", "workspace"]) == "reports/comparison.html, reports/comparison.json"  # fmt: skip
    assert git("status", "--porcelain") == before
    found = Comparison.read(paths.COMPARISON_JSON)
    assert [(one.kind, one.origin) for one in found.runs] == [
        ("version", "1"), ("revision", git("rev-parse", "halved")), ("workspace", ""),
    ]  # fmt: skip
    halved, workspace = found.pairs
    assert {one.ruling for one in workspace.differences} == {"same", None}
    area, loss = (next(o for o in halved.differences if o.measure == m) for m in ("roc_auc", "log_loss"))  # fmt: skip
    assert area.figure.value == 0.0
    rows = read_table(paths.SCORED_TEST, SCORED_TEST)
    bad, chance = rows["defaulted"].to_numpy(bool), rows["pd"].to_numpy()
    mean = np.mean(np.where(bad, np.log(2.0), np.log1p(-chance) - np.log1p(-chance / 2)))
    assert loss.figure.value == pytest.approx(mean, rel=1e-6)
    assert found.shared.rows == len(rows)
    assert halved.changed is not None
    assert halved.changed.data == ("data/scored/test.parquet",)
    shown = capsys.readouterr().out
    assert "halved less champion" in shown
    assert "the same answers" in shown
    assert "None of these differs from champion by the seed alone" in " ".join(shown.split())
    page = paths.COMPARISON_HTML.read_text()
    assert "http" not in page.split("</style>")[1]
    assert page.count('lang="zh-Hans"') > 50
    compare(load(), ["champion", "halved", "workspace"])
    assert paths.COMPARISON_HTML.read_text() == page


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["champion"], "Two or more"),
        (["first", "first"], "Two or more"),
        (["first", "halfed"], "Did you mean 'halved'"),
        (["first", "7"], "Unknown run '7'"),
        (["first", "rev:1"], "Unknown run '1'"),
        (["first", "unrun"], "holds no dvc.lock"),
        (["first", "quarter"], "their horizon_months differs"),
        (["first", "sixty"], "their default differs"),
        (["first", "firm"], "their portfolio differs"),
        (["first", "strangers"], "no row in common"),
    ],
)
def test_what_cannot_be_compared_is_said(names: list[str], says: str) -> None:
    with pytest.raises(BonitasError) as error:
        compare(load(), names)
    assert says in str(error.value)


@pytest.mark.usefixtures("here")
def test_a_branch_named_as_an_alias_must_be_told_apart() -> None:
    git("tag", "champion")
    try:
        with pytest.raises(ConfigError, match="is a version of the registry and a revision"):
            compare(load(), ["first", "champion"])
        compare(load(), ["version:champion", "rev:champion"])
    finally:
        git("tag", "-d", "champion")


def test_rows_that_were_touched_lost_or_never_kept_are_refused(lab: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(lab, copy)
    with inside(copy):
        registry = Registry(URI, "demo")
        (kept,) = copy.glob("mlruns/**/reports/test.parquet")
        assert read_table(rows_of(registry, "1", tmp_path), SCORED_TEST).equals(
            read_table(paths.SCORED_TEST, SCORED_TEST)
        )
        kept.write_bytes(kept.read_bytes() + b" ")
        with pytest.raises(RegistryError, match="not those it was registered with"):
            compare(load(), ["1", "first"])
        registry.client.delete_model_version_tag(registry.name, "1", ROWS)
        with pytest.raises(RegistryError, match="keeps no test rows"):
            compare(load(), ["1", "first"])
        shutil.rmtree(".dvc/cache")
        with pytest.raises(ConfigError, match="not in DVC's cache"):
            compare(load(), ["first", "halved"])
        changed(pd=0.5)
        with pytest.raises(ConfigError, match="not those that DVC recorded"):
            compare(load(), ["workspace", "halved"])


def test_a_project_without_commits_compares_versions(lab: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(lab, copy, ignore=shutil.ignore_patterns(".git"))
    with inside(copy):
        git("init", "-q")
        compare(load(), ["1", "workspace"])
        assert json.loads(paths.COMPARISON_JSON.read_text())["base"] == "1"
        with pytest.raises(ConfigError, match="Unknown run 'first'"):
            compare(load(), ["1", "first"])


def test_a_detached_head_is_compared_and_named_by_its_commit(lab: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(lab, copy)
    with inside(copy):
        at = git("rev-parse", "halved")
        git("checkout", "-q", "-f", "--detach", at)
        compare(load(), ["first", "HEAD"])
        found = Comparison.read(paths.COMPARISON_JSON)
        assert [(one.kind, one.origin) for one in found.runs] == [("revision", git("rev-parse", "first")), ("revision", at)]  # fmt: skip
        assert {one.ruling for one in found.pairs[0].differences} != {"same", None}


def test_a_project_without_git_compares_what_its_registry_and_folder_hold(
    book: Book, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `dvc init --no-scm` leaves it: there are no revisions, and a name that is none is told as elsewhere."""
    make(tmp_path / "plain", book)
    with inside(tmp_path / "plain"):
        explain(load())
        subprocess.run(["dvc", "init", "--quiet", "--no-scm"], check=True)
        recorded()
        register(load())
        compare(load(), ["1", "workspace"])
        assert "their PDs are equal" in capsys.readouterr().out
        with pytest.raises(ConfigError, match="Unknown run 'first'") as error:
            compare(load(), ["1", "first"])
        assert "workspace" in error.value.next_step

"""What a version was made from: committed code, changes, an experiment of DVC, or nothing that can be named."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pipelines.registered.origin import EXPERIMENT, origin

PARAMS = "portfolio: demo   # which\ntrain: {seed: 7}\n"


def git(*words: str) -> str:
    own = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"]
    done = subprocess.run(["git", *own, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def committed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project under git with one commit; the test stands in it."""
    for name in EXPERIMENT:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    for name, text in {"configs/params.yaml": PARAMS, "src/models/a.py": "A = 1\n", "dvc.lock": "{}\n"}.items():  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "first")
    return tmp_path


def test_a_committed_project_is_clean_and_names_its_commit(committed: Path) -> None:
    found = origin()
    assert (found.kind, found.detail, found.hindrance) == ("clean", git("rev-parse", "HEAD"), None)
    assert found.at.endswith("Z")
    # what a run writes, what is no part of a model, and which portfolio is worked on
    (committed / "dvc.lock").write_text("{a: 1}\n")
    (committed / "notes.md").write_text("x")
    (committed / "configs/params.yaml").write_text(PARAMS.replace("demo ", '"mine" '))
    assert origin().kind == "clean"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("src/models/a.py", "A = 2\n"),
        ("src/models/b.py", ""),
        ("configs/params.yaml", PARAMS.replace("seed: 7", "seed: 8")),
        ("configs/portfolios/mine.yaml", "title: Mine\n"),
        ("dvc.yaml", "stages: {}\n"),
    ],
)
def test_one_change_of_what_makes_a_model_is_named(committed: Path, file: str, text: str) -> None:
    (committed / file).parent.mkdir(parents=True, exist_ok=True)
    (committed / file).write_text(text)
    found = origin()
    assert (found.kind, found.detail) == ("dirty", file)
    assert found.hindrance == f"it comes from changes that are not committed: {file}"
    git("add", ".")
    assert origin().kind == "dirty", "staged is not committed"
    git("commit", "-qm", "now")
    assert origin().kind == "clean"


def test_a_file_that_is_gone_and_many_changes(committed: Path) -> None:
    (committed / "src/models/a.py").unlink()
    assert origin().detail == "src/models/a.py"
    for name in "bcde":
        (committed / f"src/models/{name}.py").write_text("")
    assert origin().detail == "src/models/a.py, src/models/b.py, src/models/c.py and 2 more"


def test_an_experiment_is_told_by_dvc_or_by_the_commit_that_is_checked_out(
    committed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("DVC_EXP_NAME", "grown-aunt")
        found = origin()
        assert (found.kind, found.detail) == ("experiment", "grown-aunt")
    base = git("rev-parse", "HEAD")
    (committed / "src/models/a.py").write_text("A = 3\n")
    git("commit", "-qam", "dvc: commit experiment")
    git("update-ref", f"refs/exps/{base[:2]}/{base[2:]}/tidy-owl", "HEAD")
    assert origin().kind == "clean", "a branch holds it"
    git("checkout", "-q", "--detach")
    git("branch", "-qf", "master", base)
    for branch in git("for-each-ref", "--format=%(refname:short)", "refs/heads").split():
        git("branch", "-qf", branch, base)
    assert (origin().kind, origin().detail) == ("experiment", "tidy-owl")


def test_without_git_or_a_commit_nothing_can_be_named(
    committed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    git("init", "-q")
    assert origin().kind == "unknown"
    monkeypatch.setenv("PATH", str(committed))
    assert origin().kind == "unknown"
    assert "not under git" in str(origin().hindrance)

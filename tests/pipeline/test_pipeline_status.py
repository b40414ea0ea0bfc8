"""What a change of code makes stale, asked of DVC itself: a sentence renders pages, upkeep reruns upkeep."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines import ROOT
from tests.closure import stages
from tests.pipeline.conftest import COPIED, Workspace


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A copy of the project in which every stage is up to date: each output is a stub, and DVC is told it is right."""
    folder = tmp_path_factory.mktemp("status")
    for name in COPIED:
        copied, place = ROOT / name, folder / name
        if copied.is_dir():
            shutil.copytree(copied, place, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))  # fmt: skip
        else:
            shutil.copy(copied, place)
    for named in ("outside/source.json", "outside/previous_delivery.json", "outside/champion.json"):
        _stub(folder / "data" / named)
    for stage in stages().values():
        for out in stage.get("outs", []) + stage.get("metrics", []):
            name = next(iter(out))
            _stub(folder / name if "." in Path(name).name else folder / name / "stub")
    workspace = Workspace(folder)
    workspace.call("dvc", "init", "--no-scm", "--quiet")
    workspace.call("dvc", "commit", "--force", "--quiet")
    return workspace


def _stub(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}\n", encoding="utf-8")


def stale(workspace: Workspace) -> set[str]:
    """The stages that `dvc status` names, but the one that every run begins with."""
    return set(json.loads(workspace.call("dvc", "status", "--json").stdout)) - {"outside"}


@pytest.fixture
def edited(settled: Workspace, request: pytest.FixtureRequest) -> Iterator[Workspace]:
    """The project with one file changed; afterwards it is as it was."""
    path = settled.folder / request.param
    before = path.read_bytes()
    path.write_bytes(before + b"\n")
    yield settled
    path.write_bytes(before)


PAGES = {name for name in stages() if name.startswith("report@")}


@pytest.mark.long
def test_nothing_is_stale_at_first(settled: Workspace) -> None:
    assert set(stages()) == set(settled.call("dvc", "stage", "list", "--name-only").stdout.split())
    assert stale(settled) == set()


@pytest.mark.long
@pytest.mark.parametrize(
    "edited",
    [
        "src/reports/templates/portfolio.html.j2",
        "src/reports/locale/zh/portfolio.po",
        "src/reports/frame/page.py",
    ],
    indirect=True,
)
def test_a_sentence_makes_pages_stale_and_nothing_else(edited: Workspace) -> None:
    assert stale(edited) == PAGES


@pytest.mark.long
@pytest.mark.parametrize("edited", ["src/reports/portfolio.py"], indirect=True)
def test_a_page_of_its_own_makes_itself_stale(edited: Workspace) -> None:
    assert stale(edited) == {"report@portfolio"}


@pytest.mark.long
@pytest.mark.parametrize("edited", ["src/models/upkeep/monitoring.py"], indirect=True)
def test_upkeep_makes_upkeep_stale(edited: Workspace) -> None:
    assert stale(edited) == {"monitor", "recalibrate"}

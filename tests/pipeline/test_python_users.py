"""What a data scientist reads runs: every notebook, and every snippet of docs/api.md, on a small world, writing nothing."""

from __future__ import annotations

import doctest
import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from bonitas import Portfolio
from pipelines import ROOT
from tests.pipeline.conftest import Workspace
from tests.serve_project import inside

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PAGE = (ROOT / "docs/api.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```(python|pycon)\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
SECONDS = 600  # on a busy machine; alone it is a tenth


def cells(notebook: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in found if cell["cell_type"] == "code"]


def written(folder: Path) -> dict[str, float]:
    """When each file of data, reports and configs was written last."""
    names = ("data", "reports", "configs", "mlruns")
    files = (path for name in names for path in (folder / name).rglob("*") if path.is_file())
    return {str(path): path.stat().st_mtime for path in files}


def run(notebook: Path, folder: Path) -> None:
    """In Jupyter's own way where it is installed (extra `dev`), else cell after cell in one interpreter."""
    environment = {**os.environ, "MPLBACKEND": "Agg", "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    if find_spec("nbclient") and find_spec("ipykernel"):
        code = (
            "import nbformat, sys; from nbclient import NotebookClient\n"
            "NotebookClient(nbformat.read(sys.argv[1], as_version=4), timeout=None).execute()"
        )
        command = [sys.executable, "-c", code, str(notebook)]
    else:
        command = [sys.executable, "-c", "\n".join("".join(one["source"]) for one in cells(notebook))]  # fmt: skip
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=SECONDS
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_holds_no_outputs(notebook: Path) -> None:
    """They would hold customers' names and amounts."""
    assert len(cells(notebook)) >= 3
    assert all((one["outputs"], one["execution_count"]) == ([], None) for one in cells(notebook))


def test_every_notebook_is_listed_and_every_listed_one_is_there() -> None:
    page = (ROOT / "notebooks/README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([\w.]+\.ipynb)`", page, flags=re.MULTILINE) == [one.name for one in NOTEBOOKS]  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_writes_nothing(notebook: Path, finished: Workspace) -> None:
    before = written(finished.folder)
    run(notebook, finished.folder)
    assert written(finished.folder) == before
    assert len(before) > 50


@pytest.mark.long
def test_every_snippet_of_the_page_runs(
    finished: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    """One after the other, as a reader would; what `>>>` shows is compared to the letter."""
    scope: dict[str, Any] = {}
    with inside(finished.folder):
        for kind, text in SNIPPETS:
            if kind == "python":
                exec(text, scope)  # noqa: S102 - the snippets of our own page
            else:
                example = doctest.DocTestParser().get_doctest(text, scope, "api.md", "api.md", 0)
                runner = doctest.DocTestRunner()
                runner.run(example, clear_globs=False)
                assert runner.summarize().failed == 0, capsys.readouterr().out
    assert len(SNIPPETS) > 8
    assert len(scope["scores"]["test_roc_auc"]) >= 1
    assert scope["model"].classes_.tolist() == [0, 1]
    assert scope["by_hand"].predict_proba(scope["few"]).shape == (len(scope["training"]), 2)
    assert scope["answers"]["reason_1"].notna().any()
    assert scope["explained"].shape == scope["riskier"].shape
    printed = capsys.readouterr().out
    assert re.search(r"^mine: AUC 0\.\d{3}, log loss 0\.\d{4}$", printed, flags=re.MULTILINE)


@pytest.mark.long
def test_truth_is_that_of_the_world(finished: Workspace) -> None:
    demo = Portfolio("demo", finished.folder)
    truth = demo.truth()
    rows = demo.labels()["defaulted"].dropna().astype(float)
    known = truth.reindex(rows.index).dropna()
    assert len(known) > 0.99 * len(rows)
    assert known.between(0, 1).all()
    assert known[rows == 1].mean() > 3 * known[rows == 0].mean()

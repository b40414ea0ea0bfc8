"""A newcomer's first day: the first model misses a gate. The run ends well, says why, and no page passes for more than it is."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.pipeline.conftest import Workspace


@pytest.fixture
def refused(finished: Workspace, tmp_path: Path) -> Workspace:
    """A copy of the finished project without its registry, whose gate of discrimination no model can pass."""
    folder = tmp_path / "refused"
    shutil.copytree(finished.folder, folder, symlinks=True)
    for made in ("mlflow.db", "mlruns", "data/outside/champion.json", "reports/monitoring.json"):
        path = folder / made
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    workspace = Workspace(folder)
    workspace.set("configs/gates.yaml", r"threshold: 0\.60", "threshold: 0.999")
    return workspace


@pytest.mark.slow
def test_a_first_model_that_is_refused_ends_the_run_well(refused: Workspace) -> None:
    # the recipe of `make run`, with the tools of this environment and without installing anything
    done = refused.make("run", "PORTFOLIO=demo")

    assert "verdict refused" in done.stdout
    assert "PD-D1" in done.stdout
    assert "there is no champion, so nothing to keep up" in done.stdout
    assert "reports/portfolio.html" in done.stdout
    assert "reports/monitoring.html" not in done.stdout.split("Open in a browser")[1]
    assert not (refused.folder / "reports/monitoring.json").exists()
    receipt = json.loads((refused.folder / "data/model/receipt.json").read_text())
    assert receipt["version"] is None
    for page in ("portfolio", "explanations", "validation_model"):
        text = (refused.folder / f"reports/{page}.html").read_text()
        banner = text.index('<section class="verdict bad">')
        assert banner < text.index("<h2>"), "it stands before anything else"
        assert "PD-D1" in text[banner : text.index("</section>", banner)]

"""`docs/how-to/page.md`, followed to the letter in a copy of the project: the page is found, held to its words, and rendered."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from contracts.documents.metrics import Measured, Metrics, Premium
from pipelines import ROOT

PAGE = (ROOT / "docs/how-to/page.md").read_text(encoding="utf-8")
STEPS = re.findall(r"(?ms)^`([\w./-]+)`(?:, below `([^`]+)`)?\n\n```\w+\n(.*?)^```$", PAGE)
COMMANDS = re.findall(r"(?ms)^```sh\n(.*?)^```$", PAGE)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with what the page says to write."""
    root = tmp_path_factory.mktemp("page")
    for name in ("src", "pipelines", "configs", "tests"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))  # fmt: skip
    for name in ("pyproject.toml", "dvc.yaml"):
        shutil.copy(ROOT / name, root)
    for file, below, text in STEPS:
        path = root / file
        if below:
            before = path.read_text(encoding="utf-8")
            assert before.count(f"{below}\n") == 1
            path.write_text(before.replace(f"{below}\n", f"{below}\n{text}"), encoding="utf-8")
        else:
            assert not path.exists()
            path.write_text(text, encoding="utf-8")
    return root


def run(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A command in the copy, with the copy's code."""
    environment = {"PYTHONPATH": f"{root / 'src'}:{root}", "PATH": os.environ["PATH"]}
    return subprocess.run([sys.executable, *command], cwd=root, env=environment, capture_output=True, text=True, check=False)  # fmt: skip


def test_a_page_takes_four_files() -> None:
    assert [file for file, _, _ in STEPS] == [
        "src/reports/headline.py",
        "src/reports/templates/headline.html.j2",
        "src/reports/locale/zh/headline.po",
        "dvc.yaml",
    ]


@pytest.mark.long
def test_the_commands_of_the_page_pass(project: Path) -> None:
    (command,) = COMMANDS
    words = command.split()
    assert words[0] == "python"
    done = run(project, *words[1:], "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_says_the_figures_of_its_document(project: Path) -> None:
    test = dict.fromkeys(Measured.model_fields, 0.5) | {"roc_auc_ci": None, "roc_auc": 0.8123}
    measured = Measured.model_validate(test | {"n": 1200, "defaults": 1, "mean_pd": 0.02338})
    premium = Premium(gini=None, gini_ci=None)
    metrics = Metrics(
        portfolio="demo",
        test=measured,
        baseline=measured,
        complexity_premium=premium,
        two_by_two={},
    )
    metrics.write(project / "reports/metrics.json")
    done = run(project, "-c", "from reports.pages import page, pages; assert 'headline' in pages(); page('headline').write()")  # fmt: skip
    assert done.returncode == 0, done.stderr
    html = (project / "reports/headline.html").read_text(encoding="utf-8")
    assert "Tested on 1,200 observations, 1 default among them." in html
    assert "在1,200个样本上检验，其中1次违约。" in html
    assert "ROC AUC 0.812; expected default rate 2.34%." in html

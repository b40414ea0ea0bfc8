"""One command line: every stage is a command, help is quick, mistakes are told all at once, the project one stands in is what runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from contracts.errors import ConfigError
from pipelines import ROOT, settings
from pipelines.cli import STAGES, app


def test_every_stage_of_the_flow_is_a_command_and_nothing_else_runs_it() -> None:
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    for name, stage in stages.items():
        command = stage.get("do", stage)["cmd"]
        assert command.split()[:2] == ["bonitas", name], command
    assert set(STAGES) | {"report"} == set(stages)


def test_help_names_every_command_with_what_it_does() -> None:
    shown = CliRunner().invoke(app, ["--help"])
    assert shown.exit_code == 0
    for name in (
        *STAGES,
        "choose",
        "customer",
        "decide",
        "demote",
        "history",
        "look",
        "promote",
        "land",
        "search",
        "soil",
        "summary",
    ):
        assert name in shown.output
        own = CliRunner().invoke(app, [name, "--help"])
        assert own.exit_code == 0, own.output


def test_help_imports_no_heavy_library() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from pipelines.cli import app; "
        "CliRunner().invoke(app, ['--help']); "
        "print(sorted({'mlflow', 'lightgbm', 'pandas', 'ibis', 'duckdb', 'shap'} & set(sys.modules)))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "[]"


def test_no_stage_imports_what_only_another_one_uses() -> None:
    """optbinning fits scorecards, MLflow is the registry, DVC is asked for revisions: each takes seconds to import."""
    code = (
        "import sys; import pipelines.errands.customer, pipelines.evaluate, pipelines.explain, pipelines.describe, pipelines.rate; "
        "print(sorted({'mlflow', 'optbinning', 'matplotlib', 'altair'} & set(sys.modules))); "
        "import pipelines.errands.decide; print(sorted({'mlflow', 'optbinning', 'dvc'} & set(sys.modules)))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert shown.stdout.split("\n")[:2] == ["[]", "['mlflow']"]


def copied(to: Path) -> Path:
    """A project with configs and the command line of its own."""
    for name in ("pipelines", "configs"):
        shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("__pycache__"))
    (to / "src").symlink_to(ROOT / "src")
    return to


def test_the_project_one_stands_in_is_what_runs(tmp_path: Path) -> None:
    """A copied project has its own code, though `bonitas` is installed from the one it was copied from."""
    other = copied(tmp_path)
    cli = other / "pipelines" / "errands" / "choose.py"
    cli.write_text(
        '"""Another."""\ndef choose(name: str) -> None:\n    print("of the copy", name)\n'
    )
    script = tmp_path / "elsewhere" / "bonitas"
    script.parent.mkdir()
    script.write_text("from pipelines.launched import main\nmain()\n")
    shown = subprocess.run(
        [sys.executable, str(script), "choose", "demo"],
        cwd=other,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.stdout == "of the copy demo\n", shown.stderr


def test_all_mistakes_of_all_config_files_are_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = copied(tmp_path)
    params = project / "configs" / "params.yaml"
    text = params.read_text(encoding="utf-8")
    assert text.count("max_depth: ") == 1
    params.write_text(text.replace("max_depth: ", "max_depht: ").replace("lgd: 0.45", "lgd: 45"))
    portfolio = project / "configs" / "portfolios" / "demo.yaml"
    portfolio.write_text(portfolio.read_text().replace("horizon_months: 12", "horizon_months: 0"))
    monkeypatch.chdir(project)
    with pytest.raises(ConfigError) as caught:
        settings.load()
    told = str(caught.value)
    assert told.startswith("3 mistakes.")
    assert "Unknown key 'max_depht'" in told
    assert "configs/params.yaml > rate.lgd" in told
    assert "configs/portfolios/demo.yaml > horizon_months" in told


def test_a_misspelt_key_is_not_also_a_missing_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = copied(tmp_path)
    portfolio = project / "configs" / "portfolios" / "demo.yaml"
    portfolio.write_text(portfolio.read_text().replace("complete_until:", "complete_untill:"))
    monkeypatch.chdir(project)
    with pytest.raises(ConfigError) as caught:
        settings.load()
    assert str(caught.value).count("where:") == 1

"""A variable that a target does not read is refused, and not passed over."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from pipelines import ROOT


def planned(folder: Path, *words: str, **given: str) -> subprocess.CompletedProcess[str]:
    """What make would do, asked as a person asks it."""
    shutil.copy(ROOT / "Makefile", folder / "Makefile")
    for name in ("requirements.lock", "pyproject.toml", ".venv/.installed"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    outside = {name: value for name, value in os.environ.items() if name not in {"MAKELEVEL", "MAKEFLAGS", "MFLAGS", "PORTFOLIO"}} | given  # fmt: skip
    return subprocess.run(["make", "-n", *words], cwd=folder, env=outside, capture_output=True, text=True, check=False)  # fmt: skip


@pytest.mark.parametrize(
    ("words", "unread"),
    [
        (["run", "PORTFOLI=mine"], "PORTFOLI"),
        (["run", "portfolio=mine"], "portfolio"),
        (["retrain", "PORTFOLIO=mine"], "PORTFOLIO"),
        (["upkeep", "PORTFOLIO=mine"], "PORTFOLIO"),
        (["customer", "ID=C 1", "PORTFOLIO=mine"], "PORTFOLIO"),
        (["soil", "FAULT=paid_twice", "SHARES=0.1"], "SHARES"),
    ],
)
def test_a_variable_that_nothing_reads_stops_make(tmp_path: Path, words: list[str], unread: str) -> None:  # fmt: skip
    done = planned(tmp_path, *words)
    assert done.returncode == 2
    assert f"make {words[0]} reads no {unread}. It reads: PYTHON" in done.stderr
    assert not done.stdout


@pytest.mark.parametrize(
    ("words", "does"),
    [
        (["run", "PORTFOLIO=mine"], "bonitas choose mine"),
        (["demo"], "bonitas choose demo"),
        (["customer", "ID=C 1"], 'bonitas customer "C 1"'),
        (["land", "PORTFOLIO=mine", "DATE=2025-01-31"], "bonitas land --portfolio=mine --date=2025-01-31"),
        (["soil", "FAULT=paid_twice", "SHARE=0.1", "PYTHON=python3"], "bonitas soil paid_twice --share=0.1"),
    ],
)  # fmt: skip
def test_a_variable_that_is_read_does_what_it_says(tmp_path: Path, words: list[str], does: str) -> None:  # fmt: skip
    done = planned(tmp_path, *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert does in done.stdout


@pytest.mark.parametrize("goal", ["demo", "retrain", "upkeep", "soil"])
def test_a_portfolio_of_the_environment_is_not_passed_over(tmp_path: Path, goal: str) -> None:
    """`PORTFOLIO=mine make retrain` would have worked on the portfolio of configs/params.yaml."""
    done = planned(tmp_path, goal, PORTFOLIO="mine")
    assert done.returncode == 2
    assert f"make {goal} reads no PORTFOLIO" in done.stderr


def test_a_portfolio_of_the_environment_is_read_where_it_counts_and_stops_nothing_else(tmp_path: Path) -> None:  # fmt: skip
    assert "bonitas choose mine" in planned(tmp_path, "run", PORTFOLIO="mine").stdout
    assert planned(tmp_path, "lint", PORTFOLIO="mine").returncode == 0

"""`docs/how-to/gate.md`, followed to the letter in a copy of the project: the gate is found, said, tested, and configured."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines import ROOT

PAGE = (ROOT / "docs" / "how-to" / "gate.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
FILES = re.findall(r"(?m)^`(src/[\w./-]+)`$", PAGE)
TESTS = "tests/unit/models/gates/test_gates.py"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with what the page says to write."""
    root = tmp_path_factory.mktemp("project")
    for name in ("src", "pipelines", "configs", "tests"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", root)
    texts = [text for kind, text in BLOCKS if kind in {"python", "po"}]
    for file, text in zip(FILES, texts[: len(FILES)], strict=True):
        with (root / file).open("a", encoding="utf-8") as target:
            target.write(text)
    return root


def run(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": f"{root / 'src'}:{root}", "PATH": os.environ["PATH"]}
    words = [sys.executable, *command]
    return subprocess.run(words, cwd=root, env=environment, capture_output=True, text=True, check=False)  # fmt: skip


def test_three_files_and_the_tests_are_all_it_takes() -> None:
    assert len(FILES) == 3
    assert not (ROOT / FILES[0]).exists()


@pytest.mark.long
def test_the_page_is_followed_to_the_letter(copy: Path) -> None:
    command = next(text for kind, text in BLOCKS if kind == "sh").split()
    assert command[0] == "python"
    forgotten = run(copy, *command[1:], "-p", "no:cacheprovider", "-k", "every_declared_gate")
    assert forgotten.returncode == 1, forgotten.stdout
    assert "PD-E1" in forgotten.stdout
    tests = copy / TESTS
    written = tests.read_text(encoding="utf-8")
    cases = [text for kind, text in BLOCKS if kind == "python"][1:]
    for name, case in zip(("FIRES", "DECLINES"), cases, strict=True):
        head = f"{name}: dict[str, dict[str, Any]] = {{\n"
        assert head in written
        written = written.replace(head, head + case)
    # the project's own file of overrides does not name the new gate: its defaults count
    tests.write_text(written, encoding="utf-8")
    done = run(copy, *command[1:], "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.long
def test_the_override_of_the_page_counts(copy: Path) -> None:
    override = next(text for kind, text in BLOCKS if kind == "yaml")
    with (copy / "configs" / "gates.yaml").open("a", encoding="utf-8") as file:
        file.write(override)
    told = run(
        copy,
        "-c",
        "from pipelines.configured.gates import load_gates; print(load_gates()['PD-E1'])",
    )
    assert told.stdout.strip() == "threshold=0.02 blocks=False not_applicable_blocks=True waiver=None"  # fmt: skip

"""A how-to is followed to the letter: its changes are made to a copy of the project, its commands are run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines import ROOT

pytestmark = pytest.mark.long

COPIED = ("src", "pipelines", "tests", "configs", "docs", "pyproject.toml", "Makefile")
STEP = re.compile(
    r"^`(?P<path>[\w./-]+)`, (?P<how>at the end|below|in place of)(?: `(?P<line>[^`]+)`)?"
    r"(?:, the first after `(?P<after>[^`]+)`)?:\n```python\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


def changed(text: str, how: str, line: str | None, after: str | None, new: str) -> str:
    """The file's text with the step's lines in it. A line the page names must be there."""
    if how == "at the end":
        return text + new
    start = text.index(after) if after else 0
    place = text.index(f"\n{line}\n", start) + 1
    end = place + len(f"{line}\n")
    return text[: end if how == "below" else place] + new + text[end:]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what a step may change and a command may read."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("*.egg-info", "*.pyc.*")
            shutil.copytree(source, tmp_path / name, ignore=ignored)
        else:
            shutil.copy(source, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize(
    "page", ["rule.md", "source.md", pytest.param("feature.md", marks=pytest.mark.slow)]
)
def test_the_page_can_be_followed(page: str, project: Path) -> None:
    text = (ROOT / "docs/how-to" / page).read_text("utf-8")
    steps = list(STEP.finditer(text))
    assert len(steps) == text.count("```python")
    touched = set()
    for step in steps:
        path = project / step["path"]
        touched.add(step["path"])
        path.write_text(
            changed(
                path.read_text("utf-8") if path.exists() else "",  # a file may be new
                step["how"],
                step["line"],
                step["after"],
                step["text"],
            ),
            encoding="utf-8",
        )
    # at most two files of code: the declaration, and what shows that it works
    assert sum(path.startswith("src/") for path in touched) <= 2
    bin_ = str(Path(sys.executable).parent)
    environment = {
        **os.environ,
        "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": f"{project / 'src'}{os.pathsep}{project}",
    }
    commands = re.findall(r"^```sh\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    assert commands
    for line in "".join(commands).splitlines():
        done = subprocess.run(
            ["sh", "-c", line], cwd=project, env=environment, capture_output=True, text=True, check=False
        )  # fmt: skip
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"


def test_a_change_lands_where_the_page_says() -> None:
    text = "a\n    x\nb\n    x\nc\n"
    assert changed(text, "at the end", None, None, "d\n") == "a\n    x\nb\n    x\nc\nd\n"
    assert changed(text, "below", "    x", None, "new\n") == "a\n    x\nnew\nb\n    x\nc\n"
    assert changed(text, "below", "    x", "b", "new\n") == "a\n    x\nb\n    x\nnew\nc\n"
    assert changed(text, "in place of", "    x", "b", "new\n") == "a\n    x\nb\nnew\nc\n"
    with pytest.raises(ValueError, match="not found"):
        changed(text, "below", "gone", None, "new\n")

"""Statistics return codes and numbers: no sentence and no Chinese stands in the code of gates and validation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines import SRC

FILES = sorted(path for room in ("models/gates", "models/validation") for path in (SRC / room).rglob("*.py"))  # fmt: skip
PAGE = sorted((SRC / "reports" / "model").glob("*.py"))
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
SENTENCE = re.compile(r"[A-Za-z]+ [a-z]+ ")


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Every text of a module with its line; docstrings, and what the command line says, are left out.

    That is what an error says to a developer or a user, and the question a `Page` answers, for the list that ends a run.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    left_out: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) or (
            isinstance(node, ast.FunctionDef) and node.name == "__str__"
        ):
            left_out.update(id(inner) for inner in ast.walk(node))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Page":
            left_out.update(id(answers) for answers in node.args[3:4])
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            left_out.add(id(node.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left_out:  # fmt: skip
            yield node.lineno, node.value


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SRC)))
def test_no_sentence_stands_in_the_statistics(path: Path) -> None:
    assert not CHINESE.search(path.read_text(encoding="utf-8"))
    assert [(line, text) for line, text in texts(path) if SENTENCE.search(text)] == []


@pytest.mark.parametrize("path", PAGE, ids=lambda path: path.name)
def test_the_pages_code_takes_its_words_from_the_catalogues(path: Path) -> None:
    assert [(line, text) for line, text in texts(path) if CHINESE.search(text) or SENTENCE.search(text)] == []  # fmt: skip


def test_the_rooms_are_looked_at() -> None:
    assert len(FILES) > 35
    assert len(PAGE) > 7

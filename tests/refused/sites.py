"""Every place of the code that makes an error for users, and what the page of refusals holds of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines import ROOT

BEYOND = "## Said where more is needed to come about"
"""Heading of the page's last part, which is made of the code and shows no run."""
KIND = re.compile(r"[A-Z]\w*Error")
LEAST = 12
"""Letters of a message that stand still; one with fewer is made of what it was given, and says nothing by itself."""


@dataclass(frozen=True, slots=True)
class Site:
    """A message that the code makes, with what varies in it left out."""

    place: str
    said: str
    pattern: re.Pattern[str]
    advice: str = ""
    """What it says to do; empty where that is made of what it was given."""


def sites() -> Iterator[Site]:
    """All of them, in the order of the files."""
    kinds = frozenset(_kinds())
    for folder in ("pipelines", "src"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield from _of_file(path, kinds)


def unlisted(page: str) -> list[Site]:
    """Those that no row of the page shows."""
    text = page.partition(BEYOND)[0].replace("\\|", "|").replace("&lt;", "<")
    return [one for one in sites() if not one.pattern.search(text)]


def _kinds() -> Iterator[str]:
    """The names of BonitasError and all that is derived from it, wherever they are written."""
    known = {"BonitasError"}
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "src").rglob("*.py") if "Error" in path.read_text(encoding="utf-8")]  # fmt: skip
    classes = [one for tree in trees for one in ast.walk(tree) if isinstance(one, ast.ClassDef)]
    while more := {one.name for one in classes if {ast.unparse(base) for base in one.bases} & known} - known:  # fmt: skip
        known |= more
    yield from known


def _of_file(path: Path, kinds: frozenset[str]) -> Iterator[Site]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named_here = {
        ast.unparse(one.targets[0]): one.value for one in tree.body if isinstance(one, ast.Assign)
    }
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or not call.args:
            continue
        made, _, named = ast.unparse(call.func).partition(".")
        place = f"{path.relative_to(ROOT)}:{call.lineno}"
        if made in kinds and named == "from_unknown":
            yield from _site(place, ast.JoinedStr([ast.Constant("Unknown "), *_parts(call.args[0]), ast.Constant(" '")]), "")  # fmt: skip
        elif made in kinds and not named:
            step = next((one.value for one in call.keywords if one.arg == "next_step"), None)
            step = named_here.get(step.id) if isinstance(step, ast.Name) else step
            yield from _site(place, call.args[0], "" if step is None else _still(step))


def _site(place: str, node: ast.expr, advice: str) -> Iterator[Site]:
    if isinstance(node, ast.IfExp):
        yield from (*_site(place, node.body, advice), *_site(place, node.orelse, advice))
        return
    said = _still(node)
    if len(said.replace("*", "")) >= LEAST:
        pattern = ".*?".join(re.escape(one) for one in said.split("*"))
        yield Site(
            place, said, re.compile(pattern), "" if len(advice.replace("*", "")) < LEAST else advice
        )


def _still(node: ast.expr) -> str:
    """What stands still of a text; `*` for what varies."""
    if isinstance(node, ast.IfExp):
        return " / ".join(dict.fromkeys((_still(node.body), _still(node.orelse))))
    parts = [one.value if isinstance(one, ast.Constant) else None for one in _parts(node)]
    return "".join("*" if one is None else str(one) for one in parts)


def _parts(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.JoinedStr):
        return list(node.values)
    if isinstance(node, ast.BinOp):
        return [*_parts(node.left), *_parts(node.right)]
    return [node]

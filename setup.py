"""How a wheel is laid out: every room within the package `bonitas`, so that `import models` never finds ours.

In the repository `src/` is an import root (`from models.gates import ...`), and an editable install keeps it so. A wheel lands in
an environment that is shared with other projects; there the rooms lie in `bonitas/_rooms/`, and their imports of each other say
so. Everything else about the build is in `pyproject.toml`.
"""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

ROOF = "bonitas"
HOME = f"{ROOF}._rooms"
ROOMS = ("pipelines", "contracts", "sources", "quality", "world", "features", "models", "decisions", "reports")  # fmt: skip
BY_NAME = ("import_module", "walk_packages", "iter_modules", "find_spec")
"""Calls that take the name of a module as a text."""
Edit = tuple[int, int, bytes]
"""From, until, and what comes in place of these bytes."""


def moved(text: str) -> str:
    r"""A module's text with every import of a room said from its new home.

    Raises:
        SyntaxError: an import that would bind another name there.

    >>> print(moved("import pipelines\nfrom models.base import data\nx = import_module(f'models.{name}')  # models.base"))
    import bonitas._rooms.pipelines as pipelines
    from bonitas._rooms.models.base import data
    x = import_module(f'bonitas._rooms.models.{name}')  # models.base
    """
    source = text.encode("utf-8")
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    edits: list[Edit] = []
    for node in ast.walk(ast.parse(text)):
        at = starts[node.lineno - 1] + node.col_offset if hasattr(node, "lineno") else 0
        if isinstance(node, ast.ImportFrom) and not node.level and _is_room(node.module or ""):
            edits.append(_before(source, at, rb"from\s+"))
        elif isinstance(node, ast.Import):
            edits += [edit for one in node.names for edit in _imported(one, starts)]
        elif isinstance(node, ast.Call) and _name(node.func) in BY_NAME:
            edits += [
                _before(source, starts[one.lineno - 1] + one.col_offset, rb"[rRbBfF]*(\"\"\"|'''|\"|')")
                for one in node.args
                if _is_room(_text(one))
            ]  # fmt: skip
    for start, end, new in sorted(edits, reverse=True):
        source = source[:start] + new + source[end:]
    return source.decode("utf-8")


def _is_room(module: str) -> bool:
    return module.partition(".")[0] in ROOMS


def _before(source: bytes, at: int, opening: bytes) -> Edit:
    """The home, put where the module's name begins."""
    found = re.compile(opening).match(source, at)
    if found is None:
        raise SyntaxError(f"no module's name where one was expected: {source[at : at + 60]!r}")
    return found.end(), found.end(), f"{HOME}.".encode()


def _imported(one: ast.alias, starts: list[int]) -> Iterator[Edit]:
    if not _is_room(one.name):
        return
    if "." in one.name and one.asname is None:
        raise SyntaxError(f"'import {one.name}' binds the room's name: write 'from ... import ...'")
    at = starts[one.lineno - 1] + one.col_offset
    yield at, at, f"{HOME}.".encode()
    if one.asname is None:
        end = at + len(one.name.encode())
        yield end, end, f" as {one.name}".encode()


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _text(value: ast.expr) -> str:
    """The text, or how a formatted one begins; nothing for any other value."""
    if isinstance(value, ast.JoinedStr) and value.values:
        return _text(value.values[0])
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""


class UnderOneRoof(build_py):
    """Builds the packages; for a wheel it moves the rooms into `bonitas`."""

    def run(self) -> None:
        """Moves nothing for an editable install, which imports from the repository."""
        if self.editable_mode:
            super().run()
            return
        built = Path(self.build_lib)
        shutil.rmtree(built, ignore_errors=True)  # what an earlier build left would get in
        super().run()
        home = built.joinpath(*HOME.split("."))
        home.mkdir()
        (home / "__init__.py").write_text(
            '"""The rooms that the Python API stands on."""\n', "utf-8"
        )
        for room in ROOMS:
            shutil.move(built / room, home / room)
        for path in sorted(built.rglob("*.py")):
            path.write_text(moved(path.read_text("utf-8")), "utf-8")


class NamedAsBuilt(bdist_wheel):
    """A wheel that says which package it brings: one."""

    def egg2dist(self, egginfo_path: str, distinfo_path: str) -> None:
        """As setuptools does, but for `top_level.txt`, which it fills with the packages of the repository."""
        super().egg2dist(egginfo_path, distinfo_path)
        Path(distinfo_path, "top_level.txt").write_text(f"{ROOF}\n", "utf-8")


if __name__ == "__main__":
    setup(cmdclass={"build_py": UnderOneRoof, "bdist_wheel": NamedAsBuilt})

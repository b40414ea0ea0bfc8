"""The house keeps its measures: short files, short bodies, few parameters, docstrings. This test reads the code.

Types are mypy's (strict), layers import-linter's, parameters and complexity ruff's too; here is what they cannot say.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines import ROOMS, ROOT
from tests.closure import graph

MAX_LINES = 300
MAX_BODY = 40
MAX_PARAMETERS = 6
BOUND = re.compile(r"_?(FEWEST|LEAST|SMALLEST|MOST|LARGEST)(_|$)")
"""A bound is called MIN_ or MAX_, as everybody calls it."""
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
FILES = sorted(path for folder in ("src", "pipelines") for path in (ROOT / folder).rglob("*.py"))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function, nested ones and methods too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def public(tree: ast.Module | ast.ClassDef) -> Iterator[Definition]:
    """What others may call: functions and classes of a module, methods of its public classes."""
    for node in tree.body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node)


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from the first statement to the last, without the docstring."""
    statements = function.body[1:] if ast.get_docstring(function) else function.body
    return statements[-1].end_lineno - statements[0].lineno + 1 if statements else 0  # type: ignore[operator]


def n_parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """What a caller may pass: `self` and `cls` are not counted, `*args` and `**kwargs` are one each."""
    named = function.args
    every = [*named.posonlyargs, *named.args, *named.kwonlyargs, named.vararg, named.kwarg]
    return sum(one is not None and one.arg not in {"self", "cls"} for one in every)


def is_command(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether it declares a command: its parameters are a command line's options, which nobody passes by place."""
    return any(
        isinstance(one, ast.Call) and ast.unparse(one.func) == "app.command"
        for one in function.decorator_list
    )


def faults(text: str) -> list[str]:
    """What breaks the measures in a file's text."""
    tree = ast.parse(text)
    found = []
    if len(text.splitlines()) > MAX_LINES:
        found.append(f"{len(text.splitlines())} lines, at most {MAX_LINES}: split the idea")
    if not ast.get_docstring(tree):
        found.append("no docstring says what the file is about")
    for function in functions(tree):
        if body_lines(function) > MAX_BODY:
            found.append(
                f"{function.name}: body of {body_lines(function)} lines, at most {MAX_BODY}"
            )
        if n_parameters(function) > MAX_PARAMETERS and not is_command(function):
            found.append(
                f"{function.name}: {n_parameters(function)} parameters, at most {MAX_PARAMETERS}"
            )
    stored = [one for one in ast.walk(tree) if isinstance(one, ast.Name) and BOUND.match(one.id)]
    found += [f"{one.id}: a bound is MIN_ or MAX_" for one in stored if isinstance(one.ctx, ast.Store)]  # fmt: skip
    found += [f"{node.name}: no docstring" for node in public(tree) if not ast.get_docstring(node)]
    return found


def test_every_file_keeps_the_measures() -> None:
    broken = {str(path.relative_to(ROOT)): faults(path.read_text("utf-8")) for path in FILES}
    assert len(broken) > 200, "the code is not where this test looks"
    assert {path: found for path, found in broken.items() if found} == {}


def test_every_package_says_what_it_is() -> None:
    """A folder with code has an `__init__.py`; that it has a docstring, the test above sees."""
    folders = {path.parent for path in FILES} - {ROOT / "src"}
    assert {str(folder) for folder in folders if not (folder / "__init__.py").exists()} == set()


def _body(n: int) -> str:
    lines = "\n".join(f"    a{number} = {number}" for number in range(n))
    return f'"""A file."""\n\n\ndef long() -> None:\n    """Long."""\n{lines}\n'


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('"""A."""\n' + "\n" * 300, "301 lines"),
        ("X = 1\n", "no docstring says"),
        (_body(41), "long: body of 41 lines"),
        ('"""A."""\n\n\ndef f(a, b, c, d, e, g, *h):\n    """F."""\n', "f: 7 parameters"),
        ('"""A."""\n\n\n@app.other("f")\ndef _f(a, b, c, d, e, g, h): ...\n', "_f: 7 parameters"),
        ('"""A."""\n\n\nclass A:\n    """A."""\n\n    def b(self): ...\n', "b: no docstring"),
        ('"""A."""\n\n\nclass A:\n    x = 1\n', "A: no docstring"),
        ('"""A."""\n\n\nasync def a(): ...\n', "a: no docstring"),
        ('"""A."""\n_N, FEWEST_ROWS = 1, 2\n', "FEWEST_ROWS: a bound is MIN_ or MAX_"),
    ],
)  # fmt: skip
def test_each_measure_is_taken(text: str, fault: str) -> None:
    (found,) = faults(text)
    assert found.startswith(fault)


@pytest.mark.parametrize(
    "text",
    [
        '"""A."""\n' + "\n" * 299,
        _body(40),
        '"""A."""\nMIN_ROWS = ALMOST = MOSTLY = 1\n',
        '"""A."""\n\n\nclass A:\n    """A."""\n\n    def _b(self, c, d, e, f, g, h): ...\n',
        '"""A."""\n\n\n@app.command("f")\ndef _f(a, b, c, d, e, g, h): ...\n',
        '"""A."""\n\n\nclass _A:\n    def b(self): ...\n',
        '"""A."""\n\n\ndef a():\n    """A."""\n    def inner(): ...\n',
    ],
)
def test_what_is_just_within_passes(text: str) -> None:
    assert faults(text) == []


def test_rooms_never_import_each_other() -> None:
    """As `lint-imports`, said in one line: a module of a room imports its own room and the floor."""
    rooms = {room for room in ROOMS if room != "contracts"}
    strays = [
        f"{module} -> {imported}"
        for module in graph().modules
        for imported in graph().find_modules_directly_imported_by(module)
        if (room := module.partition(".")[0]) in ROOMS
        if imported.partition(".")[0]
        not in ({room, "contracts"} if room in rooms else {"contracts"})
    ]
    assert len(graph().modules) > 200
    assert strays == []


def test_one_file_holds_one_room() -> None:
    """A module and a package of one name would shadow each other."""
    assert [path for path in FILES if path.with_suffix("").is_dir()] == []


def test_no_room_is_a_single_floor_again() -> None:
    """`src/models` was 69 files on one floor: a folder holds at most 30 files."""
    counts: dict[Path, int] = {}
    for path in FILES:
        counts[path.parent] = counts.get(path.parent, 0) + 1
    crowded = {str(folder): n for folder, n in counts.items() if n > 30}
    assert crowded == {}

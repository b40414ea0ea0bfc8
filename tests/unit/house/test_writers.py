"""Whatever is written to disk is written whole, and every writer is put through a failing disk.

A new function that writes whole must come into `tests/writers.py`; one that writes in another way fails here, or stands
below with the reason why nobody can find half of what it writes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from pipelines import ROOT
from tests.writers import WRITERS

WHOLE = {"whole_file", "whole_folder"}
# functions of the floor, such as write_text(path, text), are called by their bare names
METHODS = {
    "write_text", "write_bytes", "to_parquet", "to_csv", "to_json", "to_excel", "to_pickle", "write_parquet", "savefig",
    "save_model", "write_table", "write_image", "tofile", "copyfile", "copy2", "copytree", "move", "symlink",
    "symlink_to", "link", "hardlink_to",
}  # fmt: skip
CLASSES = {"ParquetWriter", "Workbook", "GzipFile", "ExcelWriter"}
OPENED = {"open", "ZipFile"}
"""Calls that write where a mode says so."""
COPY = re.compile(r"COPY\b.*\bTO\b", re.DOTALL)

STAGES = (
    "a stage's own folder, filled by writers that are tested; the folder itself is `whole_folder`"
)
IN_SCRATCH = (
    "into the temporary or partial folder its caller gave it, which nobody reads before it is whole"
)
KILLED = "a database that MLflow or Optuna makes, whole; killed at many points in tests/pipeline/serve/test_serve_store.py"
ON_A_COPY = "a fault that is struck at a copy on purpose"
ALLOWED = {
    "pipelines.ingest.ingest": STAGES,
    "pipelines.validate.validate": STAGES,
    "pipelines.evaluate.evaluate": STAGES,
    "pipelines.explain.explain": STAGES,
    "pipelines.book.opened.opened": "moves the truth from scratch into the partial folder of ingest",
    "pipelines.book.cut.cut": IN_SCRATCH,
    "pipelines.stage._note": "one line appended to a list of times that only the summary reads",
    "pipelines.errands.soil.soil_portfolio": "a copy for a person to look at, beside an extract that is made on purpose wrong",
    "sources.extracts.drops.merge": IN_SCRATCH,
    "sources.extracts.formats.decoded": IN_SCRATCH,
    "sources.extracts.elements.write_elements": IN_SCRATCH,
    "sources.extracts.sheets.write_sheet": IN_SCRATCH,
    "sources.databases.duckdb_file._write": IN_SCRATCH,
    "world.simulate.stream": "into files that grow whole, see `_growing`",
    "models.registry.store._make": KILLED,
    "models.search.study._make": KILLED,
    "models.scoring.answers.add": IN_SCRATCH,
    "models.registry.seal.write_files": IN_SCRATCH,
    "models.registry.tracking.log_model": IN_SCRATCH,
    "pipelines.errands.attach.attach": IN_SCRATCH,
    "contracts.tables.splice._packed": "columns in memory",
    "reports.frame.workbook.workbook": "a workbook in memory",
    "reports.frame.compiled.dump_bytecode": "written whole, and a full disk costs time alone: tests/unit/reports/frame/test_compiled.py",
    "features.engine.spark._quiet": "Spark's own log, read by a person after a failure",
    "quality.faults.soil._link": IN_SCRATCH,
    "quality.faults.files": ON_A_COPY,
}


def sources() -> Iterator[tuple[str, ast.Module]]:
    for place in ("src", "pipelines"):
        for path in sorted((ROOT / place).rglob("*.py")):
            below = path.relative_to(ROOT / "src" if place == "src" else ROOT).with_suffix("")
            yield ".".join(below.parts), ast.parse(path.read_text(encoding="utf-8"))


def called(node: ast.AST) -> str:
    """The last part of what is called: `write_bytes` of `path.write_bytes(...)`."""
    func = node.func if isinstance(node, ast.Call) else None
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def writes(node: ast.AST) -> bool:
    """Whether a node writes to disk of its own accord."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return bool(COPY.search(node.value))
    if isinstance(node, ast.JoinedStr):
        return bool(COPY.search("".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))))  # fmt: skip
    if not isinstance(node, ast.Call):
        return False
    name, is_method = called(node), isinstance(node.func, ast.Attribute)
    if name in OPENED:
        given = [*node.args, *(one.value for one in node.keywords if one.arg == "mode")]
        modes = [one.value for one in given if isinstance(one, ast.Constant)]
        return any(isinstance(mode, str) and re.fullmatch(r"[rwaxbt+]*[wax+][rwaxbt+]*", mode) for mode in modes)  # fmt: skip
    return name in CLASSES or (is_method and name in METHODS and bool(node.args))


def is_whole(node: ast.AST) -> bool:
    return isinstance(node, ast.With) and any(called(one.context_expr) in WHOLE for one in node.items)  # fmt: skip


def walk(
    module: str, tree: ast.AST, function: str = "", *, inside: bool = False
) -> Iterator[tuple[str, str]]:
    """(function, what): `whole` where one writes whole, `direct` where it writes with nothing around it."""
    for node in ast.iter_child_nodes(tree):
        name = function
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            name = function or node.name
        here = inside or is_whole(node)
        if is_whole(node):
            yield f"{module}.{name}", "whole"
        if writes(node) and not here and not is_doc(node, tree):
            yield f"{module}.{name}", "direct"
        if not isinstance(node, ast.JoinedStr):
            yield from walk(module, node, name, inside=here)


def is_doc(node: ast.AST, parent: ast.AST) -> bool:
    """Whether a node is a docstring or a note below a name."""
    return isinstance(node, ast.Constant) and isinstance(parent, ast.Expr)


def found(what: str) -> set[str]:
    return {name for module, tree in sources() for name, kind in walk(module, tree) if kind == what}


def test_every_function_that_writes_whole_is_put_through_a_failing_disk() -> None:
    missing = found("whole") - set(WRITERS) - set(ALLOWED)
    assert missing == set(), "add them to tests/writers.py"


def test_nothing_is_written_in_another_way() -> None:
    allowed = set(ALLOWED) | {"contracts.files.write_text"}
    direct = {name for name in found("direct") if name not in allowed and name.rpartition(".")[0] not in allowed}  # fmt: skip
    assert direct == set(), "write through contracts.files, or say above why it need not"


def test_no_exception_has_outlived_its_reason() -> None:
    every = found("whole") | found("direct")
    every |= {name.rpartition(".")[0] for name in every}
    assert set(ALLOWED) <= every
    functions = {f"{module}.{node.name}" for module, tree in sources() for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}  # fmt: skip
    assert set(WRITERS) <= functions


def test_the_search_finds_what_it_is_for() -> None:
    text = """
def bad(path, table, connection):
    path.write_text("x")
    open(path, "w")
    path.open(mode="ab")
    ZipFile(path, "w")
    table.to_parquet(path)
    connection.execute(f"COPY (SELECT 1) TO '{path}'")
def good(path):
    path.open("rb")
    ZipFile(path)
    path.read_text("utf-8")
    with whole_file(path) as partial:
        partial.write_text("x")
"""
    kinds = list(walk("m", ast.parse(text)))
    assert kinds.count(("m.bad", "direct")) == 6
    assert [kind for name, kind in kinds if name == "m.good"] == ["whole"]
    assert Path(ROOT / "src").is_dir()

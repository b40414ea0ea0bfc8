"""Which code a stage runs: its import closure, named as `dvc.yaml` names it.

A dependency is a sub-room (`src/models/measures`), or a file that stands in a room by itself (`src/features/context.py`).
On the floor it is the file (`src/contracts/config/training.py`), for every stage stands there; tables are one sub-room.
The frame around every stage (`pipelines/settings.py`, `stage.py`, `paths.py`) is left out: what it reads are params.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import grimp

from pipelines import ROOMS

FRAME = frozenset({"pipelines", "pipelines.settings", "pipelines.stage", "pipelines.paths"})
DATA_BESIDE_CODE = {"reports": ("src/reports/templates",)}
"""What a room reads beside its modules."""


@cache
def graph() -> grimp.ImportGraph:
    """The imports of the whole project."""
    return grimp.build_graph("pipelines", *ROOMS)


def modules_of(stage: str) -> set[str]:
    """The modules that are loaded when the stage runs, the frame of all stages left out."""
    found, todo = set(), [f"pipelines.{stage}"]
    while todo:
        module = todo.pop()
        if module in found or module in FRAME:
            continue
        found.add(module)
        todo += graph().find_modules_directly_imported_by(module)
    return found


def dependency(module: str) -> str | None:
    """How `dvc.yaml` names the code of a module; None for a package that only holds others."""
    place = Path("src" if module.partition(".")[0] in ROOMS else ".").joinpath(*module.split("."))
    parts = module.split(".")
    if len(parts) > 2 and parts[0] != "contracts":
        return str(Path("src", *parts[:2]))
    if module.startswith("contracts.tables"):
        return "src/contracts/tables"
    if place.is_dir():
        return str(place) if len(parts) > 1 and parts[0] != "contracts" else None
    return f"{place}.py"


def code_of(stage: str) -> list[str]:
    """The stage's dependencies on code, sorted: no more and no fewer than it imports."""
    modules = modules_of(stage)
    found = {dependency(module) for module in modules} - {None}
    for room, beside in DATA_BESIDE_CODE.items():
        if any(module.partition(".")[0] == room for module in modules):
            found.update(beside)
    return sorted(name for name in found if name is not None)

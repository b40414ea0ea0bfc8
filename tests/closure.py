"""Which code a stage runs: its import closure, named as `dvc.yaml` names it.

A dependency is a sub-room (`src/models/measures`), or a file that stands in a room by itself (`src/features/context.py`).
On the floor it is the file (`src/contracts/config/training.py`), for every stage stands there; tables are one sub-room.
The frame around every stage (`pipelines/settings.py`, `stage.py`, `paths.py`) is left out: what it reads are params.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import grimp
import yaml

from pipelines import ROOMS, ROOT
from reports.frame.declaration import Page

FRAME = frozenset({"pipelines", "pipelines.settings", "pipelines.stage", "pipelines.paths"})
LOCALE = "reports.locale"
BY_FILE = ("contracts", "pipelines")
"""Whose rooms are not taken whole: a stage depends on the files that it imports."""
DATA_BESIDE_CODE = {
    "reports.frame": ("src/reports/templates", "src/reports/locale"),
    "reports.locale.gates": ("src/reports/locale/en/gates.po", "src/reports/locale/en/nouns.po"),
}
"""What a module reads beside itself. Pages read every word; `reports/checks.json` says what the gates found, in English."""
LISTED = {"sources.registry": "sources.kinds"}
"""By who lists it, the package whose modules are found by listing; what they import lies in other sub-rooms."""


@cache
def graph() -> grimp.ImportGraph:
    """The imports of the whole project."""
    return grimp.build_graph("pipelines", *ROOMS)


def modules_of(*entries: str) -> set[str]:
    """The modules that are loaded when these are run, the frame of all stages left out."""
    found, todo = set(), list(entries)
    while todo:
        module = todo.pop()
        if module in found or module in FRAME:
            continue
        found.add(module)
        todo += graph().find_modules_directly_imported_by(module)
        if module in LISTED:
            todo += graph().find_children(LISTED[module])
    return found


@cache
def pages() -> dict[str, str]:
    """The module of every page, by name: the stage imports only the one that it is asked for."""
    modules = [name for name in graph().modules if name.startswith("reports.")]
    declared = {one: getattr(import_module(one), "PAGE", None) for one in modules}
    return {
        one.removesuffix(".page").rsplit(".", 1)[-1]: one
        for one, page in declared.items()
        if isinstance(page, Page)
    }


def stage_modules(stage: str) -> set[str]:
    """The modules a stage runs. The instances of one stage share what they need of the floor, for they share a line."""
    name, _, page = stage.partition("@")
    if not page:
        return modules_of(f"pipelines.{name}")
    floor = {
        module
        for module in modules_of(*pages().values())
        if module.partition(".")[0] == "contracts"
    }
    return floor | modules_of(f"pipelines.{name}", pages()[page])


def dependency(module: str) -> str | None:
    """How `dvc.yaml` names the code of a module; None for a package that only holds others."""
    place = Path("src" if module.partition(".")[0] in ROOMS else ".").joinpath(*module.split("."))
    parts = module.split(".")
    if module.startswith(f"{LOCALE}."):
        return f"{place}.py"
    if len(parts) > 2 and parts[0] not in BY_FILE:
        return str(Path("src", *parts[:2]))
    if module.startswith("contracts.tables"):
        return "src/contracts/tables"
    if place.is_dir():
        return str(place) if len(parts) > 1 and parts[0] not in BY_FILE else None
    return f"{place}.py"


def code_of(stage: str) -> list[str]:
    """The stage's dependencies on code, sorted: no more and no fewer than it imports."""
    modules = stage_modules(stage)
    found = {dependency(module) for module in modules} - {None}
    for module, beside in DATA_BESIDE_CODE.items():
        if any(one == module or one.startswith(f"{module}.") for one in modules):
            found.update(beside)
    if "@" in stage:
        found.add(
            "src/contracts/documents"
        )  # its instances share one line, so they name all documents
    names = sorted(name for name in found if name is not None)
    rooms = tuple(f"{name}/" for name in names)
    return [name for name in names if not name.startswith(rooms)]  # a file of a room that is named


def stages() -> dict[str, dict[str, Any]]:
    """The stages of `dvc.yaml`; one that stands for several is written out, as `stage@instance`."""
    found: dict[str, dict[str, Any]] = {}
    for name, stage in yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"].items():  # fmt: skip
        if "foreach" not in stage:
            found[name] = stage
            continue
        for key, item in stage["foreach"].items():
            filled = json.dumps(stage["do"]).replace("${key}", key)
            for field, value in item.items():
                filled = filled.replace(f"${{item.{field}}}", value)
            found[f"{name}@{key}"] = json.loads(filled)
    return found

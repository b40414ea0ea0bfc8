"""Mends what a killed DVC left cut: it writes its lock files in place, and opens none that is half written ever again."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from contracts.files import write_text
from pipelines import paths

IN_USE = Path(".dvc/tmp/rwlock")
"""Which process reads or writes which output; DVC itself forgets those of processes that are gone."""
KEPT = Path(".dvc/tmp/dvc.lock.whole")
"""`dvc.lock` as it was found whole last."""
PATIENCE = 2.0
"""Seconds in which a living DVC has written a file that it is writing."""


def mend() -> str:
    """Before DVC is asked for anything: what is cut is put right, and `dvc.lock`, where whole, kept for the next time.

    What ran after the lock was kept runs again, or comes out of the run cache, to the same bytes.

    Returns:
        What was mended, in one sentence; nothing where all is whole.
    """
    told = []
    if not _is_soon(IN_USE, _is_json):
        IN_USE.unlink(missing_ok=True)
        told.append(f"{IN_USE} was cut and is taken away")
    if not _is_soon(paths.LOCK, _is_lock):
        told.append(_put_back())
    if paths.LOCK.is_file() and IN_USE.parent.is_dir():
        write_text(KEPT, paths.LOCK.read_text(encoding="utf-8"))
    return "; ".join(told)


def main() -> None:
    """Mends, and says so; where there was nothing to mend, nothing is said."""
    if told := mend():
        print(f"mend: a run was ended while DVC wrote: {told}")


def _put_back() -> str:
    """`dvc.lock` as it was kept, else as it was committed; where there is neither, every stage runs again."""
    from pipelines.configured.inherited import committed  # noqa: PLC0415 - it rewrites YAML as well, and is seldom needed

    kept = KEPT.read_text(encoding="utf-8") if _is_lock(KEPT) else None
    text, whence = (kept, "kept") if kept else (committed(str(paths.LOCK)), "committed")
    if text is None:
        paths.LOCK.unlink(missing_ok=True)
        return f"{paths.LOCK} was cut and is taken away; every stage runs again"
    write_text(paths.LOCK, text)
    return f"{paths.LOCK} was cut and is as it was {whence} last"


def _is_soon(path: Path, is_whole: Any) -> bool:
    """Whether a file is whole, or absent; one that a living process is writing is waited for."""
    end = time.monotonic() + PATIENCE
    while path.is_file() and not is_whole(path):
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_bytes())
    except ValueError:
        return False
    return True


def _is_lock(path: Path) -> bool:
    """Whether every stage of a lock has its command, and every file of it a path: DVC refuses a lock in which one has not."""
    try:
        held = yaml.load(path.read_bytes(), Loader=_LOADER)  # noqa: S506 - the safe loader, in C where there is one
    except (OSError, ValueError, yaml.YAMLError):
        return False
    stages = held.get("stages") if isinstance(held, dict) else None
    if not isinstance(stages, dict) or held.get("schema") != "2.0":
        return False
    return all(_is_stage(one) for one in stages.values())


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DIGEST, _EMPTY = re.compile(r"[0-9a-f]{32}(\.dir)?"), "d41d8cd98f00b204e9800998ecf8427e"
_FIELDS: Mapping[str, type] = {"cmd": str, "deps": list, "params": dict, "outs": list}
_OF_A_FILE: Mapping[str, type] = {
    "path": str,
    "hash": str,
    "md5": str,
    "size": int,
    "nfiles": int,
    "isexec": bool,
}


def _is_stage(one: Any) -> bool:
    if not isinstance(one, dict) or "cmd" not in one or not _fit(one, _FIELDS):
        return False
    files = [*one.get("deps", ()), *one.get("outs", ())]
    return all(isinstance(values, dict) for values in one.get("params", {}).values()) and all(
        isinstance(file, dict) and "path" in file and _fit(file, _OF_A_FILE)
        and _DIGEST.fullmatch(file.get("md5", _EMPTY)) for file in files
    )  # fmt: skip


def _fit(values: dict[str, Any], kinds: Mapping[str, type]) -> bool:
    return all(isinstance(value, kinds.get(key, object)) for key, value in values.items())

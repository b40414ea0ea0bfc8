"""The evidence a version is registered on is that of the run: what DVC recorded of it, and nothing that was changed since."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from contracts.errors import ContractError
from pipelines import paths

JUDGED = (
    paths.CHECKS, paths.METRICS, paths.MODEL_VALIDATION_JSON, paths.SCORED_TEST, paths.MODEL_CONTRACT, paths.CALIBRATOR,
    paths.BOOSTER, paths.SHIPPED,
)  # fmt: skip
"""What the gates said, on which rows, and what they said it of."""


def recorded_lock(lock: Path | None) -> dict[str, Any]:
    """`dvc.lock`, read; nothing where there is none, as where stages are called by hand."""
    if lock is None or not lock.is_file():
        return {}
    found: dict[str, Any] = yaml.safe_load(lock.read_text(encoding="utf-8")) or {}
    return found


def digest(path: Path) -> str:
    """The hash of a file as DVC counts it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def made(lock: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Of each file that a stage made: the stage, and the hash that DVC recorded."""
    return {
        str(out["path"]): (str(name), str(out.get("md5", "")))
        for name, stage in (lock.get("stages") or {}).items()
        for out in stage.get("outs") or ()
    }


def refuse_changed(files: Iterable[Path] = JUDGED, *, lock: Path = paths.LOCK) -> None:
    """Refuses evidence that is not what its stage made: a gate that was edited to pass, or a file of another run.

    A file of which DVC recorded nothing is not judged: its stage was called by hand, and the version's origin says so.

    Raises:
        ContractError: a file differs from what DVC recorded when its stage ended.
    """
    known = made(recorded_lock(lock))
    for path in files:
        stage, md5 = known.get(str(path), ("", ""))
        if stage and path.is_file() and digest(path) != md5:
            raise ContractError(
                f"The stage {stage} did not make this file as it is now.",
                where=f"{path}, {lock} > {stage}",
                next_step=f"Run `dvc repro {stage}`, which makes it again, and then `dvc repro register`.",
            )

"""The evidence a version is registered on is that of the run: what DVC recorded of it, and nothing that was changed since."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from contracts.errors import ContractError
from contracts.recorded import makers, md5_of, read_lock
from pipelines import paths

JUDGED = (
    paths.CHECKS, paths.METRICS, paths.MODEL_VALIDATION_JSON, paths.SCORED_TEST, paths.MODEL_CONTRACT, paths.CALIBRATOR,
    paths.BOOSTER, paths.SHIPPED,
)  # fmt: skip
"""What the gates said, on which rows, and what they said it of."""


def digest(path: Path) -> str:
    """The hash of a file as DVC counts it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def refuse_changed(files: Iterable[Path] = JUDGED, *, lock: Path = paths.LOCK) -> None:
    """Refuses evidence that is not what its stage made: a gate that was edited to pass, or a file of another run.

    A file of which DVC recorded nothing is not judged: its stage was called by hand, and the version's origin says so.

    Raises:
        ContractError: a file differs from what DVC recorded when its stage ended.
    """
    known = read_lock(lock)
    made_by = makers(known)
    for path in files:
        stage = made_by.get(str(path))
        if stage and path.is_file() and digest(path) != md5_of(known, str(path)):
            raise ContractError(
                f"The stage {stage} did not make this file as it is now.",
                where=f"{path}, {lock} > {stage}",
                next_step=f"Run `dvc repro {stage}`, which makes it again, and then `dvc repro register`.",
            )

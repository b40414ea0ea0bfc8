"""What DVC recorded of a run: of each stage what it read, made and was told, by path and hash."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

Lock = Mapping[str, Any]
"""`dvc.lock`, read."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader, in C where there is one: of a lock of thousands of lines a seventh of the time, and the same values."""


def read_lock(file: Path | None) -> Lock:
    """The record in a file; nothing where there is none, as where stages are called by hand.

    >>> read_lock(None)
    {}
    """
    if file is None or not file.is_file():
        return {}
    found: dict[str, Any] = yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER) or {}  # noqa: S506 - as `_LOADER` says
    return found


def stages(lock: Lock) -> list[str]:
    """The stages of which something is recorded, in the order of the record.

    >>> stages({"schema": "2.0", "stages": {"ingest": {}, "label": {}}})
    ['ingest', 'label']
    >>> stages({})
    []
    """
    return [str(name) for name in lock.get("stages") or {}]


def part(lock: Lock, stage: str, name: str) -> Any:
    """`deps`, `outs` or `params` of a stage, as recorded; empty where there is none."""
    return ((lock.get("stages") or {}).get(stage) or {}).get(name) or {}


def hashes(lock: Lock, stage: str, name: str) -> dict[str, str]:
    """The hash of each file that a stage read (`deps`) or made (`outs`), by its path.

    >>> hashes({"stages": {"label": {"outs": [{"path": "labels.parquet", "md5": "0ab1"}]}}}, "label", "outs")
    {'labels.parquet': '0ab1'}
    """
    return {str(one["path"]): str(one.get("md5", "")) for one in part(lock, stage, name)}


def makers(lock: Lock) -> dict[str, str]:
    """The stage that made each file.

    >>> makers({"stages": {"label": {"outs": [{"path": "labels.parquet", "md5": "0ab1"}]}}})
    {'labels.parquet': 'label'}
    """
    return {path: stage for stage in stages(lock) for path in hashes(lock, stage, "outs")}


def md5_of(lock: Lock, path: str) -> str | None:
    """The hash of an output that a run recorded; None where it recorded none of that path."""
    stage = makers(lock).get(path)
    return None if stage is None else hashes(lock, stage, "outs")[path]

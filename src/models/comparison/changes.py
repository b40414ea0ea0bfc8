"""What differs between two runs, by what DVC recorded of them in `dvc.lock`: settings, data, code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.documents.comparison import Changed, Code, Setting
from contracts.recorded import Lock, hashes, makers, part

CODE = ("src/", "pipelines/", "configs/")
TESTED = "data/scored/test.parquet"
"""What a run is compared by: the stages that lead to it are those that count."""


def changes(before: Lock, after: Lock) -> Changed:
    """What differs from one run to the other, of all that leads to its test rows."""
    old, new = _stages(before), _stages(after)
    stages = [*old, *(name for name in new if name not in old)]
    return Changed(
        settings=tuple(_settings(before, after, stages)),
        data=tuple(_differing(_outs(before, stages), _outs(after, stages))),
        code=tuple(_code(before, after, stages)),
    )


def _stages(lock: Lock) -> list[str]:
    """The stages that lead to the test rows, in the order of the flow.

    What comes after may still be recorded as of an earlier run: an experiment stops where it was told to.
    """
    maker = makers(lock)
    return _in_flow(maker[TESTED], lock, maker) if TESTED in maker else []


def _in_flow(last: str, lock: Lock, maker: Mapping[str, str]) -> list[str]:
    """A stage and those that it needs, each after what it reads from."""
    ordered: list[str] = []

    def add(name: str) -> None:
        if name in ordered:
            return
        for path in hashes(lock, name, "deps"):
            if maker.get(path, name) != name:
                add(maker[path])
        ordered.append(name)

    add(last)
    return ordered


def _settings(before: Lock, after: Lock, stages: list[str]) -> list[Setting]:
    one, other = (_params(lock, stages) for lock in (before, after))
    keys = [*one, *(key for key in other if key not in one)]
    return [
        Setting(key=key, before=one.get(key), after=other.get(key))
        for key in keys
        if one.get(key) != other.get(key)
    ]


def _params(lock: Lock, stages: list[str]) -> dict[str, Any]:
    """Every setting that a stage read, by file and key; lists of plain values stay whole."""
    found: dict[str, Any] = {}
    for stage in stages:
        for file, values in part(lock, stage, "params").items():
            for key, value in values.items():
                found |= _flat(f"{file}:{key}", value)
    return found


def _flat(key: str, value: Any) -> dict[str, Any]:
    """The plain values within a value, by their joined keys; a list of plain values is one.

    >>> _flat("a.yaml:split", {"test_months": 12, "days": [1, 2], "parts": [{"n": 1}]})
    {'a.yaml:split.test_months': 12, 'a.yaml:split.days': (1, 2), 'a.yaml:split.parts.0.n': 1}
    """
    if isinstance(value, Mapping):
        inner = {str(name): one for name, one in value.items()}
    elif isinstance(value, list | tuple) and any(isinstance(one, Mapping | list) for one in value):
        inner = {str(number): one for number, one in enumerate(value)}
    else:
        return {key: tuple(value) if isinstance(value, list | tuple) else value}
    found: dict[str, Any] = {}
    for name, one in inner.items():
        found |= _flat(f"{key}.{name}", one)
    return found


def _outs(lock: Lock, stages: list[str]) -> dict[str, str]:
    return {path: md5 for stage in stages for path, md5 in hashes(lock, stage, "outs").items()}


def _deps(lock: Lock, stage: str) -> dict[str, str]:
    return {path: md5 for path, md5 in hashes(lock, stage, "deps").items() if path.startswith(CODE)}


def _differing(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    paths = [*one, *(path for path in other if path not in one)]
    return [path for path in paths if one.get(path) != other.get(path)]


def _code(before: Lock, after: Lock, stages: list[str]) -> list[Code]:
    found = [
        Code(stage=stage, files=tuple(_differing(_deps(before, stage), _deps(after, stage))))
        for stage in stages
    ]
    return [one for one in found if one.files]

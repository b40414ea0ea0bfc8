"""An overlay as DVC's `-S` options: `dvc exp run --temp $(bonitas overlay shallow) evaluate`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from contracts.config.base import parse
from contracts.config.params import Params
from contracts.errors import ConfigError
from pipelines import paths
from pipelines.configured.yaml_text import read_yaml


def overlay(name: str) -> str:
    """The options of `configs/experiments/<name>.yaml`: some keys of `configs/params.yaml`, with other values.

    Raises:
        ConfigError: there is no such overlay, a key is none of the params, or a value is not legal.
    """
    path = paths.EXPERIMENTS / f"{name}.yaml"
    if not path.is_file():
        known = sorted(one.stem for one in paths.EXPERIMENTS.glob("*.yaml"))
        raise ConfigError.from_unknown("overlay", name, known, where=str(paths.EXPERIMENTS))
    values = read_yaml(path)
    parse(Params, _merged(read_yaml(paths.PARAMS), values), where=str(path))
    if not any(True for _ in _leaves(values)):
        raise ConfigError(
            "The overlay changes nothing: an experiment of it would be the project as it is.",
            where=str(path),
            next_step="Write the keys of configs/params.yaml that differ, with their values.",
        )
    return " ".join(f"-S {paths.PARAMS}:{key}={_written(value)}" for key, value in _leaves(values))


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """The base with the values of an overlay; a section is looked into, a list is replaced.

    >>> _merged({"a": {"b": 1, "c": [1, 2]}, "d": 3}, {"a": {"c": [3]}})
    {'a': {'b': 1, 'c': [3]}, 'd': 3}
    """
    inner = {
        key: _merged(base[key], value)
        if isinstance(value, Mapping) and isinstance(base.get(key), Mapping)
        else value
        for key, value in over.items()
    }
    return {**base, **inner}


def _leaves(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _written(value: Any) -> str:
    """A value in Hydra's grammar, without a space, so that the shell passes it whole.

    >>> _written(["platt", "beta"]), _written(None), _written(0.5), _written(True)
    ('[platt,beta]', 'null', '0.5', 'true')
    """
    if isinstance(value, list):
        return f"[{','.join(_written(one) for one in value)}]"
    return value if isinstance(value, str) else json.dumps(value)

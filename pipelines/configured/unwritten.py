"""Keys that a stage watches and a config file leaves out: DVC would stop at that stage, hours later, in words of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from contracts.config.params import Params
from contracts.config.portfolio import PortfolioConfig
from contracts.errors import ConfigError
from pipelines import paths
from pipelines.configured.yaml_text import read_yaml

STORY = Path("dvc.yaml")


def refuse_unwritten(name: str) -> None:
    """Every watched key that is not written, of every file, in one message; each with the line that says its default.

    Args:
        name: the portfolio.

    Raises:
        ConfigError: keys are left out.
    """
    wrong = []
    for path, watched in sorted(watched_keys(read_yaml(STORY), name).items()):
        values = read_yaml(path)
        if keys := [key for key in watched if not _is_written(values, key)]:
            wrong.append(_left_out(path, keys))
    if wrong:
        raise ConfigError.together(wrong)


def _left_out(path: Path, keys: list[str]) -> ConfigError:
    return ConfigError(
        "Keys that stages watch are left out; a stage runs again when one of them changes, so each is written, also where it is the default.",
        where=str(path),
        value=", ".join(keys),
        next_step=f"Add: {'; '.join(as_written(_model(path), key) for key in keys)}.",
    )


def watched_keys(story: Mapping[str, Any], name: str) -> dict[Path, list[str]]:
    """The keys of each config file that some stage watches, sorted.

    >>> story = {"stages": {"split": {"params": [{"configs/portfolios/${portfolio}.yaml": ["split", "horizon_months"]}]}}}
    >>> watched_keys(story, "demo")
    {PosixPath('configs/portfolios/demo.yaml'): ['horizon_months', 'split']}
    """
    found: dict[Path, set[str]] = {}
    for file, keys in _pairs(story):
        found.setdefault(Path(file.replace("${portfolio}", name)), set()).update(keys)
    return {path: sorted(keys) for path, keys in found.items()}


def _pairs(story: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """File and watched keys of every stage; a file that is watched whole has none."""
    for stage in story["stages"].values():
        for one in stage.get("params", []):
            if isinstance(one, dict):
                yield from ((file, keys or []) for file, keys in one.items())


def _model(path: Path) -> type[BaseModel]:
    return PortfolioConfig if path.parent == paths.PORTFOLIOS else Params


def _is_written(values: Any, key: str) -> bool:
    for part in key.split("."):
        if not isinstance(values, dict) or part not in values:
            return False
        values = values[part]
    return True


def as_written(model: type[BaseModel], key: str) -> str:
    """The line of a key with its default; of a section, that it is empty; of a key without a default, the key alone.

    >>> as_written(PortfolioConfig, "waivers")
    'waivers: {}'
    >>> as_written(PortfolioConfig, "horizon_months")
    'horizon_months: 12'
    >>> as_written(PortfolioConfig, "title")
    'title: ...'
    """
    *sections, last = key.split(".")
    for section in sections:
        inner = _field(model, section).annotation
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return f"{key}: ..."
        model = inner
    field = _field(model, last)
    if field.is_required():
        return f"{key}: ..."
    default = field.get_default(call_default_factory=True)
    if isinstance(default, BaseModel):
        return f"{key}: {{}}"
    plain = list(default) if isinstance(default, tuple) else default
    text = yaml.safe_dump(plain, default_flow_style=True).removesuffix("...\n").strip()
    return f"{key}: {text}"


def _field(model: type[BaseModel], name: str) -> Any:
    """A field by the name that it has in the file."""
    fields = model.model_fields
    return fields.get(name) or next(one for one in fields.values() if one.alias == name)

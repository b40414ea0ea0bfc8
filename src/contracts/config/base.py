"""Typed, frozen configuration: a key that does not exist is an error that names the legal keys."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from contracts.errors import BonitasError, ConfigError


class Config(BaseModel):
    """Base of every config section: immutable, and strict about its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


C = TypeVar("C", bound=BaseModel)


def parse(model: type[C], values: Any, *, where: str) -> C:
    """Checks plain values against a config model.

    Args:
        model: the section's model.
        values: what the YAML file held.
        where: the file (and section), for the message.

    Raises:
        ConfigError: unknown keys (with the legal ones), missing keys, illegal values: all of them in one message.

    >>> class Search(Config):
    ...     trials: int = 10
    >>> parse(Search, {"trails": 3}, where="params.yaml: search")
    Traceback (most recent call last):
    contracts.errors.ConfigError: Unknown key 'trails'.
      where: params.yaml: search
      do:    Did you mean 'trials'? Legal: trials.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _readable(error, model, where) from error


def _readable(error: ValidationError, model: type[BaseModel], where: str) -> BonitasError:
    """All mistakes of a section at once. A misspelt key is also a missing one: only the spelling is told."""
    found = error.errors()
    misspelt = [one["loc"] for one in found if one["type"] == "extra_forbidden"]
    told = [
        one for one in found if not (one["type"] == "missing" and _is_meant(one["loc"], misspelt))
    ]
    return ConfigError.together([_mistake(one, model, where) for one in told])


def _is_meant(missing: tuple[int | str, ...], misspelt: list[tuple[int | str, ...]]) -> bool:
    """Whether a key of the same section is a misspelling of the missing one."""
    beside = [str(loc[-1]) for loc in misspelt if loc[:-1] == missing[:-1]]
    return bool(get_close_matches(str(missing[-1]), beside, n=1))


def _mistake(one: ErrorDetails, model: type[BaseModel], where: str) -> ConfigError:
    path = [str(step) for step in one["loc"]]
    if one["type"] == "extra_forbidden":
        place = where if len(path) == 1 else f"{where} > {'.'.join(path[:-1])}"
        return ConfigError.from_unknown(
            "key", path[-1], _legal_keys(model, one["loc"][:-1]), where=place
        )
    return ConfigError(
        f"{one['msg']}.",
        where=f"{where} > {'.'.join(path)}" if path else where,
        value=None if one["type"] == "missing" else repr(one["input"])[:200],
        next_step="Add this key."
        if one["type"] == "missing"
        else "Correct the value; every key is explained beside it.",
    )


def _legal_keys(model: type[BaseModel], steps: tuple[int | str, ...]) -> list[str]:
    """Keys of the section that `steps` lead to; list positions and union tags narrow nothing further."""
    sections = [model]
    for step in steps:
        inner = [found for section in sections for found in _step_into(section, str(step))]
        sections = inner or sections
    return [key for section in sections for key in _keys(section)]


def _keys(section: type[BaseModel]) -> dict[str, Any]:
    return {info.alias or name: info.annotation for name, info in section.model_fields.items()}


def _step_into(section: type[BaseModel], step: str) -> list[type[BaseModel]]:
    """Sections under the key `step`, or the section itself where `step` is its tag in a union."""
    keys = _keys(section)
    if step in keys:
        return _members(keys[step])
    is_tag = any(step in get_args(annotation) for annotation in keys.values())
    return [section] if is_tag else []


def _members(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [member for inner in get_args(annotation) for member in _members(inner)]

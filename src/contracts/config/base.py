"""Typed, frozen configuration: a key that does not exist is an error that names the legal keys."""

from __future__ import annotations

from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from contracts.errors import ConfigError


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
        ConfigError: an unknown key (with the legal ones), a missing key, or an illegal value.

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


def _readable(error: ValidationError, model: type[BaseModel], where: str) -> ConfigError:
    found = error.errors()
    # A misspelt key is also a missing one: the spelling is what the reader has to correct.
    first = next((one for one in found if one["type"] == "extra_forbidden"), found[0])
    path = [str(step) for step in first["loc"]]
    if first["type"] == "extra_forbidden":
        place = where if len(path) == 1 else f"{where} > {'.'.join(path[:-1])}"
        return ConfigError.from_unknown(
            "key", path[-1], _legal_keys(model, first["loc"][:-1]), where=place
        )
    return ConfigError(
        f"{first['msg']}.",
        where=f"{where} > {'.'.join(path)}" if path else where,
        value=None if first["type"] == "missing" else repr(first["input"])[:200],
        next_step="Add this key."
        if first["type"] == "missing"
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

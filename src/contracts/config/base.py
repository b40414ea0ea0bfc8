"""Typed, frozen configuration: a key that does not exist is an error that names the legal keys."""

from __future__ import annotations

from typing import Any, TypeVar

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
    first = error.errors()[0]
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
    """Keys of the model found by following `steps`; those of the nearest model known where a step is a union."""
    for step in steps:
        for candidate in _models_of(model, step):
            model = candidate
    return list(model.model_fields)


def _models_of(model: type[BaseModel], step: int | str) -> list[type[BaseModel]]:
    info = model.model_fields.get(str(step))
    if info is None:
        return [
            member
            for fields in model.model_fields.values()
            for member in _members(fields.annotation)
            if step in _tags(member)
        ]
    members = _members(info.annotation)
    return members[:1] if len(members) == 1 else []


def _members(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type):
        return [annotation] if issubclass(annotation, BaseModel) else []
    return [member for inner in getattr(annotation, "__args__", ()) for member in _members(inner)]


def _tags(model: type[BaseModel]) -> list[Any]:
    return [info.default for info in model.model_fields.values()]

"""Typed, frozen configuration: a key that does not exist is an error that names the legal keys."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from contracts.errors import BonitasError, ConfigError
from contracts.spelling import nearest

Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]
"""Of random numbers: what NumPy, LightGBM and Optuna all take."""
Folds = Annotated[int, Field(ge=2, le=50)]
"""Parts of a cross-fit: each is a fit of its own, and beyond a few dozen nothing changes but the time."""
Months = Annotated[int, Field(ge=1, le=120)]
"""Ten years of decisions; 365 would be days, and take in whoever was ever billed."""
Text = Annotated[str, Field(min_length=1)]
"""A text that says something; a key that has nothing to say is left out."""
Threads = Annotated[int, Field(ge=1, le=1_024)]


def _whole_or_a_hundredth(value: Any) -> Any:
    """A bare 1 may be all of it or 1 %, and either would be taken without a word."""
    if isinstance(value, int | str) and str(value).strip() == "1":
        raise ValueError("1 could be all of it or 1 %: write 1.0 or 0.01")
    return value


def _no_share(value: float) -> float:
    """Below the currency's unit stands a share that was written where an amount belongs."""
    if 0 < value < 1:
        raise ValueError(f"This is an amount of the reporting currency, and {value:g} of it is less than one; a share has a key of its own")  # fmt: skip
    return value


Share = Annotated[float, Field(ge=0, le=1), BeforeValidator(_whole_or_a_hundredth)]
"""Of one; all of it is written 1.0, since whoever writes 1 may mean 1 %."""
Money = Annotated[float, Field(ge=0, le=1e12), AfterValidator(_no_share)]
"""In reporting currency, 0 or at least 1: to a million millions, which no customer owes in any currency."""


class Config(BaseModel):
    """Base of every config section: immutable, strict about its keys; no number of it is infinite, missing, or a yes or no."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", str_strip_whitespace=True, allow_inf_nan=False
    )

    @model_validator(mode="before")
    @classmethod
    def _each_is_of_its_kind(cls, values: Any) -> Any:
        """YAML reads a bare yes, no, on or off as true or false; that becomes neither 1 nor a text, and 1 no yes.

        A number is no day: as seconds since 1970 it would pass for one, also where it stands in quotes. A text that is to be a number
        (YAML 1.1 reads 1e-3 as one) is written in digits.
        """
        given = values.items() if isinstance(values, dict) else ()
        kinds = _keys(cls)
        told = [(key, one, _misfit(kinds[key], one)) for key, one in given if key in kinds]
        wrong = {why: [f"{key} is {one!r}" for key, one, found in told if found == why] for why in _MISFITS}  # fmt: skip
        if said := [f"{', '.join(keys)}: {why}" for why, keys in wrong.items() if keys]:
            raise ValueError("; ".join(said))
        return values


_BARE = (
    "a bare yes, no, on, off, true or false is neither a number nor a text; put a text in quotes"
)
_NO_ANSWER = "write true or false; a number is neither"
_NO_DAY = 'a day is a text such as "2025-12-31"'
_NO_NUMBER = (
    "a number is written in digits, such as 1000, 0.05 or 1e-3, and is 0 only where it says so"
)
_MISFITS = (_BARE, _NO_ANSWER, _NO_DAY, _NO_NUMBER)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_NUMBER = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*", re.ASCII)


def _misfit(kind: Any, value: Any) -> str | None:
    """Why a plain value is none of a key's kind; None where the type itself says so, or it fits."""
    if _members(kind):
        return None
    if not _takes(kind, bool):
        if _holds_boolean(value):
            return _BARE
    elif isinstance(value, int | float) and not isinstance(value, bool) and not _takes(kind, int):
        return _NO_ANSWER
    plain = list(_plain(value))
    if _takes(kind, date) and any(isinstance(one, int | float) or not _DAY.fullmatch(str(one)) for one in plain):  # fmt: skip
        return _NO_DAY
    is_number = (_takes(kind, int) or _takes(kind, float)) and not _takes(kind, str)
    if is_number and any(isinstance(one, str) and not _is_number(one) for one in plain):
        return _NO_NUMBER
    return None


def _plain(value: Any) -> Iterator[Any]:
    """The plain values of one, of a list or of a map; what is not given is none of them."""
    if isinstance(value, list | tuple):
        for one in value:
            yield from _plain(one)
    elif isinstance(value, dict):
        yield from _plain(list(value.values()))
    elif value is not None and not isinstance(value, bool):
        yield value


def _is_number(text: str) -> bool:
    """Whether a text is a number in digits. Whoever wrote 1e-400 did not mean 0.

    >>> [_is_number(text) for text in ("1e-3", "-7", ".5", "0e0", "1_000", "0x10", "1e-400", "many")]
    [True, True, True, True, False, False, False, False]
    """
    if not _NUMBER.fullmatch(text):
        return False
    digits = re.split("[eE]", text)[0]
    return float(text) != 0 or not digits.strip(" +-0.")


def _takes(annotation: Any, kind: type) -> bool:
    """Whether a plain value of this kind may stand there; of a map, as a value."""
    if annotation is kind or (
        kind is str and isinstance(annotation, str)
    ):  # one of the words of a Literal
        return True
    inner = get_args(annotation)
    return any(_takes(one, kind) for one in (inner[1:] if get_origin(annotation) in {dict, Mapping} else inner))  # fmt: skip


def _holds_boolean(value: Any) -> bool:
    """Whether a value or a list or map of plain values holds one; sections look at their own keys themselves."""
    if isinstance(value, list | tuple):
        return any(isinstance(one, bool) for one in value)
    if isinstance(value, dict):
        return any(isinstance(one, bool) for one in (*value, *value.values()))
    return isinstance(value, bool)


def no_repeats(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """The values of a list that names each thing once."""
    repeated = sorted({str(one) for one in values if values.count(one) > 1})
    if repeated:
        raise ValueError(f"each may be given once: {', '.join(repeated)}")
    return values


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
    """All mistakes of a section at once. A misspelt key is also a missing one, and a list whose values are wrong one too short.

    Of those only the spelling, and the values, are told.
    """
    found = [one for one in error.errors() if not _follows(one, error.errors())]
    misspelt = [one["loc"] for one in found if one["type"] == "extra_forbidden"]
    told = [
        one for one in found if not (one["type"] == "missing" and _is_meant(one["loc"], misspelt))
    ]
    return ConfigError.together([_mistake(one, model, where) for one in told])


def _follows(one: ErrorDetails, found: list[ErrorDetails]) -> bool:
    """Whether a list is said to be too short only because its illegal values were not counted."""
    depth = len(one["loc"])
    inside = [other for other in found if other["loc"][:depth] == one["loc"] and len(other["loc"]) > depth]  # fmt: skip
    return one["type"] == "too_short" and bool(inside)


def _is_meant(missing: tuple[int | str, ...], misspelt: list[tuple[int | str, ...]]) -> bool:
    """Whether a key of the same section is a misspelling of the missing one."""
    beside = [str(loc[-1]) for loc in misspelt if loc[:-1] == missing[:-1]]
    return bool(nearest(str(missing[-1]), beside))


def _mistake(one: ErrorDetails, model: type[BaseModel], where: str) -> ConfigError:
    path = [str(step) for step in one["loc"]]
    if one["type"] == "extra_forbidden":
        place = where if len(path) == 1 else f"{where} > {'.'.join(path[:-1])}"
        told = ConfigError.from_unknown("key", path[-1], _legal_keys(model, one["loc"][:-1]), where=place)  # fmt: skip
        homes = " and ".join(dict.fromkeys(_homes(model, path[-1])))
        step = f"It is a key of {homes}. {told.next_step}" if homes else told.next_step
        return ConfigError(told.what, where=told.where, next_step=step)
    said = one["msg"].removeprefix("Value error, ")
    if one["type"] in {"model_type", "dict_type"}:
        said = "Keys with values are expected here"
    is_section = isinstance(one["input"], dict)  # what is wrong with it stands in the sentence
    return ConfigError(
        f"{said}.",
        where=f"{where} > {'.'.join(path)}" if path else where,
        value=None if one["type"] == "missing" or is_section else repr(one["input"])[:200],
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


def _homes(section: type[BaseModel], key: str, at: str = "") -> Iterator[str]:
    """The sections that have a key, whichever they lie in: it may stand in a wrong one."""
    if key in _keys(section):
        yield f"`{at}`" if at else "the file itself, in no section"
    for name, annotation in _keys(section).items():
        for inner in _members(annotation):
            yield from _homes(inner, key, f"{at} > {name}" if at else name)


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

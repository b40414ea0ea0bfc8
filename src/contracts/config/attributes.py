"""Features that a portfolio brings itself: declared one by one, or taken from the table with what patterns say of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from contracts.config.base import Config, Text
from contracts.errors import BonitasError, ConfigError

Pillar = Literal["credit_record", "ability_to_pay", "financial_health", "business_context"]
UNITS = (
    "days",
    "months",
    "count",
    "share",
    "percentage_points",
    "money",
    "ratio",
    "points",
    "category",
)
"""`share` is of 1 and shown in per cent, `money` is in the reporting currency; a code of ISO 4217 names another."""
_MAX_SHARE = 10.0
"""A growth may come to a few times 100 %; 50 is one written in per cent."""
_CURRENCY = re.compile(r"[A-Z]{3}")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
Dtype = Literal["number", "category"]


def _known_unit(unit: str) -> str:
    if unit not in UNITS and not _CURRENCY.fullmatch(unit):
        raise ValueError(
            f"unknown unit {unit!r}; use {', '.join(UNITS)}, or a currency such as EUR"
        )
    return unit


class AttributeConfig(Config):
    """A column of `attributes` that becomes a feature: bring your own.

    Attributes:
        unit: of `UNITS`, or a currency; a category needs none.
        wording_en: what it measures; the column's name where not stated, see `unwritten`.
        wording_zh: the same in Chinese.
        role: `reason`, for the customer can act on it; `context`, which it cannot change; `ours`, what we decided. Where
            it is not stated, what belongs to the business context is context.
        subject: the idea it shares with other attributes or features: reasons name each idea once. Its name where not stated.
        alarm_below: a value below it is a fact that a controller must know, whatever the model makes of it.
        alarm_above: a value above it likewise.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    dtype: Dtype
    pillar: Pillar
    unit: str
    direction: Literal[-1, 0, 1] = 0
    wording_en: Text
    wording_zh: Text
    role: Literal["reason", "context", "ours"] | None = None
    subject: Text | None = None
    alarm_below: float | None = Field(None, ge=-1e18, le=1e18)
    alarm_above: float | None = Field(None, ge=-1e18, le=1e18)

    _unit_is_known = field_validator("unit")(_known_unit)

    @model_validator(mode="before")
    @classmethod
    def _unsaid(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        said = spoken(str(values.get("name", "")))
        unit = {"unit": "category"} if values.get("dtype") == "category" else {}
        return {"wording_en": said, "wording_zh": said, **unit, **values}

    @property
    def unwritten(self) -> tuple[str, ...]:
        """Wordings that nobody has written yet: they are the column's name.

        >>> AttributeConfig(name="n_late", dtype="number", pillar="credit_record", unit="count", wording_en="Late items").unwritten
        ('wording_zh',)
        """
        names = ("wording_en", "wording_zh")
        return tuple(one for one in names if getattr(self, one) == spoken(self.name))

    @model_validator(mode="after")
    def _alarms_are_of_numbers(self) -> AttributeConfig:
        bounds = (self.alarm_below, self.alarm_above)
        if self.dtype == "category" and any(one is not None for one in bounds):
            raise ValueError("a category has no order, so it has no alarm; declare it as a number")
        beyond = [one for one in bounds if one is not None and abs(one) > _MAX_SHARE]
        if self.unit == "share" and beyond:
            raise ValueError(f"an alarm at {beyond[0]:g} of a share would be at {beyond[0]:.0%}: 50 % is 0.5, or the unit is another")  # fmt: skip
        if None not in bounds and bounds[0] > bounds[1]:  # type: ignore[operator]  # neither is None
            raise ValueError(
                f"alarm_below ({bounds[0]}) may not lie above alarm_above ({bounds[1]}): every value would alarm"
            )
        return self


def spoken(name: str) -> str:
    """A column's name as words.

    >>> spoken("days_late_max")
    'days late max'
    """
    return name.replace("_", " ")


class AttributeDefaults(Config):
    """What is said of several columns at once: the keys of an attribute without its name. None: nothing is said."""

    dtype: Dtype | None = None
    pillar: Pillar | None = None
    unit: str | None = None
    direction: Literal[-1, 0, 1] | None = None
    wording_en: Text | None = None
    wording_zh: Text | None = None
    role: Literal["reason", "context", "ours"] | None = None
    subject: Text | None = None
    alarm_below: float | None = Field(None, ge=-1e18, le=1e18)
    alarm_above: float | None = Field(None, ge=-1e18, le=1e18)

    @field_validator("unit")
    @classmethod
    def _unit_is_known(cls, unit: str | None) -> str | None:
        return None if unit is None else _known_unit(unit)

    @property
    def said(self) -> dict[str, Any]:
        """The keys that are given."""
        return self.model_dump(exclude_none=True)


ORDERED = ("direction", "alarm_below", "alarm_above", "unit")
"""What a category has none of; where a pattern says it of many columns, categories among them pass it by."""
KEPT_OUT = ("customer_id", "known_on")
WHERE = "portfolio: attributes"


class AttributesFrom(Config):
    """`attributes: {from: table, ...}`: every column of the table `attributes` is one, and patterns say what they are.

    Attributes:
        from_: `table`: of what the SELECT of `attributes` delivers.
        defaults: said of every column.
        columns: said of the columns that a name or a pattern (`days_*`) matches; a later line goes before an earlier one.
        without: names or patterns of columns that become no feature.
    """

    from_: Literal["table"] = Field(alias="from")
    defaults: AttributeDefaults = AttributeDefaults()
    columns: dict[str, AttributeDefaults] = Field(default_factory=dict)
    without: tuple[str, ...] = ()

    def declared(self, found: Mapping[str, Dtype]) -> tuple[AttributeConfig, ...]:
        """The attributes of a table.

        Args:
            found: the table's columns and what they hold, in their order.

        Raises:
            ConfigError: a pattern matches no column, a name cannot be used, or keys are missing: all of them in one message.

        >>> asked = AttributesFrom.model_validate({"from": "table", "defaults": {"pillar": "credit_record"},
        ...     "columns": {"days_*": {"unit": "days", "direction": 1}}})
        >>> [(one.name, one.unit, one.direction) for one in asked.declared({"customer_id": "category", "days_late": "number"})]
        [('days_late', 'days', 1)]
        """
        names = [one for one in found if one not in KEPT_OUT and not _matched(one, self.without)]
        wrong = [*self._idle(list(found)), *_unusable(names)]
        said = {name: self._said(name, found[name]) for name in names if _NAME.fullmatch(name)}
        wrong += _missing(said)
        if wrong:
            raise ConfigError.together(wrong)
        return tuple(
            AttributeConfig.model_validate({"name": name, **one}) for name, one in said.items()
        )

    def _said(self, name: str, holds: Dtype) -> dict[str, Any]:
        patterns = [one for one in self.columns if fnmatchcase(name, one)]
        found: dict[str, Any] = {"dtype": holds, **self.defaults.said}
        for pattern in patterns:
            found |= self.columns[pattern].said
        if found["dtype"] == "category":
            own = self.columns[name].said if name in self.columns else {}
            found = {key: one for key, one in found.items() if key not in ORDERED or key in own}
        return found

    def _idle(self, names: list[str]) -> list[BonitasError]:
        idle = [
            one for one in (*self.columns, *self.without) if not _matched(one, names, turned=True)
        ]
        if not idle:
            return []
        return [
            ConfigError(
                f"Nothing in the table is called {', '.join(idle)}.",
                where=f"{WHERE} > columns, without",
                value=f"the table has: {', '.join(names)}",
                next_step="Correct the name or the pattern, or take the line out.",
            )
        ]


def _matched(one: str, others: tuple[str, ...] | list[str], *, turned: bool = False) -> bool:
    return any(fnmatchcase(*((other, one) if turned else (one, other))) for other in others)


def _unusable(names: list[str]) -> list[BonitasError]:
    wrong = [name for name in names if not _NAME.fullmatch(name)]
    if not wrong:
        return []
    return [
        ConfigError(
            f"{len(wrong)} columns have names that no feature can have: {', '.join(wrong)}.",
            where=WHERE,
            next_step="Rename them in attributes.sql (AS ...): lower-case letters, digits and underscores, a letter first.",
        )
    ]


def _missing(said: Mapping[str, Mapping[str, Any]]) -> list[BonitasError]:
    """One mistake for each key that some columns lack, with all of these columns."""
    needed = {
        key: [
            name
            for name, one in said.items()
            if key not in one and (key != "unit" or one["dtype"] == "number")
        ]
        for key in ("pillar", "unit")
    }
    return [
        ConfigError(
            f"{len(names)} columns have no {key}: {', '.join(names)}.",
            where=f"{WHERE} > defaults, columns",
            next_step=f"Give {key} under `defaults` for all of them, or under `columns` for some, by name or by a pattern such as days_*.",
        )
        for key, names in needed.items()
        if names
    ]

"""What a feature is: one declaration, from which its query, contract, direction and wording are derived."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import ibis
import ibis.expr.types as ir

from features.context import Context
from features.ledger.money import amount
from features.time.asof import before

Expression = Callable[[ir.Table], ir.Value]
UNITS = (
    "days", "share", "percentage_points", "money", "count", "months", "ratio", "points", "category",
)  # fmt: skip
"""Units of the catalogue; an attribute that a portfolio declares may have a unit of its own. Points are steps of a scale. A difference of two
shares is in percentage points: from 30 % to 51 % is 21 points, not 21 %."""
Role = Literal["reason", "context", "ours"]
"""What a feature may be to a reader: a reason, for the customer can act on it; context, which it cannot change or which does not
speak of it; or ours, which we decided ourselves."""


@dataclass(frozen=True, slots=True)
class State:
    """A relation that features are computed from: one row per customer and day of decision.

    Attributes:
        name: what features refer to it by.
        tables: raw tables it reads; it exists only where all of them are delivered.
        build: makes it.
        optional: raw tables it reads where they are delivered.
    """

    name: str
    tables: tuple[str, ...]
    build: Callable[[Context], ir.Table]
    optional: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One feature of the matrix.

    Attributes:
        source, measure, aggregate, window_days: make up its name.
        family: the group that a config selects it by.
        subject: the one idea a reader takes it for: a customer's reasons name each subject once, whatever the windows.
        role: whether it may be given as a reason, see `Role`.
        pillar: what it counts to.
        unit: how a reader sees its value, one of `UNITS`.
        direction: +1 more of it means more risk, -1 less, 0 free.
        side: where the sentence of the reason holds: +1 above what is typical, -1 below; 0: where the direction says, and either side for a category.
        is_change: a difference from its own past. Its reason says which way it moved, so it is said only where it moved that way.
        states: the relations its expression reads.
        wording_en, wording_zh: what it measures; `{window}` stands for the length of the window.
        reason_en, reason_zh: the customer's case as a clause with `{value}`; the comparison is added to it.
        expression: its value on the joined states (number, or text where `unit` is category).
        low, high: the range it can have, missing where open.
        is_flag: 0 or 1, with a reason that needs no number.
        formula_en, formula_zh: how it is computed, where the wording does not say it; N is the length of the window.
        ranked: the feature whose rank among peers it is, for the family `peers`.
    """

    source: str
    measure: str
    aggregate: str = ""
    window_days: int | None = None
    family: str
    subject: str
    role: Role = "reason"
    pillar: str
    unit: str
    direction: int
    states: tuple[str, ...]
    wording_en: str
    wording_zh: str
    reason_en: str
    reason_zh: str
    expression: Expression
    low: float | None = None
    high: float | None = None
    side: int = 0
    is_change: bool = False
    is_flag: bool = False
    formula_en: str = ""
    formula_zh: str = ""
    ranked: Feature | None = None

    @property
    def name(self) -> str:
        """Column name: source_measure_aggregate_window, empty parts left out."""
        window = f"{self.window_days}d" if self.window_days else ""
        return "_".join(
            part for part in (self.source, self.measure, self.aggregate, window) if part
        )

    @property
    def speaks(self) -> int:
        """On which side of the typical value its reason holds: +1 above, -1 below, 0 either."""
        return self.side or self.direction

    @property
    def dtype(self) -> Literal["number", "category"]:
        """How a model reads it."""
        return "category" if self.unit == "category" else "number"

    def texts(self) -> dict[str, str]:
        """wording_en, wording_zh, reason_en, reason_zh, complete: window filled in, and the comparison with healthy peers added."""
        compared = self.dtype == "number" and not (self.is_flag or self.is_change or self.ranked)
        tail_en = "; {peers}: {typical}." if compared else "."
        tail_zh = "；{peers}：{typical}。" if compared else "。"
        window = str(self.window_days or "")
        return {
            "wording_en": self.wording_en.replace("{window}", window),
            "wording_zh": self.wording_zh.replace("{window}", window),
            "reason_en": self.reason_en.replace("{window}", window) + tail_en,
            "reason_zh": self.reason_zh.replace("{window}", window) + tail_zh,
        }

    def tables(self, states: Mapping[str, State]) -> tuple[str, ...]:
        """Raw tables it is computed from, sorted."""
        return tuple(sorted({table for name in self.states for table in states[name].tables}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A group of features that a config selects by one name.

    Attributes:
        name: what the config calls it.
        title_en, title_zh: its heading on the page of features.
        about_en, about_zh: what it tells a credit manager, one sentence or two.
        declare: its features; what it takes differs between `peers`, `attributes` and all others, which take the windows.
    """

    name: str
    title_en: str
    title_zh: str
    about_en: str
    about_zh: str
    declare: Callable[..., list[Feature]]


def ratio(numerator: ir.NumericValue, denominator: ir.NumericValue) -> ir.FloatingValue:
    """Numerator / denominator, missing where the denominator is missing, zero or negative.

    A negative denominator (debt / negative EBITDA) would turn the sign of a ratio and rank the worst
    customers beside the best.
    """
    sound = denominator.cast("float64")
    return (sound > 0).ifelse(numerator.cast("float64") / sound.nullif(0.0), ibis.null("float64"))


def trailing(state: ir.Table, measure: str, window: int, skip: int = 0) -> ir.NumericValue:
    """What came in over [as_of - skip - window, as_of - skip): the difference of two running totals.

    Taken in exact decimals or integers, so that a part can never come out larger than its whole.
    """
    change = state[before(measure, skip)] - state[before(measure, skip + window)]
    return amount(change) if change.type().is_decimal() else change


def atleast(value: ir.NumericValue, floor: float = 0.0) -> ir.NumericValue:
    """The value, not below the floor; missing stays missing."""
    return (value < floor).ifelse(ibis.literal(floor).cast(value.type()), value)

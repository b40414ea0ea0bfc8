"""Numbers as a risk team writes them, and the sentence that carries them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from contracts.numbers import local, plain
from models.explanation.phrases import CHINESE, ENGLISH, Phrases


def rendered(value: object, unit: str, currency: str) -> str | None:
    """A feature's value as text, without the unit's word (the sentence around it has it); None where it is missing.

    Args:
        value: number or category.
        unit: days, months, count, share (of 1, shown as per cent), money, ratio, or anything else: four digits.
        currency: ISO 4217 code shown before money.

    >>> [rendered(v, u, "EUR") for v, u in [(23.4, "days"), (0.034, "share"), (1234567.8, "money"), (2.0, "ratio")]]
    ['23', '3.4%', 'EUR 1,234,568', '2.00']
    >>> rendered(-0.1, "days", "EUR"), rendered(50_000.0, "turns", "EUR")
    ('−0.1', '50,000')
    >>> rendered(float("nan"), "days", "EUR") is None
    True
    """
    if value is None or value != value:  # noqa: PLR0124 - NaN is the only value that is not itself
        return None
    if not isinstance(value, (int, float)):
        return str(value)
    if math.isinf(value):
        return None
    return _number(float(value), unit, currency)


def _number(value: float, unit: str, currency: str) -> str:
    if unit == "money":
        return f"{currency} {local(value, ',.0f')}"
    if unit == "share":
        return local(value, ".0%" if abs(value) >= 0.1 else ".1%")
    if unit in {"days", "months", "count"}:
        # a mean of counts may be a fraction; below ten its first decimal still says something
        whole = abs(value) >= 10 or round(value, 1).is_integer()
        return local(value, ",.0f" if whole else ",.1f")
    if unit == "ratio":
        return local(value, ",.2f" if abs(value) < 100 else ",.0f")
    return plain(value, 4)


@dataclass(frozen=True, slots=True)
class Feature:
    """How one feature is spoken of: its lineage row, and the value typical of healthy customers."""

    name: str
    pillar: str
    unit: str
    dtype: str
    direction: int
    tables: tuple[str, ...]
    wording_en: str
    wording_zh: str
    reason_en: str
    reason_zh: str
    typical: float | str | None

    def as_json(self) -> dict[str, object]:
        """What the bundle keeps of it (`reasons.json`)."""
        return {
            "pillar": self.pillar,
            "unit": self.unit,
            "wording_en": self.wording_en,
            "wording_zh": self.wording_zh,
            "reason_en": self.reason_en,
            "reason_zh": self.reason_zh,
            "typical": self.typical,
        }


def sentences(feature: Feature, value: object, currency: str) -> tuple[str, str]:
    """The reason in English and in Chinese, with the customer's own number and the typical one.

    A missing value is a reason of its own: it says what is not known, not a number.

    >>> feature = Feature("late", "credit_record", "days", "number", 1, ("payments",), "days late", "逾期天数",
    ...     "Paid {value} late; similar customers: {typical}.", "逾期 {value}；同类客户：{typical}。", 4.0)
    >>> sentences(feature, 1.0, "EUR")
    ('Paid 1 day late; similar customers: 4 days.', '逾期 1天；同类客户：4天。')
    >>> sentences(feature, None, "EUR")
    ('Not known, for lack of payment history: days late.', '缺少付款记录，无法得知：逾期天数。')
    """
    own = rendered(value, feature.unit, currency)
    if own is None:
        return (
            _not_known(feature, feature.wording_en, ENGLISH),
            _not_known(feature, feature.wording_zh, CHINESE),
        )
    typical = rendered(feature.typical, feature.unit, currency)
    return (
        _filled(feature.reason_en, own, typical, unit=feature.unit, phrases=ENGLISH),
        _filled(feature.reason_zh, own, typical, unit=feature.unit, phrases=CHINESE),
    )


def _filled(reason: str, own: str, typical: str | None, *, unit: str, phrases: Phrases) -> str:
    compared = phrases.no_typical if typical is None else phrases.counted(typical, unit)
    return reason.replace("{value}", phrases.counted(own, unit)).replace("{typical}", compared)


def _not_known(feature: Feature, wording: str, phrases: Phrases) -> str:
    said = phrases.unknown
    if "financials" in feature.tables:
        said = phrases.not_in_statement
    elif {"invoices", "payments"} & set(feature.tables):
        said = phrases.no_payments
    return said.replace("{wording}", wording)


NO_STATEMENT = (ENGLISH.no_statement, CHINESE.no_statement)

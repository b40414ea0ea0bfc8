"""Numbers as a risk team writes them, and the sentence that carries them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from contracts.arrays import Floats
from contracts.levels import country, in_chinese
from contracts.numbers import local, plain
from models.explanation.phrases import CHINESE, ENGLISH, Phrases

COUNTRY = "customer_country"
"""The feature whose values are codes of countries."""


CODE = 3
"""Letters of a currency."""


@lru_cache(maxsize=1 << 17)
def number_of(value: object) -> float:
    """A feature's value as a number, NaN where it is missing or a category.

    >>> number_of(6220.4), number_of("steel"), number_of(None), number_of(float("inf"))
    (6220.4, nan, nan, nan)
    """
    return float(value) if isinstance(value, (int, float)) and math.isfinite(value) else math.nan


def rendered(value: object, unit: str, currency: str) -> str | None:
    """A feature's value as text, without the unit's word (the sentence around it has it); None where it is missing.

    Args:
        value: number or category.
        unit: days, months, count, share (of 1, shown as per cent), percentage_points (a difference of shares), money, ratio,
            a currency (USD: shown with its code), or anything else: four digits.
        currency: ISO 4217 code shown before money.

    >>> [rendered(v, u, "EUR") for v, u in [(23.4, "days"), (0.034, "share"), (1234567.8, "money"), (2.0, "ratio")]]
    ['23', '3.4%', 'EUR 1,234,568', '2.00']
    >>> rendered(0.2149, "percentage_points", "EUR"), rendered(0.004, "percentage_points", "EUR")
    ('21', '0.4')
    >>> rendered(0.0, "share", "EUR"), rendered(0.0004, "share", "EUR")   # none at all, and hardly any
    ('0%', '0.0%')
    >>> rendered(-0.1, "days", "EUR"), rendered(50_000.0, "turns", "EUR")
    ('−0.1', '50,000')
    >>> rendered(1234567.8, "USD", "EUR")
    'USD 1,234,568'
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
    if unit == "money" or (len(unit) == CODE and unit.isupper()):
        return f"{currency if unit == 'money' else unit} {local(value, ',.0f')}"
    if unit == "percentage_points":
        return local(100.0 * value, ",.0f" if abs(value) >= 0.1 or value == 0.0 else ",.1f")
    if unit == "share":
        return local(value, ".0%" if abs(value) >= 0.1 or value == 0.0 else ".1%")
    if unit in {"days", "months", "count"}:
        # a mean of counts may be a fraction; below ten its first decimal still says something
        whole = abs(value) >= 10 or round(value, 1).is_integer()
        return local(value, ",.0f" if whole else ",.1f")
    if unit == "ratio":
        return local(value, ",.2f" if abs(value) < 100 else ",.0f")
    return plain(value, 4)


def widest_alike(size: Floats, unit: str) -> Floats:
    """How far two numbers may be apart that are written alike; whatever is further apart is written in two ways.

    A number is written to the nearest of its steps, so two within one step may meet; those further apart never do.

    Args:
        size: the larger of both, without its sign.
        unit: see `rendered`.

    >>> widest_alike(np.array([50.0, 2_000.0]), "ratio").round(3).tolist(), widest_alike(np.array([0.3]), "share").round(3).tolist()
    ([0.01, 1.001], [0.01])
    """
    if unit in {"share", "percentage_points"}:
        step = np.full(len(size), 0.01)
    elif unit in {"money", "days", "months", "count"} or (len(unit) == CODE and unit.isupper()):
        step = np.ones(len(size))
    elif unit == "ratio":
        step = np.where(size < 100.0, 0.01, 1.0)
    else:  # four digits: a thousandth of the number at most
        step = 0.001 * size
    return np.asarray(1.001 * step)  # what is nearly a step apart is looked at


@dataclass(frozen=True, slots=True)
class Feature:
    """How one feature is spoken of: its lineage row, and the value typical of all healthy customers.

    A rank among peers is compared in its own sentence, for and against alike.
    """

    name: str
    pillar: str
    unit: str
    dtype: str
    direction: int
    subject: str
    role: str
    speaks: int
    is_change: bool
    tables: tuple[str, ...]
    wording_en: str
    wording_zh: str
    reason_en: str
    reason_zh: str
    typical: float | str | None
    is_rank: bool = False

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


@dataclass(frozen=True, slots=True)
class Usual:
    """The value a customer is compared with, and whose it is.

    Attributes:
        value: typical of the healthy; missing where none of them has one.
        of_industry: whether it is that of its own industry, or that of all.
    """

    value: float | str | None
    of_industry: bool


def sentences(
    feature: Feature,
    value: object,
    currency: str,
    typical: Usual | None = None,
) -> tuple[str, str]:
    """The reason in English and in Chinese, with the customer's own number and the typical one.

    A change is written without its sign: the sentence says which way it went. A missing value is a reason of its own: it
    says what is not known, not a number.

    >>> feature = Feature("late", "credit_record", "days", "number", 1, "lateness", "reason", 1, False, ("payments",), "days late",
    ...     "逾期天数", "Paid {value} late; {peers}: {typical}.", "逾期 {value}；{peers}：{typical}。", 4.0)
    >>> sentences(feature, 1.0, "EUR", Usual(2.0, of_industry=True))
    ('Paid 1 day late; healthy customers in its industry: 2 days.', '逾期 1天；同行业健康客户：2天。')
    >>> sentences(feature, None, "EUR")
    ('Not known: days late.', '未知：逾期天数。')
    """
    own = rendered(_moved(feature, value), feature.unit, currency)
    if own is None:
        return (
            _not_known(feature, feature.wording_en, ENGLISH),
            _not_known(feature, feature.wording_zh, CHINESE),
        )
    compared = typical or Usual(feature.typical, of_industry=False)
    usual = rendered(compared.value, feature.unit, currency)
    templates = feature.reason_en, feature.reason_zh
    return _worded(templates, own, usual, feature.unit, of_industry=compared.of_industry)


@lru_cache(maxsize=1 << 16)
def _worded(
    templates: tuple[str, str], own: str, usual: str | None, unit: str, *, of_industry: bool
) -> tuple[str, str]:
    """Both sentences; in a book many customers have the same."""
    english, chinese = templates
    return (
        _filled(english, own, usual, unit, (ENGLISH, of_industry)),
        _filled(chinese, _named(own), _named(usual), unit, (CHINESE, of_industry)),
    )


def strength(feature: Feature, value: object, currency: str, typical: Usual) -> tuple[str, str]:
    """What speaks for a customer: what is measured, its own number and the typical one. It praises nothing: the numbers do.

    A rank says how many of its peers stand below it, which needs no typical one.

    >>> feature = Feature("late", "credit_record", "days", "number", 1, "lateness", "reason", 1, False, ("payments",), "days late",
    ...     "逾期天数", "", "", 4.0)
    >>> strength(feature, 1.0, "EUR", Usual(2.0, of_industry=True))
    ('Days late: 1 day; healthy customers in its industry: 2 days.', '逾期天数：1天；同行业健康客户：2天。')
    """
    own, usual = (rendered(one, feature.unit, currency) for one in (value, typical.value))
    words = (ENGLISH, feature.wording_en, feature.reason_en), (CHINESE, feature.wording_zh, feature.reason_zh)  # fmt: skip
    said = [
        _filled(reason if feature.is_rank else phrases.strength, own, usual, feature.unit, (phrases, typical.of_industry))
        .replace("{wording}", wording)
        for phrases, wording, reason in words
    ]  # fmt: skip
    return said[0][:1].upper() + said[0][1:], said[1]


def context(feature: Feature, value: object, currency: str) -> tuple[str, str]:
    """What is known of the customer, as a fact that is no reason: what it measures, and its value."""
    own = rendered(value, feature.unit, currency)
    parts = []
    for phrases, wording in ((ENGLISH, feature.wording_en), (CHINESE, feature.wording_zh)):
        shown = _named(own) if phrases is CHINESE else own
        if feature.name == COUNTRY and own is not None:
            shown = country(own)[phrases is CHINESE]
        said = phrases.no_typical if shown is None else phrases.counted(shown, feature.unit)
        parts.append(phrases.context.replace("{wording}", wording).replace("{value}", said))
    return parts[0][:1].upper() + parts[0][1:], parts[1]


def _moved(feature: Feature, value: object) -> object:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return abs(float(value)) if feature.is_change and is_number else value  # type: ignore[arg-type]


def _named(shown: str | None) -> str | None:
    return None if shown is None else in_chinese(shown)


def _filled(
    reason: str, own: str | None, typical: str | None, unit: str, whose: tuple[Phrases, bool]
) -> str:
    phrases, of_industry = whose
    compared = phrases.no_typical if typical is None else phrases.counted(typical, unit)
    peers = phrases.peers if of_industry else phrases.every_peer
    said = reason.replace("{value}", phrases.counted(own or "", unit))
    return said.replace("{typical}", compared).replace("{peers}", peers)


def _not_known(feature: Feature, wording: str, phrases: Phrases) -> str:
    """What is not known of a rank is what it ranks: its words follow those of the rank."""
    said = phrases.not_in_statement if "financials" in feature.tables else phrases.unknown
    what = wording.partition(phrases.colon)[2] if feature.is_rank else wording
    return said.replace("{wording}", what)


NO_STATEMENT = (ENGLISH.no_statement, CHINESE.no_statement)


def no_payments(days: int) -> tuple[str, str]:
    """Said of a customer that paid nothing within so many days."""
    return (
        ENGLISH.no_payments.replace("{n}", f"{days:,}"),
        CHINESE.no_payments.replace("{n}", f"{days:,}"),
    )

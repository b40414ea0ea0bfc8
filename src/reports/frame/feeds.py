"""Kinds of rows and columns of the portfolio's own in the reader's words: for the page of monitoring."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from contracts.documents.monitoring import Feed, MonitoringFinding
from reports.frame.page import both, sentence
from reports.locale.catalogue import LANGUAGES, Language, say

CODE = "UP-Q4"
MAX_SHOWN = 30
MAX_NAMED = 5
TONES = {"silent": "warn", "untold": "info", "seldom": "info", "goes_on": "good"}


def table(told: Sequence[Feed]) -> dict[str, Any]:
    """The table of feeds, of which the first are shown; and how often all together are told to have ended although they go on."""
    rates = [one.false_a_year for one in told if one.false_a_year is not None]
    return {
        "rows": [_row(one) for one in told[:MAX_SHOWN]],
        "n": len(told),
        "n_default": sum(one.is_default for one in told),
        "false_a_year": sum(rates),
        "of_default": sum(one.false_a_year or 0.0 for one in told if one.is_default),
    }


def _row(one: Feed) -> dict[str, Any]:
    names = (sentence(named(language, one)) for language in LANGUAGES)
    return {**one.model_dump(), "name": both(*names), "tone": TONES[one.state]}


def named(language: Language, one: Feed) -> str:
    """A feed as a controller calls it.

    >>> from datetime import date
    >>> silent = {"wording_en": None, "wording_zh": None, "is_default": True, "last": date(2026, 1, 1), "days": 40, "usual": None, "told_after": None}
    >>> told = silent | {"false_a_year": None, "state": "seldom", "months": None}
    >>> named("en", Feed(table="events", kinds=("write_off",), **told)), named("zh", Feed(table="fx_rates", kinds=("CHF",), **told))
    ('Write-off', 'CHF汇率')
    """
    if len(one.kinds) > 1:
        return say(language, "feed.together")
    kind = one.kinds[0]
    if one.table == "events":
        return say(language, f"event.{kind}")
    if one.table == "fx_rates":
        return say(language, "feed.rate", {"currency": kind})
    if one.table in {"payments", "invoices"}:
        return say(language, f"feed.{kind}")
    if kind == one.table:
        return say(language, f"table.{kind}")
    words = one.wording_en if language == "en" else one.wording_zh
    return words or say(language, "feed.column", {"column": kind})


def text(finding: MonitoringFinding, told: Sequence[Feed]) -> Markup:
    """What UP-Q4 found, its feeds named in each language."""
    return both(*(say(language, finding.entry, _values(language, finding.values, told)) for language in LANGUAGES))  # fmt: skip


def _values(language: Language, values: Mapping[str, Any], told: Sequence[Feed]) -> dict[str, Any]:
    gone = (f"{named(language, one)} ({one.last})" for one in told if one.state == "silent")
    untold = (say(language, f"feed.{one.state}", {"name": named(language, one), "months": one.months}) for one in told if one.state in {"untold", "seldom"})  # fmt: skip
    return {**values, "named": _some(gone), "untold": _some(untold)}


def _some(names: Iterable[str]) -> tuple[str, ...]:
    found = list(names)
    more = len(found) - MAX_NAMED
    return (*found[:MAX_NAMED], *([f"+ {more}"] if more > 0 else []))

"""The page for a data owner: what is wrong with the extract, how many rows, how much money, and which ones."""

from __future__ import annotations

from typing import Any

from contracts.documents.data_quality import DataQuality, RuleFinding
from reports.frame.declaration import Page
from reports.frame.page import render_page

MAX_EXAMPLES = 3
MAX_VALUE_LENGTH = 80
_ORDER = {"quarantined": 0, "reported": 1, "repaired": 2, "clean": 3}
TONES = {"quarantined": "warn", "reported": "info", "repaired": "good"}

MISSED = "default_event_set_aside"
"""Seldom many rows, and never a small matter: it stands on the first screen."""


def render(delivery: DataQuality) -> str:
    """The validation page as HTML; its size does not depend on the number of rows."""
    rules = sorted(delivery.rules, key=_by_weight)
    findings = [_shown(rule) for rule in rules if rule.outcome == "failed"]
    clean = [rule for rule in rules if rule.outcome == "passed"]
    rows_in = sum(table.rows_in for table in delivery.tables)
    set_aside = sum(table.rows_quarantined for table in delivery.tables)
    last = (
        {table.table: table.rows_in for table in delivery.previous.tables}
        if delivery.previous
        else {}
    )
    view = {
        "portfolio": delivery.portfolio,
        "complete_until": delivery.complete_until,
        "currency": delivery.currency,
        "is_stopped": bool(delivery.stopped_by),
        "n_beyond": len(delivery.stopped_by),
        "previous": delivery.previous,
        "tables": [{**table.model_dump(), "rows_last": last.get(table.table)} for table in delivery.tables],
        "findings": findings,
        "tones": TONES,
        "in_doubt": delivery.in_doubt.model_dump(),
        "n_clean": len(clean),
        "n_asked": len(findings) + len(clean),
        "n_not_asked": sum(rule.outcome == "not_applicable" for rule in rules),
        "clean": _by_title(clean),
        "n_gone": sum(_trend(rule) == "gone" for rule in clean),
        "n_new": sum(rule["trend"] == "new" for rule in findings),
        "rows_in": rows_in,
        "rows_set_aside": set_aside,
        "rows_repaired": sum(table.rows_repaired for table in delivery.tables),
        "share_set_aside": set_aside / rows_in if rows_in else 0.0,
    }  # fmt: skip
    return render_page("validation.html.j2", view)


def _shown(rule: RuleFinding) -> dict[str, Any]:
    """A finding as the template reads it, its examples few and short."""
    examples = [
        {name: _cut(value or "") for name, value in example.model_dump().items()}
        for example in rule.examples[:MAX_EXAMPLES]
    ]
    hangs = None if rule.effect is None else rule.effect.share
    return {**rule.model_dump(by_alias=True), "examples": examples, "trend": _trend(rule), "hangs": hangs}  # fmt: skip


SAME = 0.25
"""A share that moved by less than a quarter of itself since the last delivery is called the same."""


def _trend(rule: RuleFinding) -> str | None:
    """How the share of broken rows compares with the last delivery's; None without one to compare with."""
    previous = rule.previous
    if previous is None:
        return None
    if not rule.broken:
        return "gone" if previous.broken else "same"
    if not previous.broken or not previous.share:
        return "new"
    change = (rule.value or 0.0) / previous.share - 1.0
    return "same" if abs(change) < SAME else "more" if change > 0 else "fewer"


def _by_weight(rule: RuleFinding) -> tuple[bool, bool, int, float, int, str, str]:
    """What stopped the run first, then defaults that were missed; set aside before reported before mended before clean; by money, rows and name."""
    return (
        not rule.is_beyond,
        not (rule.code == MISSED and rule.broken),
        _ORDER.get(rule.done, 4),
        -(rule.amount or 0.0),
        -rule.broken,
        rule.subject,
        rule.code,
    )


def _by_title(rules: list[RuleFinding]) -> list[dict[str, Any]]:
    """One row per thing that was looked for, with the tables it was looked for in."""
    rows: dict[tuple[str, str], list[str]] = {}
    for rule in rules:
        tables = rows.setdefault((rule.title_en, rule.title_zh), [])
        if rule.subject not in tables:
            tables.append(rule.subject)
    return [
        {"title_en": english, "title_zh": chinese, "tables": sorted(tables)}
        for (english, chinese), tables in sorted(rows.items())
    ]


def _cut(text: str) -> str:
    """At most so many characters: one broken cell must not fill a page.

    >>> len(_cut("x" * 10_000))
    80
    """
    return text if len(text) <= MAX_VALUE_LENGTH else text[: MAX_VALUE_LENGTH - 1] + "…"


PAGE = Page(
    "reports/validation.json",
    "reports/validation.html",
    render,
    "what was wrong with the data",
    read=DataQuality.read,
)

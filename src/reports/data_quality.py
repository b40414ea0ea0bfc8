"""The page for a data owner: what is wrong with the extract, how many rows, how much money, and which ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reports.frame.page import render_page

MAX_EXAMPLES = 3
MAX_VALUE_LENGTH = 80
_ORDER = {"quarantined": 0, "reported": 1, "repaired": 2, "clean": 3}


def render(context: Mapping[str, Any]) -> str:
    """The validation page as HTML.

    Args:
        context: `portfolio`, `complete_until`, `tables` (table, rows_in, rows_valid, rows_quarantined,
            rows_repaired) and `rules` (rule, table, severity, title_en, title_zh, remedy_en, remedy_zh,
            is_estimate, broken, share, tolerance, amount, outcome, previous, examples of key, column, value,
            mended); `currency` of the amounts; `previous` delivery's complete_until and tables, or None.
    """
    rules = sorted((dict(rule) for rule in context["rules"]), key=_by_weight)
    for rule in rules:
        rule["examples"] = [_short(example) for example in rule.get("examples", [])][:MAX_EXAMPLES]
        rule["trend"] = _trend(rule)
    findings = [rule for rule in rules if rule["outcome"] != "clean"]
    clean = [rule for rule in rules if rule["outcome"] == "clean"]
    tables = context["tables"]
    rows_in = sum(int(table["rows_in"]) for table in tables)
    set_aside = sum(int(table["rows_quarantined"]) for table in tables)
    view = {
        "portfolio": context["portfolio"],
        "complete_until": context["complete_until"],
        "currency": context.get("currency") or "",
        "previous": context.get("previous"),
        "tables": _with_last(tables, context.get("previous")),
        "findings": findings,
        "n_clean": len(clean),
        "clean": _by_title(clean),
        "gone": [rule for rule in clean if rule["trend"] == "gone"],
        "n_new": sum(rule["trend"] == "new" for rule in findings),
        "rows_in": rows_in,
        "rows_set_aside": set_aside,
        "rows_repaired": sum(int(table["rows_repaired"]) for table in tables),
        "share_set_aside": set_aside / rows_in if rows_in else 0.0,
    }
    return render_page("validation.html.j2", view)


SAME = 0.25
"""A share that moved by less than a quarter of itself since the last delivery is called the same."""


def _trend(rule: Mapping[str, Any]) -> str | None:
    """How the share of broken rows compares with the last delivery's; None without one to compare with.

    >>> _trend({"share": 0.02, "broken": 2, "previous": {"share": 0.01, "broken": 1}})
    'more'
    >>> _trend({"share": 0.0, "broken": 0, "previous": {"share": 0.01, "broken": 1}})
    'gone'
    """
    previous = rule.get("previous")
    if previous is None:
        return None
    if not rule["broken"]:
        return "gone" if previous["broken"] else "same"
    if not previous["broken"]:
        return "new"
    change = rule["share"] / previous["share"] - 1.0
    return "same" if abs(change) < SAME else "more" if change > 0 else "fewer"


def _with_last(
    tables: Sequence[Mapping[str, Any]], previous: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    last = {} if previous is None else {one["table"]: one["rows_in"] for one in previous["tables"]}
    return [{**table, "rows_last": last.get(table["table"])} for table in tables]


def _by_weight(rule: Mapping[str, Any]) -> tuple[int, float, int, str, str]:
    """Set aside before reported before mended before clean; then by money, rows, and name, so that the order is fixed."""
    return (
        _ORDER.get(rule["outcome"], 1),
        -float(rule.get("amount") or 0.0),
        -int(rule["broken"]),
        str(rule["table"]),
        str(rule["rule"]),
    )


def _by_title(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row per thing that was looked for, with the tables it was looked for in."""
    rows: dict[tuple[str, str], list[str]] = {}
    for rule in rules:
        tables = rows.setdefault((rule["title_en"], rule["title_zh"]), [])
        if rule["table"] not in tables:
            tables.append(rule["table"])
    return [
        {"title_en": english, "title_zh": chinese, "tables": sorted(tables)}
        for (english, chinese), tables in sorted(rows.items())
    ]


def _short(example: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: _cut("" if example.get(name) is None else str(example[name]))
        for name in ("key", "column", "value", "mended")
    }


def _cut(text: str) -> str:
    """At most so many characters: one broken cell must not fill a page.

    >>> len(_cut("x" * 10_000))
    80
    """
    return text if len(text) <= MAX_VALUE_LENGTH else text[: MAX_VALUE_LENGTH - 1] + "…"

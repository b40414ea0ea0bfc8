"""The page for a data owner: what is wrong with the extract, how many rows, how much money, and which ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from decisions.reports.page import render_page

MAX_EXAMPLES = 3
MAX_VALUE_LENGTH = 80
_ORDER = {"quarantined": 0, "reported": 1, "clean": 2}


def render(context: Mapping[str, Any]) -> str:
    """The validation page as HTML.

    Args:
        context: `portfolio`, `complete_until`, `tables` (table, rows_in, rows_valid, rows_quarantined)
            and `rules` (rule, table, severity, title_en, title_zh, broken, share, tolerance, amount,
            outcome, examples of key, column, value); optional `currency` of the amounts.
    """
    rules = sorted((dict(rule) for rule in context["rules"]), key=_by_weight)
    for rule in rules:
        rule["examples"] = [_short(example) for example in rule.get("examples", [])][:MAX_EXAMPLES]
    rows_in = sum(int(table["rows_in"]) for table in context["tables"])
    set_aside = sum(int(table["rows_quarantined"]) for table in context["tables"])
    view = {
        "portfolio": context["portfolio"],
        "complete_until": context["complete_until"],
        "currency": context.get("currency") or "",
        "tables": list(context["tables"]),
        "findings": [rule for rule in rules if rule["outcome"] != "clean"],
        "n_clean": sum(rule["outcome"] == "clean" for rule in rules),
        "clean": _by_title([rule for rule in rules if rule["outcome"] == "clean"]),
        "rows_in": rows_in,
        "rows_set_aside": set_aside,
        "share_set_aside": set_aside / rows_in if rows_in else 0.0,
    }
    return render_page("validation.html.j2", view)


def _by_weight(rule: Mapping[str, Any]) -> tuple[int, float, int, str, str]:
    """Set aside before reported before clean; then by money, rows, and name, so that the order is fixed."""
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
        for name in ("key", "column", "value")
    }


def _cut(text: str) -> str:
    """At most so many characters: one broken cell must not fill a page.

    >>> len(_cut("x" * 10_000))
    80
    """
    return text if len(text) <= MAX_VALUE_LENGTH else text[: MAX_VALUE_LENGTH - 1] + "…"

"""The page for a risk committee: may this model be used, how good is it, for whom, since when, how sure, against what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.errors import ContractError
from reports.frame.grid import Table, cut, figure, shown
from reports.frame.page import both, render_page
from reports.model import charts, origins
from reports.model import grades as levels
from reports.model import tables as evidence
from reports.model.answers import answers
from reports.model.words import LEVELS, MEASURES, fewer, subject

Pack = Mapping[str, Any]
FIRST, MOST_FINDINGS, MOST_SUBJECTS = 3, 12, 6
MOST_LEVELS, MOST_SEGMENTS = 8, 5
MOST = {
    "gates": 30, "parts": 6, "two_by_two": 4, "tests": 20, "segments": MOST_LEVELS * MOST_SEGMENTS, "as_of": 24, "stability": 10,
    "grades": 20, "members": 6, "flavours": 10, "candidates": 8, "importance": 8, "selection": 10, "scorecard": 60, "selective": 10,
}  # fmt: skip
"""Most rows of each table on the page; the sheets hold all."""
NEEDED = (
    "portfolio", "title", "horizon_months", "confidence", "verdict", "findings", "checks", "parts", "two_by_two", "models", "premium",
    "reliability", "score_distribution", "roc", "grades", "tests", "segments", "as_of", "migrations", "concentration", "stability",
    "selective", "scorecard", "lightgbm", "search", "selection", "words",
)  # fmt: skip


def render(pack: Pack) -> str:
    """The model validation as HTML, in English and Chinese; its size does not depend on the number of inputs or groups.

    Args:
        pack: what `reports/validation_model.json` holds.

    Raises:
        ContractError: the pack lacks a part.
    """
    checked(pack)
    view = {
        "portfolio": pack["portfolio"],
        "title": pack["title"],
        "horizon_months": pack["horizon_months"],
        "confidence": pack["confidence"],
        "verdict": pack["verdict"],
        "first": [_finding(pack, row) for row in pack["findings"][:FIRST]],
        "further": [_finding(pack, row) for row in pack["findings"][FIRST:MOST_FINDINGS]],
        "more_findings": fewer(min(len(pack["findings"]), MOST_FINDINGS), len(pack["findings"])),
        "answers": answers(pack),
        "test": pack["models"].get("lightgbm", {}).get("test"),
        "gain": (pack["premium"] or {}).get("gini"),
        "has_new": any(row["customers"] == "new" and row["n"] for row in pack["two_by_two"]),
        "has_truth": "oracle" in pack["models"],
        "tables": _tables(pack),
        "charts": _charts(pack),
        "facts": {
            key: pack[key]
            for key in ("concentration", "migrations", "lightgbm", "search", "selection", "selective")
        },
        "intercept_points": (pack["scorecard"] or {}).get("intercept_points"),
        "figure": figure,
        "fewer": fewer,
        "measures": MEASURES,
    }  # fmt: skip
    return render_page("model_validation.html.j2", view)


def checked(pack: Pack) -> None:
    """Refuses a pack that lacks a part.

    >>> checked({"portfolio": "demo"})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    contracts.errors.ContractError: The validation pack lacks 26 of its 27 parts.
    ...
    """
    if absent := [key for key in NEEDED if key not in pack]:
        raise ContractError(
            f"The validation pack lacks {len(absent)} of its {len(NEEDED)} parts.",
            where="reports/validation_model.json",
            value=", ".join(absent),
            next_step="Run the stage that writes it again: `dvc repro --force --single-item evaluate`.",
        )


def _finding(pack: Pack, row: Mapping[str, Any]) -> dict[str, Any]:
    """A finding with the first of those that share it, and how many more there are."""
    tone, words = origins.severity(row["severity"])
    subjects = [subject(pack, one) for one in row["subjects"]]
    first = [
        (cut(one), cut(one)) if isinstance(one, str) else (cut(one[0]), cut(one[1]))
        for one in subjects[:MOST_SUBJECTS]
    ]
    more = len(subjects) - len(first)
    shared = ["; ".join(one[0] for one in first), "、".join(one[1] for one in first)]
    if more:
        shared = [f"{shared[0]} and {more} more", f"{shared[1]}等共 {len(subjects)} 项"]
    return {**row, "tone": tone, "weight": both(*words), "shared": shared if first else None}


def _tables(pack: Pack) -> dict[str, dict[str, Any]]:
    tables = {
        "gates": evidence.gates(pack),
        "parts": evidence.parts(pack),
        "two_by_two": evidence.two_by_two(pack),
        "ranking": evidence.measures(pack),
        "levels": evidence.measures(pack, LEVELS),
        "premium": evidence.premium(pack),
        "grades": levels.grades(pack).without("binomial_p", "most_prudent"),
        "tests": levels.significance_by_test(pack),
        "segments": _few_levels(evidence.segments(pack).without("jeffreys_p")),
        "as_of": evidence.as_of(pack),
        "stability": evidence.stability(pack),
        "members": origins.members(pack),
        "flavours": origins.flavours(pack),
        "candidates": origins.candidates(pack),
        "importance": origins.importance(pack),
        "selection": origins.selection(pack),
        "scorecard": origins.scorecard(pack).without("woe", "iv", "coefficient"),
        "selective": levels.selective(pack),
        "truth": levels.selective_truth(pack),
    }
    made = {key: shown(table, MOST.get(key, 40)) for key, table in tables.items()}
    made["segments"]["total"] = len(pack["segments"])
    return made


def _few_levels(table: Table) -> Table:
    """The levels with most defaults of each of the first segments: rows come sorted so."""
    seen: dict[Any, int] = {}
    rows = []
    for row in table.rows:
        seen[row["segment"]] = seen.get(row["segment"], 0) + 1
        if seen[row["segment"]] <= MOST_LEVELS and len(seen) <= MOST_SEGMENTS:
            rows.append(row)
    return Table(table.name, table.columns, rows, table.absent)


def _charts(pack: Pack) -> dict[str, Any]:
    bins = {name: pack["reliability"].get(name) or () for name in evidence.MODELS}
    return {
        "reliability": {
            name: charts.reliability(bins[name], list(bins.values()), charts.COLOURS[name])
            for name in evidence.MODELS
        },
        "roc": charts.roc(pack["roc"]),
        "scores": charts.scores(pack["score_distribution"]),
        "grades": charts.grades(pack["grades"]),
        "auc": charts.dates(pack["as_of"], "roc_auc"),
        "rate": charts.dates(pack["as_of"], "rate", "mean_pd"),
        "moves": charts.moves((pack["migrations"] or {}).get("matrix") or ()),
    }

"""The page for a risk committee: may this model be used, how good is it, for whom, since when, how sure, against what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from contracts.calendar import snapshots
from contracts.documents.validation_model import ValidationModel
from reports.frame.declaration import Page
from reports.frame.grid import Pair, Table, cut, figure, shown
from reports.frame.page import both, render_page
from reports.frame.wording import said
from reports.locale.catalogue import LANGUAGES
from reports.model import charts, origins
from reports.model import grades as levels
from reports.model import tables as evidence
from reports.model.answers import answers
from reports.model.earned import earned
from reports.model.shipped import by_origin, open_years, shipped_grades, shipped_sentence
from reports.model.words import (
    LEVELS,
    MODELS,
    Pack,
    badge,
    fewer,
    is_dealt,
    joined,
    model_name,
    subject,
)

FIRST, MAX_FINDINGS, MAX_SUBJECTS = 3, 12, 6
MAX_LEVELS, MAX_SEGMENTS = 8, 5
MAX_ROWS = {
    "gates": 30, "parts": 6, "two_by_two": 4, "tests": 20, "segments": MAX_LEVELS * MAX_SEGMENTS, "as_of": 24, "stability": 10,
    "grades": 20, "shipped": 20,
    "origins": 21, "open_years": 20, "earned": 42, "members": 6, "flavours": 10, "candidates": 8, "importance": 8, "selection": 10, "scorecard": 60, "selective": 10,
}  # fmt: skip
"""Most rows of each table on the page; the sheets hold all."""


def render(found: ValidationModel) -> str:
    """The model validation as HTML, in English and Chinese; its size does not depend on the number of inputs or groups."""
    pack = found.to_json()
    view = {
        "portfolio": pack["portfolio"],
        "title": pack["title"],
        "horizon_months": pack["horizon_months"],
        "confidence": pack["confidence"],
        "period": _period(found),
        "verdict": pack["verdict"],
        "rests_on": pack["rests_on"],
        "headline": both(*origins.headline(pack)),
        "first": [_finding(pack, row) for row in pack["findings"][:FIRST]],
        "further": [_finding(pack, row) for row in pack["findings"][FIRST:MAX_FINDINGS]],
        "more_findings": fewer(min(len(pack["findings"]), MAX_FINDINGS), len(pack["findings"])),
        "answers": [
            (both(*one.asks), both(*said("model.section", text=one.says, section=one.section)))
            for one in answers(pack)
        ],
        "test": pack["models"].get("lightgbm", {}).get("test"),
        "gain": pack["premium"]["gini"],
        "has_new": any(row["customers"] == "new" and row["n"] for row in pack["two_by_two"]),
        "has_truth": "oracle" in pack["models"],
        "true_of": both(*told) if (told := levels.true_of(pack)) else None,
        "is_dealt": is_dealt(pack),
        "model_names": {name: both(*_pair(model_name(pack, name))) for name in MODELS},
        "shipped": both(*told) if (told := shipped_sentence(pack)) else None,
        "tables": _tables(pack),
        "charts": _charts(pack),
        "facts": {
            key: pack[key]
            for key in ("concentration", "migrations", "lightgbm", "search", "selection", "selective", "shipped", "open_years")
        },
        "selective": both(*joined(*levels.selective_sentence(pack))),
        "intercept_points": pack["scorecard"]["intercept_points"],
        "figure": figure,
        "fewer": fewer,
    }  # fmt: skip
    return render_page("model_validation.html.j2", view)


def _period(found: ValidationModel) -> dict[str, Any]:
    """First and last day of decision of the test sample, and those whose outcome windows do not overlap."""
    days = [row.as_of for row in found.as_of]
    once = snapshots(pd.Series(pd.to_datetime(days)), found.horizon_months)
    return {
        "first": min(days, default=None),
        "last": max(days, default=None),
        "once": tuple(str(day.date()) for day in once),
    }


def _pair(one: Pair | str) -> Pair:
    return (one, one) if isinstance(one, str) else one


def _finding(pack: Pack, row: Mapping[str, Any]) -> dict[str, Any]:
    """A finding with the first of those that share it, and how many more there are."""
    tone, words = badge(row["severity"], row["severity"])
    subjects = [_pair(subject(pack, one)) for one in row["subjects"]]
    first = [tuple(map(cut, one)) for one in subjects[:MAX_SUBJECTS]]
    names = tuple("; ".join(one[side] for one in first) for side in range(len(LANGUAGES)))
    more = len(subjects) - len(first)
    entry = "model.shared_by_more" if more else "model.shared_by"
    return {
        "title": both(*origins.title(pack, row)),
        "detail": both(*origins.evidence(pack, row)),
        "tone": tone,
        "weight": both(*words),
        "shared": both(*said(entry, subjects=names, more=more)) if first else None,
    }


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
        "shipped": shipped_grades(pack),
        "origins": by_origin(pack),
        "open_years": open_years(pack),
        "earned": earned(pack),
        "members": origins.members(pack),
        "flavours": origins.flavours(pack),
        "candidates": origins.candidates(pack),
        "importance": origins.importance(pack),
        "selection": origins.selection(pack),
        "scorecard": origins.scorecard(pack).without("woe", "iv", "coefficient"),
        "selective": levels.selective(pack),
        "truth": levels.selective_truth(pack),
    }
    made = {key: shown(table, MAX_ROWS.get(key, 40)) for key, table in tables.items()}
    made["segments"]["total"] = len(pack["segments"])
    return made


def _few_levels(table: Table) -> Table:
    """The levels with most defaults of each of the first segments: rows come sorted so."""
    seen: dict[Any, int] = {}
    rows = []
    for row in table.rows:
        seen[row["segment"]] = seen.get(row["segment"], 0) + 1
        if seen[row["segment"]] <= MAX_LEVELS and len(seen) <= MAX_SEGMENTS:
            rows.append(row)
    return Table(table.name, table.columns, rows, table.absent)


def _charts(pack: Pack) -> dict[str, Any]:
    bins = {name: pack["reliability"].get(name) or () for name in MODELS}
    return {
        "reliability": {
            name: charts.reliability(bins[name], list(bins.values()), charts.COLOURS[name])
            for name in MODELS
        },
        "roc": charts.roc(pack["roc"]),
        "scores": charts.scores(pack["score_distribution"]),
        "grades": charts.grades(pack["grades"]),
        "auc": charts.dates(pack["as_of"], "roc_auc"),
        "rate": charts.dates(pack["as_of"], "rate", "mean_pd"),
        "moves": charts.moves(pack["migrations"]["matrix"]),
    }


PAGE = Page(
    "reports/validation_model.json",
    "reports/validation_model.html",
    render,
    "whether the model may be used",
    read=ValidationModel.read,
)

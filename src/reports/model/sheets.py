"""The tables of the model validation, in full, as an Excel file: one sheet per table, numbers as numbers."""

from __future__ import annotations

from contracts.documents.validation_model import ValidationModel
from reports.frame.declaration import Page
from reports.frame.grid import Pair, Table
from reports.frame.wording import said
from reports.frame.workbook import workbook
from reports.model import grades as levels
from reports.model import origins
from reports.model import tables as evidence
from reports.model.earned import earned
from reports.model.shipped import by_origin, open_years, shipped_grades
from reports.model.words import LEVELS, RANKING, Pack


def tables(pack: Pack) -> list[Table]:
    """All tables of the page, none of them cut, and the points behind its charts."""
    measures = evidence.measures(pack, (*RANKING, *LEVELS))
    return [
        origins.facts(pack),
        origins.findings(pack),
        evidence.gates(pack),
        evidence.parts(pack),
        evidence.two_by_two(pack),
        measures,
        evidence.all_measures(pack),
        evidence.premium(pack),
        levels.reliability(pack),
        levels.grades(pack),
        levels.significance(pack),
        evidence.segments(pack),
        evidence.as_of(pack),
        levels.migrations(pack),
        evidence.stability(pack),
        levels.selective(pack),
        levels.selective_truth(pack),
        shipped_grades(pack),
        by_origin(pack),
        open_years(pack),
        earned(pack),
        origins.members(pack),
        origins.flavours(pack),
        origins.candidates(pack),
        origins.importance(pack),
        origins.selection(pack),
        origins.scorecard(pack),
        levels.score_distribution(pack),
        levels.roc(pack),
    ]


def render(found: ValidationModel) -> bytes:
    """The workbook. Texts are written as texts, so that no name can be run as a formula; equal documents give equal bytes."""
    return workbook(tables(found.to_json()), "Model validation", _heading)


def _heading(title: Pair, end: str) -> Pair:
    return title if end == "value" else said(f"model.{end}", title=title)


PAGE = Page(
    "reports/validation_model.json",
    "reports/validation_model.xlsx",
    render,
    "every table of the model's validation, as sheets",
    read=ValidationModel.read,
)

"""The page for a risk manager with three minutes: the portfolio, and the customers to call."""

from __future__ import annotations

from datetime import timedelta

from markupsafe import Markup

from contracts.documents.portfolio import Portfolio
from contracts.documents.scenarios import PdLevel, Scenario
from contracts.levels import in_chinese
from reports.frame import charts
from reports.frame.declaration import Page
from reports.frame.page import both, render_page
from reports.frame.wording import said
from reports.locale.facts import told

AT_ONCE = 50
"""Rows of the list that the browser lays out; the others wait in the page until they are searched, sorted to the top or asked for."""


def render(document: Portfolio) -> str:
    """The portfolio page as HTML."""
    weights = [row.model_dump() for row in document.grades]
    panels = {
        field: charts.shares_by_grade(weights, field)
        for field in ("customers", "exposure", "expected_loss")
        if field == "customers" or document.has_ledger
    }
    listed = document.listed
    whole, part = document.headline.exposure, sum(one.exposure for one in listed)
    view = {
        "scenarios": [(one, _scenario(one)) for one in document.scenarios],
        "level_text": None if document.level is None else _meant(document.level),
        "listed_share": float(part / whole) if whole else None,
        "say_plain": _plain,
        "level_plain": _level,
        "document": document,
        "at_once": AT_ONCE,
        "panels": panels,
        "told": told,
        "described": frozenset(document.described),
        "actions": [one.action for one in document.actions if one.customers],
        "grades": sorted({one.grade for one in listed}),
        "industries": sorted({one.industry for one in listed if one.industry is not None}),
    }
    return render_page("portfolio.html.j2", view)


def _scenario(one: Scenario) -> Markup:
    """Its name, with the year where it is the worst one."""
    last = None if one.until is None else one.until - timedelta(days=1)
    return both(f"scenario.{one.name}", change=one.change, first=one.from_, last=last)


def _meant(level: PdLevel) -> Markup:
    """For when the PDs are meant."""
    last = None if level.until is None else level.until - timedelta(days=1)
    return both(f"pd_level.{level.kind}", first=level.from_, last=last, anchor=level.anchor)


def _plain(entry: str) -> str:
    """Both languages in one text: a choice of a form holds no other."""
    return " · ".join(said(entry))


def _level(delivered: str) -> str:
    chinese = in_chinese(delivered)
    return delivered if chinese == delivered else f"{delivered} · {chinese}"


PAGE = Page(
    "reports/portfolio.json",
    "reports/portfolio.html",
    render,
    "the portfolio by grade, and the ten customers to call",
    read=Portfolio.read,
)

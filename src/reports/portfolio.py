"""The page for a risk manager with three minutes: the book, and the ten customers to call."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contracts.documents.portfolio import PortfolioSummary
from reports.frame import charts
from reports.frame.declaration import Page
from reports.frame.page import render_page


def render(context: Mapping[str, Any]) -> str:
    """The portfolio page as HTML.

    Args:
        context: the values of a `contracts.documents.portfolio.PortfolioSummary`.
    """
    grades = context["grades"]
    has_ledger = context["has_ledger"]
    panels = {
        field: charts.shares_by_grade(grades, field)
        for field in ("customers", "exposure", "expected_loss")
        if field == "customers" or has_ledger
    }
    return render_page("portfolio.html.j2", {**context, "panels": panels})


def read(path: Path) -> dict[str, Any]:
    """The document's values: money as decimals, days as days."""
    return PortfolioSummary.read(path).model_dump()


PAGE = Page(
    "reports/portfolio.json",
    "reports/portfolio.html",
    render,
    "the book by grade, and the ten customers to call",
    read=read,
)

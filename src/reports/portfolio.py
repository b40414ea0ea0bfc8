"""The page for a risk manager with three minutes: the portfolio, and the customers to call."""

from __future__ import annotations

from contracts.documents.portfolio import Portfolio
from reports.frame import charts
from reports.frame.declaration import Page
from reports.frame.page import render_page
from reports.locale.facts import told


def render(document: Portfolio) -> str:
    """The portfolio page as HTML."""
    weights = [row.model_dump() for row in document.grades]
    panels = {
        field: charts.shares_by_grade(weights, field)
        for field in ("customers", "exposure", "expected_loss")
        if field == "customers" or document.has_ledger
    }
    return render_page("portfolio.html.j2", {"document": document, "panels": panels, "told": told})


PAGE = Page(
    "reports/portfolio.json",
    "reports/portfolio.html",
    render,
    "the portfolio by grade, and the ten customers to call",
    read=Portfolio.read,
)

"""The page for a risk manager with three minutes: the book, and the ten customers to call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.frame import charts
from reports.frame.page import render_page


def render(context: Mapping[str, Any]) -> str:
    """The portfolio page as HTML.

    Args:
        context: what `decisions.summary.summarise` gives.
    """
    grades = context["grades"]
    has_ledger = context["has_ledger"]
    panels = {
        field: charts.shares_by_grade(grades, field)
        for field in ("customers", "exposure", "expected_loss")
        if field == "customers" or has_ledger
    }
    return render_page("portfolio.html.j2", {**context, "panels": panels})

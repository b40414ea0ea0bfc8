"""Writes the dossiers of the customers with most at stake, from which their pages are made."""

from __future__ import annotations

from contracts.documents.portfolio import Portfolio
from pipelines import paths
from pipelines.book.dossiers import gathered
from pipelines.settings import Settings


def describe(settings: Settings) -> str:
    """Writes `reports/customers.json`: those that the portfolio page leads to."""
    chosen = Portfolio.read(paths.PORTFOLIO_JSON).described
    found = gathered(settings, chosen)
    found.write(paths.CUSTOMERS_JSON)
    return f"{len(found.customers):,} customers"

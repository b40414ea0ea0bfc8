"""Decides on every customer of the latest book: score, grade, limit, terms, expected loss, action; and writes the page."""

from __future__ import annotations

import pandas as pd

from contracts.files import read_json, write_text
from contracts.tables.derived import EXPLANATIONS, MATRIX, PORTFOLIO, REASONS_TABLE
from contracts.tables.raw import CUSTOMERS, RAW_TABLES
from contracts.tables.store import read_table, table_paths, write_table
from decisions.facts.book import Book, days_to_score, gather
from decisions.rating import rate as rated_book
from decisions.summary import Heading, summarise
from models.base.data import KEY, ModelContract
from models.boosting.booster import load
from models.registry.serving import log_odds, sigmoid
from pipelines import paths
from pipelines.settings import Settings
from pipelines.stage import run
from reports import portfolio as report


def rate(settings: Settings) -> str:
    """Writes `data/scored/portfolio.parquet` and `reports/portfolio.html`."""
    params, portfolio = settings.params, settings.portfolio
    book = Book(
        _scored(),
        read_table(paths.EXPLANATIONS, EXPLANATIONS, columns=[*KEY, "feature", "pillar", "points"]),
        read_table(paths.SCORED_REASONS, REASONS_TABLE),
        table_paths(paths.VALID, RAW_TABLES),
        portfolio.reporting_currency,
    )
    facts = gather(book, params.rate.statement_months)
    rated = rated_book(book, params.scale, params.rate, facts=facts)
    customers = read_table(paths.VALID / "customers.parquet", CUSTOMERS)
    heading = Heading(settings.name, portfolio.title, portfolio.horizon_months)
    rules = (params.scale, params.rate)
    html = report.render(summarise(rated, customers, book, facts, heading, rules))
    write_table(rated, paths.PORTFOLIO, PORTFOLIO)
    write_text(paths.PORTFOLIO_HTML, html)
    return (
        f"{len(rated):,} customers, open balance {rated['exposure'].sum():,.0f}, expected loss "
        f"{rated['expected_loss'].sum():,.0f} {book.currency}; see {paths.PORTFOLIO_HTML}"
    )


def _scored() -> pd.DataFrame:
    """The PD of the latest book, and of the one it is compared with, by the model of this run."""
    matrix = read_table(paths.MATRIX, MATRIX)
    matrix = matrix[matrix["as_of"].isin(days_to_score(matrix["as_of"]))]
    contract = ModelContract.from_json(read_json(paths.MODEL_CONTRACT))
    margin = load(paths.BOOSTER.parent, contract).margin(matrix)
    return matrix[KEY].assign(pd=sigmoid(log_odds(margin, read_json(paths.CALIBRATOR))))


if __name__ == "__main__":
    run(rate)

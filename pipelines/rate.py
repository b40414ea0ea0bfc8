"""Decides on every customer of the latest book: score, grade, limit, terms, expected loss, action; and what the page is made of."""

from __future__ import annotations

import pandas as pd

from contracts.documents.checks import Checks
from contracts.documents.portfolio import Healthy
from contracts.files import read_json
from contracts.tables.derived import EXPLANATIONS, KEY, MATRIX, PORTFOLIO, REASONS_TABLE
from contracts.tables.ledger import POSITION, TRADING
from contracts.tables.raw import RAW_TABLES
from contracts.tables.store import read_parts, read_rows, read_table, table_paths, write_table
from decisions.facts.book import Book, days_to_score, gather
from decisions.facts.points import by_pillar
from decisions.rating import rate as rated_book
from decisions.scenarios import level_of
from decisions.summary import Heading, summarise, work_list
from models.base.data import ModelContract
from models.boosting.booster import load
from models.calibration import calibrators
from pipelines import paths
from pipelines.book.masters import masters
from pipelines.book.untold import untold_on
from pipelines.run.stated import rests_on
from pipelines.settings import Settings


def rate(settings: Settings) -> str:
    """Writes `data/scored/portfolio.parquet` and `reports/portfolio.json`."""
    params, portfolio = settings.params, settings.portfolio
    book = Book(
        scored := _scored(),
        by_pillar(read_parts(paths.EXPLANATIONS, EXPLANATIONS, columns=[*KEY, "pillar", "points"])),
        read_table(paths.SCORED_REASONS, REASONS_TABLE),
        table_paths(paths.VALID, RAW_TABLES),
        portfolio.reporting_currency,
        read_table(paths.POSITION, POSITION),
        read_table(paths.TRADING, TRADING),
        portfolio.attributes,
        untold_on(settings, scored["as_of"].max().date()),
    )
    facts = gather(book, params.rate.statement_months, params.engine, event_months=params.rate.event_months)  # fmt: skip
    rated = rated_book(book, params.scale, params.rate, facts=facts)
    customers, stopping = masters(rated["as_of"].max().date()), Checks.read(paths.CHECKS).stopping()
    healthy = Healthy.model_validate(read_json(paths.REASONS)["healthy"], strict=False)
    heading = Heading(settings.name, portfolio.title, portfolio.horizon_months, stopping, healthy, rests_on(), level_of(read_json(paths.SHIPPED), read_json(paths.CALIBRATOR)))  # fmt: skip
    summarise(rated, customers, book, facts, heading, (params.scale, params.rate)).write(paths.PORTFOLIO_JSON)  # fmt: skip
    work_list(rated, customers, book, facts, heading).write(paths.CALLS_JSON)
    write_table(rated, paths.PORTFOLIO, PORTFOLIO)
    owed, lost = rated["exposure"].sum(), rated["expected_loss"].sum()
    return f"{len(rated):,} customers, open balance {owed:,.0f}, expected loss {lost:,.0f} {book.currency}"


def _scored() -> pd.DataFrame:
    """The PD of the latest book, and of the one it is compared with, by the model of this run."""
    days = read_table(paths.MATRIX, MATRIX, columns=["as_of"])["as_of"]
    matrix = read_rows(paths.MATRIX, MATRIX, days.isin(days_to_score(days)).to_numpy())
    margin = load(paths.BOOSTER.parent, ModelContract.from_json(read_json(paths.MODEL_CONTRACT))).margin(matrix)  # fmt: skip
    return matrix[KEY].assign(pd=calibrators.from_json(read_json(paths.CALIBRATOR)).apply(margin))

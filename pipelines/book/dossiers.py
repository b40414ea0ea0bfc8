"""Gathers the dossiers of some customers from what lies on disk: `describe` and `bonitas customer` give the same."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path

import pandas as pd

from contracts.documents.checks import Checks
from contracts.documents.customer import Customers, NoScore, Unscored
from contracts.documents.portfolio import Healthy
from contracts.files import read_json
from contracts.tables.derived import EXPLANATIONS, LINEAGE, PORTFOLIO, REASONS_TABLE
from contracts.tables.ledger import POSITION, TRADING
from contracts.tables.raw import RAW_TABLES, portfolio_tables
from contracts.tables.store import read_table, table_paths
from decisions.dossier.dossier import Shelf, dossiers
from decisions.summary import Heading
from features.engine.backend import connected, load
from features.engine.programs import keep_programs
from features.labels.absence import Why, absences
from features.matrix.items import items
from pipelines import paths
from pipelines.book.cut import cut
from pipelines.book.helps import helped
from pipelines.book.masters import masters
from pipelines.book.past import moved, past
from pipelines.book.untold import untold_on
from pipelines.run.stated import rests_on
from pipelines.settings import Settings

BOOK = ["customer_id", "as_of", "pd", "score", "grade", "exposure"]
OWING = ["customer_id", "as_of", "exposure"]
WORDED = ["feature", "unit", "wording_en", "wording_zh"]


def gathered(settings: Settings, ids: Sequence[str]) -> Customers:
    """The dossiers of these customers, all of which are in the table of customers.

    Raises:
        ContractError: a stage before has not run.
    """
    params, portfolio = settings.params, settings.portfolio
    book = read_table(paths.PORTFOLIO, PORTFOLIO, columns=BOOK)
    as_of: date = book["as_of"].max().date()
    customers = masters(as_of)
    absent = sorted(set(ids) - set(book["customer_id"]))
    healthy = Healthy.model_validate(read_json(paths.REASONS)["healthy"], strict=False)
    stopping = Checks.read(paths.CHECKS).stopping()
    heading = Heading(settings.name, portfolio.title, portfolio.horizon_months, stopping, healthy, rests_on())  # fmt: skip
    delivered = table_paths(paths.VALID, portfolio_tables(portfolio))
    # a few need no cluster, and one no second thread: for its few rows threads wait for each other, 0.4 CPU-s of a page
    threads = 1 if len(ids) == 1 else params.engine.threads
    engine = params.engine.model_copy(update={"engine": "duckdb", "threads": threads})
    with tempfile.TemporaryDirectory(prefix="bonitas-") as folder:
        own = cut(delivered, ids, Path(folder), engine)
        with connected(engine, Path(folder) / "spill") as con:
            keep_programs(con, paths.PROGRAMS)
            tables = load(con, Path(folder), portfolio)
            open_items, open_credit = items(con, tables, portfolio, as_of)
            ledger = open_items.to_pandas(date_as_object=False), open_credit.to_pandas()
            why = absences(con, tables, portfolio, as_of, absent)
            scored = [one for one in ids if one not in absent]
            on = (con, tables), (own, tuple(delivered)), engine
            helps = helped(settings, scored, on, ledger, (as_of, customers))
        shelf = Shelf(
            as_of=as_of,
            currency=portfolio.reporting_currency,
            customers=customers,
            book=book,
            items=ledger[0],
            credit=ledger[1],
            tables=own,
            delivered=tuple(name for name in RAW_TABLES if name in delivered),
            attributes=portfolio.attributes,
            helps=helps,
            **_stored(ids, as_of),
        )
        unscored = _unscored(why, untold_on(settings, as_of))
        return dossiers(ids, shelf, heading, (params.scale, params.rate, engine), unscored)


def _unscored(why: Mapping[str, Why], untold: Collection[str]) -> dict[str, NoScore]:
    """Why customers have no score; one of whom a default event was set aside is out of the cohort for that alone."""
    aside: Unscored = "default_set_aside"
    return {
        one: NoScore(why=aside if said == "not_observed" and one in untold else said, on=on)
        for one, (said, on) in why.items()
    }


def _stored(ids: Sequence[str], as_of: date) -> dict[str, pd.DataFrame]:
    """What the stages before wrote of these customers."""
    return {
        "rated": read_table(paths.PORTFOLIO, PORTFOLIO, only=ids),
        "explanations": _worded(_on(read_table(paths.EXPLANATIONS, EXPLANATIONS, only=ids), as_of)),
        "reasons": _on(read_table(paths.SCORED_REASONS, REASONS_TABLE, only=ids), as_of),
        "history": past(ids),
        "moved": moved(ids),
        "owing": _on(read_table(paths.POSITION, POSITION, columns=OWING), as_of),
        "position": _on(read_table(paths.POSITION, POSITION, only=ids), as_of),
        "trading": read_table(paths.TRADING, TRADING, only=ids),
    }


def _on(rows: pd.DataFrame, day: date) -> pd.DataFrame:
    return rows[rows["as_of"] == pd.Timestamp(day)]


def _worded(rows: pd.DataFrame) -> pd.DataFrame:
    words = read_table(paths.LINEAGE, LINEAGE, columns=WORDED)
    return rows.merge(words, on="feature", how="left", validate="many_to_one")

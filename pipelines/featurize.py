"""Featurize: what was knowable about each observation of the cohort, one column per feature; what customers owe, and how they traded."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.calendar import position_days
from contracts.config.attributes import AttributeConfig
from contracts.tables.derived import COHORT, KEY
from contracts.tables.raw import portfolio_tables
from contracts.tables.store import read_table, table_paths, write_arrow
from features.engine.backend import connected, load
from features.engine.programs import keep_programs
from features.matrix import asked
from features.matrix.books import position_and_trading
from features.matrix.matrix import sources
from features.refresh.incremental import refresh
from features.refresh.record import Shelf
from features.state.alarms import idle_alarms
from pipelines import paths
from pipelines.book.clocks import undated, untold
from pipelines.settings import Settings


def featurize(settings: Settings) -> str:
    """Brings the matrix, its lineage and the position up to date. Files that neither needs are not opened."""
    config, portfolio = settings.params.features, settings.portfolio
    delivered = table_paths(paths.VALID, portfolio_tables(portfolio))
    days = position_days(read_table(paths.COHORT, COHORT, columns=KEY)["as_of"].dt.date.unique())
    shelf = Shelf(features=paths.MATRIX.parent, known=paths.KNOWN)
    with connected(settings.params.engine, paths.SPILL) as con:
        keep_programs(con, paths.PROGRAMS)
        read = {*sources(config, portfolio, delivered), *asked.READ}
        tables = load(con, paths.VALID, portfolio, read)
        cohort = con.read_parquet(paths.COHORT, table_name="cohort").select(*KEY)
        done = refresh(con, tables, cohort, portfolio, config, shelf)
        owed, traded = position_and_trading(con, tables, portfolio, days)
        write_arrow(owed, paths.POSITION)
        write_arrow(traded, paths.TRADING)
        clocks = f"{undated(settings, delivered)}{untold(con, tables)}"
        alarms = idle_alarms(con, tables, portfolio.attributes)
    return f"{done}{to_be_written(portfolio.attributes)}{clocks}{alarms}"


NAMED = 5
"""Columns that are named; of a bureau's two thousand the rest is counted."""


def to_be_written(attributes: Sequence[AttributeConfig]) -> str:
    """The columns of one's own whose wording is their name; empty where all is written."""
    names = [one.name for one in attributes if one.unwritten]
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    told = f"{', '.join(names[:NAMED])}{more}"
    return f"; wording is to be written for {told} (attributes in the yaml)" if names else ""

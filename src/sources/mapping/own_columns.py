"""Which columns the SELECT of `attributes` delivers and what they hold, for a portfolio that takes them all."""

from __future__ import annotations

from pathlib import Path

import duckdb

from contracts.config.attributes import KEPT_OUT, Dtype
from contracts.config.portfolio import PortfolioConfig
from contracts.duck import limited, quoted, readable
from contracts.errors import ConfigError
from contracts.files import read_text
from contracts.tables.raw import ATTRIBUTES
from sources.mapping.conversions import offer_conversions

TEXTS = ("VARCHAR", "BOOLEAN", "ENUM", "UUID")
VIEW = quoted("columns of attributes")


def with_own_columns(
    connection: duckdb.DuckDBPyConnection, folder: Path, portfolio: PortfolioConfig
) -> PortfolioConfig:
    """The portfolio with the attributes that its SELECT delivers; as it is where it declares them itself.

    What the yaml says of a column's type goes before what the SELECT makes of it: the contract then converts it or says
    why it cannot.

    Args:
        connection: holds the source's relations.
        folder: `configs/portfolios/<name>/`.
        portfolio: says whether attributes come from the table.

    Raises:
        ConfigError: no SELECT of attributes, a column that holds days or nothing but numbers in texts, or one of `AttributesFrom`.
        SourceError: the SELECT does not run.
    """
    if portfolio.attributes_from is None:
        return portfolio
    path = folder / f"{ATTRIBUTES.name}.sql"
    if not path.is_file():
        raise ConfigError(
            "Attributes are to come from the table, which is not delivered.",
            where=f"{folder}.yaml > attributes > from",
            next_step=f"Write {path}, or `attributes: []`.",
        )
    with limited(connection, portfolio.source.select_minutes, where=f"attributes in {path}"):
        try:
            found, numeric = _described(connection, read_text(path))
        except duckdb.Error as error:
            raise readable(error, where=str(path)) from error
    resolved = portfolio.with_columns({name: _holds(kind) for name, kind in found.items()})
    _refuse(resolved, found, numeric, path)
    return resolved


def _described(
    connection: duckdb.DuckDBPyConnection, sql: str
) -> tuple[dict[str, str], frozenset[str]]:
    """Columns with their types, and the texts among them that hold numbers alone."""
    offer_conversions(connection)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {VIEW} AS {sql}")
    rows = connection.execute(f"DESCRIBE {VIEW}").fetchall()
    found = {str(row[0]): str(row[1]) for row in rows}
    texts = [name for name, kind in found.items() if kind == "VARCHAR" and name not in KEPT_OUT]
    if not texts:
        return found, frozenset()
    asked = ", ".join(
        f"count({quoted(name)}) > 0 AND count(TRY_CAST({quoted(name)} AS DOUBLE)) = count({quoted(name)})"
        for name in texts
    )
    answers = connection.execute(f"SELECT {asked} FROM {VIEW}").fetchone() or ()  # noqa: S608 - names are quoted
    return found, frozenset(
        name for name, is_numeric in zip(texts, answers, strict=True) if is_numeric
    )


def _holds(kind: str) -> Dtype:
    return "category" if kind.startswith(TEXTS) else "number"


def _refuse(
    portfolio: PortfolioConfig, found: dict[str, str], numeric: frozenset[str], path: Path
) -> None:
    """Texts that are numbers would become a category of a thousand levels, and a day is neither."""
    chosen = portfolio.attributes_from
    stated = [
        name
        for name in numeric
        if chosen is not None and name in chosen.columns and chosen.columns[name].dtype
    ]
    kept = {one.name: one.dtype for one in portfolio.attributes}
    doubtful = sorted(
        name for name in numeric if kept.get(name) == "category" and name not in stated
    )
    days = sorted(name for name in kept if found[name].startswith(("DATE", "TIME", "INTERVAL")))
    wrong = []
    if doubtful:
        wrong.append(
            ConfigError(
                f"Texts that hold numbers alone: {', '.join(doubtful)}.",
                where=str(path),
                next_step="Convert them there, number(column) AS column; or give each its `dtype: category` under attributes > columns.",
            )
        )
    if days:
        wrong.append(
            ConfigError(
                f"A day is no attribute: {', '.join(days)}.",
                where=str(path),
                next_step="Make it a number of days before known_on there, or list it under attributes > without.",
            )
        )
    if wrong:
        raise ConfigError.together(wrong)

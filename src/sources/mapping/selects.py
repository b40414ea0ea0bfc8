"""The mapping of a portfolio: one SELECT per contract table, written by those who know the extract."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from contracts.config.portfolio import PortfolioConfig
from contracts.duck import literal, quoted, readable
from contracts.errors import BonitasError, ConfigError, ContractError, SourceError
from contracts.files import read_text
from contracts.tables.quarantine import QUARANTINE_COLUMNS
from contracts.tables.raw import ATTRIBUTES, EVIDENCE, missing_evidence, portfolio_tables
from contracts.tables.references import REFERENCES
from contracts.tables.spec import SQL_TYPES, Column, Table
from sources.mapping.advice import advise
from sources.mapping.casts import safe_cast
from sources.mapping.origins import origins
from sources.steady import refuse_unsteady


@dataclass(frozen=True, slots=True)
class Select:
    """The SELECT that delivers one contract table.

    Attributes:
        table: what it has to deliver, the portfolio's own attributes included.
        path: the file it is written in.
        sql: its text.
        zero_is_none: columns in which the portfolio says that 0 means `none`.
        may_be_empty: whether no row says something: of the default events of a book, that nobody defaulted.
    """

    table: Table
    path: Path
    sql: str
    zero_is_none: frozenset[str] = frozenset()
    may_be_empty: bool = False

    @property
    def sha256(self) -> str:
        """Hash of the text, for the manifest."""
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def view(self) -> str:
        """The view it is run as; sources may be called as the table, so this is not."""
        return f"mapping of {self.table.name}"


def read_selects(folder: Path, portfolio: PortfolioConfig) -> tuple[Select, ...]:
    """The SELECTs of a portfolio, in the contract's order.

    Args:
        folder: `configs/portfolios/<name>/`, one `<table>.sql` per delivered table.
        portfolio: declares which attributes there are.

    Raises:
        ConfigError: a file is named after no contract table, or attributes are declared but not delivered.
        ContractError: a required table is not delivered.
        SourceError: a file does not hold exactly one SELECT, or one that asks for more than the source.
    """
    tables = portfolio_tables(portfolio)
    paths = {path.stem: path for path in sorted(folder.glob("*.sql"))}
    for name, path in paths.items():
        if name not in tables:
            raise ConfigError.from_unknown("table", name, tables, where=str(path))
    _check_delivered(paths, folder)
    _check_attributes(paths, portfolio, folder)
    return tuple(
        _select(of, paths[name], portfolio) for name, of in tables.items() if name in paths
    )


def _select(table: Table, path: Path, portfolio: PortfolioConfig) -> Select:
    is_limit = table.name == "credit_terms" and portfolio.zero_limit == "no_limit"
    none = frozenset({"credit_limit"} if is_limit else ())
    alone = table.name == "events" and table.name in portfolio.default.needs
    return Select(table, path, _single_select(path, portfolio), none, may_be_empty=alone)


def _check_delivered(paths: Mapping[str, Path], folder: Path) -> None:
    if "customers" not in paths:
        raise ContractError(
            "No table of customers is delivered.",
            where=str(folder),
            next_step=f"Write {folder / 'customers.sql'}; configs/portfolios/demo/customers.sql is a template.",
        )
    if missing_evidence(frozenset(paths)):
        groups = " or ".join(" and ".join(group) for group in EVIDENCE)
        raise ContractError(
            "The delivered tables hold nothing to judge a customer on.",
            where=str(folder),
            value=f"delivered: {', '.join(paths)}",
            next_step=f"Write a SELECT for {groups}.",
        )
    for name, reference in REFERENCES.items():
        if name in paths and reference.table not in paths:
            raise ContractError(
                f"The table {name} refers to {reference.table}, which is not delivered.",
                where=str(paths[name]),
                next_step=f"Write {folder / f'{reference.table}.sql'}, or remove {paths[name].name}.",
            )


def _check_attributes(paths: Mapping[str, Path], portfolio: PortfolioConfig, folder: Path) -> None:
    declared = [attribute.name for attribute in portfolio.attributes]
    taken = [*ATTRIBUTES.column_names, *QUARANTINE_COLUMNS]
    for position, name in enumerate(declared):
        if name in taken or name in declared[:position]:
            raise ConfigError(
                f"The name of an attribute is taken: {name}.",
                where=f"{folder}.yaml > attributes",
                next_step=f"Choose another; taken: {', '.join(taken)}, and each attribute once.",
            )
    if bool(declared) != ("attributes" in paths):
        raise ConfigError(
            "Attributes are declared in the yaml but not delivered."
            if declared
            else "Attributes are delivered but none is declared in the yaml.",
            where=f"{folder}.yaml > attributes",
            value=", ".join(declared) or None,
            next_step=f"Write {folder / 'attributes.sql'}, or remove the declarations."
            if declared
            else f"Declare each column of {folder / 'attributes.sql'} there, or remove the file.",
        )


def _single_select(path: Path, portfolio: PortfolioConfig) -> str:
    sql = read_text(path)
    try:
        kinds = [statement.type for statement in duckdb.extract_statements(sql)]
        if kinds == [duckdb.StatementType.SELECT]:
            refuse_unsteady(sql, where=str(path), day=portfolio.complete_until.isoformat())
            return sql
    except duckdb.Error as error:
        raise readable(error, where=str(path)) from error
    raise SourceError(
        "A mapping is one SELECT, nothing else.",
        where=str(path),
        value=f"found: {', '.join(kind.name for kind in kinds) or 'no statement'}",
        next_step="Keep one SELECT; put what it needs into WITH.",
    )


def conversions(connection: duckdb.DuckDBPyConnection, selects: Sequence[Select]) -> dict[str, str]:
    """Creates the view of every SELECT and returns by table the column list that converts it to the contract.

    Raises:
        SourceError: a SELECT does not bind (an unknown column, relation or function).
        ContractError: a contract column is absent, a column is unknown, or a type cannot be converted safely. Every
            fault of every table is named at once.
    """
    lists: dict[str, str] = {}
    faults: list[BonitasError] = []
    for select in selects:
        try:
            found = _bound(connection, select)
        except BonitasError as error:
            faults.append(error)
            continue
        casts, misfits = _casts(connection, select, found)
        lists[select.table.name] = ", ".join(casts)
        faults += misfits
    if faults:
        raise faults[0] if len(faults) == 1 else _together(faults)
    return lists


def _together(faults: Sequence[BonitasError]) -> BonitasError:
    """One message for all; each keeps its place, its values and its next step."""
    shown = "\n".join(
        f"         {number}. {fault.where}: {fault.what}"
        + ("" if fault.value is None else f" Values: {fault.value}.")
        + f"\n            {fault.next_step}"
        for number, fault in enumerate(faults, start=1)
    )
    return ContractError(
        f"{len(faults)} things keep the SELECTs from delivering what the contract wants.",
        where=", ".join(dict.fromkeys(fault.where.partition(" in ")[0] for fault in faults)),
        value="all of them:\n" + shown,
        next_step="Correct each as its line says, then run again.",
    )


def _bound(connection: duckdb.DuckDBPyConnection, select: Select) -> dict[str, str]:
    """The columns of a SELECT with their types."""
    try:
        # As a view the text may end in a comment or a semicolon, which a subquery may not.
        connection.execute(f"CREATE TEMP VIEW {quoted(select.view)} AS {select.sql}")
        described = connection.execute(f"DESCRIBE {quoted(select.view)}").fetchall()
    except duckdb.Error as error:
        raise readable(error, where=str(select.path)) from error
    found = {str(row[0]): str(row[1]) for row in described}
    _check_columns(select, found)
    return found


def _casts(
    connection: duckdb.DuckDBPyConnection, select: Select, found: Mapping[str, str]
) -> tuple[list[str], list[BonitasError]]:
    currency = "currency" if "currency" in select.table.column_names else None
    casts, misfits = [], list[BonitasError]()
    for column in select.table.columns:
        if column.name not in found:
            casts.append(f"{_unsaid(column)} AS {quoted(column.name)}")
            continue
        cast = safe_cast(column, found[column.name], currency=currency)
        if cast is not None:
            whole = f"NULLIF({cast}, 0)" if column.name in select.zero_is_none else cast
            casts.append(f"{whole} AS {quoted(column.name)}")
        elif _is_empty(connection, select):
            if select.may_be_empty:
                return [f"CAST(NULL AS {SQL_TYPES[one.kind]}) AS {quoted(one.name)}" for one in select.table.columns], []  # fmt: skip
            return [], [no_rows(select)]  # a CSV without rows has no types either
        else:
            misfits.append(_misfit(connection, select, column, found[column.name]))
    return casts, misfits


def _misfit(
    connection: duckdb.DuckDBPyConnection, select: Select, column: Column, found: str
) -> BonitasError:
    source = origins(connection, select.sql).get(column.name)
    try:
        advice = advise(connection, select.view, column, found, source or column.name)
    except duckdb.Error as error:
        return readable(error, where=str(select.path))
    values = ", ".join(advice.values)
    return ContractError(
        f"A column is {found}; the contract wants {column.kind}.",
        where=f"{select.table.name}.{column.name} in {select.path}",
        value=f"{source}: {values}" if source and values else values or source,
        next_step=advice.step,
    )


def _unsaid(column: Column) -> str:
    """What stands for a column that the SELECT leaves out."""
    return (
        f"CAST({literal(column.unsaid) if column.unsaid else 'NULL'} AS {SQL_TYPES[column.kind]})"
    )


def no_rows(select: Select) -> ContractError:
    """A table that is delivered but empty."""
    step = "Correct its source or the WHERE of the SELECT; remove the .sql file if the portfolio has no such table."
    return ContractError(
        f"The table {select.table.name} has no rows.", where=str(select.path), next_step=step
    )


def _is_empty(connection: duckdb.DuckDBPyConnection, select: Select) -> bool:
    try:
        return not connection.table(select.view).limit(1).fetchall()
    except duckdb.Error as error:
        raise readable(error, where=str(select.path)) from error


def _check_columns(select: Select, found: Iterable[str]) -> None:
    table = select.table
    required = [column.name for column in table.columns if column.unsaid is None]
    absent = [name for name in required if name not in found]
    unknown = [name for name in found if name not in table.column_names]
    if absent:
        column = table.column(absent[0])
        hint = (
            f"NULL AS {column.name} if the source has none" if column.nullable else column.meaning
        )
        raise ContractError(
            f"The SELECT of {table.name} lacks {_listed(absent)}.",
            where=f"{table.name}.{absent[0]} in {select.path}",
            value=f"found: {', '.join(found)}",
            next_step=f"Add {column.name} to the SELECT ({hint}).",
        )
    if unknown:
        own = (
            " or declare it under `attributes` of the portfolio's yaml"
            if table.name == "attributes"
            else ""
        )
        raise ContractError(
            f"The SELECT of {table.name} delivers {_listed(unknown)}, which the contract does not know.",
            where=f"{table.name}.{unknown[0]} in {select.path}",
            next_step=f"Remove it from the SELECT{own}. Contract: {', '.join(table.column_names)}.",
        )


def _listed(names: list[str]) -> str:
    return f"{len(names)} columns ({', '.join(names)})" if len(names) > 1 else names[0]

"""Raw tables as an extract: one CSV a table, and the mapping that makes the same raw tables of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

from contracts.errors import ConfigError
from contracts.files import whole_folder, write_text
from contracts.tables.raw import RAW_TABLES
from contracts.tables.spec import SQL_TYPES, Column, Kind, Table
from quality.faults.book import contracts_of, opened
from quality.faults.fault import DirtError, FileFault
from quality.faults.soil import RECORD
from quality.faults.sql import literal, quoted

DELIMITER = ";"
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_PATH = re.compile(r"[\w./-]*[A-Za-z/][\w./-]*")
"""A path that YAML takes for text without quotes."""


def export(raw: Path, folder: Path) -> dict[str, Path]:
    """Writes every raw table as `<table>.csv`: semicolons, UTF-8, a header, ISO dates, a decimal point.

    An empty text cannot be told from a missing value in CSV: it comes back missing. All else comes back
    as it was, through the SELECTs of `mapping`.

    Args:
        raw: `<table>.parquet` by contract.
        folder: replaced whole.

    Returns:
        The file of each table, in the order of the contract.

    Raises:
        DirtError: there are no raw tables, or the folder holds what this program has not written.
    """
    tables = contracts_of(raw)
    _check_ours(folder)
    with opened(raw) as connection, whole_folder(folder) as partial:
        for name, table in tables.items():
            columns = ", ".join(quoted(column) for column in table.column_names)
            order = [*table.grain, *(one for one in table.column_names if one not in table.grain)]
            texts = [quoted(one.name) for one in table.columns if one.kind is Kind.TEXT]
            target = literal(str(partial / f"{name}.csv"))
            # Text is quoted, so that spaces around a key survive and no apostrophe is taken for a quote.
            connection.execute(
                f"COPY (SELECT {columns} FROM {quoted(name)} ORDER BY {', '.join(map(quoted, order))}) "  # noqa: S608 - names are quoted
                f"TO {target} (HEADER, DELIMITER '{DELIMITER}', FORCE_QUOTE ({', '.join(texts)}))"
            )
    return {name: folder / f"{name}.csv" for name in tables}


def _check_ours(folder: Path) -> None:
    """A folder that is replaced whole may hold an earlier extract, and nothing else."""
    names = {f"{name}{ending}" for name in RAW_TABLES for ending in (".csv", ".csv.gz")} | {RECORD}
    others = sorted(path.name for path in folder.glob("*") if path.name not in names)
    if others:
        raise DirtError(
            "The folder holds other files, and would be replaced.",
            where=str(folder),
            value=", ".join(others[:5]),
            next_step="Name another folder with --to, or empty this one.",
        )


def mapping(table: Table) -> str:
    """The SELECT that makes the raw table of its exported file, which is read as text throughout.

    >>> from contracts.tables.raw import FX_RATES
    >>> print(mapping(FX_RATES))
    -- One row per currency and day. The file is read as text: each column says here what it is.
    SELECT
      f.currency                     AS currency,  -- text: ISO 4217
      CAST(f.rate_on AS DATE)        AS rate_on,   -- day: day of the rate
      CAST(f.rate AS DECIMAL(18,8))  AS rate       -- rate: units of reporting currency for one unit of this currency
    FROM fx_rates AS f
    <BLANKLINE>
    """
    sources = [_source(column) for column in table.columns]
    names = [_name(column.name) for column in table.columns]
    wide, long = max(map(len, sources)), max(map(len, names))
    lines = []
    for position, column in enumerate(table.columns):
        comma = "" if position == len(names) - 1 else ","
        kind = f"{column.kind}{'?' if column.nullable else ''}"
        meaning = f"{kind}: {column.meaning}" if column.meaning else kind
        target = f"{names[position]}{comma}".ljust(long + 1)
        lines.append(f"  {sources[position].ljust(wide)}  AS {target}  -- {meaning}")
    head = f"-- {table.meaning} The file is read as text: each column says here what it is."
    return "\n".join([head, "SELECT", *lines, f"FROM {table.name} AS f", ""])


def _name(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else quoted(name)


def _source(column: Column) -> str:
    # By its relation, or a column that is not there would be taken for the one that is being made.
    name = f"f.{_name(column.name)}"
    return name if column.kind is Kind.TEXT else f"CAST({name} AS {SQL_TYPES[column.kind]})"


def write_mappings(tables: Mapping[str, Table], folder: Path) -> None:
    """Writes `<table>.sql` for every table; the folder is replaced whole."""
    with whole_folder(folder) as partial:
        for name, table in tables.items():
            write_text(partial / f"{name}.sql", mapping(table))


def source_block(files: Mapping[str, Path], folder: Path) -> str:
    """The `source` section of the portfolio's yaml that reads these files.

    >>> print(source_block({"customers": Path("data/dirt/customers.csv")}, Path("data/dirt")), end="")
    source:
      kind: files
      folder: data/dirt             # relative to the project's folder
      files:                        # key: the relation the SELECTs read from
        customers: {path: customers.csv, delimiter: ";", all_text: true}
    """
    place = folder.as_posix() if _PATH.fullmatch(folder.as_posix()) else json.dumps(str(folder))
    lines = [
        "source:",
        "  kind: files",
        f"  folder: {place}".ljust(31) + " # relative to the project's folder",
        "  files:                        # key: the relation the SELECTs read from",
    ]
    lines += [
        f'    {name}: {{path: {path.name}, delimiter: "{DELIMITER}", all_text: true}}'
        for name, path in files.items()
    ]
    return "\n".join(lines) + "\n"


def balances_block(balances: Mapping[str, Decimal], on: date) -> str:
    """The `balances` section of the portfolio's yaml: what the general ledger says is open.

    >>> print(balances_block({"EUR": Decimal("12.50")}, date(2025, 12, 31)), end="")
    balances:                       # open balances of the general ledger, which the extract must add up to
      - {"on": "2025-12-31", currency: EUR, open_balance: 12.50}
    """
    # A bare `on` is true to YAML.
    lines = [
        "balances:                       # open balances of the general ledger, which the extract must add up to"
    ]
    lines += [
        f'  - {{"on": "{on}", currency: {code}, open_balance: {amount}}}'
        for code, amount in balances.items()
    ]
    return "\n".join(lines) + "\n"


def with_section(yaml: str, block: str) -> str:
    r"""The text of a portfolio's yaml with one section replaced, or added at its end; all else, comments too, is kept.

    >>> with_section("title: A\nsource:\n  kind: world\n\ndefault: {}\n", "source:\n  kind: files\n")
    'title: A\nsource:\n  kind: files\n\ndefault: {}\n'
    """
    key = block.partition(":")[0]
    section = re.compile(rf"^{key}:.*\n(?:[ \t]+.*\n)*", flags=re.MULTILINE)
    if section.search(yaml) is None:
        return f"{yaml.rstrip()}\n\n{block}"
    return section.sub(lambda _: block, yaml, count=1)


def damage(
    files: Mapping[str, Path], fault: FileFault, table: str, contract: Table
) -> dict[str, Path]:
    """Strikes a fault at the file of one table, and returns the files of all tables.

    Raises:
        ConfigError: the fault does not strike that table, or the table was not exported.
    """
    place = f"fault {fault.name}"
    if table not in fault.claims:
        raise ConfigError.from_unknown("table", table, fault.claims, where=place)
    if table not in files:
        raise ConfigError.from_unknown("table", table, files, where=place)
    return {**files, table: fault.damage(files[table], contract)}

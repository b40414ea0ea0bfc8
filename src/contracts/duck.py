"""The embedded engine: one DuckDB connection with the configured threads and memory, and its errors made readable."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import duckdb

from contracts.config.engine import EngineConfig
from contracts.errors import SourceError
from contracts.scratch import scratch


@contextmanager
def connect(config: EngineConfig) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yields a connection that spills to a temporary folder, removed afterwards.

    It never installs an extension (that would reach for the network) and never reads Python variables as tables.

    Args:
        config: threads and memory limit; neither changes a result.
    """
    with scratch() as spill:
        connection = duckdb.connect(
            config={
                "threads": config.threads,
                "memory_limit": config.memory_limit,
                "temp_directory": str(spill),
                "autoinstall_known_extensions": False,
                "python_enable_replacements": False,
            }
        )
        # An instant must fall on the same day on every machine.
        connection.execute("SET TimeZone = 'UTC'")
        try:
            yield connection
        finally:
            connection.close()


def quoted(name: str) -> str:
    """An SQL identifier.

    >>> print(quoted("net sales"))
    "net sales"
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string.

    >>> literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def expose(
    connection: duckdb.DuckDBPyConnection, readers: Mapping[str, str], paths: Iterable[Path]
) -> None:
    """Makes every reader a view under its key, then shuts all files but `paths` away.

    Args:
        connection: where the views are created.
        readers: by key, a table function or a parenthesised SELECT.
        paths: the files the views read.

    Raises:
        SourceError: a reader cannot read its file.
    """
    for key, reader in readers.items():
        try:
            connection.execute(f"CREATE VIEW {quoted(key)} AS SELECT * FROM {reader}")  # noqa: S608 - keys are quoted
        except duckdb.Error as error:
            raise readable(error, where=f"source > {key}") from error
    connection.execute(f"SET allowed_paths = [{', '.join(literal(str(path)) for path in paths)}]")
    shut(connection)


def shut(connection: duckdb.DuckDBPyConnection) -> None:
    """From here on the connection reads no file and no network beyond its allowed paths, for good."""
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


@contextmanager
def limited(connection: duckdb.DuckDBPyConnection, minutes: float, *, where: str) -> Iterator[None]:
    """Ends what the connection does after so many minutes.

    Raises:
        SourceError: the time was up; `where` says of what.
    """
    is_done, is_late = Event(), Event()

    def watch() -> None:
        if not is_done.wait(60 * minutes):
            is_late.set()
            while not is_done.wait(0.2):  # the next query of the same work begins anew
                connection.interrupt()

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    except Exception as error:
        if is_late.is_set():
            raise too_long(minutes, where=where) from error
        raise
    finally:
        is_done.set()
        watcher.join()


def too_long(minutes: float, *, where: str) -> SourceError:
    """What is said of a SELECT that was ended."""
    return SourceError(
        f"The SELECT was ended: it ran for longer than {minutes:g} minutes.",
        where=where,
        next_step="Look for a join without its condition, or a WITH RECURSIVE that nothing stops. If it is right and only "
        "long, raise `source > select_minutes` in the portfolio's yaml.",
    )


STEP = " => "
"""Between what an error of our own SQL says and what to do about it."""

_CONVERSIONS = (
    "Convert it in the SELECT by what it is: day(x, '%d.%m.%Y') for a date, money(x, ',') for an amount, number(x, ',') for "
    "another figure. They stop at what they cannot read; TRY_CAST would drop it without a word."
)
_STEPS: tuple[tuple[type[duckdb.Error], str], ...] = (
    (duckdb.ParserException, "Correct the SQL at the place shown."),
    (
        duckdb.PermissionException,
        "A SELECT reads only the relations listed under `source` of the portfolio's yaml.",
    ),
    (
        duckdb.ConversionException,
        _CONVERSIONS,
    ),
    (
        duckdb.BinderException,
        "Correct the name in the SELECT; the candidates are listed above.",
    ),
    (
        duckdb.CatalogException,
        "Read from a key of `source > files` or `source > relations` of the portfolio's yaml.",
    ),
    (
        duckdb.OutOfMemoryException,
        "Raise `engine > memory_limit` in configs/params.yaml, or free disk space for spilling.",
    ),
    (
        duckdb.IOException,
        "Check that the file is whole and readable; if it is cut, deliver it again.",
    ),
)
_BAD_ROW = (
    "A row that is cut, has a delimiter too many, or a value of another kind than the rows before it. Deliver the "
    "file again, whole, with fields that hold the delimiter in double quotes; `all_text: true` reads it untyped."
)
_BAD_ENCODING = (
    "Correct `encoding:` of the file in the portfolio's yaml; cp1252 is common in Windows extracts."
)
_DECIMAL_COMMA = (
    'It reads like a decimal comma: set `decimal_separator: ","` of the file in the portfolio\'s yaml, or write '
    "money({x}, ',') in the SELECT, which also reads points for thousands and a minus behind."
)
_DATE = "Write day({x}, '%d.%m.%Y') in the SELECT, with the format it has; only 2024-01-31 is a date by itself."
_AMOUNT = (
    "Write money({x}, ',') in the SELECT, or money({x}, '.'): it reads signs in front and behind, brackets, currency signs and "
    "groups of digits, and stops at the rest. TRY_CAST would drop the amount without a word."
)
_OTHER_STEP = (
    "Correct the value in the source or the expression in the SELECT; "
    "for text in another encoding set `encoding:` of the file in the portfolio's yaml."
)


def readable(error: duckdb.Error, *, where: str) -> SourceError:
    """A DuckDB error as one a user can act on.

    Args:
        error: what DuckDB raised.
        where: the mapping or file it was working on.
    """
    kind = re.sub(r"Exception$", "", type(error).__name__).replace("IO", "Input or output")
    text = str(error)
    step = next((step for type_, step in _STEPS if isinstance(error, type_)), _OTHER_STEP)
    if "CSV Error on Line" in text:
        step = _own_step(text) or _BAD_ROW
        file = re.search(r"\n\s*file = (.+)", text)
        if file and not where.startswith(file[1].strip()):
            where = f"{file[1].strip()}, read by {where}"
    if "is not utf-8 encoded" in text or "nvalid unicode" in text:
        step = _BAD_ENCODING
    if re.search(r"too small to be a Parquet file|[Nn]o magic bytes|not a Parquet file", text):
        step = "The file is cut, or is no Parquet: deliver it again, or give it the ending of what it is."
    step = _own_step(text) or step
    if STEP in text:
        text, step = re.sub(r"^[^:]*Error: ", "", text).split(STEP, 1)
    # What follows for a CSV are options of the engine, which are not the user's to set.
    text = re.split(r"\n\s*(?:Possible fixes:|Possible solutions:|file = )", text)[0]
    message = re.sub(r"\n\s*\n+", "\n", text).strip().replace("\n", "\n         ")
    return SourceError(
        f"The source could not be read ({_sentence(kind)}).",
        where=where,
        value=message[:900],
        next_step=step,
    )


def _own_step(text: str) -> str | None:
    """What to do about a text that is not what a CAST takes it for; names the column where the engine does."""
    cast = re.search(
        r"""(?:string "(?P<text>[^"]*)" to '?(?P<type>[A-Z]+)|(?P<date>invalid date field format|date field value out of range))""",
        text,
    )
    if cast is None:
        return None
    column = re.search(r'(?:source column |converting column )"?(\w+)', text)
    x = column[1] if column else "x"
    if cast["date"] or cast["type"] in {"DATE", "TIMESTAMP"}:
        return _DATE.format(x=x)
    if cast["type"] not in {"DECIMAL", "DOUBLE", "BIGINT", "INTEGER"}:
        return None
    is_comma = re.fullmatch(r"-?[\d.]*\d,\d+", cast["text"])
    return (_DECIMAL_COMMA if is_comma else _AMOUNT).format(x=x)


def _sentence(kind: str) -> str:
    """`InvalidInput` -> `invalid input`."""
    return kind.lower() if " " in kind else re.sub(r"(?<!^)(?=[A-Z])", " ", kind).lower()

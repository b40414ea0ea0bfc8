"""The embedded engine: one DuckDB connection with the configured threads and memory, and its errors made readable."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from contracts.config.params import EngineConfig
from contracts.errors import SourceError


@contextmanager
def connect(config: EngineConfig) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yields a connection that spills to a temporary folder, removed afterwards.

    It never installs an extension (that would reach for the network) and never reads Python variables as tables.

    Args:
        config: threads and memory limit; neither changes a result.
    """
    with tempfile.TemporaryDirectory(prefix="bonitas-") as spill:
        connection = duckdb.connect(
            config={
                "threads": config.threads,
                "memory_limit": config.memory_limit,
                "temp_directory": spill,
                "autoinstall_known_extensions": False,
                "python_enable_replacements": False,
            }
        )
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


_STEPS: tuple[tuple[type[duckdb.Error], str], ...] = (
    (duckdb.ParserException, "Correct the SQL at the place shown."),
    (
        duckdb.PermissionException,
        "A SELECT reads only the relations listed under `source > files` of the portfolio's yaml.",
    ),
    (
        duckdb.ConversionException,
        "Convert it in the SELECT with strptime(x, '%d.%m.%Y') or TRY_CAST; `all_text: true` reads a file untyped.",
    ),
    (
        duckdb.BinderException,
        "Correct the name in the SELECT; the candidates are listed above.",
    ),
    (
        duckdb.CatalogException,
        "Read from a key under `source > files` of the portfolio's yaml.",
    ),
    (
        duckdb.OutOfMemoryException,
        "Raise `engine > memory_limit` in configs/params.yaml, or free disk space for spilling.",
    ),
    (duckdb.IOException, "Check that the file is whole and readable, then run again."),
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
    kind = re.sub(r"Exception$", "", type(error).__name__)
    step = next((step for type_, step in _STEPS if isinstance(error, type_)), _OTHER_STEP)
    message = re.sub(r"\n\s*\n+", "\n", str(error)).strip().replace("\n", "\n         ")
    return SourceError(
        f"The source could not be read ({_sentence(kind)}).",
        where=where,
        value=message[:900],
        next_step=step,
    )


def _sentence(kind: str) -> str:
    """`InvalidInput` -> `invalid input`."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", kind).lower()

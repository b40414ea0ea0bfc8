"""What a kind of source is: how its section of the yaml becomes relations, and what tells whether it has changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Generic, TypeVar

import duckdb
from pydantic import SecretStr

from contracts.config.base import Config

S = TypeVar("S", bound=Config)
Facts = dict[str, Any]
"""Of a source, for the manifest: `kind`, and what tells whether it has changed. No absolute path, no secret."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a kind may need beside its own section.

    Attributes:
        complete_until: the portfolio's last complete day.
        url: a database's connection URL from the environment.
    """

    complete_until: date
    url: SecretStr | None = None


def _nothing_changes(_source: Any, _asked: Asked, _facts: Facts) -> None:
    """Of a source that is read in one go."""


def _nothing_to_say(_connection: duckdb.DuckDBPyConnection, _source: Any, _asked: Asked) -> list[str]:  # fmt: skip
    return []


@dataclass(frozen=True, slots=True)
class SourceKind(Generic[S]):
    """One kind of source, declared once: `KIND` of a file in `sources.kinds`, where it is found.

    Attributes:
        config: its section of the yaml, a member of `contracts.config.source.Source`.
        describe: what tells whether it has changed, without reading more than that takes.
        open: makes each relation a view under its key, shuts all other files away (`contracts.duck.expose`), and returns the facts of
            what is read. The folder is empty, and lives as long as the connection.
        check: raises SourceError where what was read is not what the facts say, once everything is read.
        notes: what a user should know of it that is no fault.
    """

    config: type[S]
    describe: Callable[[S, Asked], Facts]
    open: Callable[[duckdb.DuckDBPyConnection, S, Asked, Path], Facts]
    check: Callable[[S, Asked, Facts], None] = _nothing_changes
    notes: Callable[[duckdb.DuckDBPyConnection, S, Asked], list[str]] = _nothing_to_say

"""Every kind of source that is read from outside, found by listing `sources.kinds`; the world is made, not read."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import duckdb
from pydantic import SecretStr

from contracts.config.portfolio import PortfolioConfig
from contracts.scratch import scratch
from sources import kinds
from sources.kind import Asked, Facts, SourceKind


def _declared() -> dict[type, SourceKind[Any]]:
    names = (one.name for one in pkgutil.iter_modules(kinds.__path__))
    found = (importlib.import_module(f"{kinds.__name__}.{name}").KIND for name in names)
    return {kind.config: kind for kind in found}


KINDS: Mapping[type, SourceKind[Any]] = MappingProxyType(_declared())
"""By the section that configures it."""


@contextmanager
def opened_source(
    connection: duckdb.DuckDBPyConnection, portfolio: PortfolioConfig, url: SecretStr | None
) -> Iterator[Facts]:
    """Makes the relations of a source readable, and yields the facts of what is read.

    Nothing read within may be kept if this raises at its end: then the source was not the same before and after.

    Args:
        connection: where the relations appear as views under their keys.
        portfolio: its source and last complete day.
        url: a database's connection URL from the environment.

    Raises:
        SourceError: the source cannot be read, or changed while it was.
    """
    source, asked = portfolio.source, Asked(portfolio.complete_until, url)
    kind = KINDS[type(source)]
    with scratch() as folder:
        facts = kind.open(connection, source, asked, folder)
        yield facts
        kind.check(source, asked, facts)


def describe_source(portfolio: PortfolioConfig, url: SecretStr | None = None) -> Facts:
    """What the source is: files with size and hash, relations with rows and hash, or the world with its settings.

    Raises:
        SourceError: a file is absent, or the database cannot be read.
    """
    source = portfolio.source
    if (kind := KINDS.get(type(source))) is None:
        return source.described()
    return kind.describe(source, Asked(portfolio.complete_until, url))


def notes_of(connection: duckdb.DuckDBPyConnection, portfolio: PortfolioConfig) -> list[str]:
    """What a user should know of the source that is open, and that is no fault."""
    kind = KINDS.get(type(portfolio.source))
    asked = Asked(portfolio.complete_until)
    return [] if kind is None else kind.notes(connection, portfolio.source, asked)

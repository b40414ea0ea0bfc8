"""Copies the relations of a database source into a dated drop folder, whole or only what has changed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from contracts.config.source import DatabaseSource
from contracts.errors import BonitasError, ConfigError
from pipelines import paths
from pipelines.settings import Settings, database_url, load_portfolio, portfolio_names
from sources.databases import landing


def land(settings: Settings, name: str = "", day: str = "") -> str:
    """Writes the drop and returns what it holds."""
    portfolio = load_portfolio(name) if name else settings.portfolio
    source = portfolio.source
    if not isinstance(source, DatabaseSource):
        raise ConfigError(
            "Only a portfolio on a database can land.",
            where=f"configs/portfolios/{name or settings.name}.yaml > source > kind",
            value=source.kind,
            next_step="Name one with `kind: database`: make land PORTFOLIO=<name> DATE=2025-01-31.",
        )
    _refuse_shared(name or settings.name, source)
    chosen = _parsed(day) if day else portfolio.complete_until
    landed = landing.land(source, database_url(portfolio), chosen)
    parts = [f"{one.rows:,} {one.key}{f' changed since {one.since}' if one.since else ''}" for one in landed]  # fmt: skip
    return f"{source.land_in}/{chosen}: {', '.join(parts)}"


def _refuse_shared(name: str, source: DatabaseSource) -> None:
    """Two books that land in one folder replace each other's drops, and each would ask only for what changed since the other's."""
    others = [other for other in portfolio_names() if other != name and _lands_in(other) == _place(source)]  # fmt: skip
    if source.land_in is not None and others:
        raise ConfigError(
            f"The portfolio '{others[0]}' lands in this folder as well.",
            where=f"{paths.PORTFOLIOS / name}.yaml > source > land_in",
            value=source.land_in,
            next_step="Give each portfolio a folder of its own: a drop replaces what lies there of its day, and holds what changed since the drop before it.",
        )


def _lands_in(other: str) -> Path | None:
    """Where another portfolio lands; None where it does not, or cannot be read."""
    try:
        source = load_portfolio(other).source
    except BonitasError:
        return None
    return _place(source) if isinstance(source, DatabaseSource) else None


def _place(source: DatabaseSource) -> Path | None:
    return None if source.land_in is None else Path(source.land_in).resolve()


def _parsed(day: str) -> date:
    """A day that has begun everywhere: what changes after a drop named by a later day would never be asked for."""
    try:
        chosen = date.fromisoformat(day)
    except ValueError:
        chosen = date.max
    if chosen > datetime.now(UTC).date():
        step = "Write a day up to today as DATE=2025-01-31."
        raise ConfigError("The drop's day is no day up to today.", where="DATE", value=day, next_step=step)  # fmt: skip
    return chosen

"""Copies the relations of a database source into a dated drop folder, whole or only what has changed."""

from __future__ import annotations

from datetime import UTC, date, datetime

from contracts.config.source import DatabaseSource
from contracts.errors import ConfigError
from pipelines.settings import Settings, database_url, load_portfolio
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
    chosen = _parsed(day) if day else portfolio.complete_until
    landed = landing.land(source, database_url(portfolio), chosen)
    parts = [f"{one.rows:,} {one.key}{f' changed since {one.since}' if one.since else ''}" for one in landed]  # fmt: skip
    return f"{source.land_in}/{chosen}: {', '.join(parts)}"


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

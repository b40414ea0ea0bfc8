"""Types a SELECT may deliver: only what loses nothing is converted without being asked."""

from __future__ import annotations

import duckdb
import pytest

from contracts.tables import ARROW_TYPES, SQL_TYPES, Column, Kind
from sources.casts import safe_cast

SAFE = {
    "VARCHAR": {Kind.TEXT},
    "DATE": {Kind.DAY},
    "TIMESTAMP": {Kind.DAY},
    "TIMESTAMP WITH TIME ZONE": set[Kind](),
    "BOOLEAN": {Kind.FLAG},
    "INTEGER": {Kind.MONEY, Kind.RATE, Kind.COUNT, Kind.NUMBER},
    "HUGEINT": {Kind.MONEY, Kind.RATE, Kind.COUNT, Kind.NUMBER},
    "DECIMAL(18,2)": {Kind.MONEY, Kind.RATE, Kind.NUMBER},
    "DECIMAL(10,4)": {Kind.RATE, Kind.NUMBER},
    "DECIMAL(38,9)": {Kind.NUMBER},
    "DOUBLE": {Kind.NUMBER},
    "FLOAT": {Kind.NUMBER},
    '"NULL"': set(Kind),
    "ENUM('a')": {Kind.TEXT},
    "BLOB": set[Kind](),
    "INTEGER[]": set[Kind](),
}


@pytest.mark.parametrize("found", SAFE)
def test_only_casts_that_lose_nothing_are_implicit(found: str) -> None:
    safe = {kind for kind in Kind if safe_cast(Column("x", kind, ""), found) is not None}
    assert safe == SAFE[found]


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_written_as_its_arrow_type(kind: Kind) -> None:
    cast = safe_cast(Column("x", kind, ""), SQL_TYPES[kind])
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE found (x {SQL_TYPES[kind]})")
        relation = connection.table("found").project(f"{cast} AS x")
        assert relation.to_arrow_table().schema.field("x").type == ARROW_TYPES[kind]

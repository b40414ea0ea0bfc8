"""Types a SELECT may deliver: only what loses nothing is converted without being asked."""

from __future__ import annotations

import duckdb
import pytest

from contracts.tables.spec import ARROW_TYPES, SQL_TYPES, Column, Kind
from sources.mapping.casts import remedy, safe_cast

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


@pytest.mark.parametrize(
    ("kind", "type_", "value", "result"),
    [
        (Kind.DAY, "VARCHAR", "'2024-01-31'", "2024-01-31"),
        (Kind.DAY, "TIMESTAMPTZ", "'2024-01-31 23:30:00+00'", "2024-02-01"),
        (Kind.MONEY, "VARCHAR", "'1234.50'", "1234.50"),
        (Kind.MONEY, "DOUBLE", "1234.5", "1234.50"),
        (Kind.MONEY, "DECIMAL(38,10)", "1234.5", "1234.50"),
    ],
)
def test_what_the_remedy_says_works(kind: Kind, type_: str, value: str, result: str) -> None:
    column = Column("x", kind, "")
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE found AS SELECT {value}::{type_} AS x")
        delivered = str(connection.table("found").types[0])
        assert safe_cast(column, delivered) is None
        advice = remedy(column, delivered).split(" where")[0].split(", with")[0]
        assert str(connection.table("found").project(advice).fetchall()[0][0]) == result

"""Types a SELECT may deliver: only what loses nothing is converted without being asked."""

from __future__ import annotations

import duckdb
import pytest

from contracts.duck import readable
from contracts.tables.spec import ARROW_TYPES, SQL_TYPES, Column, Kind
from sources.mapping.advice import advise
from sources.mapping.casts import safe_cast
from sources.mapping.conversions import offer_conversions

SAFE = {
    "VARCHAR": {Kind.TEXT},
    "DATE": {Kind.DAY},
    "TIMESTAMP": {Kind.DAY},
    "TIMESTAMP WITH TIME ZONE": set[Kind](),
    "BOOLEAN": {Kind.FLAG},
    "INTEGER": {Kind.MONEY, Kind.RATE, Kind.COUNT, Kind.NUMBER},
    "HUGEINT": {Kind.MONEY, Kind.RATE, Kind.COUNT, Kind.NUMBER},
    "DECIMAL(18,2)": {Kind.MONEY, Kind.RATE, Kind.NUMBER},
    "DECIMAL(10,4)": {Kind.MONEY, Kind.RATE, Kind.NUMBER},  # each value is asked
    "DECIMAL(38,9)": {Kind.MONEY, Kind.RATE, Kind.NUMBER},
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
    ("value", "kept"),
    [("12.3450", "12.345"), ("-0.0010", "-0.001"), ("12.3456", None), ("0.0001", None)],
)
def test_a_decimal_with_more_places_is_kept_or_named(value: str, kept: str | None) -> None:
    """12.345 dinars are neither 12.34 nor 12.35; no currency in circulation has a fourth place."""
    column = Column("amount", Kind.MONEY, "")
    cast = safe_cast(column, "DECIMAL(18,4)", currency="currency")
    with duckdb.connect() as connection:
        connection.execute(
            f"CREATE TABLE found AS SELECT {value}::DECIMAL(18,4) AS amount, 'KWD' AS currency"
        )
        rows = connection.table("found").project(f"{cast} AS x")
        if kept is not None:
            assert str(rows.fetchall()[0][0]) == kept
            return
        with pytest.raises(duckdb.Error) as error:
            rows.fetchall()
    text = str(readable(error.value, where="invoices"))
    assert f"amount has more than 3 decimal places: {value} KWD" in text
    assert "do:    Nothing is rounded for you: write round(amount, 3)" in text


@pytest.mark.parametrize(
    ("kind", "type_", "value", "result"),
    [
        (Kind.DAY, "VARCHAR", "'2024-1-31'", "2024-01-31"),
        (Kind.DAY, "VARCHAR", "'31.01.2024'", "2024-01-31"),
        (Kind.DAY, "VARCHAR", "'01/31/2024'", "2024-01-31"),
        (Kind.DAY, "BIGINT", "20240131", "2024-01-31"),
        (Kind.DAY, "TIMESTAMPTZ", "'2024-01-31 23:30:00+00'", "2024-02-01"),
        (Kind.MONEY, "VARCHAR", "'1234.50'", "1234.500"),
        (Kind.MONEY, "VARCHAR", "'1.234,50-'", "-1234.500"),
        (Kind.MONEY, "DOUBLE", "1234.5", "1234.500"),
        (Kind.RATE, "VARCHAR", "'0,5'", "0.50000000"),
        (Kind.NUMBER, "VARCHAR", "'12,5'", "12.5"),
        (Kind.TEXT, "DOUBLE", "1846335005", "1846335005"),
        (Kind.TEXT, "BIGINT", "123", "123"),
    ],
)
def test_what_the_advice_says_works(kind: Kind, type_: str, value: str, result: str) -> None:
    column = Column("x", kind, "")
    with duckdb.connect() as connection:
        offer_conversions(connection)
        connection.execute(f"CREATE TABLE found AS SELECT {value}::{type_} AS x")
        delivered = str(connection.table("found").types[0])
        assert safe_cast(column, delivered) is None
        step = advise(connection, "found", column, delivered, "x").step
        sql = step.removeprefix("Convert it in the SELECT: ").removesuffix(".").split(", with")[0]
        assert str(connection.table("found").project(sql).fetchall()[0][0]) == result


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["02/01/2024", "03/01/2024"], ["2024-01-02 by day(Due, '%d/%m/%Y')", "2024-02-01 by day(Due, '%m/%d/%Y')"]),
        (["28.02.24"], ["2024-02-28 by day(Due, '%d.%m.%y')", "2028-02-24 by day(Due, '%y.%m.%d')"]),
        (["02/01/2024", "13/01/2024"], ["Convert it in the SELECT: day(Due, '%d/%m/%Y')"]),
        (["02/01/2024", "01/13/2024"], ["Convert it in the SELECT: day(Due, '%m/%d/%Y')"]),
        (["31.01.2024 10:00"], ["day(Due, '%d.%m.%Y %H:%M')"]),
        (["31.01.2024", "00.00.0000"], ["No format of a date reads all its values", "null_values"]),
    ],
)  # fmt: skip
def test_an_order_of_days_that_nothing_tells_stops_with_the_readings(
    values: list[str], said: list[str]
) -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE found AS SELECT unnest(?) AS due_on", [values])
        advice = advise(connection, "found", Column("due_on", Kind.DAY, ""), "VARCHAR", "Due")
    for text in said:
        assert text in advice.step


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["1.234", "2.500"], "write money(Betrag, '.') or money(Betrag, ',')"),
        (["1.234", "2,50"], "money(Betrag, ',')"),
        (["12.50", "12,50"], "Convert it in the SELECT: money(Betrag)."),
        (["12.50", "offen"], "Some values are no figures"),
    ],
)
def test_a_decimal_separator_that_nothing_tells_is_asked_for(values: list[str], said: str) -> None:
    with duckdb.connect() as connection:
        offer_conversions(connection)
        connection.execute("CREATE TABLE found AS SELECT unnest(?) AS amount", [values])
        advice = advise(connection, "found", Column("amount", Kind.MONEY, ""), "VARCHAR", "Betrag")
    assert said in advice.step
    assert "offen" not in values or advice.values == ("offen",)

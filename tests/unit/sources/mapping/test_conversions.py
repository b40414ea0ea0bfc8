"""money, number, day, id: what each reads, and that it stops at everything else with the value, never with NULL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.duck import readable
from sources.mapping.conversions import offer_conversions


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        offer_conversions(connection)
        offer_conversions(connection)  # a second time changes nothing
        yield connection


def call(engine: duckdb.DuckDBPyConnection, function: str, *arguments: object) -> Any:
    marks = ", ".join("?" for _ in arguments)
    return engine.execute(f"SELECT {function}({marks})", list(arguments)).fetchall()[0][0]


def stops(engine: duckdb.DuckDBPyConnection, function: str, *arguments: object) -> str:
    with pytest.raises(duckdb.Error) as error:
        call(engine, function, *arguments)
    return str(readable(error.value, where="payments"))


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1.234,50-", "-1234.50"),
        ("500,00-", "-500.00"),
        ("-500.00", "-500.00"),
        ("\u2212500,00", "-500.00"),
        ("12'000,00", "12000.00"),
        ("12\u2019000.50", "12000.50"),
        ("12.000,00 \u20ac", "12000.00"),
        ("1 234,50", "1234.50"),
        ("1\u00a0234,50", "1234.50"),
        ("1\u202f234,50 EUR", "1234.50"),
        ("(1,234.50)", "-1234.50"),
        ("500.00 Dr", "500.00"),
        ("500,00 CR", "-500.00"),
        ("500,00 S", "500.00"),
        ("500,00 H", "-500.00"),
        ("US$ 5.00", "5.00"),
        ("CHF 1'234.50", "1234.50"),
        ("EUR -5,00", "-5.00"),
        ("5.00 CRC", "5.00"),  # a currency, not the credit side
        ("12,34,567.00", "1234567.00"),
        ("1.234.567", "1234567.00"),
        ("12,340.50", "12340.50"),
        ("5,5", "5.50"),
        (".50", "0.50"),
        ("0012,50", "12.50"),
        ("7", "7.00"),
    ],
)
def test_amounts_as_ledgers_print_them(
    engine: duckdb.DuckDBPyConnection, text: str, amount: str
) -> None:
    assert call(engine, "money", text) == Decimal(amount)


@pytest.mark.parametrize("text", ["1.234", "1,234", "12.345", "123,456"])
def test_an_amount_that_reads_in_two_ways_stops_with_both(
    engine: duckdb.DuckDBPyConnection, text: str
) -> None:
    message = stops(engine, "money", text)
    whole = text.replace(".", "").replace(",", "")
    assert "can be read in two ways" in message
    assert whole in message
    assert text.replace(",", ".") in message
    assert "do:    Say which: money(x, '.') or money(x, ',')" in message
    grouped_by = "," if "." in text else "."  # the decimal separator that makes the sign a group's
    assert call(engine, "money", text, grouped_by) == Decimal(whole)


@pytest.mark.parametrize(
    "text",
    ["abc", "-", "-5-", "(5)-", "- 5 Cr", "1,2,3", "12 34", "500.-", "1e5", "5 %", "1.234,5.6", "NaN", "12.50x"],
)  # fmt: skip
def test_what_is_no_amount_stops_with_its_value(
    engine: duckdb.DuckDBPyConnection, text: str
) -> None:
    message = stops(engine, "money", text)
    assert "a figure cannot be read" in message
    assert text in message
    assert "TRY_CAST" not in message


def test_the_stated_separator_is_kept_to(engine: duckdb.DuckDBPyConnection) -> None:
    assert call(engine, "money", "1.234", ",") == Decimal(1234)
    assert "decimal separator ,: 12.50" in stops(engine, "money", "12.50", ",")
    assert "decimal separator .: 1.234,50" in stops(engine, "money", "1.234,50", ".")


@pytest.mark.parametrize("text", [None, "", "  ", "\u00a0"])
def test_blanks_are_missing(engine: duckdb.DuckDBPyConnection, text: str | None) -> None:
    typed = engine.execute(
        "SELECT money(x), number(x), id(x), day(x, '%d.%m.%Y') FROM (SELECT ?::VARCHAR AS x)",
        [text],
    )
    assert typed.fetchall() == [(None, None, None, None)]


@pytest.mark.parametrize("text", ["12,345.6789", "0.1255", "1234.56701"])
def test_no_amount_is_rounded(engine: duckdb.DuckDBPyConnection, text: str) -> None:
    message = stops(engine, "money", text)
    assert "more than three decimal places" in message
    assert call(engine, "number", text) == float(text.replace(",", ""))


@pytest.mark.parametrize("text", ["12.345", "0.001", "999,999,999,999.999", "-7.5"])
def test_dinars_are_exact(engine: duckdb.DuckDBPyConnection, text: str) -> None:
    """By text, by decimal, and by floating point, whose fifteen digits hold them."""
    figure = Decimal(text.replace(",", ""))
    sql = "SELECT money(?, '.'), money(CAST(? AS DECIMAL(18,3))), money(CAST(? AS DOUBLE))"
    assert engine.execute(sql, [text, str(figure), str(figure)]).fetchall() == [(figure,) * 3]


def test_numbers_are_taken_as_they_are(engine: duckdb.DuckDBPyConnection) -> None:
    """0.1 + 0.2 is 0.30000000000000004: a rounding of the format, not a fourth place."""
    sql = "SELECT money(0.1::DOUBLE + 0.2::DOUBLE), money(12.340::DECIMAL(18,3)), money(7), money(1.0005::DOUBLE)"
    assert engine.execute(sql.rpartition(",")[0]).fetchall() == [
        (Decimal("0.30"), Decimal("12.34"), Decimal(7))
    ]
    with pytest.raises(duckdb.Error, match=r"more than three decimal places: 1\.0005"):
        engine.execute(sql)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cents=st.integers(-(10**15), 10**15))
def test_every_amount_comes_back_from_every_print(
    engine: duckdb.DuckDBPyConnection, cents: int
) -> None:
    """An independent print of the same amount, in eight countries' ways."""
    amount = Decimal(cents) / 100
    plain = f"{abs(amount):,.2f}"
    comma = plain.translate(str.maketrans(",.", ".,"))
    minus = "-" if cents < 0 else ""
    prints = [f"{minus}{plain}", f"{comma}{minus}", f"{minus}{comma} \u20ac", f"{plain.replace(',', chr(39))}{minus}",
              f"{comma.replace('.', chr(0x202F))}{minus}", f"({plain})" if minus else plain,
              f"{plain} {'Cr' if minus else 'Dr'}", f"{comma} {'H' if minus else 'S'}"]  # fmt: skip
    rows = engine.execute("SELECT DISTINCT money(x) FROM (SELECT unnest(?) AS x)", [prints])
    assert rows.fetchall() == [(amount,)]


def test_a_day_is_read_by_its_format_alone(engine: duckdb.DuckDBPyConnection) -> None:
    assert call(engine, "day", "28.02.24", "%d.%m.%y") == date(2024, 2, 28)
    assert call(engine, "day", "2.1.2024", "%d.%m.%Y") == date(2024, 1, 2)
    assert call(engine, "day", "02/01/2024", "%m/%d/%Y") == date(2024, 2, 1)
    assert call(engine, "day", 20240131, "%Y%m%d") == date(2024, 1, 31)
    assert engine.execute("SELECT day(DATE '2024-03-05')").fetchall() == [(5,)]  # the engine's own


@pytest.mark.parametrize(
    ("text", "form", "said"),
    [
        ("31.02.2024", "%d.%m.%Y", "cannot be read: 31.02.2024"),
        ("02/13/2024", "%d/%m/%Y", "cannot be read: 02/13/2024"),
        ("00.00.0000", "%d.%m.%Y", "null_values"),
        ("28.02.24", "%d.%m.%Y", "A year of two digits is %y"),
        ("2024111", "%Y%m%d", "cannot be read: 2024111"),
        ("31.01.2024 x", "%d.%m.%Y", "cannot be read: 31.01.2024 x"),
    ],
)
def test_what_is_no_day_stops(
    engine: duckdb.DuckDBPyConnection, text: str, form: str, said: str
) -> None:
    message = stops(engine, "day", text, form)
    assert said in message
    assert form in message


def test_the_number_of_a_document_has_no_decimals(engine: duckdb.DuckDBPyConnection) -> None:
    sql = "SELECT id(1846335005.0::DOUBLE), id('00123'), id('1846335005.0'), id(12), id('A.0'), id(7.00::DECIMAL(9,2))"
    assert engine.execute(sql).fetchall() == [
        ("1846335005", "00123", "1846335005", "12", "A.0", "7")
    ]
    for odd in ("123.5::DOUBLE", "1e17::DOUBLE", "9007199254740993::DOUBLE", "7.50::DECIMAL(9,2)"):
        with pytest.raises(duckdb.Error, match="document number cannot be told"):
            engine.execute(f"SELECT id({odd})")


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2024-01-05T00:30:00+02:00", "%Y-%m-%dT%H:%M:%S%z"),
        ("2024-01-05 00:30:00 Europe/Berlin", "%Y-%m-%d %H:%M:%S %Z"),
        ("2024-01-05T00:30:00Z", "%Y-%m-%dT%H:%M:%S%z"),
    ],
)
def test_an_instant_is_no_day_until_it_is_said_whose(
    engine: duckdb.DuckDBPyConnection, text: str, form: str
) -> None:
    """By UTC the first is of 4 January: each booking after midnight would be of the day before."""
    message = stops(engine, "day", text, form)
    assert text in message
    for advised in ("day(left(x, 10), '%Y-%m-%d')", "CAST(timezone('Europe/Berlin', CAST(x AS TIMESTAMPTZ)) AS DATE)"):  # fmt: skip
        assert advised in message
    assert call(engine, "day", None, form) is None
    assert call(engine, "day", text[:10], "%Y-%m-%d") == date(2024, 1, 5)


def test_the_day_where_the_books_are_kept_is_that_of_the_clock_there(
    engine: duckdb.DuckDBPyConnection,
) -> None:
    """22:30 by UTC is half past midnight in Berlin in summer, and half past eleven in winter."""
    rows = engine.execute(
        "SELECT CAST(timezone('Europe/Berlin', CAST(x AS TIMESTAMPTZ)) AS DATE) "
        "FROM (VALUES ('2024-07-04T22:30:00Z'), ('2024-01-04T22:30:00Z')) AS t(x)"
    )
    assert rows.fetchall() == [(date(2024, 7, 5),), (date(2024, 1, 4),)]

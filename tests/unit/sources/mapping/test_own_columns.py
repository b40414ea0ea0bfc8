"""The columns that a SELECT of attributes delivers become the portfolio's, or are refused before a feature is made of them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from contracts.config.portfolio import PortfolioConfig
from contracts.errors import BonitasError, ConfigError
from sources.mapping.own_columns import with_own_columns

KEY = "'A' AS customer_id, DATE '2024-01-01' AS known_on"


def portfolio(**attributes: object) -> PortfolioConfig:
    return PortfolioConfig.model_validate(
        {
            "title": "x",
            "reporting_currency": "EUR",
            "complete_until": "2024-12-31",
            "source": {"kind": "files", "folder": "x", "files": {"a": {"path": "a.csv"}}},
            "default": {"preset": "events_only"},
            "attributes": {
                "from": "table",
                "defaults": {"pillar": "credit_record", "unit": "count"},
                **attributes,
            },
        }
    )


def found(tmp_path: Path, select: str, **attributes: object) -> PortfolioConfig:
    (tmp_path / "attributes.sql").write_text(f"SELECT {KEY}, {select}", encoding="utf-8")
    with duckdb.connect() as connection:
        return with_own_columns(connection, tmp_path, portfolio(**attributes))


def test_types_come_from_the_select_and_go_behind_what_is_stated(tmp_path: Path) -> None:
    made = found(
        tmp_path,
        "1.5 AS a, 'x' AS b, TRUE AS c, CAST(2 AS DECIMAL(18,2)) AS d, '00123' AS postcode, number('1.234,50') AS e",
        columns={"postcode": {"dtype": "category"}},
    )
    assert {one.name: one.dtype for one in made.attributes} == {
        "a": "number", "b": "category", "c": "category", "d": "number", "postcode": "category", "e": "number",
    }  # fmt: skip


def test_texts_of_numbers_and_days_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as told:
        found(tmp_path, "'12' AS staff, DATE '2024-01-01' AS since, 'x' AS region")
    text = str(told.value)
    assert "Texts that hold numbers alone: staff" in text
    assert "A day is no attribute: since" in text
    assert "region" not in text


def test_without_a_select_or_with_a_broken_one(tmp_path: Path) -> None:
    with duckdb.connect() as connection, pytest.raises(ConfigError, match="not delivered"):
        with_own_columns(connection, tmp_path, portfolio())
    with pytest.raises(BonitasError):
        found(tmp_path, "nothing")


def test_a_portfolio_that_declares_its_own_stays_as_it_is(tmp_path: Path) -> None:
    own = portfolio().model_copy(update={"attributes_from": None})
    with duckdb.connect() as connection:
        assert with_own_columns(connection, tmp_path, own) is own

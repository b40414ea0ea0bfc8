"""`attributes: {from: table}`: sixty columns by a few lines, every missing key in one message."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.config.attributes import UNITS, AttributeConfig, AttributesFrom
from contracts.config.base import parse
from contracts.errors import ConfigError

FOUND = {
    "customer_id": "category",
    "known_on": "number",
    "days_late": "number",
    "days_terms": "number",
    "share_paid": "number",
    "region": "category",
    "id_erp": "category",
}


def asked(**changed: Any) -> AttributesFrom:
    values = {
        "from": "table",
        "defaults": {"pillar": "credit_record", "unit": "count", "direction": 1},
        "columns": {
            "days_*": {"unit": "days"},
            "days_terms": {"direction": 0, "pillar": "business_context", "wording_en": "Terms"},
            "share_*": {"unit": "share", "direction": -1},
        },
        "without": ["id_*"],
    }
    return AttributesFrom.model_validate(values | changed)


def test_a_later_line_goes_before_an_earlier_one_and_a_name_is_a_pattern() -> None:
    made = {one.name: one for one in asked().declared(FOUND)}
    assert list(made) == ["days_late", "days_terms", "share_paid", "region"]
    shown = {name: (one.unit, one.direction, one.pillar) for name, one in made.items()}
    assert shown["days_late"] == ("days", 1, "credit_record")
    assert shown["days_terms"] == ("days", 0, "business_context")
    assert shown["share_paid"] == ("share", -1, "credit_record")
    # a direction that is said of all is not said of a category, which has no order
    assert shown["region"] == ("category", 0, "credit_record")


def test_a_wording_that_is_not_written_is_the_name_and_is_listed() -> None:
    made = {one.name: one for one in asked().declared(FOUND)}
    assert (made["days_late"].wording_en, made["days_late"].wording_zh) == ("days late",) * 2
    assert made["days_late"].unwritten == ("wording_en", "wording_zh")
    assert made["days_terms"].unwritten == ("wording_zh",)
    whole = AttributeConfig(
        name="x",
        dtype="number",
        pillar="credit_record",
        unit="days",
        wording_en="A",
        wording_zh="乙",
    )
    assert whole.unwritten == ()


def test_all_that_is_missing_is_told_at_once() -> None:
    bare = asked(defaults={}, columns={"days_*": {"unit": "days"}, "gone_*": {}}, without=[])
    with pytest.raises(ConfigError) as told:
        bare.declared(FOUND | {"Bad-Name": "number"})
    text = str(told.value)
    assert "4 mistakes" in text
    assert "Nothing in the table is called gone_*" in text
    assert "names that no feature can have: Bad-Name" in text
    assert "5 columns have no pillar: days_late, days_terms, share_paid, region, id_erp" in text
    assert "1 columns have no unit: share_paid" in text  # categories need none


@pytest.mark.parametrize("unit", [*UNITS, "EUR", "USD"])
def test_the_units_that_are_documented_are_taken(unit: str) -> None:
    assert asked(defaults={"pillar": "credit_record", "unit": unit}).defaults.unit == unit


@pytest.mark.parametrize("unit", ["day", "Days", "eur", "percent", ""])
def test_an_unknown_unit_is_refused_with_those_there_are(unit: str) -> None:
    one = {"name": "x", "dtype": "number", "pillar": "credit_record", "unit": unit}
    with pytest.raises(ConfigError) as told:
        parse(AttributeConfig, one, where="p.yaml")
    assert "use days, months, count" in told.value.what
    with pytest.raises(ConfigError, match="unknown unit"):
        parse(AttributesFrom, {"from": "table", "defaults": {"unit": unit}}, where="p.yaml")


def test_a_misspelt_key_is_told_with_the_legal_ones() -> None:
    with pytest.raises(ConfigError) as told:
        parse(AttributesFrom, {"from": "table", "default": {}}, where="p.yaml > attributes")
    assert "defaults" in told.value.next_step

"""Alarms on columns of one's own: those that can never be told, and those that are told of everybody."""

from __future__ import annotations

from typing import Any

import pytest

from features.state.alarms import idle_alarms
from tests.features_books import Row, Tables, customer, engine, invoice, on, payment, portfolio


def column(**alarm: float) -> dict[str, Any]:
    return {"name": "index", "dtype": "number", "pillar": "credit_record", "unit": "points", **alarm}  # fmt: skip


def told(*values: float | None, **alarm: float) -> str:
    rows: list[Row] = [{"customer_id": "A", "known_on": on(day), "index": one} for day, one in enumerate(values)]  # fmt: skip
    tables: Tables = {
        "customers": [customer("A")],
        "invoices": [invoice("I1", "A", 0, "100")],
        "payments": [payment("P1", "I1", 20, "100")],
        "attributes": rows,
    }
    config = portfolio(attributes=[column(**alarm)])
    with engine(tables, config) as (con, loaded):
        return idle_alarms(con, loaded, config.attributes)


@pytest.mark.parametrize(
    ("alarm", "says"),
    [
        ({"alarm_below": 0.55}, "alarm_below 0.55 of index: none of its 3 values, 40 to 98, ever reached it"),
        ({"alarm_above": 100.0}, "alarm_above 100 of index: none of its 3 values, 40 to 98, ever reached it"),
        ({"alarm_above": 0.0}, "alarm_above 0 of index: every one of its 3 values, 40 to 98, rings it"),
        ({"alarm_below": 40.0}, "none of its 3 values"),  # 40 is not below 40
    ],
)  # fmt: skip
def test_an_alarm_that_nothing_or_everything_rings_is_told(alarm: dict[str, float], says: str) -> None:  # fmt: skip
    assert says in told(40.0, 60.5, None, 98.0, **alarm)


def test_one_that_some_values_ring_is_not_nor_one_of_which_no_value_is_known() -> None:
    assert told(40.0, 60.5, 98.0, alarm_below=55.0, alarm_above=90.0) == ""
    assert told(None, alarm_below=55.0) == ""
    assert told(40.0) == ""


def test_of_two_alarms_the_idle_one_is_told() -> None:
    said = told(40.0, 98.0, alarm_below=55.0, alarm_above=1_000_000.0)
    assert said.count("note:") == 1
    assert "alarm_above 1,000,000" in said

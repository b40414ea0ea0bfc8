"""Master data as they were known on a day: what the register says of a company today is not served in earlier years."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import roc_auc_score

from contracts.config.features import FeaturesConfig
from contracts.config.source import WorldSource
from features.catalog import catalogue
from features.catalog.customers import CLOCKLESS
from features.labels.cohort import observe
from tests.features_books import (
    Row,
    Tables,
    customer,
    engine,
    invoice,
    matrix,
    on,
    payment,
    portfolio,
)
from world.books.history import LIQUIDATED
from world.simulate import simulate

WHO = FeaturesConfig(families=("customers",))
UNTIL = date(2024, 12, 31)


def said(whose: str, day: int, **values: Any) -> Row:
    columns = ("country", "industry", "legal_form", "parent_id", "is_natural_person")
    return {"customer_id": whose, "known_on": on(day), **dict.fromkeys(columns), **values}


def book(*history: Row, **masters: Any) -> Tables:
    tables: Tables = {
        "customers": [customer("A", **masters), customer("B"), customer("C", onboarded_on=on(50))],
        "invoices": [invoice("I1", "A", 0, "100")],
        "payments": [payment("P1", "I1", 20, "100")],
    }
    return tables | ({"master_history": list(history)} if history else {})


def told(tables: Tables, whose: str, *days: int) -> list[Row]:
    return matrix(tables, [(whose, on(day)) for day in days], choice=WHO).to_pylist()


def test_a_value_counts_from_the_day_after_it_was_known_and_stays_where_a_row_says_nothing() -> (
    None
):
    tables = book(
        said("A", 10, legal_form="ltd", industry="C", country="DE"),
        said("A", 40, legal_form="in liquidation"),
        said("A", 90, industry="F"),
        legal_form="in liquidation",
    )
    rows = told(tables, "A", 10, 11, 40, 41, 91)
    assert [row["customer_legal_form"] for row in rows] == [
        None,
        "ltd",
        "ltd",
        *["in liquidation"] * 2,
    ]
    assert [row["customer_industry"] for row in rows] == [None, "C", "C", "C", "F"]
    assert [row["customer_country"] for row in rows] == [None, *["DE"] * 4]
    # B is not in the history: what today's record says of it was never known; its age still is
    (other,) = told(tables, "B", 91)
    assert (other["customer_legal_form"], other["customer_industry"]) == (None, None)
    assert other["customer_age"] > 200


def test_without_a_history_todays_record_holds_on_every_day() -> None:
    rows = told(book(legal_form="in liquidation"), "A", 11, 91)
    assert [row["customer_legal_form"] for row in rows] == ["in liquidation"] * 2


def test_a_group_counts_who_was_in_it_on_the_day() -> None:
    tables = book(
        said("B", 20, parent_id="A"), said("C", 30, parent_id="A"), said("B", 70, parent_id="B"), said("B", 80, legal_form="ltd"),
        parent_id="C",
    )  # fmt: skip
    # A alone; with B from day 20; C belongs to it since 30 but is a customer from 50 on; B goes on 70
    assert [
        row["customer_group_size"] for row in told(tables, "A", 20, 21, 50, 51, 70, 71, 99)
    ] == [1, 2, 2, 3, 3, 2, 2]
    assert [row["customer_group_size"] for row in told(tables, "B", 20, 21, 51, 71)] == [1, 2, 3, 1]


@pytest.fixture(scope="module")
def books() -> tuple[dict[str, list[Row]], Any, Any]:
    """A world whose master file is of today, its cohort, and what the features say."""
    source = WorldSource(kind="world", seed=3, customers=500, years=6, downturn="mild")
    world = simulate(source, UNTIL, "EUR")
    config = portfolio(complete_until=UNTIL, horizon_months=12, attributes=[])
    names = ("customers", "master_history", "invoices", "payments", "events", "fx_rates")
    tables = {name: world.tables[name].to_pylist() for name in names}
    last = {
        row["customer_id"]: row["legal_form"]
        for row in tables["master_history"]
        if row["legal_form"]
    }
    honest = [dict(row) for row in tables["customers"]]
    for row in tables["customers"]:
        row["legal_form"] = last[row["customer_id"]]
    with engine(tables, config) as (con, loaded):
        cohort = observe(con, loaded, config)
    return tables, cohort[cohort["defaulted"].notna()], (config, honest)


def answers(tables: dict[str, list[Row]], cohort: Any, config: Any) -> pa.Table:
    asked = list(zip(cohort["customer_id"], cohort["as_of"].dt.date, strict=True))
    return matrix(tables, asked, config, WHO)


@pytest.mark.slow
def test_liquidation_of_later_years_ranks_nobody_once_master_data_have_a_clock(books: Any) -> None:
    tables, cohort, (config, honest) = books
    defaulted = cohort["defaulted"].to_numpy(dtype=bool)

    def area(rows: pa.Table) -> float:
        leak = np.array([form == LIQUIDATED for form in rows["customer_legal_form"].to_pylist()])
        return float(roc_auc_score(defaulted, leak))

    without = {name: rows for name, rows in tables.items() if name != "master_history"}
    assert (
        area(answers(without, cohort, config)) > 0.6
    )  # the leak walks in, though half of those who default are never liquidated
    dated = answers(tables, cohort, config)
    assert area(dated) == 0.5
    assert LIQUIDATED not in set(dated["customer_legal_form"].to_pylist())
    # the same as from the records that nobody rewrote, and whatever is known after the last day asked moves nothing
    assert dated.equals(answers(without | {"customers": honest}, cohort, config))
    end = cohort["as_of"].max().date()
    early = {
        **tables,
        "master_history": [row for row in tables["master_history"] if row["known_on"] < end],
    }
    assert dated.equals(answers(early, cohort, config))


def test_the_features_that_have_no_clock_are_those_of_todays_record() -> None:
    assert {one.name for one in catalogue([90, 365]) if one.name in CLOCKLESS} == set(CLOCKLESS)

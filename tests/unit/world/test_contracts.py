"""The world keeps the contracts of the tables it pretends to be."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from contracts.config.source import WorldSource
from contracts.errors import ConfigError
from contracts.tables.raw import RAW_TABLES
from contracts.tables.simulated import TRUTH
from contracts.tables.store import conform
from world.simulate import World, simulate

UNTIL = date(2024, 10, 17)


@pytest.mark.parametrize("name", list(RAW_TABLES))
def test_table_is_what_its_contract_demands(world: World, name: str) -> None:
    table = world.tables[name]
    assert table.num_rows > 0
    # conform checks columns, types, missing keys, legal values, grain - and sorts: nothing may change
    assert conform(table.to_pandas(), RAW_TABLES[name]).equals(table)


def test_truth_is_what_its_contract_demands(world: World) -> None:
    assert conform(world.truth.to_pandas(), TRUTH).equals(world.truth)


def test_no_table_is_missing(world: World) -> None:
    assert set(world.tables) == set(RAW_TABLES)


@pytest.mark.parametrize(
    ("table", "column", "target"),
    [
        ("customers", "parent_id", "customers"),
        ("master_history", "customer_id", "customers"),
        ("master_history", "parent_id", "customers"),
        ("credit_terms", "customer_id", "customers"),
        ("invoices", "customer_id", "customers"),
        ("payments", "invoice_id", "invoices"),
        ("disputes", "invoice_id", "invoices"),
        ("financials", "customer_id", "customers"),
        ("events", "customer_id", "customers"),
        ("attributes", "customer_id", "customers"),
    ],
)
def test_references_point_to_rows(
    frames: dict[str, pd.DataFrame], table: str, column: str, target: str
) -> None:
    values = frames[table][column].dropna()
    key = RAW_TABLES[target].grain[0]
    assert len(values) > 0
    assert set(values) <= set(frames[target][key])


def test_nothing_happens_or_becomes_known_after_the_last_day(
    frames: dict[str, pd.DataFrame],
) -> None:
    limit = pd.Timestamp(UNTIL)
    seen = {}
    for name, frame in frames.items():
        for column in RAW_TABLES[name].column_names:
            is_day = pd.api.types.is_datetime64_any_dtype(frame[column])
            if is_day and column != "due_on":  # a due date may lie ahead
                seen[name, column] = frame[column].max()
    assert {key: day for key, day in seen.items() if day > limit} == {}
    # ... and the world goes on until that day: a clock that stopped a year early would pass the line above
    assert seen["invoices", "booked_at"] > limit - pd.Timedelta(days=7)
    assert seen["payments", "booked_at"] > limit - pd.Timedelta(days=7)


def test_truth_ends_with_the_last_whole_month(world: World) -> None:
    days = world.truth.column("as_of").to_pandas()
    assert days.max() == date(2024, 10, 1)  # known at the end of September
    assert pd.to_datetime(days).dt.day.eq(1).all()


def test_every_currency_has_a_rate_on_every_day(frames: dict[str, pd.DataFrame]) -> None:
    rates = frames["fx_rates"]
    used = set(frames["invoices"].currency) | set(frames["financials"].currency) | {"GBP"}
    assert used <= set(rates.currency)
    assert (rates.loc[rates.currency == "GBP", "rate"] == 1.0).all()
    assert rates.loc[rates.currency == "EUR", "rate"].between(0.6, 1.2).all()
    days = rates.groupby("currency").rate_on.agg(["min", "max", "size"])
    assert ((days["max"] - days["min"]).dt.days + 1 == days["size"]).all()
    assert days["min"].max() < frames["financials"].period_end.min()


def test_reporting_currency_without_a_level_is_refused() -> None:
    source = WorldSource(kind="world", customers=50, years=3)
    with pytest.raises(ConfigError, match="Unknown currency of the world 'XYZ'"):
        simulate(source, UNTIL, "XYZ")


def test_names_carry_what_breaks_careless_software(frames: dict[str, pd.DataFrame]) -> None:
    text = "".join(frames["customers"].name)
    for trouble in ("<b>", "'", "&", "ü", "上海", '"', ";", ","):
        assert trouble in text
    assert frames["customers"].name.str.strip().eq(frames["customers"].name).all()


def test_sole_traders_are_natural_persons_and_only_they(frames: dict[str, pd.DataFrame]) -> None:
    customers = frames["customers"]
    assert 0.05 < customers.is_natural_person.mean() < 0.15
    assert (customers.is_natural_person == (customers.legal_form == "sole trader")).all()
    assert not set(customers.customer_id[customers.is_natural_person]) & set(
        frames["financials"].customer_id
    )


def test_groups_have_one_head_that_has_no_parent(frames: dict[str, pd.DataFrame]) -> None:
    customers = frames["customers"].set_index("customer_id")
    heads = customers.parent_id.dropna().unique()
    assert len(heads) >= 5
    assert customers.loc[heads, "parent_id"].isna().all()
    assert customers.parent_id.value_counts().max() <= 4  # groups of 2 to 5

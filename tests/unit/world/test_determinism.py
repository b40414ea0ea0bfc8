"""The same arguments give the same world; one component never reshuffles another."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from contracts.config.source import WorldSource
from world.simulate import World, simulate

UNTIL = date(2024, 10, 17)


@pytest.fixture
def one_thread() -> object:
    before = pa.cpu_count()
    pa.set_cpu_count(1)
    yield
    pa.set_cpu_count(before)


@pytest.mark.usefixtures("one_thread")
def test_same_arguments_give_the_same_tables_on_one_thread(
    world: World, source: WorldSource
) -> None:
    again = simulate(source, UNTIL, "GBP")
    assert again.truth.equals(world.truth)
    assert {
        name for name, table in world.tables.items() if not again.tables[name].equals(table)
    } == set()


def test_another_seed_gives_another_world(world: World, source: WorldSource) -> None:
    other = simulate(source.model_copy(update={"seed": 6}), UNTIL, "GBP")
    assert {n for n, table in world.tables.items() if other.tables[n].equals(table)} == set()


def test_the_downturn_moves_lives_but_not_who_the_customers_are(
    world: World, source: WorldSource
) -> None:
    calm = simulate(source.model_copy(update={"downturn": "none"}), UNTIL, "GBP")
    assert calm.tables["customers"].equals(world.tables["customers"])
    assert calm.tables["fx_rates"].equals(world.tables["fx_rates"])
    assert not calm.tables["events"].equals(world.tables["events"])


def test_the_reporting_currency_changes_rates_only(world: World, source: WorldSource) -> None:
    euro = simulate(source, UNTIL, "EUR")
    changed = {name for name, table in world.tables.items() if not euro.tables[name].equals(table)}
    assert changed == {"fx_rates"}

"""The true cause of each default can be read, and agrees with the rest of the truth."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from contracts.config.source import WorldSource
from contracts.tables.simulated import TRUE_DEFAULTS
from contracts.tables.store import conform
from world.hidden.levels import Levels
from world.hidden.phases import hazard
from world.simulate import World, draw_hidden

UNTIL = date(2024, 10, 17)
PARTS = ["by_lasting_health", "by_recent_health", "by_industry", "by_economy"]


@pytest.fixture(scope="module")
def defaults(world: World) -> pd.DataFrame:
    return world.defaults.to_pandas(date_as_object=False)


def test_defaults_are_what_their_contract_demands(world: World) -> None:
    assert conform(world.defaults.to_pandas(), TRUE_DEFAULTS).equals(world.defaults)
    assert world.defaults.num_rows >= 30


def test_every_default_event_has_a_cause(
    frames: dict[str, pd.DataFrame], defaults: pd.DataFrame
) -> None:
    events = frames["events"]
    ended = events[events.kind.isin(("insolvency", "write_off", "ceased_trading"))]
    first = ended.groupby("customer_id").occurred_on.min()
    day = defaults.set_index("customer_id").defaulted_on
    assert set(first.index) <= set(day.index)
    assert (first >= day.reindex(first.index)).all()


def test_causes_add_up_to_the_hazard_that_struck(
    source: WorldSource, defaults: pd.DataFrame
) -> None:
    """sigmoid(base + the four parts) = hazard of the month the arrears began, recomputed from the hidden paths."""
    hidden = draw_hidden(source, UNTIL, Levels())
    chain = hidden.levels.health
    slow = defaults[defaults.driver != "sudden"]
    assert len(slow) >= 25
    at = slow.customer_id.str[1:].astype(int).to_numpy() - 1
    days = (slow.arrears_from - pd.Timestamp("1970-01-01")).dt.days.to_numpy()
    month = np.searchsorted(hidden.months.starts, days)
    common = hidden.common[hidden.population.industry[at], month]
    expected = hazard(hidden.lives.health[at, month], common, chain)
    odds = chain.hazard_base + slow[PARTS].sum(axis=1).to_numpy()
    np.testing.assert_allclose(1.0 / (1.0 + np.exp(-odds)), expected, rtol=1e-5)


def test_the_sudden_have_no_cause_in_themselves(defaults: pd.DataFrame) -> None:
    sudden = defaults[defaults.driver == "sudden"]
    assert len(sudden) >= 1
    assert sudden[[*PARTS, "arrears_from"]].isna().all().all()


def test_the_driver_before_a_default_is_its_cause(world: World, defaults: pd.DataFrame) -> None:
    """The last month-end before a default from arrears names the same driver in `truth`."""
    slow = defaults[defaults.driver != "sudden"]
    joined = world.truth.to_pandas(date_as_object=False).merge(slow, on="customer_id")
    before = joined[joined.as_of < joined.defaulted_on.dt.to_period("M").dt.start_time]
    last = before.sort_values("as_of").groupby("customer_id").last()
    assert len(last) >= 25
    assert (last.driver_x == last.driver_y).all()

"""One small world for all tests of the room."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from contracts.config.source import WorldSource
from world.simulate import World, simulate

UNTIL = date(2024, 10, 17)  # in the middle of a month: the last one must not leak


@pytest.fixture(scope="session")
def source() -> WorldSource:
    return WorldSource(kind="world", customers=400, years=4, seed=5, downturn="severe")


@pytest.fixture(scope="session")
def world(source: WorldSource) -> World:
    return simulate(source, UNTIL, "GBP")


@pytest.fixture(scope="session")
def frames(world: World) -> dict[str, pd.DataFrame]:
    """Every raw table as pandas, days as datetime64, money as float."""
    frames = {}
    for name, table in world.tables.items():
        frame = table.to_pandas(date_as_object=False)
        for field in table.schema:
            if str(field.type).startswith("decimal"):
                frame[field.name] = frame[field.name].astype(float)
        frames[name] = frame
    return frames

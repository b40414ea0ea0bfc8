"""One Spark session for all tests that need one: starting and warming it up is most of their time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from ibis.backends import BaseBackend

from contracts.config.engine import EngineConfig, SparkConfig
from contracts.errors import BonitasError
from features.engine.backend import connect

REQUIRED = "BONITAS_REQUIRE_SPARK"
# Rows are few here and plans many: with Spark's and Java's compilers a build took 93 s of CPU or more, without 53 s.
QUICK: dict[str, str | bool | int | float] = {
    "spark.sql.codegen.wholeStage": False,
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseBackend]:
    """A session on two threads; skips where Spark cannot be started. Afterwards nothing that was kept is left."""
    folder: Path = tmp_path_factory.mktemp("spark")
    config = SparkConfig(master="local[2]", shuffle_partitions=2, conf=QUICK)
    try:
        con = connect(EngineConfig(engine="spark", memory_limit="2GB", spark=config), folder)
    except BonitasError as error:
        if os.environ.get(REQUIRED) == "1":
            pytest.fail(f"{REQUIRED}=1, but {error}")
        pytest.skip(f"{error.what} {error.next_step}")
    yield con
    con.disconnect()
    assert not list(folder.glob("kept-*"))

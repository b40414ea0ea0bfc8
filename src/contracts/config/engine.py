"""Where relational work runs: DuckDB inside the process, or Spark."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, model_validator

from contracts.config.base import Config, Threads

SPARK_FIXED = {
    "spark.sql.ansi.enabled": "true",  # an overflow is an error, not a missing value
    "spark.sql.caseSensitive": "true",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",  # products of decimals keep their scale
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.session.timeZone": "UTC",
}
"""Settings of Spark under which its arithmetic is that of DuckDB. A config may not change them."""


_SECRET = re.compile(r"(?i)secret|password|token|credential|access\.?key|passphrase")


class SparkConfig(Config):
    """How Spark is reached, for users who outgrew one machine."""

    master: str | None = Field(None, pattern=r"^(local(\[[\d*,]+\])?|yarn|(spark|k8s)://\S+)$")
    scratch: str | None = Field(None, min_length=1)
    shuffle_partitions: int | None = Field(None, ge=1, le=1_000_000)
    conf: dict[str, str | bool | int | float] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _results_do_not_depend_on_it(self) -> SparkConfig:
        changed = sorted(set(self.conf) & set(SPARK_FIXED))
        if changed:
            raise ValueError(f"conf may not set what results depend on: {', '.join(changed)}")
        foreign = sorted(key for key in self.conf if not key.startswith("spark."))
        secret = sorted(key for key in self.conf if _SECRET.search(key))
        if secret:
            raise ValueError(
                f"conf holds what is secret, and a config ends in git: {', '.join(secret)}; put it into spark-defaults.conf or the environment of Spark"
            )
        if foreign:
            raise ValueError(f"keys of conf begin with 'spark.', not: {', '.join(foreign)}")
        return self


class EngineConfig(Config):
    """Where relational work runs."""

    engine: Literal["duckdb", "spark"] = "duckdb"
    threads: Threads = 2
    memory_limit: str = Field("4GB", pattern=r"^\d+(\.\d+)?(MB|GB|TB)$")
    spark: SparkConfig = SparkConfig()

"""Spark as the engine: a session whose arithmetic is that of DuckDB, and relations kept as Parquet between steps."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.pyspark import Backend
from ibis.backends.pyspark.datatypes import PySparkSchema
from ibis.formats.pyarrow import PyArrowData
from ibis.util import gen_name
from pyspark.errors import PySparkRuntimeError
from pyspark.sql import DataFrame, SparkSession

from contracts.config.engine import SPARK_FIXED, EngineConfig
from contracts.errors import BonitasError, ConfigError

LOCAL = "local"
LOG = "spark.log"
JAVA = "Java 17 or 21 (Debian: apt-get install openjdk-17-jre-headless)"


class SparkBackend(Backend):  # type: ignore[misc]  # until ibis publishes types
    """Ibis on Spark with Arrow both ways, and a folder for the relations that are kept.

    Ibis itself goes through pandas, where a missing whole number turns into a float.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept_in = ""
        self.is_owner = True

    def to_pyarrow(self, expr: ir.Expr, /, **kwargs: Any) -> Any:
        """The rows of an expression, in their order."""
        table = expr.as_table()
        arrow = self.frame(table, **kwargs).toArrow()
        return expr.__pyarrow_result__(PyArrowData.convert_table(arrow, table.schema()))

    def frame(self, table: ir.Table, **kwargs: Any) -> DataFrame:
        """The Spark frame of an expression, not computed yet."""
        self._run_pre_execute_hooks(table)
        frame: DataFrame = self._session.sql(self.compile(table, **kwargs))
        return frame

    def keep(self, name: str, table: ir.Table) -> ir.Table:
        """Computes a relation now, as Parquet that every worker can read.

        Parquet and not Spark's cache: it ends the plan, so that no later step plans or repeats it; it outlives
        a lost worker; and later steps read only the columns they use. The columns are written with the types of the
        relation: Spark's own difference of two amounts is wider, and Ibis leaves out the cast that says so.
        """
        own = gen_name(name)
        path = f"{self.kept_in}/{own}"
        context = self._session.sparkContext
        context.setJobDescription(name)  # what Spark's own pages call the jobs that follow
        frame = self.frame(table)
        types = PySparkSchema.from_ibis(table.schema()).fields
        columns = [frame[f"`{field.name}`"].cast(field.dataType) for field in types]
        frame.select(*columns).write.parquet(path, compression="zstd")
        context.setJobDescription(None)
        return self.read_parquet(path, table_name=own)

    def disconnect(self) -> None:
        """Removes what was kept and ends the session, unless the session was there before."""
        _remove(self._session, self.kept_in)
        if self.is_owner:
            super().disconnect()

    def _register_in_memory_table(self, op: ops.InMemoryTable) -> None:
        arrow: pa.Table = op.data.to_pyarrow(op.schema)
        frame = self._session.createDataFrame(arrow, schema=PySparkSchema.from_ibis(op.schema))
        frame.createOrReplaceTempView(op.name)


def connect_spark(engine: EngineConfig, spill_folder: Path) -> SparkBackend:
    """A Spark session as the config wants it; one that is already active in this process is used as it is.

    Args:
        engine: master, threads and memory; results depend on none of them.
        spill_folder: holds Spark's own files, its log and, without `scratch`, what is kept between steps.

    Raises:
        BonitasError: there is no Java, or the session cannot be started.
        ConfigError: a cluster without a scratch folder that its workers can reach.
    """
    spark = engine.spark
    active = SparkSession.getActiveSession()
    is_local = (spark.master or LOCAL).startswith(LOCAL) and active is None
    scratch = spark.scratch or (str(spill_folder.resolve()) if is_local else None)
    if scratch is None:
        raise ConfigError(
            "A Spark cluster needs a folder that all of its workers can write to and read from.",
            where="params.yaml: engine > spark > scratch",
            value=scratch,
            next_step="Name one, such as hdfs:///tmp/bonitas, s3a://bucket/scratch or a shared mount.",
        )
    session = active or _started(engine, spill_folder)
    if "connect" in type(session).__module__:
        raise BonitasError(
            "The session goes through Spark Connect, which cannot remove what was kept.",
            where="params.yaml: engine > engine = spark",
            next_step="Run on the cluster itself; on Databricks, on a cluster of dedicated access mode.",
        )
    SparkBackend.register_options()
    con = SparkBackend()
    con.do_connect(session, **SPARK_FIXED)
    con.kept_in = f"{scratch.rstrip('/')}/kept-{uuid4().hex}"
    con.is_owner = active is None
    return con


def settings(engine: EngineConfig, spill_folder: Path) -> dict[str, str]:
    """Every Spark setting of a session started here: ours, then the user's, then those that decide results."""
    spark, folder = engine.spark, str(spill_folder.resolve())
    ours = {
        "spark.app.name": "bonitas",
        "spark.master": spark.master or f"{LOCAL}[{engine.threads}]",
        "spark.driver.memory": _java_size(engine.memory_limit),
        "spark.driver.maxResultSize": "0",  # the matrix comes back whole; memory is the limit
        "spark.sql.warehouse.dir": f"{folder}/warehouse",
        "spark.local.dir": folder,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    if ours["spark.master"].startswith(LOCAL):
        ours |= {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}
    if spark.shuffle_partitions:
        ours["spark.sql.shuffle.partitions"] = str(spark.shuffle_partitions)
    return ours | {key: _text(value) for key, value in spark.conf.items()} | SPARK_FIXED


def _started(engine: EngineConfig, spill_folder: Path) -> SparkSession:
    if shutil.which("java") is None and not _java_home():
        raise BonitasError(
            "Spark needs Java, and there is none.",
            where="params.yaml: engine > engine = spark",
            next_step=f"Install {JAVA}, or set engine to duckdb.",
        )
    builder = SparkSession.builder
    for key, value in settings(engine, spill_folder).items():
        builder = builder.config(key, value)
    try:
        with _quiet(spill_folder / LOG):
            return builder.getOrCreate()
    except (PySparkRuntimeError, OSError) as error:
        raise BonitasError(
            "Spark cannot be started.",
            where="params.yaml: engine > spark",
            value=str(error).splitlines()[0],
            next_step=f"Read {spill_folder / LOG}. Spark 4 runs on {JAVA}.",
        ) from error


def _java_home() -> bool:
    home = os.environ.get("JAVA_HOME")
    return bool(home) and (Path(str(home)) / "bin/java").is_file()


@contextmanager
def _quiet(log: Path) -> Iterator[None]:
    """What the Java process started inside writes to standard error goes to a log: faults reach us as exceptions."""
    sys.stderr.flush()
    ours = os.dup(2)
    with log.open("wb") as file:
        os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(ours, 2)
        os.close(ours)


def _java_size(memory: str) -> str:
    """A memory limit as Java writes it.

    >>> _java_size("4GB"), _java_size("1.5GB"), _java_size("512MB")
    ('4096m', '1536m', '512m')
    """
    number, unit = float(memory[:-2]), memory[-2:]
    return f"{round(number * {'MB': 1, 'GB': 1024, 'TB': 1024**2}[unit])}m"


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _remove(session: SparkSession, folder: str) -> None:
    """Deletes a folder on whatever file system Spark reaches it by."""
    java: Any = session._jvm  # noqa: SLF001 - Spark's Python has no file system of its own
    path = java.org.apache.hadoop.fs.Path(folder)
    path.getFileSystem(session._jsc.hadoopConfiguration()).delete(path, True)  # noqa: SLF001

"""The stages label and featurize with `engine: spark` in params.yaml, as a user runs them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from pipelines import paths
from tests.pipeline.conftest import Workspace

REQUIRED = os.environ.get("BONITAS_REQUIRE_SPARK") == "1"


def _files(folder: Path) -> set[Path]:
    """All but the tools' own: bytecode and the pipeline's scratch."""
    own = {"__pycache__", paths.SPILL.parts[0]}
    return {path for path in folder.rglob("*") if not own & set(path.parts)}


@pytest.mark.slow
@pytest.mark.skipif(not (shutil.which("java") or REQUIRED), reason="Spark needs Java 17 or 21")
def test_the_stages_write_the_same_on_spark_and_leave_nothing_else(
    make_workspace: Callable[[str], Workspace],
) -> None:
    work = make_workspace("spark")
    work.set("configs/portfolios/demo.yaml", r"customers: \d+", "customers: 150")
    for stage in ("look", "ingest", "validate", "label", "featurize"):
        work.stage(stage)
    outputs = (paths.COHORT, paths.MATRIX, paths.LINEAGE)
    expected = {path: (work.folder / path).read_bytes() for path in outputs}
    matrix = pq.read_table(work.folder / paths.MATRIX)
    for path in outputs:
        (work.folder / path).unlink()
    files = _files(work.folder)

    work.set("configs/params.yaml", r"engine: duckdb", "engine: spark")
    said = [work.stage(stage).stderr for stage in ("label", "featurize")]

    assert said == ["", ""]
    for path in (paths.COHORT, paths.LINEAGE):
        assert (work.folder / path).read_bytes() == expected[path], path
    found = pq.read_table(work.folder / paths.MATRIX)
    assert found.schema.equals(matrix.schema)
    assert found.num_rows > 1_000
    for name in found.column_names:
        if found.schema.field(name).type == "double":
            one, other = (t[name].to_numpy(zero_copy_only=False) for t in (found, matrix))
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=0, err_msg=name)
        else:
            assert found[name].equals(matrix[name]), name
    assert _files(work.folder) - files == {work.folder / path for path in outputs}
    assert [path.name for path in (work.folder / paths.SPILL).iterdir()] == ["spark.log"]

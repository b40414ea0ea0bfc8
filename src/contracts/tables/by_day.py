"""A table too large to be held, taken apart by day in one pass, so that each day can be read by itself.

A matrix is sorted by customer, so that a day's rows lie in every block of it: to read a day would be to read the file.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from contracts.files import restored
from contracts.scratch import scratch
from contracts.tables import store
from contracts.tables.spec import Table

PACKED = pa.ipc.IpcWriteOptions(compression="zstd")


@contextmanager
def by_day(
    path: Path, table: Table, days: Collection[date], within: Path
) -> Iterator[Callable[[date], pd.DataFrame]]:
    """Yields what reads the rows of one of these days, in the order of the file; they lie in a temporary folder until the end.

    Args:
        path: the file.
        table: its contract, whose grain has as_of.
        days: those that may be asked for, each of which has rows.
        within: where to make the temporary folder.

    Raises:
        ContractError: the file is absent, cut, or not of this contract.
    """
    restored(path.parent)
    with scratch(within) as folder:
        with store.reading(path), pq.ParquetFile(path) as file, ExitStack() as held:
            store.check_columns(file.schema_arrow, path, table, None)
            writers = {
                day: held.enter_context(pa.ipc.new_file(folder / f"{day}.arrow", file.schema_arrow, options=PACKED))
                for day in days
            }  # fmt: skip
            for batch in file.iter_batches(store.BLOCK // 4):
                for day in pc.unique(batch["as_of"]).to_pylist():
                    if day in writers:
                        writers[day].write_batch(batch.filter(pc.equal(batch["as_of"], day)))
        yield lambda day: _read(folder / f"{day}.arrow")


def _read(path: Path) -> pd.DataFrame:
    with pa.ipc.open_file(path) as file:
        frame: pd.DataFrame = file.read_all().to_pandas(date_as_object=False)
    return frame

"""The scores of earlier days by the model of this run, and why they moved: what `explain` keeps, else the scored test part."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from contracts.errors import ContractError
from contracts.files import RERUN
from contracts.tables.derived import KEY, PORTFOLIO, SCORED_TEST
from contracts.tables.store import read_table
from pipelines import paths

SPLIT = ("customer_id", "since", "rank", "kind", "subject", "feature", "unit", "points", "value_then", "value_now", "value_then_text", "value_now_text", "wording_en", "wording_zh")  # fmt: skip
"""What is read of the movements."""


def past(customers: Sequence[str]) -> pd.DataFrame:
    """customer_id, as_of and pd of these customers, each day once; that of the newest book is always there.

    Raises:
        ContractError: a file of the history cannot be read.
    """
    now = read_table(paths.PORTFOLIO, PORTFOLIO, columns=[*KEY, "pd"], only=customers)
    kept = _kept(customers)
    if kept is None:
        kept = read_table(paths.SCORED_TEST, SCORED_TEST, columns=[*KEY, "pd"], only=customers)
    every = pd.concat([now, kept.astype({"as_of": now["as_of"].dtype})], ignore_index=True)
    return every.drop_duplicates(KEY, keep="first", ignore_index=True)


def _kept(customers: Sequence[str]) -> pd.DataFrame | None:
    if not paths.HISTORY.is_dir():
        return None
    try:
        every = ds.dataset(paths.HISTORY, format="parquet")
        whose = ds.field("customer_id").isin(pa.array(list(customers), pa.string()))
        rows = every.to_table(columns=[*KEY, "pd"], filter=whose)
    except (pa.ArrowInvalid, KeyError) as error:
        raise ContractError("The history cannot be read.", where=str(paths.HISTORY), value=str(error), next_step=RERUN) from error  # fmt: skip
    frame: pd.DataFrame = rows.to_pandas(date_as_object=False).drop_duplicates(KEY)
    frame["as_of"] = pd.to_datetime(frame["as_of"])
    return frame


def moved(customers: Sequence[str]) -> pd.DataFrame:
    """The columns `SPLIT` of these customers, each part with its rank; no row where the run keeps no split.

    Raises:
        ContractError: the file is broken, or of a build that split scores in another way.
    """
    if not paths.MOVEMENTS.is_file():
        return pd.DataFrame(columns=list(SPLIT))
    whose = [("customer_id", "in", sorted(customers))]
    try:
        rows = pq.read_table(paths.MOVEMENTS, columns=list(SPLIT), filters=whose)
    except (pa.ArrowInvalid, KeyError) as error:
        raise ContractError("Why scores moved cannot be read.", where=str(paths.MOVEMENTS), value=str(error).splitlines()[0], next_step=RERUN) from error  # fmt: skip
    frame: pd.DataFrame = rows.to_pandas(date_as_object=False)
    return frame

"""The test rows that runs have in common, with what each run said of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Bools, Floats
from contracts.errors import ContractError
from contracts.tables.derived import KEY
from models.measures.intervals import Ids


@dataclass(frozen=True, slots=True)
class Shared:
    """Rows that every run was tested on, with one outcome.

    Attributes:
        customer_id: shape (n,).
        as_of: days of decision, shape (n,).
        defaulted: outcomes, shape (n,).
        pds: by run, its PDs, shape (n,).
        baselines: by run, the PDs of the scorecard fitted beside it, shape (n,).
        left_out: rows that every run has, but with different outcomes.
    """

    customer_id: Ids
    as_of: np.ndarray[Any, Any]
    defaulted: Bools
    pds: Mapping[str, Floats]
    baselines: Mapping[str, Floats]
    left_out: int

    def __len__(self) -> int:
        """How many rows."""
        return len(self.defaulted)


def shared(tables: Mapping[str, pd.DataFrame]) -> Shared:
    """The rows that are in every table (contract SCORED_TEST), sorted by key.

    A row whose outcome is not the same in all was corrected between the runs; it says nothing of the models and is left out.

    Raises:
        ContractError: there is no row that all have, or none with one outcome.
    """
    joined = None
    for number, table in enumerate(tables.values()):
        renamed = table[[*KEY, "defaulted", "pd", "pd_baseline"]].rename(
            columns={name: f"{name}_{number}" for name in ("defaulted", "pd", "pd_baseline")}
        )
        joined = renamed if joined is None else joined.merge(renamed, on=KEY, how="inner", validate="one_to_one")  # fmt: skip
    if joined is None or joined.empty:
        raise _nothing_shared(tables)
    outcomes = joined[[f"defaulted_{i}" for i in range(len(tables))]].to_numpy(dtype=np.bool_)
    agreed = (outcomes == outcomes[:, :1]).all(axis=1)
    rows = joined[agreed].sort_values(KEY, kind="stable", ignore_index=True)
    if rows.empty:
        raise ContractError(
            "Every row that the runs share has another outcome in one of them.",
            where=" and ".join(tables),
            value=f"{len(joined)} rows",
            next_step="Their defaults were counted from different data: run the older one again on today's data.",
        )
    return Shared(
        rows["customer_id"].to_numpy(dtype=object),
        rows["as_of"].to_numpy(),
        rows["defaulted_0"].to_numpy(dtype=np.bool_),
        {name: _floats(rows, f"pd_{i}") for i, name in enumerate(tables)},
        {name: _floats(rows, f"pd_baseline_{i}") for i, name in enumerate(tables)},
        int(np.count_nonzero(~agreed)),
    )


def _floats(rows: pd.DataFrame, name: str) -> Floats:
    return np.asarray(rows[name].to_numpy(dtype=np.float64))


def _nothing_shared(tables: Mapping[str, pd.DataFrame]) -> ContractError:
    spans = [
        f"{name}: {len(rows)} rows, {str(rows['as_of'].min())[:10]} to {str(rows['as_of'].max())[:10]}"
        for name, rows in tables.items()
    ]
    return ContractError(
        "The runs were tested on no row in common.",
        where=" and ".join(tables),
        value="; ".join(spans),
        next_step="A row is a customer on a day of decision. Run one of them again with the other's `split`, or compare runs of one split.",
    )

"""What is not there: a missing number is a reason only where the reader can be told why it is missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from contracts.arrays import Bools

LATENESS = "lateness"
"""The subject that is missing where nothing was paid."""
STATEMENTS = "statement_number_count"
"""The feature that says whether any statement is on file."""


@dataclass(frozen=True, slots=True)
class Absent:
    """What is not there, one value per customer.

    Attributes:
        statement: no financial statement is on file.
        payment: nothing was paid within `days`.
        days: the longest window that lateness is looked at in.
    """

    statement: Bools
    payment: Bools
    days: int


def absent(book: pd.DataFrame, lineage: pd.DataFrame) -> Absent:
    """What is not there, from all columns of the matrix: a model may read too few of them to tell.

    Args:
        book: rows of the matrix.
        lineage: the declarations (contract LINEAGE).
    """
    nobody = np.zeros(len(book), dtype=np.bool_)
    statement, payment, longest = nobody, nobody, 0
    if STATEMENTS in book:
        statement = np.asarray(book[STATEMENTS].to_numpy(dtype=np.float64, na_value=0.0) == 0)
    windows = lineage["window_days"].notna() & lineage["feature"].isin(book.columns)
    late = lineage[windows & (lineage["subject"] == LATENESS)]
    if len(late):
        longest = int(late["window_days"].max())
        names = late.loc[late["window_days"] == longest, "feature"].tolist()
        payment = np.asarray(book[names].isna().all(axis=1).to_numpy(dtype=np.bool_))
    return Absent(statement, payment, longest)

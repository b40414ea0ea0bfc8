"""Which rows of the matrix an explanation of the book holds beside the day it is at: of a large book few."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from contracts.arrays import Bools
from contracts.tables.derived import KEY
from models.explanation.groups import hashed_sample
from models.explanation.peers import recent


def needed(keys: pd.DataFrame, matured: pd.DataFrame) -> Bools:
    """The rows among whom the healthy are, one a customer, and those of the sample of correlations.

    `explanation.explain` finds the same healthy and the same sample in these rows as in all.

    Args:
        keys: customer_id and as_of of every row of the matrix.
        matured: customer_id and as_of of every observation whose outcome is known.

    >>> keys = pd.DataFrame({"customer_id": "A", "as_of": pd.date_range("2020-01-01", periods=3, freq="YS")})
    >>> needed(keys, keys[:2]).tolist()
    [True, True, False]
    """
    newest = recent(matured).sort_values(list(KEY), kind="stable").groupby("customer_id").tail(1)
    compared = pd.concat([newest, hashed_sample(matured)])[list(KEY)]
    is_compared = pd.MultiIndex.from_frame(keys[list(KEY)]).isin(pd.MultiIndex.from_frame(compared))
    return np.asarray(is_compared)


def newest_days(keys: pd.DataFrame, newest: int) -> tuple[date, ...]:
    """The days that are explained, oldest first.

    >>> keys = pd.DataFrame({"as_of": pd.date_range("2020-01-01", periods=5, freq="YS")})
    >>> [str(day) for day in newest_days(keys, 2)]
    ['2023-01-01', '2024-01-01']
    """
    return tuple(pd.Timestamp(one).date() for one in np.sort(keys["as_of"].unique())[-newest:])

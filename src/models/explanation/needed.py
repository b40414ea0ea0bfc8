"""Which rows of the matrix an explanation of the book reads: a third of a history of six years, and no more is held."""

from __future__ import annotations

import numpy as np
import pandas as pd

from contracts.arrays import Bools
from contracts.tables.derived import KEY
from models.explanation.groups import hashed_sample
from models.explanation.peers import recent


def needed(keys: pd.DataFrame, matured: pd.DataFrame, newest: int) -> Bools:
    """The rows of the days that are explained, of those among whom the healthy are, and of the sample of correlations.

    `explanation.explain` finds the same in these rows as in all.

    Args:
        keys: customer_id and as_of of every row of the matrix.
        matured: customer_id and as_of of every observation whose outcome is known.
        newest: how many days are explained.

    >>> keys = pd.DataFrame({"customer_id": "A", "as_of": pd.date_range("2020-01-01", periods=5, freq="YS")})
    >>> needed(keys, keys[:0], 2).tolist()
    [False, False, False, True, True]
    """
    days = np.sort(keys["as_of"].unique())[-newest:]
    compared = pd.concat([recent(matured), hashed_sample(matured)])[list(KEY)]
    is_compared = pd.MultiIndex.from_frame(keys[list(KEY)]).isin(pd.MultiIndex.from_frame(compared))
    return np.asarray(keys["as_of"].isin(days)) | is_compared

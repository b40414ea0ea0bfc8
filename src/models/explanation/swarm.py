"""What a beeswarm is drawn of: the points that the strongest features give to single customers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from contracts.documents.explanations import Dot, Swarm
from models.explanation.explanation import Explained
from models.explanation.groups import hashed_sample

SWARM_FEATURES = 12
DOTS = 300
"""Customers that are drawn, those with the smallest hash; their places are among all."""


def swarm(explained: Explained, places: Sequence[int]) -> tuple[Swarm, ...]:
    """The dots of the features at these places, in this order.

    Args:
        explained: the latest book.
        places: of features, in the model's order.
    """
    book = explained.book
    numbered = book[["customer_id", "as_of"]].assign(place=np.arange(len(book)))
    drawn = hashed_sample(numbered, DOTS)["place"].to_numpy(dtype=np.int64)
    return tuple(_of(explained, place, drawn) for place in places)


def _of(explained: Explained, place: int, drawn: np.ndarray) -> Swarm:
    feature = explained.features[place]
    values = explained.book[feature.name]
    if feature.dtype == "category":
        ranks = np.full(len(values), np.nan)  # a category has no order
    else:
        ranked = pd.Series(values.to_numpy(dtype=np.float64, na_value=np.nan)).rank()
        spread = ranked.max() - ranked.min()
        ranks = ((ranked - ranked.min()) / spread if spread > 0 else ranked * 0 + 0.5).to_numpy()
    made = explained.points.by_feature[:, place]
    dots = tuple(
        Dot(
            points=round(float(made[row]), 2),
            place=None if np.isnan(ranks[row]) else round(float(ranks[row]), 3),
        )
        for row in drawn
    )
    return Swarm(feature=feature.name, dots=dots)

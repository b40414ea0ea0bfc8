"""One of each idea: bit by bit the same as by arrays of truth values, which is what it means."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.explanation.ideas import apart, marks


def by_arrays(
    places: list[int], lost: np.ndarray, same: np.ndarray, before: list[int]
) -> list[int]:
    """The definition."""
    some, asked = list(before), np.array(places, dtype=np.int64)
    used = same[some].any(axis=0)
    for place in places:
        if not (used & same[place]).any():
            of_it = asked[same[place, asked]]
            of_it = of_it[~(same[of_it] & used).any(axis=1)]
            best = int(of_it[lost[of_it].argmin()])
            used |= same[place] | same[best]
            some.append(best)
    return some


@given(st.integers(0, 2**32 - 1), st.integers(1, 70), st.floats(0.0, 0.3))
def test_bits_are_what_arrays_are(seed: int, n: int, share: float) -> None:
    draw = np.random.default_rng(seed)
    same = draw.random((n, n)) < share
    same |= same.T | np.eye(n, dtype=np.bool_)
    places = draw.permutation(n)[: draw.integers(0, n + 1)].tolist()
    before = draw.permutation(n)[: draw.integers(0, 3)].tolist()
    lost = draw.integers(-9, 0, n).astype(float)  # with ties
    assert apart(places, lost.tolist(), marks(same), before) == by_arrays(places, lost, same, before)  # fmt: skip

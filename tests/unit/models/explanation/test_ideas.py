"""What an idea costs: the same for each of its inputs, and for a customer alone as in a book, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest

from models.explanation.ideas import together


@pytest.mark.parametrize("seed", range(5))
def test_an_idea_costs_the_same_whoever_else_is_in_the_file(seed: int) -> None:
    draw = np.random.default_rng(seed)
    parts = draw.normal(size=(300, 183)) * 10.0 ** draw.integers(-6, 3, size=(300, 183))
    group = draw.integers(0, 40, size=183)
    same = group[:, None] == group[None, :]
    found = together(parts, same)
    for one in np.unique(group):
        own = found[:, group == one]
        assert (own == own[:, :1]).all()  # no tie is broken by rounding
        np.testing.assert_allclose(own[:, 0], parts[:, group == one].sum(axis=1), rtol=1e-12, atol=1e-12)  # fmt: skip
    for rows in (slice(0, 1), slice(7, 8), slice(0, 17), slice(299, 300)):
        assert (together(parts[rows], same) == found[rows]).all()

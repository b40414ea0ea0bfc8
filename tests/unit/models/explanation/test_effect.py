"""The effect of a feature on the page: mean points of bins of equal mass, equal values in one bin."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.explanation.explanation_page import EFFECT_POINTS, _effect


def test_many_values_are_drawn_as_bins_at_their_median() -> None:
    values = pd.Series([*np.zeros(50), *np.arange(1.0, 151.0), np.nan])
    found = _effect(values, np.append(-values.to_numpy()[:-1], 99.0))
    # 200 values in 20 bins of ten: the fifty zeros are one, the 150 others fifteen of ten
    assert len(found) == 16 <= EFFECT_POINTS
    assert found[0] == (0.0, 0.0)
    assert found[1] == (5.5, -5.5)
    assert found[-1][0] == pytest.approx(145.5)


def test_few_values_are_drawn_one_by_one() -> None:
    found = _effect(pd.Series([1.0, 2.0, 2.0]), np.array([3.0, 1.0, 2.0]))
    assert found == [(1.0, 3.0), (2.0, 1.5)]

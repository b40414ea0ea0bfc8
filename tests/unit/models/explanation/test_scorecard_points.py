"""A scorecard's points: by hand, and as a sum that is the score."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from contracts.config.scale import ScaleConfig
from contracts.scale import exact_score
from models.boosting.shapley import points, shared_out
from models.explanation.scorecard_points import scorecard_contributions
from models.scorecard.scorecard import Scorecard, Term

CARD = Scorecard(
    -3.0,
    (
        Term("late", (10.0, 30.0), None, (0.8, -0.2, -1.5), -0.4, -0.9, 0.5),
        Term("industry", None, (("retail",), ("build", "steel")), (0.3, -0.6), 0.0, -1.1, 0.2),
    ),
)
BOOK = pd.DataFrame(
    {"late": [3.0, 10.0, 90.0, np.nan], "industry": ["retail", "steel", None, "food"]}
)


def test_points_of_a_bin_are_coefficient_times_woe_times_the_factor() -> None:
    # factor 40 / ln 2 = 57.70780; 3 days late: WOE 0.8, log-odds -0.9 x 0.8 = -0.72, so 41.549618 points
    # late from 30 days: -0.9 x -1.5 = 1.35, so -77.905534; retail: -1.1 x 0.3 = -0.33, so 19.043575
    made = points(scorecard_contributions(CARD, BOOK), expit, ScaleConfig())
    np.testing.assert_allclose(made.by_feature[[0, 2], 0], [41.549618, -77.905534], atol=1e-5)
    np.testing.assert_allclose(made.by_feature[0, 1], 19.043575, atol=1e-5)
    np.testing.assert_array_equal(made.by_feature[2:, 1], [0.0, 0.0])  # missing, and in no bin


def test_base_and_points_are_the_score_and_the_pd_of_the_card() -> None:
    found = scorecard_contributions(CARD, BOOK)
    made = points(found, expit, ScaleConfig())
    np.testing.assert_allclose(made.score, exact_score(CARD.pd(BOOK), ScaleConfig()), atol=1e-9)
    np.testing.assert_allclose(shared_out(found, expit).worth, CARD.pd(BOOK), rtol=0, atol=1e-14)


def test_a_card_without_terms_is_its_base() -> None:
    made = points(scorecard_contributions(Scorecard(-2.0, ()), BOOK), expit, ScaleConfig())
    assert made.by_feature.shape == (4, 0)
    assert made.base == pytest.approx(float(exact_score(expit(-2.0), ScaleConfig())))

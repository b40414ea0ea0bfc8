"""The points of the scorecard: those of its booster's rows, by the same arithmetic."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.boosting.shapley import Contributions
from models.scorecard.scorecard import Scorecard


def scorecard_contributions(card: Scorecard, features: pd.DataFrame) -> Contributions:
    """What each term adds to the scorecard's log-odds: coefficient x WOE; WOE is 0 where a bin is as good as the whole.

    The log-odds are a sum already, so these are its SHAP values with the average customer of train as the start, and
    `points` and `shared_out` turn them into points or probability that add up, as they do for boosters.

    Args:
        card: the scorecard.
        features: rows of the matrix.

    Returns:
        one column per term, in the card's order.
    """
    columns = [term.coefficient * term.woe_of(features[term.feature]) for term in card.terms]
    phi = np.column_stack(columns) if columns else np.empty((len(features), 0))
    return Contributions(np.asarray(phi, dtype=np.float64), card.intercept)

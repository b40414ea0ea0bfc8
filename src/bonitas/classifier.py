"""The house's monotone LightGBM and its calibration, as a classifier of scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self, get_args

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from bonitas.fitting import Recipe, fitted
from bonitas.inputs import (
    as_fitted,
    coded,
    directions_of,
    fit_frame,
    outcomes,
    read_frame,
    refuse_other_order,
)
from contracts.arrays import Floats
from contracts.config.calibration import CalibrationMethod
from contracts.config.scale import ScaleConfig
from models.boosting.shapley import Explainer
from models.explanation.history import Judge
from models.explanation.shap_object import Unit, as_shap


class HealthScoreClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn publishes no types
    """Probability of default by one booster that keeps promised directions, calibrated with the least intervention that helps.

    How many trees, and which calibrator, is decided on folds of customers: each is answered by a booster that did not learn from
    it. The booster is then fitted on all rows, and the calibrator on the answers to unseen rows. The calibrators are those of
    the pipeline (none, half a shift, shift, shift and stretch, beta, isotonic), and so is the choice: the least intervention
    within one standard error of the best log loss.

    Numbers may be missing, and may come as objects (Decimal); columns of text or of dtype `category` are categories, one that was not seen in `fit` counts as missing.

    Args:
        directions: +1, -1 or 0 by column, or one for each column. +1: the probability of the second class never falls as the column
            rises; -1: it never rises; 0, and every column that is not named: free.
        settings: LightGBM's parameters that shape trees in place of the house's own (shallow trees, strong shrinkage), such as
            {"max_depth": 2}, also by its other names (`min_child_samples`).
        max_rounds: most trees; fewer where the folds stop gaining.
        folds: of customers.
        calibrators: which may be chosen of identity, shrunk, offset, platt, beta and isotonic; where none are named, all.
            ("identity",) leaves the booster as it is.
        random_state: seed of the folds and of LightGBM.

    Attributes:
        classes_: the two values of y; the second is the one that is predicted: 1, or True, or the later in the alphabet.
        n_features_in_: columns seen in `fit`.
        feature_names_in_: their names, where X was a frame whose columns have names.
        n_rounds_: trees.
        calibrator_: the one in use; `calibrator_.method` is its name.

    >>> import numpy as np
    >>> random = np.random.default_rng(1)
    >>> X = random.normal(size=(400, 2))
    >>> y = random.random(400) < 1 / (1 + np.exp(-2 * X[:, 0]))
    >>> model = HealthScoreClassifier(directions=[1, 0]).fit(X, y)
    >>> rising = model.predict_proba([[-1.0, 0.0], [0.0, 0.0], [1.0, 0.0]])[:, 1]
    >>> bool((np.diff(rising) >= 0).all())
    True
    """

    def __init__(
        self,
        *,
        directions: Mapping[Any, int] | Sequence[int] | None = None,
        settings: Mapping[str, Any] | None = None,
        max_rounds: int = 600,
        folds: int = 3,
        calibrators: Sequence[str] | None = None,
        random_state: int = 7,
    ) -> None:
        self.directions = directions
        self.settings = settings
        self.max_rounds = max_rounds
        self.folds = folds
        self.calibrators = calibrators
        self.random_state = random_state

    def fit(self, X: Any, y: Any, groups: Any = None) -> Self:  # noqa: N803 - scikit-learn's name
        """Learns from rows with known outcomes.

        Args:
            X: one row an observation, one column a feature.
            y: the outcome; of its two values the second in order is the one that is predicted.
            groups: the customer of each row, so that no customer lies in two folds; where missing, each row is a customer.

        Raises:
            ValueError: what scikit-learn's classifiers refuse, or a parameter that cannot be.
        """
        refuse_other_order(X, y, "y")
        refuse_other_order(X, groups, "groups")
        frame = fit_frame(self, X)
        self.classes_, happened = outcomes(y, len(frame))
        customers = np.arange(len(frame)) if groups is None else np.asarray(groups)
        if customers.shape != (len(frame),):
            raise ValueError(f"X has {len(frame)} rows and groups has shape {customers.shape}.")
        if missing := int(pd.isna(customers).sum()):
            raise ValueError(f"groups is missing for {missing} of {len(frame)} rows: they would count as one customer.")  # fmt: skip
        recipe = Recipe(
            dict(self.settings or {}), self.max_rounds, self.folds, self._methods(), self.random_state
        )  # fmt: skip
        signs = directions_of(self, self.directions)
        made = fitted(frame, happened, customers.astype(str), signs, recipe)
        self._ensemble, self.calibrator_, self.n_rounds_ = made
        return self

    def decision_function(self, X: Any) -> Floats:  # noqa: N803
        """Calibrated log-odds of the second class, one per row."""
        check_is_fitted(self)
        codes = coded(read_frame(self, X), self._ensemble.contract, self._names())
        odds: Floats = self.calibrator_.log_odds(self._ensemble.margin_of(codes))
        return odds

    def predict_proba(self, X: Any) -> Floats:  # noqa: N803
        """Probabilities, shape (n, 2), columns as `classes_`: the second is the PD."""
        odds = self.decision_function(X)
        chance = np.exp(-np.logaddexp(0.0, -odds))
        return np.column_stack([1.0 - chance, chance])

    def predict(self, X: Any) -> np.ndarray[Any, Any]:  # noqa: N803
        """The likelier class of each row; on rare defaults that is nearly always survival, so rank by `predict_proba`."""
        is_second = self.decision_function(X) > 0
        return np.asarray(self.classes_[is_second.astype(np.int64)])

    def explain(self, X: Any, unit: Unit = "log_odds") -> Any:  # noqa: N803
        """The answers as a `shap.Explanation`: base_values + values of a row add up to what it is given, exactly.

        Args:
            X: rows to explain.
            unit: "log_odds" before calibration or calibrated "probability" (positive: riskier), or "points" of the demo's score
                scale (positive: healthier).

        Raises:
            ValueError: an unknown unit.
        """
        if unit not in get_args(Unit):
            raise ValueError(f"unit must be one of {', '.join(get_args(Unit))}; received {unit!r}.")
        check_is_fitted(self)
        rows = as_fitted(read_frame(self, X), self._ensemble.contract, self._names())
        judge = Judge(
            self._ensemble, Explainer(self._ensemble), self.calibrator_.apply, ScaleConfig()
        )
        kept = [int(name[1:]) for name in self._ensemble.contract.names]
        return as_shap(judge, rows, [self._names()[at] for at in kept], unit)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.classifier_tags.multi_class = False
        return tags

    def _names(self) -> list[str]:
        named = getattr(self, "feature_names_in_", None)
        return [f"x{at}" for at in range(self.n_features_in_)] if named is None else list(named)

    def _methods(self) -> tuple[str, ...]:
        known = get_args(CalibrationMethod)
        given = known if self.calibrators is None else tuple(self.calibrators)
        if not given or set(given) - set(known):
            raise ValueError(f"calibrators must be some of {', '.join(known)}; received {self.calibrators!r}.")  # fmt: skip
        return given

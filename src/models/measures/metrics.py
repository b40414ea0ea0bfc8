"""How good a set of PDs is: discrimination, calibration, and what a base rate alone would have reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import ks_2samp
from sklearn.metrics import average_precision_score, brier_score_loss

from contracts.arrays import Bools, Floats
from models.base.binning import BINS, cut, equal_mass, inner_edges
from models.base.losses import log_odds, pd_losses
from models.measures.clustered import clustered_logit, level
from models.measures.drift import Shift, shift
from models.measures.intervals import Ids, auc, numbered


@dataclass(frozen=True, slots=True)
class Cox:
    """logit P(default) = intercept + slope logit(pd), and its errors, clustered by customer.

    Attributes:
        slope: 1 is right; below 1 the PDs are too spread, above 1 too timid.
        intercept: 0 is right, given the slope; it speaks of PDs near 50 %.
        level: the intercept with the slope held at 1 (calibration in the large): above 0 the PDs are too low.
    """

    slope: float
    slope_error: float
    intercept: float
    intercept_error: float
    level: float
    level_error: float


@dataclass(frozen=True, slots=True)
class Measures:
    """The measures of one model on one part, keys as in `reports/metrics.json`."""

    n: int
    defaults: int
    roc_auc: float
    roc_auc_ci: tuple[float, float]
    average_precision: float
    ks: float
    brier: float
    brier_skill: float
    log_loss: float
    ece: float
    cox_slope: float | None
    cox_intercept: float | None
    mean_pd: float
    level: float | None

    def to_json(self) -> dict[str, Any]:
        """The measures as plain values."""
        return {
            name: list(value) if isinstance(value := getattr(self, name), tuple) else value
            for name in self.__slots__
        }


def measure(pd: Floats, defaulted: Bools, customer_id: Ids, confidence: float) -> Measures:
    """Every measure that needs no grades (docs/glossary.md#validation).

    Args:
        pd: probabilities of default, shape (n,).
        defaulted: outcomes, both classes present, shape (n,).
        customer_id: rows of one customer are dependent: intervals count customers.
        confidence: of the AUC's interval.
    """
    curve = cox(pd, defaulted, customer_id)
    ranked = auc(pd, defaulted, customer_id)
    return Measures(
        n=len(pd),
        defaults=int(np.count_nonzero(defaulted)),
        roc_auc=ranked.value,
        roc_auc_ci=ranked.interval(confidence),
        **scores(pd, defaulted),
        cox_slope=None if curve is None else curve.slope,
        cox_intercept=None if curve is None else curve.intercept,
        mean_pd=float(np.mean(pd)),
        level=None if curve is None else curve.level,
    )


def scores(pd: Floats, defaulted: Bools) -> dict[str, float]:
    """The measures that have no closed error: average precision, KS, Brier and its skill, log loss, ECE.

    Args:
        pd: probabilities of default, shape (n,).
        defaulted: outcomes, both classes present, shape (n,).
    """
    outcome = defaulted.astype(np.float64)
    brier = float(brier_score_loss(outcome, pd))
    return {
        "average_precision": float(average_precision_score(outcome, pd)),
        "ks": float(ks_2samp(pd[defaulted], pd[~defaulted], method="asymp").statistic),
        "brier": brier,
        "brier_skill": brier_skill(brier, float(outcome.mean())),
        "log_loss": float(np.mean(pd_losses(pd, defaulted))),
        "ece": expected_calibration_error(pd, defaulted),
    }


def brier_skill(brier: float, rate: float) -> float:
    """1 - Brier / Brier of the base rate; 0 is no better than the base rate, 1 is perfect.

    Predicting the rate r for everyone has the Brier score r (1 - r).

    >>> round(brier_skill(0.006, 0.01), 4)  # 1 - 0.006 / 0.0099
    0.3939
    """
    return 1.0 - brier / (rate * (1.0 - rate))


def expected_calibration_error(pd: Floats, defaulted: Bools, bins: int = BINS) -> float:
    """Mean gap between PD and default rate over bins of equal mass (tied PDs share one), weighted by their rows.

    >>> expected_calibration_error(np.array([0.1, 0.1, 0.5, 0.5]), np.array([0, 0, 1, 0], dtype=bool), bins=2)
    0.05
    """
    gaps = [abs(float(np.sum(pd[rows]) - np.sum(defaulted[rows]))) for rows in equal_mass(pd, bins)]
    return float(np.sum(gaps) / len(pd))


def cox(pd: Floats, defaulted: Bools, customer_id: Ids) -> Cox | None:
    """Cox's recalibration line (Biometrika 45, 1958) by logistic regression.

    Standard errors are robust to dependence within a customer. None where there is no such line: every PD is equal,
    one class is absent or told apart without exception (the slope has no end), or all rows are one customer's.
    """
    odds = log_odds(pd)
    off = level_off(pd, defaulted, customer_id)
    if off is None or not _overlap(odds[defaulted], odds[~defaulted]):
        return None
    design = np.column_stack([np.ones_like(odds), odds])
    line, covariance = clustered_logit(design, defaulted, customer_id, np.zeros_like(odds))
    errors = np.sqrt(np.diag(covariance))
    return Cox(float(line[1]), float(errors[1]), float(line[0]), float(errors[0]), *off)


def level_off(pd: Floats, defaulted: Bools, customer_id: Ids) -> tuple[float, float] | None:
    """How far the level of the PDs is off, in log-odds, and the error of that, clustered by customer.

    The a of logit P(default) = a + logit(pd): above 0 the PDs are too low. None where one class is absent or all
    rows are one customer's.
    """
    if not defaulted.any() or defaulted.all() or numbered(customer_id)[1] < 2:
        return None
    return level(log_odds(pd), defaulted, customer_id)


def _overlap(bad: Floats, good: Floats) -> bool:
    return bool(np.max(good) > np.min(bad) and np.max(bad) > np.min(good))


def stability(
    before: Floats, after: Floats, customers: tuple[int, int], bins: int = BINS
) -> Shift | None:
    """How far a score moved between two samples: PSI over bins of equal mass before. None where that is constant.

    Args:
        before: reference values, shape (n,).
        after: new values, shape (m,).
        customers: distinct customers behind each; months of one customer are not independent draws.
        bins: most bins.
    """
    if np.ptp(before) == 0:
        return None
    edges = inner_edges(before, bins)
    return shift(cut(before, edges), cut(after, edges), customers=customers)


def additivity_error(contributions: Floats, margin: Floats) -> float:
    """Largest gap between a row's SHAP values added up (base value included) and its margin, in log-odds."""
    return float(np.max(np.abs(contributions.sum(axis=1) - margin)))

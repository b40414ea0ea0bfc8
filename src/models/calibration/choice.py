"""Which calibrator the evidence supports: the least intervention within one standard error of the best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from contracts.arrays import Bools, Floats, Ints
from contracts.config.calibration import CalibrateConfig
from contracts.errors import TrainingError
from models.base.arrays import hashed_share
from models.base.losses import row_losses
from models.calibration.calibrators import FORMS, Anchored
from models.calibration.form import Calibrator, Fit, shift_to_rate
from models.calibration.forms.identity import Identity

MIN_DEFAULTS = 2
Ids = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One rung of the ladder.

    Attributes:
        method: its name.
        log_loss: cross-fitted mean log loss on the calibrate part; None where it could not be fitted.
        standard_error: of its difference to the best candidate, paired and clustered by customer.
    """

    method: str
    log_loss: float | None
    standard_error: float | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """The chosen calibrator, fitted on the whole calibrate part, and what it was chosen from."""

    calibrator: Calibrator
    candidates: tuple[Candidate, ...]

    def to_json(self) -> dict[str, Any]:
        """What `data/model/calibrator.json` holds."""
        candidates = [
            {"method": one.method, "log_loss": one.log_loss, "standard_error": one.standard_error}
            for one in self.candidates
        ]
        return {**self.calibrator.to_json(), "candidates": candidates}


def calibrate(
    margin: Floats, defaulted: Bools, customer_id: Ids, config: CalibrateConfig
) -> Calibration:
    """Chooses and fits a calibrator (docs/glossary.md#calibration).

    Each method is fitted on all folds but one and judged on that one; folds hold whole customers.
    The least intervention is taken whose mean log loss lies within one standard error of the best,
    the error being that of the paired difference: the loss itself varies far more than what a
    calibrator changes in it.

    Args:
        margin: log-odds of the calibrate part.
        defaulted: outcomes.
        customer_id: deals rows into folds, and clusters the errors.
        config: methods allowed, folds, defaulted customers that a bent curve needs, optional long-run rate.

    Raises:
        TrainingError: fewer than two defaults, or no survivor, or every method fails.
    """
    _refuse_one_class(defaulted)
    methods: list[str] = [name for name in FORMS if name in config.methods]
    fold = np.floor(hashed_share(customer_id, salt="fold") * config.folds).astype(np.int64)
    heads = len(set(np.asarray(customer_id)[defaulted]))
    losses = {
        name: cross_fitted_losses(FORMS[name].fit, margin, defaulted, fold, config.folds)
        if not FORMS[name].is_shaped or heads >= config.min_defaults_shape
        else None
        for name in methods
    }
    chosen, candidates = one_standard_error(losses, customer_id)
    calibrator = FORMS[chosen].fit(margin, defaulted)
    if calibrator is None:
        raise _no_method(methods)
    if config.long_run_rate is not None:
        calibrator = anchor(calibrator, margin, config.long_run_rate)
    return Calibration(calibrator, candidates)


def as_it_is() -> Calibration:
    """No calibrator: for a score whose level was set, with what defaults there are, when it was made.

    >>> as_it_is().to_json()
    {'method': 'identity', 'candidates': []}
    """
    return Calibration(Identity(), ())


def _refuse_one_class(defaulted: Bools) -> None:
    defaults = int(np.count_nonzero(defaulted))
    if defaults < MIN_DEFAULTS or defaults == len(defaulted):
        raise TrainingError(
            f"The calibrate part holds {defaults} defaults in {len(defaulted)} rows: its level cannot be learned.",
            where="data/interim/partition.parquet, part calibrate",
            value=defaults,
            next_step="Give split.calibrate_months more months, or move calibrate_from earlier.",
        )


def _no_method(methods: list[str]) -> TrainingError:
    return TrainingError(
        "No calibrator could be fitted.",
        where="configs/params.yaml > calibrate.methods",
        value=", ".join(methods),
        next_step="Add identity or offset to the methods.",
    )


def cross_fitted_losses(
    fit: Fit, margin: Floats, defaulted: Bools, fold: Ints, n_folds: int
) -> Floats | None:
    """Log loss of each row under a calibrator that never saw its fold; None where a fit fails."""
    losses = np.full(len(margin), np.nan)
    for number in range(n_folds):
        out = fold == number
        if not out.any():
            continue
        seen = defaulted[~out]
        fitted = fit(margin[~out], seen) if seen.any() and not seen.all() else None
        if fitted is None:
            return None
        losses[out] = row_losses(fitted.log_odds(margin[out]), defaulted[out])
    return losses


def one_standard_error(
    losses: dict[str, Floats | None], customer_id: Ids
) -> tuple[str, tuple[Candidate, ...]]:
    """The first method, in the ladder's order, that is not worse than the best by more than one standard error."""
    fitted = {name: loss for name, loss in losses.items() if loss is not None}
    if not fitted:
        raise _no_method(list(losses))
    best = min(fitted, key=lambda name: float(np.mean(fitted[name])))
    candidates = []
    for name, loss in losses.items():
        if loss is None:
            candidates.append(Candidate(name, None, None))
        else:
            error = clustered_standard_error(loss - fitted[best], customer_id)
            candidates.append(Candidate(name, float(np.mean(loss)), error))
    least = float(np.mean(fitted[best]))
    chosen = next(
        one.method
        for one in candidates
        if one.log_loss is not None
        and one.standard_error is not None
        and one.log_loss <= least + one.standard_error
    )
    return chosen, tuple(candidates)


def clustered_standard_error(values: Floats, cluster: Ids) -> float:
    """Standard error of the mean of values that are dependent within a cluster.

    sqrt(G / (G - 1) sum over clusters of (sum of deviations)^2) / n, G clusters, n values. With one
    value a cluster it is the usual s / sqrt(n).

    >>> round(clustered_standard_error(np.array([1.0, 3.0]), np.array(["a", "b"])), 6)
    1.0
    """
    groups, position = np.unique(cluster.astype(str), return_inverse=True)
    sums = np.bincount(position, values - values.mean())
    factor = len(groups) / max(len(groups) - 1, 1)
    return float(np.sqrt(factor * np.sum(sums**2)) / len(values))


def anchor(calibrator: Calibrator, margin: Floats, rate: float) -> Anchored:
    """The calibrator shifted so that the mean PD of these margins is `rate` (through the cycle)."""
    return Anchored(calibrator, rate, shift_to_rate(calibrator.log_odds(margin), rate))

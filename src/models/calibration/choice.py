"""Which calibrator the evidence supports: the least intervention within one standard error of the best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Bools, Floats, Ints
from contracts.config.calibration import CalibrateConfig
from contracts.errors import TrainingError
from models.base.arrays import hashed_share
from models.base.data import Unseen
from models.base.losses import clustered_standard_error, row_losses
from models.calibration.calibrators import FORMS, Anchored
from models.calibration.form import Calibrator, Fit, Form, shift_to_rate
from models.calibration.forms.identity import Identity

MIN_DEFAULTS = 2
FAR = 3.0
"""Times: what good and bad years differ by."""
Ids = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One rung of the ladder.

    Attributes:
        method: its name.
        log_loss: cross-fitted mean log loss on the calibrate part; None where it was not fitted, or ruled out on later rows.
        standard_error: of its difference to the best candidate, paired and clustered by customer.
    """

    method: str
    log_loss: float | None
    standard_error: float | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """The chosen calibrator, fitted on the whole calibrate part, and what it was chosen from.

    Attributes:
        calibrator: in use.
        candidates: every method allowed.
        origins: at so many earlier origins methods that lost on later rows were ruled out; 0: nothing was rehearsed.
        lost: those.
    """

    calibrator: Calibrator
    candidates: tuple[Candidate, ...]
    origins: int = 0
    lost: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """What `data/model/calibrator.json` holds."""
        candidates = [
            {"method": one.method, "log_loss": one.log_loss, "standard_error": one.standard_error}
            for one in self.candidates
        ]
        later = {"origins": self.origins, "lost": list(self.lost)}
        return {**self.calibrator.to_json(), "candidates": candidates, **later}


def calibrate(
    rows: Unseen, config: CalibrateConfig, rehearsed: pd.DataFrame | None = None
) -> Calibration:
    """Chooses and fits a calibrator (docs/glossary.md#calibration).

    Each method is fitted on all folds of customers but one and judged on that one; the least intervention is taken whose mean
    log loss lies within one standard error of the best, the error being that of the paired difference: the loss itself
    varies far more than what a calibrator changes in it. What is true of the calibrate years alone (a crisis) counts as an
    improvement there, so only those methods stand for choice that did not lose on later rows: at every origin that was
    rehearsed each is fitted on the newest block and judged on what followed, and one that is worse there than the best by more
    than one standard error is out. Half a shift of the level stands between none and the whole.

    Args:
        rows: margins and outcomes of the calibrate part, by boosters that had not learned from them; the chosen form is
            fitted on these.
        config: methods allowed, folds, defaulted customers that a bent curve needs, optional long-run rate.
        rehearsed: contract REHEARSED; may be empty.

    Raises:
        TrainingError: fewer than two defaults, or no survivor, or every method fails or needs more defaults than there are.
    """
    _refuse_one_class(rows.defaulted)
    methods: list[str] = [name for name in FORMS if name in config.methods]
    origins = [] if rehearsed is None else _origins(rehearsed)
    allowed = {name: FORMS[name] for name in methods if _may(FORMS[name], rows, config)}
    if not allowed:
        raise _only_bent(methods, rows, config)
    held = _held(allowed, origins, config) if origins else set(allowed)
    losses = {
        name: _losses_of_others(FORMS[name], rows, config) if name in held else None
        for name in methods
    }
    chosen, candidates = one_standard_error(losses, rows.customer_id)
    calibrator = FORMS[chosen].fit(rows.margin, rows.defaulted)
    if calibrator is None:
        raise _no_method(methods)
    if config.long_run_rate is not None:
        calibrator = anchor(calibrator, rows.margin, config.long_run_rate)
    lost = tuple(name for name in allowed if name not in held)
    return Calibration(calibrator, candidates, len(origins), lost)


def as_it_is() -> Calibration:
    """No calibrator: for a score whose level was stated, and moved by what defaults there are, when it was made.

    >>> as_it_is().to_json()
    {'method': 'identity', 'candidates': [], 'origins': 0, 'lost': []}
    """
    return Calibration(Identity(), ())


@dataclass(frozen=True, slots=True)
class _Origin:
    """One rehearsal: the rows a calibrator learns from, and the later ones it is judged on."""

    learned: Unseen
    judged: Unseen


def _origins(rehearsed: pd.DataFrame) -> list[_Origin]:
    """The rehearsals in which both sides hold defaults and survivors, oldest first."""
    found = []
    for _, rows in rehearsed.groupby("origin", sort=True):
        is_judged = rows["is_judged"].to_numpy(dtype=bool)
        found.append(_Origin(*(_outcomes(rows[part]) for part in (~is_judged, is_judged))))
    return found


def _outcomes(rows: pd.DataFrame) -> Unseen:
    return Unseen(
        rows["customer_id"].to_numpy(dtype=object),
        rows["margin"].to_numpy(dtype=np.float64),
        rows["defaulted"].to_numpy(dtype=bool),
    )


def _held(forms: Mapping[str, Form], origins: list[_Origin], config: CalibrateConfig) -> set[str]:
    """The methods that are not worse than the best on later rows by more than one standard error."""
    losses = {name: _later_losses(form, origins, config) for name, form in forms.items()}
    customers = np.concatenate([one.judged.customer_id for one in origins])
    _, candidates = one_standard_error(losses, customers)
    return within_one_error(candidates)


def _may(form: Form, rows: Unseen, config: CalibrateConfig) -> bool:
    """Whether so many customers defaulted that the form may be fitted: a bent curve needs many."""
    heads = len(set(rows.customer_id[rows.defaulted]))
    return not form.is_shaped or heads >= config.min_defaults_shape


def _later_losses(form: Form, origins: list[_Origin], config: CalibrateConfig) -> Floats | None:
    """Log loss of every later row under the form fitted on the block before; None where a fit fails.

    At an origin whose block is too small for a bent curve the form abstains: the margins stay as they are. A form that abstains at
    every origin has shown nothing: None.
    """
    if not any(_may(form, one.learned, config) for one in origins):
        return None
    losses = []
    for one in origins:
        if not _may(form, one.learned, config):
            losses.append(row_losses(one.judged.margin, one.judged.defaulted))
            continue
        fitted = form.fit(one.learned.margin, one.learned.defaulted)
        if fitted is None:
            return None
        losses.append(row_losses(fitted.log_odds(one.judged.margin), one.judged.defaulted))
    return np.concatenate(losses)


def _losses_of_others(form: Form, rows: Unseen, config: CalibrateConfig) -> Floats | None:
    """Log loss of every row under the form fitted on other customers' rows."""
    fold = np.floor(hashed_share(rows.customer_id, salt="fold") * config.folds).astype(np.int64)
    return cross_fitted_losses(form.fit, rows.margin, rows.defaulted, fold, config.folds)


def _refuse_one_class(defaulted: Bools) -> None:
    defaults = int(np.count_nonzero(defaulted))
    if defaults < MIN_DEFAULTS or defaults == len(defaulted):
        raise TrainingError(
            f"The calibrate part holds {defaults} defaults in {len(defaulted)} rows: its level cannot be learned.",
            where="data/interim/partition.parquet, part calibrate",
            value=defaults,
            next_step="Give split.calibrate_months more months, or move calibrate_from earlier.",
        )


def _only_bent(methods: list[str], rows: Unseen, config: CalibrateConfig) -> TrainingError:
    heads = len(set(rows.customer_id[rows.defaulted]))
    straight = ", ".join(name for name, form in FORMS.items() if not form.is_shaped)
    return TrainingError(
        "Every calibrator that is allowed bends the curve, and too few customers defaulted for that.",
        where="configs/params.yaml > calibrate.methods",
        value=f"{', '.join(methods)}; {heads} customers in default in the calibrate part, calibrate.min_defaults_shape asks for {config.min_defaults_shape}",
        next_step=f"Allow one that does not ({straight}), or lower min_defaults_shape.",
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
    held = within_one_error(candidates)
    chosen = next(one.method for one in candidates if one.method in held)
    return chosen, tuple(candidates)


def within_one_error(candidates: Sequence[Candidate]) -> set[str]:
    """The methods that are not worse than the best by more than one standard error of the difference.

    >>> tried = [Candidate("identity", 0.40, 0.02), Candidate("offset", 0.39, 0.0), Candidate("beta", None, None)]
    >>> sorted(within_one_error(tried)), within_one_error([Candidate("identity", 0.42, 0.02), *tried[1:]])
    (['identity', 'offset'], {'offset'})
    """
    least = min(one.log_loss for one in candidates if one.log_loss is not None)
    return {
        one.method
        for one in candidates
        if one.log_loss is not None
        and one.standard_error is not None
        and one.log_loss <= least + one.standard_error
    }


def told_of_anchor(defaulted: Bools, rate: float | None) -> str:
    """A note where the long-run rate is three times the share of these rows that defaulted, or a third of it; empty otherwise.

    Good and bad years differ by as much. So does 0.26 from 2.6 %, and every PD would be ten times too large.

    Args:
        defaulted: outcomes of the rows that the calibrator learned from.
        rate: the long-run rate that the mean PD is shifted to; None where it is not.

    >>> rows = np.array([True] * 26 + [False] * 974)
    >>> told_of_anchor(rows, 0.26)
    'note: calibrate > long_run_rate says 26.0 %, and of these rows 2.6 % defaulted: PDs are of the rate stated, whatever was seen; 2.6 % is 0.026'
    >>> told_of_anchor(rows, 0.05)
    ''
    """
    seen = float(defaulted.mean())
    if rate is None or seen / FAR < rate < seen * FAR:
        return ""
    return (
        f"note: calibrate > long_run_rate says {100 * rate:.1f} %, and of these rows {100 * seen:.1f} % defaulted: "
        f"PDs are of the rate stated, whatever was seen; 2.6 % is 0.026"
    )


def anchor(calibrator: Calibrator, margin: Floats, rate: float) -> Anchored:
    """The calibrator shifted so that the mean PD of these margins is `rate` (through the cycle)."""
    return Anchored(calibrator, rate, shift_to_rate(calibrator.log_odds(margin), rate))

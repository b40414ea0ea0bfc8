"""What a calibrator is: a frozen form that keeps the rank order, the fit that learns it, and its place on the ladder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from contracts.arrays import Bools, Floats


class Calibrator(Protocol):
    """What every calibrator can do. All keep the rank order."""

    @property
    def method(self) -> str:
        """Name in `calibrator.json`."""

    def log_odds(self, margin: Floats) -> Floats:
        """Calibrated log-odds of default."""

    def apply(self, margin: Floats) -> Floats:
        """Calibrated probability of default."""

    def to_json(self) -> dict[str, Any]:
        """The calibrator as plain values."""


class Named(ABC):
    """What every form shares: its method is called as its class."""

    __slots__ = ()

    @property
    def method(self) -> str:
        """Name in `calibrator.json`."""
        return type(self).__name__.lower()

    @abstractmethod
    def log_odds(self, margin: Floats) -> Floats:
        """Log-odds of the calibrated PD."""

    def apply(self, margin: Floats) -> Floats:
        """Calibrated probability of default."""
        return np.asarray(expit(self.log_odds(margin)))

    def to_json(self) -> dict[str, Any]:
        """The calibrator as plain values."""
        values = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()  # type: ignore[call-overload]  # subclasses are dataclasses
        }
        return {"method": self.method, **values}


Fit = Callable[[Floats, Bools], Calibrator | None]
"""Learns a form from margins and outcomes; None where it cannot be fitted."""


@dataclass(frozen=True, slots=True)
class Form:
    """The declaration of a calibrator.

    Attributes:
        calibrator: the frozen form; its name in lower case is the method in `calibrator.json`.
        fit: how it is learned.
        rung: place on the ladder; a lower one intervenes less.
        title: what a reader calls it, English and Chinese.
        is_shaped: whether it bends the curve, which a few defaults cannot support.
    """

    calibrator: type[Named]
    fit: Fit
    rung: float
    title: tuple[str, str]
    is_shaped: bool = False

    @property
    def method(self) -> str:
        """The name in `calibrator.json` and in `calibrate.methods`."""
        return self.calibrator.__name__.lower()


def shift_to_rate(log_odds: Floats, rate: float) -> float:
    """The shift a with mean of sigmoid(log_odds + a) = rate.

    >>> round(shift_to_rate(np.array([0.0, 0.0]), 0.2), 6)  # ln(0.2 / 0.8)
    -1.386294
    """
    reach = float(np.max(np.abs(log_odds))) + abs(float(np.log(rate / (1 - rate)))) + 1.0
    return float(brentq(lambda a: float(np.mean(expit(log_odds + a))) - rate, -reach, reach))


def logistic(columns: Floats, defaulted: Bools) -> Floats | None:
    """Coefficients of a logistic regression by maximum likelihood; None where it does not converge."""
    from statsmodels.genmod.families import Binomial  # noqa: PLC0415 - applying a form needs none
    from statsmodels.genmod.generalized_linear_model import GLM  # noqa: PLC0415

    model = GLM(defaulted.astype(np.float64), columns, family=Binomial())
    fitted = model.fit()
    converged = bool(fitted.converged) and bool(np.isfinite(fitted.params).all())
    return np.asarray(fitted.params, dtype=np.float64) if converged else None

"""From margin to probability: five frozen calibrators, least intervention first, each stored as JSON.

`models/registry/serving.py` holds the same formulas for the bundle; a test holds them equal. m is the margin (log-odds).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
from scipy.special import expit, log_expit, logit

from contracts.arrays import Floats
from contracts.errors import BundleError

SMALLEST_PD = 1e-6  # isotonic steps may reach 0 or 1, whose log-odds are infinite


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


class _Named(ABC):
    """The parts every calibrator shares: its name is its class's."""

    __slots__ = ()

    @property
    def method(self) -> str:
        return type(self).__name__.lower()

    @abstractmethod
    def log_odds(self, margin: Floats) -> Floats:
        """Log-odds of the calibrated PD."""

    def apply(self, margin: Floats) -> Floats:
        return np.asarray(expit(self.log_odds(margin)))

    def to_json(self) -> dict[str, Any]:
        values = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()  # type: ignore[call-overload]  # subclasses are dataclasses
        }
        return {"method": self.method, **values}


@dataclass(frozen=True, slots=True)
class Identity(_Named):
    """The margin as it is."""

    def log_odds(self, margin: Floats) -> Floats:
        """The margin itself."""
        return np.asarray(margin, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Offset(_Named):
    """A shift of the level: m + intercept."""

    intercept: float

    def log_odds(self, margin: Floats) -> Floats:
        """The margin, shifted.

        >>> Offset(0.5).log_odds(np.array([-3.0])).tolist()
        [-2.5]
        """
        return np.asarray(margin + self.intercept)


@dataclass(frozen=True, slots=True)
class Platt(_Named):
    """Level and spread: intercept + slope m, slope > 0 (Platt 1999)."""

    slope: float
    intercept: float

    def log_odds(self, margin: Floats) -> Floats:
        """The margin, stretched and shifted.

        >>> Platt(slope=0.5, intercept=1.0).apply(np.array([-2.0])).tolist()
        [0.5]
        """
        return np.asarray(self.intercept + self.slope * margin)


@dataclass(frozen=True, slots=True)
class Beta(_Named):
    """Shape at both ends: c + a ln p - b ln(1 - p), p = sigmoid(m), a and b >= 0 (Kull 2017)."""

    a: float
    b: float
    c: float

    def log_odds(self, margin: Floats) -> Floats:
        """The beta map; a = b = 1, c = 0 is the identity.

        >>> Beta(1.0, 1.0, 0.0).log_odds(np.array([-2.0])).round(12).tolist()
        [-2.0]
        """
        return np.asarray(self.c + self.a * log_expit(margin) - self.b * log_expit(-margin))


@dataclass(frozen=True, slots=True)
class Isotonic(_Named):
    """Any rising curve: straight lines in PD between steps (margins, pds), flat beyond the ends."""

    margins: tuple[float, ...]
    pds: tuple[float, ...]

    def log_odds(self, margin: Floats) -> Floats:
        """Log-odds of the interpolated PD, which is kept within (1e-6, 1 - 1e-6).

        >>> Isotonic((-2.0, 0.0), (0.1, 0.3)).apply(np.array([-5.0, -1.0])).round(12).tolist()
        [0.1, 0.2]
        """
        chance = np.interp(margin, self.margins, self.pds)
        return np.asarray(logit(np.clip(chance, SMALLEST_PD, 1.0 - SMALLEST_PD)))


@dataclass(frozen=True, slots=True)
class Anchored:
    """A calibrator, then a shift of its log-odds that brings the mean PD to a long-run rate."""

    inner: Calibrator
    rate: float
    shift: float

    @property
    def method(self) -> str:
        """The inner calibrator's name."""
        return self.inner.method

    def log_odds(self, margin: Floats) -> Floats:
        """Inner log-odds + shift."""
        return self.inner.log_odds(margin) + self.shift

    def apply(self, margin: Floats) -> Floats:
        """Probability of default after the shift."""
        return np.asarray(expit(self.log_odds(margin)))

    def to_json(self) -> dict[str, Any]:
        """The inner calibrator's values with the key `anchor`."""
        return {**self.inner.to_json(), "anchor": {"rate": self.rate, "shift": self.shift}}


@dataclass(frozen=True, slots=True)
class Recalibrated:
    """A calibrator, then the corrections that upkeep made to its log-odds L, in turn.

    Each is intercept + slope L + curvature (ln q + ln(1 - q)), q = sigmoid(L).
    """

    inner: Calibrator
    steps: tuple[tuple[float, float, float], ...]

    @property
    def method(self) -> str:
        """The inner calibrator's name."""
        return self.inner.method

    def log_odds(self, margin: Floats) -> Floats:
        """Inner log-odds, corrected.

        >>> Recalibrated(Identity(), ((0.5, 2.0, 0.0),)).log_odds(np.array([-1.0])).tolist()
        [-1.5]
        """
        odds = self.inner.log_odds(margin)
        for intercept, slope, curvature in self.steps:
            odds = intercept + slope * odds + curvature * (log_expit(odds) + log_expit(-odds))
        return np.asarray(odds)

    def apply(self, margin: Floats) -> Floats:
        """Probability of default after the corrections."""
        return np.asarray(expit(self.log_odds(margin)))

    def to_json(self) -> dict[str, Any]:
        """The inner calibrator's values with the corrections nested under `next`."""
        nested: dict[str, Any] | None = None
        for intercept, slope, curvature in reversed(self.steps):
            values = {"slope": slope, "intercept": intercept, "curvature": curvature}
            nested = values if nested is None else {**values, "next": nested}
        return {**self.inner.to_json(), "next": nested} if nested else self.inner.to_json()


FORMS: dict[str, type[Identity | Offset | Platt | Beta | Isotonic]] = {
    "identity": Identity,
    "offset": Offset,
    "platt": Platt,
    "beta": Beta,
    "isotonic": Isotonic,
}
"""The ladder: name to form, least intervention first."""


def from_json(values: dict[str, Any]) -> Calibrator:
    """The calibrator that `to_json` wrote; further keys (`candidates`) are ignored.

    Raises:
        BundleError: the method is unknown or a value is absent.

    >>> from_json({"method": "offset", "intercept": 0.5})
    Offset(intercept=0.5)
    """
    form = FORMS.get(str(values.get("method")))
    names = list(getattr(form, "__dataclass_fields__", {}))
    if form is None or any(name not in values for name in names):
        raise BundleError(
            "The calibrator cannot be read.",
            where="calibrator.json",
            value=str(values)[:200],
            next_step=f"Run calibrate again. Legal methods: {', '.join(FORMS)}.",
        )
    fields = {name: _frozen(values[name]) for name in names}
    inner: Calibrator = form(**fields)
    anchor = values.get("anchor")
    anchored = Anchored(inner, anchor["rate"], anchor["shift"]) if anchor else inner
    steps, step = [], values.get("next")
    while step:
        steps.append(
            (float(step["intercept"]), float(step["slope"]), float(step.get("curvature", 0)))
        )
        step = step.get("next")
    return Recalibrated(anchored, tuple(steps)) if steps else anchored


def _frozen(value: Any) -> Any:
    return tuple(map(float, value)) if isinstance(value, list) else float(value)

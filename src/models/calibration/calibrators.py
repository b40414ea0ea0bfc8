"""Calibrators as data: the forms there are, what is composed of them, and back from JSON.

`models/registry/serving.py` holds the same formulas for the bundle; a test holds them equal. m is the margin (log-odds).
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from scipy.special import expit, log_expit

from contracts.arrays import Floats
from contracts.errors import BundleError
from models.calibration import forms
from models.calibration.form import Calibrator, Form


def _declared() -> Mapping[str, Form]:
    """Every form declared in `models.calibration.forms`, least intervention first."""
    found: list[Form] = [
        importlib.import_module(f"{forms.__name__}.{one.name}").FORM
        for one in pkgutil.iter_modules(forms.__path__)
    ]
    return MappingProxyType({one.method: one for one in sorted(found, key=lambda one: one.rung)})


FORMS: Mapping[str, Form] = _declared()
"""The ladder: method to form, least intervention first."""


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

        >>> from models.calibration.forms.identity import Identity
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


def from_json(values: Mapping[str, Any]) -> Calibrator:
    """The calibrator that `to_json` wrote; further keys (`candidates`) are ignored.

    Raises:
        BundleError: the method is unknown or a value is absent.

    >>> from_json({"method": "offset", "intercept": 0.5})
    Offset(intercept=0.5)
    """
    declared = FORMS.get(str(values.get("method")))
    form = declared.calibrator if declared else None
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

"""serving.py repeats the formulas of `models.calibration` for the bundle: equal for every calibrator there is, however far out."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.scale import PD_FLOOR
from models.calibration import calibrators
from models.registry import serving

# where doubles change their ways: exp overflows at 709.8, 1 - sigmoid is 0 from 36.8 on, a denormal, both zeros
EDGES = (0.0, -0.0, 5e-324, 36.7, -36.7, 36.8, 709.7, -709.7, 745.2, -745.2, 800.0, -800.0, 1e6, -1e6)  # fmt: skip
margins = st.lists(st.floats(-60, 60) | st.sampled_from(EDGES), min_size=1, max_size=30)
number = st.floats(-5, 5)
positive = st.floats(0.01, 5)
PARAMETERS: dict[str, st.SearchStrategy[Any]] = {
    "intercept": number,
    "slope": positive,
    "a": st.floats(0, 5),
    "b": st.floats(0, 5),
    "c": number,
    "margins": st.lists(st.floats(-20, 20), min_size=3, max_size=3, unique=True).map(sorted),
    "pds": st.lists(st.floats(0, 1), min_size=3, max_size=3).map(sorted),
}
"""By name; a new calibrator whose parameter is not here fails this test until it is."""
corrections = st.lists(
    st.tuples(number, positive, st.floats(-0.01, 0.01)), max_size=2
)  # intercept, slope, curvature


@pytest.mark.parametrize("method", calibrators.FORMS)
@given(data=st.data())
@settings(max_examples=80, deadline=None)
def test_serving_says_what_calibration_says(method: str, data: st.DataObject) -> None:
    form = calibrators.FORMS[method].calibrator
    drawn = {one.name: data.draw(PARAMETERS[one.name], one.name) for one in fields(form)}
    drawn = {name: tuple(v) if isinstance(v, list) else v for name, v in drawn.items()}
    made: calibrators.Calibrator = form(**drawn)
    if data.draw(st.booleans(), "anchored"):
        made = calibrators.Anchored(made, 0.03, data.draw(number, "shift"))
    if steps := tuple(data.draw(corrections, "corrections")):
        made = calibrators.Recalibrated(made, steps)
    stored = json.loads(json.dumps(made.to_json()))
    margin = np.array([*data.draw(margins, "margin"), *EDGES])
    served = serving.log_odds(margin, stored)
    np.testing.assert_allclose(served, made.log_odds(margin), rtol=1e-9, atol=1e-9)
    # odds that differ in their last digits, of which there are up to 1e7, move a PD by that much and no more
    np.testing.assert_allclose(serving.sigmoid(served), made.apply(margin), rtol=1e-7, atol=1e-300)
    assert calibrators.from_json(stored) == made


def test_both_stop_the_steps_of_an_isotonic_curve_at_one_floor() -> None:
    stored = {"method": "isotonic", "margins": [-1.0, 1.0], "pds": [0.0, 1.0]}
    ends = np.array([-5.0, 5.0])
    for chance in (
        serving.sigmoid(serving.log_odds(ends, stored)),
        calibrators.from_json(stored).apply(ends),
    ):
        assert chance == pytest.approx([PD_FLOOR, 1.0 - PD_FLOOR], rel=1e-9)

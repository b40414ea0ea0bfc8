"""Points add up to the score for every calibrator, and SHAP values to the margin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.config.scale import ScaleConfig
from contracts.scale import exact_score
from models.boosting.shapley import Calibrate, Contributions, contributions, points, shared_out
from models.calibration.calibrators import from_json
from tests.serve_project import fit, simulate

CALIBRATORS = {
    "identity": {"method": "identity"},
    "offset": {"method": "offset", "intercept": -0.7},
    "platt": {"method": "platt", "slope": 0.6, "intercept": 0.4},
    "beta": {"method": "beta", "a": 0.8, "b": 1.7, "c": 0.3},
    "isotonic": {"method": "isotonic", "margins": [-6.0, -3.0, -1.0, 2.0], "pds": [0.001, 0.02, 0.09, 0.7]},
    "anchored": {"method": "platt", "slope": 1.2, "intercept": 0.1, "anchor": {"rate": 0.03, "shift": 0.4}},
    "recalibrated": {
        "method": "isotonic",
        "margins": [-6.0, 0.0],
        "pds": [0.001, 0.4],
        "next": {"slope": 0.8, "intercept": 0.2, "next": {"slope": 1.1, "intercept": 0.0, "curvature": 0.2}},
    },
}  # fmt: skip
PHI = st.floats(-3, 3, allow_nan=False)


def calibrate_with(calibrator: dict) -> Calibrate:
    return from_json(calibrator).apply


@pytest.mark.parametrize("name", CALIBRATORS)
@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.lists(PHI, min_size=4, max_size=4), min_size=1, max_size=5),
    base=st.floats(-6, 1),
)
def test_base_and_points_add_up_to_the_exact_score(
    name: str, rows: list[list[float]], base: float
) -> None:
    found = Contributions(np.array(rows), base)
    calibrate = calibrate_with(CALIBRATORS[name])
    made = points(found, calibrate, ScaleConfig())
    wanted = exact_score(calibrate(found.margin), ScaleConfig())
    # a point is 1/58 log-odds; 1e-9 of a score near 600 is the last digits of a double
    np.testing.assert_allclose(made.score, wanted, rtol=1e-9, atol=1e-9 * 600)


@pytest.mark.parametrize(
    "name", [name for name in CALIBRATORS if "isotonic" not in str(CALIBRATORS[name])]
)
def test_what_raises_the_pd_costs_points(name: str) -> None:
    found = Contributions(np.array([[0.5, -0.2], [1e-9, -1e-9]]), -2.0)
    made = points(found, calibrate_with(CALIBRATORS[name]), ScaleConfig())
    np.testing.assert_array_equal(np.sign(made.by_feature), -np.sign(found.phi))


def test_with_the_identity_a_point_is_factor_times_log_odds() -> None:
    # factor = 40 / ln 2 = 57.7078 points a log-odd; 0.5 log-odds of risk cost 28.8539 points
    made = points(
        Contributions(np.array([[0.5, -0.25]]), -3.0),
        calibrate_with({"method": "identity"}),
        ScaleConfig(),
    )
    np.testing.assert_allclose(made.by_feature, [[-28.853901, 14.426950]], atol=1e-6)


def test_where_the_values_cancel_the_slope_takes_over() -> None:
    """At m = m0 the secant is 0 / 0; with Platt its limit is slope x factor, without a jump."""
    calibrate = calibrate_with(CALIBRATORS["platt"])
    exact = points(Contributions(np.array([[0.8, -0.8]]), -2.0), calibrate, ScaleConfig())
    near = points(Contributions(np.array([[0.8, -0.8 + 1e-5]]), -2.0), calibrate, ScaleConfig())
    np.testing.assert_allclose(exact.by_feature, near.by_feature, rtol=1e-4)
    assert exact.by_feature[0, 0] == pytest.approx(-0.8 * 0.6 * 40 / np.log(2), rel=1e-6)


def test_shap_values_add_up_to_the_margin_of_an_average_of_boosters() -> None:
    rows = simulate(60, 60).rows
    first, second = fit(rows, 5), fit(rows, 9, seed=8)
    both = type(first)((*first.boosters, *second.boosters), first.contract)
    codes = both.contract.encode(rows)
    found = contributions(both, codes)
    np.testing.assert_allclose(found.margin, both.margin(rows), atol=1e-10)
    apart = (contributions(first, codes).phi + contributions(second, codes).phi) / 2
    np.testing.assert_allclose(found.phi, apart, atol=1e-12)
    assert np.abs(found.phi).max() > 0.05


@pytest.mark.parametrize("name", CALIBRATORS)
@settings(max_examples=40, deadline=None)
@given(row=st.lists(PHI, min_size=3, max_size=3), base=st.floats(-6, 1))
def test_a_pd_is_the_base_pd_and_what_each_feature_adds(
    name: str, row: list[float], base: float
) -> None:
    found = Contributions(np.array([row]), base)
    calibrate = calibrate_with(CALIBRATORS[name])
    made = shared_out(found, calibrate)
    # where the values cancel to 1e-7 log-odds the slope stands in: 1e-7 of a slope of at most 0.25
    np.testing.assert_allclose(made.worth, calibrate(found.margin), rtol=0, atol=2.5e-8)
    assert made.base == calibrate(np.array([base]))[0]


def test_a_feature_of_twice_the_value_adds_twice_the_probability() -> None:
    # sigmoid(-2) = 0.119203, sigmoid(1) = 0.731059: 0.611856 over 3 log-odds is 0.203952 a log-odd
    made = shared_out(
        Contributions(np.array([[1.0, 2.0]]), -2.0), calibrate_with({"method": "identity"})
    )
    np.testing.assert_allclose(made.by_feature, [[0.203952, 0.407904]], atol=1e-6)

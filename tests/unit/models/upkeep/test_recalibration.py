"""Recalibrating is composing; the ladder takes no step it has not the defaults for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.config.gates import GateConfig
from contracts.config.scale import ScaleConfig
from contracts.config.upkeep import RecalibrateConfig
from models.boosting.shapley import Contributions, points
from models.calibration.calibrators import from_json
from models.upkeep.held_back import held_back_checks
from models.upkeep.ladder import Correction, Evidence, Unlearned, climb, corrected
from models.upkeep.recalibration import composed
from models.upkeep.restated import restated

MARGINS = np.linspace(-7, 4, 23)
BASES = (
    {"method": "identity"},
    {"method": "offset", "intercept": 0.4},
    {"method": "platt", "slope": 0.7, "intercept": -0.2, "candidates": [1]},
    {"method": "platt", "slope": 0.7, "intercept": -0.2, "anchor": {"rate": 0.02, "shift": 0.1}},
    {"method": "beta", "a": 0.8, "b": 1.4, "c": 0.2},
    {"method": "isotonic", "margins": [-6.0, -2.0, 3.0], "pds": [0.001, 0.1, 0.8]},
)
NUMBER = st.floats(-1, 1)


@given(
    base=st.sampled_from(BASES),
    steps=st.lists(
        st.tuples(NUMBER, st.floats(0.3, 2), st.sampled_from([0.0, 0.0, 0.2])), max_size=3
    ),
)
def test_composing_is_applying_one_after_the_other(
    base: dict, steps: list[tuple[float, float, float]]
) -> None:
    calibrator, wanted = dict(base), from_json(base).log_odds(MARGINS)
    for step in steps:
        correction = Correction(*step)
        calibrator, wanted = composed(calibrator, correction), correction.apply(wanted)
    np.testing.assert_allclose(from_json(calibrator).log_odds(MARGINS), wanted, atol=1e-10)


def test_straight_lines_stay_straight_lines() -> None:
    twice = composed(composed(BASES[2], Correction(0.1, 1.5)), Correction(-0.3, 0.5))
    assert set(twice) == {"method", "slope", "intercept"}
    assert composed(BASES[4], Correction(0.1, 1.5))["next"] == {"slope": 1.5, "intercept": 0.1}
    assert composed(BASES[0], Correction()) == BASES[0]


def test_a_correction_in_kulls_letters_is_beta_calibration() -> None:
    """c + a ln p - b ln(1 - p) with a = slope + curvature, b = slope - curvature."""
    bent = Correction(0.3, 1.1, 0.4).apply(MARGINS)
    kull = from_json({"method": "beta", "c": 0.3, "a": 1.5, "b": 0.7}).log_odds(MARGINS)
    np.testing.assert_allclose(bent, kull, atol=1e-12)
    assert Correction(0.3, 1.1, 0.4).keeps_order
    assert not Correction(0.3, 0.3, 0.4).keeps_order
    assert not Correction(0.0, -0.1).keeps_order


def drawn(customers: int, *, shift: float = 0.0, slope: float = 1.0, seed: int = 0) -> Evidence:
    draw = np.random.default_rng(seed)
    odds = draw.normal(-2.5, 1, customers)
    true = shift - 2.5 + slope * (odds + 2.5)
    happened = draw.random(customers) < 1 / (1 + np.exp(-true))
    return Evidence(odds, happened, np.arange(customers).astype(str))


def test_defaults_are_counted_by_customer() -> None:
    evidence = Evidence(
        np.zeros(4), np.array([True, True, False, True]), np.array(["a", "a", "b", "c"])
    )
    assert evidence.defaults == 2


def test_too_few_defaults_for_any_step() -> None:
    found = climb(
        drawn(60, shift=3),
        RecalibrateConfig(
            min_defaults_offset=1000, min_defaults_slope=1000, min_defaults_shape=1000
        ),
    )
    assert found.decision == "none"
    assert found.detectable_shift is None
    assert [step.statistic for step in found.steps] == [None, None, None]
    assert [(step.reason, step.needed) for step in found.steps] == [("too_few", 1000)] * 3


def test_a_step_without_the_defaults_it_needs_is_not_taken_however_clear() -> None:
    config = RecalibrateConfig(min_defaults_slope=100_000, min_defaults_shape=100_000)
    found = climb(drawn(4000, slope=0.3), config)
    assert found.decision in {"none", "offset"}
    assert found.steps[1].statistic is None


def test_rungs_count_only_what_no_level_has_learned_from() -> None:
    """Some 500 customers defaulted; 24 defaults are newer than the level in use, of 5 customers whose whole window is."""
    evidence = replace(drawn(6000, slope=0.5), unlearned=Unlearned(24, 5))
    config = RecalibrateConfig()
    found = climb(evidence, config)
    assert (found.decision, found.detectable_shift) == ("none", None)
    assert [(one.reason, one.defaults) for one in found.steps] == [("too_few", 24), ("too_few", 5), ("too_few", 5)]  # fmt: skip
    one_more = climb(replace(evidence, unlearned=Unlearned(25, 5)), config)
    assert one_more.steps[0].statistic is not None
    assert [one.statistic for one in one_more.steps[1:]] == [None, None]
    assert climb(replace(evidence, unlearned=Unlearned(200, 200)), config).decision == "slope"


def test_a_fitted_level_makes_the_mean_pd_the_default_rate() -> None:
    evidence = drawn(3000, shift=0.8)
    odds = corrected(evidence, 1).apply(evidence.odds)
    assert np.mean(1 / (1 + np.exp(-odds))) == pytest.approx(evidence.defaulted.mean(), abs=1e-9)


def test_each_kind_of_change_takes_the_least_step_that_explains_it() -> None:
    config = RecalibrateConfig()
    assert climb(drawn(6000), config).decision == "none"
    level = climb(drawn(6000, shift=0.6), config)
    assert level.decision == "offset"
    assert level.correction.intercept == pytest.approx(0.6, abs=0.15)
    assert level.correction.slope == 1.0
    spread = climb(drawn(6000, slope=0.5), config)
    assert spread.decision == "slope"
    assert spread.correction.slope == pytest.approx(0.5, abs=0.15)


def test_lost_order_is_not_recalibrated_away() -> None:
    found = climb(drawn(6000, slope=-0.6), RecalibrateConfig())
    assert found.decision == "refit"
    assert found.correction == Correction()
    assert not any(step.taken for step in found.steps)
    assert found.steps[0].reason == "lost"


GATES = {
    "PD-C1": GateConfig(threshold=0.5),
    "PD-C2": GateConfig(threshold=0.6),
    "PD-B1": GateConfig(threshold=0.0),
    "PD-D1": GateConfig(threshold=0.6),
}


def test_the_gates_judge_customers_the_step_was_not_fitted_on() -> None:
    checks = held_back_checks(drawn(6000, shift=0.8), "offset", GATES)
    assert {check.code: check.outcome for check in checks} == {
        "PD-C1": "passed", "PD-C2": "passed", "PD-B1": "passed",
    }  # fmt: skip
    assert abs(checks[0].value) < 0.3


def test_a_gate_fails_where_the_halves_disagree() -> None:
    """Outcomes changed in the judged half only: what the other half teaches does not hold there."""
    evidence = drawn(6000)
    from models.base.arrays import hashed_share  # noqa: PLC0415 - only this test deals the halves itself

    judged = hashed_share(evidence.customer_id, "recalibrate:") < 0.5
    draw = np.random.default_rng(1)
    other = draw.random(6000) < 1 / (1 + np.exp(-(evidence.odds + 2.0)))
    mixed = Evidence(
        evidence.odds, np.where(judged, other, evidence.defaulted), evidence.customer_id
    )
    assert held_back_checks(mixed, "offset", GATES)[0].outcome == "failed"


def test_a_gate_declines_without_defaults_in_a_half() -> None:
    evidence = drawn(300)
    few = Evidence(evidence.odds, np.arange(300) < 3, evidence.customer_id)
    checks = held_back_checks(few, "offset", GATES)
    assert {(check.outcome, check.value) for check in checks} == {("not_applicable", None)}
    assert sum(checks[0].values[half] for half in ("fitted", "held_back")) == 3
    assert checks[0].values["needed"] == 5


@pytest.mark.parametrize("base", BASES[:5])
def test_points_of_healthy_customers_follow_a_change_of_slope(base: dict) -> None:
    """By definition: points of a row are SHAP values times the secant of its score; after the correction, of the new score."""
    draw = np.random.default_rng(8)
    found = Contributions(draw.normal(0, 0.4, (40, 3)), -2.5)
    correction = Correction(0.4, 1.3)
    before, after = (
        points(found, from_json(one).apply, ScaleConfig()).by_feature.mean(axis=0)
        for one in (base, composed(base, correction))
    )
    kept = {"features": {}, "speaker": {"healthy_points": before.tolist(), "least": 3.0}}
    odds = from_json(base).log_odds(found.margin)
    told = restated(kept, correction, odds)
    np.testing.assert_allclose(told["speaker"]["healthy_points"], after, rtol=1e-6)
    assert told["speaker"]["least"] == 3.0
    assert not np.allclose(before, after)
    assert kept["speaker"]["healthy_points"] == before.tolist()
    assert restated({"features": {}}, correction, odds) == {"features": {}}

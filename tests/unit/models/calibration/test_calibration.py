"""Calibrators: by hand, equal to serving's, rank-keeping, and the ladder's choice."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from contracts.config.calibration import CalibrateConfig
from contracts.errors import BundleError, TrainingError
from models.base.data import Unseen
from models.base.losses import clustered_standard_error
from models.calibration.calibrators import Anchored, from_json
from models.calibration.choice import (
    anchor,
    calibrate,
    cross_fitted_losses,
    one_standard_error,
)
from models.calibration.forms.beta import Beta, fit_beta
from models.calibration.forms.identity import Identity
from models.calibration.forms.isotonic import Isotonic, fit_isotonic
from models.calibration.forms.offset import Offset, fit_offset
from models.calibration.forms.platt import Platt, fit_platt
from models.registry import serving

MARGIN = np.linspace(-8.0, 3.0, 200)
FORMS = [
    Identity(),
    Offset(0.4),
    Platt(slope=0.7, intercept=-0.2),
    Beta(0.8, 1.3, 0.1),
    Isotonic((-6.0, -3.0, 0.0), (0.0, 0.02, 0.4)),
    Anchored(Platt(slope=0.7, intercept=-0.2), 0.03, -0.5),
]
ALL = ("identity", "shrunk", "offset", "platt", "beta", "isotonic")


@pytest.mark.parametrize("form", FORMS, ids=lambda form: type(form).__name__)
def test_json_gives_it_back_and_serving_computes_the_same(form: Identity) -> None:
    stored = json.loads(json.dumps(form.to_json()))
    assert from_json(stored) == form
    served = serving.sigmoid(serving.log_odds(MARGIN, stored))
    np.testing.assert_allclose(form.apply(MARGIN), served, rtol=1e-12)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: type(form).__name__)
def test_the_rank_order_is_kept(form: Identity) -> None:
    assert (np.diff(form.apply(MARGIN)) >= 0).all()
    assert np.ptp(form.apply(MARGIN)) > 0.1


def test_the_json_forms_that_serving_relies_on() -> None:
    assert Platt(slope=2.0, intercept=1.0).to_json() == {
        "method": "platt",
        "slope": 2.0,
        "intercept": 1.0,
    }
    assert Isotonic((0.0,), (0.1,)).to_json() == {
        "method": "isotonic",
        "margins": [0.0],
        "pds": [0.1],
    }
    assert anchor(Offset(0.5), np.zeros(3), 0.5).to_json() == {
        "method": "offset",
        "intercept": 0.5,
        "anchor": {"rate": 0.5, "shift": pytest.approx(-0.5)},
    }


@pytest.mark.parametrize("values", [{"method": "splines"}, {"method": "platt", "slope": 1.0}, {}])
def test_an_unreadable_calibrator_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(BundleError, match="calibrator cannot be read"):
        from_json(values)


def test_beta_by_hand() -> None:
    # logit q = 0.1 + 0.8 ln 0.2 - 1.3 ln 0.8
    expected = 0.1 + 0.8 * np.log(0.2) - 1.3 * np.log(0.8)
    assert Beta(0.8, 1.3, 0.1).log_odds(np.array([logit(0.2)]))[0] == pytest.approx(expected)


def outcomes(odds: np.ndarray, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random(len(odds)) < expit(odds)


def test_offset_makes_the_mean_pd_the_default_rate() -> None:
    margin = np.random.default_rng(0).normal(-3, 1, 2000)
    defaulted = outcomes(margin + 0.7)
    assert fit_offset(margin, defaulted).apply(margin).mean() == pytest.approx(defaulted.mean())


def test_a_slope_that_turns_the_order_round_is_refused() -> None:
    margin = np.random.default_rng(0).normal(0, 1, 2000)
    assert fit_platt(margin, outcomes(-margin)) is None
    turned = fit_beta(margin, outcomes(-margin))
    assert turned is None


def test_isotonic_steps_rise_and_are_as_many_as_the_defaults_allow() -> None:
    """How many defaults a step holds is counted in test_isotonic_steps.py."""
    margin = np.random.default_rng(0).normal(-2, 1.5, 3000)
    defaulted = outcomes(margin)
    fitted = fit_isotonic(margin, defaulted)
    assert fitted is not None
    assert (np.diff(fitted.margins) > 0).all()
    assert (np.diff(fitted.pds) > 0).all()
    assert 2 < len(fitted.pds) <= defaulted.sum() / 10


def test_isotonic_needs_two_steps() -> None:
    margin = np.linspace(-1, 1, 40)
    assert fit_isotonic(margin, np.arange(40) >= 30) is None  # 10 defaults make one step only


def customers(n: int) -> np.ndarray:
    return np.array([f"C{number}" for number in range(n)], dtype=object)


def choose(odds: np.ndarray, margin: np.ndarray, **config: object) -> str:
    rows = Unseen(customers(len(margin)), margin, outcomes(odds))
    made = calibrate(rows, CalibrateConfig(methods=ALL, **config))
    assert [one.method for one in made.candidates] == list(ALL)
    return made.calibrator.method


def test_the_ladder_intervenes_no_more_than_it_must() -> None:
    margin = np.random.default_rng(1).normal(-2.5, 1.2, 20_000)
    assert choose(margin, margin) == "identity"
    assert choose(margin + 0.8, margin) == "offset"
    assert choose(0.5 * margin - 0.3, margin) == "platt"


def test_a_shape_that_no_line_can_follow_asks_for_more() -> None:
    margin = np.random.default_rng(1).normal(-1.0, 2.0, 20_000)
    bent = np.where(margin > -1, 2.0 * (margin + 1) - 1.5, 0.2 * (margin + 1) - 1.5)
    assert choose(bent, margin) in {"beta", "isotonic"}


def test_only_the_methods_of_the_config_are_tried() -> None:
    margin = np.random.default_rng(1).normal(-2.5, 1.2, 5000)
    rows = Unseen(customers(5000), margin, outcomes(margin + 2))
    made = calibrate(rows, CalibrateConfig(methods=("platt",)))
    assert [one.method for one in made.candidates] == ["platt"]
    assert made.to_json()["candidates"][0]["standard_error"] == 0.0


def block(day: str, margin: np.ndarray, odds: np.ndarray, *, is_judged: bool) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "origin": pd.Timestamp(day), "is_judged": is_judged, "customer_id": customers(len(margin)),
            "as_of": pd.Timestamp(day), "margin": margin, "defaulted": outcomes(odds, 1 + is_judged),
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("level_after", "expected"), [(0.0, "identity"), (0.4, "shrunk"), (0.8, "offset")]
)
def test_a_level_of_one_block_must_hold_in_the_next(level_after: float, expected: str) -> None:
    """Each block asks for a shift of 0.8; what follows keeps none, half, or all of it."""
    margin = np.random.default_rng(1).normal(-2.5, 1.2, 20_000)
    rehearsed = pd.concat(
        [
            part
            for day in ("2020-01-01", "2021-01-01")
            for part in (
                block(day, margin, margin + 0.8, is_judged=False),
                block(day, margin, margin + level_after, is_judged=True),
            )
        ]
    )
    rows = Unseen(customers(len(margin)), margin, outcomes(margin + 0.8))
    made = calibrate(rows, CalibrateConfig(methods=ALL), rehearsed)
    assert made.calibrator.method == expected
    assert made.origins == made.to_json()["origins"] == 2
    # the form is chosen on later rows and fitted on calibrate: 0.8, or half of it
    shift = {"identity": 0.0, "shrunk": 0.4, "offset": 0.8}[expected]
    assert made.calibrator.log_odds(np.zeros(1))[0] == pytest.approx(shift, abs=0.05)
    # on the same rows alone, other customers of one block all agree: the whole shift
    assert calibrate(rows, CalibrateConfig(methods=ALL)).calibrator.method == "offset"


def test_a_curve_that_no_block_could_bear_is_no_choice() -> None:
    margin = np.random.default_rng(1).normal(-2.5, 1.2, 2_000)
    both = [block("2020-01-01", margin[:400], margin[:400] + 1, is_judged=False),
            block("2020-01-01", margin[400:], margin[400:] + 1, is_judged=True)]  # fmt: skip
    rows = Unseen(customers(len(margin)), margin, outcomes(margin + 1))
    config = CalibrateConfig(methods=("identity", "beta"), min_defaults_shape=300)
    made = calibrate(rows, config, pd.concat(both))
    losses = {one.method: one.log_loss for one in made.candidates}
    assert made.calibrator.method == "identity"
    assert made.lost == ("beta",)
    assert losses["beta"] is None  # 400 rows hold fewer than 300 defaulted customers
    # with a block that bears it, it is one: the judged rows ask for the same shift
    wide = config.model_copy(update={"min_defaults_shape": 20})
    assert calibrate(rows, wide, pd.concat(both)).calibrator.method == "beta"


def test_where_only_curves_are_allowed_and_none_may_be_fitted_the_count_is_told() -> None:
    margin = np.random.default_rng(1).normal(-2.5, 1.2, 2_000)
    rows = Unseen(customers(len(margin)), margin, outcomes(margin))
    later = pd.concat([block("2020-01-01", margin[:400], margin[:400], is_judged=False),
                       block("2020-01-01", margin[400:], margin[400:], is_judged=True)])  # fmt: skip
    config = CalibrateConfig(methods=("beta", "isotonic"), min_defaults_shape=1_999)
    with pytest.raises(TrainingError, match="too few customers defaulted") as error:
        calibrate(rows, config, later)
    heads = int(rows.defaulted.sum())
    assert str(error.value.value).startswith(f"beta, isotonic; {heads} customers in default")
    assert "offset" in str(error.value.next_step)
    assert "beta" not in str(error.value.next_step)


def test_the_anchor_brings_the_mean_to_the_long_run_rate() -> None:
    margin = np.random.default_rng(1).normal(-2.5, 1.2, 5000)
    config = CalibrateConfig(methods=ALL, long_run_rate=0.021)
    made = calibrate(Unseen(customers(5000), margin, outcomes(margin)), config)
    assert made.calibrator.apply(margin).mean() == pytest.approx(0.021)
    assert from_json(made.to_json()) == made.calibrator


def test_the_rule_takes_the_first_within_one_standard_error() -> None:
    ids = customers(4)
    best = np.array([1.0, 1.0, 1.0, 1.0])
    near = best + np.array([0.4, -0.2, 0.4, -0.2])  # mean +0.1, s = 0.346, s / sqrt(4) = 0.173
    far = best + np.array([0.3, 0.2, 0.3, 0.2])  # mean +0.25, s = 0.058, s / sqrt(4) = 0.029
    chosen, found = one_standard_error({"identity": far, "offset": near, "platt": best}, ids)
    assert chosen == "offset"
    assert [one.standard_error for one in found] == pytest.approx([0.0288675, 0.1732051, 0.0])


def test_a_method_that_fails_on_a_fold_is_no_candidate() -> None:
    chosen, found = one_standard_error({"identity": np.ones(3), "platt": None}, customers(3))
    assert chosen == "identity"
    assert found[1].log_loss is None
    with pytest.raises(TrainingError, match="No calibrator could be fitted"):
        one_standard_error({"platt": None}, customers(3))


def test_rows_of_one_customer_count_once_in_the_error() -> None:
    values = np.array([1.0, 3.0, 2.0, 6.0])
    once = clustered_standard_error(values, customers(4))
    assert once == pytest.approx(values.std(ddof=1) / 2)
    thrice = clustered_standard_error(np.repeat(values, 3), np.repeat(customers(4), 3))
    assert thrice == pytest.approx(once)


def test_no_row_is_judged_by_a_calibrator_that_saw_its_fold() -> None:
    margin = np.zeros(6)
    defaulted = np.array([1, 1, 0, 0, 1, 0], dtype=bool)
    fold = np.array([0, 0, 0, 1, 1, 1])
    losses = cross_fitted_losses(fit_offset, margin, defaulted, fold, 2)
    # fold 0 is judged with the rate of fold 1, 1 in 3, and the reverse, 2 in 3
    assert losses is not None
    seen = np.array([1 / 3, 1 / 3, 2 / 3, 1 / 3, 2 / 3, 1 / 3])
    np.testing.assert_allclose(losses, -np.log(seen))


@pytest.mark.parametrize("defaults", [0, 1])
def test_a_calibrate_part_without_defaults_is_refused(defaults: int) -> None:
    with pytest.raises(TrainingError, match=f"calibrate part holds {defaults} defaults"):
        calibrate(Unseen(customers(50), np.zeros(50), np.arange(50) < defaults), CalibrateConfig())

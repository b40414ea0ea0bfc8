"""The recursion behind the true PD: by hand where the chain is simple, by nested simulation where it is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from world.hidden.draws import Streams
from world.hidden.health import live
from world.hidden.levels import HealthLevels, Levels
from world.hidden.months import make_months
from world.hidden.phases import ARREARS_1, DEFAULT, GOOD, LEFT, STOP_1, STOP_3, moves
from world.hidden.population import make_population
from world.hidden.truth import FIXED, OWN_NODES, chances, rouwenhorst

MONTHS = make_months(date(2024, 12, 31), 3)
NO_ARREARS = replace(HealthLevels(), hazard_base=-60.0)
FLAT = np.zeros((1, len(MONTHS.starts) - 1))
MIDDLE = (len(FIXED) // 2, OWN_NODES // 2)


def test_without_arrears_only_sudden_insolvency_is_left() -> None:
    found = chances(FLAT, MONTHS, NO_ARREARS).by_state
    # twelve months, each survived with 1 - 0.00022; leaving changes nothing, as who left may still fail
    by_hand = 1.0 - (1.0 - 0.00022) ** 12
    assert found[0, 0, *MIDDLE, GOOD] == pytest.approx(by_hand, rel=1e-9)
    assert found[0, 0, *MIDDLE, LEFT] == pytest.approx(by_hand, rel=1e-9)


def test_the_last_stop_month_always_ends_in_default() -> None:
    found = chances(FLAT, MONTHS, HealthLevels()).by_state
    assert np.allclose(found[..., STOP_3], 1.0)
    assert np.allclose(found[..., DEFAULT], 1.0)


def test_a_stop_by_hand() -> None:
    levels = replace(NO_ARREARS, sudden=0.0, leave=0.0)
    found = chances(FLAT, MONTHS, levels).by_state
    # stop 1: rescued 0.06; else stop 2 (unless insolvent 0.03): rescued 0.03 there; after a rescue nothing can happen
    by_hand = 1.0 - 0.06 - (1.0 - 0.06 - 0.03) * 0.03
    assert found[0, 0, *MIDDLE, STOP_1] == pytest.approx(by_hand, rel=1e-12)


def test_rouwenhorst_matches_the_autoregression() -> None:
    nodes, step = rouwenhorst(OWN_NODES, 0.95)
    weight = np.linalg.matrix_power(step, 4_000)[0]
    assert weight @ nodes == pytest.approx(0.0, abs=1e-9)
    assert weight @ nodes**2 == pytest.approx(1.0, rel=1e-6)
    assert np.allclose(step @ nodes, 0.95 * nodes)
    spread = step @ nodes**2 - (step @ nodes) ** 2
    assert np.allclose(spread, 1.0 - 0.95**2)


@pytest.mark.parametrize(
    ("phase", "own", "common"),
    [(GOOD, 0.0, 0.0), (GOOD, -1.5, 1.0), (GOOD, 1.0, 0.0), (ARREARS_1, 0.0, 0.0)],
)
def test_recursion_agrees_with_nested_simulation(phase: int, own: float, common: float) -> None:
    """200,000 paths of a continuous AR(1): misses an error of the PD above 4 standard errors, 3-12 % of it."""
    levels = HealthLevels()
    path = np.full((1, len(MONTHS.starts) - 1), common)
    found = chances(path, MONTHS, levels)
    nodes = found.own
    log_odds = np.log(found.by_state / (1.0 - np.minimum(found.by_state, 1.0 - 1e-12)))
    exact = 1.0 / (1.0 + np.exp(-np.interp(own, nodes, log_odds[0, 0, len(FIXED) // 2, :, phase])))
    rng = np.random.default_rng(3)
    n = 200_000
    health, at = np.full(n, own), np.full(n, phase)
    base = moves(levels)
    for _ in range(12):
        health = 0.95 * health + np.sqrt(1.0 - 0.95**2) * rng.standard_normal(n)
        odds = np.exp(levels.hazard_base - levels.hazard_slope * 0.75 * health + common)
        entry = odds / (1.0 + odds) * (1.0 - levels.sudden - levels.leave)
        chance = base[at]
        good = at == GOOD
        chance[good, ARREARS_1] = entry[good]
        chance[good, GOOD] -= entry[good]
        at = np.minimum((np.cumsum(chance, axis=1) < rng.random((n, 1))).sum(axis=1), DEFAULT)
    drawn = (at == DEFAULT).mean()
    error = np.sqrt(exact * (1.0 - exact) / n)
    assert abs(drawn - exact) < 4.0 * error
    assert 0.003 < exact < 0.8  # a case in which nothing happens proves nothing


def test_truth_table_interpolates_between_nodes() -> None:
    """A row's PD lies between those of the nodes around it, and falls with health."""
    levels = Levels()
    found = chances(FLAT, MONTHS, levels.health).by_state[0, 0, :, :, GOOD]
    assert (np.diff(found, axis=0) < 0).all()  # better lasting health
    assert (np.diff(found, axis=1) < 0).all()  # better health of the day


def test_default_and_leaving_are_for_good() -> None:
    levels = Levels()
    streams = Streams(2, 0)
    people = make_population(streams, 3_000, MONTHS, levels)
    common = np.zeros((len(levels.industries), len(MONTHS.starts) - 1))
    lives = live(streams, people, common, MONTHS, levels)
    after = np.maximum.accumulate(lives.phase == DEFAULT, axis=1)
    assert after.any()
    assert (lives.phase[after] == DEFAULT).all()
    gone = np.maximum.accumulate(lives.phase == LEFT, axis=1)
    assert np.isin(lives.phase[gone], (LEFT, DEFAULT)).all()
    months = np.arange(lives.phase.shape[1])
    unmet = (months <= lives.onboarded[:, None]) | (months < MONTHS.first)
    assert not np.isin(lives.phase[unmet], (LEFT, DEFAULT)).any()

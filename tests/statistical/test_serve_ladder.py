"""The recalibration ladder on customer-months: its level, its power statement, and why it clusters."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from contracts.config.upkeep import RecalibrateConfig
from models.upkeep.ladder import Evidence, climb, fitted

pytestmark = pytest.mark.long

RUNS = 100
MONTHS = 12
BASE = -3.0


def evidence(seed: int, customers: int, *, shift: float = 0.0, slope: float = 1.0) -> Evidence:
    """A year of month-ends. Each customer defaults in one month or not at all; every row of the year before says so.

    The champion's log-odds are right where shift is 0 and slope 1.
    """
    draw = np.random.default_rng(seed)
    odds = draw.normal(BASE, 1.0, customers)
    yearly = 1 / (1 + np.exp(-(BASE + shift + slope * (odds - BASE))))
    month = draw.geometric(1 - (1 - yearly) ** (1 / 12)) - 1
    ahead = month[:, None] - np.arange(MONTHS)[None, :]
    alive = ahead >= 0
    wide = np.broadcast_to(odds[:, None], ahead.shape)
    owner = np.broadcast_to(np.arange(customers)[:, None], ahead.shape)
    return Evidence(wide[alive], (ahead < MONTHS)[alive], owner[alive])


def decisions(customers: int, **change: float) -> list[str]:
    return [
        climb(evidence(seed, customers, **change), RecalibrateConfig()).decision
        for seed in range(RUNS)
    ]


def test_when_nothing_has_changed_it_leaves_the_champion_alone() -> None:
    """The closed procedure errs at 5 %: at most 5 % + 3 standard errors of 100 runs (11.5 %)."""
    taken = sum(decision != "none" for decision in decisions(600))
    assert taken / RUNS <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / RUNS)


def test_without_clustering_it_would_not() -> None:
    """The likelihood ratio of independent rows takes twelve months of one default for twelve defaults."""
    alarms = 0
    for seed in range(60):
        found = evidence(seed, 600)
        alone = Evidence(found.odds, found.defaulted, np.arange(len(found.odds)))
        deviation, covariance = fitted(alone, 1)
        alarms += float(deviation[0] ** 2 / covariance[0, 0]) > chi2.isf(0.05, 1)
    assert alarms / 60 > 0.3


@pytest.mark.parametrize(
    ("change", "step"), [({"shift": 0.7}, "offset"), ({"slope": 0.4}, "slope")]
)
def test_it_finds_what_changed(change: dict[str, float], step: str) -> None:
    found = decisions(900, **change)
    assert found.count(step) / RUNS > 0.8
    assert found.count("none") / RUNS < 0.05


def test_the_power_statement_is_true() -> None:
    """Shifted by what it says it would find with 80 %, it is found in about 80 %: within 3 standard errors (12 points)."""
    stated = np.median(
        [climb(evidence(seed, 700), RecalibrateConfig()).detectable_shift for seed in range(10)]
    )
    found = sum(decision != "none" for decision in decisions(700, shift=-float(stated)))
    above = sum(decision != "none" for decision in decisions(700, shift=float(stated)))
    # fewer defaults make the test weaker below, more make it stronger above: the statement lies between
    assert found / RUNS - 0.12 <= 0.8 <= above / RUNS + 0.12

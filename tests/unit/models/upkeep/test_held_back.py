"""What is said of a new calibration on customers that it was not fitted on: each sentence with the figure it names, of that half alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from contracts.config.gates import GateConfig
from models.upkeep.held_back import MIN_DEFAULTS, held_back_checks, is_judged
from models.upkeep.ladder import Evidence
from reports.locale.gates import detail
from tests.unit.models.upkeep.test_recalibration import drawn
from tests.unit.reports.locale.said import said_of

GATES = {"PD-C1": GateConfig(threshold=0.5), "PD-C2": GateConfig(threshold=0.6), "PD-B1": GateConfig(threshold=0.0)}  # fmt: skip


def few(fitted: int, judged: int) -> Evidence:
    """A book in which so many customers defaulted in the half that is fitted, and in the one that is judged."""
    odds = drawn(2000)
    held = is_judged(odds.customer_id)
    defaulted = np.zeros(2000, dtype=np.bool_)
    defaulted[np.flatnonzero(~held)[:fitted]] = True
    defaulted[np.flatnonzero(held)[:judged]] = True
    return Evidence(odds.odds, defaulted, odds.customer_id)


@pytest.mark.parametrize(("fitted", "judged"), [(5, 5), (4, 5), (5, 4), (0, 0), (4, 40), (40, 40)])
def test_too_few_are_said_where_a_half_has_too_few_and_there_alone(fitted: int, judged: int) -> None:  # fmt: skip
    lacks = min(fitted, judged) < MIN_DEFAULTS
    for check in held_back_checks(few(fitted, judged), "offset", GATES):
        told = detail("en", check)
        assert said_of(told, check.code) & {"held_back", "held_back_too_few"} == {"held_back_too_few" if lacks else "held_back"}  # fmt: skip
        assert (check.outcome == "not_applicable") == lacks
        if lacks:
            assert f"{fitted} in one half, {judged} in the other; each half needs {MIN_DEFAULTS}." in told  # fmt: skip


def test_a_customer_that_defaults_on_many_days_is_one() -> None:
    """Four customers on three days each are twelve rows, and too few."""
    one = few(4, 40)
    thrice = Evidence(*(np.tile(values, 3) for values in (one.odds, one.defaulted, one.customer_id)))  # fmt: skip
    assert {check.case for check in held_back_checks(thrice, "offset", GATES)} == {"held_back_too_few"}  # fmt: skip


def test_the_figures_said_are_those_of_the_half_that_did_not_teach() -> None:
    """Level, slope and Brier skill by scikit-learn and by hand, on log-odds moved by what the other half alone defaulted."""
    book = drawn(6000, shift=0.8)
    held = is_judged(book.customer_id)
    teach, told = ~held, book.defaulted[held].astype(float)

    def level(odds: np.ndarray, outcome: np.ndarray) -> float:
        low, high = -5.0, 5.0  # the shift at which as many are expected as defaulted, by halving
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (middle, high) if expit(odds + middle).sum() < outcome.sum() else (low, middle)  # fmt: skip
        return low

    moved = book.odds[held] + level(book.odds[teach], book.defaulted[teach])
    slope = LogisticRegression(C=np.inf, tol=1e-10).fit(moved[:, None], told).coef_[0, 0]
    skill = 1 - np.mean((expit(moved) - told) ** 2) / np.mean((told - told.mean()) ** 2)
    found = {check.code: check for check in held_back_checks(book, "offset", GATES)}
    assert found["PD-C1"].value == pytest.approx(level(moved, told), abs=1e-6)
    assert found["PD-C2"].value == pytest.approx(slope, abs=1e-4)
    assert found["PD-B1"].value == pytest.approx(skill, abs=1e-9)
    assert f"Level off by {found['PD-C1'].value:+.3f}".replace("-", "−") in detail("en", found["PD-C1"])  # fmt: skip
    assert f"Slope {found['PD-C2'].value:.3f}" in detail("en", found["PD-C2"])
    assert f"Brier skill {found['PD-B1'].value:+.3f}".replace("-", "−") in detail("en", found["PD-B1"])  # fmt: skip
    # all outcomes together would say another level: what is judged is the step, not the version
    assert abs(level(book.odds[held] + level(book.odds, book.defaulted), told)) != pytest.approx(abs(found["PD-C1"].value), abs=1e-3)  # fmt: skip

"""The year to come: defaults dated by hand, the level shrunk by hand, and advice that looks at the newest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from contracts.config.upkeep import RecalibrateConfig
from models.measures.followed import followed
from models.measures.outlook import (
    Learned,
    Level,
    carried,
    chance_better,
    moving_level,
    outlook,
    year_ahead,
)
from models.measures.prior import Prior
from models.upkeep.ahead import Ahead
from models.upkeep.ladder import Evidence, climb

DAYS = pd.date_range("2024-01-01", periods=25, freq="MS")


def lives(defaults: dict[str, int | None], pd_: float = 0.24, horizon: int = 12) -> pd.DataFrame:
    """Customers by month of default (0 is January 2024): in the cohort until then, outcomes known a year later."""
    rows = []
    for who, month in defaults.items():
        for at, day in enumerate(DAYS):
            if month is not None and at > month:
                break
            ripe = at + horizon < len(DAYS)
            bad = month is not None and at <= month < at + horizon
            rows.append((who, day, pd_, bad if ripe else None))
    return pd.DataFrame(rows, columns=["customer_id", "as_of", "pd", "defaulted"])


def test_a_default_counts_once_in_the_month_it_happened() -> None:
    """Of three customers one defaults in month 5, one in month 20 (in no matured row after month 12), one never."""
    found = followed(lives({"a": 5, "b": 20, "c": None}), 12)
    assert found is not None
    assert len(found.starts) == 24
    # month 5 is seen from cohorts 0..5, all of which hold a; month 20 from cohorts 9..12, all of which hold b
    assert found.seen.nonzero()[0].tolist() == [5, 20]
    assert found.seen[[5, 20]].tolist() == [1.0, 1.0]
    expected, _ = found.expected(np.zeros(24))
    # month 0 (31 of 366 days) is seen from one cohort of three customers at 24 %
    assert expected[0] == pytest.approx(3 * 0.24 * 31 / 366)


def test_a_customer_that_came_back_defaults_where_it_was_gone() -> None:
    """In default in months 4 and 5 (no rows), back from month 6 and sound: the default is in month 3."""
    rows = lives({"a": None, "b": None})
    gone = (rows["customer_id"] == "a") & rows["as_of"].isin(DAYS[4:6])
    rows = rows[~gone]
    before = (rows["customer_id"] == "a") & (rows["as_of"] <= DAYS[3])
    rows.loc[before, "defaulted"] = True
    found = followed(rows, 12)
    assert found is not None
    assert found.seen.nonzero()[0].tolist() == [3]


def test_a_yearly_cohort_has_one_interval_a_year() -> None:
    days = pd.to_datetime(["2022-01-01", "2023-01-01", "2024-01-01"])
    rows = pd.DataFrame(
        [
            (f"{n}", day, 0.1, None if year == 2 else year == 1 and n < 3)
            for n in range(10)
            for year, day in enumerate(days)
        ],
        columns=["customer_id", "as_of", "pd", "defaulted"],
    )
    found = followed(rows, 12)
    assert found is not None
    assert (found.seen.tolist(), found.expected(np.zeros(2))[0].round(9).tolist()) == ([0.0, 3.0], [1.0, 1.0])  # fmt: skip


def test_no_final_outcome_says_nothing() -> None:
    rows = lives({"a": None}).assign(defaulted=None)
    assert followed(rows, 12) is None
    assert outlook(rows, 12, RecalibrateConfig()) is None


def test_one_interval_is_the_textbook_credibility() -> None:
    """Prior variance 0.25, 4 expected defaults at small PDs: the mode solves 7 - 4 e^a = a / 0.25."""
    rows = pd.DataFrame(
        {
            "customer_id": [f"{n}" for n in range(400_000)],
            "as_of": pd.Timestamp("2024-01-01"),
            "pd": 1e-5,
            "defaulted": np.arange(400_000) < 7,
        }
    )
    found = followed(rows, 12)
    assert found is not None
    level = moving_level(found, Prior(0.3, 0.4, 1.0))
    assert 7 - 4 * np.exp(level.path[0]) == pytest.approx(level.path[0] / 0.25, abs=1e-3)
    assert level.covariance[0, 0] == pytest.approx(1 / (4 + 4 * np.exp(level.path[0])), rel=1e-3)
    assert 0 < level.path[0] < np.log(7 / 4)


def test_a_year_ahead_agrees_with_a_simulated_level() -> None:
    """Paths of the process from 0.8 with error 0.2: mean and spread of their next year, after a gap of a quarter."""
    draw, step, k = np.random.default_rng(3), 1 / 240, np.log(2)
    at = 0.8 + 0.2 * draw.standard_normal(20_000)
    total = np.zeros_like(at)
    for number in range(300):
        if number >= 60:
            total += at / 240
        kept = np.exp(-k * step)
        at = kept * at + 0.5 * np.sqrt(1 - kept**2) * draw.standard_normal(len(at))
    offset, error = year_ahead(
        Level(np.array([0.0]), np.array([0.8]), np.array([[0.04]])), Prior(0.0, 0.5, 1.0), 0.25
    )
    assert total.mean() == pytest.approx(offset, abs=4 * error / np.sqrt(20_000) + 0.002)
    assert total.std() == pytest.approx(error, rel=0.02)
    truth = offset + error * draw.standard_normal(20_000)
    nearer = np.abs(truth - offset) < np.abs(truth)
    assert nearer.mean() == pytest.approx(chance_better(offset, error), abs=0.015)


def book(early: float, late: float, turn: int = 12) -> tuple[pd.DataFrame, Evidence]:
    """2,000 customers of PD 6 %; log-odds of the truth are off by `early` up to a month, then by `late`."""
    draw = np.random.default_rng(1)
    odds = np.log(0.06 / 0.94)
    by_month = [1 - (1 - 1 / (1 + np.exp(-(odds + off)))) ** (1 / 12) for off in (early, late)]
    month = {}
    for number in range(2_000):
        fell = draw.random(24) < np.repeat(by_month, [turn, 24 - turn])
        month[f"{number}"] = int(fell.argmax()) if fell.any() else None
    rows = lives(month, 0.06)
    told = rows[rows["defaulted"].notna()]
    log_odds = np.full(len(told), odds)
    evidence = Evidence(log_odds, told["defaulted"].to_numpy(bool), told["customer_id"].to_numpy())
    return rows, evidence


@pytest.mark.parametrize(
    ("early", "late", "turn", "decision", "reason"),
    [
        (0.9, 0.9, 12, "offset", "taken"),
        (1.3, 0.0, 12, "none", "faded"),
        (-0.4, 1.3, 19, "offset", "newest"),
        (0.0, 0.0, 12, "none", "sufficient"),
    ],
)
def test_the_advice_goes_by_the_newest_defaults(
    early: float, late: float, turn: int, decision: str, reason: str
) -> None:
    rows, evidence = book(early, late, turn)
    config = RecalibrateConfig(min_defaults_slope=100_000, min_defaults_shape=100_000)
    year = outlook(rows, 12, config)
    assert year is not None
    found = climb(evidence, config, Ahead(year, np.full(9, np.log(0.06 / 0.94))))
    assert (found.decision, found.steps[0].reason) == (decision, reason)
    if decision == "offset":
        # nearer than no change, and shrunk
        assert 0.2 < found.correction.intercept < late + 0.2
        assert found.correction.intercept == year.offset
    assert year.use_from == DAYS[-1].date()
    assert [one.until for one in year.trend] == [pd.Timestamp("2025-01-01").date(), pd.Timestamp("2026-01-01").date()]  # fmt: skip


def test_a_slope_keeps_the_level_of_the_year_to_come() -> None:
    """The cohorts ask for a slope; the newest book's mean PD moves by the forecast of the level alone."""
    draw = np.random.default_rng(4)
    odds = draw.normal(-2.5, 1, 6_000)
    bad = draw.random(6_000) < 1 / (1 + np.exp(-(-1.5 + 0.5 * (odds + 2.5))))
    rows, _ = book(0.0, 0.0)
    config = RecalibrateConfig()
    year = outlook(rows, 12, config)
    assert year is not None
    found = climb(Evidence(odds, bad, np.arange(6_000)), config, Ahead(year, odds))
    assert found.decision in {"slope", "shape"}
    after = 1 / (1 + np.exp(-found.correction.apply(odds)))
    assert after.mean() == pytest.approx(np.mean(1 / (1 + np.exp(-odds))), abs=1e-9)


def test_the_same_defaults_do_not_move_a_level_twice() -> None:
    """PDs corrected by what 24 months told: the same months would move them on by more than a tenth; without them nothing speaks."""
    rows, _ = book(0.9, 0.9)
    config = RecalibrateConfig()
    first = outlook(rows, 12, config)
    assert first is not None
    assert first.offset > 0.3
    odds = np.log(rows["pd"] / (1 - rows["pd"])) + first.offset
    moved = rows.assign(pd=1 / (1 + np.exp(-odds)))
    twice = outlook(moved, 12, config)
    assert twice is not None
    assert twice.offset > 0.1
    assert outlook(moved, 12, config, Learned(first.until)) is None
    # of what was learned until a day in between, later months alone speak, each as it did
    late = outlook(moved, 12, config, Learned(DAYS[18].date()))
    assert late is not None
    assert late.from_ == DAYS[18].date()
    whole, part = followed(moved, 12), followed(moved, 12)
    assert whole is not None
    assert part is not None
    part = part.after(DAYS[18].date())
    assert part is not None
    assert part.seen.tolist() == whole.seen[18:].tolist()
    assert part.expected(np.zeros(6))[0].tolist() == whole.expected(np.zeros(24))[0][18:].tolist()


def test_outcomes_told_in_two_parts_tell_what_they_told_at_once() -> None:
    """A filter: the first year's outcomes, what they left, then the second year's; or both years in one. The forecast is one."""
    rows, _ = book(0.6, 0.6)
    config = RecalibrateConfig()
    whole = followed(rows, 12)
    assert whole is not None
    late = whole.after(DAYS[12].date())
    early = replace(whole, starts=whole.starts[:12], until=int(whole.starts[12]), seen=whole.seen[:12], share=whole.share[:, :12])  # fmt: skip
    assert late is not None
    wide = Prior(config.level_lasting, config.level_passing, config.level_half_life)
    left = carried(moving_level(early, wide), wide, DAYS[12].date())
    narrow = replace(wide, carried=left)
    start = (DAYS[-1] - pd.Timestamp("1970-01-01")).days / 365.25
    at_once = year_ahead(moving_level(whole, wide), wide, start)
    in_parts = year_ahead(moving_level(late, narrow), narrow, start)
    # the same but for Laplace's approximation: the first year's likelihood is not Gaussian
    assert in_parts == pytest.approx(at_once, abs=0.01)
    anew = year_ahead(moving_level(late, wide), wide, start)
    assert anew[1] > in_parts[1] + 0.005
    assert abs(anew[0] - at_once[0]) > 0.02
    assert outlook(rows, 12, config, Learned(DAYS[12].date(), left)).offset == pytest.approx(in_parts[0], abs=1e-9)  # type: ignore[union-attr]  # fmt: skip


def test_a_corrected_level_is_moved_again_only_as_far_as_it_was_unsure() -> None:
    """PDs corrected by the forecast: the next forecast begins around none, surer than at first."""
    rows, _ = book(0.9, 0.9)
    config = RecalibrateConfig()
    first = outlook(rows, 12, config)
    assert first is not None
    assert first.carried is not None
    left = first.carried.corrected(first.offset)
    prior = Prior(config.level_lasting, config.level_passing, config.level_half_life, left)
    start = (DAYS[-1] - pd.Timestamp("1970-01-01")).days / 365.25
    ahead = start + (np.arange(400) + 0.5) / 400
    assert prior.mean(ahead).mean() == pytest.approx(0.0, abs=1e-4)
    spread = float(np.sqrt(prior.covariance(ahead, ahead).mean()))
    assert spread == pytest.approx(first.error, abs=1e-3)
    wide = Prior(config.level_lasting, config.level_passing, config.level_half_life)
    assert spread < 0.7 * float(np.sqrt(wide.covariance(ahead, ahead).mean()))

"""What outcomes say of the model in use: each check passes, fires, and declines."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from models.measures.backtests import jeffreys
from models.registry.reference import registration_sample
from models.upkeep.findings import TITLES, Finding, worst
from models.upkeep.outcomes import outcome_findings


def scored(n: int = 2000, *, level: float = 0.0, noise: float = 0.0, seed: int = 2) -> pd.DataFrame:
    """One row per customer; `level` moves the outcomes' log-odds, `noise` blurs what the model sees."""
    draw = np.random.default_rng(seed)
    odds = draw.normal(-3, 1.2, n)
    happened = draw.random(n) < 1 / (1 + np.exp(-(odds + level)))
    seen = (odds + 3) * np.sqrt(1 - noise**2) + noise * 1.2 * draw.normal(0, 1, n) - 3
    chance = 1 / (1 + np.exp(-seen))
    grades = (
        np.searchsorted([0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.10, 0.30], chance) + 1
    )
    return pd.DataFrame(
        {
            "customer_id": [f"C{number}" for number in range(n)],
            "as_of": pd.Timestamp("2024-12-31"),
            "pd": chance,
            "score": np.round(600 - 58 * seen),
            "grade": grades,
            "defaulted": happened,
        }
    )


def found_in(now: pd.DataFrame, before: pd.DataFrame | None = None) -> dict[str, Finding]:
    sample = scored(seed=5) if before is None else before
    reference = registration_sample(sample, [], bins=10, horizon_months=12)
    findings, _ = outcome_findings(reference, now, now, 12, 0.05)
    assert [one.code for one in findings] == ["UP-C1", "UP-C2", "UP-P1", "UP-P2"]
    return {one.code: one for one in findings}


def test_a_model_that_is_right_gives_no_finding() -> None:
    assert {one.verdict for one in found_in(scored()).values()} == {"nothing"}


@pytest.mark.parametrize(("level", "word"), [(0.7, "too low"), (-0.9, "too high")])
def test_a_changed_level_asks_for_recalibration_and_not_for_a_new_model(
    level: float, word: str
) -> None:
    found = found_in(scored(level=level))
    assert found["UP-C1"].verdict == "recalibrate"
    assert word in found["UP-C1"].detail_en
    assert found["UP-P1"].verdict == "nothing"


def test_too_low_a_pd_shows_in_the_grades_and_too_high_a_one_does_not() -> None:
    assert found_in(scored(level=0.9))["UP-C2"].verdict == "recalibrate"
    assert found_in(scored(level=-0.9))["UP-C2"].verdict == "nothing"


def test_lost_discrimination_asks_for_a_new_model() -> None:
    found = found_in(scored(noise=0.95))
    assert found["UP-P1"].verdict == "refit"
    assert "recalibration" in found["UP-P1"].detail_en


def test_customers_that_are_all_alike_are_watched() -> None:
    """PDs nearly equal: the estimate needs no outcome to say that they will not be told apart."""
    alike = scored().assign(pd=lambda f: 0.05 + f["pd"] * 0.01)
    assert found_in(alike)["UP-P2"].verdict == "watch"


def test_without_defaults_there_is_no_verdict_and_it_says_so() -> None:
    few = scored(60).assign(defaulted=False, pd=0.01)
    found = found_in(few)
    for code in ("UP-C1", "UP-C2", "UP-P1"):
        assert (found[code].verdict, found[code].value) == ("nothing", None)
        assert "No verdict" in found[code].detail_en
    nothing = found_in(scored().iloc[:0])
    assert nothing["UP-C1"].value is None


def test_no_default_where_many_were_expected_is_a_finding() -> None:
    found = found_in(scored(2000).assign(defaulted=False))
    assert found["UP-C1"].verdict == "recalibrate"
    assert "too high" in found["UP-C1"].detail_en


def test_monthly_rows_of_one_default_count_once() -> None:
    """Twelve month-ends of the same outcomes are no more evidence, neither of the level nor of the grades."""
    once = scored(400, level=0.35, seed=11)
    months = pd.date_range(end="2024-12-31", periods=12, freq="ME")
    twelve = pd.concat([once.assign(as_of=day) for day in months], ignore_index=True)
    many, one = found_in(twelve), found_in(once)
    # the correction for the number of rows, (N - 1) / (N - k), differs in the fourth digit
    assert many["UP-C1"].value == pytest.approx(one["UP-C1"].value, rel=0.01)
    assert 0.01 < one["UP-C1"].value < 0.3
    assert many["UP-C2"].value == pytest.approx(one["UP-C2"].value, abs=1e-12)


def test_jeffreys_lies_between_the_two_exact_binomial_tails() -> None:
    """P(D >= d) and P(D > d) bracket the Jeffreys p-value."""
    for defaults, rows, chance in [(0, 50, 0.02), (5, 100, 0.02), (12, 300, 0.05)]:
        at_least, more = binom.sf(defaults - 1, rows, chance), binom.sf(defaults, rows, chance)
        assert more <= jeffreys(defaults, rows, chance) <= at_least


def test_every_finding_has_a_title_in_two_languages_and_the_worst_verdict_wins() -> None:
    assert all(english and chinese for english, chinese in TITLES.values())
    assert worst(["nothing", "recalibrate", "watch"]) == "recalibrate"
    assert worst([]) == "nothing"

"""What outcomes say of the model in use: each check passes, fires, and declines."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from contracts.documents.monitoring import MonitoringFinding, most
from models.measures.backtests import jeffreys
from models.registry.reference import registration_sample
from models.upkeep.budget import Allowance
from models.upkeep.outcomes import outcome_findings
from models.upkeep.watched import Watched
from reports.locale.catalogue import LANGUAGES, say


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


ALLOWED = Allowance(20.0, 12.0)
"""Of which a check with a share of 3 % has a level of 5 % at one look."""


def seen_in(now: pd.DataFrame, matured: pd.DataFrame, before: pd.DataFrame) -> Watched:
    reference = registration_sample(before, [], bins=10, horizon_months=12, n_grades=10)
    return Watched(reference, [], {}, now, matured, [], 12, 10)


def found_in(now: pd.DataFrame, before: pd.DataFrame | None = None) -> dict[str, MonitoringFinding]:
    sample = scored(seed=5) if before is None else before
    findings, _ = outcome_findings(seen_in(now, now, sample), ALLOWED)
    assert [one.code for one in findings] == ["UP-C1", "UP-C2", "UP-P1", "UP-P2"]
    for (
        one
    ) in findings:  # whatever was found can be said, in both languages, with the figures it carries
        assert all(say(language, one.entry, figures(one)) for language in LANGUAGES)
    return {one.code: one for one in findings}


def test_a_model_that_is_right_gives_no_finding() -> None:
    found = found_in(scored()).values()
    assert {(one.outcome, one.action) for one in found} == {("passed", "nothing")}


@pytest.mark.parametrize(("level", "case"), [(0.7, "too_low"), (-0.9, "too_high")])
def test_a_changed_level_asks_for_recalibration_and_not_for_a_new_model(
    level: float, case: str
) -> None:
    found = found_in(scored(level=level))
    assert (found["UP-C1"].action, found["UP-C1"].case) == ("recalibrate", case)
    rates = figures(found["UP-C1"])
    now = scored(level=level)
    assert rates == {
        "observed": now["defaulted"].mean(),
        "expected": pytest.approx(now["pd"].mean()),
        "customers": now["defaulted"].sum(),
        "first": "2024-12-31",
        "last": "2024-12-31",
    }
    assert found["UP-P1"].action == "nothing"


def test_too_low_a_pd_shows_in_the_grades_and_too_high_a_one_does_not() -> None:
    assert found_in(scored(level=0.9))["UP-C2"].action == "recalibrate"
    assert found_in(scored(level=-0.9))["UP-C2"].action == "nothing"


def test_lost_discrimination_asks_for_a_new_model() -> None:
    found = found_in(scored(noise=0.95))
    assert (found["UP-P1"].outcome, found["UP-P1"].action) == ("failed", "refit")


def test_customers_that_are_all_alike_are_watched() -> None:
    """PDs nearly equal: the estimate needs no outcome to say that they will not be told apart."""
    alike = scored().assign(pd=lambda f: 0.05 + f["pd"] * 0.01)
    assert found_in(alike)["UP-P2"].action == "watch"


def figures(finding: MonitoringFinding) -> dict[str, Any]:
    """What its sentence is made of."""
    return dict(finding.values)


def declined(finding: MonitoringFinding) -> str:
    """Why a check could not be made: it has no value, asks for nothing, and does not count as passed."""
    assert (finding.outcome, finding.value, finding.action) == ("not_applicable", None, "nothing")
    return finding.case


def test_with_too_few_defaults_a_check_declines_and_says_how_many_it_needs() -> None:
    few = scored(60).assign(pd=0.01, defaulted=lambda f: f.index < 4)
    found = found_in(few)
    for code in ("UP-C1", "UP-C2", "UP-P1"):
        assert declined(found[code]) == "too_few"
        assert figures(found[code]) == {"defaults": 4, "needed": 5}


def test_without_matured_outcomes_nothing_is_called_fine() -> None:
    now = scored()
    findings, grades = outcome_findings(seen_in(now, now.iloc[:0], scored(seed=5)), ALLOWED)
    found = {one.code: one for one in findings}
    assert {declined(found[code]) for code in ("UP-C1", "UP-C2", "UP-P1")} == {"no_outcome"}
    assert found["UP-P2"].outcome == "passed"
    assert {row.observed for row in grades} == {None}


def test_discrimination_declines_where_a_random_ranking_would_pass() -> None:
    """Five defaults among 60 customers: a standard error of 0.1 or so below an AUC of 0.6."""
    before = scored(seed=5)
    weak = before.assign(
        pd=before["pd"].sample(frac=1, random_state=0).to_numpy() + before["pd"] / 2
    )
    few = scored(60).assign(defaulted=lambda f: f.index < 5)
    found = found_in(few, weak)["UP-P1"]
    assert declined(found) == "no_power"
    told = figures(found)
    assert (
        told["before"] - 1.645 * told["error"] < 0.5
    )  # the lower bound that any ranking would have to be above


def test_discrimination_declines_without_a_reference_or_a_standard_error() -> None:
    without = scored(60).assign(defaulted=False)
    found = found_in(scored(), without)
    assert declined(found["UP-P1"]) == declined(found["UP-P2"]) == "no_reference"
    perfect = scored(60).assign(defaulted=lambda f: f["pd"].rank(ascending=False) <= 6)
    assert declined(found_in(perfect)["UP-P1"]) == "no_contrast"
    assert declined(found_in(scored().iloc[:0])["UP-P2"]) == "no_customer"


@pytest.mark.parametrize("n_defaults", [0, 1])
def test_the_estimate_declines_where_registration_had_too_few_defaults(n_defaults: int) -> None:
    """With one customer in default the AUC at registration has no error."""
    before = scored(60, seed=5).assign(defaulted=lambda f: f.index < n_defaults)
    found = found_in(scored(), before)["UP-P2"]
    assert declined(found) == "no_reference"
    assert "too few defaults" in say("en", found.entry, figures(found))


def test_no_default_where_many_were_expected_is_a_finding() -> None:
    found = found_in(scored(2000).assign(defaulted=False))
    assert (found["UP-C1"].action, found["UP-C1"].case) == ("recalibrate", "too_high")


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


def test_the_finding_that_asks_for_most_decides() -> None:
    assert most(["nothing", "recalibrate", "watch"]) == "recalibrate"
    assert most(["rebuild", "refit"]) == "rebuild"
    assert most([]) == "nothing"


def test_outcomes_are_not_held_against_pds_that_lack_an_input() -> None:
    now = scored(level=1.0)
    whole = seen_in(now, now, scored(seed=5))
    assert outcome_findings(whole, ALLOWED)[0][0].outcome == "failed"
    found, grades = outcome_findings(replace(whole, absent=["late"]), ALLOWED)
    assert [(one.code, one.outcome, one.case) for one in found] == [(code, "not_applicable", "upkeep.absent") for code in ("UP-C1", "UP-C2", "UP-P1", "UP-P2")]  # fmt: skip
    assert [one.n for one in grades] == [0] * 10
    assert all(say(language, one.entry, figures(one)) for one in found for language in LANGUAGES)

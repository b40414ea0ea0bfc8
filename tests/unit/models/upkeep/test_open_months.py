"""A model that was refitted: before any horizon has passed, its level is corrected by the months since, or it is said why not."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from contracts.config.upkeep import RecalibrateConfig
from models.measures.followed import followed
from models.measures.monthly import Monthly
from models.measures.outlook import forecast, moving_level
from models.measures.prior import Prior
from models.upkeep.budget import Allowance
from models.upkeep.ladder import Climb
from models.upkeep.matured import Matured, matured_of
from models.upkeep.open_months import chosen, monthly, shown
from models.upkeep.recalibration import decide, decided
from models.upkeep.ruling import ruling, said
from models.upkeep.sequence import sequence_findings
from models.upkeep.steady import steadiness
from models.upkeep.watched import Watched, follow

CUSTOMERS = 1500
FIRST, SET = pd.Timestamp("2019-01-01"), pd.Timestamp("2023-01-01")
"""The book begins; the level is set."""
CONFIG = RecalibrateConfig()


@cache
def book(level: float, seed: int = 3) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows and entries: PDs are right until the level is set, and from then on the log of the hazards is off by `level`; who defaults is replaced."""
    draw = np.random.default_rng(seed)
    hazard = 1 / (1 + np.exp(-draw.normal(-6.0, 1.2, CUSTOMERS)))
    ids, frames, entries = np.arange(CUSTOMERS), [], []
    for day in pd.date_range(FIRST, "2024-06-01", freq="MS"):
        frames.append(pd.DataFrame({"customer_id": ids.astype(str), "as_of": day, "pd": 1 - (1 - hazard) ** 12}))  # fmt: skip
        hit = draw.random(CUSTOMERS) < np.minimum(hazard * np.exp(level * (day >= SET)), 1.0)
        entries += [(str(one), day + pd.Timedelta(days=9)) for one in ids[hit]]
        ids = np.where(hit, ids + CUSTOMERS, ids)
    return pd.concat(frames, ignore_index=True), pd.DataFrame(entries, columns=["customer_id", "entered_on"])  # fmt: skip


def known(level: float, months: int, *, seed: int = 3, until: str = str(SET.date())) -> Watched:
    """What is known so many months after the level was set: no outcome of a cohort since then is final."""
    every, told = book(level, seed)
    day = SET + pd.DateOffset(months=months)
    rows, told = every[every["as_of"] <= day], told[told["entered_on"] < day]
    first = rows["customer_id"].map(told.set_index("customer_id")["entered_on"])
    bad = (first < rows["as_of"] + pd.DateOffset(months=12)).fillna(value=False)
    final = rows["as_of"] + pd.DateOffset(months=12) <= day
    rows = rows.assign(defaulted=bad.astype(object).where(final, None), margin=0.0, unseen_pd=rows["pd"])  # fmt: skip
    reference = {"from": "2021-01-01", "until": "2022-01-01", "calibrated_until": until, "levelled_until": until}  # fmt: skip
    return Watched(reference, [], {}, rows[rows["as_of"] == day], rows[final], [], 12, 10, None, rows, told, pd.Timestamp(until))  # fmt: skip


def ruled(seen: Watched, config: RecalibrateConfig = CONFIG) -> tuple[Matured, Climb, str]:
    matured = matured_of(seen, config)
    found, checks = decide(matured, config, {})
    return matured, found, ruling(matured, found, checks, config, {}).case


def test_a_level_that_moved_as_the_model_was_refitted_is_corrected_before_a_horizon_has_passed() -> (
    None
):
    """Hazards twice as high from that day: eight months on, with no final outcome, the level is raised by 0.4 to 0.8 of log 2 = 0.69."""
    matured, found, case = ruled(known(np.log(2.0), 8))
    assert (matured.is_open, case, found.decision) == (True, "offset", "offset")
    assert 0.4 < found.correction.intercept < 0.8
    assert found.outlook is not None
    assert (str(found.outlook.from_), str(found.outlook.until)) == ("2023-01-01", "2023-09-01")
    assert [one.reason for one in found.steps[1:]] == ["too_few", "too_few"]  # the level alone
    cohort = matured.cohort()
    assert (cohort.is_open, cohort.defaults) == (True, int(matured.months.seen.sum()))  # type: ignore[union-attr]
    # each default is one, of one customer, in one month
    hit = matured.rows[matured.rows["defaulted"]]
    assert len(hit) == hit["customer_id"].nunique() == cohort.defaults


@pytest.mark.parametrize("months", [4, 8, 11])
def test_a_level_that_is_right_stays(months: int) -> None:
    for seed in (3, 4, 5):
        _, found, case = ruled(known(0.0, months, seed=seed))
        assert found.decision == "none"
        assert case in {"too_few", "none", "faded", "unproven"}


def test_the_first_defaults_are_too_few_and_are_counted() -> None:
    seen = known(np.log(2.0), 1)
    matured, found, case = ruled(seen)
    assert (matured.is_open, case) == (False, "too_few")
    told = ruling(matured, found, (), CONFIG, {})
    assert seen.entries is not None
    assert told.defaults == int((seen.entries["entered_on"] >= SET).sum()) > 0
    assert f"{told.defaults} defaults are newer" in said(told)


def test_without_days_of_default_or_without_an_input_nothing_is_open() -> None:
    seen = known(np.log(2.0), 8)
    assert ruled(replace(seen, entries=None))[2] == "too_few"
    matured, found, case = ruled(replace(seen, absent=["owed"]))
    assert (matured.months, found.decision, case) == (None, "none", "absent")


def test_likely_enough_to_help_is_not_shown() -> None:
    """The forecast alone would correct; asked for evidence that a quiet book gives once in a thousand years, it waits and says so."""
    seen = known(0.5, 9)
    strict = RecalibrateConfig(false_a_year=0.001)
    matured, found, case = ruled(seen, strict)
    assert found.outlook is not None
    assert (found.outlook.advised, found.decision, case) == (True, "none", "unproven")
    assert found.steps[0].reason == "unproven"
    assert matured.months is not None
    proof = shown(matured.months, strict)
    assert proof.evidence < proof.threshold == pytest.approx(12_000.0)
    assert not replace(proof, side=-1).allows(0.3)  # an alarm to the other side proves nothing


def test_a_timing_that_has_changed_keeps_open_outcomes_out() -> None:
    """Since 2021 everybody defaults within a month or not at all: what elapses of a PD by the month is not what it was."""
    seen = known(np.log(2.0), 8)
    assert seen.every is not None
    rows = seen.every
    late = (rows["as_of"] >= "2020-09-01") & (rows["as_of"] < "2022-01-01") & rows["defaulted"].eq(True)  # fmt: skip
    entries = seen.entries
    assert entries is not None
    day = rows["customer_id"].map(entries.set_index("customer_id")["entered_on"])
    gone = late & (day >= rows["as_of"] + pd.DateOffset(months=1))
    matured, _, case = ruled(replace(seen, every=rows[~gone]))
    assert matured.months is not None
    told = matured.months.steady
    assert (told.holds, matured.is_open, case) == (False, False, "timing")
    assert told.p_value is not None
    assert told.p_value < 0.05
    assert told.early is not None
    assert told.late is not None
    assert told.late > 2 * told.early


def test_the_part_is_that_of_the_rows_and_its_error_that_of_customers() -> None:
    """By hand: 30 customers in six months each default in the last of them: 30 of 180 rows; the ratio is the same for all, so its error is 0."""
    days = np.tile(pd.date_range("2022-01-01", periods=6, freq="MS").to_numpy().astype("datetime64[D]"), 30)  # fmt: skip
    who = np.repeat([f"C{number}" for number in range(30)], 6)
    told = steadiness(days, who, days == days.max())
    assert (told.defaulted, told.share) == (30, pytest.approx(1 / 6))
    assert told.error == pytest.approx(0.0, abs=1e-12)
    assert (told.p_value, told.holds) == (None, False)  # nobody of the earlier half defaults soon


def test_the_halves_of_the_customers_make_the_whole() -> None:
    months = matured_of(known(np.log(2.0), 8), CONFIG).months
    assert months is not None
    teach, judge = (chosen(months, judged=one) for one in (False, True))
    np.testing.assert_array_equal(teach.seen + judge.seen, months.seen)
    np.testing.assert_allclose(teach.expected + judge.expected, months.expected)
    np.testing.assert_allclose(monthly(months).expected(np.zeros(8))[0], months.expected)


def made(**more: Any) -> Monthly:
    """A year of 5 expected defaults a month, 10 seen."""
    days = np.arange(12) * 30 + 19_000
    one = {"starts": days, "until": int(days[-1]) + 30, "seen": np.full(12, 10.0), "month": np.repeat(np.arange(12), 100), "odds": np.full(1200, -0.4), "share": np.full(1200, 0.05 / 0.4013), "dispersion": 1.0, "shared": 0.0}  # fmt: skip
    return Monthly(**{**one, **more})


def test_what_clusters_or_rests_on_few_moves_the_level_less() -> None:
    prior = Prior(0.4, 0.4, 0.5)
    whole, clustered, unsure = (moving_level(made(**one), prior) for one in ({}, {"dispersion": 2.0}, {"shared": 0.5**2}))  # fmt: skip
    assert 0 < clustered.path.mean() < whole.path.mean()
    day = pd.Timestamp(int(made().until), unit="D").date()
    told = [forecast(made(**one), day, 12, CONFIG) for one in ({}, {"dispersion": 2.0}, {"shared": 0.5**2})]  # fmt: skip
    assert told[1].offset < told[0].offset
    assert told[2].offset < 0.75 * told[0].offset  # half of it may be the timing
    assert told[2].error > told[0].error
    # the path is what was measured, the error of the parts included
    assert unsure.path.mean() > whole.path.mean()


def test_final_outcomes_come_first_where_enough_of_them_are_new() -> None:
    """Thirteen months on, the cohorts of the first two months are final; their defaults are newer than the level, and slope may be asked."""
    matured, found, _ = ruled(known(np.log(2.0), 13))
    assert not matured.is_open
    assert found.decision == "offset"
    assert followed(matured.since, 12) is not None


def test_the_page_of_monitoring_has_the_months_and_the_forecast_that_were_ruled_on() -> None:
    """Not those of final outcomes: of a level that was set nine months ago none is final."""
    seen = known(0.5, 9)
    done = decided(seen, CONFIG, {})
    assert done is not None
    matured, found, _ = ruled(seen)
    assert (matured.is_open, done.outlook) == (True, found.outlook)
    months = follow(seen)
    assert months is not None
    _, told = sequence_findings(seen, months, Allowance(0.5, 12.0), done.ruling.shown)
    assert told is not None
    assert told.asked == done.ruling.shown == pytest.approx(240.0)
    proof = shown(months, CONFIG)
    newest = proof.evidence if proof.side else told.months[-1].shown
    assert newest == done.ruling.evidence == proof.evidence
    for one in told.months:
        assert one.high is not None
        if one.shown is not None:
            assert (one.shown >= 240.0) == (one.seen >= one.high or (one.low is not None and one.seen <= one.low))  # fmt: skip


def test_months_are_held_against_the_limit_before_there_are_enough_of_them() -> None:
    done = decided(known(np.log(2.0), 1), CONFIG, {})
    assert done is not None
    assert (done.ruling.case, done.outlook) == ("too_few", None)
    assert done.ruling.shown == pytest.approx(240.0)
    assert done.ruling.evidence is not None


def test_what_is_shown_to_the_other_side_is_no_evidence() -> None:
    """The PDs were shown to be too low, and the forecast says too high: nothing speaks for lowering them."""
    seen = known(np.log(2.0), 9)
    matured, found, _ = ruled(seen)
    assert found.outlook is not None
    assert ruling(matured, found, (), CONFIG, {}).evidence == shown(matured.months, CONFIG).evidence  # type: ignore[arg-type]
    other = replace(found, outlook=found.outlook.model_copy(update={"offset": -0.3}))
    assert ruling(matured, other, (), CONFIG, {}).evidence == 0.0

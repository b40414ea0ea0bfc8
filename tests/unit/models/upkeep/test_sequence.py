"""Defaults as they come: each counted once, beside hazards, and alarms that keep their budget and find what is planted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from contracts.documents.monitoring import MonitoringFinding
from models.upkeep.budget import SHARES, Allowance
from models.upkeep.hazards import Followed, followed
from models.upkeep.look import level_look
from models.upkeep.sequence import sequence_findings
from models.upkeep.watched import Watched
from reports.locale.catalogue import LANGUAGES, say

ALLOWED = Allowance(0.5, 12.0)
FEATURES = [{"name": "trade", "dtype": "category", "direction": 0, "levels": ["a", "b"]}]
START = pd.Timestamp("2022-01-01")
LAST = pd.Timestamp("2024-12-01")


def test_the_shares_spend_the_budget_and_no_more() -> None:
    assert sum(SHARES.values()) == pytest.approx(1.0)


def test_a_default_counts_once_in_the_month_it_happens() -> None:
    """One customer that defaults on 10 March 2022 and one that never does, seen on firsts of months: hand arithmetic."""
    days = pd.date_range("2021-01-01", "2022-06-01", freq="MS")
    bad = days[days <= "2022-03-01"]
    rows = pd.concat(
        [
            pd.DataFrame({"customer_id": "bad", "as_of": bad}),
            pd.DataFrame({"customer_id": "good", "as_of": days}),
        ],
        ignore_index=True,
    ).assign(pd=0.12, unseen_pd=np.nan, defaulted=pd.NA)
    entries = pd.DataFrame({"customer_id": ["bad"], "entered_on": pd.to_datetime(["2022-03-10"])})
    found = followed(rows, entries, START, 12)
    assert found is not None
    assert found.seen.tolist() == [0, 0, 1, 0, 0]
    assert found.customers.tolist() == [2, 2, 2, 1, 1]
    # nothing is known of the timing: a month is about a twelfth of the year
    assert found.expected == pytest.approx(np.array([2, 2, 2, 1, 1]) * 0.12 / 12, rel=0.02)
    assert found.timing.defaulted == 0


def test_the_timing_is_that_of_cohorts_that_had_matured() -> None:
    """Everybody in arrears defaults within a month, everybody else in the twelfth: 30 customers of each kind, year by year."""
    frames, entries = [], []
    for number in range(60):
        soon = number % 2 == 0
        day = pd.Timestamp("2019-01-01") + pd.DateOffset(months=number % 24)
        frames.append(pd.DataFrame({"customer_id": [f"{number}"], "as_of": [day], "pd": 0.9 if soon else 0.01}))  # fmt: skip
        entries.append((f"{number}", day + pd.DateOffset(months=0 if soon else 11, days=3)))
    quiet = pd.DataFrame({"customer_id": "q", "as_of": pd.date_range("2019-01-01", "2022-06-01", freq="MS"), "pd": 0.5})  # fmt: skip
    rows = pd.concat([*frames, quiet], ignore_index=True)
    rows = rows.assign(unseen_pd=rows["pd"], defaulted=rows["customer_id"] != "q")
    told = pd.DataFrame(entries, columns=["customer_id", "entered_on"])
    found = followed(rows, told, START, 12)
    assert found is not None
    early, late = found.timing.of(np.array([0.9, 0.01]))
    assert early > 0.6
    assert late < 0.3
    assert found.timing.defaulted == 60


def book(seed: int, **trouble: float) -> tuple[Watched, Followed]:
    """700 customers that are replaced when they default, true hazards known; trouble begins in the first month watched.

    Args:
        seed: of all draws.
        trouble: `level`, `spread`, `segment`: log of the factor on hazards, of one standard deviation of log-odds, of trade b.
    """
    draw = np.random.default_rng(seed)
    n, months = 700, pd.date_range("2016-01-01", LAST, freq="MS")
    odds = draw.normal(-6.0, 1.2, n)
    trade = draw.choice(["a", "b"], n)
    ids, fresh = np.arange(n), n
    frames, entries = [], []
    for day in months:
        hazard = 1 / (1 + np.exp(-odds))
        frames.append(pd.DataFrame({"customer_id": ids.astype(str), "as_of": day, "pd": 1 - (1 - hazard) ** 12, "trade": trade}))  # fmt: skip
        moved = trouble.get("level", 0.0) + trouble.get("spread", 0.0) * (odds + 6.0) / 1.2 + trouble.get("segment", 0.0) * (trade == "b")  # fmt: skip
        true = np.minimum(hazard * np.exp(moved * (day >= START)), 1.0)
        hit = draw.random(n) < true
        entries += [(str(one), day + pd.Timedelta(days=9)) for one in ids[hit]]
        ids = np.where(hit, fresh + np.arange(n), ids)
        fresh += n
    rows = pd.concat(frames, ignore_index=True)
    told = pd.DataFrame(entries, columns=["customer_id", "entered_on"])
    first = rows["customer_id"].map(told.set_index("customer_id")["entered_on"])
    bad = (first < rows["as_of"] + pd.DateOffset(months=12)).fillna(value=False)
    rows = rows.assign(unseen_pd=rows["pd"], defaulted=bad, margin=0.0)
    seen = Watched({}, FEATURES, {}, rows, rows, [], 12, 10, None, rows, told, START)
    found = followed(rows, told, START, 12)
    assert found is not None
    return seen, found


def findings(seen: Watched, found: Followed | None) -> dict[str, MonitoringFinding]:
    told, _ = sequence_findings(seen, found, ALLOWED)
    for one in told:
        figures: dict[str, Any] = dict(one.values)
        assert all(say(language, one.entry, figures) for language in LANGUAGES)
    return {one.code: one for one in told}


def test_true_pds_give_no_alarm_and_expect_what_happens() -> None:
    seen, found = book(1)
    told = findings(seen, found)
    assert {one.outcome for one in told.values()} == {"passed"}
    assert abs(found.seen.sum() - found.expected.sum()) < 3 * np.sqrt(found.expected.sum())


@pytest.mark.parametrize(
    ("trouble", "code", "case"),
    [
        ({"level": 0.7}, "UP-S1", "too_low"),
        ({"level": -1.2}, "UP-S1", "too_high"),
        ({"spread": -0.9}, "UP-S2", "flat"),
        ({"segment": 1.5}, "UP-S3", "more"),
    ],
)
def test_what_is_planted_is_found_by_its_own_check(
    trouble: dict[str, float], code: str, case: str
) -> None:
    seen, found = book(2, **trouble)
    _, sequence = sequence_findings(seen, found, ALLOWED)
    assert sequence is not None
    told = findings(seen, found)[code]
    assert (told.outcome, told.case) == ("failed", case)
    assert told.since is not None
    # it began when it was planted, give or take what chance adds
    assert pd.Timestamp(str(told.values["first"])) < pd.Timestamp("2024-12-01")  # noqa: PD011 - a finding's
    if code == "UP-S3":
        assert (told.values["level"], told.inputs[0].feature) == ("b", "trade")  # noqa: PD011 - a finding's


def counted(seen: list[int]) -> Followed:
    """A book of 100 customers of whom four are expected to default a month, and so many did."""
    _, like = book(1)
    months, each = len(seen), 100
    days = pd.date_range("2022-01-01", periods=months + 1, freq="MS").to_numpy()
    hit = np.concatenate([np.arange(each) < one for one in seen])
    return replace(
        like,
        days=days,
        month=np.repeat(np.arange(months), each),
        hazard=np.full(months * each, 0.04),
        defaulted=hit,
        clustering=1.0,
    )


def test_an_alarm_that_is_raised_again_is_known_since_the_first_one() -> None:
    """Level times five from the seventh month on: exp(20 ln 1.35 - 4 x 0.35) and more is over 43.6 every month or two, and each alarm starts the count anew."""
    look = level_look(counted([4] * 6 + [20] * 18), ALLOWED.threshold("UP-S1"))
    alarms = look.detected.alarms
    assert len(alarms) > 5
    assert alarms[0] in {6, 7}
    assert (look.at, look.first) == (alarms[-1], alarms[0])
    told = look.finding("too_low", {}, "recalibrate")
    assert str(told.since) == ("2022-08-01" if alarms[0] == 6 else "2022-09-01")
    assert look.began == 6


def test_an_alarm_of_the_other_side_or_a_year_later_is_another_one() -> None:
    threshold = ALLOWED.threshold("UP-S1")
    turned = level_look(counted([4] * 4 + [20] * 4 + [0] * 12), threshold)
    assert turned.side == -1
    assert turned.first is not None
    assert turned.first >= 8
    apart = level_look(counted([20] * 3 + [4] * 14 + [20] * 2), threshold)
    assert apart.detected.alarms[0] <= 2
    assert apart.first is not None
    assert apart.first >= 17


def test_no_default_at_all_asks_first_whether_defaults_are_still_delivered() -> None:
    """From the first month watched on no day of default comes, as where the feed of events has ended; one more default, and it is the level."""
    seen, _ = book(1)
    assert seen.entries is not None
    kept = seen.entries[seen.entries["entered_on"] < START]
    found = followed(seen.every, kept, START, 12)
    told = findings(replace(seen, entries=kept), found)["UP-S1"]
    assert (told.outcome, told.case, told.action, told.values["seen"]) == ("failed", "none_seen", "recalibrate", 0)  # fmt: skip  # noqa: PD011
    later = seen.entries[seen.entries["entered_on"] >= LAST - pd.DateOffset(months=2)].head(1)
    once = pd.concat([kept, later], ignore_index=True)
    told = findings(replace(seen, entries=once), followed(seen.every, once, START, 12))["UP-S1"]
    assert (told.case, told.values["seen"]) == ("too_high", 1)  # noqa: PD011 - a finding's


def test_defaults_are_not_held_against_pds_that_lack_an_input() -> None:
    """A level that is off by 0.7 is found with every input; without one the check says why it does not judge, and asks for nothing."""
    seen, found = book(2, level=0.7)
    assert findings(seen, found)["UP-S1"].outcome == "failed"
    told = findings(replace(seen, absent=["trade"]), found)
    assert {(one.outcome, one.case, one.action) for one in told.values()} == {("not_applicable", "upkeep.absent", "nothing")}  # fmt: skip


def test_nothing_is_called_fine_before_a_month_has_passed() -> None:
    seen, _ = book(3)
    assert {one.case for one in findings(seen, None).values()} == {"no_month"}
    assert {one.case for one in findings(replace(seen, entries=None), None).values()} == {"no_entries"}  # fmt: skip
    assert followed(seen.every, seen.entries, LAST, 12) is None  # type: ignore[arg-type]

"""Tests of level look at every date of the test part, and say of which: the date that happens to be right speaks for none of the others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from contracts.calendar import snapshots
from contracts.config.scale import ScaleConfig
from models.base.data import Part
from models.gates.evidence import Evidence
from models.gates.gates import GATES, configured, judge_gates
from models.measures.backtests import jeffreys
from models.validation.battery import Parts, battery
from models.validation.scored import Scored
from models.validation.view import View, grades_of, view_of, worth
from reports.locale.gates import told
from tests.unit.models.training.test_few import evidence

CUSTOMERS, PD = 1_000, 0.03
DAYS = np.array([f"2024-{month:02d}-01" for month in range(1, 13)], dtype="datetime64[D]")


def view(early: int, late: int) -> View:
    """A thousand customers of PD 3 % on twelve first days of a month. So many default in the first eleven months, and so many in the
    twelve after: the windows of the twelve days overlap, and the last day sees the late ones alone.
    """
    month = np.full(CUSTOMERS, 99)
    month[:early] = np.arange(early) % 11
    month[early : early + late] = 11 + np.arange(late) % 12
    who, at = (one.ravel() for one in np.meshgrid(np.arange(CUSTOMERS), np.arange(12), indexing="ij"))  # fmt: skip
    here = at <= month[who]
    who, at = who[here], at[here]
    chance = np.full(len(who), PD)
    part = Part(
        np.array([f"C{one:04d}" for one in who], dtype=object), DAYS[at], month[who] < at + 12, np.zeros(len(who), dtype=np.bool_),
        pd.DataFrame(index=range(len(who))),
    )  # fmt: skip
    return view_of(Scored(part, np.log(chance / (1 - chance)), chance, chance), ScaleConfig(), 12, 0.95)  # fmt: skip


def one_date(seen: View) -> float:
    """The p-value of the only day whose window overlaps with no other's: the last."""
    part = seen.scored.part
    once = pd.Series(pd.DatetimeIndex(part.as_of)).isin(snapshots(pd.Series(pd.DatetimeIndex(part.as_of)), 12)).to_numpy()  # fmt: skip
    assert set(part.as_of[once]) == {DAYS[-1]}
    return jeffreys(int(part.defaulted[once].sum()), int(once.sum()), PD)


def judged(seen: View) -> dict[str, Any]:
    """What the gates of level say of the whole part."""
    rows = np.ones(len(seen.scored.part), dtype=np.bool_)
    looked_at: Evidence = evidence(whole=worth(seen, rows), grades=grades_of(seen), days=("2024-01-01", "2024-12-01"))  # fmt: skip
    return {one.code: one for one in judge_gates(looked_at, configured({})) if one.code in {"PD-J1", "PD-G1"}}  # fmt: skip


# 30 a year are expected. 90 in the first year and 27 in the second: the last day is right, the eleven before it are not
TURNED, RIGHT = view(90, 27), view(30, 29)


def test_eleven_dates_that_fail_are_not_excused_by_the_twelfth() -> None:
    assert {"PD-J1", "PD-G1"} <= set(GATES)
    assert one_date(TURNED) > 0.3
    found = judged(TURNED)
    assert found["PD-J1"].outcome == "failed"
    assert found["PD-J1"].value < 1e-6
    assert found["PD-G1"].outcome == "failed"
    rows = {row.code: row for row in battery(Parts(TURNED, {"test": TURNED.scored}, ScaleConfig())) if row.model == "lightgbm"}  # fmt: skip
    for code in ("jeffreys_portfolio", "binomial_portfolio"):
        assert (rows[code].outcome, rows[code].n) == ("failed", len(TURNED.scored.part))
        assert rows[code].statistic == TURNED.scored.part.defaulted.sum()
    # the one test that needs independent rows says on how many it looked
    assert rows["hosmer_lemeshow"].n == np.sum(TURNED.scored.part.as_of == DAYS[-1])


def test_the_last_date_alone_condemns_nobody_either() -> None:
    """All dates are right and the last sees more: the tests of level follow them all."""
    late = view(18, 45)
    assert one_date(late) < 0.02
    assert judged(late)["PD-J1"].value > one_date(late) * 2


def test_right_pds_pass_on_all_dates() -> None:
    found = judged(RIGHT)
    assert (found["PD-J1"].outcome, found["PD-G1"].outcome) == ("passed", "passed")


@pytest.mark.parametrize("seen", [TURNED, RIGHT])
def test_the_grade_table_holds_every_date_and_its_gates_say_which(seen: View) -> None:
    table, part = grades_of(seen), seen.scored.part
    assert sum(row["n"] for row in table) == len(part)
    assert sum(row["defaults"] for row in table) == part.defaulted.sum()
    for finding in judged(seen).values():
        assert "2024-01-01 to 2024-12-01" in told("en", finding)
        assert "2024-01-01" in told("zh", finding)
    sure = next(row for row in table if row["n"])
    naive = jeffreys(sure["defaults"], sure["n"], PD)
    # twelve months of one default are one default: the interval is wider than rows taken for independent would make it
    assert sure["jeffreys_p"] > naive or seen is RIGHT

"""Defaults whose day is known: counted by hand, their seasons, pairs, days that are missing, and what a turn of the level within a year tells."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from contracts.config.upkeep import RecalibrateConfig
from models.measures.followed import Followed, followed
from models.measures.movement import outlook_of_history

CONFIG = RecalibrateConfig()
FIRST, YEARS, EACH = 2004, 12, 4_000
PD = 0.1


def loans(months: np.ndarray, *, together: int = 1) -> pd.DataFrame:
    """A yearly book of loans at 10 %: `months` are defaults expected by year and month, shape (years, 12); they come `together`."""
    draw, rows = np.random.default_rng(4), []
    for year, expected in enumerate(months):
        start = pd.Timestamp(FIRST + year, 1, 1)
        counts = draw.poisson(expected / together) * together
        days = [start + pd.DateOffset(months=at, days=10) for at, many in enumerate(counts) for _ in range(many)]  # fmt: skip
        on = pd.to_datetime([*days, *[pd.NaT] * (EACH - len(days))])
        who = [f"{year}-{one}" for one in range(EACH)]
        rows.append(pd.DataFrame({"customer_id": who, "as_of": start, "pd": PD, "defaulted": on.notna(), "defaulted_on": on}))  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def one(rows: pd.DataFrame) -> Followed:
    found = followed(rows, 12)
    assert found is not None
    return found


def test_a_default_is_counted_in_its_month() -> None:
    """Three loans of 2022, of which two default, on 3 March and on 31 December; one of 2023, none of whose outcome is final."""
    rows = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c", "a"],
            "as_of": pd.to_datetime(["2022-01-01"] * 3 + ["2023-01-01"]),
            "pd": 0.24,
            "defaulted": pd.array([True, True, False, None], dtype="boolean"),
            "defaulted_on": pd.to_datetime(["2022-03-03", "2022-12-31", None, None]),
        }
    )
    found = one(rows)
    assert found.seen.tolist() == [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    assert found.until == (pd.Timestamp("2023-01-01") - pd.Timestamp("1970-01-01")).days
    expected, _ = found.expected(np.zeros(12))
    assert expected.sum() == pytest.approx(3 * 0.24)
    # 2 defaults beside 20 even ones: a month with one expects (1 + 20 / 12) of 22
    assert expected[11] == pytest.approx(3 * 0.24 * (1 + 20 / 12) / 22, rel=0.03)
    assert expected[5] == pytest.approx(3 * 0.24 * (20 / 12) / 22, rel=0.03)


def test_seasons_are_no_change_of_level() -> None:
    """Every year four of ten defaults come in the third quarter, and few in the last: month by month as many as expected."""
    season = np.array([2, 2, 2, 2, 2, 2, 4, 4, 4, 1, 1, 1]) / 27.0
    found = one(loans(np.tile(EACH * PD * season, (YEARS, 1))))
    expected, _ = found.expected(np.zeros(len(found.seen)))
    by_month = found.seen.reshape(YEARS, 12).sum(axis=0) / expected.reshape(YEARS, 12).sum(axis=0)
    assert by_month == pytest.approx(np.ones(12), abs=0.12)
    assert found.dispersion < 1.3


def test_defaults_that_come_together_are_less_evidence() -> None:
    even = np.full((YEARS, 12), EACH * PD / 12)
    alone, pairs = (one(loans(even, together=many)) for many in (1, 2))
    assert alone.dispersion < 1.15
    # 144 months of phi 2, shrunk to 1 by 60
    assert pairs.dispersion == pytest.approx(1.7, abs=0.2)
    year = [outlook_of_history(loans(even * np.r_[np.ones(YEARS - 1), 1.5][:, None], together=many), 12, CONFIG) for many in (1, 2)]  # fmt: skip
    assert year[0] is not None
    assert year[1] is not None
    assert year[1].error > year[0].error


def test_a_turn_within_the_newest_year_is_carried_on() -> None:
    """Twice as many default in the last quarter: by the year alone a quarter more did, by the months the level of now is told."""
    months = np.full((YEARS, 12), EACH * PD / 12)
    months[-1, -3:] *= 2.0
    rows = loans(months)
    day = pd.Timestamp(FIRST + YEARS, 1, 1).date()
    by_month = outlook_of_history(rows, 12, CONFIG, day)
    by_year = outlook_of_history(rows.drop(columns="defaulted_on"), 12, CONFIG, day)
    assert by_month is not None
    assert by_year is not None
    assert by_month.offset > by_year.offset + 0.05
    assert by_month.trend[-1].seen == by_year.trend[-1].seen


def test_a_default_without_a_day_counts_and_is_spread() -> None:
    rows = loans(np.full((3, 12), EACH * PD / 12))
    bad = np.flatnonzero(rows["defaulted"])
    vague = rows.copy()
    vague.loc[bad[::2], "defaulted_on"] = pd.NaT
    late = rows.copy()
    late.loc[bad[::2], "defaulted_on"] += pd.DateOffset(years=2)  # of no window
    whole, found, other = one(rows), one(vague), one(late)
    assert found.seen.sum() == pytest.approx(whole.seen.sum())
    assert found.seen.tolist() == other.seen.tolist()
    blind = one(rows.assign(defaulted_on=pd.NaT))
    assert blind.seen.reshape(3, 12).sum(axis=1) == pytest.approx(whole.seen.reshape(3, 12).sum(axis=1))  # fmt: skip


def test_days_of_outcomes_that_are_not_final_are_not_read() -> None:
    """A default that comes after the horizon, or to a customer whose outcome is open, changes nothing."""
    rows = loans(np.full((4, 12), EACH * PD / 12))
    newest = rows["as_of"] == rows["as_of"].max()
    rows = rows.assign(defaulted=rows["defaulted"].astype("boolean").mask(newest))
    future = rows["defaulted_on"].mask(newest | ~rows["defaulted"].fillna(value=False), pd.Timestamp("2031-05-05"))  # fmt: skip
    assert outlook_of_history(rows, 12, CONFIG) == outlook_of_history(rows.assign(defaulted_on=future), 12, CONFIG)  # fmt: skip


def test_months_that_no_horizon_covers_say_nothing() -> None:
    """Every other year is a day of decision: 2005 lies in no horizon."""
    rows = loans(np.full((3, 12), EACH * PD / 12))
    rows = rows[rows["as_of"] != pd.Timestamp(FIRST + 1, 1, 1)]
    found = one(rows)
    expected, slope = found.expected(np.full(36, 0.3))
    assert expected[12:24].tolist() == slope[12:24].tolist() == [0.0] * 12
    year = outlook_of_history(rows, 12, CONFIG)
    assert year is not None
    assert abs(year.offset) < 0.1


def test_monthly_cohorts_keep_their_intervals() -> None:
    """Days of decision a month apart: each default once, in the interval its day lies in."""
    days = pd.date_range("2022-01-01", periods=25, freq="MS")
    hit = pd.Timestamp("2022-08-20")
    rows = pd.DataFrame(
        [
            (who, day, 0.1, bool(who == "a" and day <= hit) if at <= 12 else None, hit if who == "a" and day <= hit else pd.NaT)
            for who in ("a", "b")
            for at, day in enumerate(days)
        ],
        columns=["customer_id", "as_of", "pd", "defaulted", "defaulted_on"],
    )  # fmt: skip
    found = one(rows[~((rows["customer_id"] == "a") & (rows["as_of"] > hit))])
    assert len(found.starts) == 24
    assert found.seen.nonzero()[0].tolist() == [7]
    assert found.seen[7] == 1.0

"""The split by hand: calendars whose parts can be counted on a calendar."""

from __future__ import annotations

import pandas as pd
import pytest
from pydantic import ValidationError

from contracts.config.split import SplitConfig
from contracts.errors import SplitError
from contracts.tables.derived import PARTITION
from contracts.tables.store import conform
from models.base.arrays import hashed_share
from models.sample.split import partition, two_by_two
from tests.models_books import monthly_cohort

EIGHT_YEARS = {
    "first": "2018-01-31",
    "months": 96,
    "horizon": 12,
    "complete_until": "2025-12-31",
}


def spans(rows: pd.DataFrame) -> dict[str, tuple[str, str]]:
    days = rows.groupby("part")["as_of"].agg(["min", "max"])
    return {str(part): (str(lo.date()), str(hi.date())) for part, lo, hi in days.itertuples()}


def test_eight_years_are_counted_back_from_the_last_matured_outcome() -> None:
    rows = partition(monthly_cohort(**EIGHT_YEARS), SplitConfig(held_out_share=0))
    # 2024-12-31 + 12 months = 2025-12-31 is the last final outcome; test is the year before it.
    # calibrate must be final by 2024-01-01: decided on 2022-12-31 at the latest; train by 2022-01-01.
    assert spans(rows) == {
        "train": ("2018-01-31", "2020-12-31"),
        "calibrate": ("2022-01-31", "2022-12-31"),
        "test": ("2024-01-31", "2024-12-31"),
        "gap": ("2021-01-31", "2023-12-31"),
        "recent": ("2025-01-31", "2025-12-31"),
    }
    conform(rows, PARTITION)


def test_two_years_of_a_three_month_horizon_get_shorter_parts() -> None:
    cohort = monthly_cohort("2012-01-31", 24, horizon=3, complete_until="2013-12-31")
    rows = partition(cohort, SplitConfig(held_out_share=0))
    # 21 months are final: 9 train + 3 gap + 3 calibrate + 3 gap (2013-04..06) + 3 test; 4 each would leave train 7 < 8.
    assert spans(rows)["train"] == ("2012-01-31", "2012-09-30")
    assert spans(rows)["calibrate"] == ("2013-01-31", "2013-03-31")
    assert spans(rows)["test"] == ("2013-07-31", "2013-09-30")


@pytest.mark.parametrize("every", [1, 3])
def test_no_outcome_ripens_after_the_next_part_begins(every: int) -> None:
    cohort = monthly_cohort(**EIGHT_YEARS)
    cohort = cohort[cohort["as_of"].dt.month % every == 0]
    rows = partition(cohort, SplitConfig()).merge(cohort, on=["customer_id", "as_of"])
    for part, following in (("train", "calibrate"), ("calibrate", "test")):
        ripe = rows.loc[rows["part"] == part, "matured_on"].max()
        assert ripe <= rows.loc[rows["part"] == following, "as_of"].min()


def test_explicit_dates_are_half_open_and_later_rows_are_gap() -> None:
    split = SplitConfig(
        calibrate_from="2021-01-31",
        test_from="2022-12-31",
        test_until="2023-06-30",
        held_out_share=0,
    )
    rows = partition(monthly_cohort(**EIGHT_YEARS), split)
    assert spans(rows)["test"] == ("2022-12-31", "2023-05-31")  # 30 June is out
    # 2021-12-31 + 12 months = 2022-12-31: final on the day the test part begins, so it is in
    assert spans(rows)["calibrate"] == ("2021-01-31", "2021-12-31")
    assert rows.loc[rows["as_of"] == "2023-06-30", "part"].unique().tolist() == ["gap"]


@pytest.mark.parametrize(
    ("dates", "legal"),
    [
        ({"calibrate_from": "2018-06-30"}, "calibrate_from to 2019-01-31 or later"),
        (
            {"calibrate_from": "2021-01-31", "test_from": "2021-06-30"},
            "test_from to 2022-01-31 or later",
        ),
        ({"test_from": "2025-06-30"}, "test_from to 2024-12-31 or earlier"),
    ],
)
def test_an_impossible_date_is_refused_with_the_legal_one(
    dates: dict[str, str], legal: str
) -> None:
    with pytest.raises(SplitError) as error:
        partition(monthly_cohort(**EIGHT_YEARS), SplitConfig(**dates))
    assert f"Move {legal}" in error.value.next_step


def test_dates_in_the_wrong_order_are_refused_by_the_config() -> None:
    with pytest.raises(ValidationError, match=r"calibrate_from .* must lie before test_from"):
        SplitConfig(calibrate_from="2023-01-31", test_from="2022-01-31")


@pytest.mark.parametrize("key", ["calibrate_from", "test_from"])
def test_the_legal_date_of_the_message_is_accepted(key: str) -> None:
    dates = {"calibrate_from": "2021-01-31", "test_from": "2021-06-30"}
    if key == "calibrate_from":
        dates = {"calibrate_from": "2018-06-30"}
    legal = {"calibrate_from": "2019-01-31", "test_from": "2022-01-31"}[key]
    rows = partition(monthly_cohort(**EIGHT_YEARS), SplitConfig(**dates | {key: legal}))
    assert {"train", "calibrate", "test"} <= set(rows["part"])


def test_a_history_too_short_for_what_is_asked_is_refused_and_offers_the_expert_score() -> None:
    cohort = monthly_cohort("2024-01-31", 18, horizon=12, complete_until="2025-06-30")
    with pytest.raises(SplitError, match="starts before training outcomes are final") as told:
        partition(cohort, SplitConfig(test_months=3))
    assert "expert score" in told.value.next_step


@pytest.mark.parametrize("months", [13, 18])  # one day of decision has matured, or six
def test_with_no_later_days_customers_are_dealt_into_the_parts(months: int) -> None:
    until = str((pd.Timestamp("2024-01-31") + pd.offsets.MonthEnd(months - 1)).date())
    cohort = monthly_cohort("2024-01-31", months, horizon=12, complete_until=until, customers=400)
    rows = partition(cohort, SplitConfig())
    matured = rows[rows["defaulted"].notna()]
    assert matured["as_of"].nunique() == months - 12
    assert matured.groupby("customer_id")["part"].nunique().max() == 1
    shares = matured["part"].value_counts(normalize=True)
    assert shares["train"] == pytest.approx(0.5, abs=0.07)
    assert shares["test"] == pytest.approx(0.3, abs=0.07)
    assert set(matured.loc[matured["is_held_out"], "part"]) == {"test"}
    assert set(rows.loc[rows["defaulted"].isna(), "part"]) == {"recent"}
    table = two_by_two(rows)
    assert table.loc[("new", "in_time"), "n"] == (matured["part"] == "test").sum()
    assert table.loc[[("known", "out_of_time"), ("new", "out_of_time")], "n"].sum() == 0


def test_held_out_customers_leave_train_and_calibrate_but_stay_in_test() -> None:
    rows = partition(monthly_cohort(**EIGHT_YEARS), SplitConfig(held_out_share=0.3))
    out = rows["is_held_out"]
    chosen = {one for one in rows["customer_id"].unique() if hashed_share([one])[0] < 0.3}
    assert set(rows.loc[out, "customer_id"]) == chosen
    assert 0 < len(chosen) < 40
    assert set(rows.loc[out, "part"]) == {"holdout", "gap", "test", "recent"}
    assert set(rows.loc[~out, "part"]) == {"train", "calibrate", "gap", "test", "recent"}


def test_the_two_by_two_table_counts_rows_and_defaults() -> None:
    rows = partition(monthly_cohort(**EIGHT_YEARS), SplitConfig(held_out_share=0.3))
    table = two_by_two(rows)
    new = len(set(rows.loc[rows["is_held_out"], "customer_id"]))
    # 36 + 12 months in time, 12 months out of time, 40 customers
    assert table.loc[("known", "in_time"), "n"] == 48 * (40 - new)
    assert table.loc[("new", "in_time"), "n"] == 48 * new
    assert table.loc[("new", "out_of_time"), "n"] == 12 * new
    used = rows["part"].isin(["train", "calibrate", "holdout", "test"])
    assert table["defaults"].sum() == rows.loc[used, "defaulted"].sum()


def test_nothing_matured_is_refused() -> None:
    cohort = monthly_cohort("2025-01-31", 6, horizon=12, complete_until="2025-06-30")
    with pytest.raises(SplitError, match="No outcome is final yet"):
        partition(cohort, SplitConfig())


@pytest.mark.parametrize("part", ["train", "calibrate", "test"])
def test_a_part_without_defaults_stands_as_it_is(part: str) -> None:
    """`train` says what can be made of it: the expert score where too few defaulted."""
    cohort = monthly_cohort(**EIGHT_YEARS)
    rows = partition(cohort, SplitConfig())
    emptied = rows["part"] == part
    cohort = cohort.assign(defaulted=cohort["defaulted"].mask(emptied, other=False))
    again = partition(cohort, SplitConfig())
    assert again["part"].equals(rows["part"])
    assert not again.loc[emptied, "defaulted"].any()

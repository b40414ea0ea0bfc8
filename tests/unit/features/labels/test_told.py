"""What is told of a cohort without outcomes or defaults: the portfolio's own values, what lies outside, and the way on."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from contracts.calendar import EPOCH
from contracts.config.portfolio import PortfolioConfig
from features.labels.told import not_matured, without_default

PORTFOLIO = PortfolioConfig.model_validate(
    {
        "title": "x",
        "reporting_currency": "EUR",
        "complete_until": "2024-12-31",
        "horizon_months": 12,
        "source": {"kind": "files", "folder": "x", "files": {"a": {"path": "a.csv"}}},
        "default": {"preset": "events_only", "events": ["insolvency"]},
    }
)


def cohort(*days: str, defaulted: object = False) -> pd.DataFrame:
    as_of = pd.to_datetime(list(days))
    rows = {"customer_id": "A", "as_of": as_of, "matured_on": as_of + pd.DateOffset(months=12)}
    return pd.DataFrame(rows).assign(defaulted=pd.Series([defaulted] * len(days), dtype="boolean"))


def test_what_lies_just_outside_is_counted() -> None:
    days = [
        date(2022, 5, 1),
        date(2023, 2, 1),
        date(2024, 3, 1),
        date(2024, 4, 1),
        date(2024, 4, 2),
    ]
    starts = pd.DataFrame({"customer_id": ["B", "C", "D", "E", "E"], "start": [(one - EPOCH).days for one in days]})  # fmt: skip
    told = without_default(cohort("2022-06-01", "2023-03-01"), starts, PORTFOLIO)
    assert "not one of 2 matured observations defaulted (preset events_only: insolvency)" in told
    assert "1 customers before the first day of decision 2022-06-01" in told
    assert "2 after the last horizon ended on 2024-02-29" in told
    assert "1 in between while not observed" in told
    assert "expert score" in told
    assert "materiality" not in told  # which this preset does not read


def test_a_cohort_with_a_default_needs_no_word() -> None:
    nothing = pd.DataFrame({"customer_id": [], "start": []})
    assert without_default(cohort("2022-06-01", defaulted=True), nothing, PORTFOLIO) == ""


@pytest.mark.parametrize(("day", "offered"), [("2024-06-01", "horizon_months to 7"), ("2024-12-15", "an earlier history")])  # fmt: skip
def test_nothing_matured_names_the_portfolio_and_the_horizon_that_would(day: str, offered: str) -> None:  # fmt: skip
    error = not_matured(cohort(day, defaulted=None), PORTFOLIO, "configs/portfolios/firm.yaml")
    assert error.where.startswith("configs/portfolios/firm.yaml")
    assert "complete until 2024-12-31" in error.what
    assert offered in error.next_step
    assert "expert score" in error.next_step
    # the horizon that is offered has ended: 2024-06-01 and seven months is 2025-01-01, the day after the last complete one
    assert (pd.Timestamp("2024-06-01") + pd.DateOffset(months=7)).date() == date(2025, 1, 1)

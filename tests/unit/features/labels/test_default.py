"""The cohort by hand. Default itself is reckoned by hand in `tests/cases`."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.errors import ConfigError, ContractError
from features.labels.cohort import decision_days
from features.labels.default import issue_rates
from tests.features_books import (
    START,
    Tables,
    cohort,
    customer,
    engine,
    event,
    invoice,
    on,
    payment,
    portfolio,
    statement,
)


def ledger(months: int = 24) -> Tables:
    """A bills and pays every month; B stops paying in the 15th month."""
    tables: Tables = {"customers": [customer("A"), customer("B")], "invoices": [], "payments": []}
    for name in ("A", "B"):
        for month in range(months):
            day = month * 30
            tables["invoices"].append(invoice(f"{name}{month:02}", name, day, "1000"))
            if name == "A" or month < 14:
                tables["payments"].append(
                    payment(f"P{name}{month:02}", f"{name}{month:02}", day + 30, "1000")
                )
    return tables


def test_the_cohort_holds_active_customers_in_good_standing() -> None:
    frame = cohort(ledger(), portfolio())
    # first known 2022-01-01 + 12 months, then the first of the month after it
    assert str(frame["as_of"].min().date()) == "2023-02-01"
    assert str(frame["as_of"].max().date()) == "2024-01-01"
    # B's invoice of day 420 is due on 450 and in breach from 541, 2023-06-26
    ours = frame[frame["customer_id"] == "B"].set_index("as_of")["defaulted"]
    assert on(541) == date(2023, 6, 26)
    assert list(ours.index.month) == [2, 3, 4, 5, 6]
    # horizon of 3 months: the first day that reaches 26 June is 1 April (until 1 July)
    assert list(ours) == [False, False, True, True, True]
    a = frame[frame["customer_id"] == "A"].set_index("as_of")
    assert len(a) == 12
    # 1 October matures on 1 January: the last one inside the complete data
    assert a["defaulted"].isna().to_numpy().tolist() == [False] * 9 + [True] * 3
    assert str(a["matured_on"].iloc[0].date()) == "2023-05-01"


def test_early_defaults_stay_unknown_until_the_horizon_has_passed() -> None:
    tables = ledger()
    claimed = (date(2023, 4, 1) - START).days
    tables["events"] = [
        event("E1", "A", "insolvency", (date(2023, 12, 5) - START).days),
        event("E2", "B", "insurer_claim", claimed),
    ]
    frame = cohort(tables, portfolio())
    # a default of the day of decision itself is entered in [as_of, as_of + horizon): B is observed, and defaults
    b = frame[frame["customer_id"] == "B"].set_index("as_of")["defaulted"]
    assert list(b.index.month) == [2, 3, 4]
    assert list(b) == [True, True, True]
    a = frame[frame["customer_id"] == "A"].set_index("as_of")["defaulted"]
    assert bool(a.loc["2023-10-01"])
    assert a.loc["2023-11-01":].isna().all()
    assert date(2024, 1, 1) not in {day.date() for day in a.index}  # in default by then


def test_without_a_ledger_statements_make_a_customer_active() -> None:
    rows = [
        statement("A", date(year, 12, 31), date(year + 1, 3, 31), total_assets=1)
        for year in (2018, 2019, 2021)
    ]
    tables = {
        "customers": [customer("A")],
        "financials": rows,
        "events": [event("E1", "A", "insolvency", 300)],
    }
    config = portfolio(
        horizon_months=12,
        default={"preset": "events_only"},
        cohort={"every": "year", "anchor": "04-01", "activity_months": 12},
    )
    frame = cohort(tables, config)
    # one observation per statement; 2022-10-28 lies within a year of 2022-04-01
    assert [str(day.date()) for day in frame["as_of"]] == ["2019-04-01", "2020-04-01", "2022-04-01"]
    assert list(frame["defaulted"]) == [False, False, True]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (1, [date(2022, 4, 1), date(2022, 7, 1), date(2022, 10, 1)]),
        (31, [date(2022, 3, 31), date(2022, 6, 30), date(2022, 9, 30)]),
    ],
)
def test_days_of_decision_can_be_bounded_and_named(day: int, expected: list[date]) -> None:
    bounds = {"first": date(2022, 3, 31), "last": date(2022, 12, 30)}
    config = portfolio(cohort={"every": "quarter", "day": day} | bounds)
    with engine(ledger(), config) as (con, loaded):
        days = decision_days(con, loaded, config)
    assert days == expected


def test_a_default_of_any_day_lies_in_exactly_one_horizon_a_month() -> None:
    """Write-offs are booked on the 28th to 31st, where horizons from ends of months leave a gap: 28 February + 1 month = 28 March."""
    tables = ledger()
    tables["customers"] = [customer("A"), *(customer(f"D{day}") for day in range(25, 35))]
    tables["invoices"] += [invoice(f"I{day}", f"D{day}", 366, "10") for day in range(25, 35)]
    struck = {day: (date(2023, 3, 1) - START).days + day - 1 for day in range(25, 35)}
    tables["events"] = [
        event(f"E{day}", f"D{day}", "write_off", on_day) for day, on_day in struck.items()
    ]
    config = portfolio(horizon_months=1, default={"preset": "irb_90dpd", "days": 30})
    frame = cohort(tables, config)
    found = frame[frame["customer_id"].str.startswith("D")].groupby("customer_id")["defaulted"]
    assert found.sum().tolist() == [1] * 10  # 25 March to 3 April: once each
    assert frame.loc[frame["defaulted"] == True, "as_of"].dt.day.unique().tolist() == [1]  # noqa: E712 - nullable


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"horizon_months": 60}, "has matured"),
        ({"cohort": {"first": date(2025, 1, 1)}}, "no day of decision"),
        ({"complete_until": date(2022, 6, 30)}, "no day of decision"),
    ],
)
def test_a_portfolio_nothing_can_be_learned_from_is_one_readable_error(
    change: dict[str, Any], says: str
) -> None:
    with pytest.raises(ContractError) as error:
        cohort(ledger(), portfolio(**change))
    assert says in str(error.value)
    assert error.value.next_step


def test_a_book_without_a_default_is_observed_all_the_same() -> None:
    """It gets the expert score."""
    frame = cohort(ledger(), portfolio(default={"preset": "irb_90dpd", "materiality": 1e9}))
    assert frame["defaulted"].notna().any()
    assert not frame["defaulted"].fillna(value=False).any()


def test_a_preset_without_its_tables_is_refused() -> None:
    tables = {"customers": [customer("A")], "financials": [statement("A", on(0), on(9))]}
    config = portfolio(cohort={"every": "year"})
    with pytest.raises(ConfigError, match="irb_90dpd"):
        cohort(tables, config)


def test_nobody_active_is_named() -> None:
    tables = ledger(months=2)
    config = portfolio(cohort={"activity_months": 1}, complete_until=on(0) + timedelta(days=720))
    tables["payments"].append(payment("PX", "B00", 30, "1000"))
    with pytest.raises(ContractError, match="No customer was active"):
        cohort(tables, config)


def test_a_rate_holds_until_the_next_and_the_first_one_before_it() -> None:
    tables: Tables = {"customers": [customer("A")], "invoices": [], "payments": []}
    tables["fx_rates"] = [
        {"currency": "USD", "rate_on": on(day), "rate": Decimal(rate)}
        for day, rate in ((0, "0.8"), (1, "2.0"))
    ]
    first = (START - date(1970, 1, 1)).days
    days = [first - 5, first, first + 1, first + 9]
    with engine(tables, portfolio()) as (con, loaded):
        found = con.to_pyarrow(issue_rates(loaded, "EUR", days, ["USD"])).to_pylist()
    units = {row["asked"] - first: row["units"] for row in found if row["currency"] == "USD"}
    assert units == {-5: 80_000_000, 0: 80_000_000, 1: 200_000_000, 9: 200_000_000}

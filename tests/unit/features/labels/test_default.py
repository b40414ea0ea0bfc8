"""Default and cohort by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.errors import ConfigError, ContractError
from features.labels.cohort import decision_days
from features.labels.default import issue_rates, spells
from tests.features_books import (
    START,
    Tables,
    cohort,
    customer,
    dispute,
    engine,
    event,
    invoice,
    on,
    payment,
    portfolio,
    statement,
)

FOREVER = None


def spans(tables: Tables, **default: Any) -> list[tuple[int, int | None]]:
    """Spells of all customers as days of the test world."""
    config = portfolio(default={"preset": "irb_90dpd"} | default)
    with engine(tables, config) as (con, loaded):
        days = sorted({(row["issued_on"] - date(1970, 1, 1)).days for row in tables["invoices"]})
        rates = issue_rates(loaded, "EUR", days, ["EUR"])
        rows = con.to_pyarrow(
            spells(loaded, config.default, rates, config.settlement).order_by("start")
        ).to_pylist()
    shift = (START - date(1970, 1, 1)).days
    return [
        (row["start"] - shift, None if row["until"] > 1_000_000 else row["until"] - shift)
        for row in rows
    ]


def book(amount: str = "1000", paid: int | None = None) -> Tables:
    """One invoice, due on day 30, perhaps paid."""
    return {
        "customers": [customer("A")],
        "invoices": [invoice("I1", "A", 0, amount)],
        "payments": [payment("P1", "I1", paid, amount, booked=paid + 9)] if paid else [],
    }


def test_more_than_90_days_past_due() -> None:
    # 30 + 91 = 121 is the first day that is more than 90 days past due
    assert spans(book()) == [(121, FOREVER)]
    assert spans(book(paid=121)) == []
    # paid on 122, whenever booked: a breach of one day, cured 90 days later
    assert spans(book(paid=122)) == [(121, 122 + 90)]


def test_days_beyond_terms_counts_from_the_90th_day() -> None:
    assert spans(book(), preset="days_beyond_terms") == [(120, FOREVER)]
    assert spans(book(amount="500"), preset="days_beyond_terms") == []
    assert spans(book(amount="500.01"), preset="days_beyond_terms") == [(120, FOREVER)]


def test_both_materiality_thresholds_must_be_exceeded() -> None:
    assert spans(book(amount="500")) == []
    tables = book(amount="600")
    tables["invoices"].append(invoice("I2", "A", 100, "60000", due_on=600))
    # 600 / 60600 is below 1 %
    assert spans(tables) == [(600 + 91, FOREVER)]


def test_open_credits_are_set_off_first() -> None:
    tables = book()
    tables["invoices"].append(invoice("N1", "A", 125, "600", kind="credit_note"))
    assert spans(tables) == [(121, 125 + 90)]  # 1000 - 600 is not above 500


def test_an_amount_in_dispute_does_not_count() -> None:
    tables = book() | {"disputes": [dispute("Q1", "I1", 100, 150)]}
    assert spans(tables) == [(150, FOREVER)]
    tables["disputes"].append(dispute("Q2", "I1", 140, 200))
    assert spans(tables) == [(200, FOREVER)]
    assert spans(book() | {"disputes": [dispute("Q1", "I1", 140)]}) == [(121, 140 + 90)]


def test_a_payment_plan_sets_a_new_due_date() -> None:
    plan = event("E1", "A", "payment_plan", 100, detail=str(on(200)))
    assert spans(book() | {"events": [plan]}) == [(200 + 91, FOREVER)]
    unclear = event("E1", "A", "payment_plan", 100, detail="monthly instalments")
    assert spans(book() | {"events": [unclear]}) == [(121, FOREVER)]


def test_dollars_late_compares_with_what_fell_due_in_a_year() -> None:
    tables = book(amount="100")
    tables["invoices"].append(invoice("I2", "A", 60, "901"))
    tables["payments"] = [payment("P2", "I2", 90, "901")]
    # 100 / 1001 is below 10 %; when I1 leaves the trailing year it no longer counts
    assert spans(tables, preset="dollars_late") == []
    tables["invoices"][1]["amount"] = Decimal(900)
    tables["payments"][0]["amount"] = Decimal(900)
    assert spans(tables, preset="dollars_late") == [(121, 30 + 365 + 90)]


def test_breaches_within_the_cure_period_are_one_spell() -> None:
    tables = book(paid=122)
    later = 122 + 90
    for start, expected in (
        (later - 1, [(121, later + 90)]),
        (later, [(121, later), (later, later + 91)]),
    ):
        issued = start - 121
        tables["invoices"] = [
            *book()["invoices"],
            invoice("I2", "A", issued, "1000"),
        ]
        tables["payments"] = [
            payment("P1", "I1", 122, "1000"),
            payment("P2", "I2", start + 1, "1000"),
        ]
        assert spans(tables) == expected


def test_events_open_a_spell_on_the_day_they_happen() -> None:
    tables = book(paid=40) | {"events": [event("E1", "A", "insolvency", 70, known=75)]}
    assert spans(tables) == [(70, FOREVER)]
    tables["events"] = [event("E1", "A", "insurer_claim", 70), event("E2", "A", "legal_action", 71)]
    assert spans(tables) == [(70, 71 + 90)]
    assert spans(tables, preset="events_only", events=["legal_action"]) == [(71, 72 + 90)]


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
    # first known 2022-01-01 + 12 months, then the first month-end after it
    assert str(frame["as_of"].min().date()) == "2023-01-31"
    assert str(frame["as_of"].max().date()) == "2023-12-31"
    # B's invoice of day 420 is due on 450 and in breach from 541, 2023-06-26
    ours = frame[frame["customer_id"] == "B"].set_index("as_of")["defaulted"]
    assert on(541) == date(2023, 6, 26)
    assert list(ours.index.month) == [1, 2, 3, 4, 5]
    # horizon of 3 months: the first day that reaches 26 June is 31 March (until 30 June)
    assert list(ours) == [False, False, True, True, True]
    a = frame[frame["customer_id"] == "A"].set_index("as_of")
    assert len(a) == 12
    # 30 September matures on 30 December: the last one inside the complete data
    assert a["defaulted"].isna().to_numpy().tolist() == [False] * 9 + [True] * 3
    assert str(a["matured_on"].iloc[0].date()) == "2023-04-30"


def test_early_defaults_stay_unknown_until_the_horizon_has_passed() -> None:
    tables = ledger()
    tables["events"] = [event("E1", "A", "insolvency", (date(2023, 12, 5) - START).days)]
    frame = cohort(tables, portfolio())
    a = frame[frame["customer_id"] == "A"].set_index("as_of")["defaulted"]
    assert bool(a.loc["2023-09-30"])
    assert a.loc["2023-10-31":].isna().all()
    assert date(2023, 12, 31) not in {day.date() for day in a.index}  # in default by then


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


def test_days_of_decision_can_be_bounded() -> None:
    config = portfolio(
        cohort={"every": "quarter", "first": date(2022, 3, 31), "last": date(2022, 12, 30)}
    )
    with engine(ledger(), config) as (con, loaded):
        days = decision_days(con, loaded, config)
    assert days == [date(2022, 3, 31), date(2022, 6, 30), date(2022, 9, 30)]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"default": {"preset": "irb_90dpd", "materiality": 1e9}}, "preset irb_90dpd"),
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


def test_conversion_uses_the_rate_of_the_issue_day() -> None:
    tables = book(amount="600")
    tables["invoices"][0]["currency"] = "USD"
    tables["fx_rates"] = [
        {"currency": "USD", "rate_on": on(day), "rate": Decimal(rate)}
        for day, rate in ((-5, "0.9"), (0, "0.8"), (1, "2.0"))
    ]
    config = portfolio()
    with engine(tables, config) as (con, loaded):
        rates = issue_rates(loaded, "EUR", [(START - date(1970, 1, 1)).days], ["USD"])
        found = con.to_pyarrow(rates).to_pylist()
        rows = con.to_pyarrow(spells(loaded, config.default, rates, config.settlement)).num_rows
    assert {row["currency"]: row["units"] for row in found}["USD"] == 80_000_000
    assert rows == 0  # 600 USD are 480 EUR, not above 500

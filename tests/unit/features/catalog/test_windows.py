"""Ledger features by hand, one customer, arithmetic shown."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from contracts.config.features import FeaturesConfig
from contracts.errors import ContractError
from tests.features_books import (
    Row,
    Tables,
    customer,
    dispute,
    event,
    invoice,
    matrix,
    on,
    only,
    payment,
    portfolio,
    terms,
)

LEDGER = FeaturesConfig(families=("payments", "ageing", "earlier", "billing"))


def book(*more: str) -> Tables:
    """Customer A, and B without a row; `more` are customers with the rows of A under names of their own."""
    tables: Tables = {"customers": [customer("A"), customer("B"), *map(customer, more)]}
    tables["invoices"] = [
        row | {"customer_id": whose, "invoice_id": numbered(whose, row["invoice_id"])}
        for whose in ("A", *more)
        for row in INVOICES
    ]
    tables["payments"] = [
        row | {key: numbered(whose, row[key]) for key in ("invoice_id", "payment_id")}
        for whose in ("A", *more)
        for row in PAYMENTS
    ]
    return tables


def numbered(whose: str, number: str) -> str:
    return number if whose == "A" else f"{whose}{number}"


INVOICES = [
    invoice("I1", "A", 0, "100"),  # due on 30
    invoice("I2", "A", 10, "200"),  # due on 40
    invoice("I3", "A", 20, "300"),  # due on 50, never paid
    invoice("N1", "A", 25, "50", kind="credit_note"),
]
PAYMENTS = [
    payment("P1", "I1", 40, "100", booked=41),  # 10 days late
    payment("P2", "I2", 40, "80"),  # on time, partial
    payment("P3", "I2", 70, "120"),  # 30 days late
]


Rows = dict[tuple[str, int], Row]
DAYS = (0, 41, 42, 80, 100, 112, 131, 132, 160, 161)


@pytest.fixture(scope="module")
def known() -> Rows:
    """The features of the book by customer and day of the test world, built once."""
    tables = book("C", "D")
    tables["invoices"].append(invoice("N2", "C", 60, "250", kind="credit_note"))
    tables["payments"].append(payment("P4", "DI1", 50, "40"))
    asked = [(name, on(day)) for name in "ABCD" for day in DAYS]
    rows = matrix(tables, asked, choice=LEDGER).to_pylist()
    days = [(name, day) for name in "ABCD" for day in DAYS]
    return dict(zip(days, rows, strict=True))


def test_days_late_are_weighted_by_amount(known: Rows) -> None:
    row = known["A", 80]
    # (100 x 10 + 80 x 0 + 120 x 30) / 300 = 4600 / 300
    assert row["payments_days_late_mean_90d"] == pytest.approx(4600 / 300)
    # late 100 + 120 of 300; 2 of 3 payments; one left a part open
    assert row["payments_late_share_90d"] == pytest.approx(220 / 300)
    assert row["payments_late_number_share_90d"] == pytest.approx(2 / 3)
    assert row["payments_partial_share_90d"] == pytest.approx(1 / 3)
    assert row["payments_days_late_max_90d"] == 30
    # spread of 10, 0, 30: mean 13.33, squares 11.1 + 177.8 + 277.8, / 2 = 233.3
    assert row["payments_days_late_std_90d"] == pytest.approx((700 / 3) ** 0.5)
    assert row["payments_on_time_streak"] == 0


def test_a_booking_on_the_day_of_decision_is_not_known(known: Rows) -> None:
    before, after = known["A", 41], known["A", 42]
    # P1 is paid on 40 and booked on 41: usable from 42
    assert before["balance_amount"] == 600 - 80 - 50
    assert after["balance_amount"] == 600 - 80 - 100 - 50
    assert before["payments_late_share_90d"] == 0
    assert after["payments_late_share_90d"] == pytest.approx(100 / 180)


def test_a_window_is_left_on_its_last_day(known: Rows) -> None:
    row = {day: known["A", day] for day in (131, 132, 160, 161)}
    # P1 became known on 41: in [as_of - 90, as_of) up to as_of 131; P3 on 70: up to 160
    assert row[131]["payments_days_late_mean_90d"] == pytest.approx((1000 + 3600) / 220)
    assert row[132]["payments_days_late_mean_90d"] == 30
    assert row[160]["payments_days_late_max_90d"] == 30
    assert row[161]["payments_days_late_max_90d"] is None
    assert row[161]["payments_days_late_mean_90d"] is None


def test_open_credits_are_set_off_against_the_oldest_item(known: Rows) -> None:
    row = known["A", 112]
    # I3 is 62 days past due: 300 less the credit note of 50
    assert row["ageing_overdue_amount"] == 250
    assert row["balance_amount"] == 250
    assert row["ageing_61_to_90d_share"] == 1
    assert row["ageing_oldest_days"] == 62
    assert row["ageing_overdue_items_count"] == 1


def test_an_item_covered_by_credits_is_not_overdue(known: Rows) -> None:
    row = known["C", 112]  # a credit note of 250 more
    assert row["ageing_overdue_amount"] == 0
    assert row["ageing_oldest_days"] == 0
    assert row["ageing_overdue_share"] is None  # no open balance to take a share of


def test_a_day_before_any_booking_and_a_customer_without_rows(known: Rows) -> None:
    for row in (known["A", 0], known["B", 80]):
        assert row["balance_amount"] == 0
        assert row["billing_amount_sum_365d"] == 0
        assert row["payments_days_late_mean_365d"] is None
        assert row["billing_months_since_last"] is None


def test_billing_counts_by_the_day_it_was_booked(known: Rows) -> None:
    row = known["A", 100]
    # window [10, 100): I2 and I3; I1 was booked on 0
    assert row["billing_amount_sum_90d"] == 500
    assert row["billing_invoices_count_90d"] == 2
    assert row["billing_credit_notes_share_90d"] == pytest.approx(50 / 500)
    # sales net of the credit note
    assert row["balance_days_sales_outstanding_90d"] == pytest.approx(250 * 90 / (500 - 50))


def test_payments_above_the_invoice_become_credit(known: Rows) -> None:
    row = known["D", 80]  # another 40 are paid on I1
    assert row["balance_amount"] == 600 - 340 - 50
    assert row["ageing_overdue_amount"] == 300 - 50 - 40
    # I1 and I2 are settled once each, both late, I2 not more than 30 days
    assert row["payments_invoices_late_share_90d"] == 1
    assert row["payments_invoices_late_over_30d_share_90d"] == 0


def test_a_dispute_lasts_until_its_end_is_known() -> None:
    tables = book() | {"disputes": [dispute("Q1", "I3", 60, 90), dispute("Q2", "I3", 80, 85)]}
    choice = FeaturesConfig(families=("disputes",))
    days = (60, 61, 90, 91)
    rows = matrix(tables, [("A", on(day)) for day in days], choice=choice).to_pylist()
    share = {day: row["disputes_open_share"] for day, row in zip(days, rows, strict=True)}
    # I3 of 300 against the balance: 600 - 180 - 50 = 370; after P3 250, all of it I3, of which the credit note took 50
    assert share == {60: 0, 61: pytest.approx(300 / 370), 90: 1, 91: 0}


def test_money_is_converted_at_the_rate_of_the_day_before() -> None:
    tables = book()
    choice = FeaturesConfig(families=("billing",))
    tables["invoices"].append(invoice("I9", "B", 0, "100", currency="USD"))
    tables["fx_rates"] = [
        {"currency": "USD", "rate_on": on(day), "rate": Decimal(rate)}
        for day, rate in ((0, "0.5"), (49, "0.8"), (50, "0.9"))
    ]
    rows = matrix(tables, [("B", on(50)), ("B", on(51))], choice=choice).to_pylist()
    assert [row["balance_amount"] for row in rows] == [80, 90]


def test_a_currency_without_a_rate_is_named() -> None:
    tables = book()
    tables["invoices"].append(invoice("I9", "B", 0, "100", currency="USD"))
    with pytest.raises(ContractError, match="USD"):
        only(tables, "B", on(50), choice=LEDGER)


def test_limits_use_terms_in_force_and_count_breaches() -> None:
    tables = book() | {
        "credit_terms": [terms("A", 0, "250"), terms("A", 45, "500"), terms("A", 75, "200")]
    }
    choice = FeaturesConfig(families=("limits",))
    before, row = matrix(tables, [("A", on(75)), ("A", on(76))], choice=choice).to_pylist()
    # balance 250 (600 - 300 - 50) of 200; it rose above the limit on day 10 (300). The cut of day 75 is no rise
    assert row["limits_used_share"] == pytest.approx(250 / 200)
    assert row["limits_breaches_count_365d"] == 1
    assert row["limits_cuts_count_365d"] == 1
    assert before["limits_limit_amount"] == 500


def test_events_count_from_the_day_they_are_known() -> None:
    tables = book() | {
        "events": [
            event("E1", "A", "legal_action", 50, known=60),
            event("E2", "A", "external_rating", 55, detail="BB+"),
            event("E3", "A", "payment_plan", 60, detail=str(on(80))),
        ]
    }
    choice = FeaturesConfig(families=("events",))
    early, late = matrix(tables, [("A", on(60)), ("A", on(81))], choice=choice).to_pylist()
    assert (early["events_adverse_count_365d"], late["events_adverse_count_365d"]) == (0, 1)
    assert (early["events_adverse_days_since"], late["events_adverse_days_since"]) == (None, 21)
    assert early["events_external_rating"] == 5  # AAA AA A BBB BB
    # I3 was due on 50, before the plan of 60, and is still open when it ends on 80
    assert early["events_payment_plans_broken_count_1095d"] == 0
    assert late["events_payment_plans_broken_count_1095d"] == 1


def test_other_days_of_decision_do_not_matter(known: Rows) -> None:
    alone = only(book(), "A", on(80), choice=FeaturesConfig(families=("ageing",)))
    assert alone == {name: known["A", 80][name] for name in alone}
    assert known["A", 80]["as_of"] == date(2022, 3, 22)


def test_windows_follow_the_config() -> None:
    row = only(
        book(),
        "A",
        on(80),
        choice=FeaturesConfig(families=("payments", "earlier"), windows_days=(7, 45)),
    )
    # window [35, 80): all three payments; [73, 80): none
    assert row["payments_days_late_mean_45d"] == pytest.approx(4600 / 300)
    assert row["payments_days_late_mean_7d"] is None
    assert "payments_days_late_mean_90d" not in row
    assert row["payments_days_late_trend"] == 0


def test_portfolio_in_another_currency_needs_a_rate_for_the_customer() -> None:
    config = portfolio(reporting_currency="USD")
    with pytest.raises(ContractError, match="EUR"):
        only(book(), "A", on(80), config=config, choice=LEDGER)

"""Everyday bookings by hand: what they do to the open balance, to ageing, to payment features and to default."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from contracts.config.features import FeaturesConfig
from contracts.config.settlement import SettlementConfig
from features.labels.default import issue_rates, spells
from tests.features_books import (
    START,
    Tables,
    customer,
    dispute,
    engine,
    event,
    invoice,
    matrix,
    on,
    payment,
    portfolio,
    terms,
)

PAYMENTS = ("days_late_mean_90d", "days_late_with_open_mean_90d", "late_share_90d", "early_share_90d", "invoices_late_share_90d", "partial_share_90d", "deducted_share_90d", "discounts_taken_share_90d", "on_time_streak", "returned_count_90d", "returned_count_365d")  # fmt: skip
AGEING = ("overdue_amount", "oldest_days", "overdue_items_count", "1_to_30d_share")
NAMES = ("balance_amount", *(f"payments_{name}" for name in PAYMENTS), *(f"ageing_{name}" for name in AGEING))  # fmt: skip
OWED = ("balance_amount",)
SHIFT = (START - date(1970, 1, 1)).days


def book(*payments: dict[str, Any], invoices: list[dict[str, Any]] | None = None) -> Tables:
    """One customer, one invoice of 1,000 issued on day 0 and due on day 30 unless given, and these payments."""
    return {
        "customers": [customer("A")],
        "invoices": [invoice("I1", "A", 0, "1000")] if invoices is None else invoices,
        "payments": list(payments),
        "events": [event("E1", "A", "legal_action", 2)],
    }


def seen(
    tables: Tables, *days: int, names: tuple[str, ...] = NAMES, **settlement: Any
) -> list[dict[str, Any]]:
    """The features of the customer on those days."""
    choice = FeaturesConfig(names=names, windows_days=(90, 365))
    config = portfolio(settlement=settlement)
    asked = [("A", on(day)) for day in days]
    return matrix(tables, asked, config=config, choice=choice).to_pylist()


def owed(tables: Tables, *days: int, **settlement: Any) -> list[float]:
    """The open balance of the customer on those days."""
    return [row["balance_amount"] for row in seen(tables, *days, names=OWED, **settlement)]


def spans(tables: Tables, **settlement: Any) -> list[tuple[int, int | None]]:
    """Spells in default as days of the test world, None where they do not end."""
    config = portfolio(settlement=settlement)
    with engine(tables, config) as (con, loaded):
        rates = issue_rates(loaded, "EUR", list(range(SHIFT - 100, SHIFT + 900)), ["EUR"])
        found = spells(loaded, config.default, rates, config.settlement)
        rows = con.to_pyarrow(found.order_by("start")).to_pylist()
    return [
        (row["start"] - SHIFT, None if row["until"] > 1_000_000 else row["until"] - SHIFT)
        for row in rows
    ]


def test_paid_in_advance_settles_on_the_day_of_issue() -> None:
    # invoice of 10 March (day 68), paid on 8 March (day 66), both booked when they happened
    tables = book(payment("P1", "I1", 66, "1000"), invoices=[invoice("I1", "A", 68, "1000")])
    (row,) = seen(tables, 69)
    assert (row["balance_amount"], row["ageing_overdue_amount"]) == (0.0, 0.0)
    assert (row["payments_days_late_mean_90d"], row["payments_early_share_90d"]) == (0.0, 1.0)
    # on the day of issue itself nothing is known of either
    assert owed(tables, 68) == [0.0]
    assert spans(tables) == []
    # due at once, it is on time and not early: it settles on the day of issue, not two days before
    tables["invoices"][0]["due_on"] = on(68)
    assert seen(tables, 69)[0]["payments_early_share_90d"] == 0.0


def test_a_value_date_after_the_booking_day_is_known_on_the_later_of_both() -> None:
    tables = book(payment("P1", "I1", 12, "1000", booked=11))
    assert owed(tables, 12, 13) == [1000.0, 0.0]
    assert spans(tables) == []


def test_a_returned_payment_opens_its_invoice_again_with_the_age_of_the_invoice() -> None:
    tables = book(payment("P1", "I1", 20, "1000"), payment("R1", "I1", 50, "1000", kind="reversal"))
    before, after, *later = seen(tables, 50, 51, 140, 141)
    assert (before["balance_amount"], after["balance_amount"]) == (0.0, 1000.0)
    # due on day 30, so 21 days past due on day 51
    assert (before["ageing_oldest_days"], after["ageing_oldest_days"]) == (0.0, 21.0)
    assert (after["ageing_overdue_items_count"], after["ageing_1_to_30d_share"]) == (1.0, 1.0)
    assert [one["payments_returned_count_90d"] for one in (before, after)] == [0.0, 1.0]
    assert [one["payments_on_time_streak"] for one in (before, after)] == [1.0, 0.0]
    # 50 + 90 is the last day the return is within 90 days of
    assert [one["payments_returned_count_90d"] for one in later] == [1.0, 0.0]
    # more than 90 days past due from 30 + 91
    assert spans(tables) == [(121, None)]
    # returned when it is older than that: in default from the day of the return
    late = book(payment("P1", "I1", 20, "1000"), payment("R1", "I1", 200, "1000", kind="reversal"))
    assert spans(late) == [(200, None)]
    late["payments"].append(payment("P2", "I1", 210, "1000"))
    assert spans(late) == [(200, 210 + 90)]
    assert owed(late, 215) == [0.0]


def test_a_return_gives_back_no_more_than_was_paid() -> None:
    # the bank's charge of 5 is no part of the invoice
    tables = book(payment("P1", "I1", 20, "1000"), payment("R1", "I1", 50, "1005", kind="reversal"))
    assert owed(tables, 51) == [1000.0]


@pytest.mark.parametrize(
    ("paid", "left"),
    [
        ("999.99", 0.0),  # a cent
        ("995.00", 0.0),  # 0.5 % of 1,000 is 5.00
        ("994.99", 5.01),  # a cent more
        ("987.50", 12.50),  # a bank fee beyond the tolerance
        ("970.00", 30.00),  # a discount nobody agreed
    ],
)
def test_what_is_left_counts_only_beyond_the_tolerance(paid: str, left: float) -> None:
    tables = book(payment("P1", "I1", 9, paid))
    now, row = seen(tables, 10, 650)
    assert (row["balance_amount"], row["ageing_overdue_amount"]) == (left, left)
    # 650 - 30 days past due, or nothing
    assert row["ageing_oldest_days"] == (620.0 if left else 0.0)
    assert row["ageing_overdue_items_count"] == (1.0 if left else 0.0)
    assert (
        now["payments_partial_share_90d"] == now["payments_deducted_share_90d"] == float(left > 0)
    )
    assert now["payments_discounts_taken_share_90d"] == 0.0


def test_of_a_small_invoice_the_amount_of_the_tolerance_counts() -> None:
    # 0.5 % of 100 is 0.50, but 1.00 is tolerated of any invoice
    tables = book(payment("P1", "I1", 9, "99.00"), invoices=[invoice("I1", "A", 0, "100")])
    assert owed(tables, 10) == [0.0]
    assert owed(tables, 10, amount="0.99") == [1.0]
    assert owed(tables, 10, amount=0, share=0.01) == [0.0]
    # of nothing is more than nothing
    assert owed(book(invoices=[invoice("I1", "A", 0, "1.00")]), 99) == [0.0]


def test_twenty_remainders_of_a_cent_are_no_overdue_items() -> None:
    invoices = [invoice(f"I{n}", "A", n, "1000") for n in range(20)]
    payments = [payment(f"P{n}", f"I{n}", n + 9, "999.99") for n in range(20)]
    (row,) = seen(book(*payments, invoices=invoices), 700)
    names = ("overdue_items_count", "oldest_days", "overdue_amount")
    assert [row[f"ageing_{name}"] for name in names] == [0.0, 0.0, 0.0]


def test_an_agreed_discount_taken_in_time_settles() -> None:
    agreed = {"discount_days": 14, "discount_rate": 0.03}
    tables = book(payment("P1", "I1", 14, "970"))
    (row,) = seen(tables, 15, **agreed)
    assert (row["balance_amount"], row["payments_deducted_share_90d"]) == (0.0, 0.0)
    # 30 of 970 + 30
    assert row["payments_discounts_taken_share_90d"] == 0.03
    assert row["payments_invoices_late_share_90d"] == 0.0
    # a day too late it is a deduction that was not agreed
    tables["payments"][0]["paid_on"] = tables["payments"][0]["booked_at"] = on(15)
    assert owed(tables, 16, **agreed) == [30.0]
    # a fee on top of the discount is within the tolerance: 1000 - 30 - 5
    both = book(payment("P1", "I1", 14, "965"), payment("X", "I1", 400, "1"))
    assert owed(both, 15, 500, **agreed) == [0.0, 0.0]
    short = book(payment("P1", "I1", 14, "964.99"))
    assert owed(short, 15, **agreed) == [35.01]
    # many of them never make a default
    invoices = [invoice(f"I{n}", "A", 5 * n, "1000") for n in range(40)]
    payments = [payment(f"P{n}", f"I{n}", 5 * n + 9, "970") for n in range(40)]
    many = book(*payments, invoices=invoices)
    assert spans(many, **agreed) == []
    assert spans(many) != []  # 17 x 30 is more than 500


def test_the_terms_of_the_day_of_issue_say_which_discount() -> None:
    tables = book(payment("P1", "I1", 9, "980"), payment("P2", "I2", 109, "980"))
    tables["invoices"].append(invoice("I2", "A", 100, "1000"))
    discount = {"discount_days": 10, "discount_rate": Decimal("0.02")}
    tables["credit_terms"] = [terms("A", -9, None) | discount, terms("A", 100, None) | {"discount_rate": Decimal(0)}]  # fmt: skip
    # from day 100 none is agreed, whatever the portfolio says of others
    assert owed(tables, 120, discount_days=10, discount_rate=0.02) == [20.0]
    tables["credit_terms"].pop()
    assert owed(tables, 120) == [0.0]
    # a customer of whom the terms say nothing has the portfolio's
    tables["credit_terms"] = [terms("A", -9, None)]
    assert owed(tables, 120) == [40.0]
    assert owed(tables, 120, discount_days=10, discount_rate=0.02) == [0.0]


def test_a_return_takes_the_discount_back_as_well() -> None:
    agreed = {"discount_days": 14, "discount_rate": 0.03}
    tables = book(
        payment("P1", "I1", 9, "970"),
        payment("R1", "I1", 12, "970", kind="reversal"),
        payment("P2", "I1", 60, "970"),
    )
    # the second time it is paid after the 14 days
    assert owed(tables, 10, 13, 61, **agreed) == [0.0, 1000.0, 30.0]


def test_discounts_and_fees_that_are_booked_settle_without_money() -> None:
    tables = book(
        payment("P1", "I1", 9, "950"),
        payment("D1", "I1", 60, "30", kind="discount"),
        payment("F1", "I1", 60, "20", kind="fee"),
    )
    before, after = seen(tables, 60, 61)
    assert (before["balance_amount"], after["balance_amount"]) == (50.0, 0.0)
    # settled by the money of day 9, whenever the rest was written off; only 950 were paid
    assert after["payments_invoices_late_share_90d"] == 0.0
    assert after["payments_late_share_90d"] == 0.0
    assert after["payments_discounts_taken_share_90d"] == pytest.approx(30 / 980)


def test_one_payment_of_several_invoices_is_a_row_for_each() -> None:
    invoices = [invoice(f"I{n}", "A", 0, str(100 * n)) for n in (1, 2, 3)]
    payments = [payment("P1", f"I{n}", 20, str(100 * n)) for n in (1, 2, 3)]
    (row,) = seen(book(*payments, invoices=invoices), 40)
    assert (row["balance_amount"], row["ageing_overdue_items_count"]) == (0.0, 0.0)


def test_money_on_account_reduces_the_oldest_due_items_first() -> None:
    invoices = [invoice("I1", "A", 0, "1000"), invoice("I2", "A", 40, "400")]  # due on 30 and 70
    tables = book(payment("P1", None, 20, "1000", customer_id="A"), invoices=invoices)
    assert owed(tables, 21) == [0.0]
    (row,) = seen(tables, 200)
    # what is left is I2, 130 days past due; I1 has no age
    assert (row["balance_amount"], row["ageing_oldest_days"]) == (400.0, 130.0)
    assert row["ageing_overdue_amount"] == 400.0
    assert spans(tables) == []  # 400 is not above 500
    tables["payments"][0]["amount"] = Decimal(899)
    assert spans(tables) == [(70 + 91, None)]  # 101 + 400; 101 alone is not above 500
    # what pays everything leaves nothing that is past due, has an age, or is an item
    tables["payments"][0]["amount"] = Decimal(1400)
    (row,) = seen(tables, 200)
    names = ("overdue_items_count", "oldest_days", "overdue_amount")
    assert [row[f"ageing_{name}"] for name in names] == [0.0, 0.0, 0.0]
    assert row["payments_days_late_with_open_mean_90d"] is None


def test_money_on_account_may_be_returned_too() -> None:
    tables = book(
        payment("P1", None, 20, "1000", customer_id="A"),
        payment("R1", None, 150, "1000", kind="reversal", customer_id="A"),
    )
    assert owed(tables, 21, 151) == [0.0, 1000.0]
    assert seen(tables, 151)[0]["payments_returned_count_365d"] == 1.0
    assert spans(tables) == [(150, None)]


def test_what_is_paid_beyond_an_invoice_counts_for_the_others() -> None:
    invoices = [invoice("I1", "A", 0, "1000"), invoice("I2", "A", 40, "300")]
    (row,) = seen(book(payment("P1", "I1", 20, "1300"), invoices=invoices), 100)
    assert (row["balance_amount"], row["ageing_overdue_amount"]) == (0.0, 0.0)


def test_a_credit_note_reduces_the_invoice_it_names() -> None:
    invoices = [
        invoice("I1", "A", 0, "1000"),
        invoice("I2", "A", 40, "1000"),
        invoice("N1", "A", 60, "1000", kind="credit_note", credits="I2", due_on=None),
    ]
    (row,) = seen(book(invoices=invoices), 200)
    # I2 is cancelled: it owes nothing, has no age, and is no open item; I1 is 170 days past due
    assert (row["balance_amount"], row["ageing_overdue_items_count"]) == (1000.0, 1.0)
    assert row["ageing_oldest_days"] == 170.0
    assert owed(book(invoices=invoices), 60) == [2000.0]
    assert spans(book(invoices=invoices)) == [(121, None)]
    # the note of the oldest one cures it, which one of the younger does not
    invoices[2]["credits"] = "I1"
    assert spans(book(invoices=invoices)) == [(40 + 30 + 91, None)]
    # without a name the oldest is reduced
    invoices[2]["credits"] = None
    assert spans(book(invoices=invoices)) == [(40 + 30 + 91, None)]
    # of a cancelled invoice what was paid is the customer's
    paid = [invoice("I1", "A", 0, "1000"), *invoices[1:2], invoices[2] | {"credits": "I1"}]
    assert owed(book(payment("P1", "I1", 9, "1000"), invoices=paid), 200) == [0.0]


def test_a_credit_note_may_be_known_before_the_invoice_it_names() -> None:
    invoices = [
        invoice("I1", "A", 0, "1000", booked_at=80),
        invoice("N1", "A", 60, "400", kind="credit_note", credits="I1"),
    ]
    assert owed(book(invoices=invoices), 60, 61, 81) == [0.0, -400.0, 600.0]


def test_netting_against_a_credit_note_clears_both() -> None:
    invoices = [
        invoice("I1", "A", 0, "1000"),
        invoice("N1", "A", 5, "200", kind="credit_note"),
    ]
    payments = [
        payment("P1", "I1", 9, "800"),
        payment("P1", "N1", 9, "200"),
        payment("Q1", "I1", 9, "200"),
    ]
    (row,) = seen(book(*payments, invoices=invoices), 10)
    assert (row["balance_amount"], row["payments_partial_share_90d"]) == (0.0, 0.5)


def test_instalments_are_invoices_of_their_own() -> None:
    invoices = [invoice(f"I1/{n}", "A", 0, "400", due_on=30 * n) for n in (1, 2, 3)]
    tables = book(payment("P1", "I1/1", 29, "400"), invoices=invoices)
    (row,) = seen(tables, 65)
    # the second is 5 days past due, the third not due
    assert (row["ageing_overdue_amount"], row["ageing_oldest_days"]) == (400.0, 5.0)


def test_a_plan_that_was_paid_on_account_was_kept() -> None:
    tables = book(payment("P1", None, 70, "1000", customer_id="A"))
    tables["events"] = [event("E1", "A", "payment_plan", 40, detail=str(on(100)))]
    broken = ("events_payment_plans_broken_count_1095d",)
    assert seen(tables, 150, names=broken)[0][broken[0]] == 0.0
    tables["payments"][0]["amount"] = Decimal(900)
    assert seen(tables, 150, names=broken)[0][broken[0]] == 1.0


def test_a_disputed_item_that_was_opened_again_is_disputed() -> None:
    tables = book(
        payment("P1", "I1", 20, "1000"), payment("R1", "I1", 110, "1000", kind="reversal")
    )
    tables["disputes"] = [dispute("Q1", "I1", 100, 150)]
    assert spans(tables) == [(150, None)]


def test_a_discount_needs_both_its_numbers() -> None:
    with pytest.raises(ValueError, match="go together"):
        SettlementConfig(discount_days=10)

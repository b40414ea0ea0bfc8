"""Identities of the ledger: what cannot be in any honest set of books."""

from __future__ import annotations

import pandas as pd
import pytest

DEFAULTS = ("insolvency", "write_off", "ceased_trading")


@pytest.fixture(scope="session")
def documents(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Invoices and credit notes with what was paid on them."""
    paid = (
        frames["payments"]
        .groupby("invoice_id")
        .agg(paid=("amount", "sum"), last=("paid_on", "max"))
    )
    joined = frames["invoices"].merge(paid, left_on="invoice_id", right_index=True, how="left")
    joined["paid"] = joined.paid.fillna(0.0)
    joined["days_late"] = (joined["last"] - joined.due_on).dt.days
    return joined


def test_payments_never_exceed_the_document(documents: pd.DataFrame) -> None:
    assert (documents.paid <= documents.amount + 0.001).all()
    assert (documents.paid > 0).mean() > 0.9


def test_old_invoices_of_good_customers_are_settled_to_the_cent(
    frames: dict[str, pd.DataFrame], documents: pd.DataFrame
) -> None:
    failed = frames["events"].loc[frames["events"].kind.isin(DEFAULTS), "customer_id"]
    old = documents[documents.due_on < documents.issued_on.max() - pd.Timedelta(days=220)]
    good = old[~old.customer_id.isin(failed)]
    assert len(good) > 5_000
    assert (
        abs(good.paid - good.amount) < 0.005
    ).all()  # credit notes are set off, nothing stays open


def test_without_default_nothing_is_paid_past_90_days(
    frames: dict[str, pd.DataFrame], documents: pd.DataFrame
) -> None:
    failed = frames["events"].loc[frames["events"].kind.isin(DEFAULTS), "customer_id"]
    good = documents[(documents.kind == "invoice") & ~documents.customer_id.isin(failed)]
    disputed = good.invoice_id.isin(frames["disputes"].invoice_id)
    assert good.days_late[~disputed].max() <= 90
    assert good.days_late.max() > 60  # arrears that ended well are there


def test_a_defaulted_customer_is_billed_no_more(
    frames: dict[str, pd.DataFrame], documents: pd.DataFrame
) -> None:
    events = frames["events"]
    first = events[events.kind.isin(DEFAULTS)].groupby("customer_id").occurred_on.min()
    assert len(first) >= 20
    billed = documents[documents.kind == "invoice"].groupby("customer_id").issued_on.max()
    both = pd.concat([first, billed], axis=1, join="inner")
    assert (both.issued_on < both.occurred_on).all()


def test_a_defaulted_customer_leaves_invoices_unpaid(
    frames: dict[str, pd.DataFrame], documents: pd.DataFrame
) -> None:
    failed = frames["events"].loc[frames["events"].kind == "write_off", "customer_id"]
    owed = documents[documents.customer_id.isin(failed) & (documents.kind == "invoice")]
    owed = (owed.amount - owed.paid).groupby(owed.customer_id).sum()
    assert len(owed) >= 5
    assert (owed > 100.0).all()


def test_bookings_follow_what_they_book_by_days(frames: dict[str, pd.DataFrame]) -> None:
    invoices, payments = frames["invoices"], frames["payments"]
    lag = (invoices.booked_at - invoices.issued_on).dt.days
    assert lag.min() == 0
    assert lag.max() == 5
    lag = (payments.booked_at - payments.paid_on).dt.days
    assert lag.min() == 0
    assert 5 < lag.max() <= 20


def test_documents_are_dated_within_the_business_relation(frames: dict[str, pd.DataFrame]) -> None:
    joined = frames["invoices"].merge(frames["customers"], on="customer_id", suffixes=("", "_own"))
    assert (joined.issued_on >= joined.onboarded_on).all()
    assert (joined.currency == joined.currency_own).all()
    invoices = joined[joined.kind == "invoice"]
    assert set((invoices.due_on - invoices.issued_on).dt.days) == {14, 30, 45, 60, 90}


def test_nobody_pays_before_the_document(
    documents: pd.DataFrame, frames: dict[str, pd.DataFrame]
) -> None:
    joined = frames["payments"].merge(documents[["invoice_id", "issued_on"]], on="invoice_id")
    assert (joined.paid_on >= joined.issued_on).all()


def test_disputes_begin_after_the_invoice_and_end_after_they_begin(
    frames: dict[str, pd.DataFrame],
) -> None:
    joined = frames["disputes"].merge(frames["invoices"], on="invoice_id")
    assert (joined.kind == "invoice").all()
    assert (joined.opened_on > joined.issued_on).all()
    assert (joined.closed_on.dropna() > joined.opened_on[joined.closed_on.notna()]).all()
    assert 0.005 < len(joined) / (frames["invoices"].kind == "invoice").sum() < 0.03


def test_credit_notes_are_two_per_cent_of_the_documents(frames: dict[str, pd.DataFrame]) -> None:
    share = (frames["invoices"].kind == "credit_note").mean()
    assert 0.012 < share < 0.035


def test_limits_have_one_row_per_day_and_start_with_the_relation(
    frames: dict[str, pd.DataFrame],
) -> None:
    first = frames["credit_terms"].groupby("customer_id").valid_from.min()
    onboarded = frames["customers"].set_index("customer_id").onboarded_on
    assert (first == onboarded.reindex(first.index)).all()
    assert frames["credit_terms"].groupby("customer_id").size().max() > 3  # limits move


def test_payment_plans_name_their_last_instalment(frames: dict[str, pd.DataFrame]) -> None:
    plans = frames["events"][frames["events"].kind == "payment_plan"]
    length = (pd.to_datetime(plans.detail, format="%Y-%m-%d") - plans.occurred_on).dt.days
    assert len(plans) >= 3
    assert length.between(45, 85).all()


def test_default_events_become_known_days_or_weeks_later(frames: dict[str, pd.DataFrame]) -> None:
    events = frames["events"]
    lag = (events.known_on - events.occurred_on).dt.days
    assert (lag >= 0).all()
    assert lag[events.kind == "insolvency"].median() > 3
    assert lag.max() <= 60

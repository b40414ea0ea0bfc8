"""What validation rules rely on: it holds exactly on the clean world, for every row."""

from __future__ import annotations

import pandas as pd
import pytest

TEXT = {
    "customers": ("customer_id", "name", "industry", "legal_form", "parent_id"),
    "invoices": ("invoice_id", "customer_id", "currency"),
    "payments": ("payment_id", "invoice_id"),
    "events": ("event_id", "customer_id", "detail"),
}


def test_every_document_is_in_the_customers_currency(frames: dict[str, pd.DataFrame]) -> None:
    own = frames["customers"].set_index("customer_id").currency
    documents = frames["invoices"]
    assert set(documents.kind) == {"invoice", "credit_note"}
    assert documents.currency.nunique() >= 3
    assert (documents.currency == documents.customer_id.map(own)).all()


def test_every_invoice_is_due_on_the_terms_valid_when_it_was_issued(
    frames: dict[str, pd.DataFrame],
) -> None:
    """Due day - day of issue = payment_terms_days of the latest row valid by then, orders brought forward included."""
    invoices = frames["invoices"][frames["invoices"].kind == "invoice"].sort_values("issued_on")
    terms = frames["credit_terms"].sort_values("valid_from")
    joined = pd.merge_asof(
        invoices, terms, left_on="issued_on", right_on="valid_from", by="customer_id"
    )
    assert joined.payment_terms_days.notna().all()
    assert ((joined.due_on - joined.issued_on).dt.days == joined.payment_terms_days).all()
    # ... and terms do change, so that the first row's would not do
    versions = terms.drop_duplicates(["customer_id", "payment_terms_days"])
    assert versions.customer_id.duplicated().sum() >= 10


@pytest.mark.parametrize("table", list(TEXT))
def test_no_text_has_spaces_at_its_ends_or_broken_letters(
    frames: dict[str, pd.DataFrame], table: str
) -> None:
    for column in TEXT[table]:
        values = frames[table][column].dropna().drop_duplicates()
        assert len(values) > 1, column
        assert (values.str.strip() == values).all(), column
        assert not values.str.contains("\ufffd").any(), column
        assert not values.map(_is_twice_encoded).any(), column


def _is_twice_encoded(text: str) -> bool:
    """UTF-8 read as Windows-1252: turning it back gives valid UTF-8 that is not the text itself."""
    try:
        return text.encode("cp1252").decode("utf-8") != text
    except UnicodeError:
        return False


def test_the_check_for_broken_letters_sees_them() -> None:
    assert _is_twice_encoded("MÃ¼ller")
    assert not _is_twice_encoded("Müller")


def test_nobody_pays_more_than_was_billed_net_of_credit_notes(
    frames: dict[str, pd.DataFrame],
) -> None:
    documents = frames["invoices"].copy()
    documents["sign"] = documents.kind.map({"invoice": 1, "credit_note": -1})
    documents["cents"] = (documents.amount * 100).round().astype("int64") * documents["sign"]
    payments = (
        frames["payments"]
        .drop(columns="customer_id")
        .merge(documents[["invoice_id", "customer_id", "sign"]], on="invoice_id")
    )
    payments["cents"] = (payments.amount * 100).round().astype("int64") * payments["sign"]
    billed = documents.groupby("customer_id").cents.sum()
    paid = payments.groupby("customer_id").cents.sum().reindex(billed.index, fill_value=0)
    assert (paid <= billed).all()
    assert (paid == billed).sum() >= 10  # customers that left: settled to the cent


def test_no_month_is_missing(frames: dict[str, pd.DataFrame]) -> None:
    """Every month from the first document to the last day has invoices and payments (48 months)."""
    for table, column in (("invoices", "issued_on"), ("payments", "paid_on")):
        rows = frames[table].groupby(frames[table][column].dt.to_period("M")).size()
        assert len(rows) == 48
        assert rows.min() >= 1
        # the window opens without open items, so its first payments are few
        assert rows.iloc[3:].min() >= 50, table


def test_statements_do_not_overlap(frames: dict[str, pd.DataFrame]) -> None:
    periods = frames["financials"][["customer_id", "period_end", "months"]].drop_duplicates()
    periods = periods.sort_values(["customer_id", "period_end"])
    assert (periods.months == 12).all()
    begins = periods.period_end - pd.DateOffset(months=12)
    before = periods.groupby("customer_id").period_end.shift()
    both = before.notna()
    assert both.sum() > 500
    # the ends of months differ by up to 3 days: 28 February + 12 months
    assert (begins[both] >= before[both] - pd.Timedelta(days=3)).all()


def test_no_statement_jumps_by_a_thousand(frames: dict[str, pd.DataFrame]) -> None:
    """From year to year no size of a company changes by a factor of 10, far from thousands taken for units."""
    statements = frames["financials"].sort_values(["customer_id", "period_end", "published_on"])
    for column in ("total_assets", "total_liabilities", "revenue"):
        known = statements.dropna(subset=[column])
        ratio = known[column] / known.groupby("customer_id")[column].shift()
        assert ratio.notna().sum() > 500
        assert ratio.max() < 10.0, column
        assert ratio.min() > 0.1, column

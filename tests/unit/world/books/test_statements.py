"""Statements add up, come late, and are sometimes corrected."""

from __future__ import annotations

import pandas as pd
import pytest


@pytest.fixture(scope="session")
def statements(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return frames["financials"]


def test_balance_sheets_balance(statements: pd.DataFrame) -> None:
    s = statements
    assert (s.total_assets == s.total_liabilities + s.equity).all()
    assert (s.current_assets >= s.cash + s.receivables + s.inventory).all()
    assert (s.total_assets > s.current_assets).all()
    assert (s.total_liabilities >= s.current_liabilities + s.long_term_debt).all()
    assert (s.total_liabilities > 0).all()
    assert (s.equity >= s.retained_earnings).all()  # capital was paid in


def test_profit_and_loss_adds_up(statements: pd.DataFrame) -> None:
    s = statements.dropna(subset=["revenue"])
    assert (s.gross_profit == s.revenue - s.cogs).all()
    assert (s.ebitda == s.ebit + s.depreciation).all()
    assert (s.net_income <= s.ebit - s.interest_expense + 1.0).all()  # taxes are never negative
    assert (
        0.05 < statements.revenue.isna().mean() < 0.35
    )  # small companies file a balance sheet only


def test_statements_come_four_to_nine_months_late(statements: pd.DataFrame) -> None:
    first = statements.groupby(["customer_id", "period_end"]).published_on.min().reset_index()
    days = (first.published_on - first.period_end).dt.days
    # a restatement whose first version was skipped may come later
    assert days.quantile(0.99) <= 275
    assert days.min() >= 120


def test_the_last_year_that_is_due_is_filed_as_every_other(frames: dict[str, pd.DataFrame]) -> None:
    """No period end of the last December but one was ever filed, and the newest book's statements were two years old."""
    statements, end = frames["financials"], frames["invoices"].issued_on.max()
    due = end - pd.DateOffset(months=12)  # four to nine months after the period ends it is out
    by_year = statements.groupby(statements.period_end.dt.year).customer_id.nunique()
    full = by_year[(by_year.index < due.year) & (by_year.index > by_year.index.min())]
    assert by_year[due.year] > 0.9 * full.median()
    # the newest book knows a statement of that year of most customers that ever filed one and still buy
    buying = set(
        frames["invoices"][frames["invoices"].issued_on > end - pd.DateOffset(months=3)].customer_id
    )
    newest = statements.groupby("customer_id").period_end.max()
    newest = newest[newest.index.isin(buying)]
    assert (newest.dt.year >= due.year).mean() > 0.9


def test_restatements_lower_profit_and_keep_the_rest_of_the_year(statements: pd.DataFrame) -> None:
    versions = statements.sort_values("published_on").groupby(["customer_id", "period_end"])
    twice = versions.size() == 2
    first, last = versions.first()[twice], versions.last()[twice]
    assert len(first) >= 4
    assert (last.total_assets < first.total_assets).all()
    assert (last.equity < first.equity).all()
    assert (last.cash == first.cash).all()


def test_market_values_belong_to_listed_plcs(frames: dict[str, pd.DataFrame]) -> None:
    listed = frames["financials"][frames["financials"].market_value.notna()].customer_id.unique()
    forms = frames["customers"].set_index("customer_id").legal_form
    assert len(listed) >= 1
    assert set(forms.loc[listed]) == {"plc"}


def test_the_insolvent_publish_nothing(frames: dict[str, pd.DataFrame]) -> None:
    events = frames["events"]
    ended = events[events.kind.isin(("insolvency", "ceased_trading"))]
    ended = ended.groupby("customer_id").occurred_on.min()
    joined = frames["financials"].merge(ended, left_on="customer_id", right_index=True)
    assert len(joined) >= 20
    assert (joined.published_on <= joined.occurred_on).all()

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

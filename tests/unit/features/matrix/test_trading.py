"""The trading record in whole cents: what is rounded is the sum of the newest months, so that a year is right to the cent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from features.matrix.trading import trading
from tests.features_books import START, customer, engine, invoice, on, portfolio


def test_a_year_in_dollars_is_right_to_the_cent() -> None:
    """100.01 USD a month at .5034 is 50.345034: twelve months are 604.140408, so 604.14, where twelve rounded months (50.35) make 604.20."""
    issued = [(date(2022, month, 5) - START).days for month in range(1, 13)]
    tables = {
        "customers": [customer("A", currency="USD")],
        "invoices": [invoice(f"I{day}", "A", day, "100.01", currency="USD") for day in issued],
        "payments": [],
        "fx_rates": [{"currency": "USD", "rate_on": on(-1), "rate": Decimal("0.5034")}],
    }
    with engine(tables, portfolio()) as (con, loaded):
        (row,) = trading(con, loaded, portfolio(), [date(2023, 1, 1)]).to_pylist()
    for clock in ("billed", "booked"):
        months = [row[f"{clock}_{number}"] for number in range(1, 13)]
        assert sum(months) == Decimal("604.14")
        # newest first: 50.35, then 100.69 - 50.35 = 50.34, then 151.04 - 100.69 = 50.35
        assert months[:3] == [Decimal("50.35"), Decimal("50.34"), Decimal("50.35")]

"""Position and trading record of one reading of the ledger are those of two."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import ibis.expr.types as ir
import pytest

from features.ledger import bookings
from features.ledger.settlement import settled
from features.matrix.books import position_and_trading
from features.matrix.position import position
from features.matrix.trading import trading
from tests.features_books import START, customer, engine, invoice, on, payment, portfolio

TABLES = {
    "customers": [customer("A"), customer("B", currency="USD"), customer("C")],
    "invoices": [
        invoice("I1", "A", 0, "100.00"),
        invoice("I2", "A", 40, "250.50"),
        invoice("I3", "B", 10, "80.00", currency="USD"),
        invoice("C1", "B", 50, "30.00", currency="USD", kind="credit_note", credits="I3"),
        # billed after the earlier of the two days
        invoice("I4", "C", 130, "12.00"),
    ],
    "payments": [
        payment("P1", "I1", 45, "60.00"),
        payment("P2", "I3", 90, "80.00"),
    ],
    "fx_rates": [{"currency": "USD", "rate_on": on(-1), "rate": Decimal("0.9")}],
}
DAYS = [START + timedelta(days=100), START + timedelta(days=200)]


def test_both_are_as_asked_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two days the position tells both, and the record the newest alone; the ledger is settled once."""
    times: list[ir.Table] = []

    def counted(rows: ir.Table) -> ir.Table:
        times.append(rows)
        return settled(rows)

    monkeypatch.setattr(bookings, "settled", counted)
    with engine(TABLES, portfolio()) as (con, loaded):
        owed, traded = position_and_trading(con, loaded, portfolio(), DAYS)
        assert len(times) == 1
        assert owed.equals(position(con, loaded, portfolio(), DAYS))
        assert traded.equals(trading(con, loaded, portfolio(), DAYS))
    assert owed["as_of"].unique().to_pylist() == DAYS
    # B has paid what was credited; C was billed between the days: only the newest knows of it
    assert owed["customer_id"].to_pylist() == ["A", "A", "B", "B", "C"]
    assert traded["customer_id"].to_pylist() == ["A", "B", "C"]
    assert traded["as_of"].unique().to_pylist() == DAYS[1:]


def test_nobody_owes_or_traded_without_a_day() -> None:
    """Both are empty, by contract."""
    with engine(TABLES, portfolio()) as (con, loaded):
        owed, traded = position_and_trading(con, loaded, portfolio(), [])
        assert owed.equals(position(con, loaded, portfolio(), []))
        assert traded.equals(trading(con, loaded, portfolio(), []))
    assert (owed.num_rows, traded.num_rows) == (0, 0)

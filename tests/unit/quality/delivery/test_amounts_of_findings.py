"""Amounts of findings are in the smallest amounts of the reporting currency: fils in dinars, cents in euros, whole yen."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from contracts.config.portfolio import BalanceConfig
from tests.sources_books import PORTFOLIO, Tables, check, clean_book

pytestmark = pytest.mark.long

RATE = Decimal("0.3")
"""Of what the house reports in, for one dinar; dinars themselves are 1."""


def dinars(reporting: str) -> Tables:
    """Four invoices in dinars: I1 is paid but for 3 fils, P2 a payment of I2 of below nought, I4 unpaid since February."""
    clean = clean_book()
    customers = [row | {"currency": "KWD"} for row in clean["customers"]]
    invoices = [
        row | {"currency": "KWD", "amount": Decimal("100.123")} for row in clean["invoices"]
    ]
    payments = [
        clean["payments"][0] | {"amount": Decimal("100.120")},
        clean["payments"][2] | {"amount": Decimal("-50.017")},
    ]
    rates = [{"currency": "KWD", "rate_on": date(2024, 1, 1), "rate": RATE}]
    return {
        "customers": customers,
        "invoices": invoices,
        "payments": payments,
        "fx_rates": [] if reporting == "KWD" else rates,
    }


@pytest.mark.parametrize(
    ("reporting", "negative", "tolerated", "off", "used"),
    [
        # -50.017, 0.003, 0.001 less than stated; open are I4 and what is left of I1: 100.123 + 0.003
        ("KWD", -50.017, 0.003, 0.001, 100.126),
        # times 0.3, each to the cent: -15.0051, 0.0009, 0.0003, 30.0369 + 0.0009
        ("EUR", -15.01, 0.0, 0.0, 30.04),
        ("JPY", -15.0, 0.0, 0.0, 30.0),
    ],
)
def test_a_fils_is_a_fils(
    reporting: str, negative: float, tolerated: float, off: float, used: float, tmp_path: Path
) -> None:
    # I1 + I2 + I4 - I3 - P1 + 50.017 of below nought
    delivered = 3 * Decimal("100.123") - Decimal("100.123") - Decimal("100.120") + Decimal("50.017")
    stated = BalanceConfig(
        on=date(2024, 12, 31),
        currency="KWD",
        open_balance=delivered + Decimal("0.001"),
        tolerance=0,
    )
    portfolio = PORTFOLIO.model_copy(
        update={"reporting_currency": reporting, "balances": (stated,)}
    )
    found = {
        one.rule.name: one
        for one in check(dinars(reporting), tmp_path, portfolio).findings
        if one.broken
    }
    assert found["not_positive_amount"].amount == negative
    assert found["remainder_tolerated"].amount == tolerated
    assert found["ledger_differs_from_balance"].amount == off
    effect = found["not_positive_amount"].effect
    assert effect is not None
    assert effect.open_used == used

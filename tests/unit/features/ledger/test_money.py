"""Exact money."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from contracts.errors import ContractError
from features.ledger.money import in_money


def units(text: str) -> pa.ChunkedArray:
    """An amount in units of 1e-8."""
    return pa.chunked_array([pa.array([Decimal(text) * 10**8], pa.decimal128(38, 3))])


def test_the_largest_sum_fits_and_a_larger_one_says_what_it_is() -> None:
    assert in_money(units("999999999999999.99"), "EUR").to_pylist() == [
        Decimal("999999999999999.99")
    ]
    with pytest.raises(ContractError, match=r"below 10\^15") as told:
        in_money(units("-1000000000000000.00"), "EUR")
    assert "1,000,000,000,000,000.00" in str(told.value)

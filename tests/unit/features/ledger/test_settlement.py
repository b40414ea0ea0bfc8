"""Settlement: its settings. What it does to books is reckoned by hand in `tests/cases`."""

from __future__ import annotations

import pytest

from contracts.config.settlement import SettlementConfig


def test_a_discount_needs_both_its_numbers() -> None:
    with pytest.raises(ValueError, match="go together"):
        SettlementConfig(discount_days=10)

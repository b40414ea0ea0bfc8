"""The page of recalibration on what open outcomes rest on."""

from __future__ import annotations

import pytest

from contracts.documents.recalibration import Recalibration, Steadiness
from reports.recalibration import _timing

TOLD = Steadiness(defaulted=60, needed=25, share=0.08, error=0.1, early=0.079, late=0.081, p_value=0.9, holds=True)  # fmt: skip


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (TOLD, "has stayed the same: 8.0%"),
        (TOLD.model_copy(update={"late": 0.16, "p_value": 0.01, "holds": False}), "7.9% in the earlier half of the matured cohorts and 16.0%"),
        (TOLD.model_copy(update={"defaulted": 9, "holds": False}), "9, are too few"),
        (TOLD.model_copy(update={"early": None, "late": None, "p_value": None, "holds": False}), "60, are too few"),
    ],
)  # fmt: skip
def test_what_open_outcomes_rest_on_is_said_as_it_was_tested(found: Steadiness, said: str) -> None:
    text = str(_timing(Recalibration.model_construct(timing=found)))
    assert said in text
    assert ("Open outcomes are counted" in text) == found.holds


def test_before_a_month_has_passed_nothing_is_said_of_it() -> None:
    assert _timing(Recalibration.model_construct(timing=None)) is None

"""Each status, and which of two a row has."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from models.base.data import Feature, ModelContract
from models.scoring.status import IS_SCORED, MEANING, statuses

FEATURES = [
    {"name": "x", "dtype": "number", "stand_in": 1.0},
    {"name": "y", "dtype": "number"},
    {"name": "k", "dtype": "category", "levels": ["a", "b"], "stand_in": "b"},
]


def asked(row: dict[str, Any], **unread: Any) -> tuple[str, str | None]:
    rows = pd.DataFrame([{"customer_id": "C1", "x": 1.0, "y": 2.0, "k": "a"} | row])
    bad = {name: pd.Series([value], dtype=object) for name, value in unread.items()}
    found = statuses(rows.astype({"x": float, "y": float}), bad, FEATURES)
    assert found.scored.tolist() == [found.status[0] in IS_SCORED]
    return found.status[0], found.detail[0]


@pytest.mark.parametrize(
    ("row", "unread", "status", "detail"),
    [
        ({}, {}, "scored", None),
        ({"y": None}, {}, "scored", None),
        ({"x": None}, {}, "scored_with_stand_in", "x"),
        ({"x": None, "k": None}, {}, "scored_with_stand_in", "x, k"),
        ({"k": "new"}, {}, "scored_with_unseen_level", "k"),
        ({"x": None, "k": "new"}, {}, "scored_with_unseen_level", "k"),
        ({"y": None}, {"y": "12 days"}, "unreadable", "y: '12 days'"),
        ({"x": None, "y": None, "k": None}, {"y": "-"}, "unreadable", "y: '-'"),
        ({"x": None, "y": None, "k": None}, {}, "nothing_known", None),
        ({"customer_id": None, "y": None}, {"y": "-"}, "no_customer", None),
    ],
)
def test_a_row_has_the_gravest_status_that_holds(
    row: dict[str, Any], unread: dict[str, Any], status: str, detail: str | None
) -> None:
    assert asked(row, **unread) == (status, detail)
    assert status in MEANING


def test_a_stand_in_is_what_the_model_reads() -> None:
    """The status says what `ModelContract.encode` does."""
    contract = ModelContract(
        "p", 12, (Feature("x", "number", 0, stand_in=1.0), Feature("y", "number", 0))
    )
    rows = pd.DataFrame({"x": [None, 1.0], "y": [2.0, 2.0]}).astype(float)
    first, second = contract.encode(rows).tolist()
    assert first == second


def test_more_than_three_features_are_counted() -> None:
    features = [{"name": name, "dtype": "number", "stand_in": 0.0} for name in "abcde"]
    rows = pd.DataFrame({"customer_id": ["C"], **{name: [None] for name in "abcd"}, "e": [1.0]})
    assert statuses(rows, {}, features).detail == ["a, b, c and 1 more"]

"""What the page says search and averaging earned: a sign only beyond chance, and a reason where nothing was compared."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from reports.model.earned import earned
from reports.model.page import render
from tests.validation_packs import demo_pack, document, listed_pack

HEADING = "What averaging and the search contributed"


def test_a_gain_is_said_beyond_chance_alone() -> None:
    """0.0012 at an error of 0.0004 pays, 0.0004 at 0.0004 is open, -0.0011 at 0.0005 costs; together 0.0006 at 0.0002 pays."""
    rows = earned(demo_pack()).rows
    assert [row["name"][0] for row in rows] == ["averaging"] * 4 + ["search"] * 4
    assert [row["badge"][1][0] for row in rows] == ["pays", "no evidence", "costs", "pays"] + ["pays"] * 4  # fmt: skip
    assert [row["badge"][0] for row in rows[:3]] == ["good", "info", "warn"]
    assert [row["earned"] for row in rows[:4]] == pytest.approx([0.0012, 0.0004, -0.0011, 0.0006])
    assert {row["against"][0] for row in rows} == {"gradient boosting, searched hyperparameters", "gradient boosting, LightGBM's own settings"}  # fmt: skip
    assert (rows[3]["origin"], rows[3]["until"]) == ("2022-12-31", "2025-12-01")
    assert rows[3]["auc_earned"] is None


def test_what_was_not_compared_has_no_row() -> None:
    pack: Any = copy.deepcopy(demo_pack())
    found = pack["earned"]
    for year in (*found["years"], found["together"]):
        year["averaging"] = None
    assert [row["name"][0] for row in earned(pack).rows] == ["search"] * 4
    found["together"] = None
    assert len(earned(pack).rows) == 3


def test_without_a_comparison_the_table_says_why_and_the_page_is_silent() -> None:
    """`model.absent.earned` stands in the sheet of a table without rows, and in no other."""
    assert earned(listed_pack()).rows == []
    assert HEADING in render(document(demo_pack()))
    assert HEADING not in render(document(listed_pack()))

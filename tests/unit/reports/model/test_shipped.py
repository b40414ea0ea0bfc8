"""What the page says of open outcomes: only where they were learned from, with the figures of each origin."""

from __future__ import annotations

import pytest

from reports.frame.lasting import lasting
from reports.model.shipped import open_years, shipped_sentence
from tests.validation_packs import demo_pack, listed_pack


def test_open_outcomes_are_spoken_of_only_where_they_were_learned_from() -> None:
    """The sentence `model.shipped.weighed`: 38,000 rows that count as 19,204.5."""
    pack = demo_pack()
    told = shipped_sentence(pack)
    assert told is not None
    assert "38,000 observations with days of decision before 2025-12-01" in told[0]
    assert "312 defaults had come" in told[0]
    assert "19,204" in told[0]
    assert "38,000" in told[1]
    without = shipped_sentence(pack | {"shipped": pack["shipped"] | {"weighed": None}})
    assert without is not None
    assert "still open" not in without[0]
    assert "38,000" not in without[0] + without[1]
    same = shipped_sentence(pack | {"shipped": pack["shipped"] | {"policy": "matured"}})
    assert same is not None
    assert "still open" not in same[0]


def test_how_long_a_level_lasts_is_said_to_be_learned_only_where_it_was() -> None:
    """Half-life 1.3 years from 8.9 years, the setting's weight 62 %, 55 % of the newest year carried."""
    pack = demo_pack()
    level = pack["shipped"]["level"]
    told = shipped_sentence(pack)
    assert told is not None
    assert "In 8.9 years of defaults half of a change of level was gone after 1.3 years (95% interval 0.4 to 4.2" in told[0]  # fmt: skip
    assert "weight of 62%). Of what the newest year was off, 55% is carried" in told[0]
    assert all(one in told[1] for one in ("8.9", "1.3", "0.4", "4.2", "62%", "55%"))
    as_set = lasting(level | {"movement": None, "half_life": 0.5})
    assert as_set is not None
    assert "after 0.5 years, as set: it is not learned from this book" in as_set[0]
    assert "55%" in as_set[0]
    assert "8.9" not in as_set[0] + as_set[1]
    assert lasting(level | {"share": None}) is None  # of an earlier release
    alone, pairs = (lasting(level | {"dispersion": phi}) for phi in (1.0, 1.8))
    assert alone == lasting(level | {"dispersion": None})
    assert pairs is not None
    assert "vary 1.8 times as much" in pairs[0]
    assert "1.8倍" in pairs[1]


def test_each_origin_shows_both_losses_and_the_way_of_the_day() -> None:
    rows = open_years(demo_pack()).rows
    assert [row["badge"][1][0] for row in rows] == ["counted", "left out", "counted"]
    assert [row["weighed"] for row in rows] == pytest.approx([0.0931, 0.0941, 0.0951])
    assert [row["expected"] for row in rows] == pytest.approx([176.4, 177.4, 178.4])


def test_without_an_origin_the_table_says_why() -> None:
    """`model.absent.open_years` stands in the sheet of a table without rows, and in no other."""
    assert open_years(listed_pack()).rows == []
    assert open_years(demo_pack()).rows != []

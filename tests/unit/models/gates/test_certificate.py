"""The certificate on trees written by hand: each shape of violation is caught, and a lawful tree passes."""

from __future__ import annotations

from typing import Any

import pytest

from models.base.data import Feature, ModelContract
from models.gates.certificate import Choice, Range, certify_tree

CONTRACT = ModelContract(
    "book",
    12,
    (
        Feature("late", "number", 1),
        Feature("equity", "number", 0),
        Feature("industry", "category", 0, ("food", "metal", "paper")),
    ),
)
LATE, EQUITY, INDUSTRY = 0, 1, 2


def leaf(value: float) -> dict[str, Any]:
    return {"leaf_value": value}


def split(
    feature: int,
    threshold: float | str,
    left: dict[str, Any],
    right: dict[str, Any],
    *,
    number: int = 0,
    default_left: bool = True,
    missing_type: str = "NaN",
) -> dict[str, Any]:
    return {
        "split_index": number,
        "split_feature": feature,
        "threshold": threshold,
        "decision_type": "==" if isinstance(threshold, str) else "<=",
        "default_left": default_left,
        "missing_type": missing_type,
        "left_child": left,
        "right_child": right,
    }


def test_a_stump_in_order_passes_and_out_of_order_fails() -> None:
    assert certify_tree(split(LATE, 10.0, leaf(-1.0), leaf(2.0)), CONTRACT) == []
    (found,) = certify_tree(split(LATE, 10.0, leaf(2.0), leaf(-1.0)), CONTRACT, tree=7)
    assert (found.tree, found.split, found.feature, found.direction) == (7, 0, "late", 1)
    assert found.lower == {"late": 10.0}
    assert found.higher["late"] is not None
    assert found.higher["late"] > 10.0
    assert (found.lower_value, found.higher_value) == (2.0, -1.0)


def test_equal_leaves_are_in_order() -> None:
    assert certify_tree(split(LATE, 10.0, leaf(1.0), leaf(1.0)), CONTRACT) == []


def test_a_free_feature_may_do_as_it_likes() -> None:
    assert certify_tree(split(EQUITY, 0.5, leaf(2.0), leaf(-1.0)), CONTRACT) == []


def test_a_falling_direction_is_the_mirror() -> None:
    falling = ModelContract("book", 12, (Feature("late", "number", -1), *CONTRACT.features[1:]))
    assert certify_tree(split(LATE, 10.0, leaf(2.0), leaf(-1.0)), falling) == []
    assert len(certify_tree(split(LATE, 10.0, leaf(-1.0), leaf(2.0)), falling)) == 1


def test_a_violation_between_sibling_subtrees() -> None:
    # each child of the root is lawful, and so is each side's mean; but with equity <= 0.2, which both
    # sides hold, the customer who is later gets -0.5 instead of 0.0
    tree = split(
        LATE,
        10.0,
        split(EQUITY, 0.5, leaf(0.0), leaf(-3.0), number=1),
        split(EQUITY, 0.2, leaf(-0.5), leaf(3.0), number=2),
    )
    (found,) = certify_tree(tree, CONTRACT)
    assert found.lower["equity"] == found.higher["equity"] == 0.2
    assert (found.lower_value, found.higher_value) == (0.0, -0.5)


def test_leaves_that_no_two_like_customers_reach_are_not_compared() -> None:
    # 0.0 and -0.5 are out of order, but the one holds equity <= 0.2 and the other equity > 0.5 only
    tree = split(
        LATE,
        10.0,
        split(EQUITY, 0.2, leaf(0.0), leaf(-3.0), default_left=True),
        split(EQUITY, 0.5, leaf(1.0), leaf(-0.5), default_left=True),
    )
    # -3.0 (equity > 0.2) is below both; 0.0 (equity <= 0.2) meets 1.0 alone
    assert certify_tree(tree, CONTRACT) == []


def test_a_missing_value_of_another_feature_is_a_shared_point() -> None:
    # as above, but missing equity now reaches both 0.0 and -0.5
    tree = split(
        LATE,
        10.0,
        split(EQUITY, 0.2, leaf(0.0), leaf(-3.0), default_left=True),
        split(EQUITY, 0.5, leaf(1.0), leaf(-0.5), default_left=False),
    )
    (found,) = certify_tree(tree, CONTRACT)
    assert found.lower["equity"] is None
    assert found.higher["equity"] is None


def test_without_a_missing_type_a_missing_value_goes_where_zero_goes() -> None:
    def tree(threshold: float) -> dict[str, Any]:
        return split(
            LATE,
            10.0,
            split(EQUITY, 0.2, leaf(0.0), leaf(-3.0), default_left=True),
            split(EQUITY, threshold, leaf(-0.5), leaf(1.0), missing_type="None"),
        )

    # 0 <= 0.1: missing goes left, to -0.5; but so do numbers, hence compare what is shared
    assert certify_tree(tree(0.1), CONTRACT)[0].lower["equity"] == 0.1
    # numbers up to -9e9 go to -0.5, missing (0) to 1.0
    assert certify_tree(tree(-9e9), CONTRACT)[0].lower["equity"] == -9e9


def test_a_missing_value_of_the_constrained_feature_is_neither_more_nor_less() -> None:
    # every number goes left, missing alone goes right: nothing is promised about it
    tree = split(LATE, 1e300, leaf(2.0), leaf(-1.0), default_left=False)
    assert certify_tree(tree, CONTRACT) == []


def test_categories_meet_only_where_they_share_a_level() -> None:
    def tree(left: str, right: str) -> dict[str, Any]:
        return split(
            LATE,
            10.0,
            split(INDUSTRY, left, leaf(1.0), leaf(-3.0)),
            split(INDUSTRY, right, leaf(0.0), leaf(2.0)),
        )

    assert certify_tree(tree("0", "1||2"), CONTRACT) == []
    (found,) = certify_tree(tree("0||1", "1||2"), CONTRACT)
    assert found.lower["industry"] == found.higher["industry"] == 1.0  # metal


def test_an_unseen_category_goes_right_everywhere() -> None:
    tree = split(
        LATE,
        10.0,
        split(INDUSTRY, "0", leaf(-3.0), leaf(1.0)),
        split(INDUSTRY, "1||2", leaf(2.0), leaf(0.5)),
    )
    # right of the left: all but food; right of the right: all but metal and paper; they share the unseen
    (found,) = certify_tree(tree, CONTRACT)
    assert found.lower["industry"] is None
    assert (found.lower_value, found.higher_value) == (1.0, 0.5)


def test_a_leaf_that_nobody_reaches_is_not_compared() -> None:
    # late <= 10 and then late > 20: empty but for missing, which goes elsewhere
    tree = split(
        LATE,
        10.0,
        split(LATE, 20.0, leaf(-1.0), leaf(9.0), default_left=True),
        leaf(0.0),
    )
    assert certify_tree(tree, CONTRACT) == []


def test_a_tree_that_treats_zero_as_missing_is_refused() -> None:
    with pytest.raises(ValueError, match="zero_as_missing"):
        certify_tree(split(LATE, 1.0, leaf(0.0), leaf(1.0), missing_type="Zero"), CONTRACT)


def test_ranges_and_choices_meet() -> None:
    assert Range(0.0, 5.0).meet(Range(3.0, 9.0, missing=False)) == Range(3.0, 5.0, missing=False)
    assert Range(5.0, 5.0, missing=False).is_empty
    some, rest = Choice(frozenset({1, 2}), all_but=False), Choice(frozenset({2}))
    assert some.meet(rest) == Choice(frozenset({1}), all_but=False)
    assert rest.meet(some) == Choice(frozenset({1}), all_but=False)
    assert rest.meet(Choice(frozenset({3}))) == Choice(frozenset({2, 3}))
    assert some.meet(Choice(frozenset({3}), all_but=False)).is_empty

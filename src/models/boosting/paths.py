"""LightGBM's trees as the paths that lead to their leaves: which features, how rows divide, who goes left."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np

from contracts.arrays import Bools, Floats

ZERO = 1e-35
"""What LightGBM takes for a zero where it reads zeros as missing (kZeroThreshold)."""
Rule = Callable[[Floats], Bools]
"""Values of one feature to whether they go left."""


@dataclass(slots=True)
class Leaf:
    """A leaf, or the two leaves of one split on a feature that the path had not met.

    Attributes:
        features: that the path splits on, each once, in the order they are met.
        covers: for each of them, the share of training rows that goes the leaf's way at its splits.
        value: of the leaf, or of the left one.
        right: value of the right one; None for a leaf alone.
    """

    features: tuple[int, ...]
    covers: tuple[float, ...]
    value: float
    right: float | None = None


@dataclass(slots=True)
class Split:
    """A split of a tree.

    Attributes:
        feature: it asks for.
        rule: who goes left.
        bit: of a feature that the path has met, its bit in the pattern of a row; 0 where it is new, and the pattern grows.
        left: what follows; of two leaves that are told together, both.
        right: what follows on the other side; None where `left` tells both.
    """

    feature: int
    rule: Rule
    bit: int
    left: Split | Leaf
    right: Split | Leaf | None

    def splits(self) -> Iterator[Split]:
        """Itself and all splits below, each before those below it."""
        yield self
        for one in (self.left, self.right):
            if isinstance(one, Split):
                yield from one.splits()

    def leaves(self) -> Iterator[Leaf]:
        """All leaves below."""
        for one in (self.left, self.right):
            if isinstance(one, Split):
                yield from one.leaves()
            elif one is not None:
                yield one


def splits_of(boosters: Sequence[lgb.Booster]) -> list[Split]:
    """The roots of the trees of boosters that vote in log-odds; a tree of one leaf moves nothing and is left out.

    Args:
        boosters: averaged with equal weight: leaves are divided by their number.
    """
    structures = [
        tree["tree_structure"] for one in boosters for tree in one.dump_model()["tree_info"]
    ]
    found = [_grown(one, (), (), len(boosters)) for one in structures]
    return [one for one in found if isinstance(one, Split)]


def _grown(
    node: Mapping[str, Any], features: tuple[int, ...], covers: tuple[float, ...], boosters: int
) -> Split | Leaf:
    if "left_child" not in node:
        return Leaf(features, covers, node["leaf_value"] / boosters)
    feature, below = int(node["split_feature"]), (node["left_child"], node["right_child"])
    shares = [_count(one) / _count(node) if _count(node) else np.nan for one in below]
    if feature in features:
        place = features.index(feature)
        both = [
            _grown(one, features, (*covers[:place], covers[place] * share, *covers[place + 1 :]), boosters)
            for one, share in zip(below, shares, strict=True)
        ]  # fmt: skip
        return Split(feature, _rule(node), 1 << (len(features) - 1 - place), *both)
    left, right = (
        _grown(one, (*features, feature), (*covers, share), boosters)
        for one, share in zip(below, shares, strict=True)
    )
    if isinstance(left, Leaf) and isinstance(right, Leaf):
        left.right = right.value
        return Split(feature, _rule(node), 0, left, None)
    return Split(feature, _rule(node), 0, left, right)


def _count(node: Mapping[str, Any]) -> float:
    return float(node.get("internal_count", node.get("leaf_count", 0)))


def _rule(node: Mapping[str, Any]) -> Rule:
    """How a split decides: `Tree::NumericalDecision` and `Tree::CategoricalDecision` of LightGBM 4.7.

    >>> of_number = {"decision_type": "<=", "threshold": 2.0, "default_left": True, "missing_type": "NaN"}
    >>> _rule(of_number)(np.array([2.0, 3.0, np.nan])).tolist()
    [True, False, True]
    >>> _rule(of_number | {"missing_type": "None"})(np.array([np.nan])).tolist()   # is read as 0.0
    [True]
    >>> _rule({"decision_type": "==", "threshold": "0||3"})(np.array([0.0, 1.0, 3.0, np.nan])).tolist()
    [True, False, True, False]
    """
    if node["decision_type"] == "==":
        levels = np.array([float(one) for one in str(node["threshold"]).split("||")])
        return lambda values: np.isin(values, levels)
    threshold, is_default_left = float(node["threshold"]), bool(node["default_left"])
    if node["missing_type"] == "NaN" and is_default_left:
        return lambda values: ~(values > threshold)
    if node["missing_type"] == "NaN":
        return lambda values: np.asarray(values <= threshold)
    if node["missing_type"] == "Zero":
        return lambda values: np.where(
            ~(np.abs(values) > ZERO), is_default_left, values <= threshold
        )
    return lambda values: np.where(np.isnan(values), 0.0, values) <= threshold

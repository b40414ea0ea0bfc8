"""Proof that the promised directions hold on a finished booster, tree by tree, or a counter-example.

Per tree: for a split on a constrained feature, every leaf of one side and every leaf of the other
that share a point in all *other* features must be ordered. Two leaves part at one split only, so
each pair is looked at once. If every tree keeps the order, so does their sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import lightgbm as lgb

from contracts.numbers import local, plain
from models.base.data import ModelContract

MAX_THRESHOLD = 1e300  # LightGBM writes an infinite threshold as this
MIN_THRESHOLD = 1e-30  # LightGBM reads numbers within 1e-35 of zero as zero, and cuts beside it


@dataclass(frozen=True, slots=True)
class Range:
    """Values of a number that reach a place in a tree: (above, upto], and whether missing does."""

    above: float = -float("inf")
    upto: float = float("inf")
    missing: bool = True

    @property
    def has_number(self) -> bool:
        """Whether any finite number lies in it."""
        return self.above < min(self.upto, MAX_THRESHOLD)

    def meet(self, other: Range) -> Range:
        """What both hold."""
        return Range(
            max(self.above, other.above),
            min(self.upto, other.upto),
            missing=self.missing and other.missing,
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing reaches."""
        return not (self.missing or self.has_number)

    def example(self) -> float | None:
        """A value in it, a number if there is one, else missing (None)."""
        if not self.has_number:
            return None
        if (
            abs(self.upto) < MIN_THRESHOLD
        ):  # a bound beside zero; zero itself lies in the range above it
            low = max(self.above, -2.0)
            return 0.0 if self.upto > 0 else (low + self.upto) / 2.0
        if self.upto < MAX_THRESHOLD:
            return self.upto
        return self.above + max(1.0, abs(self.above)) if self.above > -MAX_THRESHOLD else 0.0


@dataclass(frozen=True, slots=True)
class Choice:
    """Categories that reach a place: those in `codes`, or all but those; `all_but` also holds missing and unseen."""

    codes: frozenset[int] = frozenset()
    all_but: bool = True

    def meet(self, other: Choice) -> Choice:
        """What both hold."""
        if self.all_but and other.all_but:
            return Choice(self.codes | other.codes)
        if self.all_but:
            return Choice(other.codes - self.codes, all_but=False)
        if other.all_but:
            return Choice(self.codes - other.codes, all_but=False)
        return Choice(self.codes & other.codes, all_but=False)

    @property
    def is_empty(self) -> bool:
        """Whether nothing reaches. `all_but` never is: a missing value reaches it."""
        return not self.all_but and not self.codes

    def example(self) -> float | None:
        """A code in it, or missing (None)."""
        return None if self.all_but else float(min(self.codes))


Box = dict[int, Range | Choice]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf: its log-odds and the values of each tested feature that reach it."""

    value: float
    box: Box = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Violation:
    """Two customers who differ in one feature only, ranked against its promised direction by one tree.

    Attributes:
        tree: position of the tree in its booster, from 0.
        split: LightGBM's number of the split node that parts them.
        feature: the constrained feature.
        direction: what was promised.
        lower: values of the customer with the lower feature value; features the tree does not test are absent.
        higher: the other.
        lower_value: log-odds that the tree gives the first.
        higher_value: log-odds that it gives the second.
        booster: position of the booster in its ensemble, from 0.
    """

    tree: int
    split: int
    feature: str
    direction: int
    lower: Mapping[str, float | None]
    higher: Mapping[str, float | None]
    lower_value: float
    higher_value: float
    booster: int = 0

    def __str__(self) -> str:
        return (
            f"tree {self.tree}, split {self.split}: {self.feature} from {local(self.lower[self.feature], 'g')} "
            f"to {local(self.higher[self.feature], 'g')} moves the log-odds from {plain(self.lower_value)} to "
            f"{plain(self.higher_value)}, against direction {self.direction:+d}"
        )


def certify(boosters: tuple[lgb.Booster, ...], contract: ModelContract) -> list[Violation]:
    """Every broken promise of the boosters; empty when each tree keeps every direction.

    Values compared are numbers: a missing value is neither more nor less. Equal leaves are in order.
    """
    return [
        violation
        for number, booster in enumerate(boosters)
        for tree in booster.dump_model()["tree_info"]
        for violation in certify_tree(
            tree["tree_structure"], contract, tree=tree["tree_index"], booster=number
        )
    ]


def certify_tree(
    root: Mapping[str, Any], contract: ModelContract, *, tree: int = 0, booster: int = 0
) -> list[Violation]:
    """The broken promises of one tree, given as LightGBM's `dump_model` writes it.

    Raises:
        ValueError: the tree treats zero as missing, which the order of numbers cannot express.
    """
    directions = [feature.direction for feature in contract.features]
    found: list[Violation] = []
    for node, left, right in _splits(root):
        feature = int(node["split_feature"])
        if directions[feature] == 0:
            continue
        for lower, higher in product(left, right):
            if (higher.value - lower.value) * directions[feature] >= 0:
                continue
            shared = _shared(lower, higher, feature)
            if shared is not None:
                pair = _pair(lower, higher, shared, feature, contract.names)
                found.append(
                    Violation(
                        tree,
                        int(node["split_index"]),
                        contract.names[feature],
                        directions[feature],
                        *pair,
                        lower.value,
                        higher.value,
                        booster,
                    )
                )
    return found


def _splits(
    root: Mapping[str, Any],
) -> Iterator[tuple[Mapping[str, Any], list[Leaf], list[Leaf]]]:
    """Every split with the leaves of its two sides, boxes of the whole tree."""
    done: list[tuple[Mapping[str, Any], list[Leaf], list[Leaf]]] = []
    _leaves(root, {}, done)
    return iter(done)


def _leaves(
    node: Mapping[str, Any],
    box: Box,
    done: list[tuple[Mapping[str, Any], list[Leaf], list[Leaf]]],
) -> list[Leaf]:
    if any(reach.is_empty for reach in box.values()):
        return []  # no customer reaches this place
    if "split_feature" not in node:
        return [Leaf(float(node["leaf_value"]), box)]
    feature = int(node["split_feature"])
    here = box.get(feature)
    sides = []
    for child, reach in zip(("left_child", "right_child"), _reaches(node), strict=True):
        met = reach if here is None else here.meet(reach)  # type: ignore[arg-type]  # one feature is of one kind
        sides.append(_leaves(node[child], {**box, feature: met}, done))
    done.append((node, sides[0], sides[1]))
    return sides[0] + sides[1]


def _reaches(node: Mapping[str, Any]) -> tuple[Range | Choice, Range | Choice]:
    """What goes left and what goes right at one split, as LightGBM's own decision does."""
    if node["decision_type"] == "==":
        codes = frozenset(int(code) for code in str(node["threshold"]).split("||"))
        return Choice(codes, all_but=False), Choice(codes)
    threshold, missing_type = float(node["threshold"]), node["missing_type"]
    if missing_type == "Zero":
        raise ValueError("A tree treats zero as missing; train with zero_as_missing=false.")
    # without a missing type LightGBM reads a missing value as 0
    left = bool(node["default_left"]) if missing_type == "NaN" else threshold >= 0.0
    return Range(upto=threshold, missing=left), Range(above=threshold, missing=not left)


def _shared(one: Leaf, other: Leaf, constrained: int) -> Box | None:
    """The point set that both leaves share in all other features, or None where there is none.

    None as well where one of them is reached by a missing value of the constrained feature only.
    """
    for leaf in (one, other):
        reach = leaf.box[constrained]
        if not (isinstance(reach, Range) and reach.has_number):
            return None
    shared: Box = {}
    for feature in one.box.keys() | other.box.keys():
        if feature == constrained:
            continue
        mine, yours = one.box.get(feature), other.box.get(feature)
        met = mine.meet(yours) if mine and yours else mine or yours  # type: ignore[arg-type]  # one feature is of one kind
        if met is None or met.is_empty:
            return None
        shared[feature] = met
    return shared


def _pair(
    lower: Leaf, higher: Leaf, shared: Box, constrained: int, names: list[str]
) -> tuple[dict[str, float | None], dict[str, float | None]]:
    """Two customers, one in each leaf, equal but for the constrained feature."""
    common = {names[one]: shared[one].example() for one in sorted(shared)}
    name = names[constrained]
    return (
        {**common, name: lower.box[constrained].example()},
        {**common, name: higher.box[constrained].example()},
    )

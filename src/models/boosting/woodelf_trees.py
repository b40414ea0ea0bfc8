"""LightGBM's trees as woodelf's: built from LightGBM's own dump, for woodelf's loader refuses native categories."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
from woodelf.core.trees.decision_trees_ensemble import DecisionTreeNode, DecisionTreesEnsemble
from woodelf.core.utils import get_covers_vector, get_unique_features_in_path

from contracts.arrays import Bools, Floats

ZERO = 1e-35
"""What LightGBM takes for a zero where it reads zeros as missing (kZeroThreshold)."""
Rule = Callable[[Floats], Bools]
"""Values of one feature to whether they go left."""


class Answers(np.ndarray):
    """Booleans that woodelf may ask for as numpy, as it does of a pandas series: making one costs more than the comparison."""

    def to_numpy(self) -> Bools:
        """Themselves."""
        return np.asarray(self)


class Node(DecisionTreeNode):  # type: ignore[misc] # woodelf publishes no types
    """A node that decides as LightGBM does; woodelf reads the rest of it (value of a leaf, cover, children)."""

    def __init__(self, feature: int | None, value: float, cover: float, rule: Rule | None) -> None:
        super().__init__(feature, value, None, None, cover=cover)
        self.rule = rule

    def shall_go_left(self, row: pd.DataFrame, GPU: bool = False) -> Answers:  # noqa: ARG002, FBT001, FBT002, N803 - woodelf's signature
        """Whether each row goes left."""
        if self.rule is None:
            raise TypeError("A leaf has no split.")
        return self.rule(row[self.feature_name].to_numpy()).view(Answers)


@dataclass(frozen=True, slots=True)
class Trees:
    """Trees of all boosters of an ensemble, leaves divided by the number of boosters.

    Attributes:
        forest: woodelf's object; None where no tree has a split.
        widest: most features that one path from root to leaf splits on.
        leaves: of all trees.
        is_counted: whether training rows were counted in every node, without which there are no path-dependent values.
    """

    forest: Any
    widest: int
    leaves: int
    is_counted: bool

    def covers(self) -> Iterator[Floats]:
        """For each leaf, the share of training rows that meet each feature above it as the leaf does; as woodelf asks for it."""
        for tree in self.forest.trees:
            paths = tree.get_nodes_to_path_dict()
            for leaf in tree.get_all_leaves():
                path = paths[leaf.index]
                yield np.array(get_covers_vector([*path, leaf], get_unique_features_in_path(path)))


def trees_of(boosters: Sequence[lgb.Booster]) -> Trees:
    """The trees of boosters that vote in log-odds.

    Args:
        boosters: averaged with equal weight.
    """
    made = [
        _tree(tree["tree_structure"], len(boosters))
        for booster in boosters
        for tree in booster.dump_model()["tree_info"]
        if "left_child" in tree["tree_structure"]  # a tree of one leaf moves nothing
    ]
    nodes = [node for tree in made for node in tree.bfs()]
    return Trees(
        forest=DecisionTreesEnsemble(made) if made else None,
        widest=max((len(path) for tree in made for path in _paths(tree)), default=0),
        leaves=sum(node.is_leaf() for node in nodes),
        is_counted=all(node.cover > 0 for node in nodes),
    )


def _tree(structure: Mapping[str, Any], boosters: int) -> Node:
    root = _node(structure, boosters)
    for index, node in enumerate(root.bfs()):
        node.index = index
    root.depth = root.get_depth()
    return root


def _node(structure: Mapping[str, Any], boosters: int) -> Node:
    if "left_child" not in structure:
        cover = float(structure.get("leaf_count", 0))
        return Node(None, structure["leaf_value"] / boosters, cover, None)
    cover = float(structure["internal_count"])
    node = Node(int(structure["split_feature"]), 0.0, cover, _rule(structure))
    node.left = _node(structure["left_child"], boosters)
    node.right = _node(structure["right_child"], boosters)
    node.left.parent = node.right.parent = node
    return node


def _rule(structure: Mapping[str, Any]) -> Rule:
    """How a split decides: `Tree::NumericalDecision` and `Tree::CategoricalDecision` of LightGBM 4.7.

    >>> of_number = {"decision_type": "<=", "threshold": 2.0, "default_left": True, "missing_type": "NaN"}
    >>> _rule(of_number)(np.array([2.0, 3.0, np.nan])).tolist()
    [True, False, True]
    >>> _rule(of_number | {"missing_type": "None"})(np.array([np.nan])).tolist()   # is read as 0.0
    [True]
    >>> _rule({"decision_type": "==", "threshold": "0||3"})(np.array([0.0, 1.0, 3.0, np.nan])).tolist()
    [True, False, True, False]
    """
    if structure["decision_type"] == "==":
        levels = np.array([float(one) for one in str(structure["threshold"]).split("||")])
        return lambda values: np.isin(values, levels)
    threshold, is_default_left = float(structure["threshold"]), bool(structure["default_left"])
    if structure["missing_type"] == "NaN" and is_default_left:
        return lambda values: ~(values > threshold)
    if structure["missing_type"] == "NaN":
        return lambda values: np.asarray(values <= threshold)
    if structure["missing_type"] == "Zero":
        return lambda values: np.where(
            ~(np.abs(values) > ZERO), is_default_left, values <= threshold
        )
    return lambda values: np.where(np.isnan(values), 0.0, values) <= threshold


def _paths(root: Node) -> Iterator[set[int]]:
    """The features that each path from root to leaf splits on."""
    open_nodes: list[tuple[Node, set[int]]] = [(root, set())]
    while open_nodes:
        node, above = open_nodes.pop()
        if node.is_leaf():
            yield above
        else:
            here = above | {node.feature_name}
            open_nodes += [(node.left, here), (node.right, here)]

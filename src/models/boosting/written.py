"""A points table written as LightGBM text, one tree per feature that speaks: what serves a booster then serves the table.

A number's tree is a chain: the first split sends the missing to a leaf of their own, each further one a band to its
leaf. A category's chain sends one level after the other to its leaf; what is left is missing and unseen. The intercept
stands in the first tree. LightGBM's own reader and its rule `value <= threshold goes left` are all it relies on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import lightgbm as lgb
import numpy as np

from contracts.arrays import Floats, Ints
from models.base.points import BIGGEST, Bands, PointsTable

NUMBER, CATEGORY = 8, 9  # decision_type: missing is NaN and goes right; bit 0 is a category
WORD = 32  # bits of one word of a set of categories


@dataclass(frozen=True, slots=True)
class _Chain:
    """The leaves in their order, and the split before each but the last."""

    values: list[float]
    counts: list[int]
    splits: list[float]
    words: list[int]


def written(table: PointsTable, codes: Floats) -> lgb.Booster:
    """The booster whose raw score is the table's log-odds.

    Args:
        table: at least one feature.
        codes: rows of the book; their counts are the weights of SHAP's background, one added to each band.

    >>> from models.base.data import Feature
    >>> bands = Bands(Feature("x", "number", 1), (0.0,), (-1.0, 2.0), 0.5)
    >>> rows = np.array([[0.0], [0.1], [np.nan]])
    >>> written(PointsTable(-3.0, (bands,)), rows).predict(rows, raw_score=True).tolist()
    [-4.0, -1.0, -2.5]
    """
    return lgb.Booster(model_str=text_of(table, codes))


def text_of(table: PointsTable, codes: Floats) -> str:
    """The table as LightGBM's text, version 4."""
    speaking = [place for place, one in enumerate(table.bands) if speaks(one)] or [0]
    trees = []
    for number, place in enumerate(speaking):
        start, one = table.intercept if number == 0 else 0.0, table.bands[place]
        trees.append(_tree((number, place), _chain(one, codes[:, place], start), one))
    head = [
        "tree", "version=v4", "num_class=1", "num_tree_per_iteration=1", "label_index=0",
        f"max_feature_idx={len(table.bands) - 1}", "objective=binary sigmoid:1",
        "feature_names=" + " ".join(one.feature.name for one in table.bands),
        "feature_infos=" + " ".join(map(_info, table.bands)),
        "tree_sizes=" + " ".join(str(len(tree.encode())) for tree in trees),
    ]  # fmt: skip
    named = "\n".join(f"{table.bands[place].feature.name}=1" for place in speaking)
    return (
        "\n".join(head) + "\n\n" + "".join(trees)
        + f"end of trees\n\nfeature_importances:\n{named}\n\nparameters:\n[num_threads: 0]\nend of parameters\n\npandas_categorical:null\n"
    )  # fmt: skip


def speaks(bands: Bands) -> bool:
    """Whether a feature adds anything to any row; one that does not has no tree."""
    return bool(bands.missing) or any(bands.odds)


def _info(bands: Bands) -> str:
    """What LightGBM says of a feature's values: its levels, or the span of its cuts; nothing where it has no tree."""
    if not speaks(bands):
        return "none"
    if bands.feature.levels is not None:
        return ":".join(map(str, range(len(bands.feature.levels))))
    return f"[{_joined(bands.cuts[:1])}:{_joined(bands.cuts[-1:])}]"


def _chain(bands: Bands, codes: Floats, start: float) -> _Chain:
    known = codes <= BIGGEST
    if bands.feature.levels is not None:
        counts = _counted(codes[known].astype(np.int64), len(bands.odds))
        words, splits = _sets(len(bands.odds)), [float(i) for i in range(len(bands.odds))]
        values = [*bands.odds, bands.missing]
        return _Chain([start + one for one in values], [*counts, 1 + int((~known).sum())], splits, words)  # fmt: skip
    place = np.searchsorted(np.asarray(bands.cuts), codes[known], side="left")
    counts = _counted(place, len(bands.odds))
    values = [bands.missing, *bands.odds]
    splits = [BIGGEST, *bands.cuts]
    return _Chain([start + one for one in values], [1 + int((~known).sum()), *counts], splits, [])


def _counted(place: Ints, size: int) -> list[int]:
    return [1 + int(one) for one in np.bincount(place, minlength=size)[:size]]


def _sets(levels: int) -> list[int]:
    """One set of one level each, as LightGBM keeps them: a bit in words of 32."""
    return [word for level in range(levels) for word in [*[0] * (level // WORD), 1 << level % WORD]]


def _tree(place: tuple[int, int], chain: _Chain, bands: Bands) -> str:
    """Of this number, on the feature in this place. Node i parts leaf i from the rest; of a number, the first parts the missing, which go right."""
    number, feature = place
    n, is_category = len(chain.splits), bands.feature.levels is not None
    leaves, onward = [-(i + 1) for i in range(n)], [*range(1, n), -(n + 1)]
    left, right = leaves, onward
    if not is_category:  # numbers go left at the first split, to what is left of the chain
        left, right = [onward[0], *leaves[1:]], [leaves[0], *onward[1:]]
    totals = [sum(chain.counts[i:]) for i in range(n)]
    lines: list[tuple[str, Sequence[float]]] = [
        ("num_leaves", [n + 1]), ("num_cat", [n if is_category else 0]), ("split_feature", [feature] * n),
        ("split_gain", [1] * n), ("threshold", chain.splits),
        ("decision_type", [CATEGORY if is_category else NUMBER] * n), ("left_child", left), ("right_child", right),
        ("leaf_value", chain.values), ("leaf_weight", chain.counts), ("leaf_count", chain.counts),
        ("internal_value", [0] * n), ("internal_weight", totals), ("internal_count", totals),
    ]  # fmt: skip
    if is_category:
        sizes = [1 + level // WORD for level in range(n)]
        lines += [("cat_boundaries", [0, *np.cumsum(sizes).tolist()]), ("cat_threshold", chain.words)]  # fmt: skip
    lines += [("is_linear", [0]), ("shrinkage", [1])]
    return f"Tree={number}\n" + "".join(f"{name}={_joined(values)}\n" for name, values in lines) + "\n\n"  # fmt: skip


def _joined(values: Sequence[float]) -> str:
    return " ".join(str(one) if isinstance(one, int) else repr(float(one)) for one in values)

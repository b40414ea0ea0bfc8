"""SHAP values of many rows at once, the way woodelf finds them: tables are made once a leaf, and then looked up row by row.

LightGBM's own TreeSHAP walks every tree again for every row. Here the work for a leaf is done once, for each of the
2^d patterns in which a row can meet the d features above it; a row then reads its way off the table.

Where few splits hang below one another their leaves are summed into one table, by what a row answers to all of these splits: it
is read once for each feature, and not once for each leaf.

Source: Nadel and Wettenstein, From Decision Trees to Boolean Logic: A Fast and Unified SHAP Algorithm (2025), path-dependent
case; two leaves of one split share a table. The package `woodelf_explainer` 0.4.8 does it in single precision and
refuses LightGBM's native categories.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import comb

import lightgbm as lgb
import numpy as np

from contracts.arrays import Bools, Floats, Ints
from models.boosting.paths import Leaf, Split, splits_of

BLOCK = 16_384
"""Rows at a time: a column of them stays in the processor's cache."""
MAX_A_LEAF = 8 * 10 << 10
"""Bytes of a leaf's table on average, those of ten features on a path: above it the tables cost more than they save. One wide leaf among many small ones costs next to nothing."""
MAX_BYTES = 1 << 30
"""Of the tables of all leaves."""
MAX_ANSWERS = 11
"""Bits of a table that stands for several leaves: what is known above, and the answers to the splits below. Its 16 kB a feature stay in the processor's nearest cache."""
MAX_WORKERS = 2
"""Blocks under way at once; numpy's look-ups let other threads run."""


class WholeBook:
    """SHAP values of boosters averaged with equal weight; the tables are made with the first rows and kept for more.

    Attributes:
        trees: their roots.
        bushes: see `bushes_of`; empty before the first rows.

    Args:
        boosters: averaged in log-odds.
    """

    def __init__(self, boosters: Sequence[lgb.Booster]) -> None:
        self.trees = splits_of(boosters)
        self._leaves = [leaf for tree in self.trees for leaf in tree.leaves()]
        self._tables: dict[int, Floats] = {}
        self.bushes: dict[int, Bush] = {}

    @property
    def widest(self) -> int:
        """Most features that one path from root to leaf splits on."""
        return max((len(leaf.features) for leaf in self._leaves), default=0)

    @property
    def is_able(self) -> bool:
        """Whether tables are of a size that pays, and training rows were counted in every node."""
        n_bytes = sum(8 * len(one.features) << len(one.features) for one in self._leaves)
        is_counted = all(cover > 0 for leaf in self._leaves for cover in leaf.covers)
        return n_bytes <= min(MAX_BYTES, MAX_A_LEAF * len(self._leaves)) and is_counted

    def shap_values(self, codes: Floats) -> Floats:
        """Path-dependent SHAP values in log-odds, (rows, features); positive raises the margin.

        Args:
            codes: (rows, features) as the boosters read them.
        """
        values = np.zeros(codes.shape)
        self._tables = self._tables or tables_of(self._leaves)
        self.bushes = self.bushes or bushes_of(self.trees, self._tables)
        blocks = range(0, len(codes), BLOCK)

        def fill(start: int) -> None:
            rows = slice(start, start + BLOCK)
            walk = _Walk(np.ascontiguousarray(codes[rows].T), self._tables, self.bushes)
            for tree in self.trees:
                walk.below(tree, np.zeros(len(codes[rows]), dtype=np.intp))
            values[rows] = walk.values.T

        with ThreadPoolExecutor(min(MAX_WORKERS, os.cpu_count() or 1)) as workers:
            list(workers.map(fill, blocks))
        return values


@dataclass(frozen=True, slots=True)
class Bush:
    """All leaves below one split, in one table.

    Attributes:
        splits: below it and itself, in the order of their bits, the first highest; the bits of features met above stand before them.
        features: that any of its leaves speaks of.
        worth: (features, 2^bits), what each adds in each case.
    """

    splits: tuple[Split, ...]
    features: tuple[int, ...]
    worth: Floats


class _Walk:
    """One block of rows on its way down the trees. A row's pattern has a bit for each feature met: whether it goes the path's way."""

    def __init__(
        self, columns: Floats, tables: dict[int, Floats], bushes: Mapping[int, Bush]
    ) -> None:
        self.values: Floats = np.zeros(columns.shape)
        self._columns, self._tables, self._bushes = columns, tables, bushes
        self._read = np.empty(columns.shape[1])

    def below(self, split: Split, pattern: Ints) -> None:
        """Adds what the leaves below a split are worth."""
        bush = self._bushes.get(id(split))
        if bush is None:
            goes = split.rule(self._columns[split.feature])
            for child, met in _sides(split, goes, pattern):
                if isinstance(child, Split):
                    self.below(child, met)
                else:
                    self._add(child.features, self._tables[id(child)], met)
            return
        for one in bush.splits:
            pattern = (pattern << 1) + one.rule(self._columns[one.feature])
        self._add(bush.features, bush.worth, pattern)

    def _add(self, features: Sequence[int], table: Floats, met: Ints) -> None:
        for feature, worth in zip(features, table, strict=True):
            np.take(worth, met, out=self._read, mode="clip")
            self.values[feature] += self._read


def _sides(split: Split, goes: Bools, pattern: Ints) -> Iterator[tuple[Split | Leaf, Ints]]:
    """What follows on each side, and the pattern with which a row meets it."""
    if split.bit:
        cleared = pattern & ~split.bit
        sides = np.where(goes, pattern, cleared), np.where(goes, cleared, pattern)
    else:
        twice = pattern << 1
        sides = twice + goes, twice + ~goes
    for child, met in zip((split.left, split.right), sides, strict=True):
        if child is not None:
            yield child, met


def bushes_of(trees: Sequence[Split], tables: dict[int, Floats]) -> dict[int, Bush]:
    """The highest splits whose cases fit into one table, found again by their identity; a row of it goes down the leaves' own tables.

    Args:
        trees: their roots.
        tables: of their leaves, see `tables_of`.
    """
    found: dict[int, Bush] = {}
    open_ = [(tree, 0) for tree in trees]
    n_bytes = 0
    while open_ and n_bytes <= MAX_BYTES:  # without one, a row goes down to the leaves
        split, n_met = open_.pop()
        splits = tuple(split.splits())
        n_bits = n_met + len(splits)
        if n_bits <= MAX_ANSWERS:
            found[id(split)] = _bush(splits, n_bits, tables)
            n_bytes += found[id(split)].worth.nbytes
        else:
            below = n_met if split.bit else n_met + 1
            open_ += [(one, below) for one in (split.left, split.right) if isinstance(one, Split)]
    return found


def _bush(splits: tuple[Split, ...], n_bits: int, tables: dict[int, Floats]) -> Bush:
    cases = np.arange(2**n_bits)
    answers = {id(one): (cases >> place & 1) == 1 for place, one in enumerate(reversed(splits))}
    worth: dict[int, Floats] = {}
    open_: list[tuple[Split | Leaf, Ints]] = [(splits[0], cases >> len(splits))]
    while open_:
        one, met = open_.pop()
        if isinstance(one, Split):
            open_ += _sides(one, answers[id(one)], met)
            continue
        for feature, table in zip(one.features, tables[id(one)], strict=True):
            worth[feature] = worth.get(feature, 0.0) + table[met]
    return Bush(splits, tuple(worth), np.array(list(worth.values())))


def tables_of(leaves: Sequence[Leaf]) -> dict[int, Floats]:
    """For each leaf, what its features add by pattern: (features, 2^features), made for all leaves of one depth together.

    Args:
        leaves: by whose identity they are found again.
    """
    by_depth: dict[int, list[Leaf]] = {}
    for leaf in leaves:
        by_depth.setdefault(len(leaf.features), []).append(leaf)
    found: dict[int, Floats] = {}
    for depth, members in by_depth.items():
        shares = _shares(np.array([leaf.covers for leaf in members]))
        turned = np.arange(2**depth) ^ 1  # the right leaf is met where the last bit is not set
        value = np.array([leaf.value for leaf in members])[:, None, None]
        right = np.array([leaf.right or 0.0 for leaf in members])[:, None, None]
        made = value * _worth(shares) + right * _worth(shares[:, turned])[:, :, turned]
        found |= {id(leaf): made[place] for place, leaf in enumerate(members)}
    return found


def _shares(covers: Floats) -> Floats:
    """Share of training rows that meet the features above each leaf in each pattern, were they independent: (leaves, 2^d).

    >>> _shares(np.array([[0.25, 0.5]])).tolist()   # neither, second, first, both
    [[0.375, 0.375, 0.125, 0.125]]
    """
    shares = np.ones((len(covers), 1))
    for cover in covers.T:
        both = np.stack([1.0 - cover, cover], axis=1)
        shares = (shares[:, :, None] * both[:, None, :]).reshape(len(covers), -1)
    return shares


def _worth(shares: Floats) -> Floats:
    """What each feature adds at a leaf of value 1, by the pattern of the row: (leaves, d, 2^d).

    A row that meets features P against a training row that meets the others alone adds 1 / (|P| C(d, |P|)) for each of P,
    and takes 1 / (|N| C(d, |N|)) for each other of N. Sums over subsets make of that all pairs of patterns.

    >>> _worth(_shares(np.array([[0.25]]))).tolist()   # met: 1 - 0.25; not met: 0 - 0.25
    [[[-0.25, 0.75]]]
    """
    depth = int(shares.shape[1]).bit_length() - 1
    patterns = np.arange(2**depth)
    for bit in 2 ** np.arange(depth)[::-1]:
        shares = shares.copy()
        shares[:, (patterns & bit) == 0] += shares[:, (patterns & bit) != 0]
    worth = _weights(depth) * shares[:, None, ::-1]
    for bit in 2 ** np.arange(depth):
        has = (patterns & bit) != 0
        worth[:, :, has] += worth[:, :, ~has]
    return worth


def _weights(depth: int) -> Floats:
    """Shapley's weight of each feature by pattern, (d, 2^d): of one that is met, and less than 0 of one that is not."""
    patterns = np.arange(2**depth)
    met = np.array([(patterns >> place) & 1 for place in range(depth)][::-1], dtype=np.bool_)
    n_met = met.sum(axis=0)
    of_met = np.array([1.0 / (n * comb(depth, n)) if n else 0.0 for n in n_met.tolist()])
    of_others = np.array(
        [1.0 / (n * comb(depth, n)) if n else 0.0 for n in (depth - n_met).tolist()]
    )
    return np.where(met, of_met, -of_others)

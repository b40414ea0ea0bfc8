"""Ideas: inputs that say the same to a reader; what they cost a customer together, and what it would gain had it the values of healthy peers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from contracts.arrays import Bools, Floats, Ints
from contracts.config.scale import ScaleConfig
from contracts.scale import exact_score, grade
from models.boosting.booster import Ensemble
from models.boosting.shapley import Calibrate
from models.explanation.peers import Peers
from models.explanation.wording import Feature

BLOCK = 32_768
"""Rows that are scored at a time: a book with all that is tried of it does not fit in memory."""


def ideas(features: Sequence[Feature], group: Ints) -> Bools:
    """Which inputs say the same as each: those of its subject or correlated group that may be a reason, shape (inputs, inputs).

    Args:
        features: in the model's order.
        group: (inputs,) label of the correlated group of each.
    """
    subject = np.array([one.subject for one in features], dtype=object)
    may = np.array([one.role == "reason" for one in features], dtype=np.bool_)
    same = (subject[:, None] == subject[None, :]) | (group[:, None] == group[None, :])
    return np.asarray(same & may[None, :], dtype=np.bool_)


def together(parts: Floats, same: Bools) -> Floats:
    """What the inputs of each one's idea come to together, shape (rows, inputs).

    They are added up in their order, for one customer as for a book: the product `parts @ same.T` rounds by how many rows it is
    given, and which idea is told first would hang on who else is in the file.

    Args:
        parts: (rows, inputs).
        same: see `ideas`.

    >>> together(np.array([[1.0, 2.0, 4.0]]), np.array([[True, True, False], [True, True, False], [False, False, True]])).tolist()
    [[3.0, 3.0, 4.0]]
    """
    masks, which = np.unique(same, axis=0, return_inverse=True)
    columns = np.ascontiguousarray(parts.T)
    sums = np.zeros((len(masks), len(parts)))
    for place, mask in enumerate(masks):
        for one in np.flatnonzero(mask):
            sums[place] += columns[one]
    return np.ascontiguousarray(sums[which.reshape(-1)].T)


def marks(same: Bools) -> list[int]:
    """The idea of each input as one number, bit by bit: two ideas that share an input have a bit in common. A book asks for it millions of times.

    >>> marks(np.array([[True, True, False], [True, True, False], [False, False, True]]))
    [3, 3, 4]
    """
    return [sum(1 << int(one) for one in np.flatnonzero(row)) for row in same]


def apart(
    places: Sequence[int], lost: Sequence[float], idea: Sequence[int], before: Sequence[int]
) -> list[int]:
    """Those spoken of before, then of these one of each idea, in their order: of an idea the input that costs most.

    Inputs of one subject overlap with others by their correlated groups, so that the widest idea is not that of its dearest input.

    Args:
        places: the dearest idea first.
        lost: (features,) of the customer.
        idea: see `marks`.
        before: places.

    >>> same = np.array([[True, True, True, False], [True, True, False, False], [True, False, True, False], [False, False, False, True]])
    >>> apart([0, 1, 3], [-2.0, -9.0, -1.0, -3.0], marks(same), [])
    [1, 3]
    """
    some, used = list(before), 0
    for place in some:
        used |= idea[place]
    for place in places:
        if not used & idea[place]:
            of_it = [one for one in places if idea[place] >> one & 1 and not idea[one] & used]
            best = min(of_it, key=lost.__getitem__)
            used |= idea[place] | idea[best]
            some.append(best)
    return some


@dataclass(frozen=True, slots=True)
class Healer:
    """The model, asked what a customer's score would be with other values.

    Attributes:
        ensemble: boosters and their inputs.
        calibrate: margin to PD.
        scale: PD to score.
    """

    ensemble: Ensemble
    calibrate: Calibrate
    scale: ScaleConfig

    def scores(self, codes: Floats) -> tuple[Floats, Floats]:
        """Exact score and grade of encoded rows."""
        chance = self.calibrate(self.ensemble.margin_of(codes))
        return exact_score(chance, self.scale), np.asarray(grade(chance, self.scale), dtype=np.float64)  # fmt: skip

    def codes(self, rows: pd.DataFrame) -> Floats:
        """Rows of the matrix, encoded."""
        return self.ensemble.contract.encode(rows)

    def usual(self, peers: Peers, groups: Sequence[str]) -> Floats:
        """The values typical of each customer's healthy peers, encoded, shape (rows, inputs)."""
        names = self.ensemble.contract.names
        known = {one: place for place, one in enumerate(peers.group)}
        typical = pd.DataFrame([[peers.group[one][name] for name in names] for one in known], columns=names)  # fmt: skip
        return np.asarray(self.codes(typical)[[known[one] for one in groups]])

    def gains(self, codes: Floats, usual: Floats, rows: Ints, healed: Bools) -> Floats:
        """By how many points the score rises, one for each trial.

        Args:
            codes: encoded rows.
            usual: what is typical of the healthy peers of each.
            rows: of each trial, the row.
            healed: (trials, inputs) the inputs that get the typical value.
        """
        # as it is, each row is scored once, however many trials are made on it
        each, which = np.unique(rows, return_inverse=True)
        before = self.scores(codes[each])[0][which]
        return np.asarray(self.scores(np.where(healed, usual[rows], codes[rows]))[0] - before)


def blocks(n: int) -> Iterator[slice]:
    """So many trials in blocks that fit in memory.

    >>> [(one.start, one.stop) for one in blocks(40_000)]
    [(0, 32768), (32768, 65536)]
    """
    for start in range(0, n, BLOCK):
        yield slice(start, start + BLOCK)

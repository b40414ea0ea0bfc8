"""Ideas tried on a book: what a customer's score and grade would be, had it the values of healthy peers in some of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from contracts.arrays import Bools, Floats
from models.explanation.ideas import Healer, blocks
from models.explanation.peers import Peers

Ideas = Sequence[Sequence[int]]
"""Of each row, the ideas, each by the place of the input that tells it."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A book beside its healthy peers, and the model that is asked.

    Attributes:
        healer: the model.
        same: see `ideas`.
        worse: (rows, inputs) where a row is worse than its peers: what they could give it.
        codes: (rows, inputs) the book, encoded.
        usual: (rows, inputs) what is typical of the peers of each.
    """

    healer: Healer
    same: Bools
    worse: Bools
    codes: Floats
    usual: Floats

    @classmethod
    def of(
        cls, healer: Healer, masks: tuple[Bools, Bools], whom: tuple[pd.DataFrame, Peers, Sequence[str]]
    ) -> Trial:  # fmt: skip
        """A trial of `masks`, which are `same` and `worse`, on the rows of a matrix with their peers and the group of each."""
        values, peers, groups = whom
        return cls(healer, *masks, healer.codes(values), healer.usual(peers, groups))

    def gains(self, asked: Ideas, beside: Ideas | None = None) -> list[list[float]]:
        """By how many points each idea raises the score of its row when it is healed, beside others that are healed with it.

        Args:
            asked: one trial each.
            beside: of each row; without them each idea is healed alone. The gain is that of all of them together.
        """
        pairs = [(row, place) for row, some in enumerate(asked) for place in some]
        if not pairs:
            return [[] for _ in asked]
        rows, places = np.array(pairs, dtype=np.int64).T
        with_it = self.told(beside) if beside is not None else np.zeros_like(self.worse)
        found = []
        for part in blocks(len(rows)):
            at = rows[part]
            healed = (self.same[places[part]] | with_it[at]) & self.worse[at]
            found.append(self.healer.gains(self.codes, self.usual, at, healed))
        each = iter(np.concatenate(found).tolist())
        return [[next(each) for _ in some] for some in asked]

    def told(self, ideas: Ideas) -> Bools:
        """The inputs of the ideas of each row, shape (rows, inputs)."""
        asked = np.zeros(self.worse.shape, dtype=np.float32)
        asked[np.repeat(np.arange(len(ideas)), [len(some) for some in ideas]), [one for some in ideas for one in some]] = 1.0  # fmt: skip
        return np.asarray(
            asked @ self.same.astype(np.float32) > 0.0
        )  # counts: exact, whatever the order

    def grades(self) -> Floats:
        """The grade of each row as it is."""
        parts = [self.healer.scores(self.codes[part])[1] for part in blocks(len(self.codes))]
        return np.concatenate(parts) if parts else np.zeros(0)

    def lifts(self, healed: Bools, now: Floats, asked: Bools) -> Bools:
        """Whether the grade of each row is better with these inputs healed, where it is worse in them.

        Args:
            healed: (rows, inputs).
            now: see `grades`.
            asked: (rows,) whom the answer is asked of; False of the others. Only where something is healed the model is asked.
        """
        healed = healed & self.worse
        found = np.zeros(len(self.codes), dtype=np.bool_)
        rows = np.flatnonzero(asked & healed.any(axis=1))
        for part in blocks(len(rows)):
            at = rows[part]
            healthy = np.where(healed[at], self.usual[at], self.codes[at])
            found[at] = self.healer.scores(healthy)[1] < now[at]
        return found


def completed(
    trial: Trial, told: Ideas, others: Ideas, *, most: int, least: float
) -> list[list[int]]:
    """The ideas told, and more of them where they are not enough for a better grade and more would be.

    A few points more are next to nothing, unless they are those that lack of a better grade. What an idea gives depends on what
    else is healed, for two may each hide what the other costs. So it is asked together: of the others the one that gives most
    beside those told is told after them, and so on, while it gives so many points and there is room. What does not reach the
    better grade in the end is not told.

    Args:
        trial: the book.
        told: of each row.
        others: of each row, those that might be told as well; each raises the score by itself.
        most: ideas a row is told at most.
        least: points that an idea gives at least, beside those told.
    """
    now, everybody = trial.grades(), np.ones(len(trial.codes), dtype=np.bool_)
    might = trial.lifts(np.ones_like(trial.worse), now, everybody)
    short = might & ~trial.lifts(trial.told(told), now, might)
    found = [list(some) for some in told]
    left = [list(some) if short[row] else [] for row, some in enumerate(others)]
    first = trial.gains([some[:1] if left[row] else [] for row, some in enumerate(found)], found)
    so_far = [own[0] if own else 0.0 for own in first]
    for _ in range(most):
        left = [some if len(found[row]) < most else [] for row, some in enumerate(left)]
        for row, gains in enumerate(trial.gains(left, found)):
            best = max(range(len(gains)), key=gains.__getitem__, default=0)
            if not gains or gains[best] - so_far[row] < least:
                left[row] = []
                continue
            found[row].append(left[row].pop(best))
            so_far[row] = gains[best]
    more = np.array([len(some) > len(told[row]) for row, some in enumerate(found)], dtype=np.bool_)
    reached = trial.lifts(trial.told(found), now, more)
    return [some if reached[row] else list(told[row]) for row, some in enumerate(found)]

"""What the scores of a book would be, were what its reasons name as it is with healthy peers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from contracts.arrays import Bools, Floats
from contracts.documents.explanations import Interval
from models.explanation.absent import absent
from models.explanation.contrast import Contrast
from models.explanation.ideas import ideas
from models.explanation.reasons import Said
from models.explanation.witness import Witness

NOISE = 1e-6
"""Points that two sums of the same trees may differ by."""


@dataclass(frozen=True, slots=True)
class Healed:
    """One value a customer.

    Attributes:
        grades: as they are.
        has: whether it has a reason.
        rises: whether the score is higher with all its reasons healed.
        lifts: whether the grade is better then.
        able: whether the grade is better with everything healed in which it is worse than its peers: no reasons could do more.
        plain: whether it is better with the inputs healed that cost most, as many as it has reasons, taken as they come.
        each: share of single reasons that raise the score when they alone are healed; None without a reason.
    """

    grades: Floats
    has: Bools
    rises: Bools
    lifts: Bools
    able: Bools
    plain: Bools
    each: float | None

    @property
    def customers(self) -> int:
        """Those with a reason."""
        return int(self.has.sum())

    def share(self, asked: Bools, among: Bools) -> float | None:
        """How many of some customers; None of nobody."""
        return float(asked[among].mean()) if among.any() else None

    def between(self, asked: Bools) -> Interval | None:
        """The share of those that are able, with Wilson's interval of 95 %; None where nobody is."""
        from scipy.stats import binomtest  # noqa: PLC0415 - rate and describe need none of it

        among = self.has & self.able
        if not among.any():
            return None
        hits, n = int(asked[among].sum()), int(among.sum())
        found = binomtest(hits, n).proportion_ci(method="wilson")
        return Interval(value=hits / n, low=float(found.low), high=float(found.high))


def healed_book(
    witness: Witness,
    rows: pd.DataFrame,
    industries: Sequence[object],
    reasons: Sequence[Sequence[Said]],
    phi: Floats,
) -> Healed:
    """Heals what is said, and what else there is.

    To heal an idea is to give its inputs, all of them, the values of healthy peers wherever the customer is worse than
    these. An input on which it is better stays: what is right with a customer is not its trouble.

    Args:
        witness: the model, and who spoke.
        rows: of the matrix.
        industries: of their customers.
        reasons: of each.
        phi: SHAP values, log-odds; positive raises the PD.
    """
    speaker, healer = witness.speaker, witness.judge.healer
    groups = speaker.peers.of(industries)
    contrast = Contrast(speaker.features, speaker.peers, speaker.currency)
    worse = contrast.worse(rows, groups, absent(rows, witness.lineage))
    codes, usual = healer.codes(rows), healer.usual(speaker.peers, groups)
    same = ideas(speaker.features, speaker.group)
    single = [(row, same[one.position] & worse[row]) for row, some in enumerate(reasons) for one in some]  # fmt: skip
    told = np.array([same[[one.position for one in some]].any(axis=0) for some in reasons], dtype=np.bool_).reshape(worse.shape)  # fmt: skip
    plain = np.zeros_like(worse)
    order = np.argsort(-phi, axis=1, kind="stable")
    for row, some in enumerate(reasons):
        plain[row, order[row, : len(some)]] = True
    before, grades = healer.scores(codes)
    after = [healer.scores(np.where(mask, usual, codes)) for mask in (told & worse, worse, plain)]
    each = None
    if single:
        at = np.array([row for row, _ in single], dtype=np.int64)
        gains = healer.gains(codes, usual, at, np.array([mask for _, mask in single]))
        each = float((gains > NOISE).mean())
    has = np.array([len(some) > 0 for some in reasons], dtype=np.bool_)
    lifts = [found[1] < grades for found in after]
    return Healed(grades, has, after[0][0] > before + NOISE, lifts[0], lifts[1], lifts[2], each)

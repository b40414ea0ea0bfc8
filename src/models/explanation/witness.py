"""What the truth of reasons is measured with: the model, who speaks, and the healthy customers that others are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from models.boosting.booster import Ensemble
from models.boosting.shapley import Explainer
from models.explanation.absent import absent
from models.explanation.groups import hashed_sample
from models.explanation.history import Judge
from models.explanation.ideas import ideas
from models.explanation.peers import peers
from models.explanation.reasons import Said, Spokesman

ALONE = 500
"""Rows that a part of the evidence is asked about."""


@dataclass(frozen=True, slots=True)
class Witness:
    """What reasons are measured with.

    Attributes:
        judge: the model.
        speaker: who gives the reasons.
        healthy: rows of the matrix of healthy customers.
        lineage: the declarations.
        industries: of the healthy.
        least_peers: how many of one industry are a group of their own.
    """

    judge: Judge
    speaker: Spokesman
    healthy: pd.DataFrame
    lineage: pd.DataFrame
    industries: Sequence[object]
    least_peers: int

    def reasons(self, rows: pd.DataFrame, industries: Sequence[object]) -> list[list[Said]]:
        """The reasons of any rows, without the context."""
        made = self.judge.points(rows).by_feature
        said = self.speaker.reasons(made, rows, industries, absent(rows, self.lineage), self.judge.healer)  # fmt: skip
        return [[one for one in some if one.role == "reason"] for some in said]

    def alone(self, member: int) -> Witness:
        """The same with one of the boosters in the place of their average."""
        whole = self.judge.ensemble
        single = Ensemble((whole.boosters[member],), whole.contract)
        judge = replace(self.judge, ensemble=single, explainer=Explainer(single))
        usual = judge.points(hashed_sample(self.healthy, ALONE)).by_feature.mean(axis=0)
        return replace(self, judge=judge, speaker=replace(self.speaker, healthy_points=usual))

    def ideas(self) -> list[frozenset[int]]:
        """Of each input, the places of all that say the same: of its subject, or of its correlated group."""
        every = ideas(self.speaker.features, self.speaker.group)
        return [frozenset(np.flatnonzero(same).tolist()) for same in every]

    def drawn_anew(self, seed: int) -> Witness:
        """The same with healthy customers drawn anew, with replacement: other people to be compared with."""
        drawn = np.random.default_rng(seed).integers(0, len(self.healthy), len(self.healthy))
        healthy = self.healthy.iloc[drawn].reset_index(drop=True)
        typical = peers(healthy, [self.industries[one] for one in drawn], self.judge.ensemble.contract.names, self.least_peers)  # fmt: skip
        usual = self.judge.points(hashed_sample(healthy, ALONE)).by_feature.mean(axis=0)
        return replace(self, speaker=replace(self.speaker, healthy_points=usual, peers=typical))

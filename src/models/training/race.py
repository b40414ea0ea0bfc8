"""The race on time-ordered folds: does a fitted model foresee later defaults better than the expert score, beyond chance?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from contracts.arrays import Floats
from contracts.config.expert import ExpertConfig
from models.base.losses import row_losses
from models.calibration.choice import Candidate, one_standard_error
from models.search.preparation import Prepared
from models.training.card import CARD, fit_card
from models.training.cards import Book
from models.training.few import margin_after
from models.training.flavours import Members, Tried, log_loss

RUNNERS = ("shrunk", CARD, "lightgbm")
"""Least of the book's own data first: the first within one standard error of the best wins."""


@dataclass(frozen=True, slots=True)
class Race:
    """How it came out.

    Attributes:
        winner: of `RUNNERS`.
        runners: mean log loss on later rows, and the standard error of its difference to the best.
        card: the scorecard on the folds, as a member of the bundle to be.
    """

    winner: str
    runners: tuple[Candidate, ...]
    card: Tried

    def to_json(self) -> list[dict[str, Any]]:
        """What `data/model/members.json` holds of it."""
        return [
            {"model": one.method, "log_loss": one.log_loss, "standard_error": one.standard_error}
            for one in self.runners
        ]

    @property
    def is_fitted(self) -> bool:
        """Whether a fitted model won."""
        return self.winner != RUNNERS[0]

    def members(self, boosters: Members) -> Members:
        """What is to be fitted, certified, explained and served: the boosters, or the scorecard alone where it won."""
        if self.winner != CARD:
            return boosters
        return Members((self.card,), (*boosters.tried, self.card), self.card.log_loss)


def race(ready: Prepared, members: Members, book: Book, expert: ExpertConfig) -> Race:
    """Each model learns from what was final when a fold began, and answers its later rows.

    The paired difference of their log losses is clustered by customer; the runner that rests least on the book's few
    defaults is taken unless another is better by more than one standard error, as with calibrators.

    Args:
        ready: the thinned train rows and their folds.
        members: LightGBM's margins there.
        book: what the expert score is made for; its inputs are among the raw features.
        expert: points, rates and what they weigh.
    """
    rows = np.concatenate([fold.valid for fold in ready.folds])
    by_fold = dict(zip(RUNNERS, _margins(ready, members, book, expert), strict=True))
    found = {name: np.concatenate(margins) for name, margins in by_fold.items()}
    bad = ready.thinned.defaulted[rows]
    losses: dict[str, Floats | None] = {name: row_losses(margin, bad) for name, margin in found.items()}  # fmt: skip
    winner, runners = one_standard_error(losses, ready.thinned.customer_id[rows])
    return Race(winner, runners, _as_member(ready, by_fold[CARD]))


def _as_member(ready: Prepared, margins: list[Floats]) -> Tried:
    bad = ready.thinned.defaulted
    losses = [
        log_loss(one, bad[fold.valid]) for one, fold in zip(margins, ready.folds, strict=True)
    ]
    return Tried(CARD, "all", {}, 1, tuple(margins), float(np.mean(losses)))


def _margins(
    ready: Prepared, members: Members, book: Book, expert: ExpertConfig
) -> Iterator[list[Floats]]:
    part = ready.thinned
    stated, fitted = [], []
    for fold in ready.folds:
        learned, later = part.take(fold.train), part.take(fold.valid)
        now = replace(book, train=learned, calibrate=learned.take(np.zeros(len(learned), bool)))
        stated.append(margin_after(now, expert, later))
        card = fit_card(ready.codes[fold.train], learned.defaulted, ready.contract)
        margin = card.predict(ready.codes[fold.valid], raw_score=True)
        fitted.append(np.asarray(margin, dtype=np.float64))
    yield stated
    yield fitted
    folds = range(len(ready.folds))
    yield [np.mean([one.margins[at] for one in members.chosen], axis=0) for at in folds]

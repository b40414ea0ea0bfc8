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
from models.scorecard.scorecard import fit_scorecard
from models.search.preparation import Prepared
from models.training.few import Book, margin_after
from models.training.flavours import Members

RUNNERS = ("shrunk", "scorecard", "lightgbm")
"""Least of the book's own data first: the first within one standard error of the best wins."""


@dataclass(frozen=True, slots=True)
class Race:
    """How it came out.

    Attributes:
        winner: of `RUNNERS`.
        runners: mean log loss on later rows, and the standard error of its difference to the best.
    """

    winner: str
    runners: tuple[Candidate, ...]

    def to_json(self) -> list[dict[str, Any]]:
        """What `data/model/members.json` holds of it."""
        return [
            {"model": one.method, "log_loss": one.log_loss, "standard_error": one.standard_error}
            for one in self.runners
        ]

    @property
    def is_fitted(self) -> bool:
        """Whether a fitted model won; LightGBM then stands, and the scorecard beside it as ever."""
        return self.winner != RUNNERS[0]


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
    found = dict(zip(RUNNERS, _margins(ready, members, book, expert), strict=True))
    bad = ready.thinned.defaulted[rows]
    losses: dict[str, Floats | None] = {name: row_losses(margin, bad) for name, margin in found.items()}  # fmt: skip
    winner, runners = one_standard_error(losses, ready.thinned.customer_id[rows])
    return Race(winner, runners)


def _margins(
    ready: Prepared, members: Members, book: Book, expert: ExpertConfig
) -> Iterator[Floats]:
    part = ready.thinned
    stated, fitted = [], []
    for fold in ready.folds:
        learned, later = part.take(fold.train), part.take(fold.valid)
        now = replace(book, train=learned, calibrate=learned.take(np.zeros(len(learned), bool)))
        stated.append(margin_after(now, expert, later))
        fitted.append(fit_scorecard(learned, ready.contract).margin(later.features))
    yield np.concatenate(stated)
    yield np.concatenate(fitted)
    folds = range(len(ready.folds))
    yield np.concatenate([np.mean([one.margins[at] for one in members.chosen], axis=0) for at in folds])  # fmt: skip

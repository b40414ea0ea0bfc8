"""Rehearsals: what the run does with calibrate and test, done at earlier origins, so that calibrators are judged on later rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Floats, Ints
from contracts.calendar import matured_on
from contracts.config.training import TrainConfig
from models.base.arrays import hashed_share
from models.boosting.binned import Rows
from models.sample.folds import MIN_TRAIN_DEFAULTS, Fold
from models.search.preparation import Prepared
from models.training.fits import fit_members
from models.training.flavours import Members

SHARES = 2
"""Customers of a rehearsal's newest block are dealt into so many shares, each answered by boosters that did not see it."""
MIN_DEFAULTS = 10
"""A rehearsal needs so many defaulted customers in the block a calibrator learns from, and in the rows it is judged on."""
COLUMNS = ("origin", "customer_id", "as_of", "is_judged", "margin", "defaulted")


def rehearse(
    members: Members, ready: Prepared, span: np.timedelta64, config: TrainConfig
) -> pd.DataFrame:
    """Margins at every origin that holds enough defaults (contract REHEARSED); no row where none does.

    At each time-ordered fold, the newest block of its train rows stands for calibrate and its later rows for test. With
    `refit: matured` the block is answered by boosters that learned from all matured rows but those of the customer's share, and
    the later rows by boosters of all; with `refit: train` both by boosters whose rows had matured before the block began.

    Args:
        members: the boosters of the bundle to be; their settings and trees are used.
        ready: the thinned train rows, their codes and folds.
        span: from the first day of decision of the calibrate part to its last.
        config: how LightGBM is fitted, and what the run refits on.
    """
    run = _Run(members, ready, config)
    found = [run.at(number, fold, span) for number, fold in enumerate(ready.folds)]
    kept = [one for one in found if one is not None]
    if not kept:
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.concat(kept, ignore_index=True)


class _Run:
    """The rows, and the boosters asked for; see `rehearse`."""

    def __init__(self, members: Members, ready: Prepared, config: TrainConfig) -> None:
        self._members, self._config = members, config
        self._part = ready.thinned
        self._rows = Rows(ready.codes, ready.thinned.defaulted, ready.contract)
        self._ripe = matured_on(self._part.as_of, ready.contract.horizon_months)
        self._share = np.floor(hashed_share(self._part.customer_id, salt="rehearsal") * SHARES)

    def at(self, number: int, fold: Fold, span: np.timedelta64) -> pd.DataFrame | None:
        """The rehearsal of one fold; None where it holds too few defaults."""
        days = self._part.as_of[fold.train]
        is_newest = days >= days.max() - span
        block, begins = fold.train[is_newest], days[is_newest].min()
        older = fold.train[self._ripe[fold.train] <= begins]
        learned = (
            [older] if self._config.refit == "train" else self._without_shares(fold.train, block)
        )
        if not self._suffices(learned, block, fold.valid):
            return None
        if self._config.refit == "train":
            (both,) = self._answers([older], [np.concatenate([block, fold.valid])])
            known, later = both[: len(block)], both[len(block) :]
        else:
            known = self._unseen(fold.train, block)
            later = np.mean([one.margins[number] for one in self._members.chosen], axis=0)
        return pd.concat(
            [
                self._table(fold, block, known, is_judged=False),
                self._table(fold, fold.valid, later, is_judged=True),
            ]
        )

    def _suffices(self, learned: list[Ints], block: Ints, later: Ints) -> bool:
        heads = [
            len(np.unique(self._part.customer_id[rows][self._part.defaulted[rows]].astype(str)))
            for rows in (block, later)
        ]
        before = min(int(np.count_nonzero(self._part.defaulted[rows])) for rows in learned)
        return before >= MIN_TRAIN_DEFAULTS and min(heads) >= MIN_DEFAULTS

    def _without_shares(self, train: Ints, block: Ints) -> list[Ints]:
        """For each share of the customers, the train rows without that share's rows of the block."""
        return [np.setdiff1d(train, block[self._share[block] == share]) for share in range(SHARES)]

    def _unseen(self, train: Ints, block: Ints) -> Floats:
        shares = [self._share[block] == share for share in range(SHARES)]
        learned = self._without_shares(train, block)
        some = [number for number, mine in enumerate(shares) if mine.any()]
        answers = self._answers(
            [learned[number] for number in some], [block[shares[number]] for number in some]
        )
        margin = np.full(len(block), np.nan)
        for number, answer in zip(some, answers, strict=True):
            margin[shares[number]] = answer
        return margin

    def _answers(self, learned: list[Ints], asked: list[Ints]) -> list[Floats]:
        ensembles = fit_members(self._members, self._rows, learned, self._config)
        return [
            ensemble.margin_of(self._rows.codes[rows])
            for ensemble, rows in zip(ensembles, asked, strict=True)
        ]

    def _table(self, fold: Fold, rows: Ints, margin: Floats, *, is_judged: bool) -> pd.DataFrame:
        part = self._part
        values: dict[str, Any] = {
            "origin": pd.Timestamp(fold.valid_from),
            "customer_id": part.customer_id[rows],
            "as_of": part.as_of[rows],
            "is_judged": is_judged,
            "margin": margin,
            "defaulted": part.defaulted[rows],
        }
        return pd.DataFrame(values)

"""The fit of one run: search and flavours on time-ordered folds of train, then a refit on everything that has matured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from contracts.arrays import Floats
from contracts.config.training import TrainConfig
from models.base.arrays import hashed_share
from models.base.data import ModelContract, Part, joined
from models.boosting.binned import WHOLE, Picked, Rows
from models.boosting.booster import Ensemble
from models.scorecard.scorecard import Scorecard, fit_scorecard
from models.search.preparation import Prepared
from models.search.search import Found, search
from models.search.study import Storage
from models.training.card import CARD
from models.training.fits import fit_all, fit_members
from models.training.flavours import RIVALS, Members, choose_members, try_flavours
from models.training.rehearsal import rehearse


@dataclass(frozen=True, slots=True)
class Trained:
    """All that `train` writes, beside what was prepared.

    Attributes:
        ensemble: the boosters of the bundle.
        scorecard: fitted on the same rows.
        found: the search.
        members: the flavours tried and taken.
        unseen: contract UNSEEN: answers to the rows of calibrate by models that did not learn from that customer's.
        rehearsed: contract REHEARSED: the same at earlier origins, and the rows that came later.
        rivals: the plain boosters, fitted on the rows that the ensemble learned from.
    """

    ensemble: Ensemble
    scorecard: Scorecard
    found: Found
    members: Members
    unseen: pd.DataFrame
    rehearsed: pd.DataFrame
    rivals: dict[str, Ensemble]

    @property
    def contract(self) -> ModelContract:
        """Features in the boosters' order."""
        return self.ensemble.contract

    @property
    def line(self) -> str:
        """What was fitted, in one line."""
        boosters = ", ".join(f"{one.name} {one.rounds}" for one in self.members.chosen)
        if self.members.chosen[0].name == CARD:
            boosters = "none, the scorecard won the race and is written as one booster"
        return (
            f"{len(self.contract.features)} features; boosters and trees: {boosters}; "
            f"log loss {self.members.log_loss:.5f} on later data"
        )


def train_models(
    ready: Prepared, calibrate: Part, config: TrainConfig, storage: Storage | None = None
) -> Trained:
    """LightGBM and the scorecard.

    Settings, trees and flavours are chosen on time-ordered folds inside train. With `refit: matured` the
    models are then fitted on train and calibrate together, because the newest outcomes tell most about
    those to come; the test part is never read.

    Args:
        ready: the train part, its features and folds.
        calibrate: the later part, its outcomes final before the test part begins.
        config: seed, budget, flavours, what to refit on.
        storage: keeps the search beyond this process.
    """
    contract, outcomes = ready.contract, ready.thinned.defaulted
    found = search(ready.codes, outcomes, ready.folds, contract, config, storage)
    tried = try_flavours(ready.codes, outcomes, ready.folds, contract, config, found.chosen)
    members = choose_members(tried, outcomes, ready.folds, config.members)
    return train_members(members, found, ready, calibrate, config)


def train_members(
    members: Members, found: Found, ready: Prepared, calibrate: Part, config: TrainConfig
) -> Trained:
    """The chosen members on everything they may learn from, with all that belongs to them; see `train_models`."""
    contract = ready.contract
    span = calibrate.as_of.max() - calibrate.as_of.min()
    rehearsed = rehearse(members, ready, span, config)
    early = fit_scorecard(ready.part, contract)
    if config.refit == "train":
        rows = Rows.of(ready.part, contract)
        (ensemble,) = fit_members(members, rows, [WHOLE], config)
        rivals = _rivals(members, rows, config)
        margin = ensemble.margin(calibrate.features)
        return Trained(
            ensemble, early, found, members, _table(calibrate, margin, early), rehearsed, rivals
        )
    learned = joined(ready.part, calibrate)
    rows = Rows.of(learned, contract)
    ensemble, margin = with_unseen(members, rows, calibrate.customer_id, config)
    rivals = _rivals(members, rows, config)
    late = fit_scorecard(learned, contract)
    return Trained(
        ensemble, late, found, members, _table(calibrate, margin, early), rehearsed, rivals
    )


def _rivals(members: Members, rows: Rows, config: TrainConfig) -> dict[str, Ensemble]:
    rivals = [one for one in members.tried if one.name in RIVALS]
    boosters = fit_all([(one, WHOLE) for one in rivals], rows, config)
    return {
        one.name: Ensemble((booster,), rows.contract)
        for one, booster in zip(rivals, boosters, strict=True)
    }


def with_unseen(
    members: Members, rows: Rows, newest: NDArray[Any], config: TrainConfig
) -> tuple[Ensemble, Floats]:
    """Boosters of all rows, and margins of the newest rows by boosters that learned from everything but those of their customer.

    The final boosters learn from these rows, so their own answers to them would flatter, and a calibrator
    fitted on those would be too sure of itself. Boosters of the train part alone would be honest, but
    older than the final ones: a calibrator would correct a change of level that the refit has learned
    already, and count it twice. So customers are dealt into folds by hashed id, and each fold is answered
    by boosters that saw the same time and other customers.

    Args:
        members: flavours, settings and trees.
        rows: those of train, and after them those of calibrate.
        newest: customers of the calibrate rows, in their order: the last ones.
        config: folds of customers, how LightGBM is fitted.

    Source: cross-fitted calibration, as scikit-learn's CalibratedClassifierCV(ensemble=False), by customer.
    """
    first = len(rows.codes) - len(newest)
    share = hashed_share(newest, salt="unseen")
    fold = np.floor(share * config.unseen_folds).astype(np.int64)
    asked = [fold == number for number in np.unique(fold)]
    before = np.ones(first, dtype=np.bool_)
    picks: list[Picked] = [WHOLE, *(np.concatenate([before, ~one]) for one in asked)]
    whole, *others = fit_members(members, rows, picks, config)
    margin = np.full(len(newest), np.nan)
    for one, ensemble in zip(asked, others, strict=True):
        margin[one] = ensemble.margin_of(rows.codes[first:][one])
    return whole, margin


def _table(calibrate: Part, margin: Floats, early: Scorecard) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": calibrate.customer_id,
            "as_of": calibrate.as_of,
            "margin": margin,
            "pd_baseline": early.pd(calibrate.features),
        }
    )

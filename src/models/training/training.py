"""The fit of one run: search and flavours on time-ordered folds of train, then a refit on everything that has matured."""

from __future__ import annotations

from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
import pandas as pd

from contracts.arrays import Floats
from contracts.config.training import TrainConfig
from models.base.arrays import hashed_share
from models.base.data import ModelContract, Part, joined
from models.boosting.booster import Ensemble
from models.scorecard.scorecard import Scorecard, fit_scorecard
from models.search.preparation import Prepared
from models.search.search import Found, search
from models.search.study import Storage
from models.training.card import CARD
from models.training.flavours import (
    RIVALS,
    Members,
    choose_members,
    fit_alone,
    fit_members,
    try_flavours,
)
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
        ensemble = _ensemble(members, ready.part, contract, config)
        rivals = _rivals(members, ready.part, contract, config)
        margin = ensemble.margin(calibrate.features)
        return Trained(
            ensemble, early, found, members, _table(calibrate, margin, early), rehearsed, rivals
        )
    learned = joined(ready.part, calibrate)
    margin = unseen_margin(members, ready.part, calibrate, contract, config)
    ensemble = _ensemble(members, learned, contract, config)
    rivals = _rivals(members, learned, contract, config)
    late = fit_scorecard(learned, contract)
    return Trained(
        ensemble, late, found, members, _table(calibrate, margin, early), rehearsed, rivals
    )


def _ensemble(
    members: Members, part: Part, contract: ModelContract, config: TrainConfig
) -> Ensemble:
    return Ensemble(_fitted(members, part, contract, config), contract)


def _rivals(
    members: Members, part: Part, contract: ModelContract, config: TrainConfig
) -> dict[str, Ensemble]:
    codes = contract.encode(part.features)
    return {
        one.name: Ensemble((fit_alone(one, codes, part.defaulted, contract, config),), contract)
        for one in members.tried
        if one.name in RIVALS
    }


def _fitted(
    members: Members, part: Part, contract: ModelContract, config: TrainConfig
) -> tuple[lgb.Booster, ...]:
    codes = contract.encode(part.features)
    return fit_members(members, codes, part.defaulted, contract, config)


def unseen_margin(
    members: Members, train: Part, calibrate: Part, contract: ModelContract, config: TrainConfig
) -> Floats:
    """Margins of the calibrate rows by boosters that learned from train and from other customers' calibrate rows.

    The final boosters learn from these rows, so their own answers to them would flatter, and a calibrator
    fitted on those would be too sure of itself. Boosters of the train part alone would be honest, but
    older than the final ones: a calibrator would correct a change of level that the refit has learned
    already, and count it twice. So customers are dealt into folds by hashed id, and each fold is answered
    by boosters that saw the same time and other customers.

    Source: cross-fitted calibration, as scikit-learn's CalibratedClassifierCV(ensemble=False), by customer.
    """
    share = hashed_share(calibrate.customer_id, salt="unseen")
    fold = np.floor(share * config.unseen_folds).astype(np.int64)
    margin = np.full(len(calibrate), np.nan)
    for number in np.unique(fold):
        out = fold == number
        learned = joined(train, calibrate.take(~out))
        boosters = _fitted(members, learned, contract, config)
        margin[out] = Ensemble(boosters, contract).margin(calibrate.take(out).features)
    return margin


def _table(calibrate: Part, margin: Floats, early: Scorecard) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": calibrate.customer_id,
            "as_of": calibrate.as_of,
            "margin": margin,
            "pd_baseline": early.pd(calibrate.features),
        }
    )

"""The fit of one run: search and flavours on time-ordered folds of train, then a refit on everything that has matured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from contracts.arrays import Floats
from contracts.config.training import TrainConfig
from models.base.arrays import hashed_share
from models.base.data import ModelContract, Part, joined
from models.boosting.at_once import meanwhile
from models.boosting.binned import WHOLE, Picked, Rows
from models.boosting.booster import Ensemble
from models.scorecard.scorecard import Scorecard, fit_scorecard
from models.search.preparation import Prepared
from models.search.search import Found, search
from models.search.study import Storage
from models.training.card import CARD
from models.training.fits import Beside, fit_members
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
    course = ready.course
    found = search(course, config, storage)
    tried = try_flavours(course, config, found.chosen, found.fits)
    members = choose_members(
        tried, course.defaulted, ready.folds, config.members, ready.thinned.customer_id
    )
    return train_members(members, found, ready, calibrate, config)


def train_members(
    members: Members, found: Found, ready: Prepared, calibrate: Part, config: TrainConfig
) -> Trained:
    """The chosen members on everything they may learn from, with all that belongs to them; see `train_models`."""
    contract = ready.contract
    span = calibrate.as_of.max() - calibrate.as_of.min()
    is_refitted = config.refit != "train"
    learned = joined(ready.part, calibrate) if is_refitted else ready.part
    parts = [ready.part, learned] if is_refitted else [ready.part]
    with meanwhile(partial(_scorecards, parts, contract), config) as cards:
        rehearsed = rehearse(members, ready, span, config)
        rows = Rows.of(learned, contract)
        if is_refitted:
            who = calibrate.customer_id
            ensemble, margin, plain = with_unseen(members, rows, who, config, _plain(members))
        else:
            ensemble, *plain = fit_members(members, rows, [WHOLE], config, _plain(members))
            margin = ensemble.margin(calibrate.features, config.threads)
        early, late = cards()
    unseen, rivals = _table(calibrate, margin, early), _rivals(members, ensemble, plain)
    return Trained(ensemble, late, found, members, unseen, rehearsed, rivals)


def _scorecards(parts: Sequence[Part], contract: ModelContract) -> tuple[Scorecard, Scorecard]:
    """Of the first rows and of the last, which may be the same; one after the other, for a fit sets the filter of warnings."""
    found = [fit_scorecard(part, contract) for part in parts]
    return found[0], found[-1]


def _plain(members: Members) -> list[Beside]:
    """Rivals that are no members: they are fitted beside, on all rows."""
    taken = {one.name for one in members.chosen}
    return [(one, WHOLE) for one in members.tried if one.name in RIVALS and one.name not in taken]


def _rivals(members: Members, whole: Ensemble, plain: Sequence[Ensemble]) -> dict[str, Ensemble]:
    """Every rival alone, in the order tried; one that is a member is the member."""
    names = [one.name for one, _ in _plain(members)]
    alone = dict(zip(names, plain, strict=True))
    for one, booster in zip(members.chosen, whole.boosters, strict=True):
        alone[one.name] = Ensemble((booster,), whole.contract)
    return {one.name: alone[one.name] for one in members.tried if one.name in RIVALS}


def with_unseen(
    members: Members,
    rows: Rows,
    newest: NDArray[Any],
    config: TrainConfig,
    beside: Sequence[Beside] = (),
) -> tuple[Ensemble, Floats, list[Ensemble]]:
    """Boosters of all rows, margins of the newest rows by boosters that learned from everything but those of their customer, and those beside.

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
        beside: flavours to be fitted alone, in the same go.

    Source: cross-fitted calibration, as scikit-learn's CalibratedClassifierCV(ensemble=False), by customer.
    """
    first = len(rows.codes) - len(newest)
    share = hashed_share(newest, salt="unseen")
    fold = np.floor(share * config.unseen_folds).astype(np.int64)
    asked = [fold == number for number in np.unique(fold)]
    before = np.ones(first, dtype=np.bool_)
    picks: list[Picked] = [WHOLE, *(np.concatenate([before, ~one]) for one in asked)]
    whole, *others = fit_members(members, rows, picks, config, beside)
    margin = np.full(len(newest), np.nan)
    for one, ensemble in zip(asked, others[: len(asked)], strict=True):
        margin[one] = ensemble.margin_of(rows.codes[first:][one], config.threads)
    return whole, margin, others[len(asked) :]


def _table(calibrate: Part, margin: Floats, early: Scorecard) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": calibrate.customer_id,
            "as_of": calibrate.as_of,
            "margin": margin,
            "pd_baseline": early.pd(calibrate.features),
        }
    )

"""The model of a book with few or no defaults: the expert's scorecard, moved by what defaults there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Floats
from contracts.calendar import matured_on
from contracts.config.expert import ExpertConfig
from contracts.config.training import TrainConfig
from models.base.arrays import hashed_share
from models.base.data import ModelContract, Part, joined
from models.base.points import PointsTable
from models.boosting.booster import Ensemble
from models.boosting.written import written
from models.scorecard.expert import at_long_run, stated
from models.scorecard.scorecard import Scorecard
from models.scorecard.shrinkage import Shrunk, shrink

EXPERT, SHRUNK = "expert", "shrunk"


@dataclass(frozen=True, slots=True)
class Few:
    """All that `train` writes of a book with few defaults.

    Attributes:
        ensemble: the scorecard, written as one booster.
        scorecard: the baseline beside it: the mean PD for everybody.
        unseen: contract UNSEEN.
        shrunk: how far the data moved it.
        defaulted: customers that defaulted in what it learned from.
        fitted_from: from how many a model is fitted.
        stated_rate: mean PD of the book within the horizon before any data.
    """

    ensemble: Ensemble
    scorecard: Scorecard
    unseen: pd.DataFrame
    shrunk: Shrunk
    defaulted: int
    fitted_from: int
    stated_rate: float

    @property
    def flavour(self) -> str:
        """`expert` without a default, else `shrunk`."""
        return SHRUNK if self.defaulted else EXPERT

    @property
    def line(self) -> str:
        """What was made, in one line."""
        return (
            f"{len(self.ensemble.contract.features)} features of stated experience; {self.defaulted} defaulted customers carry "
            f"{self.shrunk.share:.0%} of its weight; from {self.fitted_from} on a model is fitted"
        )

    def to_json(self, refit: str) -> dict[str, Any]:
        """What `data/model/members.json` holds."""
        names = self.ensemble.contract.names
        weights = [
            {"feature": name, "weight": float(weight), "share_of_data": float(share)}
            for name, weight, share in zip(names, self.shrunk.weights, self.shrunk.weight_shares, strict=True)
        ]  # fmt: skip
        member = {"flavour": self.flavour, "view": "all", "rounds": len(names), "settings": {}}
        experience = {
            "defaulted_customers": self.defaulted,
            "share_of_data": self.shrunk.share,
            "level_share_of_data": self.shrunk.level_share,
            "level_moved": self.shrunk.level,
            "fitted_from": self.fitted_from,
            "stated_rate": self.stated_rate,
            "weights": weights,
        }
        return {"refit": refit, "members": [member], "tried": [], "experience": experience}


def defaulted_customers(*parts: Part) -> int:
    """Customers with at least one default in the parts."""
    return len(set().union(*(part.customer_id[part.defaulted].tolist() for part in parts)))


def train_few(train: Part, calibrate: Part, lineage: pd.DataFrame, expert: ExpertConfig, config: TrainConfig, *, portfolio: str, horizon_months: int) -> Few:  # fmt: skip
    """The expert's scorecard at the stated rate, shrunk towards what train and calibrate show.

    Args:
        train, calibrate: what may be learned from; outcomes of the test part are never read.
        lineage: the features there are, and the directions promised.
        expert: points, rates and how sure they are.
        config: whether calibrate is learned from, and the folds of the unseen answers.
        portfolio, horizon_months: go into the contract.
    """
    book = joined(train, calibrate)
    table = stated(expert, lineage)
    contract = table.contract(portfolio, horizon_months)
    codes = contract.encode(book.features)
    table = at_long_run(table, codes, expert, horizon_months)
    learned = book if config.refit == "matured" else train
    shrunk = moved(table, learned, contract, expert)
    final = applied(table, shrunk)
    rate = float(np.mean(1.0 / (1.0 + np.exp(-table.margin(codes)))))
    baseline = Scorecard(float(np.log(rate / (1.0 - rate))), ())
    margin = unseen_margin(table, train, calibrate, contract, expert, config)
    unseen = pd.DataFrame(
        {"customer_id": calibrate.customer_id, "as_of": calibrate.as_of, "margin": margin, "pd_baseline": rate}
    )  # fmt: skip
    ensemble = Ensemble((written(final, codes),), contract)
    return Few(ensemble, baseline, unseen, shrunk, defaulted_customers(learned), expert.fitted_from, rate)  # fmt: skip


def moved(table: PointsTable, part: Part, contract: ModelContract, expert: ExpertConfig) -> Shrunk:
    """How far the outcomes of a part move the table; a part without a default moves it too, by its survivors.

    A row counts for 1 / (days of decision within one horizon): the monthly rows of one customer over a 12-month
    horizon tell one story twelve times, and a default is seen from each of twelve days.
    """
    added = table.added(contract.encode(part.features))
    days = np.unique(part.as_of)
    one_horizon = int(np.count_nonzero(days < matured_on(days[:1], contract.horizon_months)[0]))
    information = np.full(len(part), 1.0 / max(one_horizon, 1))
    level = np.full(len(part), table.intercept)
    return shrink(level, added, part.defaulted, information, (expert.level_sd, expert.weight_sd))


def applied(table: PointsTable, shrunk: Shrunk) -> PointsTable:
    """The table at the posterior mode."""
    names = [one.feature.name for one in table.bands]
    weights = dict(zip(names, shrunk.weights.tolist(), strict=True))
    return table.weighted(table.intercept + shrunk.level, weights)


def unseen_margin(table: PointsTable, train: Part, calibrate: Part, contract: ModelContract, expert: ExpertConfig, config: TrainConfig) -> Floats:  # fmt: skip
    """Margins of the calibrate rows by scorecards that did not learn from that customer's rows there."""
    codes = contract.encode(calibrate.features)
    if config.refit == "train":
        return applied(table, moved(table, train, contract, expert)).margin(codes)
    fold = np.floor(hashed_share(calibrate.customer_id, salt="unseen") * config.unseen_folds)
    margin = np.full(len(calibrate), np.nan)
    for number in np.unique(fold):
        out = fold == number
        shrunk = moved(table, joined(train, calibrate.take(~out)), contract, expert)
        margin[out] = applied(table, shrunk).margin(codes[out])
    return margin

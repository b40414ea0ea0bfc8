"""The model of a book with few or no defaults: the expert score, moved by what defaults there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

from contracts.arrays import Floats
from contracts.config.expert import ExpertConfig
from contracts.config.training import TrainConfig
from contracts.documents.experience import Experience, Why
from contracts.errors import TrainingError
from models.base.arrays import hashed_share
from models.base.data import Part, joined
from models.boosting.booster import Ensemble
from models.boosting.written import written
from models.sample.folds import thin_panel, time_folds
from models.sample.split import is_dealt
from models.scorecard.expert import absent
from models.scorecard.scorecard import Scorecard
from models.scorecard.shrinkage import Shrunk
from models.search.preparation import SEARCH_ROWS
from models.training.cards import Book, Card, card_of

EXPERT, SHRUNK, OWN = "expert", "shrunk", "own"
MIN_TO_CALIBRATE = 2
"""Defaults that a calibrator needs, see `models.calibration.choice`."""


@dataclass(frozen=True, slots=True)
class Few:
    """All that `train` writes of a book with few defaults.

    Attributes:
        ensemble: the scorecard, written as one booster.
        scorecard: the baseline beside it: the stated mean PD for everybody.
        unseen: contract UNSEEN.
        shrunk: how far the data moved it.
        weights: the same of each input, or of each column of one (a level, a missing value) where nothing was stated.
        experience: what the score rests on.
    """

    ensemble: Ensemble
    scorecard: Scorecard
    unseen: pd.DataFrame
    shrunk: Shrunk
    weights: list[dict[str, Any]]
    experience: Experience

    @property
    def flavour(self) -> str:
        """`own` where the book's own inputs rank, `expert` without a default, else `shrunk`."""
        if self.experience.own:
            return OWN
        return SHRUNK if self.experience.customers else EXPERT

    @property
    def line(self) -> str:
        """What was made, in one line."""
        of = self.experience
        same = (
            ""
            if of.ranks
            else "; it ranks nobody, for no input with points varies in this book: give points to inputs of your own (attributes_<name> in configs/expert.yaml), or lower train.min_defaults"
        )
        lacking = f"; stated inputs that are not in this book: {', '.join(of.absent)}" if of.absent else ""  # fmt: skip
        begins = (
            f"score of the book's own {of.inputs} inputs, for no input with points varies in it: how customers differ was learned from "
            "few defaults, shrunk towards no difference"
            if of.own
            else f"expert score of {of.inputs} inputs (configs/expert.yaml): it rests on stated experience"
        )
        return (
            f"{begins}; mean PD {of.mean_pd:.2%}; "
            f"{of.customers} defaulted customers, the data count for {of.data_share:.0%}{same}{lacking}"
        )

    def members(self, refit: str) -> dict[str, Any]:
        """What `data/model/members.json` holds."""
        member = {
            "flavour": self.flavour,
            "view": "all",
            "rounds": self.experience.inputs,
            "settings": {},
        }
        moved = {"level_moved": self.shrunk.level, "weights": self.weights}
        return {
            "refit": refit,
            "members": [member],
            "tried": [],
            "experience": self.experience.model_dump(mode="json"),
            "moved": moved,
        }


def defaulted_customers(*parts: Part) -> int:
    """Customers with at least one default in the parts."""
    return len(set().union(*(part.customer_id[part.defaulted].tolist() for part in parts)))


def too_few(book: Book, config: TrainConfig) -> Why | None:
    """Why no model can be fitted to a book, judged on later data and calibrated; None where one can.

    Args:
        book: its train and calibrate part.
        config: fewest defaults in train, folds of the search.
    """
    train, defaults = book.train, int(np.count_nonzero(book.train.defaulted))
    if not defaults + int(np.count_nonzero(book.calibrate.defaulted)):
        return "none"
    if is_dealt(train.as_of, book.calibrate.as_of):
        return "short"
    if defaults < config.min_defaults:
        return "few"
    if int(np.count_nonzero(book.calibrate.defaulted)) < MIN_TO_CALIBRATE:
        return "calibrate"
    kept = train.take(thin_panel(train.customer_id, train.as_of, book.horizon_months, SEARCH_ROWS))
    try:
        time_folds(kept.as_of, kept.defaulted, book.horizon_months, config.search.folds)
    except TrainingError:  # it says that no fold holds enough defaults, and nothing else
        return "folds"
    return None


def in_race(book: Book, expert: ExpertConfig) -> bool:
    """Whether so few customers defaulted in train that the expert score races with what was fitted."""
    return defaulted_customers(book.train) <= expert.race_until


def train_few(book: Book, expert: ExpertConfig, config: TrainConfig, why: Why) -> Few:
    """The expert score at the stated rate, shrunk towards what train and calibrate show.

    Args:
        book: what it is made for.
        expert: points, rates and what they weigh.
        config: whether calibrate is learned from, and the folds of the unseen answers.
        why: there is no fitted model.
    """
    card = card_of(book, expert)
    learned = book.train if config.refit == "train" else card.whole
    shrunk = card.moved(learned)
    final = card.applied(shrunk)
    rate, margin = card.rate, final.margin(card.codes)
    unseen = pd.DataFrame(
        {
            "customer_id": book.calibrate.customer_id,
            "as_of": book.calibrate.as_of,
            "margin": _unseen_margin(card, config),
            "pd_baseline": rate,
        }
    )
    experience = Experience(
        why=why,
        customers=defaulted_customers(learned),
        needed=config.min_defaults,
        long_run_rate=expert.long_run_rate,
        stated_pd=rate,
        mean_pd=float(np.mean(expit(margin))),
        data_share=shrunk.share,
        level_share=shrunk.level_share,
        points_share=float(np.mean(shrunk.weight_shares)),
        inputs=len(final.bands),
        absent=absent(expert, book.lineage),
        ranks=bool(np.ptp(margin) > 0),
        own=card.is_own,
    )
    ensemble = Ensemble((written(final, card.codes),), card.contract)
    told = card.told(shrunk)
    return Few(ensemble, Scorecard(float(np.log(rate / (1.0 - rate))), ()), unseen, shrunk, told, experience)  # fmt: skip


def margin_after(book: Book, expert: ExpertConfig, asked: Part) -> Floats:
    """Log-odds of some rows by the expert score that learned from the whole book."""
    card = card_of(book, expert)
    return card.after(card.whole).margin(card.contract.encode(asked.features))


def _unseen_margin(card: Card, config: TrainConfig) -> Floats:
    """Margins of the calibrate rows by scorecards that did not learn from that customer's rows there."""
    train, calibrate = card.book.train, card.book.calibrate
    codes = card.contract.encode(calibrate.features)
    if config.refit == "train":
        return card.after(train).margin(codes)
    fold = np.floor(hashed_share(calibrate.customer_id, salt="unseen") * config.unseen_folds)
    margin = np.full(len(calibrate), np.nan)
    for number in np.unique(fold):
        out = fold == number
        margin[out] = card.after(joined(train, calibrate.take(~out))).margin(codes[out])
    return margin

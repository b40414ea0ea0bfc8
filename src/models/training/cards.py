"""The points tables of a book with few defaults: the stated one, and one of the book's own inputs where the stated one ranks nobody."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from contracts.arrays import Floats
from contracts.calendar import matured_on
from contracts.config.expert import ExpertConfig
from models.base.data import ModelContract, Part, joined, learn_contract
from models.base.points import PointsTable
from models.scorecard.expert import INDUSTRY, MONTHS, at_long_run, speaks, stated
from models.scorecard.own import OwnInputs
from models.scorecard.shrinkage import Beliefs, Shrunk, precisions, shrink
from models.search.preparation import learned_from


@dataclass(frozen=True, slots=True)
class Book:
    """What the expert score is made for and may learn from; outcomes of the test part are never read.

    Attributes:
        train, calibrate: parts of the sample; calibrate is decided later.
        lineage: the inputs there are, and the directions promised.
        portfolio, horizon_months: go into the contract.
    """

    train: Part
    calibrate: Part
    lineage: pd.DataFrame
    portfolio: str
    horizon_months: int


class Card(ABC):
    """A points table on a book, and how far outcomes move it.

    Attributes:
        book: what it is made for.
        whole: its train and calibrate rows.
        contract: the inputs.
        codes: the rows of `whole`, encoded.
    """

    is_own = False
    """Whether nothing is stated of its inputs, so that the book's defaults alone say how customers differ."""

    def __init__(self, book: Book, contract: ModelContract, whole: Part) -> None:
        self.book, self.contract, self.whole = book, contract, whole
        self.codes = contract.encode(whole.features)

    @property
    @abstractmethod
    def rate(self) -> float:
        """Mean PD of the book as stated, before an outcome is read."""

    @abstractmethod
    def moved(self, part: Part) -> Shrunk:
        """How far the outcomes of a part move it; a part without a default moves it too, by its survivors."""

    @abstractmethod
    def applied(self, shrunk: Shrunk) -> PointsTable:
        """The table at the posterior mode."""

    @abstractmethod
    def told(self, shrunk: Shrunk) -> list[dict[str, Any]]:
        """What `data/model/members.json` holds of the weights: whose, how large, and how much of it is data."""

    def after(self, part: Part) -> PointsTable:
        """The table that has learned from the outcomes of a part."""
        return self.applied(self.moved(part))

    def information(self, part: Part) -> Floats:
        """What each row of a part counts for: 1 / (days of decision within one horizon).

        The monthly rows of one customer over a 12-month horizon tell one story twelve times, and a default is seen from
        each of twelve days.
        """
        days = np.unique(part.as_of)
        ripe = matured_on(days[:1], self.contract.horizon_months)
        one_horizon = int(np.count_nonzero(days < ripe[0])) if len(days) else 1
        return np.full(len(part), 1.0 / max(one_horizon, 1))


class StatedCard(Card):
    """The points of `configs/expert.yaml`, at the stated rate."""

    def __init__(self, book: Book, expert: ExpertConfig) -> None:
        whole = joined(book.train, book.calibrate)
        seen = whole.features.get(INDUSTRY, pd.Series(dtype=str)).dropna().unique()
        table = stated(expert, book.lineage, map(str, seen))
        super().__init__(book, table.contract(book.portfolio, book.horizon_months), whole)
        self.table = at_long_run(table, self.codes, expert, book.horizon_months)
        weights = (expert.level_weight, expert.points_weight)
        odds, added = self.table.margin(self.codes), self.table.added(self.codes)
        self.ranks = bool(np.ptp(odds) > 0)
        self.beliefs = Beliefs.stated(precisions(odds, added, weights))
        # where defaults are: an input's weight then says how far customers lie apart, and leaves the level to the level
        self.centre = np.average(added, axis=0, weights=expit(odds) * expit(-odds))

    @cached_property
    def rate(self) -> float:
        """Mean PD of the book as stated, before an outcome is read."""
        return float(np.mean(expit(self.table.margin(self.codes))))

    def moved(self, part: Part) -> Shrunk:
        """How far the outcomes of a part move level and weights."""
        added = self.table.added(self.contract.encode(part.features)) - self.centre
        level = np.full(len(part), self.table.intercept + float(self.centre.sum()))
        return shrink(level, added, part.defaulted, self.information(part), self.beliefs)

    def applied(self, shrunk: Shrunk) -> PointsTable:
        """The table at the posterior mode."""
        names = [one.feature.name for one in self.table.bands]
        weights = dict(zip(names, shrunk.weights.tolist(), strict=True))
        moved = shrunk.level + float(self.centre @ (1.0 - shrunk.weights))
        return self.table.weighted(self.table.intercept + moved, weights)

    def told(self, shrunk: Shrunk) -> list[dict[str, Any]]:
        """The weight of each input, as a multiple of its points."""
        of = zip(self.contract.names, shrunk.weights, shrunk.weight_shares, strict=True)
        return [
            {"feature": name, "weight": float(weight), "data_share": float(share)}
            for name, weight, share in of
        ]


class OwnCard(Card):
    """All inputs of the book that vary, weighed by its own defaults; the level alone is stated."""

    is_own = True

    def __init__(self, book: Book, expert: ExpertConfig) -> None:
        whole = joined(book.train, book.calibrate)
        declared = learned_from(book.lineage, earlier=False)
        contract, _ = learn_contract(whole, declared, book.portfolio, book.horizon_months)
        super().__init__(book, contract, whole)
        self.inputs = OwnInputs.learned(self.codes, contract)
        self.beliefs = self.inputs.beliefs(expert.level_weight)
        self._rate: float = 1.0 - (1.0 - expert.long_run_rate) ** (book.horizon_months / MONTHS)

    @property
    def rate(self) -> float:
        """The stated rate of a year, over the horizon."""
        return self._rate

    def moved(self, part: Part) -> Shrunk:
        """How far the outcomes of a part move the level and the weight of each column from none."""
        columns = self.inputs.matrix(self.contract.encode(part.features))
        level = np.full(len(part), float(logit(self.rate)))
        return shrink(level, columns, part.defaulted, self.information(part), self.beliefs)

    def applied(self, shrunk: Shrunk) -> PointsTable:
        """The table at the posterior mode."""
        return self.inputs.table(float(logit(self.rate)) + shrunk.level, shrunk.weights)

    def told(self, shrunk: Shrunk) -> list[dict[str, Any]]:
        """The weight of each column, in log-odds: of a standard score, of a missing value, or of a level."""
        of = zip(self.inputs.columns, shrunk.weights, shrunk.weight_shares, strict=True)
        return [
            {
                "feature": self.contract.names[one.place],
                "of": self.inputs.named(one),
                "weight": float(weight),
                "data_share": float(share),
            }
            for one, weight, share in of
        ]


def card_of(book: Book, expert: ExpertConfig) -> Card:
    """The stated card; where it ranks nobody and somebody defaulted, a card of the book's own inputs.

    Raises:
        ConfigError: points run against a promised direction or are of a category; or they are of none of the book's inputs,
            and nobody defaulted who could tell of these.
        TrainingError: the stated card ranks nobody, and no input varies in the book.
    """
    somebody = bool(book.train.defaulted.any() or book.calibrate.defaulted.any())
    if not speaks(expert, book.lineage) and somebody:
        return OwnCard(book, expert)
    card = StatedCard(book, expert)
    return card if card.ranks or not somebody else OwnCard(book, expert)

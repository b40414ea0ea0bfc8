"""The recipe of a run, done again on other rows: members and settings as they were chosen, boosters and calibrator fitted anew."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import pandas as pd
from scipy.special import expit

from contracts.arrays import Bools, Floats
from contracts.config.calibration import CalibrateConfig
from contracts.config.training import TrainConfig
from contracts.config.upkeep import RecalibrateConfig
from contracts.documents.outlook import Outlook
from models.base.arrays import hashed_share
from models.base.data import ModelContract, Part, Unseen
from models.boosting.binned import WHOLE, Picked, Rows
from models.boosting.booster import Ensemble
from models.calibration.calibrators import Anchored, Recalibrated
from models.calibration.choice import Calibration, calibrate
from models.measures.movement import outlook_of_history
from models.sample.early import Early, next_default
from models.training.card import CARD
from models.training.fits import Beside, fit_members
from models.training.flavours import Members, Tried

Weighed: TypeAlias = tuple[Part, Early]
"""Rows whose outcome is open, and what is known of them."""


@dataclass(frozen=True, slots=True)
class Made:
    """The recipe on some rows.

    Attributes:
        ensemble: boosters of all of them.
        calibration: the calibrator, its level that of the year ahead.
        unseen: the answers it learned from.
        outlook: what the level of that year was told from; None where the level is anchored to a long-run rate.
        weighed: rows whose outcome is open that were learned from, each with what is known of it; None where they are left out.
        beside: one more booster of the same rows, which has no vote; None where the recipe names none.
    """

    ensemble: Ensemble
    calibration: Calibration
    unseen: Unseen
    outlook: Outlook | None
    weighed: Weighed | None = None
    beside: Ensemble | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is done again.

    Attributes:
        members: flavours, settings and trees, as the folds chose them.
        contract: the features, with the categories that train had seen.
        config: seed, folds of customers, how LightGBM is fitted.
        calibrating: methods allowed, and what is asked of them.
        level: how much the level of the PDs moves from year to year.
        beside: a flavour to be fitted on all rows as well, for comparison: nothing of it is shipped.
    """

    members: Members
    contract: ModelContract
    config: TrainConfig
    calibrating: CalibrateConfig
    level: RecalibrateConfig
    beside: Tried | None = None

    def made(
        self,
        known: Part,
        still_open: Part,
        early: Early | None = None,
        entries: pd.DataFrame | None = None,
    ) -> Made:
        """Boosters of all known rows, a calibrator of their unseen answers, and the level of the year ahead.

        The boosters have seen every known row, so their own answers there would flatter. Customers are dealt into folds by hashed
        id, and each is answered by boosters that learned from other customers of the same years. A calibrator of these answers
        has seen every year there was, so what is true of one year alone (a crisis) does not pass for a rule; but neither does
        it know which level comes next. That is told from when the defaults happened, newest first, shrunk towards what
        the boosters have learned. With `early` the boosters learn from the open rows as well, each by the share of its outcome that has
        matured; the calibrator is asked about final ones alone.

        Args:
            known: rows whose outcome is final.
            still_open: newer ones, whose outcome is not.
            early: what is known of these; None: they are left out of the fit.
            entries: contract DEFAULTS, the days by which the level reads the defaults of final rows; None: it reads them off the days of decision.

        Raises:
            TrainingError: fewer than two defaults are known, or nothing else.

        Source: cross-fitted calibration, as scikit-learn's CalibratedClassifierCV(ensemble=False), by customer; for the level
        see `models.measures.movement`.
        """
        weighed = self._weighed(still_open, early)
        whole, margin, beside = self._fitted(known, weighed)
        unseen = Unseen(known.customer_id, margin, known.defaulted)
        shaped = calibrate(unseen, self.calibrating)
        if isinstance(shaped.calibrator, Anchored):
            return Made(whole, shaped, unseen, None, weighed, beside)
        told = _told(known, shaped.calibrator.log_odds(unseen.margin), known.defaulted)
        if entries is not None:
            told = told.assign(defaulted_on=next_default(known, entries))
        if len(still_open):
            margins = whole.margin(still_open.features, self.config.threads)
            odds = shaped.calibrator.log_odds(margins)
            told = pd.concat([told, _told(still_open, odds)], ignore_index=True)
        year = outlook_of_history(told, self.contract.horizon_months, self.level)
        if year is None:
            return Made(whole, shaped, unseen, None, weighed, beside)
        levelled = Recalibrated(shaped.calibrator, ((year.offset, 1.0, 0.0),))
        return Made(whole, replace(shaped, calibrator=levelled), unseen, year, weighed, beside)

    @property
    def can_weigh(self) -> bool:
        """Whether rows can count by weight: a scorecard as a member counts all alike."""
        return all(one.name != CARD for one in self.members.chosen)

    def _weighed(self, still_open: Part, early: Early | None) -> Weighed | None:
        """Open rows that say something."""
        if early is None or not self.can_weigh:
            return None
        says = early.weight > 0
        if not says.any():
            return None
        return still_open.take(says), Early(early.defaulted[says], early.share[says])

    def _fitted(
        self, known: Part, weighed: Weighed | None = None
    ) -> tuple[Ensemble, Floats, Ensemble | None]:
        """Boosters of all rows, the margins of the final ones, each by boosters that had not learned of its customer, and the one beside."""
        rows, customer = Rows.of(known, self.contract), known.customer_id
        if weighed is not None:
            newer, early = weighed
            rows = Rows(
                np.concatenate([rows.codes, self.contract.encode(newer.features)]),
                np.concatenate([rows.defaulted, early.defaulted]),
                self.contract,
                np.concatenate([np.ones(len(known)), early.weight]),
            )
            customer = np.concatenate([customer, newer.customer_id])
        fold = np.floor(hashed_share(customer, salt="unseen") * self.config.unseen_folds)
        final = fold[: len(known)]
        asked = np.unique(final)
        picks: list[Picked] = [WHOLE, *(fold != number for number in asked)]
        extra: list[Beside] = [] if self.beside is None else [(self.beside, WHOLE)]
        whole, *others = fit_members(self.members, rows, picks, self.config, extra)
        beside = others.pop() if extra else None
        margin = np.full(len(known), np.nan)
        for number, ensemble in zip(asked, others, strict=True):
            one = final == number
            margin[one] = ensemble.margin_of(rows.codes[: len(known)][one], self.config.threads)
        return whole, margin, beside


def _told(part: Part, odds: Floats, defaulted: Bools | None = None) -> pd.DataFrame:
    """Rows as an outlook reads them; an outcome that is not final is missing."""
    outcome = pd.array(defaulted if defaulted is not None else [pd.NA] * len(part), dtype="boolean")
    return pd.DataFrame(
        {
            "customer_id": part.customer_id,
            "as_of": pd.to_datetime(part.as_of),
            "pd": np.asarray(expit(odds)),
            "defaulted": outcome,
        }
    )

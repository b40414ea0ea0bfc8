"""The recipe of a run, done again on other rows: members and settings as they were chosen, boosters and calibrator fitted anew."""

from __future__ import annotations

from dataclasses import dataclass, replace

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
from models.boosting.booster import Ensemble
from models.calibration.calibrators import Anchored, Recalibrated
from models.calibration.choice import Calibration, calibrate
from models.measures.outlook import outlook
from models.training.fits import WHOLE, Picked, Rows, fit_members
from models.training.flavours import Members


@dataclass(frozen=True, slots=True)
class Made:
    """The recipe on some rows.

    Attributes:
        ensemble: boosters of all of them.
        calibration: the calibrator, its level that of the year ahead.
        unseen: the answers it learned from.
        outlook: what the level of that year was told from; None where the level is anchored to a long-run rate.
    """

    ensemble: Ensemble
    calibration: Calibration
    unseen: Unseen
    outlook: Outlook | None


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is done again.

    Attributes:
        members: flavours, settings and trees, as the folds chose them.
        contract: the features, with the categories that train had seen.
        config: seed, folds of customers, how LightGBM is fitted.
        calibrating: methods allowed, and what is asked of them.
        level: how much the level of the PDs moves from year to year.
    """

    members: Members
    contract: ModelContract
    config: TrainConfig
    calibrating: CalibrateConfig
    level: RecalibrateConfig

    def made(self, known: Part, still_open: Part) -> Made:
        """Boosters of all known rows, a calibrator of their unseen answers, and the level of the year ahead.

        The boosters have seen every known row, so their own answers there would flatter. Customers are dealt into folds by hashed
        id, and each is answered by boosters that learned from other customers of the same years. A calibrator of these answers
        has seen every year there was, so what is true of one year alone (a crisis) does not pass for a rule; but neither does
        it know which level comes next. That is told from when the defaults happened, newest first, shrunk towards what
        the boosters have learned.

        Args:
            known: rows whose outcome is final.
            still_open: newer ones, whose outcome is not.

        Raises:
            TrainingError: fewer than two defaults are known, or nothing else.

        Source: cross-fitted calibration, as scikit-learn's CalibratedClassifierCV(ensemble=False), by customer; for the level
        see `models.measures.outlook`.
        """
        whole, margin = self._fitted(known)
        unseen = Unseen(known.customer_id, margin, known.defaulted)
        shaped = calibrate(unseen, self.calibrating)
        if isinstance(shaped.calibrator, Anchored):
            return Made(whole, shaped, unseen, None)
        told = _told(known, shaped.calibrator.log_odds(unseen.margin), known.defaulted)
        if len(still_open):
            odds = shaped.calibrator.log_odds(whole.margin(still_open.features))
            told = pd.concat([told, _told(still_open, odds)], ignore_index=True)
        year = outlook(told, self.contract.horizon_months, self.level)
        if year is None:
            return Made(whole, shaped, unseen, None)
        levelled = Recalibrated(shaped.calibrator, ((year.offset, 1.0, 0.0),))
        return Made(whole, replace(shaped, calibrator=levelled), unseen, year)

    def _fitted(self, known: Part) -> tuple[Ensemble, Floats]:
        """Boosters of all rows, and the margins of the rows, each by boosters that had not learned of its customer."""
        share = hashed_share(known.customer_id, salt="unseen")
        fold = np.floor(share * self.config.unseen_folds).astype(np.int64)
        asked = [fold == number for number in np.unique(fold)]
        picks: list[Picked] = [WHOLE, *(~one for one in asked)]
        rows = Rows.of(known, self.contract)
        whole, *others = fit_members(self.members, rows, picks, self.config)
        margin = np.full(len(known), np.nan)
        for one, ensemble in zip(asked, others, strict=True):
            margin[one] = ensemble.margin_of(rows.codes[one])
        return whole, margin


def _told(part: Part, odds: Floats, defaulted: Bools | None = None) -> pd.DataFrame:
    """Rows as `outlook` reads them; an outcome that is not final is missing."""
    outcome = pd.array(defaulted if defaulted is not None else [pd.NA] * len(part), dtype="boolean")
    return pd.DataFrame(
        {
            "customer_id": part.customer_id,
            "as_of": pd.to_datetime(part.as_of),
            "pd": np.asarray(expit(odds)),
            "defaulted": outcome,
        }
    )

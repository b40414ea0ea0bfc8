"""What search and averaging earned at an origin: the boosters that the recipe made there, one by one, beside their average."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Bools, Floats
from contracts.config.training import TrainConfig
from contracts.documents.earned import Earned, EarnedYear, Gain
from models.base.data import ModelContract, Part
from models.base.losses import clustered_standard_error, row_losses
from models.calibration.form import shift_to_rate
from models.calibration.forms.platt import fit_platt
from models.measures.intervals import auc_gained
from models.training.flavours import FLAVOURS, RIVALS, SEARCHED, Members, Tried
from models.training.recipe import Made

AVERAGING, SEARCH = "averaging", "search"


@dataclass(frozen=True, slots=True)
class Told:
    """One comparison on the rows of a year.

    Attributes:
        plain: flavour of the single booster to be beaten.
        margins: log-odds by what was to earn and by the plain one, each with the level and slope of the year.
    """

    plain: str
    margins: tuple[Floats, Floats]


@dataclass(frozen=True, slots=True)
class Judged:
    """The year that followed an origin, as the boosters made there answer it; `told` by comparison, absent where it cannot be made."""

    origin: date
    rows: Part
    told: Mapping[str, Told]


def plain_beside(
    members: Members,
    tried: Sequence[Mapping[str, Any]],
    contract: ModelContract,
    config: TrainConfig,
) -> Tried | None:
    """LightGBM's own settings, to be fitted beside the members; None where a plain booster is one, or none owes to the search.

    A hand-set booster costs three times as much (179 trees of the demo for 20), more than an origin may cost for it.

    Args:
        members: as the folds chose them.
        tried: as `members.json` has them: how many trees the folds gave each flavour.
        contract: the features.
        config: seed, limits.
    """  # fmt: skip
    names = [one.name for one in members.chosen]
    if any(name in RIVALS for name in names) or not any(map(_is_searched, names)):
        return None
    own = RIVALS[-1]
    for one in tried:
        if one["flavour"] == own:
            settings = FLAVOURS[own].settings({}, contract, config)
            return Tried(own, "all", settings, int(one["rounds"]), (), float(one["log_loss"]))
    return None


def _is_searched(name: str) -> bool:
    """Whether the settings of a flavour come from the search; the scorecard is no flavour."""
    return name in FLAVOURS and FLAVOURS[name].start == SEARCHED


def judged_by(origin: date, members: Members, made: Made, rows: Part) -> Judged:
    """The answers of each booster to the year, and of their average.

    How sure a single booster is differs from how sure an average of several is, and either is put right by a calibrator. So that
    none of this counts as a gain, each set of margins is given the level and the slope that fit the year best, known afterwards
    and alike for all: what is left is how well they order the year's customers and how far apart they set them.

    Args:
        origin: the day of the fit.
        members: what they are called.
        made: the recipe on what was known then.
        rows: the year that followed, with its outcomes.
    """
    codes = made.ensemble.contract.encode(rows.features)
    votes = [one.predict(codes, raw_score=True) for one in made.ensemble.boosters]
    alone = {
        one.name: np.asarray(vote, dtype=np.float64)
        for one, vote in zip(members.chosen, votes, strict=True)
    }
    first = members.chosen[0].name
    told: dict[str, Told] = {}
    if len(votes) > 1:
        margins = np.mean(votes, axis=0), alone[first]
        told[AVERAGING] = Told(first, _both_fitted(margins, rows.defaulted))
    if made.beside is not None:
        alone[RIVALS[-1]] = made.beside.margin_of(codes)
    searched = next(filter(_is_searched, alone), None)
    plain = next((name for name in RIVALS if name in alone), None)
    if searched is not None and plain is not None:
        margins = alone[searched], alone[plain]
        told[SEARCH] = Told(plain, _both_fitted(margins, rows.defaulted))
    return Judged(origin, rows, told)


def _both_fitted(margins: tuple[Floats, Floats], defaulted: Bools) -> tuple[Floats, Floats]:
    one, other = (at_its_best(margin, defaulted) for margin in margins)
    return one, other


def at_its_best(margin: Floats, defaulted: Bools) -> Floats:
    """Log-odds with the level and slope of greatest likelihood; the level alone where the slope would turn the order round.

    >>> outcome = np.array([True, False, False, False, True, True])
    >>> at_its_best(np.array([0.0, 0.0, 0.0, 9.0, 9.0, 9.0]), outcome).round(3).tolist()   # one of three, two of three
    [-0.693, -0.693, -0.693, 0.693, 0.693, 0.693]
    """
    fitted = fit_platt(margin, defaulted)
    if fitted is not None:
        return fitted.log_odds(margin)
    return margin + shift_to_rate(margin, float(np.mean(defaulted)))


def earned(years: Sequence[Judged]) -> Earned:
    """Each year by itself, and all of them together: rows count alike.

    Since either side stands at the level and slope of least loss, their error moves the difference of the losses in second
    order only, and the standard error takes them as given.
    """
    told = [one for one in years if one.told]
    together = _figures(told) if len(told) > 1 else None
    return Earned(years=tuple(_figures([one]) for one in told), together=together)


def _figures(years: Sequence[Judged]) -> EarnedYear:
    last = max(pd.Timestamp(one.rows.as_of.max()) for one in years)
    return EarnedYear(
        origin=years[0].origin,
        until=(last + pd.Timedelta(days=1)).date(),
        judged=sum(len(one.rows) for one in years),
        averaging=_gain(years, AVERAGING),
        search=_gain(years, SEARCH),
    )


def _gain(years: Sequence[Judged], name: str) -> Gain | None:
    """A comparison over some years; every origin is made of the same members, so that all hold it or none does."""
    if any(name not in one.told for one in years):
        return None
    bad = np.concatenate([one.rows.defaulted for one in years])
    who = np.concatenate([one.rows.customer_id for one in years])
    mine, theirs = (np.concatenate([one.told[name].margins[side] for one in years]) for side in (0, 1))  # fmt: skip
    loss, plain = row_losses(mine, bad), row_losses(theirs, bad)
    area = auc_gained(mine, theirs, bad, who) if len(years) == 1 else None
    return Gain(
        plain=years[0].told[name].plain,
        loss_plain=float(np.mean(plain)),
        loss=float(np.mean(loss)),
        earned=float(np.mean(plain - loss)),
        error=clustered_standard_error(plain - loss, who),
        auc_earned=None if area is None else area.value,
        auc_error=None if area is None else area.standard_error,
    )

"""The scorecard as the model itself: fitted on encoded rows and written as one booster, so that what serves a booster serves it."""

from __future__ import annotations

from itertools import accumulate

import lightgbm as lgb
import numpy as np
import pandas as pd

from contracts.arrays import Bools, Floats
from models.base.data import Feature, ModelContract, Part
from models.base.points import ZERO, Bands, PointsTable
from models.boosting.written import written
from models.scorecard.scorecard import Scorecard, Term, fit_scorecard

CARD = "scorecard"
"""What `data/model/members.json` calls it."""


def fit_card(codes: Floats, defaulted: Bools, contract: ModelContract) -> lgb.Booster:
    """The scorecard of these rows as a booster over all features of the contract; those without a term add nothing.

    Args:
        codes: encoded rows, shape (n, features).
        defaulted: their outcomes, both classes.
        contract: features, with directions and levels.
    """
    nobody = np.full(len(codes), "", dtype=object)
    when = np.full(len(codes), np.datetime64("NaT", "D"))
    rows = Part(nobody, when, defaulted, np.zeros(len(codes), bool), decoded(codes, contract))
    return written(as_table(fit_scorecard(rows, contract), contract), codes)


def decoded(codes: Floats, contract: ModelContract) -> pd.DataFrame:
    """Encoded rows as raw features: a category as its level, and as missing where it had none."""
    columns: dict[str, pd.Series] = {}
    for place, one in enumerate(contract.features):
        values = codes[:, place]
        if one.levels is not None:
            known = ~np.isnan(values)
            named = np.full(len(values), None, dtype=object)
            named[known] = np.asarray(one.levels, dtype=object)[values[known].astype(np.int64)]
            columns[one.name] = pd.Series(named)
        else:
            columns[one.name] = pd.Series(values)
    return pd.DataFrame(columns)


def as_table(card: Scorecard, contract: ModelContract) -> PointsTable:
    """The scorecard as points in log-odds, one entry per feature of the contract, in its order.

    A bin [a, b) of the scorecard is the band above the number before a, up to the number before b.
    """
    terms = {one.feature: one for one in card.terms}
    bands = [_bands(one, terms.get(one.name)) for one in contract.features]
    return PointsTable(card.intercept, tuple(bands))


def _bands(feature: Feature, term: Term | None) -> Bands:
    if term is None:
        nothing = (0.0,) * (1 if feature.levels is None else len(feature.levels))
        return Bands(feature, (), nothing, 0.0)
    missing = term.coefficient * term.missing_woe
    if feature.levels is not None:
        named = term.woe_of(pd.Series(list(feature.levels), dtype=object))
        return Bands(feature, (), tuple((term.coefficient * named).tolist()), missing)
    odds = [term.coefficient * one for one in term.woe]
    cuts = tuple(_before(edge) for edge in term.edges or ())
    return Bands(feature, cuts, tuple(_kept(odds, feature.direction)), missing)


def _before(edge: float) -> float:
    """The last number below an edge; LightGBM takes what lies within 1e-35 of 0 for 0."""
    return -2.0 * ZERO if edge == 0.0 else float(np.nextafter(edge, -np.inf))


def _kept(odds: list[float], direction: int) -> list[float]:
    """The bands as promised: one that runs against its direction takes the riskier neighbour's odds.

    The trend of the bins is promised by their rates; two bins of one class differ by the half observation each is given.

    >>> _kept([-1.0, -1.2, 0.5], 1), _kept([0.5, -1.2, -1.0], -1), _kept([0.5, -1.2, -1.0], 0)
    ([-1.0, -1.0, 0.5], [0.5, -1.0, -1.0], [0.5, -1.2, -1.0])
    """
    if direction > 0:
        return list(accumulate(odds, max))
    return list(accumulate(odds[::-1], max))[::-1] if direction < 0 else odds

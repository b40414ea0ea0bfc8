"""What the models are made of: points of the scorecard, boosters, features that moved, and the words for features."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd

from contracts.arrays import Ints
from contracts.config.scale import ScaleConfig
from contracts.documents.validation_inside import (
    Boosters,
    Calibration,
    Candidate,
    Member,
    MovedFeature,
    PointsCard,
    ScorecardBin,
    ScorecardFeature,
    Tried,
    Wording,
)
from models.boosting.booster import Ensemble
from models.measures.distribution import distribution, recounted
from models.measures.drift import discoveries, shift
from models.scorecard.scorecard import Scorecard, Term
from models.validation.scored import Scored

DRIFT_BINS = 10
MAX_FEATURES = 20
MAX_NAMED = 6  # levels in one label


def scorecard_points(
    scorecard: Scorecard, scale: ScaleConfig, train: pd.DataFrame | None
) -> PointsCard:
    """The scorecard as points that add up to its score: factor x (-log-odds) + offset, cut by feature and bin.

    Args:
        scorecard: log-odds = intercept + sum of coefficient x WOE.
        scale: points to double the odds and the base.
        train: features of the train part, for the share of rows in each bin; None where they are not at hand.
    """
    factor = scale.pdo / float(np.log(2.0))
    offset = scale.base_score - factor * float(np.log(scale.base_odds))
    return PointsCard(
        intercept_points=offset - factor * scorecard.intercept,
        features=tuple(_points(term, factor, train) for term in scorecard.terms),
    )


def _points(term: Term, factor: float, train: pd.DataFrame | None) -> ScorecardFeature:
    shares = None
    if train is not None and len(train):
        shares = np.bincount(bins_of(term, train[term.feature]), minlength=len(term.woe) + 1) / len(train)  # fmt: skip
    woe = [*term.woe, term.missing_woe]
    return ScorecardFeature(
        feature=term.feature,
        iv=term.iv,
        coefficient=term.coefficient,
        bins=tuple(
            ScorecardBin(
                **limits,
                woe=woe[place],
                points=-factor * term.coefficient * woe[place],
                share=None if shares is None else float(shares[place]),
            )
            for place, limits in enumerate(limits_of(term))
        ),
    )


def bins_of(term: Term, values: pd.Series[Any]) -> Ints:
    """The bin of each value, as `Term.woe_of` takes it; the last one holds missing values and unknown levels."""
    missing = len(term.woe)
    if term.groups is not None:
        place = {level: at for at, group in enumerate(term.groups) for level in group}
        found = values.map(place).to_numpy(dtype=np.float64, na_value=np.nan)
        return np.where(np.isnan(found), missing, found).astype(np.int64)
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    bins = np.minimum(
        np.searchsorted(np.asarray(term.edges or ()), numbers, side="right"), missing - 1
    )
    return np.where(np.isnan(numbers), missing, bins).astype(np.int64)


Limits = dict[str, Any]


def limits_of(term: Term) -> list[Limits]:
    """What each bin holds, as `ScorecardBin` says it; `missing` last."""
    missing = {"kind": "missing"}
    if term.groups is not None:
        return [*(_listed(group) for group in term.groups), missing]
    edges = [float(edge) for edge in term.edges or ()]
    if not edges:
        return [{"kind": "any"}, missing]
    return [
        {"kind": "below", "high": edges[0]},
        *({"kind": "between", "low": low, "high": high} for low, high in pairwise(edges)),
        {"kind": "from", "low": edges[-1]},
        missing,
    ]


def _listed(group: Sequence[str]) -> Limits:
    shown = tuple(map(str, group[:MAX_NAMED]))
    return {"kind": "levels", "levels": shown, "more": len(group) - len(shown)}


def boosters(
    ensemble: Ensemble,
    violations: int | None,
    calibration: Mapping[str, Any],
    chosen: Mapping[str, Any] | None = None,
) -> Boosters:
    """The `lightgbm` entry: members, trees, promises, calibration.

    Args:
        ensemble: the final boosters.
        violations: broken promises; None where nothing is promised.
        calibration: `data/model/twin/calibrator.json`.
        chosen: `data/model/members.json`, for their flavours and those tried; else told from the booster's text.
    """
    named = [one["flavour"] for one in chosen["members"]] if chosen else []
    weight = 1.0 / len(ensemble.boosters)
    members = tuple(
        Member(
            flavour=named[place] if named else flavour(one), trees=one.num_trees(), weight=weight
        )
        for place, one in enumerate(ensemble.boosters)
    )
    features = ensemble.contract.features
    tried = chosen["tried"] if chosen else []
    return Boosters(
        members=members,
        tried=tuple(Tried(**{key: one[key] for key in Tried.model_fields}) for one in tried),
        learned_from_calibrate=chosen is not None and chosen["refit"] != "train",
        trees=sum(one.trees for one in members),
        features=len(features),
        promised_directions=sum(feature.direction != 0 for feature in features),
        violations=violations or 0,
        calibration=Calibration(
            method=calibration["method"],
            candidates=tuple(Candidate(**one) for one in calibration.get("candidates", [])),
            origins=int(calibration.get("origins", 0)),
            lost=tuple(calibration.get("lost", ())),
        ),
    )


def flavour(booster: lgb.Booster) -> str:
    """What kind of trees: gbdt, rf, dart, or extra_trees where splits are drawn."""
    settings = dict(re.findall(r"^\[(\w+): (.*)\]$", booster.model_to_string(), re.MULTILINE))
    return "extra_trees" if settings.get("extra_trees") == "1" else settings.get("boosting", "gbdt")


def moved_features(
    ensemble: Ensemble, train: Scored, test: Scored, rate: float
) -> list[MovedFeature]:
    """The features that moved most from train to test, most first: PSI in units of its sample-aware critical value.

    `flagged` holds for all features together: at most a share `rate` of the flags are false alarms.
    """
    customers = len(set(train.part.customer_id)), len(set(test.part.customer_id))
    names, shifts = [], []
    for feature in ensemble.contract.features:
        before, now = train.part.features[feature.name], test.part.features[feature.name]
        kept = distribution(
            before, {"dtype": feature.dtype, "levels": list(feature.levels or ())}, DRIFT_BINS
        )
        counts = np.asarray(kept["counts"], dtype=np.int64)
        names.append(feature.name)
        shifts.append(shift(counts, recounted(now, kept), customers=customers))
    flags = discoveries([one.p_value for one in shifts], rate)
    strength = [one.psi / one.critical if one.critical else 0.0 for one in shifts]
    order = sorted(range(len(names)), key=lambda place: (-strength[place], names[place]))
    return [
        MovedFeature(
            feature=names[place],
            psi=shifts[place].psi,
            critical=shifts[place].critical,
            p_value=shifts[place].p_value,
            flagged=bool(flags[place]),
        )
        for place in order[:MAX_FEATURES]
    ]


def words(lineage: pd.DataFrame | None, names: Iterable[str]) -> dict[str, Wording]:
    """What each feature measures, from its declaration; a feature without one keeps its name."""
    known: dict[str, Wording] = {}
    if lineage is not None and {"wording_en", "wording_zh"} <= set(lineage.columns):
        known = {
            str(name): Wording(wording_en=str(english), wording_zh=str(chinese))
            for name, english, chinese in zip(
                lineage["feature"], lineage["wording_en"], lineage["wording_zh"], strict=True
            )
        }
    return {
        name: known.get(name, Wording(wording_en=name, wording_zh=name))
        for name in sorted(set(names))
    }

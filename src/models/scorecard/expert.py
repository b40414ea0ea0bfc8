"""The expert scorecard on one portfolio: the features it has, their weights re-stated, the level at the long-run rate."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit, logit

from contracts.arrays import Floats
from contracts.config.expert import ExpertConfig, ExpertFeature
from contracts.errors import ConfigError
from models.base.data import Feature
from models.base.points import Bands, PointsTable

INDUSTRY = "customer_industry"
WHERE = "configs/expert.yaml"
MONTHS = 12


def stated(expert: ExpertConfig, lineage: pd.DataFrame) -> PointsTable:
    """The table of the features that the portfolio has; its level is not set yet.

    Where a pillar lacks features, the points of those it has are multiplied by (spread of all) / (spread of those it
    has), at most `most_restated`: a pillar keeps its say in the score as far as one can answer for.

    Raises:
        ConfigError: points run against a promised direction, a feature is no number, or not one is there.
    """
    declared = lineage.set_index("feature")
    bands: list[Bands] = []
    for features in expert.features.values():
        here = [name for name in features if name in declared.index]
        whole = sum(_spread(one) for one in features.values())
        had = sum(_spread(features[name]) for name in here)
        restated = min(expert.most_restated, whole / had) if had else 1.0
        unit = restated * np.log(2.0) / expert.points_to_double
        for name in here:
            bands.append(_bands(name, features[name], unit, declared.loc[name]))
    if INDUSTRY in declared.index and expert.industry_rates:
        bands.append(_industries(expert))
    if not bands:
        raise ConfigError(
            "The expert scorecard knows none of the portfolio's features.",
            where=f"{WHERE} > features",
            value=", ".join(lineage["feature"].astype(str).head(5)),
            next_step="Give points to features of this portfolio (docs/features.md; attributes by their names).",
        )
    return PointsTable(0.0, tuple(bands))


def _spread(feature: ExpertFeature) -> float:
    return max(feature.points) - min(feature.points)


def _bands(name: str, feature: ExpertFeature, unit: float, declared: pd.Series) -> Bands:
    direction = int(declared["direction"])
    if declared["dtype"] != "number" or direction * feature.direction < 0:
        raise ConfigError(
            f"The points of {name} run against the direction that the catalogue promises."
            if declared["dtype"] == "number"
            else f"{name} is a category: cuts need a number.",
            where=f"{WHERE} > features",
            value=f"points {list(feature.points)}, direction {direction:+d}",
            next_step="Turn the points round, or promise another direction in the portfolio's yaml > directions.",
        )
    odds = tuple(float(unit * one) for one in feature.points)
    return Bands(Feature(name, "number", direction), feature.cuts, odds, float(unit * feature.missing))  # fmt: skip


def _industries(expert: ExpertConfig) -> Bands:
    names = tuple(sorted(expert.industry_rates))
    base = float(logit(expert.long_run_rate))
    odds = tuple(float(logit(expert.industry_rates[name])) - base for name in names)
    return Bands(Feature(INDUSTRY, "category", 0, names), (), odds, 0.0)


def at_long_run(table: PointsTable, codes: Floats, expert: ExpertConfig, horizon_months: int) -> PointsTable:  # fmt: skip
    """The table with the intercept at which the book's mean PD is what the stated rates make of its industries.

    A stated rate r of a year is 1 - (1 - r)^(h / 12) of h months.

    Args:
        table: as `stated` made it.
        codes: the book that the rates are said of, encoded.
        expert: the rates.
        horizon_months: h.
    """
    rates = np.full(len(codes), expert.long_run_rate)
    for place, one in enumerate(table.bands):
        if one.feature.levels is not None:
            rates = expit(logit(expert.long_run_rate) + one.of(codes[:, place]))
    wanted = float(np.mean(1.0 - (1.0 - rates) ** (horizon_months / MONTHS)))
    added = table.added(codes).sum(axis=1)
    found = brentq(lambda level: float(np.mean(expit(level + added))) - wanted, -60.0, 60.0, xtol=1e-12)  # fmt: skip
    return PointsTable(float(found), table.bands)

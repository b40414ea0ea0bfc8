"""The expert scorecard on one portfolio: the inputs it has, their weights re-stated, the level at the long-run rate."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit, logit

from contracts.arrays import Floats
from contracts.config.expert import ExpertConfig, ExpertFeature
from contracts.errors import BonitasError, ConfigError
from models.base.data import MAX_LEVELS, Feature
from models.base.points import Bands, PointsTable

INDUSTRY = "customer_industry"
WHERE = "configs/expert.yaml"
MONTHS = 12
FARTHEST = 60.0
"""Log-odds within which a level is looked for; beyond it a PD is 0 or 1 to the last digit."""


def stated(
    expert: ExpertConfig, lineage: pd.DataFrame, industries: Iterable[str] = ()
) -> PointsTable:
    """The table of the inputs that the portfolio has; its level is not set yet.

    Where a pillar lacks inputs, the points of those it has are multiplied by (spread of all) / (spread of those it
    has), at most `most_restated`: a pillar keeps its say in the score as far as one can answer for.

    Args:
        expert: points and rates.
        lineage: the inputs there are, and the directions promised.
        industries: of the book, so that one without a rate of its own is known and not new.

    Raises:
        ConfigError: points run against a promised direction, an input is no number (all of them at once), or not one is there.
    """
    declared = {str(one["feature"]): one for _, one in lineage.iterrows()}
    bands: list[Bands] = []
    wrong: list[BonitasError] = []
    for pillar, features in expert.features.items():
        here = {name: one for name, one in features.items() if name in declared}
        whole, had = (sum(one.spread for one in some.values()) for some in (features, here))
        unit = np.log(2.0) / expert.points_to_double
        unit *= min(expert.most_restated, whole / had) if had else 1.0
        for name, one in here.items():
            wrong += _against(f"{pillar} > {name}", one, declared[name])
            bands.append(_bands(name, one, unit, declared[name]))
    if wrong:
        raise ConfigError.together(wrong)
    if INDUSTRY in declared and expert.industry_rates:
        bands.append(_industries(expert, industries))
    if not bands:
        raise ConfigError(
            "The expert score has points for none of the portfolio's inputs.",
            where=f"{WHERE} > features",
            value=", ".join(lineage["feature"].astype(str).head(5)),
            next_step="Give points to inputs of this portfolio (docs/features.md; columns of your own as attributes_<name>).",
        )
    return PointsTable(0.0, tuple(bands))


def absent(expert: ExpertConfig, lineage: pd.DataFrame) -> tuple[str, ...]:
    """Inputs that have points and that the portfolio does not have."""
    known = set(lineage["feature"])
    return tuple(name for name in expert.names if name not in known)


def _against(place: str, one: ExpertFeature, declared: pd.Series) -> list[BonitasError]:
    direction, where = int(declared["direction"]), f"{WHERE} > features > {place}"
    if declared["dtype"] != "number":
        return [
            ConfigError(
                "The input is a category, and cuts need a number.",
                where=where,
                next_step="Take it out; rates by industry go under industry_rates.",
            )
        ]
    if direction * one.direction >= 0:
        return []
    more = "more" if direction > 0 else "less"
    return [
        ConfigError(
            f"The points run against the input's direction: {more} of it is more risk, and more risk is more points.",
            where=where,
            value=f"points {list(one.points)}, direction {direction:+d}",
            next_step="Turn the points round, or give the input another direction under `directions` in the portfolio's yaml.",
        )
    ]


def _bands(name: str, feature: ExpertFeature, unit: float, declared: pd.Series) -> Bands:
    odds = tuple(float(unit * one) for one in feature.points)
    made = Feature(name, "number", int(declared["direction"]))
    return Bands(made, feature.cuts, odds, float(unit * feature.missing))


def _industries(expert: ExpertConfig, others: Iterable[str]) -> Bands:
    own = sorted(expert.industry_rates)
    names = (*own, *sorted(set(others) - set(own))[: MAX_LEVELS - len(own)])
    base = float(logit(expert.long_run_rate))
    odds = tuple(float(logit(expert.industry_rates.get(name, expert.long_run_rate))) - base for name in names)  # fmt: skip
    return Bands(Feature(INDUSTRY, "category", 0, names), (), odds, 0.0)


def at_long_run(
    table: PointsTable, codes: Floats, expert: ExpertConfig, horizon_months: int
) -> PointsTable:
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

    def off(level: float) -> float:
        return float(np.mean(expit(level + added))) - wanted

    return PointsTable(float(brentq(off, -FARTHEST, FARTHEST, xtol=1e-12)), table.bands)

"""The expert scorecard on one portfolio: the inputs it has, their weights re-stated, the level at the long-run rate."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

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
CLOSE = 0.8
"""How near two spellings are one industry, see `difflib`."""
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


def speaks(expert: ExpertConfig, lineage: pd.DataFrame) -> bool:
    """Whether points or rates are stated for any input of the portfolio."""
    known = set(lineage["feature"])
    by_industry = bool(expert.industry_rates) and INDUSTRY in known
    return by_industry or any(name in known for name in expert.names)


def spelt(expert: ExpertConfig, industries: Iterable[str]) -> ExpertConfig:
    """The same, once no rate is given to an industry that is nearly one of the book's.

    A rate for an industry that the book does not have does no harm; one that is misspelt would leave its customers at the rate of all.

    Args:
        expert: its rates are by industry, as the master data spell them.
        industries: of the book.

    Raises:
        ConfigError: an industry is not in the book, and one that is nearly spelt so has no rate: all of them in one message.
    """
    seen = set(industries)
    open_ = {one.casefold(): one for one in sorted(seen - set(expert.industry_rates))}
    wrong: list[BonitasError] = [
        ConfigError(
            f"No customer of the book is in the industry '{name}'.",
            where=f"{WHERE} > industry_rates",
            value=f"near: {', '.join(open_[one] for one in near)}",
            next_step=f"Write '{open_[near[0]]}' as the master data do; if it is another industry, take '{name}' out or give both a rate.",
        )
        for name in expert.industry_rates
        if name not in seen and (near := get_close_matches(name.casefold(), open_, cutoff=CLOSE))
    ]
    if wrong:
        raise ConfigError.together(wrong)
    return expert


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

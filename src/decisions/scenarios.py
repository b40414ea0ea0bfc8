"""The book at other levels of default: what a better year, a worse one and the worst one seen would cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit, logit

from contracts.arrays import Floats
from contracts.config.scale import ScaleConfig
from contracts.documents.scenarios import PdLevel, Scenario, ScenarioGrade, ScenarioName
from contracts.scale import grade
from decisions.loss import cents

CHANGES: tuple[tuple[ScenarioName, float], ...] = (("lower", -0.3), ("as_is", 0.0), ("higher", 0.5))
"""Of the mean PD."""
MIN_EXPECTED = 5.0
"""Defaults expected of a year that may be the worst one: a ratio to fewer is chance."""
MIN_DAYS = 360
"""Of a year: the first of a history may be shorter."""
NEAR = 1e-12
"""PDs of 0 and 1 have no log-odds."""
MAX_MEAN = 1.0 - 1e-6
MAX_SHIFT = 60.0
"""More than from the log-odds of `NEAR`, -27.6, to those of `MAX_MEAN`, 13.8."""


@dataclass(frozen=True, slots=True)
class Year:
    """The worst year seen.

    Attributes:
        from_, until: days [from, until).
        ratio: defaults seen over those that PDs without a forecast expected.
        offset: log-odds that the forecast has added to today's PDs, and that the ratio is not over.
    """

    from_: date
    until: date
    ratio: float
    offset: float


@dataclass(frozen=True, slots=True)
class Level:
    """For when the PDs are meant, and the worst year that is known.

    Attributes:
        told: part of the document.
        worst: None where no full year has been followed.
    """

    told: PdLevel
    worst: Year | None


def level_of(shipped: Mapping[str, Any], calibrator: Mapping[str, Any]) -> Level:
    """What the refit's documents say of the level.

    Args:
        shipped: `data/model/shipped.json`: what was learned from, and the forecast with the years it was told from.
        calibrator: `data/model/calibrator.json`: an anchor, where the level is a long-run rate.

    >>> trend = [{"from": "2024-01-01", "until": "2025-01-01", "seen": 90.0, "expected": 60.0}]
    >>> year = {"use_from": "2026-01-01", "use_until": "2027-01-01", "offset": -0.4, "trend": trend}
    >>> level = level_of({"level": year, "from": "2019-01-01", "until": "2025-01-01"}, {})
    >>> level.told.kind, str(level.told.until), level.worst.ratio
    ('point_in_time', '2027-01-01', 1.5)
    """
    anchor, year = calibrator.get("anchor"), shipped.get("level")
    worst = None if year is None else _worst(year)
    if anchor:
        told = PdLevel(kind="through_the_cycle", from_=None, until=None, anchor=float(anchor["rate"]))  # fmt: skip
    elif year is not None:
        told = PdLevel(kind="point_in_time", from_=_day(year["use_from"]), until=_day(year["use_until"]), anchor=None)  # fmt: skip
    else:
        told = PdLevel(kind="as_fitted", from_=_day(shipped["from"]), until=_day(shipped["until"]), anchor=None)  # fmt: skip
    return Level(told, worst)


def _worst(year: Mapping[str, Any]) -> Year | None:
    full = [
        one
        for one in year["trend"]
        if one["expected"] >= MIN_EXPECTED
        and (_day(one["until"]) - _day(one["from"])).days >= MIN_DAYS
    ]
    if not full:
        return None
    worst = max(full, key=lambda one: float(one["seen"] / one["expected"]))
    ratio = float(worst["seen"] / worst["expected"])
    return Year(_day(worst["from"]), _day(worst["until"]), ratio, float(year["offset"]))


def _day(text: str) -> date:
    return date.fromisoformat(text[:10])


def scenarios(
    rated: pd.DataFrame, worst: Year | None, scale: ScaleConfig, at_risk_from: int
) -> tuple[Scenario, ...]:
    """The book at each level: all log-odds moved by what gives the mean PD of the scenario.

    The worst year's mean PD is what PDs without a forecast say of today's book, times the defaults seen over expected of that year:
    today's customers in that year, not that year's customers. A customer's loss moves as its PD does; balances and limits stay.

    Args:
        rated: the decisions: pd, expected_loss.
        worst: of `level_of`.
        scale: that grades.
        at_risk_from: first grade at risk.

    Source: the shift is King and Zeng's intercept correction, Political Analysis 9 (2001).
    """
    chance = rated["pd"].to_numpy(np.float64)
    loss = rated["expected_loss"].to_numpy(dtype=object)
    if not len(chance):
        return ()
    mean = float(chance.mean())
    wanted = [(name, mean * (1.0 + by), None) for name, by in CHANGES]
    if worst is not None:
        plain = float(expit(_odds(chance) - worst.offset).mean())
        wanted.append(("worst_year", plain * worst.ratio, worst))  # type: ignore[arg-type] # one list, four names
    book = (chance, loss)
    return tuple(_at(name, to, year, book, (scale, at_risk_from)) for name, to, year in wanted)


def _at(
    name: ScenarioName, mean: float, year: Year | None, book: tuple[Floats, Any], rules: tuple[ScaleConfig, int]
) -> Scenario:  # fmt: skip
    chance, loss = book
    scale, at_risk_from = rules
    shift = 0.0 if name == "as_is" else shift_to(chance, mean)
    moved = chance if name == "as_is" else expit(_odds(chance) + shift)
    factor = np.divide(moved, chance, out=np.ones(len(chance)), where=chance > 0)
    lost = [one if name == "as_is" else cents(float(one) * by) for one, by in zip(loss, factor, strict=True)]  # fmt: skip
    grades = np.asarray(grade(moved, scale))
    by_grade = tuple(
        ScenarioGrade(
            grade=number,
            customers=int((grades == number).sum()),
            expected_loss=sum((one for one, of in zip(lost, grades, strict=True) if of == number), Decimal(0)),
        )
        for number in range(1, scale.n_grades + 1)
    )  # fmt: skip
    return Scenario(
        name=name,
        change=float(moved.mean() / chance.mean() - 1.0) if chance.mean() else 0.0,
        shift=shift,
        from_=None if year is None else year.from_,
        until=None if year is None else year.until,
        mean_pd=float(moved.mean()),
        expected_defaults=float(moved.sum()),
        expected_loss=sum(lost, Decimal(0)),
        at_risk=int((grades >= at_risk_from).sum()),
        grades=by_grade,
    )


def _odds(chance: Floats) -> Floats:
    return np.asarray(logit(np.clip(chance, NEAR, 1.0 - NEAR)))


def shift_to(chance: Floats, mean: float) -> float:
    """The shift of the log-odds at which the mean PD is the one wanted, or as near to it as a mean PD comes, `NEAR` to `MAX_MEAN`.

    >>> round(shift_to(np.array([0.2, 0.2]), 0.5), 6)   # ln 4
    1.386294
    """
    odds, wanted = _odds(chance), min(max(mean, NEAR), MAX_MEAN)
    return float(brentq(lambda by: float(expit(odds + by).mean()) - wanted, -MAX_SHIFT, MAX_SHIFT))  # fmt: skip

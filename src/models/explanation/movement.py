"""Why scores moved between two days of decision, or between two versions: parts that sum to the change, exactly."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Bools, Floats, Ints
from contracts.config.scale import ScaleConfig
from contracts.scale import exact_score
from models.boosting.shapley import Calibrate, secant
from models.explanation.history import Day
from models.explanation.wording import Feature

STATEMENT = "statement"
CLAIM = "claim"
"""What is owed beside what a statement shows: a new statement moves it, and without one what the customer does and owes."""
TOGETHER = 16_384
"""Customers whose changes are split at a time."""
EITHER, NOBODY = 2, -1
"""A change that may speak for a higher score or a lower one; a part that no feature of its strand leads."""


@dataclass(frozen=True, slots=True)
class Strand:
    """Features that move for one reason: one subject of one pillar.

    Attributes:
        kind: `behaviour`: what the customer does and owes; `statement`: from its statements, whether it may be a reason or not;
            `claim`: from both; `context`: what it cannot change; `ours`: our own decision.
        subject: the one idea a reader takes them for.
        pillar: they count to.
    """

    kind: str
    subject: str
    pillar: str


def strand(feature: Feature) -> Strand:
    """Where the change of a feature is counted."""
    kind = "behaviour" if feature.role == "reason" else feature.role
    if "financials" in feature.tables and feature.role != "ours":
        kind = CLAIM if "invoices" in feature.tables else STATEMENT
    return Strand(kind, feature.subject, feature.pillar)


def causes(kinds: np.ndarray[Any, Any], is_stated: Bools) -> np.ndarray[Any, Any]:
    """What moved each part, as the tables say it.

    Args:
        kinds: see `Strand`.
        is_stated: of each part, whether a statement of its customer became known in between.

    >>> kinds = np.array(["statement", "statement", "claim", "claim", "context"], dtype=object)
    >>> causes(kinds, np.array([True, False, True, False, True])).tolist()
    ['new_statement', 'statement', 'new_statement', 'behaviour', 'context']
    """
    new = is_stated & ((kinds == STATEMENT) | (kinds == CLAIM))
    return np.where(new, "new_statement", np.where(kinds == CLAIM, "behaviour", kinds))


@dataclass(frozen=True, slots=True)
class Moved:
    """The customers of both books.

    Attributes:
        since: the earlier day.
        as_of: the later day.
        then, now: their rows in the earlier and in the later book.
        customers: their ids, in order.
        score_then, score_now: exact scores by the model of today, before rounding and clipping.
        strands: the parts.
        parts: (customers, strands) points; a row sums to score_now - score_then.
        leading: (customers, strands) position of the feature that led the strand: of those whose own change speaks the way the part
            goes, the one with most points; `NOBODY` where there is none, and the part is what other inputs did to this idea.
        is_stated: a statement of the customer became known from the earlier day to before the later one.
    """

    since: date
    as_of: date
    then: Ints
    now: Ints
    customers: np.ndarray[Any, Any]
    score_then: Floats
    score_now: Floats
    strands: tuple[Strand, ...]
    parts: Floats
    leading: Ints
    is_stated: Bools

    @property
    def change(self) -> Floats:
        """Points of each customer, positive: healthier."""
        return self.score_now - self.score_then

    def of(self, places: Ints | slice) -> Moved:
        """The same of some of the customers."""
        names = (
            "then",
            "now",
            "customers",
            "score_then",
            "score_now",
            "parts",
            "leading",
            "is_stated",
        )
        return replace(self, **{name: getattr(self, name)[places] for name in names})


def moved(
    then: Day, now: Day, features: tuple[Feature, ...], worth: Calibrate, stated: AbstractSet[str]
) -> Moved:
    """Splits the change of score between two days by the same model.

    Part of feature i = (phi_i now - phi_i then) x secant of the score between the two margins. What a feature's value
    adds may change because another one did (an interaction); it is then counted where it is added.

    Args:
        then: the earlier day.
        now: the later day.
        features: in the model's order.
        worth: margin to exact score.
        stated: customers of whom a statement became known in between.
    """
    ids, rows_then, rows_now = np.intersect1d(
        then.rows["customer_id"].to_numpy(dtype=object),
        now.rows["customer_id"].to_numpy(dtype=object),
        return_indices=True,
    )
    ends = then.found.margin[rows_then], now.found.margin[rows_now]
    strands = tuple(dict.fromkeys(strand(one) for one in features))
    parts, leading = np.zeros((len(ids), len(strands))), np.zeros((len(ids), len(strands)), int)
    for start in range(0, len(ids), TOGETHER):
        some = slice(start, start + TOGETHER)
        books = (then, rows_then[some]), (now, rows_now[some])
        rate = secant(worth, ends[0][some], ends[1][some])
        parts[some], leading[some] = _split(books, rate, features, strands)
    return Moved(
        then.as_of,
        now.as_of,
        rows_then,
        rows_now,
        ids,
        worth(ends[0]),
        worth(ends[1]),
        strands,
        parts,
        leading,
        np.array([str(one) in stated for one in ids], dtype=np.bool_),
    )


def _split(
    books: tuple[tuple[Day, Ints], tuple[Day, Ints]],
    rate: Floats,
    features: tuple[Feature, ...],
    strands: tuple[Strand, ...],
) -> tuple[Floats, Ints]:
    """Parts and leaders of some customers.

    Args:
        books: the earlier and the later day, each with the places of these customers.
        rate: points for a log-odd of each.
        features: in the model's order.
        strands: the parts.
    """
    (then, before), (now, after) = books
    by_feature = (now.found.phi[after] - then.found.phi[before]) * rate[:, None]
    rows = then.rows.iloc[before], now.rows.iloc[after]
    own = [strand(one) for one in features]
    parts, leading = np.zeros((len(rate), len(strands))), np.zeros((len(rate), len(strands)), int)
    for place, one in enumerate(strands):
        members = np.array([position for position, other in enumerate(own) if other == one])
        ways = [way(rows[0][features[at].name], rows[1][features[at].name], features[at].direction) for at in members]  # fmt: skip
        parts[:, place] = by_feature[:, members].sum(axis=1)
        leading[:, place] = _leads(by_feature[:, members], np.column_stack(ways), members)
    return parts, leading


def way(then: pd.Series, now: pd.Series, direction: int) -> Ints:
    """Which way a change of each value speaks: 1 for a higher score, -1 for a lower one, `EITHER`, 0 where it stands still.

    Args:
        then: values of one feature on the earlier day.
        now: of the same customers on the later one.
        direction: promised: 1 where a higher value never lowers the PD, -1 where it never raises it, 0 of no promise.

    >>> way(pd.Series([30.0, 5.0, 7.0, np.nan, np.nan]), pd.Series([45.0, 2.0, 7.0, 3.0, np.nan]), 1).tolist()
    [-1, 1, 0, 2, 0]
    """
    before, after = then.to_numpy(dtype=object), now.to_numpy(dtype=object)
    lacks = pd.isna(before), pd.isna(after)
    stands = (before == after) | (lacks[0] & lacks[1])
    found = np.where(stands, 0, EITHER)
    both = ~(stands | lacks[0] | lacks[1])
    if direction:
        risen = after[both].astype(np.float64) > before[both].astype(np.float64)
        found[both] = np.where(risen, -direction, direction)
    return found


def _leads(points: Floats, ways: Ints, members: Ints) -> Ints:
    """The member that leads each row of a strand; `NOBODY` where none moved the way the sum of the row goes.

    >>> _leads(np.array([[-9.0, 4.0], [9.0, 4.0], [-9.0, 4.0]]), np.array([[-1, 1], [-1, 1], [1, 0]]), np.array([5, 6])).tolist()
    [5, 6, -1]
    """
    sign = np.sign(points.sum(axis=1))[:, None]
    led = np.where((ways == EITHER) | (ways == sign), points * sign, 0.0)
    return np.where(led.max(axis=1) > 0, members[led.argmax(axis=1)], NOBODY)


@dataclass(frozen=True, slots=True)
class Version:
    """What a score is made with."""

    calibrate: Calibrate
    scale: ScaleConfig

    def score(self, margin: Floats) -> Floats:
        """Exact score of a margin."""
        return exact_score(self.calibrate(margin), self.scale)


@dataclass(frozen=True, slots=True)
class Changed:
    """What a new version does to scores, in points of each row; the three sum to the change."""

    model: Floats
    calibration: Floats
    scale: Floats

    @property
    def total(self) -> Floats:
        """Score by the new version less score by the old one."""
        return self.model + self.calibration + self.scale


def between_versions(margins: tuple[Floats, Floats], old: Version, new: Version) -> Changed:
    """Splits the change of score that two versions make of the same rows of the same day.

    They are swapped in turn, as they are made: the model, then its calibration, then the scale.

    Args:
        margins: of the rows, by the old and by the new model; the same array where the model is the same.
        old: calibration and scale before.
        new: those after.

    >>> before = Version(lambda m: 1 / (1 + np.exp(-m)), ScaleConfig(pdo=100 * np.log(2), base_score=1, base_odds=1))
    >>> after = Version(lambda m: 1 / (1 + np.exp(-m - 0.5)), ScaleConfig(pdo=100 * np.log(2), base_score=11, base_odds=1))
    >>> found = between_versions((np.array([-2.0]), np.array([-1.0])), before, after)   # 100 points a log-odd
    >>> [round(float(part[0]), 6) for part in (found.model, found.calibration, found.scale, found.total)]
    [-100.0, -50.0, 10.0, -140.0]
    """
    before, after = margins
    swapped = Version(new.calibrate, old.scale)
    return Changed(
        model=old.score(after) - old.score(before),
        calibration=swapped.score(after) - old.score(after),
        scale=new.score(after) - swapped.score(after),
    )

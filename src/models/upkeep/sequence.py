"""What outcomes say as they come, month by month: of the level, of the spread of the PDs, and of segments."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

import numpy as np

from contracts.arrays import Bools, Floats, Ints
from contracts.documents.finding import Values
from contracts.documents.monitoring import MonitoringFinding, Sequence
from models.base.losses import log_odds
from models.measures.sequential import mixture_evidence
from models.upkeep.budget import Allowance
from models.upkeep.hazards import Followed
from models.upkeep.look import LEVELS, NAMES, Look, day_of, level_look, look_of, told_by_month
from models.upkeep.watched import Watched, without_inputs

SPREADS = np.array([-0.3, -0.6, 0.3, 0.6])
"""Log of the factor for one standard deviation of the log-odds: below 0 the PDs rank less well than they claim."""
SPREAD_WEIGHTS = np.array([0.4, 0.3, 0.2, 0.1])
SEGMENT = np.array([0.6, 1.2, -0.8])
"""Log of the factor on the hazards of one segment."""
SEGMENT_WEIGHTS = np.array([0.4, 0.3, 0.3])
MIN_SHARE = 0.03
"""Of the expected defaults: a segment with less cannot be judged, and one with all but so much is the book."""
MAX_LEVELS = 50
"""Of a category that is a segment."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Customers of one level of one category."""

    feature: str
    level: str


def sequence_findings(
    seen: Watched, followed: Followed | None, allowed: Allowance, asked: float | None = None
) -> tuple[list[MonitoringFinding], Sequence | None]:
    """UP-S1, UP-S2 and UP-S3, and the months they looked at; PDs that lack an input are not the model's and are held against no default.

    Args:
        seen: what is compared.
        followed: customers from day of decision to day of decision; None where no month has passed.
        allowed: the budget.
        asked: evidence of a change of level that a correction waits for; None where nobody rules on one.
    """
    if seen.absent:
        return [without_inputs(seen, code, subject) for code, subject in NAMES.items()], None
    if followed is None:
        case = "no_entries" if seen.entries is None else "no_month"
        return [_declined(code, case) for code in NAMES], None
    level = level_look(followed, allowed.threshold("UP-S1"))
    found = [
        _level_finding(level),
        _spread_finding(spread_look(followed, allowed)),
        _segment_finding(seen, *segment_look(seen.delivered, followed, allowed)),
    ]
    return found, told_by_month(level, asked)


def _declined(code: str, case: str) -> MonitoringFinding:
    return MonitoringFinding(code=code, subject=NAMES[code], outcome="not_applicable", case=case)


def _level_finding(look: Look) -> MonitoringFinding:
    followed, first = look.followed, look.began
    values: Values = {
        "seen": int(followed.seen[first:].sum()),
        "expected": float(followed.expected[first:].sum()),
        "first": str(day_of(followed, first)),
        "last": str(day_of(followed, len(followed.seen)) - timedelta(days=1)),
    }
    case = "too_low" if LEVELS[look.leading] > 0 else "too_high"
    case = case if values["seen"] else "none_seen"
    return look.finding(case, values, "recalibrate")


def spread_look(followed: Followed, allowed: Allowance) -> Look | None:
    """UP-S2: are those who default as risky as expected? None where timing is not known by PD."""
    if not followed.timing.is_banded:
        return None
    odds = log_odds(followed.pd_)

    def tilt(rows: Ints) -> Floats:
        own, weight = odds[rows], followed.hazard[rows]
        if weight.sum() <= 0:
            return np.zeros((len(rows), len(SPREADS)))
        middle = float(np.average(own, weights=weight))
        wide = float(np.sqrt(np.average((own - middle) ** 2, weights=weight)))
        return np.outer((own - middle) / wide if wide > 0 else np.zeros(len(own)), SPREADS)

    return look_of(
        "UP-S2",
        followed,
        allowed.threshold("UP-S2"),
        _composed(followed, tilt),
        (SPREAD_WEIGHTS, np.sign(SPREADS).astype(np.int64)),
    )


def _spread_finding(look: Look | None) -> MonitoringFinding:
    if look is None:
        return _declined("UP-S2", "no_timing")
    values: Values = {"first": str(day_of(look.followed, look.began))}
    return look.finding("flat" if SPREADS[look.leading] < 0 else "steep", values, "recalibrate")


def segment_look(
    features: Collection[Mapping[str, Any]], followed: Followed, allowed: Allowance
) -> tuple[Look | None, list[tuple[Segment, Bools]]]:
    """UP-S3: do those who default come from the segments expected? With the segments; None without any."""
    held = _segments(features, followed)
    if not held:
        return None, held
    masks = np.column_stack([mask for _, mask in held]).astype(np.float64)

    def tilt(rows: Ints) -> Floats:
        return np.asarray((masks[rows][:, :, None] * SEGMENT).reshape(len(rows), -1))

    weights = np.tile(SEGMENT_WEIGHTS, len(held)) / len(held)
    says = np.outer(np.arange(1, len(held) + 1), np.sign(SEGMENT)).astype(np.int64).ravel()
    evidence = _composed(followed, tilt)
    return look_of("UP-S3", followed, allowed.threshold("UP-S3"), evidence, (weights, says)), held


def _segment_finding(
    seen: Watched, look: Look | None, held: list[tuple[Segment, Bools]]
) -> MonitoringFinding:
    if look is None:
        return _declined("UP-S3", "no_segment")
    followed = look.followed
    if look.at is None:
        return look.finding("", {"segments": len(held)}, "nothing")
    number, which = divmod(look.leading, len(SEGMENT))
    segment, mask = held[number]
    inside = mask & (followed.month >= look.began)
    values: Values = {
        "level": segment.level,
        "seen": int(followed.defaulted[inside].sum()),
        "expected": float(followed.hazard[inside].sum()),
        "first": str(day_of(followed, look.began)),
    }
    told = look.finding("more" if SEGMENT[which] > 0 else "fewer", values, "refit")
    return told.model_copy(update={"inputs": (seen.named(segment.feature),)})


def _segments(
    features: Collection[Mapping[str, Any]], followed: Followed
) -> list[tuple[Segment, Bools]]:
    """Levels of the model's categories that hold enough of the expected defaults, but not all of them."""
    held = []
    total = float(followed.hazard.sum())
    for feature in features:
        name = feature["name"]
        if feature["dtype"] != "category" or name not in followed.rows or total <= 0:
            continue
        values = followed.rows[name].astype(object)
        levels = sorted({str(one) for one in values.dropna().unique()})
        if len(levels) > MAX_LEVELS:
            continue
        for level in levels:
            mask = (values == level).to_numpy(bool)
            share = float(followed.hazard[mask].sum()) / total
            if MIN_SHARE <= share <= 1.0 - MIN_SHARE:
                held.append((Segment(name, level), mask))
    return held


def _composed(followed: Followed, tilt: Callable[[Ints], Floats]) -> Floats:
    """Evidence by month that others defaulted than expected, shape (months, alternatives)."""
    ends = np.searchsorted(followed.month, np.arange(len(followed.days)))
    found = []
    for start, end in pairwise(ends):
        rows = np.arange(start, end)
        found.append(
            mixture_evidence(
                followed.hazard[rows], followed.defaulted[rows], tilt(rows), followed.clustering
            )
        )
    return np.array(found)

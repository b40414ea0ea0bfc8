"""What outcomes say as they come, month by month: of the level, of the spread of the PDs, and of segments."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Bools, Floats, Ints
from contracts.calendar import MONTHS
from contracts.documents.finding import Values
from contracts.documents.monitoring import MonitoringFinding, Month, Remedy, Sequence
from models.base.losses import log_odds
from models.measures.sequential import Detected, detect, level_evidence, mixture_evidence
from models.upkeep.budget import Allowance
from models.upkeep.hazards import Followed
from models.upkeep.watched import Watched, without_inputs

LEVELS = np.array([0.3, 0.6, 1.0, -0.4, -0.8])
"""Log of the factor on the hazards, of each alternative ..."""
LEVEL_WEIGHTS = np.array([0.35, 0.25, 0.10, 0.20, 0.10])
"""... and its part of the evidence: PDs that are too low cost money, those too high cost business."""
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

NAMES = {"UP-S1": "portfolio", "UP-S2": "discrimination", "UP-S3": "segments"}


@dataclass(frozen=True, slots=True)
class Segment:
    """Customers of one level of one category."""

    feature: str
    level: str


@dataclass(frozen=True, slots=True)
class Look:
    """A detector, and whether its alarm stands.

    Attributes:
        code: of the check.
        detected: month by month.
        at: month of the newest alarm, while it is not older than a year; None without one.
        followed: what it looked at.
        threshold: evidence that is an alarm.
    """

    code: str
    detected: Detected
    at: int | None
    followed: Followed
    threshold: float

    @property
    def began(self) -> int:
        """The month since which the alternative in the lead fits best; the first one without an alarm."""
        return 0 if self.at is None else int(self.detected.began[self.at])

    @property
    def leading(self) -> int:
        """The alternative that most of the evidence of the alarm is for."""
        return int(self.detected.leading[-1 if self.at is None else self.at])

    @property
    def side(self) -> int:
        """1 where the alarm says that the PDs are too low, -1 too high; 0 where none stands."""
        return 0 if self.at is None else int(np.sign(LEVELS[self.leading]))

    @property
    def evidence(self) -> float:
        """Of the alarm, or of the newest month where none stands."""
        return float(self.detected.evidence[-1 if self.at is None else self.at])

    def finding(self, case: str, values: Values, action: Remedy) -> MonitoringFinding:
        """What is said of it; case and action count where it stands."""
        stands = self.at is not None
        return MonitoringFinding(
            code=self.code,
            subject=NAMES[self.code],
            outcome="failed" if stands else "passed",
            value=self.evidence,
            threshold=self.threshold,
            values={**values, "months": len(self.detected.evidence)},
            case=case if stands else "",
            action=action if stands else "nothing",
            since=None if self.at is None else _day(self.followed, self.at + 1),
        )


def sequence_findings(
    seen: Watched, followed: Followed | None, allowed: Allowance
) -> tuple[list[MonitoringFinding], Sequence | None]:
    """UP-S1, UP-S2 and UP-S3, and the months they looked at; PDs that lack an input are not the model's and are held against no default.

    Args:
        seen: what is compared.
        followed: customers from day of decision to day of decision; None where no month has passed.
        allowed: the budget.
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
    return found, _told(level)


def _declined(code: str, case: str) -> MonitoringFinding:
    return MonitoringFinding(code=code, subject=NAMES[code], outcome="not_applicable", case=case)


def _look(
    code: str, followed: Followed, threshold: float, evidence: Floats, weights: Floats
) -> Look:
    detected = detect(evidence, weights, threshold)
    return Look(code, detected, _standing(detected, followed), followed, threshold)


def level_look(followed: Followed, threshold: float) -> Look:
    """UP-S1: are there as many defaults as expected?

    Args:
        followed: customers from day of decision to day of decision.
        threshold: evidence that is an alarm; at c, a false one comes after c looks or more in the mean.
    """
    months = zip(followed.seen, followed.expected, strict=True)
    found = [level_evidence(n, e, np.exp(LEVELS), followed.clustering) for n, e in months]
    return _look("UP-S1", followed, threshold, np.array(found), LEVEL_WEIGHTS)


def _level_finding(look: Look) -> MonitoringFinding:
    followed, first = look.followed, look.began
    values: Values = {
        "seen": int(followed.seen[first:].sum()),
        "expected": float(followed.expected[first:].sum()),
        "first": str(_day(followed, first)),
        "last": str(_day(followed, len(followed.seen)) - timedelta(days=1)),
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

    return _look(
        "UP-S2", followed, allowed.threshold("UP-S2"), _composed(followed, tilt), SPREAD_WEIGHTS
    )


def _spread_finding(look: Look | None) -> MonitoringFinding:
    if look is None:
        return _declined("UP-S2", "no_timing")
    values: Values = {"first": str(_day(look.followed, look.began))}
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
    return _look(
        "UP-S3", followed, allowed.threshold("UP-S3"), _composed(followed, tilt), weights
    ), held


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
        "first": str(_day(followed, look.began)),
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


def _standing(found: Detected, followed: Followed) -> int | None:
    """The month of the newest alarm, while it is not older than a year."""
    if not len(found.alarms):
        return None
    newest = int(found.alarms[-1])
    known = pd.Timestamp(followed.days[newest + 1])
    end = pd.Timestamp(followed.days[-1])
    return newest if known > end - pd.DateOffset(months=MONTHS) else None


def _day(followed: Followed, month: int) -> date:
    return pd.Timestamp(followed.days[month]).date()


def _told(level: Look) -> Sequence:
    followed = level.followed
    months = tuple(
        Month(
            from_=_day(followed, place),
            until=_day(followed, place + 1),
            customers=int(followed.customers[place]),
            expected=float(followed.expected[place]),
            seen=int(followed.seen[place]),
            evidence=float(level.detected.evidence[place]),
        )
        for place in range(len(followed.seen))
    )
    return Sequence(
        months=months,
        threshold=level.threshold,
        clustering=followed.clustering,
        timing_from=followed.timing.defaulted,
    )

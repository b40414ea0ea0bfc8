"""A detector and whether its alarm stands; that of the level, and its months as a document tells them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from contracts.arrays import Floats, Ints
from contracts.calendar import MONTHS
from contracts.documents.finding import Values
from contracts.documents.monitoring import MonitoringFinding, Month, Remedy, Sequence
from models.measures.limits import Alternatives, limits
from models.measures.sequential import Detected, detect, level_evidence
from models.upkeep.hazards import Followed

LEVELS = np.array([0.3, 0.6, 1.0, -0.4, -0.8])
"""Log of the factor on the hazards, of each alternative ..."""
LEVEL_WEIGHTS = np.array([0.35, 0.25, 0.10, 0.20, 0.10])
"""... and its part of the evidence: PDs that are too low cost money, those too high cost business."""
NAMES = {"UP-S1": "portfolio", "UP-S2": "discrimination", "UP-S3": "segments"}


@dataclass(frozen=True, slots=True)
class Look:
    """A detector, and whether its alarm stands.

    Attributes:
        code: of the check.
        detected: month by month.
        at: month of the newest alarm, while it is not older than a year; None without one.
        first: month of the first alarm of the episode: a change that goes on alarms again and again, for the detector starts anew each time. An alarm
            belongs to the one before it where it says the same and came while that one stood; None without one.
        followed: what it looked at.
        threshold: evidence that is an alarm.
    """

    code: str
    detected: Detected
    at: int | None
    first: int | None
    followed: Followed
    threshold: float

    @property
    def began(self) -> int:
        """The month since which the alternative in the lead at the first alarm of the episode fits best; the first month without an alarm."""
        return 0 if self.first is None else int(self.detected.began[self.first])

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
            since=None if self.first is None else day_of(self.followed, self.first + 1),
        )


def look_of(
    code: str, followed: Followed, threshold: float, evidence: Floats, asked: tuple[Floats, Ints]
) -> Look:
    """What a detector says of the months.

    Args:
        code: of the check.
        followed: customers from day of decision to day of decision.
        threshold: evidence that is an alarm.
        evidence: of each month for each alternative, shape (months, alternatives).
        asked: weights of the alternatives, summing to 1; and what each says, alike where two differ in size alone.
    """
    weights, says = asked
    detected = detect(evidence, weights, threshold)
    at = _standing(detected, followed)
    first = None if at is None else _episode(detected, followed, says)
    return Look(code, detected, at, first, followed, threshold)


def level_look(followed: Followed, threshold: float) -> Look:
    """UP-S1: are there as many defaults as expected?

    Args:
        followed: customers from day of decision to day of decision.
        threshold: evidence that is an alarm; at c, a false one comes after c looks or more in the mean.
    """
    months = zip(followed.seen, followed.expected, strict=True)
    found = [level_evidence(n, e, np.exp(LEVELS), followed.clustering) for n, e in months]
    return look_of(
        "UP-S1",
        followed,
        threshold,
        np.array(found),
        (LEVEL_WEIGHTS, np.sign(LEVELS).astype(np.int64)),
    )


def told_by_month(level: Look, asked: float | None) -> Sequence:
    """The months as a document tells them, each with the numbers of defaults that would have shown a change of level.

    Args:
        level: the detector of the alarm.
        asked: evidence that a correction waits for; None where nobody rules on one.
    """
    followed = level.followed
    proof = None if asked is None else level_look(followed, asked)
    bounds = [] if asked is None else limits(followed.seen, followed.expected, Alternatives(np.exp(LEVELS), LEVEL_WEIGHTS, followed.clustering), asked)  # fmt: skip
    months = tuple(
        Month(
            from_=day_of(followed, place),
            until=day_of(followed, place + 1),
            customers=int(followed.customers[place]),
            expected=float(followed.expected[place]),
            seen=int(followed.seen[place]),
            evidence=float(level.detected.evidence[place]),
            shown=None if proof is None else float(proof.detected.evidence[place]),
            high=bounds[place].high if bounds else None,
            low=bounds[place].low if bounds else None,
        )
        for place in range(len(followed.seen))
    )
    return Sequence(
        months=months,
        threshold=level.threshold,
        asked=asked,
        clustering=followed.clustering,
        timing_from=followed.timing.defaulted,
    )


def _standing(found: Detected, followed: Followed) -> int | None:
    """The month of the newest alarm, while it is not older than a year."""
    if not len(found.alarms):
        return None
    newest = int(found.alarms[-1])
    return newest if _stood(followed, newest, len(followed.days) - 2) else None


def _stood(followed: Followed, alarm: int, month: int) -> bool:
    """Whether the alarm of one month still stands in another: for a year from the day that ended its month."""
    known, then = (pd.Timestamp(followed.days[one + 1]) for one in (alarm, month))
    return known > then - pd.DateOffset(months=MONTHS)


def _episode(found: Detected, followed: Followed, says: Ints) -> int:
    """The month of the first alarm that says what the newest does, each of them while the one before it stood."""
    first = int(found.alarms[-1])
    for alarm in reversed(found.alarms[:-1].tolist()):
        if says[found.leading[alarm]] != says[found.leading[first]] or not _stood(followed, alarm, first):  # fmt: skip
            break
        first = alarm
    return first


def day_of(followed: Followed, month: int) -> date:
    """The day of decision that a month begins with."""
    return pd.Timestamp(followed.days[month]).date()

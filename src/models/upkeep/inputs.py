"""What inputs and scores say of the model in use, before any outcome is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Ints
from contracts.calendar import MONTHS
from contracts.documents.monitoring import Input, InputShift, MonitoringFinding
from models.measures.distribution import counted_by, recounted
from models.measures.drift import discoveries, shift
from models.measures.ordinary import MIN_PAIRS, Subject, movements, pairs_of
from models.upkeep.budget import Allowance
from models.upkeep.watched import Watched

MAX_MISSING_BEFORE, MIN_MISSING_NOW = 0.5, 0.95
"""An input that most customers had and almost none has is a source that stopped."""


SCORE, GRADE = "UP-D1", "UP-D2"


def input_findings(
    seen: Watched, allowed: Allowance
) -> tuple[list[MonitoringFinding], tuple[InputShift, ...]]:
    """Are the inputs there, as complete as they were, and do scores, grades and inputs move no more than they use to?"""
    past = _past(seen)
    shifts = _shifts(seen, past, allowed)
    findings = [
        _schema(seen),
        _completeness(seen, shifts, allowed.level("UP-Q2")),
        _moved(SCORE, "score", seen, past, allowed),
        _moved(GRADE, "grade", seen, past, allowed),
        _distributions(shifts),
    ]
    return findings, shifts


@dataclass(frozen=True, slots=True)
class Past:
    """Spans of the book's history as long as the two that are compared, and as far apart.

    Attributes:
        rows: of history.
        month: place of each row's month.
        months: of history.
        spans: months of the registration sample, and of the newest cohorts.
        pairs: first months of each pair of spans.
    """

    rows: pd.DataFrame
    month: Ints
    months: int
    spans: tuple[int, int]
    pairs: list[tuple[int, int]]

    def of(self, name: str, kept: Mapping[str, Any]) -> Ints:
        """Counts of a column by pair, then by span, then by bin."""
        values = self.rows[name].astype(str) if name == "grade" else self.rows[name]
        counts = counted_by(values, kept, self.month, self.months)
        before, now = self.spans
        return np.array(
            [(counts[a : a + before].sum(0), counts[b : b + now].sum(0)) for a, b in self.pairs]
        )


def _past(seen: Watched) -> Past | None:
    """What is known of the past before the newest cohorts; None where there is too little of it."""
    if seen.every is None or seen.current.empty:
        return None
    first, until = (pd.Timestamp(seen.reference[one]) for one in ("from", "until"))
    # what came after registration is past as well, or an old registration sample would soon have no history as long as its age
    rows = seen.every[seen.every["as_of"] < max(until, seen.current["as_of"].min())]
    if rows.empty:
        return None
    number = rows["as_of"].dt.year * MONTHS + rows["as_of"].dt.month
    origin, newest = int(number.min()), seen.current["as_of"]
    months = int(number.max()) - origin + 1
    start = _month(newest.min())
    spans = (_month(until - pd.Timedelta(days=1)) - _month(first) + 1, _month(newest.max()) - start + 1)  # fmt: skip
    pairs = pairs_of(months, spans[1], start - _month(first))
    if len(pairs) < MIN_PAIRS:
        return None
    return Past(rows, (number - origin).to_numpy(np.int64), months, spans, pairs)


def _month(day: pd.Timestamp) -> int:
    return int(day.year * MONTHS + day.month)


def _subject(name: str, kept: Mapping[str, Any], seen: Watched, past: Past | None) -> Subject:
    now = seen.current[name].astype(str) if name == "grade" else seen.current[name]
    known = past is not None and name in past.rows
    history = past.of(name, kept) if past is not None and known else np.zeros((0, 2, 1), np.int64)
    return Subject(np.array(kept["counts"]), recounted(now, kept), history)


def _shifts(seen: Watched, past: Past | None, allowed: Allowance) -> tuple[InputShift, ...]:
    """How far each input has moved, beside how far it moves in an ordinary year."""
    names = [one["name"] for one in seen.features if one["name"] not in seen.absent]
    subjects = [_subject(name, seen.reference["features"][name], seen, past) for name in names]
    found = movements(subjects, seen.customers, allowed.level("UP-D3"))
    return tuple(
        InputShift(
            **seen.named(name).model_dump(),
            psi=one.psi,
            ordinary=one.ordinary,
            critical=one.limit,
            p_value=one.p_value,
            missing_reference=_share_missing(subject.before),
            missing_current=_share_missing(subject.now),
            flagged=one.is_news,
        )
        for name, subject, one in zip(names, subjects, found, strict=True)
    )


def _share_missing(counts: Ints) -> float:
    return float(counts[-1] / counts.sum()) if counts.sum() else 0.0


def _schema(seen: Watched) -> MonitoringFinding:
    absent, inputs = len(seen.absent), len(seen.features)
    return MonitoringFinding(
        code="UP-Q1",
        subject="inputs",
        outcome="failed" if absent else "passed",
        value=float(absent),
        threshold=0.0,
        values={"absent": absent, "inputs": inputs},
        action="rebuild" if absent else "nothing",
        inputs=tuple(seen.named(name) for name in seen.absent),
    )


def _completeness(seen: Watched, shifts: Sequence[InputShift], level: float) -> MonitoringFinding:
    """Inputs that are missing for more customers than chance explains: two shares, customers as the sample size."""
    if not shifts:
        return _without_inputs("UP-Q2")
    p_values = [_more_missing(row, seen.customers) for row in shifts]
    stands = discoveries(p_values, level)
    worse = [
        row
        for row, flag in zip(shifts, stands, strict=True)
        if flag and row.missing_current > row.missing_reference
    ]
    stopped = [
        row
        for row in worse
        if row.missing_reference <= MAX_MISSING_BEFORE and row.missing_current >= MIN_MISSING_NOW
    ]
    concerned = stopped or sorted(
        worse, key=lambda row: row.missing_reference - row.missing_current
    )
    return MonitoringFinding(
        code="UP-Q2",
        subject="inputs",
        outcome="failed" if worse else "passed",
        value=float(len(worse)),
        threshold=0.0,
        values={"concerned": len(concerned), "inputs": len(shifts)},
        case="stopped" if stopped else "",
        action="rebuild" if stopped else "watch" if worse else "nothing",
        inputs=tuple(map(_named, concerned)),
    )


def _more_missing(row: InputShift, customers: tuple[int, int]) -> float:
    heads = []
    for share, size in zip((row.missing_reference, row.missing_current), customers, strict=True):
        missing = round(share * size)
        heads.append(np.array([size - missing, missing], dtype=np.int64))
    return shift(heads[0], heads[1], customers=customers).p_value


def _own(name: str, seen: Watched) -> dict[str, Any]:
    """The registration sample's scores or grades by the champion itself, where the book still holds those rows.

    A version that was refitted keeps its twin's answers there, at another level: the one model would be compared with the other.
    """
    kept = dict(seen.reference[name])
    if seen.every is None:
        return kept
    days, first, until = seen.every["as_of"], *(pd.Timestamp(seen.reference[one]) for one in ("from", "until"))  # fmt: skip
    rows = seen.every.loc[(days >= first) & (days < until), name]
    if len(rows) == seen.reference["rows"]:
        kept["counts"] = recounted(rows.astype(str) if name == "grade" else rows, kept).tolist()
    return kept


def _moved(
    code: str, subject: str, seen: Watched, past: Past | None, allowed: Allowance
) -> MonitoringFinding:
    one = _subject(subject, _own(subject, seen), seen, past)
    found = movements([one], seen.customers, allowed.level(code))[0]
    if found.limit == 0:
        # everybody stands in one bin: no distribution to compare
        return MonitoringFinding(
            code=code, subject=subject, outcome="not_applicable", case="one_bin"
        )
    return MonitoringFinding(
        code=code,
        subject=subject,
        outcome="failed" if found.is_news else "passed",
        value=found.psi,
        threshold=found.limit,
        action="watch" if found.is_news else "nothing",
    )


def _distributions(shifts: Sequence[InputShift]) -> MonitoringFinding:
    """One finding however many inputs share it."""
    if not shifts:
        return _without_inputs("UP-D3")
    moved = sorted((row for row in shifts if row.flagged), key=lambda row: -row.psi / row.critical)
    return MonitoringFinding(
        code="UP-D3",
        subject="inputs",
        outcome="failed" if moved else "passed",
        value=float(len(moved)),
        threshold=0.0,
        values={"moved": len(moved), "inputs": len(shifts)},
        action="watch" if moved else "nothing",
        inputs=tuple(map(_named, moved)),
    )


def _named(row: Input) -> Input:
    return Input(feature=row.feature, wording_en=row.wording_en, wording_zh=row.wording_zh)


def _without_inputs(code: str) -> MonitoringFinding:
    return MonitoringFinding(code=code, subject="inputs", outcome="not_applicable", case="no_input")

"""What inputs and scores say of the model in use, before any outcome is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from contracts.arrays import Ints
from contracts.documents.monitoring import Input, InputShift, MonitoringFinding
from models.measures.drift import discoveries, shift
from models.measures.ordinary import Moved
from models.upkeep.budget import Allowance
from models.upkeep.levels import level_finding
from models.upkeep.past import Moving, moving_of
from models.upkeep.watched import Watched

MAX_MISSING_BEFORE, MIN_MISSING_NOW = 0.5, 0.95
"""An input that most customers had and almost none has is a source that stopped."""


SCORE, GRADE = "UP-D1", "UP-D2"


def input_findings(
    seen: Watched, allowed: Allowance
) -> tuple[list[MonitoringFinding], tuple[InputShift, ...]]:
    """Are the inputs there, as complete as they were, and do scores, grades and inputs move no more than they use to?"""
    return judged(seen, moving_of(seen), allowed)


def judged(
    seen: Watched, moving: Moving, allowed: Allowance
) -> tuple[list[MonitoringFinding], tuple[InputShift, ...]]:
    """`input_findings` of distributions that have been counted already, as for a second budget."""
    shifts = _shifts(seen, moving, allowed)
    findings = [
        _schema(seen),
        _completeness(seen, shifts, allowed.level("UP-Q2")),
        level_finding(seen),
        _moved(SCORE, "score", moving.of([moving.answers["score"]], allowed.level(SCORE))[0]),
        _moved(GRADE, "grade", moving.of([moving.answers["grade"]], allowed.level(GRADE))[0]),
        _distributions(shifts),
    ]
    return findings, shifts


def _shifts(seen: Watched, moving: Moving, allowed: Allowance) -> tuple[InputShift, ...]:
    """How far each input has moved, beside how far it moves in an ordinary year: since registration, or within a year, where that says more."""
    lately, level = moving.lately, allowed.level("UP-D3")
    samples = [moving] if lately is None else [moving, lately]
    found = [one.of(list(one.inputs.values()), level / len(samples)) for one in samples]
    most = [
        max(enumerate(each), key=lambda one: one[1].beyond) for each in zip(*found, strict=True)
    ]
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
            within_year=place > 0,
        )
        for (name, subject), (place, one) in zip(moving.inputs.items(), most, strict=True)
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
    """Inputs that are missing for more customers than chance explains: two shares, customers as the sample size.

    A source that stopped this month is missing in a twelfth of a year's cohorts and in all that is decided today, so what all but vanished
    is judged by the newest day alone.
    """
    if not shifts:
        return _without_inputs("UP-Q2")
    newest = seen.newest
    today = {row.feature: float(newest[row.feature].isna().mean()) for row in shifts}
    gone = {row.feature for row in shifts if row.missing_reference <= MAX_MISSING_BEFORE and today[row.feature] >= MIN_MISSING_NOW}  # fmt: skip
    customers, n_today = seen.customers, (seen.customers[0], len(newest))
    p_values = [
        _more_missing(row.missing_reference, today[row.feature], n_today) if row.feature in gone else _more_missing(row.missing_reference, row.missing_current, customers)
        for row in shifts
    ]  # fmt: skip
    worse = [row for row, flag in zip(shifts, discoveries(p_values, level), strict=True) if flag]
    stopped = [row for row in worse if row.feature in gone]
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


def _more_missing(then: float, now: float, customers: tuple[int, int]) -> float:
    """p-value of "an input is missing for as many customers as then"; 1 where fewer lack it."""
    if now <= then:
        return 1.0
    heads = []
    for share, size in zip((then, now), customers, strict=True):
        missing = round(share * size)
        heads.append(np.array([size - missing, missing], dtype=np.int64))
    return shift(heads[0], heads[1], customers=customers).p_value


def _moved(code: str, subject: str, found: Moved) -> MonitoringFinding:
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

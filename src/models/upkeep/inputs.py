"""What inputs and scores say of the model in use, before any outcome is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from contracts.arrays import Ints
from contracts.config.upkeep import MonitorConfig
from contracts.documents.monitoring import Input, InputShift, MonitoringFinding
from models.measures.distribution import recounted
from models.measures.drift import Shift, discoveries, shift
from models.upkeep.watched import Watched

MAX_MISSING_BEFORE, MIN_MISSING_NOW = 0.5, 0.95
"""An input that most customers had and almost none has is a source that stopped."""


def input_shifts(seen: Watched, config: MonitorConfig) -> tuple[InputShift, ...]:
    """How far each input has moved; flagged where it stands among all inputs (false-discovery control)."""
    measured: list[tuple[Input, Shift, tuple[float, float]]] = []
    for feature in seen.features:
        name = feature["name"]
        if name in seen.absent:
            continue
        kept = seen.reference["features"][name]
        before, now = np.array(kept["counts"]), recounted(seen.current[name], kept)
        found = shift(before, now, customers=seen.customers, level=config.significance)
        missing = (_share_missing(before), _share_missing(now))
        measured.append((seen.named(name), found, missing))
    flags = discoveries([found.p_value for _, found, _ in measured], config.false_discovery_rate)
    return tuple(
        InputShift(
            **one.model_dump(),
            psi=found.psi,
            critical=found.critical,
            p_value=found.p_value,
            missing_reference=missing[0],
            missing_current=missing[1],
            flagged=bool(flag),
        )
        for (one, found, missing), flag in zip(measured, flags, strict=True)
    )


def _share_missing(counts: Ints) -> float:
    return float(counts[-1] / counts.sum()) if counts.sum() else 0.0


def input_findings(
    seen: Watched, shifts: Sequence[InputShift], config: MonitorConfig
) -> list[MonitoringFinding]:
    """Are the inputs there, as complete as they were, and are scores, grades and inputs distributed as they were?"""
    return [
        _schema(seen),
        _completeness(seen, shifts, config),
        _scores(seen, config),
        _grades(seen, config),
        _distributions(shifts),
    ]


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


def _completeness(
    seen: Watched, shifts: Sequence[InputShift], config: MonitorConfig
) -> MonitoringFinding:
    """Inputs that are missing for more customers than chance explains: two shares, customers as the sample size."""
    if not shifts:
        return _without_inputs("UP-Q2")
    p_values = [_more_missing(row, seen.customers, config) for row in shifts]
    stands = discoveries(p_values, config.false_discovery_rate)
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


def _more_missing(row: InputShift, customers: tuple[int, int], config: MonitorConfig) -> float:
    heads = []
    for share, size in zip((row.missing_reference, row.missing_current), customers, strict=True):
        missing = round(share * size)
        heads.append(np.array([size - missing, missing], dtype=np.int64))
    return shift(heads[0], heads[1], customers=customers, level=config.significance).p_value


def _scores(seen: Watched, config: MonitorConfig) -> MonitoringFinding:
    kept = seen.reference["score"]
    now = recounted(seen.current["score"], kept)
    return _moved("UP-D1", "score", np.array(kept["counts"]), now, seen=seen, config=config)


def _grades(seen: Watched, config: MonitorConfig) -> MonitoringFinding:
    kept = seen.reference["grade"]
    now = recounted(seen.current["grade"].astype(str), {"levels": kept["levels"]})
    return _moved("UP-D2", "grade", np.array(kept["counts"]), now, seen=seen, config=config)


def _moved(
    code: str, subject: str, before: Ints, now: Ints, *, seen: Watched, config: MonitorConfig
) -> MonitoringFinding:
    found = shift(before, now, customers=seen.customers, level=config.significance)
    if found.critical == 0:
        # everybody stands in one bin: no distribution to compare
        return MonitoringFinding(
            code=code, subject=subject, outcome="not_applicable", case="one_bin"
        )
    has_moved = found.psi > found.critical
    return MonitoringFinding(
        code=code,
        subject=subject,
        outcome="failed" if has_moved else "passed",
        value=found.psi,
        threshold=found.critical,
        action="watch" if has_moved else "nothing",
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

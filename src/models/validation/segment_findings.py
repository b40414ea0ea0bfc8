"""Findings on segments: whose level is off, where the score does not discriminate, who has too few defaults to be judged."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from contracts.documents.validation_model import Subject, ValidationFinding, ValidationModel
from models.measures.drift import discoveries

MIN_TO_JUDGE = 5  # defaults of a segment


def named(segment: str, level: str, value: float | None = None) -> Subject:
    """A level of a segment, with the figure that is said of it."""
    return Subject(kind="segment", name=segment, level=level, value=value)


def off_segments(pack: ValidationModel) -> list[ValidationFinding]:
    """Segments whose level is off by more than the whole portfolio's is, with control of false discoveries."""
    whole = pack.models["lightgbm"]["test"]
    judged = [
        (row, row.level_off.value, row.level_off.high - row.level_off.low)
        for row in pack.segments
        if row.defaults >= MIN_TO_JUDGE
        and row.level_off.value is not None
        and row.level_off.low is not None
        and row.level_off.high is not None
    ]
    if whole.level.value is None or not judged:
        return []
    reach = float(norm.ppf(0.5 + pack.confidence / 2.0))
    gaps = np.array([level - whole.level.value for _, level, _ in judged])
    errors = np.array([width / 2 / reach for *_, width in judged])
    p_values = 2.0 * norm.sf(np.abs(gaps) / np.maximum(errors, 1e-12))
    stands = discoveries(list(p_values), 1.0 - pack.confidence)
    off = [row for (row, *_), flag in zip(judged, stands, strict=True) if flag]
    if not off:
        return []
    return [
        ValidationFinding(
            code="PD-SEGMENT-LEVEL",
            severity="warn",
            outcome="failed",
            value=float(len(off)),
            threshold=0.0,
            values={"n": len(off), "of": len(judged), "whole": whole.observed_to_expected.value},
            subjects=tuple(
                named(row.segment, row.level, row.observed_to_expected.value) for row in off
            ),
        )
    ]


def blind_segments(pack: ValidationModel) -> list[ValidationFinding]:
    """Segments whose AUC may be that of chance."""
    blind = tuple(
        named(row.segment, row.level, row.roc_auc.value)
        for row in pack.segments
        if row.defaults >= MIN_TO_JUDGE and row.roc_auc.low is not None and row.roc_auc.low <= 0.5
    )
    if not blind:
        return []
    return [
        ValidationFinding(
            code="PD-SEGMENT-RANK",
            severity="warn",
            outcome="failed",
            value=float(len(blind)),
            threshold=0.0,
            values={"n": len(blind)},
            subjects=blind,
        )
    ]


def thin_segments(pack: ValidationModel) -> list[ValidationFinding]:
    """Segments with fewer than `MIN_TO_JUDGE` defaults."""
    thin = tuple(
        named(row.segment, row.level) for row in pack.segments if row.defaults < MIN_TO_JUDGE
    )
    if not thin:
        return []
    return [
        ValidationFinding(
            code="PD-SEGMENT-FEW",
            severity="info",
            outcome="not_applicable",
            values={"n": len(thin), "least": MIN_TO_JUDGE},
            subjects=thin,
        )
    ]

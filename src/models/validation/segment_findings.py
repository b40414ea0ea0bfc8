"""Findings on segments: whose level is off, where the score tells nobody apart, who has too few defaults to be judged."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from models.measures.drift import discoveries
from models.validation.finding import Finding, Row, counted

FEWEST_TO_JUDGE = 5  # defaults of a segment


def named(row: Row) -> str:
    """A level of a segment, in one word."""
    return f"{row['segment']}={row['level']}"


def off_segments(pack: Row, confidence: float) -> list[Finding]:
    """Segments whose level is off by more than the whole book's is, with control of false discoveries."""
    whole = pack["models"]["lightgbm"]["test"]["level"]["value"]
    judged = [row for row in pack["segments"] if row["defaults"] >= FEWEST_TO_JUDGE and row["level_off"]["low"] is not None]  # fmt: skip
    if whole is None or not judged:
        return []
    reach = float(norm.ppf(0.5 + confidence / 2.0))
    gaps = np.array([row["level_off"]["value"] - whole for row in judged])
    errors = np.array([(row["level_off"]["high"] - row["level_off"]["low"]) / 2 / reach for row in judged])  # fmt: skip
    p_values = 2.0 * norm.sf(np.abs(gaps) / np.maximum(errors, 1e-12))
    stands = discoveries(list(p_values), 1.0 - confidence)
    off = [
        f"{named(row)} ({gap:+.2f})"
        for row, gap, flag in zip(judged, gaps, stands, strict=True)
        if flag
    ]
    if not off:
        return []
    return [
        Finding(
            "PD-SEGMENT-LEVEL", "warn",
            ("Some segments default more or less often than the rest of the book at the same probability", "部分客群在相同违约概率下的违约率与整体不同"),
            (
                f"{len(off)} of {counted(len(judged), 'segment')} off beyond chance, net of the whole book's {whole:+.2f} log-odds; above 0 their risk is understated.",
                f"{len(judged)} 个客群中有 {len(off)} 个显著偏离（已扣除整体偏差 {whole:+.2f} 对数几率）；大于 0 表示风险被低估。",
            ),
            tuple(off),
        )
    ]  # fmt: skip


def blind_segments(pack: Row) -> list[Finding]:
    """Segments whose AUC may be that of chance."""
    blind = [
        named(row)
        for row in pack["segments"]
        if row["defaults"] >= FEWEST_TO_JUDGE
        and row["roc_auc"]["low"] is not None
        and row["roc_auc"]["low"] <= 0.5
    ]
    if not blind:
        return []
    return [
        Finding(
            "PD-SEGMENT-RANK", "warn",
            ("In some segments it is not shown that the score tells customers apart", "在部分客群中未能证明评分有区分能力"),
            (
                f"In {counted(len(blind), 'segment')} the interval of the ROC AUC reaches down to 0.5, which is chance.",
                f"{len(blind)} 个客群的 ROC AUC 区间包含 0.5（随机水平）。",
            ),
            tuple(blind),
        )
    ]  # fmt: skip


def thin_segments(pack: Row) -> list[Finding]:
    """Segments with fewer than `FEWEST_TO_JUDGE` defaults."""
    thin = [named(row) for row in pack["segments"] if row["defaults"] < FEWEST_TO_JUDGE]
    if not thin:
        return []
    return [
        Finding(
            "PD-SEGMENT-FEW", "info",
            ("Some segments have too few defaults to be judged", "部分客群违约过少，无法判断"),
            (
                f"Fewer than {FEWEST_TO_JUDGE} defaults in the test part: {counted(len(thin), 'segment')}.",
                f"{len(thin)} 个客群在测试样本中的违约少于 {FEWEST_TO_JUDGE} 个。",
            ),
            tuple(thin),
        )
    ]  # fmt: skip

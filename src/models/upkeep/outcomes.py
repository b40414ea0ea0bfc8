"""What outcomes say of the model in use: calibration by grade, discrimination against registration, and an estimate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from models.measures.backtests import jeffreys
from models.measures.drift import discoveries
from models.measures.forecast import expected_auc
from models.measures.grades import grade_table
from models.measures.intervals import auc_of
from models.sample.snapshots import snapshots
from models.upkeep.findings import Finding
from models.upkeep.ladder import Evidence, fitted

SMALLEST_PD = 1e-12
FEWEST_DEFAULTS = 5  # customers; below it a test on outcomes says nothing


def outcome_findings(
    reference: Mapping[str, Any],
    current: pd.DataFrame,
    matured: pd.DataFrame,
    horizon_months: int,
    significance: float,
) -> tuple[list[Finding], list[dict[str, Any]]]:
    """The findings on outcomes, and the table of grades.

    Calibration by grade is judged on dates whose outcome windows do not overlap (see `snapshots`): there each
    customer's default counts once and the assumption of independence of Jeffreys' test holds. Level and
    discrimination use all matured rows, with standard errors over customers.

    Args:
        reference: the registration sample.
        current: newest rows, matured or not: pd.
        matured: newest matured rows: customer_id, as_of, pd, grade, defaulted.
        horizon_months: of the outcome.
        significance: of each test.
    """
    once = matured[matured["as_of"].isin(snapshots(matured["as_of"], horizon_months))]
    grades = _judged(grade_table(once))
    findings = [
        _level(matured, once, significance),
        _by_grade(grades, significance),
        _discrimination(reference, matured, significance),
        _expected(reference, current, significance),
    ]
    return findings, grades


def _judged(grades: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            **row,
            "observed": row["defaults"] / row["n"] if row["n"] else None,
            "jeffreys_p": jeffreys(row["defaults"], row["n"], row["mean_pd"]) if row["n"] else None,
        }
        for row in grades
    ]


def _too_few(code: str, subject: str, defaults: int) -> Finding:
    return Finding(
        code, subject, None, None, "nothing",
        f"No verdict: {defaults} customers with a final outcome defaulted, {FEWEST_DEFAULTS} are needed.",
        f"无法判断：结果已确定的客户中仅 {defaults} 家违约，至少需要 {FEWEST_DEFAULTS} 家。",
    )  # fmt: skip


def _level(matured: pd.DataFrame, once: pd.DataFrame, significance: float) -> Finding:
    """Two-sided: too many defaults cost money, too few cost business.

    All matured rows speak, their errors clustered by customer as in `models.upkeep.ladder`; without enough defaults
    for that, Jeffreys' test on the dates that do not overlap.
    """
    defaulted = matured["defaulted"].astype(bool).to_numpy()
    heads = int(matured.loc[defaulted, "customer_id"].nunique())
    expected = float(once["pd"].sum())
    if heads >= FEWEST_DEFAULTS:
        p_value, high = _clustered_level(matured)
        rate, told = float(defaulted.mean()), float(matured["pd"].mean())
    elif expected >= FEWEST_DEFAULTS:
        low = jeffreys(int(once["defaulted"].sum()), len(once), expected / len(once))
        p_value, high = 2.0 * min(low, 1.0 - low), low > 0.5
        rate, told = float(once["defaulted"].astype(bool).mean()), expected / len(once)
    else:
        return _too_few("UP-C1", "portfolio", heads)
    counted_en = (
        f"{rate:.2%} of observations ended in default ({heads} customers), {told:.2%} were expected"
    )
    counted_zh = f"实际违约率 {rate:.2%}（{heads} 家客户），预期 {told:.2%}"
    if p_value >= significance:
        return Finding(
            "UP-C1", "portfolio", p_value, significance, "nothing",
            f"{counted_en}: within chance.", f"{counted_zh}：在随机波动范围内。",
        )  # fmt: skip
    word_en, word_zh = ("high", "偏高") if high else ("low", "偏低")
    return Finding(
        "UP-C1", "portfolio", p_value, significance, "recalibrate",
        f"{counted_en}: the probabilities of default are too {word_en}. Recalibrate.",
        f"{counted_zh}：违约概率{word_zh}，请重新校准。",
    )  # fmt: skip


def _clustered_level(matured: pd.DataFrame) -> tuple[float, bool]:
    """p-value of "the level is right", and whether the PDs are too high."""
    chance = np.clip(matured["pd"].to_numpy(np.float64), SMALLEST_PD, 1.0 - SMALLEST_PD)
    evidence = Evidence(
        np.log(chance) - np.log1p(-chance),
        matured["defaulted"].astype(bool).to_numpy(),
        matured["customer_id"].to_numpy(dtype=object),
    )
    deviation, covariance = fitted(evidence, 1)
    ratio = float(deviation[0]) / float(np.sqrt(covariance[0, 0]))
    return float(2.0 * norm.sf(abs(ratio))), ratio < 0


def _by_grade(grades: list[dict[str, Any]], significance: float) -> Finding:
    judged = [row for row in grades if row["n"]]
    defaults = sum(row["defaults"] for row in judged)
    if defaults < FEWEST_DEFAULTS:
        return _too_few("UP-C2", "grades", defaults)
    stands = discoveries([row["jeffreys_p"] for row in judged], significance)
    low = [row["grade"] for row, flag in zip(judged, stands, strict=True) if flag]
    smallest = min(row["jeffreys_p"] for row in judged)
    if not low:
        return Finding(
            "UP-C2", "grades", smallest, significance, "nothing",
            "In no grade did more customers default than chance explains.", "没有等级的违约数量超出随机波动。",
        )  # fmt: skip
    names = ", ".join(map(str, low))
    return Finding(
        "UP-C2", "grades", smallest, significance, "recalibrate",
        f"More customers defaulted than expected in grade {names}. Recalibrate.",
        f"等级 {names} 的违约数量高于预期，请重新校准。",
    )  # fmt: skip


def _discrimination(
    reference: Mapping[str, Any], matured: pd.DataFrame, significance: float
) -> Finding:
    """S = (AUC at registration - AUC now) / s, s the standard error now, one-sided normal (ECB)."""
    defaulted = matured["defaulted"].astype(bool).to_numpy()
    heads = int(matured.loc[defaulted, "customer_id"].nunique())
    before = reference["outcomes"]["auc"]
    now, error = auc_of(matured)
    if before is None or now is None or not error or heads < FEWEST_DEFAULTS:
        return _too_few("UP-P1", "discrimination", heads)
    limit = before - float(norm.isf(significance)) * error
    figures = f"AUC {now:.3f} (+/- {error:.3f}), {before:.3f}"
    if now >= limit:
        return Finding(
            "UP-P1", "discrimination", now, limit, "nothing",
            f"{figures} at registration: no loss beyond chance.", f"当前与登记时：{figures}，无显著下降。",
        )  # fmt: skip
    return Finding(
        "UP-P1", "discrimination", now, limit, "refit",
        f"{figures} at registration: the model tells good from bad customers less well. No recalibration brings that back; train a new one.",
        f"当前与登记时：{figures}，区分能力显著下降。重新校准无法恢复，请重新训练。",
    )  # fmt: skip


def _expected(reference: Mapping[str, Any], current: pd.DataFrame, significance: float) -> Finding:
    """What the AUC of today's customers will be if the PDs are right: it falls when they become more alike."""
    before, error = reference["outcomes"]["expected_auc"], reference["outcomes"]["auc_error"]
    now = expected_auc(np.asarray(current["pd"], dtype=np.float64))
    if before is None or now is None or error is None:
        return _too_few("UP-P2", "discrimination", 0)
    limit = before - float(norm.isf(significance)) * error
    figures_en = f"Estimated AUC {now:.3f} before outcomes are known, {before:.3f} at registration"
    figures_zh = f"结果未知前的估计 AUC 为 {now:.3f}，登记时为 {before:.3f}"
    if now >= limit:
        return Finding(
            "UP-P2", "discrimination", now, limit, "nothing", f"{figures_en}.", f"{figures_zh}。"
        )
    return Finding(
        "UP-P2", "discrimination", now, limit, "watch",
        f"{figures_en}: today's customers are more alike, so they will be told apart less well.",
        f"{figures_zh}：当前客户更为相似，区分能力预计下降。",
    )  # fmt: skip

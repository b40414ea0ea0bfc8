"""The gates on calibrated order, grades, change over time, and outcomes that nobody could see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import kendalltau

from contracts.arrays import Floats
from models.gates.evidence import FEWEST_FOR_TEST, Evidence, Finding, declined, judged
from models.measures.backtests import jeffreys
from models.measures.drift import discoveries
from models.measures.graded import herfindahl

LAST_DIGITS = 1e-12  # two formulas of one curve differ by so much


def turned_pairs(margin: Floats, pd: Floats) -> float | None:
    """Share of pairs of distinct margins of which the higher one has the lower PD; None where all margins are equal.

    Equal PDs (a step of an isotonic curve) turn nothing round, nor do differences in the last digits of a PD. Kendall's
    tau gives the count: with t pairs that no PD ties, tau_b = (t - 2 turned) / sqrt(pairs t).

    >>> turned_pairs(np.array([1.0, 2.0, 3.0]), np.array([0.1, 0.3, 0.2]))
    0.3333333333333333
    """
    distinct, first = np.unique(margin, return_index=True)
    chance = pd[first]
    pairs = len(distinct) * (len(distinct) - 1) / 2.0
    if pairs == 0:
        return None
    fallen = np.maximum.accumulate(chance) - chance
    if np.all(fallen <= LAST_DIGITS * chance):
        return 0.0
    _, counts = np.unique(chance, return_counts=True)
    untied = pairs - float(np.sum(counts * (counts - 1) / 2.0))
    tau = float(kendalltau(distinct, chance).statistic)
    return round(float(untied - tau * np.sqrt(pairs * untied)) / 2.0) / pairs


def order_is_kept(evidence: Evidence, threshold: float) -> Finding:
    """PD-R1: the calibrator turns no more pairs round than the threshold."""
    turned = evidence.turned
    if turned is None:
        return declined(
            "Every row has the same margin: there is no order to keep.",
            "所有样本的得分相同，没有次序可保持。",
        )
    return judged(
        turned,
        f"{turned:.2%} of pairs change places between the booster's margin and the calibrated PD.",
        f"从模型原始得分到校准后的违约概率，{turned:.2%} 的客户对次序颠倒。",
        passed=turned <= threshold,
    )


def _totals(grades: Sequence[dict[str, Any]]) -> tuple[int, int, float]:
    held = [row for row in grades if row["n"]]
    rows, defaults = sum(row["n"] for row in held), sum(row["defaults"] for row in held)
    return rows, defaults, float(sum(row["n"] * row["mean_pd"] for row in held))


def _too_few(evidence: Evidence) -> Finding | None:
    rows, defaults, expected = _totals(evidence.grades or [])
    if rows and max(defaults, expected) >= FEWEST_FOR_TEST:
        return None
    return declined(
        f"On dates whose outcome windows do not overlap there were {defaults} defaults and {expected:.1f} were expected; "
        f"a verdict takes {FEWEST_FOR_TEST}.",
        f"在表现期互不重叠的观察日上，违约 {defaults} 个，预期 {expected:.1f} 个；至少需要 {FEWEST_FOR_TEST} 个才能判断。",
    )


def portfolio_level_holds(evidence: Evidence, threshold: float) -> Finding:
    """PD-J1: Jeffreys' p-value of "the PDs are not too low" reaches the threshold, each default counted once."""
    too_few = _too_few(evidence)
    if too_few:
        return too_few
    rows, defaults, expected = _totals(evidence.grades or [])
    p_value = jeffreys(defaults, rows, expected / rows)
    return judged(
        p_value,
        f"{defaults} of {rows:,} observations ended in default, {expected:.1f} were expected; "
        f"so many or more happen with probability {p_value:.4f} if the PDs are right.",
        f"{rows:,} 个观察中违约 {defaults} 个，预期 {expected:.1f} 个；若违约概率正确，出现这么多违约的概率为 {p_value:.4f}。",
        passed=p_value >= threshold,
    )


def grades_hold(evidence: Evidence, threshold: float) -> Finding:
    """PD-G1: number of grades with too many defaults, with control of false discoveries, is not above the threshold."""
    too_few = _too_few(evidence)
    if too_few:
        return too_few
    held = [row for row in evidence.grades or [] if row["n"]]
    stands = discoveries([row["jeffreys_p"] for row in held], 1.0 - evidence.confidence)
    low = [row["grade"] for row, flag in zip(held, stands, strict=True) if flag]
    names = ", ".join(map(str, low))
    return judged(
        float(len(low)),
        f"More customers defaulted than the PDs explain in grade {names}."
        if low
        else "In no grade did more customers default than chance explains.",
        f"等级 {names} 的违约数量超出违约概率所能解释的范围。"
        if low
        else "没有等级的违约数量超出随机波动。",
        passed=len(low) <= threshold,
    )


def auc_lasts(evidence: Evidence, threshold: float) -> Finding:
    """PD-P1: p-value of "the score tells customers apart no worse than on the calibrate part" reaches the threshold."""
    found = evidence.then_and_now
    if found is None or evidence.test is None or evidence.calibrate is None:
        return declined(
            "Calibrate or test part has too few defaults to compare what they show.",
            "校准样本或测试样本违约过少，无法比较。",
        )
    now, before = f"{evidence.test.roc_auc:.3f}", f"{evidence.calibrate.roc_auc:.3f}"
    return judged(
        found.p_value,
        f"ROC AUC {now} on test, {before} on calibrate; so much less or worse happens with probability {found.p_value:.4f}.",
        f"ROC AUC：测试样本 {now}，校准样本 {before}；若无变化，出现如此或更大下降的概率为 {found.p_value:.4f}。",
        passed=found.p_value >= threshold,
    )


def grades_are_used(evidence: Evidence, threshold: float) -> Finding:
    """PD-H1: Herfindahl index of grades by number is not above the threshold."""
    found = herfindahl(np.array([float(row["n"]) for row in evidence.grades or []]))
    if found is None:
        return declined("No row has a grade.", "没有客户被评级。")
    return judged(
        found,
        f"Customers are spread as over {1.0 / found:.1f} grades of equal size.",
        f"客户的分布相当于 {1.0 / found:.1f} 个同等规模的等级。",
        passed=found <= threshold,
    )


def outcomes_are_seen(evidence: Evidence, threshold: float) -> Finding:
    """PD-T1: in no segment is the share of customers without granted exposure above the threshold."""
    if not evidence.exposed:
        return declined(
            "The portfolio has no ledger: it is not known what was granted to whom.",
            "没有应收账款台账，无法得知授信情况。",
        )
    worst = max(evidence.exposed, key=lambda row: float(row["share_without"]))
    name, share = f"{worst['segment']}={worst['level']}", f"{worst['share_without']:.0%}"
    return judged(
        float(worst["share_without"]),
        f"Highest in {name}: {share} of {worst['n']:,} customers have neither limit nor balance, so their default cannot be seen.",
        f"最高的是 {name}：{worst['n']:,} 家客户中 {share} 既无额度也无余额，其违约无法被观察到。",
        passed=worst["share_without"] <= threshold,
    )

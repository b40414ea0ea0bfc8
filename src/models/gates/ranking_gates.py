"""The gates of `configs/gates.yaml`: each has a code, looks at one piece of evidence, and may decline. Only `passed` passes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from contracts.config.gates import GateConfig
from contracts.errors import ConfigError
from models.gates.backtest_gates import (
    auc_lasts,
    grades_are_used,
    grades_hold,
    order_is_kept,
    outcomes_are_seen,
    portfolio_level_holds,
)
from models.gates.evidence import FEWEST_DEFAULTS, Evidence, Finding, declined, judged

ROW = ("code", "title", "outcome", "value", "threshold", "detail")


def discriminates(evidence: Evidence, threshold: float) -> Finding:
    """PD-D1: the lower end of the AUC's interval reaches the threshold."""
    test = evidence.test
    if test is None or test.defaults < FEWEST_DEFAULTS:
        return declined(
            "The test part has too few defaults for an interval.",
            "测试样本违约过少，无法给出区间。",
        )
    low, high = test.roc_auc_ci
    figures = f"{test.roc_auc:.3f}", f"{low:.3f}", f"{high:.3f}"
    return judged(
        low,
        "ROC AUC {}, interval {} to {}.".format(*figures),
        "ROC AUC 为 {}，区间 {} 至 {}。".format(*figures),
        passed=low >= threshold,
    )


def gini_lasts(evidence: Evidence, threshold: float) -> Finding:
    """PD-D2: Gini loses at most the threshold from the calibrate part to the later test part."""
    test, before = evidence.test, evidence.calibrate
    if test is None or before is None:
        return declined(
            "A part has one class only, so there is no Gini to compare.",
            "某一样本只有一类结果，无法比较 Gini。",
        )
    lost = 2.0 * (before.roc_auc - test.roc_auc)
    figures = f"{2 * before.roc_auc - 1:.3f}", f"{2 * test.roc_auc - 1:.3f}"
    return judged(
        lost,
        "Gini {} on calibrate, {} on test.".format(*figures),
        "Gini：校准样本 {}，测试样本 {}。".format(*figures),
        passed=lost <= threshold,
    )


def _no_line() -> Finding:
    return declined(
        "No recalibration line can be fitted: one class, equal PDs, or classes told apart without exception.",
        "无法拟合校准直线：只有一类结果、违约概率全部相同，或两类被完全区分。",
    )


def level_is_right(evidence: Evidence, threshold: float) -> Finding:
    """PD-C1: the level of the PDs is not significantly further than the threshold from the defaults seen."""
    cox, test = evidence.cox, evidence.test
    if cox is None or test is None:
        return _no_line()
    mean, rate = f"{test.mean_pd:.3%}", f"{test.defaults / test.n:.3%}"
    off, error = f"{cox.level:+.3f}", f"{cox.level_error:.3f}"
    surely = abs(cox.level) - evidence.reach * cox.level_error
    return judged(
        cox.level,
        f"Mean PD {mean}, default rate {rate}: off by {off} log-odds (standard error {error}).",
        f"平均违约概率 {mean}，实际违约率 {rate}：对数几率偏差 {off}（标准误 {error}）。",
        passed=surely <= threshold,
        end=surely,
    )


def spread_is_right(evidence: Evidence, threshold: float) -> Finding:
    """PD-C2: the Cox slope is not significantly below the threshold (PDs too extreme)."""
    cox = evidence.cox
    if cox is None:
        return _no_line()
    figures = f"{cox.slope:.3f}", f"{cox.slope_error:.3f}"
    at_most = cox.slope + evidence.reach * cox.slope_error
    return judged(
        cox.slope,
        "Cox slope {} (standard error {}); 1 is right.".format(*figures),
        "Cox 斜率 {}（标准误 {}）；正确值为 1。".format(*figures),
        passed=at_most >= threshold,
        end=at_most,
    )


def beats_base_rate(evidence: Evidence, threshold: float) -> Finding:
    """PD-B1: the Brier skill is above the threshold."""
    test = evidence.test
    if test is None:
        return declined(
            "The test part has one class only: its base rate cannot be beaten.",
            "测试样本只有一类结果，无法优于基准违约率。",
        )
    return judged(
        test.brier_skill,
        f"Brier score {test.brier:.5f}, {test.brier_skill:.1%} better than the base rate's.",
        f"Brier 得分 {test.brier:.5f}，比仅用平均违约率好 {test.brier_skill:.1%}。",
        passed=test.brier_skill > threshold,
    )


def directions_hold(evidence: Evidence, threshold: float) -> Finding:
    """PD-M1: no more violations of the promised directions than the threshold."""
    violations = evidence.violations
    if violations is None:
        return declined("No feature of the model promises a direction.", "模型没有承诺方向的特征。")
    first = f"{violations[0]}" if violations else ""
    return judged(
        float(len(violations)),
        f"Counter-example: {first}." if violations else "Every tree keeps every promise.",
        f"反例：{first}。" if violations else "每棵树都遵守承诺的方向。",
        passed=len(violations) <= threshold,
    )


def score_is_stable(evidence: Evidence, threshold: float) -> Finding:
    """PD-S1: PSI of the PD from train to test, in units of its critical value."""
    stability = evidence.stability
    if stability is None or stability.critical <= 0:
        return declined(
            "The PD is constant in train: nothing can move.", "训练样本的违约概率恒定，无从变化。"
        )
    ratio = stability.psi / stability.critical
    figures = f"{stability.psi:.4f}", f"{stability.critical:.4f}"
    return judged(
        ratio,
        "PSI {}; chance alone exceeds {} once in twenty.".format(*figures),
        "PSI 为 {}；仅由随机波动，二十次中有一次超过 {}。".format(*figures),
        passed=ratio <= threshold,
    )


def complexity_pays(evidence: Evidence, threshold: float) -> Finding:
    """PD-X1: LightGBM is not significantly worse than the scorecard by more than the threshold allows."""
    premium = evidence.premium
    if premium is None:
        return declined(
            "The scorecard has no feature: there is no simple model to compare with.",
            "评分卡没有特征，没有可比较的简单模型。",
        )
    low, high = premium.gini_ci
    figures = f"{premium.gini:+.3f}", f"{low:+.3f}", f"{high:+.3f}"
    return judged(
        high,
        "Gini over the scorecard's {}, interval {} to {}.".format(*figures),
        "Gini 相对评分卡 {}，区间 {} 至 {}。".format(*figures),
        passed=high >= threshold,
    )


def points_add_up(evidence: Evidence, threshold: float) -> Finding:
    """PD-A1: SHAP values and the base value sum to the margin."""
    error = evidence.additivity_error
    if error is None:
        return declined("No row was explained.", "没有被解释的样本。")
    return judged(
        error,
        f"Largest gap {error:.1e} log-odds.",
        f"最大偏差 {error:.1e}（对数几率）。",
        passed=error <= threshold,
    )


def enough_defaults(evidence: Evidence, threshold: float) -> Finding:
    """PD-N1: the test part holds enough defaults for the other gates to mean something."""
    test = evidence.test
    if test is None:
        return declined("The test part has one class only.", "测试样本只有一类结果。")
    return judged(
        float(test.defaults),
        f"{test.defaults} defaults in {test.n:,} rows.",
        f"{test.n:,} 行中有 {test.defaults} 个违约。",
        passed=test.defaults >= threshold,
    )


GATES: Mapping[str, Callable[[Evidence, float], Finding]] = {
    "PD-D1": discriminates,
    "PD-D2": gini_lasts,
    "PD-C1": level_is_right,
    "PD-C2": spread_is_right,
    "PD-B1": beats_base_rate,
    "PD-M1": directions_hold,
    "PD-S1": score_is_stable,
    "PD-X1": complexity_pays,
    "PD-A1": points_add_up,
    "PD-N1": enough_defaults,
    "PD-R1": order_is_kept,
    "PD-J1": portfolio_level_holds,
    "PD-G1": grades_hold,
    "PD-P1": auc_lasts,
    "PD-H1": grades_are_used,
    "PD-T1": outcomes_are_seen,
}
"""Every gate by its code."""


def judge_gates(evidence: Evidence, gates: Mapping[str, GateConfig]) -> list[dict[str, Any]]:
    """One row per gate of the config, in its order, in English and Chinese.

    Raises:
        ConfigError: the config names a gate that does not exist, or leaves out one that does.
    """
    for code in gates:
        if code not in GATES:
            raise ConfigError.from_unknown("gate", code, GATES, where="configs/gates.yaml")
    absent = [code for code in GATES if code not in gates]
    if absent:
        raise ConfigError(
            "A gate is left out.",
            where="configs/gates.yaml",
            value=", ".join(absent),
            next_step="Add it; to let a model pass that fails it, set `blocks: false`.",
        )
    return [_row(code, gate, GATES[code](evidence, gate.threshold)) for code, gate in gates.items()]


def check_gates(evidence: Evidence, gates: Mapping[str, GateConfig]) -> list[dict[str, Any]]:
    """The content of `reports/checks.json`: the rows of `judge_gates` under its stable keys."""
    return stable_rows(judge_gates(evidence, gates))


def stable_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with the keys of `reports/checks.json` alone."""
    return [{key: row[key] for key in ROW} for row in rows]


def _row(code: str, gate: GateConfig, finding: Finding) -> dict[str, Any]:
    waived = gate.waiver and finding.outcome != "passed"
    return {
        "code": code,
        "title": gate.title,
        "outcome": finding.outcome,
        "value": finding.value,
        "end": finding.end,
        "threshold": gate.threshold,
        "detail": f"{finding.detail} Waived: {gate.waiver}." if waived else finding.detail,
        "title_zh": gate.title_zh or gate.title,
        "detail_zh": f"{finding.detail_zh}豁免：{gate.waiver}" if waived else finding.detail_zh,
    }

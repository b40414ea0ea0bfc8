"""What a committee must know, most important first; a finding is said once, however many features or segments share it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp
from typing import Any

from scipy.stats import norm

from contracts.config.gates import GateConfig
from models.gates.verdict import blocked_by
from models.validation.finding import Finding, Row, counted
from models.validation.segment_findings import blind_segments, named, off_segments, thin_segments

SEVERITIES = ("bad", "warn", "good", "info")
POWER = 0.80


def findings(pack: Row, gates: Mapping[str, GateConfig], confidence: float) -> list[dict[str, Any]]:
    """The findings of a pack that holds every other part, most important first.

    Args:
        pack: as in `reports/validation_model.json`, without `findings`.
        gates: code to gate.
        confidence: of the intervals; 1 - confidence is the share of false alarms among segments.
    """
    found = [
        *_gates(pack, gates),
        *_premium(pack),
        *_level(pack),
        *off_segments(pack, confidence),
        *blind_segments(pack),
        *thin_segments(pack),
        *_moved(pack),
        *_knowable(pack),
        *_power(pack, confidence),
    ]
    # a stable sort: within a severity the order above is the order of importance
    return [one.to_json() for one in sorted(found, key=lambda one: SEVERITIES.index(one.severity))]


def verdict(pack: Row, gates: Mapping[str, GateConfig]) -> dict[str, Any]:
    """Passed, unless a gate stops registration; and the sentence that a reader of one sentence reads."""
    blocking = blocked_by(pack["checks"], gates)
    can_stop = sum(gate.blocks for gate in gates.values())
    test = pack["models"]["lightgbm"]["test"]
    en, zh = _ranks(test), _ranks_zh(test)
    if not blocking:
        return {
            "outcome": "passed", "blocking": [],
            "sentence_en": f"Passed: none of the {can_stop} gates that can stop the model does.{en}",
            "sentence_zh": f"通过：{can_stop} 项可否决的检查均未否决。{zh}",
        }  # fmt: skip
    titles = {row["code"]: (row["title"], row["title_zh"]) for row in pack["checks"]}
    named_en = "; ".join(f"{code} ({titles[code][0]})" for code in blocking)
    named_zh = "；".join(f"{code}（{titles[code][1]}）" for code in blocking)
    return {
        "outcome": "failed", "blocking": blocking,
        "sentence_en": f"Not passed: {len(blocking)} of {can_stop} gates that can stop the model are not met: {named_en}.{en}",
        "sentence_zh": f"未通过：{can_stop} 项可否决的检查中有 {len(blocking)} 项未满足：{named_zh}。{zh}",
    }  # fmt: skip


def _ranks(test: Row) -> str:
    area = test["roc_auc"]
    if area["value"] is None:
        return " The test part holds no default, or no survivor, so nothing can be said of its quality."
    sure = "" if area["low"] is None else f" ({area['low']:.0%} to {area['high']:.0%})"
    return (
        f" Of a customer that defaulted and one that did not, the model finds the riskier one in {area['value']:.0%}{sure} "
        f"of pairs; it expected {test['mean_pd']:.2%} of rows to default, {test['rate']['value']:.2%} did."
    )


def _ranks_zh(test: Row) -> str:
    area = test["roc_auc"]
    if area["value"] is None:
        return "测试样本没有违约或没有正常客户，无法评价质量。"
    sure = "" if area["low"] is None else f"（区间 {area['low']:.0%} 至 {area['high']:.0%}）"
    return (
        f"在一家违约客户与一家正常客户之间，模型有 {area['value']:.0%}{sure}的情况能认出风险更高者；"
        f"预期违约率 {test['mean_pd']:.2%}，实际 {test['rate']['value']:.2%}。"
    )


PRAISED = ("PD-D1", "PD-B1", "PD-M1")
SAME = (("PD-C1", "PD-J1", "PD-G1"), ("PD-D2", "PD-P1"))
"""Gates that fail of one cause: a level that is off shows in the book and in its grades, a lost ranking in AUC and Gini."""


def _gates(pack: Row, gates: Mapping[str, GateConfig]) -> list[Finding]:
    """What the gates say, in the order of the config; failures of one cause are one finding."""
    found: dict[str, Finding] = {}
    for row in pack["checks"]:
        severity = _severity(row, gates[row["code"]])
        if severity:
            title, detail = (row["title"], row["title_zh"]), (row["detail"], row["detail_zh"])
            found[row["code"]] = Finding(
                row["code"], severity, title, detail, _subjects(row, pack, gates)
            )
    for codes in SAME:
        failed = [found.pop(code) for code in codes if code in found and _stands(found[code])]
        if failed:
            found[failed[0].code] = _as_one(failed)
    order = [row["code"] for row in pack["checks"]]
    return sorted(found.values(), key=lambda one: order.index(one.code))


def _severity(row: Row, gate: GateConfig) -> str:
    if row["outcome"] == "passed":
        return "good" if row["code"] in PRAISED else ""
    if row["outcome"] == "failed":
        return "bad" if gate.blocks else "warn"
    return "bad" if gate.blocks and gate.not_applicable_blocks else "info"


def _stands(finding: Finding) -> bool:
    return finding.severity in {"bad", "warn"}


def _as_one(failed: Sequence[Finding]) -> Finding:
    """The first of them, as severe as the worst, with what the others add."""
    return Finding(
        failed[0].code,
        min((one.severity for one in failed), key=SEVERITIES.index),
        failed[0].title,
        (" ".join(one.detail[0] for one in failed), "".join(one.detail[1] for one in failed)),
    )


def _subjects(row: Row, pack: Row, gates: Mapping[str, GateConfig]) -> tuple[str, ...]:
    """The segments that PD-T1 fails for; the other gates look at the whole book."""
    if row["code"] != "PD-T1" or row["outcome"] != "failed":
        return ()
    least = gates["PD-T1"].threshold
    return tuple(
        named(one) for one in pack["selective"]["segments"] if one["share_without"] > least
    )


def _level(pack: Row) -> list[Finding]:
    """Whether as many defaulted as expected; a gate that tolerates a distance does not make it none."""
    level = pack["models"]["lightgbm"]["test"]["level"]
    judged = {row["code"]: row["outcome"] for row in pack["checks"]}.get("PD-C1")
    if judged != "passed" or level["value"] is None or level["low"] is None:
        return []
    seen, low, high = (exp(level[key]) for key in ("value", "low", "high"))
    came = f"For each default expected, {seen:.2f} came in terms of odds ({low:.2f} to {high:.2f})"
    came_zh = f"每预期 1 次违约，实际出现 {seen:.2f} 次（按几率计，区间 {low:.2f} 至 {high:.2f}）"
    if low <= 1.0 <= high:
        title = ("As many customers defaulted as expected", "违约数量与预期相符")
        return [Finding("PD-C1", "good", title, (f"{came}.", f"{came_zh}。"))]
    too = ("low", "偏低") if seen > 1.0 else ("high", "偏高")
    return [
        Finding(
            "PD-C1",
            "warn",
            (f"The probabilities of default are too {too[0]}, within what the gate tolerates", f"违约概率{too[1]}，但在门槛容许范围内"),
            (f"{came}: more than chance explains. Recalibrate as soon as new outcomes are final.", f"{came_zh}，超出随机波动；新结果确定后应尽快重新校准。"),
        )
    ]  # fmt: skip


def _premium(pack: Row) -> list[Finding]:
    gain = pack["premium"]["gini"]
    if gain["low"] is None or gain["high"] < 0:
        return []  # nothing to compare, or PD-X1 says it
    figures = f"{gain['value']:+.3f} ({gain['low']:+.3f}, {gain['high']:+.3f})"
    if gain["low"] > 0:
        return [
            Finding(
                "PD-PREMIUM", "good",
                ("The complex model ranks better than the simple one", "复杂模型的排序优于简单模型"),
                (f"Gini over the scorecard's: {figures}, above 0 beyond chance.", f"Gini 相对评分卡：{figures}，显著大于 0。"),
            )
        ]  # fmt: skip
    return [
        Finding(
            "PD-PREMIUM", "warn",
            ("It is not shown that the complex model ranks better than the simple one", "未能证明复杂模型的排序优于简单模型"),
            (
                f"Gini over the scorecard's: {figures}; the interval holds 0. The scorecard would be easier to defend.",
                f"Gini 相对评分卡：{figures}；区间包含 0。评分卡更易于解释。",
            ),
        )
    ]  # fmt: skip


def _moved(pack: Row) -> list[Finding]:
    moved = [row["feature"] for row in pack["stability"] if row["flagged"]]
    if not moved:
        return []
    return [
        Finding(
            "PD-STABILITY", "info",
            ("Inputs are distributed otherwise than in training", "部分输入的分布与训练时不同"),
            (
                f"{len(moved)} of the {len(pack['stability'])} inputs that moved most did so beyond chance; whether that matters, level and ranking above say.",
                f"变化最大的 {len(pack['stability'])} 项输入中有 {len(moved)} 项显著变化；是否有影响，见上文的水平与排序。",
            ),
            tuple(moved),
        )
    ]  # fmt: skip


def _knowable(pack: Row) -> list[Finding]:
    known = pack["models"].get("oracle", {}).get("test", {}).get("gini", {}).get("value")
    own = pack["models"]["lightgbm"]["test"]["gini"]["value"]
    if not known or own is None or known <= 0:
        return []
    return [
        Finding(
            "PD-ORACLE", "info",
            ("What can be known at all is known here, because the book is simulated", "本组合为模拟数据，可知的上限已知"),
            (
                f"The true probabilities reach a Gini of {known:.3f}, the model {own:.3f}: {own / known:.0%} of it.",
                f"真实概率的 Gini 为 {known:.3f}，模型为 {own:.3f}，达到 {own / known:.0%}。",
            ),
        )
    ]  # fmt: skip


def _power(pack: Row, confidence: float) -> list[Finding]:
    """The smallest loss of AUC that this test part would have shown with a chance of 80 %, one-sided."""
    area = pack["models"]["lightgbm"]["test"]["roc_auc"]
    heads = next((row["defaulted_customers"] for row in pack["parts"] if row["part"] == "test"), 0)
    if area["value"] is None or area["low"] is None or area["high"] >= 1.0:
        return []
    error = (area["high"] - area["low"]) / 2.0 / float(norm.ppf(0.5 + confidence / 2.0))
    least = float(norm.ppf(confidence) + norm.ppf(POWER)) * error
    return [
        Finding(
            "PD-POWER", "info",
            ("How much these data could have shown", "这些数据能够显示多大的差异"),
            (
                f"{counted(heads, 'customer')} defaulted in the test part: a loss of {least:.3f} in ROC AUC would be noticed in four cases of five, a smaller one less often.",
                f"测试样本中有 {heads} 家客户违约：ROC AUC 下降 {least:.3f} 时，五次中有四次会被发现；更小的下降更难发现。",
            ),
        )
    ]  # fmt: skip

"""What the measures of a validation are called, and what each says, for a reader who is no statistician."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reports.frame.grid import Kind, Pair
from reports.frame.page import number, sentence
from reports.locale import words


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure's name, what it says, and how its figure is written."""

    title: Pair
    says: Pair
    kind: Kind = "figure"
    digits: int = 3


RANKING: Mapping[str, Measure] = {
    "roc_auc": Measure(
        ("Ranking (ROC AUC)", "排序能力（ROC AUC）"),
        ("How often a customer that defaulted was ranked above one that did not: 0.5 is a coin, 1 is perfect.",
         "违约客户风险排在未违约客户之前的比例：0.5 如抛硬币，1 为完美。"),
    ),
    "gini": Measure(
        ("Gini", "基尼系数"),
        ("The same on a scale from 0 (coin) to 1 (perfect): twice the ranking less 1.", "同一含义，0 为随机，1 为完美：排序能力乘以二再减 1。"),
    ),
    "ks": Measure(
        ("Widest gap (KS)", "最大差距（KS）"),
        ("At the best cut: share of defaults caught less share of sound customers refused.", "最佳切点处：违约识别率减去误拒率。"),
    ),
    "average_precision": Measure(
        ("Average precision", "平均精确率"),
        ("Share of true defaults among those ranked riskiest, averaged over all cuts; a coin gives the default rate.",
         "风险最高客户中真实违约的比例，按所有切点平均；随机时等于违约率。"),
    ),
}  # fmt: skip
LEVELS: Mapping[str, Measure] = {
    "mean_pd": Measure(
        ("Expected default rate", "预期违约率"), ("Mean of the probabilities.", "概率的平均值。"), "share", 2,
    ),
    "rate": Measure(
        ("Default rate that was seen", "实际违约率"), ("The same customers for all, so the same rate.", "各模型的客户相同，故违约率相同。"), "figure_share", 2,
    ),
    "level": Measure(
        ("Seen against expected", "实际与预期之比"),
        ("Odds of default seen for each odds expected: 1 is right, above 1 the probabilities are too low.",
         "实际违约赔率与预期赔率之比：1 为正确，大于 1 说明概率偏低。"), "factor", 2,
    ),
    "cox_slope": Measure(
        ("Spread (Cox slope)", "离散程度（Cox 斜率）"),
        ("1 is right; below 1 the probabilities are too extreme, above 1 too timid.", "1 为正确；小于 1 说明概率过于极端，大于 1 过于保守。"), "figure", 2,
    ),
    "brier_skill": Measure(
        ("Brier skill", "布里尔技能分"),
        ("Share of the squared error that the model takes away, compared with one rate for everybody: 0 is no help, 1 is perfect.",
         "与所有客户用同一违约率相比，平方误差减少的比例：0 无帮助，1 为完美。"),
    ),
    "ece": Measure(
        ("Average gap (ECE)", "平均偏差（ECE）"),
        ("Mean distance between expected and seen rate over ten equal groups.", "十个等量分组中预期与实际违约率的平均差距。"), "figure_share", 2,
    ),
    "log_loss": Measure(
        ("Log loss", "对数损失"), ("Penalty for being surely wrong; less is better.", "对“自信却错误”的惩罚，越小越好。"), "figure", 4,
    ),
}  # fmt: skip
FURTHER: Mapping[str, Measure] = {
    "brier": Measure(("Brier score", "布里尔分"), ("Mean squared error; less is better.", "均方误差，越小越好。"), "figure", 4),
    "cox_intercept": Measure(
        ("Cox intercept", "Cox 截距"), ("0 is right, given the slope.", "在给定斜率下，0 为正确。"), "figure", 3,
    ),
}  # fmt: skip
MEASURES: Mapping[str, Measure] = {**RANKING, **LEVELS, **FURTHER}

GAIN: Mapping[str, Pair] = {
    "pays": ("the complexity pays", "复杂性带来提升"),
    "open": ("no clear difference", "无明显差异"),
    "costs": ("the simple model is better", "简单模型更优"),
}
STATEMENT: Mapping[str, Pair] = {
    "yes": ("with a statement", "有报表"),
    "no": ("without a statement", "无报表"),
}
OTHERS: Pair = ("all others", "其他")
UNKNOWN: Pair = ("not known", "未知")


def named(pack: Mapping[str, Any], feature: str) -> Pair | str:
    """A feature in the reader's words; its own name where the pack has no words for it.

    >>> named({"words": {"late": {"wording_en": "days late", "wording_zh": "逾期天数"}}}, "late")
    ('Days late', '逾期天数')
    >>> named({"words": {}}, "x_90")
    'x_90'
    """
    given = pack["words"].get(feature)
    if given is None or given["wording_en"] == feature:
        return feature
    return sentence(given["wording_en"]), given["wording_zh"]


def level(segment: str, value: object) -> Pair | str:
    """A level of a segment: a pair where we have words for it, else the user's own text.

    >>> level("has_statement", "yes"), level("customer_industry", "food")
    (('with a statement', '有报表'), 'food')
    """
    if value is None or value == "missing":
        return UNKNOWN
    if segment == "has_statement":
        return STATEMENT.get(str(value), str(value))
    return OTHERS if value == "other" else str(value)


def word(group: str, code: object) -> Pair | str:
    """A code of ours as a pair; an unknown one as it is."""
    return words.WORDS[group].get(str(code), str(code))


def subject(pack: Mapping[str, Any], text: str) -> Pair | str:
    """What shares a finding: a segment's level, a grade or a feature; a note in brackets after it is kept.

    >>> subject({"words": {}}, "customer_industry=food (+0.35)"), subject({"words": {}}, "grade=6")
    (('Industry food (+0.35)', '行业 food (+0.35)'), ('Grade 6', '等级 6'))
    """
    bare, space, note = text.partition(" (")
    key, is_pair, value = bare.partition("=")
    if not is_pair:
        found = named(pack, bare)
    elif key == "grade":
        found = f"Grade {value}", f"等级 {value}"
    else:
        found = _level_of(key, value)
    if isinstance(found, str):
        return text
    return found[0] + space + note, found[1] + space + note


def _level_of(segment: str, value: str) -> Pair | str:
    """A level with the name of its segment, in both languages; text where we have no word for the segment."""
    group, part = word("segment", segment), level(segment, value)
    english, chinese = part if isinstance(part, tuple) else (part, part)
    if isinstance(group, str):
        return group
    if segment == "has_statement":
        return sentence(english), chinese
    return f"{group[0]} {english}", f"{group[1]} {chinese}"


def gain(figure: Mapping[str, Any] | None) -> str:
    """What a gain with its interval says: pays, costs, or open.

    >>> gain({"value": 0.05, "low": 0.02, "high": 0.08}), gain({"value": 0.01, "low": -0.02, "high": 0.04})
    ('pays', 'open')
    """
    low, high = ((figure or {}).get(key) for key in ("low", "high"))
    if low is not None and low > 0:
        return "pays"
    return "costs" if high is not None and high < 0 else "open"


def fewer(shown: int, total: int) -> Pair | None:
    """That a list was cut, and where the rest is; None where it was not."""
    if shown >= total:
        return None
    return (
        f"Shown: {shown} of {number(total)}. All are in validation_model.xlsx.",
        f"共 {number(total)} 项，显示 {shown} 项；全部见 validation_model.xlsx。",
    )

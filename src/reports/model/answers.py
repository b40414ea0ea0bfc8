"""Six questions a committee asks, each answered in a sentence or two with the pack's numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reports.frame.grid import Kind, Pair, cut, significant, texts
from reports.frame.page import EMPTY, day, number, percent
from reports.model.words import gain, subject

Pack = Mapping[str, Any]
FEWEST_DEFAULTS = 10
"""A group with fewer defaults is not called the weakest: its ranking could be anything."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A question, its answer, and the number of the page's section that shows the evidence."""

    asks: Pair
    says: Pair
    section: int


def answers(pack: Pack) -> list[Answer]:
    """How good, for whom, since when, how sure, against what, and what would make it fail."""
    return [
        Answer(("How good?", "效果如何？"), how_good(pack), 2),
        Answer(("For whom?", "对谁有效？"), for_whom(pack), 4),
        Answer(("Since when?", "从何时起？"), since_when(pack), 5),
        Answer(("How sure?", "把握多大？"), how_sure(pack), 1),
        Answer(("Against what simple alternative?", "与何种简单方案相比？"), against_what(pack), 2),
        Answer(("What would make it fail?", "什么会使其失效？"), what_would_fail(pack), 9),
    ]  # fmt: skip


def interval(value: Mapping[str, Any] | None, kind: Kind = "figure", digits: int = 2) -> Pair:
    """A figure with its interval, as a sentence holds it.

    >>> interval({"value": 0.852, "low": 0.831, "high": 0.873})
    ('0.85 (0.83 to 0.87)', '0.85（0.83 至 0.87）')
    """
    middle, low, high = texts(value, kind, digits)
    if EMPTY in {low, high}:
        return middle, middle
    return f"{middle} ({low} to {high})", f"{middle}（{low} 至 {high}）"


def _known(row: Mapping[str, Any]) -> bool:
    """Whether the row's ranking is defined."""
    return (row["roc_auc"] or {}).get("value") is not None


def _test(pack: Pack, model: str = "lightgbm") -> Mapping[str, Any]:
    return pack["models"].get(model, {}).get("test") or {}


def how_good(pack: Pack) -> Pair:
    """Ranking in pairs of customers, and the level."""
    test = _test(pack)
    if (test.get("roc_auc") or {}).get("value") is None:
        return (
            "It cannot be said: the test part lacks customers that defaulted, or ones that did not.",
            "无法判断：测试部分缺少违约客户或未违约客户。",
        )
    english, chinese = interval(test["roc_auc"])
    level_en, level_zh = interval(test["level"], "factor")
    skill_en, skill_zh = interval(test["brier_skill"], "figure_share", 1)
    best = interval(_test(pack, "oracle").get("roc_auc"))
    known_en, known_zh = (f", {best[0]} the best possible", f"，理论上限 {best[1]}") if "oracle" in pack["models"] else ("", "")  # fmt: skip
    return (
        f"Ranking {english}, where 0.5 is a coin and 1 is perfect{known_en}. For 1 default expected, {level_en} came. It takes away {skill_en} of the error that one rate for everybody makes.",
        f"排序能力 {chinese}，0.5 为随机，1 为完美{known_zh}。每预期 1 笔违约，实际发生 {level_zh} 笔。与所有客户用同一违约率相比，误差减少 {skill_zh}。",
    )


def for_whom(pack: Pack) -> Pair:
    """The strongest and the weakest group with enough defaults, and new customers."""
    known = [row for row in pack["segments"] if row["defaults"] >= FEWEST_DEFAULTS and _known(row)]
    if not known:
        return (
            f"It cannot be said: no group of customers has {FEWEST_DEFAULTS} defaults in the test part.",
            f"无法判断：测试部分没有任何分组达到 {FEWEST_DEFAULTS} 笔违约。",
        )
    order = sorted(known, key=lambda row: (row["roc_auc"]["value"], str(row["level"])))
    weak, strong = order[0], order[-1]
    best, worst = _group(pack, strong), _group(pack, weak)
    english = f"It ranks best for {best[0]}: {interval(strong['roc_auc'])[0]}, and worst for {worst[0]}: {interval(weak['roc_auc'])[0]}, on {number(weak['defaults'])} defaults."
    chinese = f"排序能力最强：{best[1]}，{interval(strong['roc_auc'])[1]}；最弱：{worst[1]}，{interval(weak['roc_auc'])[1]}，违约 {number(weak['defaults'])} 笔。"
    low, high = strong["roc_auc"]["low"], weak["roc_auc"]["high"]
    if len(order) > 1 and low is not None and high is not None and low <= high:
        english += " The two intervals overlap, so the difference may be chance."
        chinese += "两个区间重叠，差异可能出于偶然。"
    fresh = [row for row in pack["two_by_two"] if (row["customers"], row["time"]) == ("new", "out_of_time")]  # fmt: skip
    if fresh and _known(fresh[0]):
        english += f" Customers it had never seen: {interval(fresh[0]['roc_auc'])[0]}."
        chinese += f"从未见过的客户：{interval(fresh[0]['roc_auc'])[1]}。"
    return english, chinese


def _group(pack: Pack, row: Mapping[str, Any]) -> Pair:
    """A level of a segment inside a sentence."""
    text = f"{row['segment']}={'missing' if row['level'] is None else row['level']}"
    named = subject(pack, text)
    if isinstance(named, str):
        return cut(named), cut(named)
    english, chinese = cut(named[0][:1].lower() + named[0][1:]), cut(named[1])
    return (
        (f"customers {english}", f"{chinese}客户")
        if row["segment"] == "has_statement"
        else (english, chinese)
    )


def since_when(pack: Pack) -> Pair:
    """The days of the test, and the worst of them."""
    parts = {row["part"]: row for row in pack["parts"]}
    if "test" not in parts:
        return "It cannot be said: there is no test part.", "无法判断：没有测试部分。"
    is_refit = pack["lightgbm"]["learned_from_calibrate"] and "calibrate" in parts
    test, learned = parts["test"], parts.get("calibrate" if is_refit else "train")
    english = f"Tested from {day(test['from'])} to before {day(test['until'])}, {number(len(pack['as_of']))} days of observation"
    chinese = f"测试期自 {day(test['from'])} 至 {day(test['until'])}（不含），共 {number(len(pack['as_of']))} 个观察日"
    if learned:
        english += f"; it learned from customers observed before {day(learned['until'])}"
        chinese += f"；训练使用 {day(learned['until'])} 之前的观察样本"
    days = [row for row in pack["as_of"] if _known(row)]
    if not days:
        return f"{english}.", f"{chinese}。"
    worst = min(days, key=lambda row: (row["roc_auc"]["value"], str(row["as_of"])))
    return (
        f"{english}. Its worst day was {day(worst['as_of'])}: ranking {interval(worst['roc_auc'])[0]}.",
        f"{chinese}。最弱的一天为 {day(worst['as_of'])}：排序能力 {interval(worst['roc_auc'])[1]}。",
    )


def how_sure(pack: Pack) -> Pair:
    """On how many defaults everything rests."""
    test = next((row for row in pack["parts"] if row["part"] == "test"), None)
    if test is None:
        return "It cannot be said: there is no test part.", "无法判断：没有测试部分。"
    sure = percent(pack["confidence"], 0)
    english = f"Everything rests on {number(test['defaults'])} observations that ended in default, of {number(test['defaulted_customers'])} customers; in all there are {number(test['n'])} observations of {number(test['customers'])} customers."
    chinese = f"全部结论依据 {number(test['defaulted_customers'])} 家客户的 {number(test['defaults'])} 笔违约，样本 {number(test['n'])} 个，客户 {number(test['customers'])} 家。"
    low, high = ((_test(pack).get("roc_auc") or {}).get(key) for key in ("low", "high"))
    if low is not None and high is not None:
        english += f" Differences in ranking below {number((high - low) / 2, 3)} are within chance."
        chinese += f"小于 {number((high - low) / 2, 3)} 的排序差异属偶然范围。"
    return (
        f"{english} Intervals made as on this page hold the true value in {sure} of cases.",
        f"{chinese}本页区间有 {sure} 的把握包含真值。",
    )


def against_what(pack: Pack) -> Pair:
    """The scorecard beside it, and what the complexity buys."""
    card = _test(pack, "scorecard")
    if (card.get("gini") or {}).get("value") is None:
        return "It cannot be said: no scorecard could be fitted.", "无法判断：未能拟合评分卡。"
    more = (pack["premium"] or {}).get("gini")
    told = {
        "pays": ("The complexity pays", "复杂性带来提升"),
        "open": (
            "A clear difference was not shown, so the scorecard would do as well as far as can be told",
            "未显示明显差异，就现有证据评分卡同样适用",
        ),
        "costs": ("The scorecard is better", "评分卡更优"),
    }[gain(more)]
    return (
        f"A scorecard of points per input has a Gini of {interval(card['gini'])[0]} on the same customers; the model has {interval(more, 'figure', 3)[0]} more. {told[0]}.",
        f"同一批客户上，评分卡的基尼系数为 {interval(card['gini'])[1]}；模型高出 {interval(more, 'figure', 3)[1]}。{told[1]}。",
    )


def what_would_fail(pack: Pack) -> Pair:
    """Gates that failed, and of those that passed the nearest to its threshold."""
    checks, blocking = pack["checks"], pack["verdict"]["blocking"]
    passed = [row for row in checks if row["outcome"] == "passed"]
    english = f"{len(passed)} of {len(checks)} gates passed"
    chinese = f"{len(checks)} 项门槛中通过 {len(passed)} 项"
    others = [row["code"] for row in checks if row["outcome"] == "failed" and row["code"] not in blocking]  # fmt: skip
    english += f"; registration is stopped by {', '.join(blocking)}" if blocking else "; registration is not stopped"  # fmt: skip
    chinese += f"；{'、'.join(blocking)} 阻止注册" if blocking else "；注册未被阻止"
    if others:
        english += f"; failed without stopping it: {', '.join(others)}"
        chinese += f"；未通过但不阻止：{'、'.join(others)}"
    near = nearest(passed)
    if near is None:
        return f"{english}.", f"{chinese}。"
    found, found_zh = _found(near)
    limit = significant(near["threshold"])
    return (
        f"{english}. The passed gate nearest to failing is {near['code']}: {found} against a threshold of {limit}.",
        f"{chinese}。已通过的门槛中最接近界限的是 {near['code']}：{found_zh}，界限 {limit}。",
    )


def _found(row: Mapping[str, Any]) -> Pair:
    value = significant(row["value"])
    if row.get("end") is None:
        return value, value
    end = significant(row["end"])
    return f"{value} ({end} after allowing for chance)", f"{value}（计入随机波动后为 {end}）"


def nearest(passed: list[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The gate nearest to its threshold, as a share of the larger of the two; equal ones are counts, and left out.

    Held against the threshold is the value, or the end of its interval where the gate looks at that.

    >>> nearest([{"value": 0.9, "threshold": 0.6}, {"value": 0.7, "threshold": 0.6}, {"value": 0, "threshold": 0}])["value"]
    0.7
    >>> nearest([{"value": 0.9, "end": 0.61, "threshold": 0.6}, {"value": 0.7, "threshold": 0.6}])["value"]
    0.9
    """
    held = [(_held(row), row["threshold"], row) for row in passed]
    apart = [
        (abs(value - limit) / max(abs(value), abs(limit)), place, row)
        for place, (value, limit, row) in enumerate(held)
        if value is not None and limit is not None and value != limit
    ]
    return min(apart, default=(0.0, 0, None))[2]


def _held(row: Mapping[str, Any]) -> float | None:
    end: float | None = row.get("end")
    return row["value"] if end is None else end

"""The validation pack's tables about the probabilities themselves: bins, grades, moves between them, tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.frame.grid import Column, Table
from reports.model.tables import DEFAULTS, EXPECTED, MODELS, OBSERVATIONS, SEEN, outcome
from reports.model.words import level, word

Pack = Mapping[str, Any]
NOTHING_GRANTED = ("warn", ("nothing granted", "无授信"))
GRANTED = ("good", ("credit granted", "有授信"))


def _with_interval(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "seen": {"value": row["rate"], "low": row["low"], "high": row["high"]}}


def reliability(pack: Pack) -> Table:
    """The test customers in equal groups by probability, per model."""
    rows = [
        {**_with_interval(row), "model": word("model", model)}
        for model in MODELS
        for row in pack["reliability"].get(model) or ()
    ]
    columns = [
        Column("model", ("Model", "模型"), "named"),
        Column("n", OBSERVATIONS, "count"),
        Column("defaults", DEFAULTS, "count"),
        Column("mean_pd", EXPECTED, "share", 3),
        Column("seen", SEEN, "figure_share", 3),
    ]
    absent = ("The test part is too small to be grouped.", "测试部分过小，无法分组。")
    return Table(("Reliability", "可靠性"), columns, rows, absent)


def grades(pack: Pack) -> Table:
    """Expected and seen defaults per grade; without a ledger there is no share of exposure."""
    columns = [
        Column("grade", ("Grade", "等级"), "grade"),
        Column("n", OBSERVATIONS, "count"),
        Column("share_n", ("Share of customers", "客户占比"), "share", 1),
        Column("share_exposure", ("Share of balance", "余额占比"), "share", 1),
        Column("defaults", DEFAULTS, "count"),
        Column("mean_pd", EXPECTED, "share", 2),
        Column("seen", SEEN, "figure_share", 2),
        Column("upper_bound", ("At most", "上限"), "share", 2),
        Column("most_prudent", ("At most, with all riskier grades", "上限，含全部更高风险等级"), "share", 2),
        Column("jeffreys_p", ("Chance of so many or more (Jeffreys)", "出现如此多或更多的概率（Jeffreys）"), "share", 1),
        Column("binomial_p", ("The same (binomial)", "同上（二项检验）"), "share", 1),
    ]  # fmt: skip
    rows = [_with_interval(row) for row in pack["grades"]]
    absent = ("The pack holds no grades.", "验证包中没有等级。")
    table = Table(("Grades", "等级"), columns, rows, absent)
    has_exposure = any(row["share_exposure"] is not None for row in rows)
    return table if has_exposure else table.without("share_exposure")


def significance(pack: Pack) -> Table:
    """Significance tests: what each asks, in plain words, and how it came out."""
    rows = [
        {
            **row,
            "name": word("model", row["model"]),
            "title": (row["title_en"], row["title_zh"]),
            "asks": (row["asks_en"], row["asks_zh"]),
            "told": (row["detail_en"], row["detail_zh"]),
            "badge": outcome(row["outcome"], stops=row["outcome"] == "failed"),
        }
        for row in sorted(pack["tests"], key=lambda row: _place(row["model"]))
    ]
    columns = [
        Column("name", ("Model", "模型"), "named", is_once=True),
        Column("title", ("Test", "检验"), "words"),
        Column("asks", ("What it asks", "检验什么"), "words"),
        Column("statistic", ("Statistic", "统计量"), "number", 2),
        Column("p_value", ("Chance of such a result if all is well", "一切正常时出现该结果的概率"), "share", 1),
        Column("n", OBSERVATIONS, "count"),
        Column("badge", ("Outcome", "结果"), "badge"),
        Column("told", ("What was found", "发现"), "words"),
    ]  # fmt: skip
    return Table(("Tests", "检验"), columns, rows, ("No test was made.", "未做检验。"))


def significance_by_test(pack: Pack) -> Table:
    """One row per test, the model's result beside the scorecard's; what was found is the model's."""
    found: dict[str, dict[str, Any]] = {}
    for row in significance(pack).rows:
        one = found.setdefault(row["code"], {"title": row["title"], "asks": row["asks"]})
        one |= {f"{key}_{row['model']}": row[key] for key in ("p_value", "badge", "told")}
    columns = [
        Column("title", ("Test", "检验"), "words"),
        Column("asks", ("What it asks", "检验什么"), "words"),
        Column("p_value_lightgbm", ("Chance, model", "概率：模型"), "share", 1),
        Column("badge_lightgbm", ("Outcome", "结果"), "badge"),
        Column("p_value_scorecard", ("Chance, scorecard", "概率：评分卡"), "share", 1),
        Column("badge_scorecard", ("Outcome", "结果"), "badge"),
        Column("told_lightgbm", ("Found for the model", "模型的检验结果"), "words"),
    ]
    return Table(
        ("Tests by kind", "检验"), columns, list(found.values()), significance(pack).absent
    )


def _place(model: str) -> int:
    return MODELS.index(model) if model in MODELS else len(MODELS)


def migrations(pack: Pack) -> Table:
    """How many customers of each grade (row) are in each grade (column) on the last day."""
    moves = pack["migrations"] or {}
    matrix = (moves.get("matrix") or []) if moves.get("n") else []
    columns = [Column("grade", ("From grade", "原等级"), "grade")] + [
        Column(f"to_{place}", (f"to {place}", f"至 {place}"), "count")
        for place in range(1, len(matrix) + 1)
    ]
    rows = [
        {"grade": place, **{f"to_{to}": count for to, count in enumerate(row, start=1)}}
        for place, row in enumerate(matrix, start=1)
    ]
    absent = (
        "No customer is in the test part on two days.",
        "没有客户在测试部分的两个观察日同时出现。",
    )
    return Table(("Migrations", "等级迁移"), columns, rows, absent)


def score_distribution(pack: Pack) -> Table:
    """Shares of survivors and defaulters by score."""
    columns = [
        Column("score", ("Score", "评分"), "number", 0),
        Column("survived", ("Share of survivors", "未违约客户占比"), "share", 3),
        Column("defaulted", ("Share of defaulters", "违约客户占比"), "share", 3),
    ]
    absent = ("The pack holds no scores.", "验证包中没有评分。")
    return Table(("Scores", "评分分布"), columns, pack["score_distribution"], absent)


def roc(pack: Pack) -> Table:
    """Per cut and model: which share of defaults lies above it, and which of the others."""
    rows = [
        {**row, "model": word("model", model)}
        for model in MODELS
        for row in pack["roc"].get(model) or ()
    ]
    columns = [
        Column("model", ("Model", "模型"), "named"),
        Column("false_alarms", ("Sound customers above the cut", "切点以上的正常客户占比"), "share", 3),
        Column("caught", ("Defaults above the cut", "切点以上的违约占比"), "share", 3),
    ]  # fmt: skip
    return Table(("ROC", "ROC 曲线"), columns, rows, ("No curve.", "没有曲线。"))


def selective(pack: Pack) -> Table:
    """Where nothing was granted, no default can be seen."""
    rows = [
        {
            **row,
            "group": word("segment", row["segment"]),
            "name": level(row["segment"], row["level"]),
            "badge": NOTHING_GRANTED if row["no_exposure"] else GRANTED,
        }
        for row in sorted(pack["selective"]["segments"], key=lambda row: not row["no_exposure"])
    ]  # fmt: skip
    columns = [
        Column("group", ("By", "维度"), "named"),
        Column("name", ("Customers", "客户"), "named"),
        Column("n", OBSERVATIONS, "count"),
        Column("granted_exposure", ("Credit granted", "授信余额"), "count"),
        Column("badge", ("Finding", "结论"), "badge"),
    ]
    absent = (
        "No group of customers was compared: what was granted is not known.",
        "授信情况未知，未做分组比较。",
    )
    return Table(("Selective outcomes", "选择性结果"), columns, rows, absent)


def selective_truth(pack: Pack) -> Table:
    """Predicted, true and seen default rates: all, whose limit bound, and the others."""
    truth = pack["selective"]["truth"]
    named = {
        "all": ("All customers", "全部客户"),
        "constrained": ("Limit was binding", "额度受限"),
        "free": ("Limit was not binding", "额度未受限"),
    }
    rows = []
    if truth is not None:
        groups = {"all": truth, "constrained": truth.get("constrained"), "free": truth.get("free")}
        rows = [{**row, "name": named[key]} for key, row in groups.items() if row]
    columns = [
        Column("name", ("Customers", "客户"), "words"),
        Column("n", OBSERVATIONS, "count"),
        Column("predicted", ("Expected by the model", "模型预期"), "share", 2),
        Column("true", ("True", "真实概率"), "share", 2),
        Column("realised", ("Seen", "实际"), "share", 2),
    ]
    absent = (
        "The true probabilities are known in a simulated portfolio only.",
        "只有模拟组合才知道真实概率。",
    )
    return Table(("Truth by limit", "真实概率与额度"), columns, rows, absent)

"""The validation pack's tables about how the models came to be: members, search, selection, calibration, points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.frame.grid import Column, Table
from reports.model.words import named, subject, word

Pack = Mapping[str, Any]
SEVERITIES = {
    "bad": ("bad", ("must be dealt with", "必须处理")),
    "warn": ("warn", ("to be watched", "需关注")),
    "good": ("good", ("in order", "正常")),
    "info": ("info", ("to know", "提示")),
}


def severity(code: str) -> tuple[str, tuple[str, str]]:
    """Badge of a finding's weight; one we have no words for is shown as it is."""
    return SEVERITIES.get(code, ("", (code, code)))


def findings(pack: Pack) -> Table:
    """All findings, most important first, each once."""
    rows = [
        {
            **row,
            "badge": severity(row["severity"]),
            "title": (row["title_en"], row["title_zh"]),
            "told": (row["detail_en"], row["detail_zh"]),
            "shared": tuple(
                "; ".join(
                    part if isinstance(part, str) else part[side]
                    for part in (subject(pack, one) for one in row["subjects"])
                )
                for side in (0, 1)
            ),
        }
        for row in pack["findings"]
    ]
    columns = [
        Column("code", ("Code", "编号"), "data"),
        Column("badge", ("Weight", "程度"), "badge"),
        Column("title", ("Finding", "发现"), "words"),
        Column("told", ("What is behind it", "依据"), "words"),
        Column("shared", ("Shared by", "涉及"), "words"),
    ]
    return Table(("Findings", "发现"), columns, rows, ("No finding.", "没有发现。"))


def facts(pack: Pack) -> Table:
    """Single numbers of the pack, one row each."""
    verdict, made = pack["verdict"], pack["lightgbm"]
    search, selection = pack["search"] or {}, pack["selection"] or {}
    moves = pack["migrations"] or {}
    values: list[tuple[tuple[str, str], Any]] = [
        (("Horizon in months", "表现期（月）"), pack["horizon_months"]),
        (("Confidence of all intervals", "区间置信度"), pack["confidence"]),
        (("Trees", "树的数量"), made["trees"]),
        (("Inputs", "输入数"), made["features"]),
        (("Promised directions", "承诺的方向"), made["promised_directions"]),
        (("Promises broken", "违反的承诺"), made["violations"]),
        (("Grades, concentration by number (Herfindahl)", "等级集中度，按户数（Herfindahl）"), pack["concentration"]["grades_by_number"]),
        (("Grades, concentration by balance (Herfindahl)", "等级集中度，按余额（Herfindahl）"), pack["concentration"]["grades_by_exposure"]),
        (("Moves to riskier grades (upper matrix weighted bandwidth)", "向高风险等级迁移的带宽"), moves.get("bandwidth_up")),
        (("Moves to safer grades (lower matrix weighted bandwidth)", "向低风险等级迁移的带宽"), moves.get("bandwidth_down")),
        (("Share in the same grade", "等级不变占比"), moves.get("share_same")),
        (("Share within one grade", "变动不超过一级占比"), moves.get("share_within_one")),
        (("Settings tried", "尝试的参数组合"), search.get("trials")),
        (("Settings finished", "完成的参数组合"), search.get("complete")),
        (("Settings stopped early", "提前停止的参数组合"), search.get("pruned")),
        (("Log loss, best settings", "对数损失，最优参数"), search.get("best_log_loss")),
        (("Log loss, settings by hand", "对数损失，人工参数"), search.get("by_hand_log_loss")),
        (("Inputs kept by selection", "筛选后保留的输入"), selection.get("kept")),
        (("Inputs before selection", "筛选前的输入"), selection.get("of")),
        (("Points of the scorecard before any input", "评分卡基础分"), (pack["scorecard"] or {}).get("intercept_points")),
    ]  # fmt: skip
    texts = [
        (("Portfolio", "组合"), (pack["portfolio"], pack["portfolio"])),
        (("Title", "名称"), (pack["title"], pack["title"])),
        (("Outcome", "结果"), (verdict["outcome"], "通过" if verdict["outcome"] == "passed" else "未通过")),
        (("Verdict", "结论"), (verdict["sentence_en"], verdict["sentence_zh"])),
        (("Blocking gates", "阻断的门槛"), (", ".join(verdict["blocking"]),) * 2),
    ]  # fmt: skip
    rows: list[dict[str, Any]] = [{"name": name, "text": text} for name, text in texts]
    rows += [{"name": name, "value": value} for name, value in values]
    columns = [
        Column("name", ("What", "项目"), "words"),
        Column("text", ("Text", "文字"), "words"),
        Column("value", ("Number", "数值"), "number", 4),
    ]
    return Table(("Verdict", "结论"), columns, rows, ("", ""))


def members(pack: Pack) -> Table:
    """The boosters that are averaged."""
    rows = [{**row, "name": word("flavour", row["flavour"])} for row in pack["lightgbm"]["members"]]
    columns = [
        Column("name", ("Kind", "类型"), "named"),
        Column("trees", ("Trees", "树的数量"), "count"),
        Column("weight", ("Weight", "权重"), "share", 0),
    ]
    absent = ("The pack names no booster.", "验证包未列出模型成员。")
    return Table(("Members", "成员"), columns, rows, absent)


def flavours(pack: Pack) -> Table:
    """Every kind of booster that was tried on later data, and which were taken."""
    rows = [
        {
            **row,
            "name": word("flavour", row["flavour"]),
            "badge": ("good", ("taken", "采用")) if row["taken"] else ("", ("tried", "已尝试")),
        }
        for row in pack["lightgbm"]["tried"]
    ]
    columns = [
        Column("name", ("Kind", "类型"), "named"),
        Column("badge", ("Taken", "采用"), "badge"),
        Column("rounds", ("Trees", "树的数量"), "count"),
        Column(
            "log_loss",
            ("Log loss on later data, less is better", "后续数据的对数损失，越小越好"),
            "number",
            5,
        ),
    ]
    absent = ("The pack names no kind that was tried.", "验证包未列出尝试过的类型。")
    return Table(("Kinds tried", "尝试的类型"), columns, rows, absent)


def _tried(row: Pack, chosen: str) -> tuple[str, tuple[str, str]]:
    if row["method"] == chosen:
        return "good", ("chosen", "选用")
    return ("info", ("too few defaults", "违约过少")) if row["log_loss"] is None else ("", ("tried", "已尝试"))  # fmt: skip


def candidates(pack: Pack) -> Table:
    """Ways to turn the model's sum into a probability, from least to most intervention."""
    calibration = pack["lightgbm"]["calibration"]
    rows = [
        {
            **row,
            "name": word("calibration", row["method"]),
            "badge": _tried(row, calibration["method"]),
        }
        for row in calibration["candidates"]
    ]
    columns = [
        Column("name", ("Adjustment of the level", "概率校准方式"), "named"),
        Column("badge", ("Chosen", "选用"), "badge"),
        Column("log_loss", ("Log loss, less is better", "对数损失，越小越好"), "number", 5),
        Column(
            "standard_error",
            ("Standard error of the gap to the best", "与最优差距的标准误"),
            "number",
            5,
        ),
    ]
    absent = ("One adjustment was set by hand; no other was tried.", "校准方式由人工指定，未比较其他方式。")  # fmt: skip
    return Table(("Calibration", "校准"), columns, rows, absent)


def importance(pack: Pack) -> Table:
    """Which settings of the search mattered."""
    found = (pack["search"] or {}).get("importance") or ()
    top = max((row["importance"] for row in found), default=0.0)
    rows = [
        {**row, "drawn": row["importance"] / top if top else 0.0}
        for row in sorted(found, key=lambda row: (-row["importance"], row["param"]))
    ]
    columns = [
        Column("param", ("Setting", "参数"), "data"),
        Column("drawn", ("", ""), "bar"),
        Column("importance", ("Share of the difference it makes", "对差异的贡献"), "share", 0),
    ]
    absent = ("No settings were searched: they were set by hand.", "未搜索参数：由人工设定。")
    return Table(("Search", "参数搜索"), columns, rows, absent)


def selection(pack: Pack) -> Table:
    """Inputs kept and left out, and why."""
    chosen = pack["selection"] or {}
    rows_of = chosen.get("rows") or ()
    rows = [
        {
            **row,
            "name": named(pack, row["feature"]),
            "badge": ("good", ("kept", "保留")) if row["kept"] else ("info", ("left out", "剔除")),
            "reason": (row["reason_en"], row["reason_zh"]),
        }
        for row in (rows_of if chosen.get("method") != "none" else ())
    ]
    columns = [
        Column("name", ("Input", "输入"), "named"),
        Column("badge", ("Outcome", "结果"), "badge"),
        Column("share", ("Share of the score's movement", "对评分变动的贡献"), "share", 1),
        Column("unstable_folds", ("Periods in which it had shifted", "发生偏移的时期数"), "count"),
        Column("reason", ("Why", "原因"), "words"),
    ]
    absent = ("No inputs were selected: all were used.", "未做输入筛选：全部使用。")
    return Table(("Selection", "输入筛选"), columns, rows, absent)


def scorecard(pack: Pack) -> Table:
    """Points per input and range of values; strongest input first."""
    rows = [
        {
            **one,
            "name": named(pack, feature["feature"]),
            "label": (one["label_en"], one["label_zh"]),
            "iv": feature["iv"],
            "coefficient": feature["coefficient"],
        }
        for feature in sorted((pack["scorecard"] or {}).get("features") or (), key=lambda row: (-(row["iv"] or 0.0), row["feature"]))
        for one in feature["bins"]
    ]  # fmt: skip
    columns = [
        Column("name", ("Input", "输入"), "named", is_once=True),
        Column("label", ("Its value", "取值"), "words"),
        Column("share", ("Share of customers", "客户占比"), "share", 1),
        Column("points", ("Points", "分值"), "number", 1),
        Column("woe", ("Weight of evidence", "证据权重"), "number", 3),
        Column("iv", ("Information value of the input", "输入的信息值"), "number", 3),
        Column("coefficient", ("Coefficient", "系数"), "number", 3),
    ]
    absent = ("The scorecard found no input that tells anything.", "评分卡未找到有效输入。")
    return Table(("Scorecard", "评分卡"), columns, rows, absent)

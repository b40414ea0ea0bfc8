"""The evidence of the validation pack as tables: what was tested, how good it is, for whom and since when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reports.frame.grid import Column, Pair, Table
from reports.model.words import GAIN, MEASURES, RANKING, Measure, gain, level, named, word

Pack = Mapping[str, Any]
MODELS = ("lightgbm", "scorecard", "oracle")
OUTCOMES: Mapping[str, tuple[str, Pair]] = {
    "passed": ("good", ("passed", "通过")),
    "failed": ("bad", ("failed", "未通过")),
    "not_applicable": ("info", ("could not be judged", "无法判断")),
}
EXCUSED: tuple[str, Pair] = ("warn", ("failed, does not block", "未通过，不阻断"))
OBSERVATIONS, DEFAULTS, EXPECTED, SEEN = (
    ("Observations", "样本数"),
    ("Defaults", "违约数"),
    ("Expected", "预期"),
    ("Seen", "实际"),
)
AUC: Pair = ("Ranking: model", "排序能力：模型")
CARD_AUC: Pair = ("Ranking: scorecard", "排序能力：评分卡")
AUC_SPAN, LEVEL_SPAN = (0.5, 1.0, 0.5), (-1.1, 1.1, 0.0)
"""Ends and mark of the drawn intervals: a ranking from coin to perfect; a level from a third to three times, as logarithm."""


def outcome(code: str, *, stops: bool) -> tuple[str, Pair]:
    """Badge of an outcome: what stops is bad however it came; a failure that does not is waived or only warns.

    >>> outcome("failed", stops=False)[0], outcome("not_applicable", stops=True)[0], outcome("passed", stops=False)[0]
    ('warn', 'bad', 'good')
    """
    if code == "failed" and not stops:
        return EXCUSED
    tone, words = OUTCOMES.get(code, ("", (code, code)))
    return ("bad" if stops else tone), words


def gates(pack: Pack) -> Table:
    """Every gate with what it found and its threshold."""
    blocking = pack["verdict"]["blocking"]
    rows = [
        {
            **row,
            "said": (row["title"], row.get("title_zh") or row["title"]),
            "told": (row["detail"], row.get("detail_zh") or row["detail"]),
            "badge": outcome(row["outcome"], stops=row["code"] in blocking),
        }
        for row in pack["checks"]
    ]
    columns = [
        Column("code", ("Gate", "门槛"), "code"),
        Column("said", ("What it asks", "要求"), "words"),
        Column("value", ("Value", "数值"), "plain"),
        Column("threshold", ("Threshold", "界限"), "plain"),
        Column("badge", ("Outcome", "结果"), "badge"),
        Column("told", ("What was found", "发现"), "words"),
    ]
    return Table(("Gates", "门槛"), columns, rows, ("No gate was configured.", "未配置任何门槛。"))


def parts(pack: Pack) -> Table:
    """One row per part of the data: how many, when, and how well both models rank there."""
    models = pack["models"]
    rows = [
        {
            **row,
            "name": word("part", row["part"]),
            "auc": _of(models, "lightgbm", row["part"], "roc_auc"),
            "card": _of(models, "scorecard", row["part"], "roc_auc"),
        }
        for row in pack["parts"]
    ]
    columns = [
        Column("name", ("Part of the data", "数据部分"), "named"),
        Column("from", ("From", "自"), "day"),
        Column("until", ("To before", "至（不含）"), "day"),
        Column("n", OBSERVATIONS, "count"),
        Column("customers", ("Customers", "客户数"), "count"),
        Column("defaults", DEFAULTS, "count"),
        Column("defaulted_customers", ("By customers", "违约客户数"), "count"),
        Column("rate", ("Default rate", "违约率"), "share", 2),
        Column("auc", AUC, "figure"),
        Column("card", CARD_AUC, "figure"),
    ]
    absent = ("The pack names no part of the data.", "验证包未说明数据划分。")
    return Table(("Parts", "数据划分"), columns, rows, absent)


def _of(models: Pack, model: str, part: str, measure: str) -> Any:
    return (models.get(model, {}).get(part) or {}).get(measure)


def two_by_two(pack: Pack) -> Table:
    """Known and new customers, in the years it learned from and later."""
    rows = [
        {
            **row,
            "who": word("customers_seen", row["customers"]),
            "when": word("time", row["time"]),
            "learned": ("yes", "是") if row["learned_from"] else ("no", "否"),
        }
        for row in pack["two_by_two"]
    ]
    columns = [
        Column("who", ("Customers", "客户"), "named", is_once=True),
        Column("when", ("Seen in", "时期"), "named"),
        Column("learned", ("Learned from", "用于训练"), "words"),
        Column("n", OBSERVATIONS, "count"),
        Column("defaults", DEFAULTS, "count"),
        Column("roc_auc", ("Ranking", "排序能力"), "figure"),
        Column("brier_skill", ("Brier skill", "布里尔技能分"), "number"),
        Column("mean_pd", EXPECTED, "share", 2),
        Column("rate", SEEN, "share", 2),
    ]
    absent = ("No customers were held out.", "未保留任何客户用于测试。")
    return Table(("Two by two", "二乘二"), columns, rows, absent)


def measures(pack: Pack, chosen: Mapping[str, Measure] = RANKING) -> Table:
    """One row per measure on the test part, one column per model that there is."""
    there = [name for name in MODELS if name in pack["models"]]
    rows = [
        {
            "title": measure.title,
            "says": measure.says,
            "show": dict.fromkeys(there, (measure.kind, measure.digits)),
        }
        | {name: _of(pack["models"], name, "test", key) for name in there}
        for key, measure in chosen.items()
    ]
    columns = [
        Column("title", ("Measure", "指标"), "words"),
        Column("says", ("What it says", "含义"), "words"),
    ]
    titles = (("Model", "模型"), ("Scorecard", "评分卡"), ("Truth", "真实概率"))
    columns += [
        Column(name, title, "figure")
        for name, title in zip(MODELS, titles, strict=True)
        if name in there
    ]
    absent = ("The test part has no figure.", "测试部分没有指标。")
    return Table(("Test measures", "测试指标"), columns, rows, absent)


def _long(pack: Pack) -> Iterator[dict[str, Any]]:
    for model in MODELS:
        for part, values in pack["models"].get(model, {}).items():
            if not values:
                continue
            for key, measure in MEASURES.items():
                yield {
                    "model": word("model", model),
                    "part": word("part", part),
                    "measure": measure.title,
                    "n": values["n"],
                    "defaults": values["defaults"],
                    "figure": _as_figure(values.get(key)),
                    # here a level stays on its natural logarithm, as the pack has it
                    "show": {"figure": ("figure", 6)},
                }


def _as_figure(value: Any) -> Any:
    """A number without an interval, such as the mean probability, as a figure without one."""
    return {"value": value, "low": None, "high": None} if isinstance(value, float) else value


def all_measures(pack: Pack) -> Table:
    """Every measure of every model in every part, one row each."""
    columns = [
        Column("model", ("Model", "模型"), "named"),
        Column("part", ("Part of the data", "数据部分"), "named"),
        Column("measure", ("Measure", "指标"), "words"),
        Column("n", OBSERVATIONS, "count"),
        Column("defaults", DEFAULTS, "count"),
        Column("figure", ("Value (the level as a natural logarithm)", "数值（水平为自然对数）"), "figure", 6),
    ]  # fmt: skip
    return Table(
        ("All measures", "全部指标"),
        columns,
        list(_long(pack)),
        ("No figure.", "没有指标。"),
    )


def premium(pack: Pack) -> Table:
    """What the model has over the scorecard, on the same test customers."""
    rows = [
        {
            "title": MEASURES[key].title,
            "gain": (pack["premium"] or {}).get(key),
            "so": GAIN[gain((pack["premium"] or {}).get(key))],
        }
        for key in ("gini", "average_precision", "brier_skill")
    ]
    columns = [
        Column("title", ("Measure", "指标"), "words"),
        Column("gain", ("Model less scorecard", "模型减评分卡"), "figure"),
        Column("so", ("So", "结论"), "words"),
    ]
    absent = ("No scorecard could be fitted.", "无法拟合评分卡。")
    return Table(("Premium", "复杂性溢价"), columns, rows, absent)


def segments(pack: Pack) -> Table:
    """Per industry, country, size and statement: ranking and level, largest number of defaults first."""
    order = {name: place for place, name in enumerate(dict.fromkeys(row["segment"] for row in pack["segments"]))}  # fmt: skip
    rows = [
        {
            **row,
            "group": word("segment", row["segment"]),
            "name": level(row["segment"], row["level"]),
        }
        for row in sorted(
            pack["segments"],
            key=lambda row: (order[row["segment"]], -row["defaults"], str(row["level"])),
        )
    ]
    columns = [
        Column("group", ("By", "维度"), "named", is_once=True),
        Column("name", ("Customers", "客户"), "named"),
        Column("n", OBSERVATIONS, "count"),
        Column("defaults", DEFAULTS, "count"),
        Column("auc_drawn", ("0.5 – 1", "0.5 – 1"), "whisker", 3, AUC_SPAN),
        Column("roc_auc", AUC, "figure", 2),
        Column("scorecard_auc", CARD_AUC, "figure", 2),
        Column("mean_pd", EXPECTED, "share", 2),
        Column("rate", SEEN, "figure_share", 2),
        Column("level_drawn", ("⅓ – 1 – 3", "⅓ – 1 – 3"), "whisker", 3, LEVEL_SPAN),
        Column("level_off", ("Seen against expected", "实际与预期之比"), "factor", 2),
        Column("jeffreys_p", ("Chance of so many or more", "出现如此多或更多的概率"), "share", 1),
    ]
    absent = (
        "No column of the data splits the customers into groups.",
        "数据中没有可用于分组的字段。",
    )
    drawn = [{**row, "auc_drawn": row["roc_auc"], "level_drawn": row["level_off"]} for row in rows]
    return Table(("Segments", "分组"), columns, drawn, absent)


def as_of(pack: Pack) -> Table:
    """Per day of observation."""
    columns = [
        Column("as_of", ("As of", "观察日"), "day"),
        Column("n", OBSERVATIONS, "count"),
        Column("defaults", DEFAULTS, "count"),
        Column("mean_pd", EXPECTED, "share", 2),
        Column("rate", SEEN, "figure_share", 2),
        Column("roc_auc", ("Ranking", "排序能力"), "figure"),
    ]
    absent = ("The test part holds one day only.", "测试部分只有一个观察日。")
    return Table(("By date", "按观察日"), columns, pack["as_of"], absent)


def stability(pack: Pack) -> Table:
    """Inputs that moved most between training and test."""
    rows = [
        {
            **row,
            "name": named(pack, row["feature"]),
            "badge": ("warn", ("shifted", "已偏移"))
            if row["flagged"]
            else ("", ("within chance", "偶然范围内")),
        }
        for row in pack["stability"]
    ]
    columns = [
        Column("name", ("Input", "输入"), "named"),
        Column("badge", ("Finding", "结论"), "badge"),
        Column("psi", ("Shift index", "偏移指数"), "number"),
        Column("critical", ("Limit by chance", "偶然界限"), "number"),
        Column("p_value", ("Chance of so much", "偶然出现的概率"), "share", 1),
    ]
    absent = ("No input was compared between training and test.", "未比较训练与测试之间的输入。")
    return Table(("Stability", "稳定性"), columns, rows, absent)

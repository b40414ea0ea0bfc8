"""`docs/features.md`: the catalogue as a page for people, in two languages, written by `python -m features.catalog.document`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from contracts.config.features import FeaturesConfig
from contracts.files import write_text
from features.catalog import DERIVED_FAMILIES, FAMILIES, STATES, catalogue
from features.catalog.customers import CLOCKLESS
from features.declaration import Family, Feature

PAGE = Path("docs/features.md")
_ENGLISH_HEAD = """\
# Features

English · [中文](#特征目录)

What the model knows about a customer on a day of decision: {total} features in {families} families, over the four pillars of a
credit file. Written from the declarations in `src/features/catalog` by `python -m features.catalog.document`; a test compares. Do not edit.

{pillars}

## How to read this page

- **Known before the day.** A feature uses only what was booked, published or learned strictly before the day of decision. What
  arrives on that day itself does not count yet, and a correction counts from the day it arrived.
- **Master data have a clock only in `master_history`.** Industry, country, legal form and the size of the group (†) are taken from that table as they were
  known on the day. Where it is not delivered they are those of today's record, on every day: what the record learned later (a legal
  form "in liquidation") is then served in years that could not know it. So is the industry that peers are chosen by.
- **The last N days.** A measure with several windows is one feature per window. A fact falls into the window by the day it became
  known. The windows are those of `features.windows_days`; where the text names a number of days, that window is fixed.
- **Money** is in the reporting currency, at the last rate before the day of decision, and summed exactly.
- **Risk** is the direction a credit manager would insist on. *Higher*: more of it can only raise the probability of default.
  *Lower*: more of it can only lower it. The finished model is checked for this. *Free*: the model may decide.
  Where a portfolio knows better, its yaml says so under `directions`, with the reason.
- **Missing is not zero.** A share or ratio whose denominator is missing, zero or negative is missing. So is what cannot be
  observed: the lateness of payments where none was made, a ratio before the first statement, an amount before its currency's first rate.
  A number or an amount of things that did not happen is 0. The model takes missing as it is, and a reason says so in words.
- **Reasons.** A reason is what the customer does or shows, one per idea: lateness over two windows is one idea. What it cannot change, what
  has no better side, and what we decided ourselves count in the score but are never given as a reason; the rows say so.
- **Tables.** A feature exists only where the tables it needs are delivered. Without a table, its features are left out.
- **Column** is for the data scientist: the name in `data/features/matrix.parquet`, with N for the window.

## Selecting features

In `configs/params.yaml`. Tables that no selected feature needs are not read.

```yaml
features:
  families: [payments, statements]            # whole families; with neither families nor names: everything
  names: [ageing_overdue_owed_share]          # single features, added to the families
  without: [payments_partial_share_90d, peers] # features or families to leave out
  windows_days: [30, 90, 180, 365]            # trailing windows
```

A rank among peers is built where the feature it ranks is built. Selected by name, or as the only family, a rank brings what it ranks
along: computed, but not put out. In Python, three lines do: [notebooks/first_matrix.ipynb](../notebooks/first_matrix.ipynb).
"""
_CHINESE_HEAD = """\
# 特征目录

[English](#features) · 中文

模型在观察日对一个客户的了解：{families} 类共 {total} 个特征，覆盖信用档案的四大支柱。本页由 `src/features/catalog` 中的声明自动生成
（`python -m features.catalog.document`），并有测试核对，请勿手工修改。

{pillars}

## 如何阅读本页

- **只用事前信息。** 特征只使用观察日之前（不含当日）已入账、已公布或已获知的信息。当日到达的信息尚不计入；更正自其到达之日起生效。
- **主数据只有在 `master_history` 中才有时点。** 行业、国家（地区）、法律形式与集团规模（†）按当日已知的值取自该表；未提供该表时，各观察日一律采用当前主数据，
  其后才记入的内容（例如法律形式“清算中”）会出现在当时不可能知道的年份；同业比较所依据的行业也是如此。
- **近N天。** 有多个窗口的指标，每个窗口各为一个特征；一项事实按其获知日期计入窗口。窗口由 `features.windows_days` 设定；文字中写明天数的为固定窗口。
- **金额**以报告货币计，按观察日之前最近一次汇率折算，精确求和。
- **风险方向**是信贷经理会坚持的方向。“升高”：数值越大，违约概率只会升高；“降低”：数值越大，违约概率只会降低。模型完成后会逐一校验。“不限”：由模型判断。
  组合可在其 yaml 的 `directions` 中另行规定方向，并须写明理由。
- **缺失不等于零。** 分母缺失、为零或为负时，占比或比值为缺失；无从观察的同样为缺失：没有付款时的逾期天数、首份报表之前的比率、首个汇率之前的金额。
  没有发生的次数或金额为 0。模型按缺失处理，原因说明中也会用文字写明。
- **原因。** 原因只说客户自身的行为与状况，同一件事只说一次：两个窗口的逾期算同一件事。客户无法改变的、没有好坏之分的，以及我方自己的决定，
  计入评分，但不作为原因；表中已注明。
- **数据表。** 所需数据表已提供时特征才存在；缺少某张表时，相应特征不生成。
- **列名**供数据人员使用，即 `data/features/matrix.parquet` 中的名称，N 代表窗口天数。

## 选择特征

在 `configs/params.yaml` 中设置；用不到的数据表不会读取。

```yaml
features:
  families: [payments, statements]            # 整类选择；families 与 names 均为空时生成全部
  names: [ageing_overdue_owed_share]          # 单个特征，在所选类别之外追加
  without: [payments_partial_share_90d, peers] # 排除的特征或类别
  windows_days: [30, 90, 180, 365]            # 窗口天数
```

同业排名随其所排名的特征一并生成；按名称选择排名、或只选 `peers` 一类时，被排名的特征会参与计算，但不输出。
在 Python 中只需三行代码：[notebooks/first_matrix.ipynb](../notebooks/first_matrix.ipynb)。
"""


@dataclass(frozen=True, slots=True)
class _Language:
    """The words of one half of the page; `place` is where its text stands in a pair (English, Chinese)."""

    place: int
    head: str
    facts: str
    columns: tuple[str, ...]
    risk: Mapping[int, str]
    days: str
    count: tuple[str, str]


_PILLARS = {
    "credit_record": ("Credit record", "信用记录"),
    "ability_to_pay": ("Ability to pay", "支付能力"),
    "financial_health": ("Financial health", "财务健康"),
    "business_context": ("Business context", "经营背景"),
}
_UNITS = {
    "days": ("days", "天"),
    "share": ("share", "占比"),
    "percentage_points": ("percentage points", "百分点"),
    "money": ("money", "金额"),
    "count": ("count", "计数"),
    "months": ("months", "月"),
    "ratio": ("ratio", "比值"),
    "points": ("points", "分"),
    "category": ("category", "类别"),
    "flag": ("yes or no", "是或否"),
}
_ROLES = {
    "reason": ("", ""),
    "context": ("<br>(context, never a reason)", "<br>（背景信息，不作为原因）"),
    "ours": ("<br>(our own decision, never a reason)", "<br>（我方决定，不作为原因）"),
}
_LANGUAGES = (
    _Language(
        place=0,
        head=_ENGLISH_HEAD,
        facts="Select as `{family}`. Needs: {tables}.",
        columns=("what it tells", "unit", "more of it means", "windows", "column"),
        risk={1: "higher risk ▲", -1: "lower risk ▼", 0: "free"},
        days="{} days",
        count=("pillar", "features"),
    ),
    _Language(
        place=1,
        head=_CHINESE_HEAD,
        facts="类别名：`{family}`。所需数据表：{tables}。",
        columns=("含义", "单位", "数值越大", "窗口", "列名"),
        risk={1: "风险升高 ▲", -1: "风险降低 ▼", 0: "不限"},
        days="{}天",
        count=("支柱", "特征数"),
    ),
)


def describe(features: Sequence[Feature]) -> str:
    """The page: per language a chapter per family, a table per pillar in it, a row per measure with its windows.

    Args:
        features: the catalogue, without attributes.
    """
    return "\n".join(_half(features, language) for language in _LANGUAGES)


def _half(features: Sequence[Feature], language: _Language) -> str:
    families = {**FAMILIES, **DERIVED_FAMILIES}
    members = {name: [one for one in features if one.family == name] for name in families}
    filled = sum(bool(inside) for inside in members.values())
    pillars = _pillars(features, language)
    head = language.head.format(total=len(features), families=filled, pillars=pillars)
    chapters = (_chapter(families[name], members[name], language) for name in families)
    return "\n".join([head, *chapters])


def _pillars(features: Sequence[Feature], language: _Language) -> str:
    rows = [
        (names[language.place], str(sum(one.pillar == pillar for one in features)))
        for pillar, names in _PILLARS.items()
    ]
    return _table(language.count, rows)


def _chapter(family: Family, members: Sequence[Feature], language: _Language) -> str:
    title = (family.title_en, family.title_zh)[language.place]
    about = (family.about_en, family.about_zh)[language.place]
    tables = sorted({table for one in members for table in one.tables(STATES)}) or [family.name]
    comma = (", ", "、")[language.place]
    facts = language.facts.format(family=family.name, tables=comma.join(tables))
    parts = [f"## {title}\n\n{about}\n\n{facts}\n"]
    for pillar in dict.fromkeys(one.pillar for one in members):
        rows = _measures([one for one in members if one.pillar == pillar], language)
        parts.append(
            f"**{_PILLARS[pillar][language.place]}**\n\n{_table(language.columns, rows)}\n"
        )
    return "\n".join(parts)


def _measures(members: Sequence[Feature], language: _Language) -> list[tuple[str, ...]]:
    """Features that differ in nothing but the window share a row."""
    measures: dict[str, list[Feature]] = {}
    for one in members:
        name = one.name.removesuffix(f"{one.window_days}d") if one.window_days else one.name
        measures.setdefault(name, []).append(one)
    return [_row(same, language) for same in measures.values()]


def _row(same: Sequence[Feature], language: _Language) -> tuple[str, ...]:
    one = same[0]
    many = len(same) > 1
    window = "N" if many else str(one.window_days)
    told = (one.wording_en, one.wording_zh)[language.place].replace("{window}", window)
    formula = (one.formula_en, one.formula_zh)[language.place]
    windows = ", ".join(str(each.window_days) for each in same) if one.window_days else ""
    return (
        told[:1].upper()
        + told[1:]
        + (f"<br>= {formula}" if formula else "")
        + _ROLES[one.role][language.place],
        _UNITS["flag" if one.is_flag else one.unit][language.place],
        language.risk[one.direction],
        language.days.format(windows) if windows else "",
        f"`{one.name.removesuffix(f'{one.window_days}d')}Nd`"
        if many
        else f"`{one.name}`" + " †" * (one.name in CLOCKLESS),
    )


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


if __name__ == "__main__":
    write_text(PAGE, describe(catalogue(FeaturesConfig().windows_days)))

"""Statements: ratios of the latest statement known, and how they moved since the one before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import ibis
import ibis.expr.types as ir

from features.catalog.ageing import net_balance
from features.catalog.ratios import RATIOS, Lines, Ratio
from features.declaration import Family, Feature, atleast, ratio
from features.state.statements import PRIOR

YEAR = 365.25
MAX_PERIODS = 5
"""More periods on file tell the calendar year of the book, not the customer: a model fitted in a downturn would take them for risk."""
_health = partial(
    Feature,
    source="statement",
    family="statements",
    subject="earnings",
    pillar="financial_health",
    states=("statements",),
)


def declare(windows: Sequence[int]) -> list[Feature]:  # noqa: ARG001 - one signature for all families
    """The features of the family."""
    levels = [_level(one) for one in RATIOS]
    changes = [_change(one) for one in RATIOS if one.has_change]
    return [*levels, *changes, *_sizes(), *_FLAGS, *_HISTORY]


def declare_exposure(windows: Sequence[int]) -> list[Feature]:  # noqa: ARG001 - as above
    """What the customer owes us against its own statement."""
    owes = partial(
        Feature,
        source="exposure",
        family="exposure",
        subject="our claim against its size",
        pillar="ability_to_pay",
        states=("balance", "statements"),
        unit="share",
        direction=1,
        low=0.0,
    )
    return [
        owes(
            measure="balance_to_revenue",
            wording_en="its open balance with us as a share of its yearly revenue",
            wording_zh="我方应收余额占其年营业收入的比例",
            reason_en="What it owes us equals {value} of its yearly revenue",
            reason_zh="所欠我方款项相当于其年营业收入的{value}",
            expression=lambda t: ratio(atleast(net_balance(t)), t.revenue * t.to_reporting),
        ),
        owes(
            measure="balance_to_equity",
            wording_en="its open balance with us as a share of its equity",
            wording_zh="我方应收余额占其所有者权益的比例",
            reason_en="What it owes us equals {value} of its equity",
            reason_zh="所欠我方款项相当于其所有者权益的{value}",
            expression=lambda t: ratio(atleast(net_balance(t)), t.equity * t.to_reporting),
        ),
    ]


@dataclass(frozen=True, slots=True)
class _Both:
    """A formula on the latest statement less the same formula on the one before."""

    formula: Callable[[Lines], ir.FloatingValue]

    def __call__(self, t: ir.Table) -> ir.FloatingValue:
        return self.formula(Lines(t)) - self.formula(Lines(t, PRIOR))


def _level(one: Ratio) -> Feature:
    return _health(
        measure=one.measure,
        subject=one.subject,
        role=one.role,
        pillar=one.pillar,
        unit=one.unit,
        direction=one.direction,
        wording_en=f"{one.english}, latest statement",
        wording_zh=f"{one.chinese}（最近一期报表）",
        formula_en=one.formula_en,
        formula_zh=one.formula_zh,
        reason_en=f"Its {one.english} is {{value}}",
        reason_zh=f"{one.chinese}为{{value}}",
        expression=lambda t: one.formula(Lines(t)),
        low=one.low,
        high=one.high,
    )


def _change(one: Ratio) -> Feature:
    moved = ("rose", "上升") if one.direction > 0 else ("fell", "下降")
    return _health(
        measure=one.measure,
        aggregate="change",
        subject=one.subject,
        role=one.role,
        pillar=one.pillar,
        unit="percentage_points" if one.unit == "share" else one.unit,
        direction=one.direction,
        is_change=True,
        wording_en=f"{one.english}, change since the statement before",
        wording_zh=f"{one.chinese}较上期的变化",
        reason_en=f"Its {one.english} {moved[0]} by {{value}} since the statement before",
        reason_zh=f"{one.chinese}较上期{moved[1]}{{value}}",
        expression=_Both(one.formula),
    )


def _growth(t: ir.Table, line: str) -> ir.FloatingValue:
    return ratio(t[line], t[f"{PRIOR}{line}"]) - 1.0


def _sizes() -> list[Feature]:
    sizes = (
        ("total_assets", "total assets", "总资产", -1, 0),
        ("revenue", "revenue", "营业收入", -1, -1),
        ("market_value", "market value", "市值", -1, -1),
    )
    found = []
    for line, english, chinese, direction, growth in sizes:
        found += [
            _health(
                measure=line,
                aggregate="amount",
                subject="size",
                unit="money",
                direction=direction,
                wording_en=f"{english}, latest statement",
                wording_zh=f"{chinese}（最近一期报表）",
                reason_en=f"In its latest statement, {english} came to only {{value}}",
                reason_zh=f"{chinese}仅为{{value}}",
                expression=partial(_amount, line=line),
            ),
            _health(
                measure=line,
                aggregate="growth",
                subject="growth",
                role="reason" if growth else "context",
                is_change=True,
                unit="share",
                direction=growth,
                wording_en=f"{english}, growth since the statement before",
                wording_zh=f"{chinese}较上期的增长率",
                reason_en=f"Its {english} fell by {{value}} since the statement before",
                reason_zh=f"{chinese}较上期下降{{value}}",
                expression=partial(_growth, line=line),
            ),
        ]
    return found


def _amount(t: ir.Table, line: str) -> ir.FloatingValue:
    return t[line] * t.to_reporting


_flag = partial(_health, unit="count", direction=1, low=0.0, high=1.0, is_flag=True)
_FLAGS: tuple[Feature, ...] = (
    _flag(
        measure="is_equity_negative",
        subject="capital",
        wording_en="negative equity: liabilities exceed assets in the latest statement (1 yes, 0 no)",
        wording_zh="最近一期报表资不抵债（1是，0否）",
        reason_en="In its latest statement, liabilities exceed assets",
        reason_zh="最近一期报表资不抵债",
        expression=lambda t: (Lines(t).own_funds() < 0).cast("int64"),
    ),
    _flag(
        measure="is_loss",
        wording_en="loss in the latest statement (1 yes, 0 no)",
        wording_zh="最近一期报表亏损（1是，0否）",
        reason_en="It made a loss in its latest statement",
        reason_zh="最近一期报表亏损",
        expression=lambda t: (t.net_income < 0).cast("int64"),
    ),
    _flag(
        measure="is_loss_repeated",
        wording_en="losses in both of the latest two statements (1 yes, 0 no)",
        wording_zh="最近连续两期报表亏损（1是，0否）",
        reason_en="It made losses two times in a row",
        reason_zh="最近连续两期报表亏损",
        expression=lambda t: ((t.net_income < 0) & (t[f"{PRIOR}net_income"] < 0)).cast("int64"),
    ),
)


_HISTORY: tuple[Feature, ...] = (
    _health(
        measure="age",
        subject="age of the statement",
        unit="months",
        direction=1,
        wording_en="age of the latest statement: months since the end of its period",
        wording_zh="最近一期报表的期末距今月数",
        reason_en="The period of its latest statement ended {value} ago",
        reason_zh="最近一期报表的期末距今{value}",
        expression=lambda t: (t.asked - t.period).cast("float64") * 12.0 / YEAR,
    ),
    _health(
        measure="number",
        aggregate="count",
        subject="statements on file",
        role="context",
        unit="count",
        direction=0,
        low=0.0,
        wording_en=f"number of periods with a known statement, up to {MAX_PERIODS}",
        wording_zh=f"已获知报表的期数（最多计 {MAX_PERIODS} 期）",
        reason_en="Periods with a known statement, of the newest five: {value}",
        reason_zh="最近五期中已获知{value}期报表",
        expression=lambda t: ibis.least(ibis.coalesce(t.n_statements, 0), MAX_PERIODS),
    ),
    _health(
        measure="losses",
        aggregate="share",
        unit="share",
        direction=1,
        low=0.0,
        high=1.0,
        wording_en="share of the known statements that show a loss",
        wording_zh="已获知报表中亏损期数的占比",
        reason_en="{value} of its known statements show a loss",
        reason_zh="已获知报表中有{value}的期数亏损",
        expression=lambda t: ratio(t.n_losses, t.n_statements),
    ),
    _health(
        measure="return",
        aggregate="std",
        unit="percentage_points",
        direction=1,
        low=0.0,
        wording_en="how much return on assets varies over the known statements (standard deviation)",
        wording_zh="已获知各期总资产收益率的波动（标准差）",
        reason_en="Its return on assets varied by {value} from statement to statement",
        reason_zh="各期总资产收益率的波动为{value}",
        expression=lambda t: t.return_spread,
    ),
)


EXPOSURE = Family(
    name="exposure",
    title_en="What it owes us against its own size",
    title_zh="欠款与客户自身规模",
    about_en="The open balance beside the customer's own revenue and equity: how much of its business our claim is.",
    about_zh="我方应收余额相对客户自身营业收入和所有者权益的大小。",
    declare=declare_exposure,
)
FAMILY = Family(
    name="statements",
    title_en="Financial statements",
    title_zh="财务报表",
    about_en="Liquidity, debt, earnings and size from the latest statement published before the day of decision, the change since the one before, and the classic distress scores. A restatement replaces from its publication on.",
    about_zh="观察日之前最近一期已公布报表的流动性、负债、盈利与规模，较上期的变化，以及经典的破产预警分值。重述报表自公布之日起替代原报表。",
    declare=declare,
)

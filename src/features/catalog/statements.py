"""Statements: ratios of the latest statement known, and how they moved since the one before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import ibis
import ibis.expr.types as ir

from features.catalog.ageing import net_balance
from features.catalog.ratios import RATIOS, Lines, Ratio
from features.declaration import Feature, atleast, ratio
from features.state.statements import PRIOR

YEAR = 365.25
_health = partial(
    Feature,
    source="statement",
    family="statements",
    pillar="financial_health",
    states=("statements",),
)


def declare(windows: Sequence[int]) -> list[Feature]:  # noqa: ARG001 - one signature for all families
    """The features of the family."""
    levels = [_level(one) for one in RATIOS]
    changes = [_change(one) for one in RATIOS if one.has_change]
    return [*levels, *changes, *_sizes(), *_FLAGS, *_HISTORY]


def declare_exposure(windows: Sequence[int]) -> list[Feature]:  # noqa: ARG001
    """What the customer owes us against its own statement."""
    owes = partial(
        Feature,
        source="exposure",
        family="exposure",
        pillar="ability_to_pay",
        states=("balance", "statements"),
        unit="share",
        direction=1,
        low=0.0,
    )
    return [
        owes(
            measure="balance_to_revenue",
            wording_en="our open balance against its yearly revenue",
            wording_zh="我方未结余额占其年营业收入的比例",
            reason_en="Owes us {value} of its yearly revenue",
            reason_zh="所欠我方款项占其年营业收入的{value}",
            expression=lambda t: ratio(atleast(net_balance(t)), t.revenue * t.to_reporting),
        ),
        owes(
            measure="balance_to_equity",
            wording_en="our open balance against its equity",
            wording_zh="我方未结余额占其所有者权益的比例",
            reason_en="Owes us {value} of its equity",
            reason_zh="所欠我方款项占其所有者权益的{value}",
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
        pillar=one.pillar,
        unit=one.unit,
        direction=one.direction,
        wording_en=f"{one.english}, latest statement",
        wording_zh=f"最近一期{one.chinese}",
        reason_en=f"Its {one.english} is {{value}}",
        reason_zh=f"{one.chinese}为{{value}}",
        expression=lambda t: one.formula(Lines(t)),
        low=one.low,
        high=one.high,
    )


def _change(one: Ratio) -> Feature:
    return _health(
        measure=one.measure,
        aggregate="change",
        pillar=one.pillar,
        unit=one.unit,
        direction=one.direction,
        wording_en=f"change of {one.english} since the statement before",
        wording_zh=f"{one.chinese}较上期变化",
        reason_en=f"Its {one.english} changed by {{value}} since the statement before",
        reason_zh=f"{one.chinese}较上期变动{{value}}",
        expression=_Both(one.formula),
    )


def _growth(t: ir.Table, line: str) -> ir.FloatingValue:
    return ratio(t[line], t[f"{PRIOR}{line}"]) - 1.0


def _sizes() -> list[Feature]:
    sizes = (
        ("total_assets", "total assets", "总资产", -1, 0),
        ("revenue", "revenue", "营业收入", -1, 0),
        ("market_value", "market value", "市值", -1, -1),
    )
    found = []
    for line, english, chinese, direction, growth in sizes:
        found += [
            _health(
                measure=line,
                aggregate="amount",
                unit="money",
                direction=direction,
                wording_en=f"{english}, latest statement",
                wording_zh=f"最近一期{chinese}",
                reason_en=f"Its {english} is only {{value}}",
                reason_zh=f"{chinese}仅为{{value}}",
                expression=partial(_amount, line=line),
            ),
            _health(
                measure=line,
                aggregate="growth",
                unit="share",
                direction=-1 if line == "revenue" else growth,
                wording_en=f"growth of {english} since the statement before",
                wording_zh=f"{chinese}较上期增长率",
                reason_en=f"Its {english} changed by {{value}} since the statement before",
                reason_zh=f"{chinese}较上期变动{{value}}",
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
        wording_en="liabilities exceed assets in the latest statement (1 yes, 0 no)",
        wording_zh="最近一期资不抵债（1是，0否）",
        reason_en="Its liabilities exceed its assets",
        reason_zh="负债超过资产",
        expression=lambda t: (Lines(t).own_funds() < 0).cast("int64"),
    ),
    _flag(
        measure="is_loss",
        wording_en="loss in the latest statement (1 yes, 0 no)",
        wording_zh="最近一期亏损（1是，0否）",
        reason_en="It made a loss in its latest statement",
        reason_zh="最近一期亏损",
        expression=lambda t: (t.net_income < 0).cast("int64"),
    ),
    _flag(
        measure="is_loss_repeated",
        wording_en="losses in the latest two statements (1 yes, 0 no)",
        wording_zh="连续两期亏损（1是，0否）",
        reason_en="It made losses two times in a row",
        reason_zh="连续两期亏损",
        expression=lambda t: ((t.net_income < 0) & (t[f"{PRIOR}net_income"] < 0)).cast("int64"),
    ),
)


_HISTORY: tuple[Feature, ...] = (
    _health(
        measure="age",
        unit="months",
        direction=1,
        wording_en="months since the end of the period of the latest statement",
        wording_zh="最近一期报表距今月数",
        reason_en="Its latest statement is {value} old",
        reason_zh="最近一期报表距今{value}",
        expression=lambda t: (t.asked - t.period).cast("float64") * 12.0 / YEAR,
    ),
    _health(
        measure="number",
        aggregate="count",
        unit="count",
        direction=0,
        low=0.0,
        wording_en="periods a statement is known for",
        wording_zh="已获知报表期数",
        reason_en="Statements of {value} periods are known",
        reason_zh="已获知{value}期报表",
        expression=lambda t: ibis.coalesce(t.n_statements, 0),
    ),
    _health(
        measure="losses",
        aggregate="share",
        unit="share",
        direction=1,
        low=0.0,
        high=1.0,
        wording_en="share of the known statements that show a loss",
        wording_zh="历史报表中亏损期数的占比",
        reason_en="{value} of its known statements show a loss",
        reason_zh="历史报表中{value}的期数亏损",
        expression=lambda t: ratio(t.n_losses, t.n_statements),
    ),
    _health(
        measure="return",
        aggregate="std",
        unit="share",
        direction=1,
        low=0.0,
        wording_en="spread (standard deviation) of net income / total assets over the known statements",
        wording_zh="历史各期总资产收益率的波动（标准差）",
        reason_en="Its return on assets varied by {value} from statement to statement",
        reason_zh="各期总资产收益率波动为{value}",
        expression=lambda t: t.return_spread,
    ),
)

"""Of what is left: averages and shares of the open balance, as earlier versions took them; see `earlier`."""

from __future__ import annotations

from functools import partial

import ibis.expr.types as ir

from contracts.tables.derived import EARLIER
from features.catalog.ageing import (
    QUARTER,
    bucket,
    net_balance,
    overdue_days,
    overdue_items,
)
from features.catalog.buckets import BUCKETS, in_chinese, in_english, label
from features.declaration import Feature, ratio

_age = partial(
    Feature,
    source="ageing",
    family=EARLIER,
    subject="overdue",
    pillar="credit_record",
    states=("ageing", "balance"),
    low=0.0,
)


_TODAY: tuple[Feature, ...] = (
    _age(
        measure="overdue",
        aggregate="share",
        unit="share",
        direction=1,
        high=1.0,
        wording_en="share of the open balance that is past due",
        wording_zh="应收余额中逾期金额的占比",
        reason_en="{value} of the open balance is past due",
        reason_zh="应收余额中有{value}已逾期",
        expression=lambda t: _share(t, 0, None),
    ),
    _age(
        measure="overdue_age",
        aggregate="mean",
        unit="days",
        direction=1,
        wording_en="average days past due of what is overdue and unpaid today, weighted by amount",
        wording_zh="当前逾期未付款项的平均逾期天数（按金额加权）",
        reason_en="What is overdue today is {value} past due on average",
        reason_zh="当前逾期未付款项平均已逾期{value}",
        states=("ageing", "balance", "set_off"),
        expression=lambda t: ratio(overdue_days(t), overdue_items(t)),
    ),
)


def _share(t: ir.Table, over: int, until: int | None, ago: int = 0) -> ir.FloatingValue:
    return ratio(bucket(t, over, until, ago), net_balance(t, ago))


def _buckets() -> list[Feature]:
    return [
        _age(
            measure=label(over, until),
            aggregate="share",
            unit="share",
            direction=1,
            high=1.0,
            wording_en=f"share of the open balance that is {in_english(over, until)} past due",
            wording_zh=f"应收余额中逾期{in_chinese(over, until)}的金额占比",
            reason_en=f"{{value}} of the open balance is {in_english(over, until)} past due",
            reason_zh=f"应收余额中有{{value}}逾期{in_chinese(over, until)}",
            expression=partial(_share, over=over, until=until),
        )
        for over, until in BUCKETS
    ]


_MOVED = _age(
    measure="overdue_share",
    aggregate="change",
    window_days=QUARTER,
    unit="percentage_points",
    direction=1,
    is_change=True,
    low=-1.0,
    high=1.0,
    wording_en="change over {window} days of the overdue share of the open balance",
    wording_zh="应收余额中逾期占比在近{window}天的变化",
    reason_en="The overdue share of the open balance rose by {value} in {window} days",
    reason_zh="应收余额中的逾期占比近{window}天上升{value}",
    expression=lambda t: _share(t, 0, None) - _share(t, 0, None, QUARTER),
)

LEFT: tuple[Feature, ...] = (*_TODAY, *_buckets(), _MOVED)
"""They rise when what is paid is younger than the rest, or not yet due."""

"""Billing and balance: how much this customer buys, how steadily, and how fast it turns into money."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import ibis
import ibis.expr.types as ir

from features.catalog.ageing import net_balance
from features.declaration import Feature, atleast, ratio, trailing

QUARTER, YEAR = 90, 365
MONTH = 30.4375
_pay = partial(
    Feature, source="billing", family="billing", pillar="ability_to_pay", states=("billing",)
)
_balance = partial(
    Feature,
    source="balance",
    family="billing",
    pillar="ability_to_pay",
    states=("billing", "balance"),
)


def declare(windows: Sequence[int]) -> list[Feature]:
    """The features of the family."""
    windowed = [one for window in windows for one in (*_windowed(window), _outstanding(window))]
    return [*windowed, *_COURSE, *_TURN]


def _quarterly_spread(t: ir.Table) -> ir.FloatingValue:
    """Standard deviation of the last four 90-day billings, in units of their mean."""
    quarters = [trailing(t, "billed", QUARTER, skip).cast("float64") for skip in (0, 90, 180, 270)]
    mean = (quarters[0] + quarters[1] + quarters[2] + quarters[3]) / 4.0
    squares = [(quarter - mean) * (quarter - mean) for quarter in quarters]
    variance = (squares[0] + squares[1] + squares[2] + squares[3]) / 3.0
    return ratio(variance.sqrt(), mean)


def _growth(t: ir.Table) -> ir.FloatingValue:
    return ratio(trailing(t, "billed", QUARTER), trailing(t, "billed", QUARTER, QUARTER)) - 1.0


def _days_of_sales(t: ir.Table, window: int) -> ir.FloatingValue:
    return ratio(atleast(net_balance(t)) * float(window), trailing(t, "billed", window))


def _windowed(window: int) -> list[Feature]:
    pay = partial(_pay, window_days=window, low=0.0)
    return [
        pay(
            measure="amount",
            aggregate="sum",
            unit="money",
            direction=-1,
            wording_en="amount billed in the last {window} days",
            wording_zh="近{window}天开票金额",
            reason_en="Bought for only {value} over the last {window} days",
            reason_zh="近{window}天采购额仅为{value}",
            expression=lambda t: trailing(t, "billed", window),
        ),
        pay(
            measure="invoices",
            aggregate="count",
            unit="count",
            direction=-1,
            wording_en="invoices of the last {window} days",
            wording_zh="近{window}天发票数",
            reason_en="Only {value} invoices over the last {window} days",
            reason_zh="近{window}天仅有{value}张发票",
            expression=lambda t: trailing(t, "n_billed", window),
        ),
        pay(
            measure="credit_notes",
            aggregate="share",
            unit="share",
            direction=1,
            wording_en="credit notes of the last {window} days against the amount billed then",
            wording_zh="近{window}天贷项金额与开票金额之比",
            reason_en="{value} of billing was taken back by credit notes over the last {window} days",
            reason_zh="近{window}天贷项占开票金额的{value}",
            expression=lambda t: ratio(
                trailing(t, "credited", window), trailing(t, "billed", window)
            ),
        ),
    ]


def _outstanding(window: int) -> Feature:
    return partial(_balance, window_days=window, low=0.0)(
        measure="days_sales_outstanding",
        unit="days",
        direction=1,
        wording_en="open balance in days of sales to this customer (DSO), from {window} days of billing",
        wording_zh="应收账款周转天数（按近{window}天开票额）",
        reason_en="It takes {value} of sales to match the open balance",
        reason_zh="应收账款周转天数为{value}",
        expression=lambda t: _days_of_sales(t, window),
    )


_COURSE: tuple[Feature, ...] = (
    _pay(
        measure="amount",
        aggregate="growth",
        window_days=QUARTER,
        unit="share",
        direction=-1,
        low=-1.0,
        wording_en="growth of billing, last {window} days against the {window} days before",
        wording_zh="近{window}天开票金额较前{window}天的增长率",
        reason_en="Billing changed by {value} against the {window} days before",
        reason_zh="近{window}天开票金额变动{value}",
        expression=_growth,
    ),
    _pay(
        measure="recent",
        aggregate="share",
        unit="share",
        direction=-1,
        low=0.0,
        high=1.0,
        wording_en="share of the last year's billing that falls into the last 90 days",
        wording_zh="近90天开票额占近365天开票额的比例",
        reason_en="Only {value} of the year's billing falls into the last 90 days",
        reason_zh="近90天开票额仅占全年的{value}",
        expression=lambda t: ratio(trailing(t, "billed", QUARTER), trailing(t, "billed", YEAR)),
    ),
    _pay(
        measure="amount",
        aggregate="volatility",
        unit="ratio",
        direction=1,
        low=0.0,
        wording_en="spread of the last four 90-day billings in units of their mean",
        wording_zh="近四个90天开票金额的变异系数",
        reason_en="Billing is uneven: it varies by {value} of its mean",
        reason_zh="开票金额波动系数为{value}",
        expression=_quarterly_spread,
    ),
    _pay(
        measure="months_since_last",
        unit="months",
        direction=1,
        low=0.0,
        wording_en="months since the last invoice",
        wording_zh="距最近一张发票的月数",
        reason_en="The last invoice was booked {value} ago",
        reason_zh="最近一张发票距今{value}",
        expression=lambda t: (t.asked - t.last_billed).cast("float64") / MONTH,
    ),
)


_TURN: tuple[Feature, ...] = (
    _balance(
        measure="amount",
        unit="money",
        direction=0,
        wording_en="open balance",
        wording_zh="未结余额",
        reason_en="The open balance is {value}",
        reason_zh="未结余额为{value}",
        expression=net_balance,
    ),
    _balance(
        measure="growth_over_billing",
        window_days=QUARTER,
        unit="share",
        direction=1,
        wording_en="growth of the open balance less growth of billing, over {window} days",
        wording_zh="近{window}天余额增长率减开票增长率",
        reason_en="The open balance outgrew billing by {value} in {window} days",
        reason_zh="近{window}天余额增速比开票增速高{value}",
        expression=lambda t: ratio(net_balance(t), net_balance(t, QUARTER)) - 1.0 - _growth(t),
    ),
    _balance(
        measure="days_sales_outstanding",
        aggregate="change",
        window_days=QUARTER,
        unit="days",
        direction=1,
        wording_en="change of days of sales outstanding over {window} days",
        wording_zh="应收账款周转天数近{window}天的变化",
        reason_en="Days of sales outstanding rose by {value} in {window} days",
        reason_zh="应收账款周转天数近{window}天增加{value}",
        expression=lambda t: (
            _days_of_sales(t, QUARTER)
            - ratio(
                ibis.greatest(net_balance(t, QUARTER), 0.0) * float(QUARTER),
                trailing(t, "billed", QUARTER, QUARTER),
            )
        ),
    ),
)

"""Billing and balance: how much this customer buys, how steadily, and how fast it turns into money."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import ibis
import ibis.expr.types as ir

from features.catalog.ageing import net_balance
from features.declaration import Family, Feature, atleast, ratio, trailing

MONTHLY, QUARTER, YEAR = 30, 90, 365
MONTH = 30.4375
_pay = partial(
    Feature,
    source="billing",
    family="billing",
    subject="billing",
    pillar="ability_to_pay",
    states=("billing",),
)
_balance = partial(
    Feature,
    source="balance",
    family="billing",
    subject="turnover of the balance",
    pillar="ability_to_pay",
    states=("billing", "balance"),
)


def declare(windows: Sequence[int]) -> list[Feature]:
    """The features of the family."""
    amounts = [_billed(window) for window in sorted({MONTHLY, QUARTER, YEAR, *windows})]
    windowed = [one for window in windows for one in (*_windowed(window), _outstanding(window))]
    return [*amounts, *windowed, *_COURSE, *_TURN]


def _quarterly_spread(t: ir.Table) -> ir.FloatingValue:
    """Standard deviation of the last four 90-day billings, in units of their mean."""
    quarters = [trailing(t, "billed", QUARTER, skip).cast("float64") for skip in (0, 90, 180, 270)]
    mean = (quarters[0] + quarters[1] + quarters[2] + quarters[3]) / 4.0
    squares = [(quarter - mean) * (quarter - mean) for quarter in quarters]
    variance = (squares[0] + squares[1] + squares[2] + squares[3]) / 3.0
    return ratio(variance.sqrt(), mean)


def _growth(t: ir.Table) -> ir.FloatingValue:
    return ratio(trailing(t, "billed", QUARTER), trailing(t, "billed", QUARTER, QUARTER)) - 1.0


def _days_of_sales(t: ir.Table, window: int, ago: int = 0) -> ir.FloatingValue:
    """Sales are net of credit notes; for a customer younger than the window the window is its age since the first invoice."""
    age = t.asked - t.first_billed - ago
    sales = trailing(t, "billed", window, ago) - trailing(t, "credited", window, ago)
    return ratio(atleast(net_balance(t, ago)) * ibis.least(age, window), sales)


def _billed(window: int) -> Feature:
    return _pay(
        measure="amount",
        aggregate="sum",
        window_days=window,
        unit="money",
        direction=-1,
        low=0.0,
        wording_en="amount billed in the last {window} days",
        wording_zh="近{window}天开票金额",
        reason_en="Billing of the last {window} days was only {value}",
        reason_zh="近{window}天开票金额仅为{value}",
        expression=lambda t: trailing(t, "billed", window),
    )


def _windowed(window: int) -> list[Feature]:
    pay = partial(_pay, window_days=window, low=0.0)
    return [
        pay(
            measure="invoices",
            aggregate="count",
            unit="count",
            direction=-1,
            wording_en="number of invoices of the last {window} days",
            wording_zh="近{window}天开具的发票张数",
            reason_en="Invoices of the last {window} days: only {value}",
            reason_zh="近{window}天仅开具{value}张发票",
            expression=lambda t: trailing(t, "n_billed", window),
        ),
        pay(
            measure="credit_notes",
            subject="credit notes",
            aggregate="share",
            unit="share",
            direction=1,
            wording_en="credit notes of the last {window} days as a share of the amount billed in the same days",
            wording_zh="近{window}天贷项（红字）金额占同期开票金额的比例",
            reason_en="Credit notes took back {value} of the billing of the last {window} days",
            reason_zh="近{window}天贷项（红字）金额占开票金额的{value}",
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
        wording_en="days sales outstanding (DSO) of this customer, on the billing of the last {window} days",
        wording_zh="该客户的应收账款周转天数（DSO，按近{window}天开票金额计算）",
        reason_en="Its open balance equals {value} of sales (DSO, on the last {window} days)",
        reason_zh="应收账款周转天数（DSO，按近{window}天开票金额）为{value}",
        states=("billing", "balance", "last_billed"),
        formula_en="open balance × N / (billing less credit notes of the last N days), with the days since the first invoice for N where they are fewer",
        formula_zh="应收余额 × N / (近N天开票金额 - 贷项金额)，首张发票至今不足N天时以实际天数代替N",
        expression=lambda t: _days_of_sales(t, window),
    )


_COURSE: tuple[Feature, ...] = (
    _pay(
        measure="amount",
        aggregate="growth",
        window_days=QUARTER,
        unit="share",
        direction=-1,
        is_change=True,
        low=-1.0,
        wording_en="growth of billing: the last {window} days against the {window} days before them",
        wording_zh="近{window}天开票金额较此前{window}天的增长率",
        reason_en="Billing of the last {window} days fell by {value} against the {window} days before them",
        reason_zh="近{window}天开票金额较此前{window}天下降{value}",
        expression=_growth,
    ),
    _pay(
        measure="recent",
        aggregate="share",
        unit="share",
        direction=-1,
        low=0.0,
        high=1.0,
        wording_en="share of the billing of the last 365 days that falls into the last 90 days",
        wording_zh="近90天开票金额占近365天开票金额的比例",
        reason_en="Only {value} of the billing of the last 365 days falls into the last 90 days",
        reason_zh="近90天开票金额仅占近365天的{value}",
        expression=lambda t: ratio(trailing(t, "billed", QUARTER), trailing(t, "billed", YEAR)),
    ),
    _pay(
        measure="amount",
        aggregate="volatility",
        unit="ratio",
        direction=1,
        low=0.0,
        wording_en="volatility of billing: spread of the last four 90-day amounts against their mean",
        wording_zh="开票金额的波动：最近四个90天开票金额的变异系数",
        reason_en="Billing is uneven: from quarter to quarter it varies by {value} times its mean",
        reason_zh="开票金额不稳定，季度间变异系数为{value}",
        formula_en="standard deviation / mean",
        formula_zh="标准差 / 均值",
        expression=_quarterly_spread,
    ),
    _pay(
        measure="months_since_last",
        unit="months",
        direction=1,
        low=0.0,
        wording_en="months since the last invoice",
        wording_zh="距最近一张发票的月数",
        reason_en="Its last invoice was booked {value} ago",
        reason_zh="最近一张发票距今已有{value}",
        states=("last_billed",),
        expression=lambda t: (t.asked - t.last_billed).cast("float64") / MONTH,
    ),
)


_TURN: tuple[Feature, ...] = (
    _balance(
        measure="amount",
        unit="money",
        direction=0,
        role="context",
        wording_en="open balance: invoices less payments less credit notes",
        wording_zh="应收余额：开票金额减付款减贷项",
        reason_en="Its open balance is {value}",
        reason_zh="应收余额为{value}",
        expression=net_balance,
    ),
    _balance(
        measure="growth_over_billing",
        window_days=QUARTER,
        unit="percentage_points",
        direction=1,
        is_change=True,
        wording_en="growth of the open balance less growth of billing, over {window} days",
        wording_zh="近{window}天应收余额增长率减开票金额增长率",
        reason_en="Over {window} days the open balance grew faster than billing, by {value}",
        reason_zh="近{window}天应收余额增速高于开票金额增速{value}",
        expression=lambda t: ratio(net_balance(t), net_balance(t, QUARTER)) - 1.0 - _growth(t),
    ),
    _balance(
        measure="days_sales_outstanding",
        aggregate="change",
        window_days=QUARTER,
        unit="days",
        direction=1,
        is_change=True,
        states=("billing", "balance", "last_billed"),
        wording_en="change of days sales outstanding (DSO) over {window} days",
        wording_zh="应收账款周转天数（DSO）在近{window}天的变化",
        reason_en="Days sales outstanding (DSO) rose by {value} in {window} days",
        reason_zh="应收账款周转天数（DSO）近{window}天增加{value}",
        expression=lambda t: _days_of_sales(t, QUARTER) - _days_of_sales(t, QUARTER, QUARTER),
    ),
)


FAMILY = Family(
    name="billing",
    title_en="Billing and balance",
    title_zh="开票与应收余额",
    about_en="How much this customer buys, how steadily, and how fast its purchases turn into money.",
    about_zh="该客户的采购规模与稳定性，以及应收账款回款的快慢。",
    declare=declare,
)

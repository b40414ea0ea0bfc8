"""Payments: how late this customer pays, how often, and whether it is getting worse."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import ibis
import ibis.expr.types as ir

from features.declaration import Feature, ratio, trailing
from features.money import amount

SHORT, LONG = 90, 365
_credit = partial(
    Feature, source="payments", family="payments", pillar="credit_record", states=("payments",)
)
_with_open = partial(_credit, states=("payments", "ageing"))


def declare(windows: Sequence[int]) -> list[Feature]:
    """The features of the family, per window and over the whole record."""
    windowed = (_lateness, _late_shares, _spread_of_days, _partial)
    found = [feature for window in windows for part in windowed for feature in part(window)]
    return [*found, *_RECORD]


def _mean(t: ir.Table, window: int) -> ir.FloatingValue:
    return ratio(trailing(t, "paid_days", window), trailing(t, "paid", window))


def _with_overdue(t: ir.Table, window: int) -> ir.FloatingValue:
    days = trailing(t, "paid_days", window) + amount(t.over_0 * t.asked - t.overdue_due)
    return ratio(days, trailing(t, "paid", window) + amount(t.over_0))


def _spread(t: ir.Table, window: int) -> ir.FloatingValue:
    n = trailing(t, "n_paid", window).cast("float64")
    total = trailing(t, "days", window).cast("float64")
    squares = trailing(t, "days_squared", window).cast("float64")
    variance = (squares - total * total / n.nullif(0.0)) / (n - 1.0).nullif(0.0)
    return (n >= 3).ifelse(ibis.greatest(variance, 0.0).sqrt(), ibis.null("float64"))


def _lateness(window: int) -> list[Feature]:
    """How many days late."""
    credit = partial(_credit, window_days=window)
    return [
        credit(
            measure="days_late",
            aggregate="mean",
            unit="days",
            direction=1,
            low=0.0,
            wording_en="days late, weighted by amount, over payments of the last {window} days",
            wording_zh="近{window}天付款的加权平均逾期天数",
            reason_en="Paid {value} late on average over the last {window} days",
            reason_zh="近{window}天付款平均逾期{value}",
            expression=lambda t: _mean(t, window),
        ),
        partial(_with_open, window_days=window)(
            measure="days_late_with_open",
            aggregate="mean",
            unit="days",
            direction=1,
            low=0.0,
            wording_en="days late over payments of the last {window} days and open overdue items at today's age",
            wording_zh="近{window}天付款及未付逾期项（按当前账龄）的加权平均逾期天数",
            reason_en="Counting what is still unpaid, {value} late on average over the last {window} days",
            reason_zh="计入未付款项，近{window}天平均逾期{value}",
            expression=lambda t: _with_overdue(t, window),
        ),
    ]


def _late_shares(window: int) -> list[Feature]:
    """How much, and how often, late."""
    credit = partial(_credit, window_days=window)
    return [
        credit(
            measure="late",
            aggregate="share",
            unit="share",
            direction=1,
            low=0.0,
            high=1.0,
            wording_en="share of the amount paid in the last {window} days that was late",
            wording_zh="近{window}天付款金额中逾期支付的占比",
            reason_en="Paid {value} of the amount late over the last {window} days",
            reason_zh="近{window}天付款金额中{value}为逾期支付",
            expression=lambda t: ratio(
                trailing(t, "paid_late", window), trailing(t, "paid", window)
            ),
        ),
        credit(
            measure="late_number",
            aggregate="share",
            unit="share",
            direction=1,
            low=0.0,
            high=1.0,
            wording_en="share of the payments of the last {window} days that were late",
            wording_zh="近{window}天付款笔数中逾期的占比",
            reason_en="{value} of all payments over the last {window} days came late",
            reason_zh="近{window}天付款笔数中{value}逾期",
            expression=lambda t: ratio(
                trailing(t, "n_late", window), trailing(t, "n_paid", window)
            ),
        ),
        credit(
            measure="late_over_30d",
            aggregate="share",
            unit="share",
            direction=1,
            low=0.0,
            high=1.0,
            wording_en="share of the amount paid in the last {window} days that was more than 30 days late",
            wording_zh="近{window}天付款金额中逾期超过30天的占比",
            reason_en="Paid {value} of the amount more than 30 days late over the last {window} days",
            reason_zh="近{window}天付款金额中{value}逾期超过30天",
            expression=lambda t: ratio(
                trailing(t, "paid_late30", window), trailing(t, "paid", window)
            ),
        ),
    ]


def _spread_of_days(window: int) -> list[Feature]:
    """How early, how late at worst, and how evenly."""
    credit = partial(_credit, window_days=window)
    return [
        credit(
            measure="early",
            aggregate="share",
            unit="share",
            direction=-1,
            low=0.0,
            high=1.0,
            wording_en="share of the amount paid in the last {window} days that came before it was due",
            wording_zh="近{window}天付款金额中提前支付的占比",
            reason_en="Only {value} of the amount was paid before it was due over the last {window} days",
            reason_zh="近{window}天付款金额中仅{value}提前支付",
            expression=lambda t: ratio(
                trailing(t, "paid_early", window), trailing(t, "paid", window)
            ),
        ),
        credit(
            measure="days_late",
            aggregate="max",
            unit="days",
            direction=1,
            low=0.0,
            wording_en="days late of the slowest payment of the last {window} days",
            wording_zh="近{window}天单笔付款的最长逾期天数",
            reason_en="One payment of the last {window} days came {value} late",
            reason_zh="近{window}天有一笔付款逾期{value}",
            expression=lambda t: t[f"late_max_{window}d"],
        ),
        credit(
            measure="days_late",
            aggregate="std",
            unit="days",
            direction=1,
            low=0.0,
            wording_en="spread (standard deviation) of days late over the payments of the last {window} days",
            wording_zh="近{window}天付款逾期天数的波动（标准差）",
            reason_en="Payment dates of the last {window} days varied by {value}",
            reason_zh="近{window}天付款时间波动为{value}",
            expression=lambda t: _spread(t, window),
        ),
    ]


def _partial(window: int) -> list[Feature]:
    """How much is paid in parts."""
    credit = partial(_credit, window_days=window)
    return [
        credit(
            measure="partial",
            aggregate="share",
            unit="share",
            direction=1,
            low=0.0,
            high=1.0,
            wording_en="share of the payments of the last {window} days that left a part of the invoice open",
            wording_zh="近{window}天付款中部分付款的占比",
            reason_en="{value} of the payments of the last {window} days settled only a part",
            reason_zh="近{window}天付款中{value}仅为部分付款",
            expression=lambda t: ratio(
                trailing(t, "n_partial", window), trailing(t, "n_paid", window)
            ),
        ),
    ]


_RECORD: tuple[Feature, ...] = (
    _credit(
        measure="days_late",
        aggregate="trend",
        unit="days",
        direction=1,
        wording_en="days late of the last 90 days less days late of the last 365 days",
        wording_zh="近90天平均逾期天数减近365天平均逾期天数",
        reason_en="Pays {value} later than over the year before",
        reason_zh="近90天比近一年平均多逾期{value}",
        expression=lambda t: _mean(t, SHORT) - _mean(t, LONG),
    ),
    _credit(
        measure="on_time",
        aggregate="streak",
        unit="count",
        direction=-1,
        low=0.0,
        wording_en="payments made on time since the last late one",
        wording_zh="最近一次逾期以来的连续按时付款笔数",
        reason_en="Only {value} payments on time since the last late one",
        reason_zh="最近一次逾期以来仅有{value}笔按时付款",
        expression=lambda t: t.n_paid - ibis.coalesce(t.n_until_late, 0),
    ),
    _credit(
        measure="late",
        aggregate="change",
        window_days=SHORT,
        unit="share",
        direction=1,
        low=-1.0,
        high=1.0,
        wording_en="late share of the amount paid in the last 90 days less that of the last 365 days",
        wording_zh="近90天与近365天逾期金额占比之差",
        reason_en="The late share of payments rose by {value} against the year",
        reason_zh="逾期金额占比较近一年上升{value}",
        expression=lambda t: (
            ratio(trailing(t, "paid_late", SHORT), trailing(t, "paid", SHORT))
            - ratio(trailing(t, "paid_late", LONG), trailing(t, "paid", LONG))
        ),
    ),
)

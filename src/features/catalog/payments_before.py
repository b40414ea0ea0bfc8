"""Payments of the nine months before the last 90 days: the record that no payment of today can touch, and what the last 90 days are held against."""

from __future__ import annotations

from functools import partial

import ibis
import ibis.expr.types as ir

from features.declaration import Feature, ratio, trailing

SHORT, LONG = 90, 365
BEFORE = LONG - SHORT
"""Length of the nine months, in days."""
_before = partial(
    Feature,
    source="payments",
    family="payments",
    subject="lateness",
    pillar="credit_record",
    states=("payments",),
    direction=1,
    low=0.0,
)


def mean_late(t: ir.Table, window: int, skip: int = 0) -> ir.FloatingValue:
    """Days late of the payments of a window, weighted by amount."""
    return ratio(trailing(t, "paid_days", window, skip), trailing(t, "paid", window, skip))


def share_of_paid(t: ir.Table, measure: str, window: int, skip: int = 0) -> ir.FloatingValue:
    """A part of the amount paid in a window."""
    return ratio(trailing(t, measure, window, skip), trailing(t, "paid", window, skip))


def spread(t: ir.Table, window: int, skip: int = 0) -> ir.FloatingValue:
    """Standard deviation of the days late of the payments of a window; missing with fewer than three."""
    n = trailing(t, "n_paid", window, skip).cast("float64")
    total = trailing(t, "days", window, skip).cast("float64")
    squares = trailing(t, "days_squared", window, skip).cast("float64")
    variance = (squares - total * total / n.nullif(0.0)) / (n - 1.0).nullif(0.0)
    return (n >= 3).ifelse(ibis.greatest(variance, 0.0).sqrt(), ibis.null("float64"))


MONTHS_BEFORE: tuple[Feature, ...] = (
    _before(
        measure="days_late_before",
        aggregate="mean",
        unit="days",
        wording_en="average days late of the payments of the nine months before the last 90 days, weighted by amount",
        wording_zh="近90天之前九个月付款的平均逾期天数（按金额加权）",
        reason_en="In the nine months before the last 90 days it paid {value} late on average",
        reason_zh="近90天之前的九个月内付款平均逾期{value}",
        expression=lambda t: mean_late(t, BEFORE, SHORT),
    ),
    _before(
        measure="days_late_before",
        aggregate="std",
        unit="days",
        wording_en="how much days late varied from payment to payment in the nine months before the last 90 days (standard deviation)",
        wording_zh="近90天之前九个月各笔付款逾期天数的波动（标准差）",
        reason_en="In the nine months before the last 90 days its lateness varied by {value} from payment to payment",
        reason_zh="近90天之前的九个月内各笔付款的逾期天数波动达{value}",
        expression=lambda t: spread(t, BEFORE, SHORT),
    ),
    _before(
        measure="late_before",
        aggregate="share",
        unit="share",
        high=1.0,
        wording_en="late share of the amount paid in the nine months before the last 90 days",
        wording_zh="近90天之前九个月付款金额中逾期支付的占比",
        reason_en="{value} of the amount that it paid in the nine months before the last 90 days came late",
        reason_zh="近90天之前九个月的付款金额中有{value}为逾期支付",
        expression=lambda t: share_of_paid(t, "paid_late", BEFORE, SHORT),
    ),
)

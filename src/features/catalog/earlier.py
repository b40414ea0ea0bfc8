"""Measures of earlier versions, which a payment may worsen: built for models that were fitted on them, and not learned from.

Averages and shares of what is left rise when something young is paid, and a record of payments alone hears of a late item on the day
it is paid at last. `ageing` and `payments` hold what took their place.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import ibis
import ibis.expr.types as ir

from contracts.tables.derived import EARLIER
from features.catalog.left import LEFT
from features.catalog.payments_before import LONG, SHORT, mean_late, share_of_paid, spread
from features.declaration import Family, Feature, ratio, trailing

_credit = partial(
    Feature,
    source="payments",
    family=EARLIER,
    subject="lateness",
    pillar="credit_record",
    states=("payments",),
)


def declare(windows: Sequence[int]) -> list[Feature]:
    """The features of the family."""
    windowed = (_lateness, _late_shares, _invoices_late, _spread_of_days, _discounts)
    found = [feature for window in windows for part in windowed for feature in part(window)]
    return [*found, *_RECORD, *LEFT]


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
            wording_en="average days late of the payments of the last {window} days, weighted by amount",
            wording_zh="近{window}天付款的平均逾期天数（按金额加权）",
            reason_en="Paid {value} late on average over the last {window} days",
            reason_zh="近{window}天付款平均逾期{value}",
            expression=lambda t: mean_late(t, window),
        ),
    ]


def _late_shares(window: int) -> list[Feature]:
    """How much, and how often, late."""
    late = partial(
        _credit, aggregate="share", window_days=window, unit="share", direction=1, low=0.0, high=1.0
    )
    return [
        late(
            measure="late",
            wording_en="share of the amount paid in the last {window} days that was late",
            wording_zh="近{window}天付款金额中逾期支付的占比",
            reason_en="{value} of the amount paid over the last {window} days came late",
            reason_zh="近{window}天付款金额中有{value}为逾期支付",
            expression=lambda t: share_of_paid(t, "paid_late", window),
        ),
        late(
            measure="late_number",
            wording_en="share of the payments of the last {window} days that were late",
            wording_zh="近{window}天付款笔数中逾期的占比",
            reason_en="{value} of the payments of the last {window} days came late",
            reason_zh="近{window}天的付款笔数中有{value}逾期",
            expression=lambda t: ratio(
                trailing(t, "n_late", window), trailing(t, "n_paid", window)
            ),
        ),
        late(
            measure="late_over_30d",
            wording_en="share of the amount paid in the last {window} days that was more than 30 days late",
            wording_zh="近{window}天付款金额中逾期超过30天的占比",
            reason_en="{value} of the amount paid over the last {window} days came more than 30 days late",
            reason_zh="近{window}天付款金额中有{value}逾期超过30天",
            expression=lambda t: share_of_paid(t, "paid_late30", window),
        ),
    ]


def _invoices_late(window: int) -> list[Feature]:
    """How many of the invoices it settled were settled late."""
    settled = partial(
        _credit, window_days=window, unit="share", aggregate="share", direction=1, low=0.0, high=1.0
    )
    return [
        settled(
            measure="invoices_late",
            wording_en="share of the invoices settled in the last {window} days that were settled late",
            wording_zh="近{window}天结清的发票中逾期结清的占比",
            reason_en="{value} of the invoices settled over the last {window} days were settled late",
            reason_zh="近{window}天结清的发票中有{value}为逾期结清",
            expression=lambda t: ratio(
                trailing(t, "n_settled_late", window), trailing(t, "n_settled", window)
            ),
        ),
        settled(
            measure="invoices_late_over_30d",
            wording_en="share of the invoices settled in the last {window} days that were settled more than 30 days late",
            wording_zh="近{window}天结清的发票中逾期超过30天才结清的占比",
            reason_en="{value} of the invoices settled over the last {window} days were settled more than 30 days late",
            reason_zh="近{window}天结清的发票中有{value}逾期超过30天才结清",
            expression=lambda t: ratio(
                trailing(t, "n_settled_late30", window), trailing(t, "n_settled", window)
            ),
        ),
    ]


def _spread_of_days(window: int) -> list[Feature]:
    """How early, how late at worst, and how evenly."""
    credit = partial(_credit, window_days=window)
    days_late = partial(credit, measure="days_late", unit="days", direction=1, low=0.0)
    return [
        credit(
            measure="early",
            aggregate="share",
            unit="share",
            direction=-1,
            low=0.0,
            high=1.0,
            wording_en="share of the amount paid in the last {window} days that came before the due date",
            wording_zh="近{window}天付款金额中提前（到期日前）支付的占比",
            reason_en="Only {value} of the amount paid over the last {window} days came before the due date",
            reason_zh="近{window}天付款金额中仅有{value}为提前支付",
            expression=lambda t: share_of_paid(t, "paid_early", window),
        ),
        days_late(
            aggregate="max",
            wording_en="days late of the slowest payment of the last {window} days",
            wording_zh="近{window}天单笔付款的最长逾期天数",
            reason_en="The slowest payment of the last {window} days came {value} late",
            reason_zh="近{window}天逾期最久的一笔付款逾期{value}",
            states=("payments", "slowest"),
            expression=lambda t: (trailing(t, "n_paid", window) > 0).ifelse(
                ibis.coalesce(t[f"late_max_{window}d"], 0), ibis.null("int64")
            ),
        ),
        days_late(
            aggregate="std",
            wording_en="how much days late vary from payment to payment over the last {window} days (standard deviation)",
            wording_zh="近{window}天各笔付款逾期天数的波动（标准差）",
            reason_en="Over the last {window} days its lateness varied by {value} from payment to payment",
            reason_zh="近{window}天各笔付款的逾期天数波动达{value}",
            expression=lambda t: spread(t, window),
        ),
    ]


def _discounts(window: int) -> list[Feature]:
    """Whether it can afford the discount."""
    return [
        _credit(
            measure="discounts_taken",
            aggregate="share",
            window_days=window,
            subject="discounts",
            pillar="ability_to_pay",
            unit="share",
            direction=-1,
            low=0.0,
            high=1.0,
            wording_en="cash discounts taken in the last {window} days as a share of what was settled",
            wording_zh="近{window}天享受的现金折扣占结清金额的比例",
            reason_en="Cash discounts it took over the last {window} days are only {value} of what it settled",
            reason_zh="近{window}天享受的现金折扣仅占结清金额的{value}",
            expression=lambda t: _taken(t, window),
        )
    ]


def _taken(t: ir.Table, window: int) -> ir.FloatingValue:
    taken = trailing(t, "discounted", window)
    return ratio(taken, trailing(t, "paid", window) + taken)


_RECORD: tuple[Feature, ...] = (
    _credit(
        measure="days_late",
        aggregate="trend",
        unit="days",
        direction=1,
        is_change=True,
        wording_en="average days late of the last 90 days less that of the last 365 days",
        wording_zh="近90天平均逾期天数减近365天平均逾期天数",
        reason_en="It paid {value} later than before (average lateness of the last 90 days against the last 365 days)",
        reason_zh="付款比以前晚{value}（近90天与近365天的平均逾期天数相比）",
        expression=lambda t: mean_late(t, SHORT) - mean_late(t, LONG),
    ),
    _credit(
        measure="on_time",
        aggregate="streak",
        unit="count",
        direction=-1,
        low=0.0,
        wording_en="payments on time in a row since the last late one",
        wording_zh="最近一次逾期付款之后连续按时付款的笔数",
        reason_en="Payments on time in a row since the last late one: only {value}",
        reason_zh="最近一次逾期付款之后仅连续按时付款{value}笔",
        states=("streak",),
        expression=lambda t: t.n_streak,
    ),
    _credit(
        measure="late",
        aggregate="change",
        window_days=SHORT,
        unit="percentage_points",
        direction=1,
        is_change=True,
        low=-1.0,
        high=1.0,
        wording_en="late share of the amount paid in the last {window} days less that of the last 365 days",
        wording_zh="近{window}天逾期支付金额占比减近365天逾期支付金额占比",
        reason_en="The late share of the amount paid rose by {value} (last {window} days against the last 365 days)",
        reason_zh="逾期支付金额占比上升{value}（近{window}天与近365天相比）",
        expression=lambda t: (
            ratio(trailing(t, "paid_late", SHORT), trailing(t, "paid", SHORT))
            - ratio(trailing(t, "paid_late", LONG), trailing(t, "paid", LONG))
        ),
    ),
)


FAMILY = Family(
    name=EARLIER,
    title_en="Measures of earlier versions",
    title_zh="早期版本的指标",
    about_en="A payment may worsen these: averages and shares of what is left, and records that hear of a late item when it is paid. Built for models that were fitted on them; a new model does not learn from them unless `train.selection.earlier` says so.",
    about_zh="付款可能使这些指标变差：剩余款项的平均值与占比，以及在付清时才计入逾期的记录。保留这些指标是为了此前据其训练的模型；新模型不使用它们，除非设定 `train.selection.earlier`。",
    declare=declare,
)

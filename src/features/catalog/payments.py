"""Payments: how late this customer pays, how often, and whether it is getting worse."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import ibis
import ibis.expr.types as ir

from features.catalog.ageing import (
    oldest_days,
    open_items,
    overdue,
    overdue_days,
    overdue_items,
)
from features.catalog.deductions import returned, settled_short
from features.catalog.payments_before import (
    BEFORE,
    LONG,
    MONTHS_BEFORE,
    SHORT,
    mean_late,
    share_of_paid,
)
from features.declaration import Family, Feature, ratio, trailing

_credit = partial(
    Feature,
    source="payments",
    family="payments",
    subject="lateness",
    pillar="credit_record",
    states=("payments",),
)
_OPEN = ("payments", "ageing", "balance")
_ITEMS = ("balance", "overdue_items", "set_off")
"""What counts as late counts from the day it is, paid or not: a late item that is paid is then no news, and no payment worsens a record."""


def declare(windows: Sequence[int]) -> list[Feature]:
    """The features of the family, per window and over the whole record."""
    windowed = (_lateness, _late_shares, _invoices_late, _partial, settled_short)
    found = [feature for window in windows for part in windowed for feature in part(window)]
    return [*found, *_RECORD, *MONTHS_BEFORE, *(returned(window) for window in (SHORT, LONG))]


def _mean(t: ir.Table, window: int) -> ir.FloatingValue:
    days = trailing(t, "paid_days", window) + overdue_days(t)
    return ratio(days, trailing(t, "paid", window) + overdue_items(t))


def _late(t: ir.Table, window: int, over: int = 0) -> ir.FloatingValue:
    """What came more than `over` days late or is so late today: it stays in numerator and denominator on the day it is paid."""
    late = trailing(t, "paid_late30" if over else "paid_late", window)
    return ratio(late + overdue(t, over), _paid_or_overdue(t, window))


def _paid_or_overdue(t: ir.Table, window: int) -> ir.FloatingValue:
    return trailing(t, "paid", window) + overdue(t, 0)


def _invoices(t: ir.Table, window: int, over: int = 0) -> ir.FloatingValue:
    """The same of invoices, settled or past due."""
    late = trailing(t, "n_settled_late30" if over else "n_settled_late", window)
    return ratio(late + open_items(t, over), trailing(t, "n_settled", window) + open_items(t))


def _slowest(t: ir.Table, window: int) -> ir.FloatingValue:
    oldest = oldest_days(t)
    paid = ibis.coalesce(t[f"late_max_{window}d"].cast("float64"), 0.0)
    is_any = (trailing(t, "n_paid", window) > 0) | (oldest > 0)
    return is_any.ifelse(ibis.greatest(paid, oldest), ibis.null("float64"))


def _lateness(window: int) -> list[Feature]:
    """How many days late."""
    days_late = partial(
        _credit,
        measure="days_late_with_open",
        window_days=window,
        unit="days",
        direction=1,
        low=0.0,
    )
    return [
        days_late(
            aggregate="mean",
            wording_en="average days late of the payments of the last {window} days and of what is overdue and unpaid today, weighted by amount",
            wording_zh="近{window}天付款及当前逾期未付款项的平均逾期天数（按金额加权，未付款项计至当日）",
            reason_en="Counting what is still unpaid, it is {value} late on average over the last {window} days",
            reason_zh="计入尚未支付的逾期款项，近{window}天平均逾期{value}",
            states=(*_OPEN, "set_off"),
            expression=lambda t: _mean(t, window),
        ),
        days_late(
            aggregate="max",
            wording_en="days late of the slowest payment of the last {window} days, or of the oldest unpaid invoice where that is older",
            wording_zh="近{window}天单笔付款的最长逾期天数（未付发票逾期更久的，按未付发票计）",
            reason_en="Counting what is still unpaid, its slowest invoice of the last {window} days is {value} late",
            reason_zh="计入尚未支付的发票，近{window}天逾期最久的一笔逾期{value}",
            states=("payments", "slowest", *_ITEMS),
            expression=lambda t: _slowest(t, window),
        ),
    ]


def _late_shares(window: int) -> list[Feature]:
    """How much of the amount, late or early."""
    late = partial(
        _credit, aggregate="share", window_days=window, unit="share", direction=1, low=0.0, high=1.0
    )
    return [
        late(
            measure="late_with_open",
            wording_en="share that was late or is past due, of the amount paid in the last {window} days or past due today",
            wording_zh="近{window}天付款及当前逾期未付金额中，逾期支付或仍逾期的占比",
            reason_en="{value} of the amount that it paid over the last {window} days or owes past due today is late",
            reason_zh="近{window}天付款及当前逾期未付金额中有{value}为逾期",
            states=_OPEN,
            expression=lambda t: _late(t, window),
        ),
        late(
            measure="late_over_30d_with_open",
            wording_en="share that was or is more than 30 days late, of the amount paid in the last {window} days or past due today",
            wording_zh="近{window}天付款及当前逾期未付金额中，逾期超过30天（无论是否已付）的占比",
            reason_en="{value} of the amount that it paid over the last {window} days or owes past due today is more than 30 days late",
            reason_zh="近{window}天付款及当前逾期未付金额中有{value}逾期超过30天",
            states=_OPEN,
            expression=lambda t: _late(t, window, 30),
        ),
        late(
            measure="early_with_open",
            direction=-1,
            wording_en="share that came before its due date, of the amount paid in the last {window} days or past due today",
            wording_zh="近{window}天付款及当前逾期未付金额中，提前（到期日前）支付的占比",
            reason_en="Only {value} of the amount that it paid over the last {window} days or owes past due today came before the due date",
            reason_zh="近{window}天付款及当前逾期未付金额中仅有{value}为提前支付",
            states=_OPEN,
            expression=lambda t: ratio(
                trailing(t, "paid_early", window), _paid_or_overdue(t, window)
            ),
        ),
    ]


def _invoices_late(window: int) -> list[Feature]:
    """How many invoices."""
    late = partial(
        _credit, aggregate="share", window_days=window, unit="share", direction=1, low=0.0, high=1.0
    )
    return [
        late(
            measure="invoices_late_with_open",
            wording_en="share that was late or is past due, of the invoices settled in the last {window} days or past due today",
            wording_zh="近{window}天结清及当前逾期未付的发票中，逾期的张数占比",
            reason_en="{value} of the invoices that it settled over the last {window} days or owes past due today are late",
            reason_zh="近{window}天结清及当前逾期未付的发票中有{value}为逾期",
            states=("payments", *_ITEMS),
            expression=lambda t: _invoices(t, window),
        ),
        late(
            measure="invoices_late_over_30d_with_open",
            wording_en="share that was or is more than 30 days late, of the invoices settled in the last {window} days or past due today",
            wording_zh="近{window}天结清及当前逾期未付的发票中，逾期超过30天的张数占比",
            reason_en="{value} of the invoices that it settled over the last {window} days or owes past due today are more than 30 days late",
            reason_zh="近{window}天结清及当前逾期未付的发票中有{value}逾期超过30天",
            states=("payments", *_ITEMS),
            expression=lambda t: _invoices(t, window, 30),
        ),
    ]


def _partial(window: int) -> list[Feature]:
    """How much is paid in parts."""
    credit = partial(_credit, window_days=window)
    return [
        credit(
            measure="partial",
            subject="part payments",
            aggregate="share",
            unit="share",
            direction=1,
            low=0.0,
            high=1.0,
            wording_en="share of the payments of the last {window} days that settled only a part of the invoice",
            wording_zh="近{window}天付款笔数中仅支付部分票款的占比",
            reason_en="{value} of the payments of the last {window} days settled only a part of the invoice",
            reason_zh="近{window}天的付款笔数中有{value}仅支付了部分票款",
            expression=lambda t: ratio(
                trailing(t, "n_partial", window), trailing(t, "n_paid", window)
            ),
        ),
    ]


_RECORD: tuple[Feature, ...] = (
    _credit(
        measure="days_late_with_open",
        aggregate="trend",
        unit="days",
        direction=1,
        is_change=True,
        wording_en="average days late of the payments of the last 90 days and of what is overdue and unpaid today, less that of the payments of the 275 days before",
        wording_zh="近90天付款及当前逾期未付款项的平均逾期天数，减此前275天付款的平均逾期天数",
        reason_en="Counting what is still unpaid, it has been {value} later in the last 90 days than in the nine months before",
        reason_zh="计入尚未支付的逾期款项，近90天比此前九个月平均晚{value}",
        states=(*_OPEN, "set_off"),
        expression=lambda t: _mean(t, SHORT) - mean_late(t, BEFORE, SHORT),
    ),
    _credit(
        measure="on_time_with_open",
        aggregate="streak",
        unit="count",
        direction=-1,
        low=0.0,
        wording_en="payments on time in a row since the last late one, none where an invoice is past due today",
        wording_zh="最近一次逾期以来连续按时付款的笔数（当前有逾期未付发票的计为零）",
        reason_en="Payments on time in a row since it was last late: only {value}",
        reason_zh="最近一次逾期以来仅连续按时付款{value}笔",
        states=("streak", *_ITEMS),
        expression=lambda t: (open_items(t) > 0).ifelse(0, t.n_streak),
    ),
    _credit(
        measure="late_with_open",
        aggregate="change",
        window_days=SHORT,
        unit="percentage_points",
        direction=1,
        is_change=True,
        low=-1.0,
        high=1.0,
        wording_en="late share of the amount paid in the last {window} days or past due today, less that of the amount paid in the 275 days before",
        wording_zh="近{window}天付款及当前逾期未付金额中的逾期占比，减此前275天付款金额中的逾期占比",
        reason_en="Counting what is still unpaid, the late share of the amount rose by {value} (last {window} days against the nine months before)",
        reason_zh="计入尚未支付的逾期款项，逾期金额占比上升{value}（近{window}天与此前九个月相比）",
        states=_OPEN,
        expression=lambda t: _late(t, SHORT) - share_of_paid(t, "paid_late", BEFORE, SHORT),
    ),
)


FAMILY = Family(
    name="payments",
    title_en="Payments",
    title_zh="付款记录",
    about_en="How late this customer pays, how often, how unevenly, and whether it is getting worse.",
    about_zh="该客户付款是否逾期、逾期多久、是否频繁、是否稳定，以及是否正在恶化。",
    declare=declare,
)

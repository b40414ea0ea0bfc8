"""Overdue and ageing: what is past due today, for how long, and how that has moved."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import ibis
import ibis.expr.types as ir

from contracts.tables.engine import AMOUNT
from features.catalog.buckets import BUCKETS, in_chinese, in_english, label
from features.declaration import Family, Feature, atleast, ratio, trailing
from features.ledger.money import amount
from features.state.ledger import FALLEN
from features.time.asof import before

QUARTER = 90
_credit = partial(
    Feature,
    source="ageing",
    family="ageing",
    subject="overdue",
    pillar="credit_record",
    states=("ageing", "balance"),
    low=0.0,
)


_OWED = ("ageing", "balance", "payments")
_FORMULA_EN = "amount / (open balance + payments of the last 90 days)"
_FORMULA_ZH = "金额 / (应收余额 + 近90天付款)"


def overdue(t: ir.Table, days: int, ago: int = 0) -> ir.FloatingValue:
    """What is more than `days` days past due, after open credits are set off against the oldest items."""
    return amount(overdue_units(t, days, ago))


def overdue_units(t: ir.Table, days: int, ago: int = 0) -> ir.DecimalValue:
    """`overdue` as an exact decimal, in units of 1e-8 of the reporting currency.

    Open credits reduce items that count first, then those under a payment plan, and last those in dispute.
    """
    over, held, contested = (
        t[before(f"{name}_{days}", ago)] for name in ("over", "held", "contested")
    )
    gross, all_held, all_contested = (
        t[before(name, ago)] for name in ("gross", "held", "contested")
    )
    credit = atleast(t[before("credit", ago)])
    beyond = atleast(credit - (gross - all_held))
    last = atleast(credit - (gross - all_contested))
    return (
        atleast(over - held - credit)
        + atleast(held - contested - beyond)
        + atleast(contested - last)
    )


def net_balance(t: ir.Table, ago: int = 0) -> ir.FloatingValue:
    """Open balance: invoices less payments less credit notes; negative where the customer has a credit balance."""
    return amount(balance_units(t, ago))


def balance_units(t: ir.Table, ago: int = 0) -> ir.DecimalValue:
    """`net_balance` as an exact decimal, in units of 1e-8 of the reporting currency."""
    return t[before("gross", ago)] - t[before("credit", ago)]


def bucket(t: ir.Table, over: int, until: int | None, ago: int = 0) -> ir.FloatingValue:
    """What is more than `over` and at most `until` days past due."""
    return amount(bucket_units(t, over, until, ago))


def bucket_units(t: ir.Table, over: int, until: int | None, ago: int = 0) -> ir.DecimalValue:
    """`bucket` as an exact decimal, in units of 1e-8 of the reporting currency."""
    upper = overdue_units(t, over, ago)
    return upper if until is None else upper - overdue_units(t, until, ago)


def oldest_days(t: ir.Table) -> ir.FloatingValue:
    """Days past due of the oldest open item, counted from its due date; 0 where nothing is overdue."""
    oldest = _has_credit(t).ifelse(t.left_oldest_due, t.oldest_due)
    return ibis.coalesce(t.asked - oldest, 0).cast("float64")


def open_items(t: ir.Table, days: int = 0) -> ir.NumericValue:
    """Number of invoices more than `days` (0 or 30) days past due, without those that open credits pay."""
    return _has_credit(t).ifelse(ibis.coalesce(t[f"n_left_{days}"], 0), t[f"n_over_{days}"])


def overdue_items(t: ir.Table) -> ir.FloatingValue:
    """The amount of the items past due that open credits leave."""
    left = ibis.coalesce(t.left_value, ibis.literal(0).cast(AMOUNT))
    return amount(_has_credit(t).ifelse(left, t.over_0).cast(AMOUNT))


def overdue_days(t: ir.Table) -> ir.FloatingValue:
    """The same times their days past due."""
    nothing = ibis.literal(0).cast(AMOUNT)
    left = ibis.coalesce(t.left_value, nothing) * t.asked - ibis.coalesce(t.left_due, nothing)
    return amount(
        _has_credit(t).ifelse(left.cast(AMOUNT), (t.over_0 * t.asked - t.due_0).cast(AMOUNT))
    )


def _has_credit(t: ir.Table) -> ir.BooleanValue:
    return t.credit > 0


def declare(windows: Sequence[int]) -> list[Feature]:  # noqa: ARG001 - one signature for all families
    """The features of the family."""
    return [*_TODAY, *_collection(), *_buckets(), *_moves()]


_TODAY: tuple[Feature, ...] = (
    _credit(
        measure="overdue",
        aggregate="amount",
        unit="money",
        direction=1,
        wording_en="amount past due today",
        wording_zh="当前逾期金额",
        reason_en="The amount past due today is {value}",
        reason_zh="当前逾期金额为{value}",
        expression=lambda t: overdue(t, 0),
    ),
    _credit(
        measure="overdue",
        aggregate="owed_share",
        unit="share",
        direction=1,
        high=1.0,
        wording_en="share that is past due today, of what is open or was paid in the last 90 days",
        wording_zh="当前逾期金额占应收余额与近90天付款之和的比例",
        reason_en="Of what was to be paid over the last 90 days (paid or still open), {value} is past due",
        reason_zh="近90天应付款项（已付及未付）中有{value}已逾期",
        states=_OWED,
        formula_en=_FORMULA_EN,
        formula_zh=_FORMULA_ZH,
        expression=lambda t: _share(t, 0, None),
    ),
    _credit(
        measure="oldest",
        aggregate="days",
        unit="days",
        direction=1,
        wording_en="days past due of the oldest unpaid invoice",
        wording_zh="逾期最久的未付发票的逾期天数",
        reason_en="Its oldest unpaid invoice is {value} past due",
        reason_zh="逾期最久的一张未付发票已逾期{value}",
        states=("balance", "overdue_items", "set_off"),
        expression=oldest_days,
    ),
    _credit(
        measure="overdue_items",
        aggregate="count",
        unit="count",
        direction=1,
        wording_en="number of invoices past due today",
        wording_zh="当前逾期未付的发票张数",
        reason_en="Invoices past due today: {value}",
        reason_zh="当前有{value}张发票逾期未付",
        states=("balance", "overdue_items", "set_off"),
        expression=open_items,
    ),
    _credit(
        measure="overdue_days",
        aggregate="owed_mean",
        unit="days",
        direction=1,
        wording_en="days past due today, averaged by amount over what is open or was paid in the last 90 days",
        wording_zh="当前逾期天数按应收余额与近90天付款之和加权的平均值",
        reason_en="Averaged over what was to be paid in the last 90 days (paid or still open), it is {value} past due today",
        reason_zh="按近90天应付款项（已付及未付）平均，当前逾期{value}",
        states=(*_OWED, "set_off"),
        formula_en="sum of days past due × amount / (open balance + payments of the last 90 days)",
        formula_zh="逾期天数 × 金额之和 / (应收余额 + 近90天付款)",
        expression=lambda t: ratio(overdue_days(t), owed(t)),
    ),
)


def owed(t: ir.Table, ago: int = 0) -> ir.FloatingValue:
    """What is open, and what was paid in the last 90 days: a payment moves from the one to the other and leaves the sum as it is."""
    return net_balance(t, ago) + trailing(t, "paid", QUARTER, ago)


def _share(t: ir.Table, over: int, until: int | None, ago: int = 0) -> ir.FloatingValue:
    return ratio(bucket(t, over, until, ago), owed(t, ago))


def _collection() -> list[Feature]:
    """The reverse of what a credit controller calls the collection rate: what was due lately, and has not come."""
    return [
        _credit(
            measure="fallen_due",
            aggregate="unpaid_share",
            window_days=days,
            unit="share",
            direction=1,
            high=1.0,
            wording_en="share of the amount that fell due in the last {window} days that is still unpaid",
            wording_zh="近{window}天到期金额中尚未支付的占比",
            reason_en="Of what fell due in the last {window} days, {value} is still unpaid",
            reason_zh="近{window}天到期的金额中有{value}尚未支付",
            states=("ageing", "balance", "fallen_due"),
            expression=partial(_unpaid, days=days),
        )
        for days in FALLEN[1:]
    ]


def _unpaid(t: ir.Table, days: int) -> ir.FloatingValue:
    fell = (t.fell_0 - t[f"fell_{days}"]).cast(AMOUNT)
    return ratio(bucket(t, 0, days), amount(fell))


def _buckets() -> list[Feature]:
    return [
        _credit(
            measure=label(over, until),
            aggregate="owed_share",
            unit="share",
            direction=1,
            high=1.0,
            wording_en=f"share that is {in_english(over, until)} past due, of what is open or was paid in the last 90 days",
            wording_zh=f"逾期{in_chinese(over, until)}的金额占应收余额与近90天付款之和的比例",
            reason_en=f"Of what was to be paid over the last 90 days (paid or still open), {{value}} is {in_english(over, until)} past due",
            reason_zh=f"近90天应付款项（已付及未付）中有{{value}}逾期{in_chinese(over, until)}",
            states=_OWED,
            formula_en=_FORMULA_EN,
            formula_zh=_FORMULA_ZH,
            expression=partial(_share, over=over, until=until),
        )
        for over, until in BUCKETS
    ]


def _moves() -> list[Feature]:
    moved = [
        _credit(
            measure=label(over, until),
            aggregate="change",
            window_days=QUARTER,
            unit="money",
            direction=1,
            is_change=True,
            low=None,
            wording_en=f"change over {{window}} days of the amount that is {in_english(over, until)} past due",
            wording_zh=f"逾期{in_chinese(over, until)}的金额在近{{window}}天的变化",
            reason_en=f"The amount {in_english(over, until)} past due rose by {{value}} in {{window}} days",
            reason_zh=f"逾期{in_chinese(over, until)}的金额近{{window}}天增加{{value}}",
            expression=partial(_moved, over=over, until=until),
        )
        for over, until in BUCKETS
    ]
    whole = _credit(
        measure="overdue",
        aggregate="owed_share_change",
        window_days=QUARTER,
        unit="percentage_points",
        direction=1,
        is_change=True,
        low=-1.0,
        high=1.0,
        wording_en="change over {window} days of the share that is past due, of what is open or was paid in the {window} days before",
        wording_zh="逾期金额占应收余额与近90天付款之和的比例在近{window}天的变化",
        reason_en="The overdue share of what was to be paid (paid or still open) rose by {value} in {window} days",
        reason_zh="应付款项（已付及未付）中的逾期占比近{window}天上升{value}",
        states=_OWED,
        expression=lambda t: _share(t, 0, None) - _share(t, 0, None, QUARTER),
    )
    return [*moved, whole]


def _moved(t: ir.Table, over: int, until: int | None) -> ir.FloatingValue:
    return bucket(t, over, until) - bucket(t, over, until, QUARTER)


FAMILY = Family(
    name="ageing",
    title_en="Overdue and ageing",
    title_zh="逾期与账龄",
    about_en="What is past due today, for how long, and how that has moved. Open credit notes and overpayments are set off against the oldest items first.",
    about_zh="当前逾期了多少、逾期多久、近期如何变化。未使用的贷项和多付款项先冲抵最早的应收款项。",
    declare=declare,
)

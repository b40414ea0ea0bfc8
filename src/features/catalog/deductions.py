"""Payments that were less than they seemed: returned, or short of the invoice, with or without leave."""

from __future__ import annotations

from functools import partial

import ibis.expr.types as ir

from features.catalog.ageing import net_balance
from features.declaration import Feature, atleast, ratio, trailing

_credit = partial(
    Feature,
    source="payments",
    family="payments",
    subject="deductions",
    pillar="credit_record",
    states=("payments",),
)


def settled_short(window: int) -> list[Feature]:
    """How often it deducts what was not agreed, and whether it can afford the discount that was."""
    credit = partial(
        _credit, window_days=window, aggregate="share", unit="share", low=0.0, high=1.0
    )
    return [
        credit(
            measure="deducted",
            direction=1,
            wording_en="share of the payments of the last {window} days that fell short of the invoice by an unagreed deduction of up to a tenth",
            wording_zh="近{window}天付款笔数中存在未约定扣款（不超过票面金额十分之一）的占比",
            reason_en="{value} of the payments of the last {window} days were short by a deduction that was not agreed",
            reason_zh="近{window}天的付款笔数中有{value}存在未约定的扣款",
            expression=lambda t: ratio(
                trailing(t, "n_deducted", window), trailing(t, "n_paid", window)
            ),
        ),
        partial(credit, subject="discounts", pillar="ability_to_pay")(
            measure="discounts_taken",
            aggregate="owed_share",
            direction=-1,
            wording_en="cash discounts taken in the last {window} days as a share of what was settled in them or is open",
            wording_zh="近{window}天享受的现金折扣占同期结清金额与应收余额之和的比例",
            reason_en="Cash discounts it took over the last {window} days are only {value} of what it settled or still owes",
            reason_zh="近{window}天享受的现金折扣仅占结清金额与应收余额之和的{value}",
            states=("payments", "balance"),
            expression=lambda t: _taken(t, window),
        ),
    ]


def _taken(t: ir.Table, window: int) -> ir.FloatingValue:
    taken = trailing(t, "discounted", window)
    return ratio(taken, trailing(t, "paid", window) + taken + atleast(net_balance(t)))


def returned(window: int) -> Feature:
    """How often its bank did not honour a payment."""
    return _credit(
        measure="returned",
        subject="returned payments",
        aggregate="count",
        window_days=window,
        unit="count",
        direction=1,
        low=0.0,
        states=("returned",),
        wording_en="number of payments of the last {window} days that were returned unpaid by the bank",
        wording_zh="近{window}天被银行退回的付款笔数",
        reason_en="Payments returned by its bank in the last {window} days: {value}",
        reason_zh="近{window}天有{value}笔付款被银行退回",
        expression=lambda t: trailing(t, "n_returned", window),
    )

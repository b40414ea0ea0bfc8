"""Limits and terms: how much of the credit granted is used, and how often it was not enough."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from features.catalog.ageing import net_balance
from features.declaration import Family, Feature, atleast, ratio, trailing

YEAR, QUARTER = 365, 90
_pay = partial(
    Feature,
    source="limits",
    family="limits",
    subject="use of the limit",
    pillar="ability_to_pay",
    low=0.0,
)


def declare(windows: Sequence[int]) -> list[Feature]:
    """The features of the family."""
    return [*_use(), *_terms(), *(_breaches(window) for window in sorted({YEAR, *windows}))]


def _use() -> list[Feature]:
    used = partial(_pay, measure="used", states=("terms", "balance"), unit="share", direction=1)
    return [
        used(
            aggregate="share",
            wording_en="share of the credit limit that is used (open balance / limit)",
            wording_zh="授信额度使用率（应收余额占授信额度的比例）",
            reason_en="It uses {value} of its credit limit",
            reason_zh="已使用授信额度的{value}",
            expression=lambda t: ratio(atleast(net_balance(t)), t.credit_limit),
        ),
        used(
            aggregate="change",
            window_days=QUARTER,
            low=None,
            is_change=True,
            wording_en="change of the open balance over {window} days, as a share of today's credit limit",
            wording_zh="近{window}天应收余额的变化占当前授信额度的比例",
            reason_en="In {window} days the open balance rose by {value} of the credit limit",
            reason_zh="近{window}天应收余额的增加额相当于授信额度的{value}",
            expression=lambda t: ratio(net_balance(t) - net_balance(t, QUARTER), t.credit_limit),
        ),
    ]


def _terms() -> list[Feature]:
    free = partial(_pay, states=("terms",), direction=0, subject="our limit and terms", role="ours")
    return [
        free(
            measure="limit",
            aggregate="amount",
            unit="money",
            wording_en="credit limit in force",
            wording_zh="当前授信额度",
            reason_en="Its credit limit is {value}",
            reason_zh="授信额度为{value}",
            expression=lambda t: t.credit_limit,
        ),
        free(
            measure="terms",
            aggregate="days",
            unit="days",
            wording_en="payment terms granted",
            wording_zh="账期（信用期限）",
            reason_en="Its payment terms are {value}",
            reason_zh="账期为{value}",
            expression=lambda t: t.terms_days,
        ),
        free(
            measure="cuts",
            aggregate="count",
            window_days=YEAR,
            unit="count",
            direction=1,
            wording_en="number of times the credit limit was lowered in the last {window} days",
            wording_zh="近{window}天授信额度下调的次数",
            reason_en="Cuts of its credit limit in the last {window} days: {value}",
            reason_zh="近{window}天授信额度被下调{value}次",
            expression=lambda t: trailing(t, "n_cuts", YEAR),
        ),
    ]


def _breaches(window: int) -> Feature:
    return _pay(
        measure="breaches",
        aggregate="count",
        window_days=window,
        states=("breaches",),
        unit="count",
        direction=1,
        wording_en="number of times the open balance rose above the credit limit in the last {window} days",
        wording_zh="近{window}天应收余额突破授信额度的次数",
        reason_en="Times it went above its credit limit in the last {window} days: {value}",
        reason_zh="近{window}天突破授信额度{value}次",
        expression=lambda t: trailing(t, "n_breaches", window),
    )


FAMILY = Family(
    name="limits",
    title_en="Limits and terms",
    title_zh="授信额度与账期",
    about_en="How much of the credit granted is used, and how often it was not enough.",
    about_zh="已授信用使用了多少，以及额度不够用的频率。",
    declare=declare,
)

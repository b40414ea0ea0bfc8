"""Limits and terms: how much of the credit granted is used, and how often it was not enough."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from features.catalog.ageing import net_balance
from features.declaration import Feature, atleast, ratio, trailing

YEAR, QUARTER = 365, 90
_pay = partial(Feature, source="limits", family="limits", pillar="ability_to_pay", low=0.0)


def declare(windows: Sequence[int]) -> list[Feature]:
    """The features of the family."""
    return [*_use(), *_terms(), *(_breaches(window) for window in sorted({YEAR, *windows}))]


def _use() -> list[Feature]:
    used = partial(_pay, measure="used", states=("terms", "balance"), unit="share", direction=1)
    return [
        used(
            aggregate="share",
            wording_en="open balance against the credit limit",
            wording_zh="未结余额占信用额度的比例",
            reason_en="Uses {value} of the credit limit",
            reason_zh="已使用信用额度的{value}",
            expression=lambda t: ratio(atleast(net_balance(t)), t.credit_limit),
        ),
        used(
            aggregate="change",
            window_days=QUARTER,
            low=None,
            wording_en="change over {window} days of the open balance, against today's credit limit",
            wording_zh="近{window}天未结余额变化占当前信用额度的比例",
            reason_en="Use of the credit limit rose by {value} in {window} days",
            reason_zh="近{window}天额度使用率上升{value}",
            expression=lambda t: ratio(net_balance(t) - net_balance(t, QUARTER), t.credit_limit),
        ),
    ]


def _terms() -> list[Feature]:
    free = partial(_pay, states=("terms",), direction=0)
    return [
        free(
            measure="limit",
            aggregate="amount",
            unit="money",
            wording_en="credit limit in force",
            wording_zh="当前信用额度",
            reason_en="The credit limit is {value}",
            reason_zh="信用额度为{value}",
            expression=lambda t: t.credit_limit,
        ),
        free(
            measure="terms",
            aggregate="days",
            unit="days",
            wording_en="payment terms granted",
            wording_zh="信用期限",
            reason_en="Payment terms are {value}",
            reason_zh="信用期限为{value}",
            expression=lambda t: t.terms_days,
        ),
        free(
            measure="cuts",
            aggregate="count",
            window_days=YEAR,
            unit="count",
            direction=1,
            wording_en="times the credit limit was lowered in the last {window} days",
            wording_zh="近{window}天额度下调次数",
            reason_en="The credit limit was lowered {value} times in the last {window} days",
            reason_zh="近{window}天额度被下调{value}次",
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
        wording_en="times the open balance rose above the credit limit in the last {window} days",
        wording_zh="近{window}天未结余额超过额度的次数",
        reason_en="Went above the credit limit {value} times in the last {window} days",
        reason_zh="近{window}天超额{value}次",
        expression=lambda t: trailing(t, "n_breaches", window),
    )

"""Disputes: what the customer objects to. Free in direction: a dispute may be the supplier's fault."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import ibis

from features.catalog.ageing import balance_units, net_balance
from features.declaration import Family, Feature, ratio, trailing
from features.ledger.money import amount

_credit = partial(
    Feature,
    source="disputes",
    family="disputes",
    subject="disputes",
    pillar="credit_record",
    unit="share",
    direction=0,
    side=1,
    low=0.0,
)


def declare(windows: Sequence[int]) -> list[Feature]:
    """The features of the family."""
    return [_open(), *(feature for window in windows for feature in _windowed(window))]


def _open() -> Feature:
    return _credit(
        measure="open",
        aggregate="share",
        states=("disputed", "balance"),
        wording_en="share of the open balance that is under dispute",
        wording_zh="应收余额中争议金额的占比",
        reason_en="{value} of the open balance is under dispute",
        reason_zh="应收余额中有{value}处于争议中",
        # open credits reach what is in dispute last, so as much as is owed in all may be
        expression=lambda t: ratio(
            amount(ibis.least(t.disputed, balance_units(t))), net_balance(t)
        ),
    )


def _windowed(window: int) -> list[Feature]:
    return [
        _credit(
            measure="opened",
            aggregate="share",
            window_days=window,
            states=("disputed", "billing"),
            wording_en="dispute rate: amount newly disputed in the last {window} days as a share of the amount billed in the same days",
            wording_zh="争议率：近{window}天新增争议金额占同期开票金额的比例",
            reason_en="What it newly disputed over the last {window} days equals {value} of the billing of these days",
            reason_zh="近{window}天新增争议金额相当于同期开票金额的{value}",
            expression=lambda t: ratio(
                trailing(t, "disputed_billing", window), trailing(t, "billed", window)
            ),
        ),
        _credit(
            measure="opened",
            aggregate="count",
            window_days=window,
            states=("disputed",),
            unit="count",
            wording_en="number of invoices newly disputed in the last {window} days",
            wording_zh="近{window}天新增争议的发票张数",
            reason_en="Invoices it newly disputed over the last {window} days: {value}",
            reason_zh="近{window}天新对{value}张发票提出争议",
            expression=lambda t: trailing(t, "n_disputes", window),
        ),
    ]


FAMILY = Family(
    name="disputes",
    title_en="Disputes",
    title_zh="争议",
    about_en="What the customer objects to. Without a direction of risk, because a dispute may be the supplier's own fault.",
    about_zh="客户提出异议的款项。争议可能源于供应商自身，因此不设风险方向。",
    declare=declare,
)

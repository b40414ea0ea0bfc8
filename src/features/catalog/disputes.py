"""Disputes: what the customer objects to. Free in direction: a dispute may be the supplier's fault."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from features.catalog.ageing import net_balance
from features.declaration import Feature, ratio, trailing
from features.money import amount

_credit = partial(
    Feature,
    source="disputes",
    family="disputes",
    pillar="credit_record",
    unit="share",
    direction=0,
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
        wording_en="share of the open balance under dispute",
        wording_zh="未结余额中争议金额的占比",
        reason_en="{value} of the open balance is under dispute",
        reason_zh="未结余额中{value}处于争议中",
        expression=lambda t: ratio(amount(t.disputed), net_balance(t)),
    )


def _windowed(window: int) -> list[Feature]:
    return [
        _credit(
            measure="opened",
            aggregate="share",
            window_days=window,
            states=("disputed", "billing"),
            wording_en="amount disputed in the last {window} days against the amount billed then",
            wording_zh="近{window}天新增争议金额与开票金额之比",
            reason_en="Disputed {value} of what was billed over the last {window} days",
            reason_zh="近{window}天新增争议金额占开票金额的{value}",
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
            wording_en="invoices disputed for the first time in the last {window} days",
            wording_zh="近{window}天首次被争议的发票数",
            reason_en="Disputed {value} invoices over the last {window} days",
            reason_zh="近{window}天对{value}张发票提出争议",
            expression=lambda t: trailing(t, "n_disputes", window),
        ),
    ]

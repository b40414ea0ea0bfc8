"""Credit events: what courts, insurers and collectors have reported."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from features.declaration import Feature, trailing

YEAR, THREE_YEARS = 365, 1095
_credit = partial(
    Feature,
    source="events",
    family="events",
    pillar="credit_record",
    states=("events",),
    unit="count",
    direction=1,
    low=0.0,
)


def declare(windows: Sequence[int]) -> list[Feature]:  # noqa: ARG001 - one signature for all families
    """The features of the family."""
    adverse = [
        _credit(
            measure="adverse",
            aggregate="count",
            window_days=window,
            wording_en="adverse credit events that became known in the last {window} days",
            wording_zh="近{window}天获知的负面信用事件数",
            reason_en="{value} adverse credit events became known in the last {window} days",
            reason_zh="近{window}天获知{value}起负面信用事件",
            expression=partial(trailing, measure="n_adverse", window=window),
        )
        for window in (YEAR, THREE_YEARS)
    ]
    return [*adverse, *_OTHERS]


_OTHERS: tuple[Feature, ...] = (
    _credit(
        measure="adverse",
        aggregate="days_since",
        unit="days",
        direction=-1,
        wording_en="days since the last adverse credit event became known",
        wording_zh="距最近一次负面信用事件的天数",
        reason_en="An adverse credit event became known {value} ago",
        reason_zh="{value}前获知负面信用事件",
        expression=lambda t: t.asked - t.last_adverse,
    ),
    _credit(
        measure="payment_plans",
        aggregate="count",
        window_days=THREE_YEARS,
        wording_en="payment plans asked for in the last {window} days",
        wording_zh="近{window}天申请的分期还款计划数",
        reason_en="Asked for {value} payment plans in the last {window} days",
        reason_zh="近{window}天申请了{value}次分期还款",
        expression=lambda t: trailing(t, "n_plans", THREE_YEARS),
    ),
    _credit(
        measure="external_rating",
        unit="ratio",
        direction=1,
        low=1.0,
        high=10.0,
        wording_en="external rating known last, 1 (AAA) to 10 (D)",
        wording_zh="最近外部评级（1为AAA，10为D）",
        reason_en="Its external rating is {value} on a scale from 1 (AAA) to 10 (D)",
        reason_zh="外部评级为{value}（1为AAA，10为D）",
        expression=lambda t: t.rating,
    ),
    _credit(
        measure="payment_plans_broken",
        aggregate="count",
        window_days=THREE_YEARS,
        states=("broken_plans",),
        wording_en="payment plans that ended in the last {window} days with items still open",
        wording_zh="近{window}天到期仍未结清的分期还款计划数",
        reason_en="Did not keep {value} payment plans in the last {window} days",
        reason_zh="近{window}天有{value}项分期还款计划未履约",
        expression=lambda t: trailing(t, "n_broken", THREE_YEARS),
    ),
)

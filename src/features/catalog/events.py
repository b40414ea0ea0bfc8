"""Credit events: what courts, insurers and collectors have reported."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from features.declaration import Family, Feature, trailing

YEAR, THREE_YEARS = 365, 1095
_credit = partial(
    Feature,
    source="events",
    family="events",
    subject="events",
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
            wording_en="number of adverse credit events that became known in the last {window} days",
            wording_zh="近{window}天获知的负面信用事件次数",
            reason_en="Adverse credit events that became known in the last {window} days: {value}",
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
        wording_zh="距最近一次获知负面信用事件的天数",
        reason_en="Its last adverse credit event became known {value} ago",
        reason_zh="最近一次负面信用事件于{value}前获知",
        expression=lambda t: t.asked - t.last_adverse,
    ),
    _credit(
        measure="payment_plans",
        subject="payment plans",
        aggregate="count",
        window_days=THREE_YEARS,
        wording_en="number of payment plans asked for in the last 36 months",
        wording_zh="近36个月申请分期付款的次数",
        reason_en="Payment plans it asked for in the last 36 months: {value}",
        reason_zh="近36个月申请分期付款{value}次",
        expression=lambda t: trailing(t, "n_plans", THREE_YEARS),
    ),
    _credit(
        measure="external_rating",
        subject="external rating",
        unit="points",
        direction=1,
        low=1.0,
        high=10.0,
        wording_en="latest external rating, from 1 (AAA) to 10 (D)",
        wording_zh="最近一次外部评级（1为AAA，10为D）",
        reason_en="Its external rating is {value} on a scale from 1 (AAA) to 10 (D)",
        reason_zh="外部评级为{value}（1为AAA，10为D）",
        expression=lambda t: t.rating,
    ),
    _credit(
        measure="payment_plans_broken",
        subject="payment plans",
        aggregate="count",
        window_days=THREE_YEARS,
        states=("broken_plans",),
        wording_en="number of payment plans broken in the last 36 months: they ended with items still open",
        wording_zh="近36个月未履约（到期仍未结清）的分期付款计划数",
        reason_en="Payment plans it did not keep in the last 36 months: {value}",
        reason_zh="近36个月有{value}项分期付款计划未履约",
        expression=lambda t: t.n_broken,
    ),
)


FAMILY = Family(
    name="events",
    title_en="Credit events",
    title_zh="信用事件",
    about_en="What courts, credit insurers, rating agencies and collectors have reported: insolvency, write-off, ceased trading, insurer claim and legal action count as adverse.",
    about_zh="法院、信用保险公司、评级机构和催收方报告的事件。破产、核销、停业、保险索赔和法律诉讼计为负面事件。",
    declare=declare,
)

"""Business context: who the customer is, and how long we know it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import ibis
import ibis.expr.types as ir

from features.declaration import Family, Feature

MONTH = 30.4375
SIZES = ((2e6, "micro"), (10e6, "small"), (50e6, "medium"))
"""Upper bounds of yearly revenue: Commission Recommendation 2003/361/EC, in reporting currency."""
CLOCKLESS = ("customer_industry", "customer_country", "customer_legal_form", "customer_group_size")
"""Features of today's master record, on every day, where `master_history` is not delivered."""
_context = partial(
    Feature,
    source="customer",
    family="customers",
    subject="who it is",
    role="context",
    pillar="business_context",
    states=("customers",),
)
_category = partial(_context, unit="category", direction=0)


def declare(windows: Sequence[int]) -> list[Feature]:  # noqa: ARG001 - one signature for all families
    """The features of the family."""
    return [*_NUMBERS, *_CATEGORIES]


def _months_since(t: ir.Table, day: str) -> ir.FloatingValue:
    months = (t.asked - t[day]).cast("float64") / MONTH
    return (months >= 0).ifelse(months, ibis.null("float64"))


def _size_class(t: ir.Table) -> ir.StringValue:
    revenue = t.revenue * t.to_reporting
    cases = [(revenue < bound, label) for bound, label in SIZES]
    return ibis.cases(*cases, (revenue.notnull(), "large"), else_=ibis.null("string"))


_NUMBERS: tuple[Feature, ...] = (
    _context(
        measure="tenure",
        unit="months",
        direction=-1,
        low=0.0,
        wording_en="months since the business relation began",
        wording_zh="合作时长（月）",
        reason_en="It has been a customer for only {value}",
        reason_zh="合作时间仅{value}",
        expression=partial(_months_since, day="onboarded"),
    ),
    _context(
        measure="age",
        unit="months",
        direction=-1,
        low=0.0,
        wording_en="months since the company was founded",
        wording_zh="企业成立时长（月）",
        reason_en="The company is only {value} old",
        reason_zh="企业成立仅{value}",
        expression=partial(_months_since, day="founded"),
    ),
    _context(
        measure="group",
        aggregate="size",
        unit="count",
        direction=0,
        low=0.0,
        wording_en="number of our customers in the same group",
        wording_zh="同一集团内的我方客户数",
        reason_en="Number of our customers in its group: {value}",
        reason_zh="所属集团内共有{value}家我方客户",
        expression=lambda t: t.group_size,
    ),
    _context(
        measure="insured",
        aggregate="share",
        states=("terms",),
        unit="share",
        direction=0,
        low=0.0,
        high=1.0,
        wording_en="share of an insured loss that the credit insurer pays out",
        wording_zh="信用保险的赔付比例",
        reason_en="The credit insurer pays {value} of an insured loss",
        reason_zh="信用保险赔付承保损失的{value}",
        expression=lambda t: t.insured_share,
    ),
)


_CATEGORIES: tuple[Feature, ...] = (
    _category(
        measure="industry",
        wording_en="industry",
        wording_zh="行业",
        reason_en="Its industry is {value}",
        reason_zh="所属行业：{value}",
        expression=lambda t: t.industry,
    ),
    _category(
        measure="country",
        wording_en="country",
        wording_zh="国家（地区）",
        reason_en="Its country is {value}",
        reason_zh="所在国家（地区）：{value}",
        expression=lambda t: t.country,
    ),
    _category(
        measure="legal_form",
        wording_en="legal form",
        wording_zh="企业法律形式",
        reason_en="Its legal form is {value}",
        reason_zh="企业法律形式：{value}",
        expression=lambda t: t.legal_form,
    ),
    _category(
        measure="size_class",
        states=("statements",),
        wording_en="size class by yearly revenue: micro, small, medium, large",
        wording_zh="按年营业收入划分的企业规模：微型、小型、中型、大型",
        reason_en="Its size class is {value}",
        reason_zh="企业规模：{value}",
        expression=_size_class,
    ),
)


FAMILY = Family(
    name="customers",
    title_en="Who the customer is",
    title_zh="客户基本情况",
    about_en="How long we know the customer and how long it exists, where and in what form it trades, and what stands behind it.",
    about_zh="合作与成立的时长，行业、地区、法律形式与规模，以及集团和信用保险等背景。",
    declare=declare,
)

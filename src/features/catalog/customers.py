"""Business context: who the customer is, and how long we know it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import ibis
import ibis.expr.types as ir

from features.declaration import Feature

MONTH = 30.4375
SIZES = ((2e6, "micro"), (10e6, "small"), (50e6, "medium"))
"""Upper bounds of yearly revenue: Commission Recommendation 2003/361/EC, in reporting currency."""
_context = partial(
    Feature, source="customer", family="customers", pillar="business_context", states=("customers",)
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
        wording_en="months since the first day of the business relation",
        wording_zh="合作月数",
        reason_en="A customer for only {value}",
        reason_zh="合作仅{value}",
        expression=partial(_months_since, day="onboarded"),
    ),
    _context(
        measure="age",
        unit="months",
        direction=-1,
        low=0.0,
        wording_en="months since the company was founded",
        wording_zh="企业成立月数",
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
        wording_en="customers of ours in the same group",
        wording_zh="同一集团内的客户数",
        reason_en="{value} customers belong to its group",
        reason_zh="所属集团共有{value}家客户",
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
        wording_zh="信用保险赔付比例",
        reason_en="The credit insurer covers {value} of a loss",
        reason_zh="信用保险承担损失的{value}",
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
        wording_zh="国家",
        reason_en="Its country is {value}",
        reason_zh="所在国家：{value}",
        expression=lambda t: t.country,
    ),
    _category(
        measure="legal_form",
        wording_en="legal form",
        wording_zh="法律形式",
        reason_en="Its legal form is {value}",
        reason_zh="法律形式：{value}",
        expression=lambda t: t.legal_form,
    ),
    _category(
        measure="size_class",
        states=("statements",),
        wording_en="size class by yearly revenue: micro, small, medium, large",
        wording_zh="按年营业收入划分的规模（微型、小型、中型、大型）",
        reason_en="Its size class is {value}",
        reason_zh="企业规模：{value}",
        expression=_size_class,
    ),
)

"""Rules of statements as a series of periods: where one ends, the next begins."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from quality.rules.rule import ROW, Book, Broken, Severity, rule

_MONTH_DAYS = 30.4375
_SLACK_DAYS = 20
"""Years of 52 or 53 weeks end some days apart, and no period is half a month long."""


@rule(
    Severity.REPORT,
    "financials",
    title=(
        "The period begins months after the one before it ended",
        "本期起始日距上一期期末有数月空档",
    ),
    remedy=(
        "Deliver the months that the figures cover, 15 for a long year and 6 for half of one: datediff('month', begin, period_end + 1); or the short period that lies between. Of 15 months stated as 12 the revenue of a year is a quarter too large",
        "请在 months 中填写报表数据实际涵盖的月数（超长年度为 15，半年为 6）：datediff('month', begin, period_end + 1)；或补交其间的短期报表。十五个月的数据若写作 12，年收入将高估四分之一",
    ),
)
def months_leave_a_gap(rows: ir.Table, book: Book) -> Broken:
    """Between the end of the customer's period before and the beginning of this one lies a part of a period, which nobody reported.

    A whole period that lies between, or several, were not delivered: that is no fault of this one. But where between all the
    statements of a customer, of three or more, a whole one is missing, they are not as short as they are said to be.
    """
    own = book.own.filter(book.own.months.between(1, 24))
    length = own.months.cast("float64") * _MONTH_DAYS
    stated = own.select(ROW, "customer_id", "period_end", length=length)
    ends = book.own.select("customer_id", before="period_end").distinct()
    both = stated.inner_join(ends, "customer_id")
    days = both.period_end.delta(both.before, unit="D").cast("float64")
    earlier = both.filter(days > both.length - _SLACK_DAYS)
    apart = earlier.period_end.delta(earlier.before, unit="D").cast("float64")
    beside = earlier.group_by([ROW, "customer_id", "length"]).aggregate(apart=apart.min())
    left = beside.apart - beside.length
    whole = (beside.apart / beside.length).round().cast("float64")
    part = (beside.apart - whole * beside.length).abs()
    gaps = beside.mutate(is_part=(left > _SLACK_DAYS) & (part > _SLACK_DAYS), is_apart=left > _SLACK_DAYS)  # fmt: skip
    of_all = gaps.group_by("customer_id").aggregate(
        n=gaps.count(), is_always=gaps.is_apart.all().fill_null(ibis.literal(value=False))
    )
    found = gaps.inner_join(of_all, "customer_id")
    found = found.filter(found.is_part | (found.is_always & (found.n > 1)))
    return {"months": rows[ROW].isin(found[ROW])}

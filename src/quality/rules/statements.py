"""Rules of financial statements. Identities are reported: the row stays, the owner of the data is told."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import ibis
import ibis.expr.types as ir

from contracts.calendar import EPOCH
from quality.rules.rule import ROW, Book, Broken, Severity, rule

_SLACK = 0.01
"""Share of total assets that rounding and minority interests may put between the two sides."""
_LARGE_FIGURES = ("total_assets", "total_liabilities", "revenue")
_ONE_PURSE = ["customer_id", "currency"]
_THOUSANDS = 3
_UNITS = (_THOUSANDS, 2, 4, 6)
"""Powers of ten between units that statements are printed in: thousands, cents, the ten thousands of China and Japan, millions."""
_NEAR = 3.0
"""From one statement to the next a firm may have grown threefold, or shrunk to a third, and still the unit is to blame."""
_ALIKE = 2.0
"""A firm that grows a hundredfold from its first year to its second does not do so in all figures alike; a unit does."""
_NEAR_MEDIAN = 10.0
_MIN_STATEMENTS = 3
_MIN_FIGURES = 2
_MONTH_DAYS = 30.4
_MIN_FILED = 30
"""Customers that filed a year: of fewer it is no news that none filed the next."""
_THIN_YEAR = 0.25
"""A year that less than this share of last year's customers filed is missing."""
_USUAL_LAG = 0.95
"""By then a statement is usually published: this quantile of the days from period end to publication ..."""
_GRACE_DAYS = 30
"""... and so many days more."""
_YEAR_DAYS = 366
_SLACK_DAYS = 15
"""Years of 52 or 53 weeks end some days apart."""

_SAID_BY: Mapping[str, tuple[str, str] | tuple[None, None]] = MappingProxyType(
    {
        "cogs": ("revenue", "gross_profit"),
        "depreciation": ("ebitda", "ebit"),
        "interest_expense": (None, None),
    }
)
"""By cost, the figures that differ by it: revenue - cogs = gross profit, EBITDA - depreciation = EBIT."""
_MEANT = 100
"""They agree to a hundredth of the cost."""


@rule(
    Severity.REPORT,
    "financials",
    title=(
        "Assets differ from liabilities plus equity by more than 1%",
        "资产与负债加权益之差超过 1%",
    ),
    remedy=(
        "Check that all three are in the same unit and that equity includes minority interests",
        "检查三者单位是否一致，权益是否包含少数股东权益",
    ),
)
def assets_do_not_balance(rows: ir.Table, _book: Book) -> Broken:
    """|total assets - total liabilities - equity| > 1 % of total assets."""
    gap = (rows.total_assets - rows.total_liabilities - rows.equity).abs()
    return {"total_assets": gap.cast("float64") > _slack(rows)}


@rule(
    Severity.REPORT,
    "financials",
    title=("A part of the balance sheet is larger than the whole", "资产负债表分项大于总计"),
    remedy=(
        "Check the units: parts and totals of one statement must be in the same one",
        "检查单位：同一报表的分项与总计单位必须一致",
    ),
)
def part_exceeds_total(rows: ir.Table, _book: Book) -> Broken:
    """An asset above total assets, or current above total liabilities, by more than 1 % of total assets."""
    assets = ("current_assets", "cash", "receivables", "inventory")
    pairs = dict.fromkeys(assets, "total_assets") | {"current_liabilities": "total_liabilities"}
    return {
        part: (rows[part] - rows[total]).cast("float64") > _slack(rows)
        for part, total in pairs.items()
    }


@rule(
    Severity.REPORT,
    "financials",
    title=("Total assets are not positive", "资产总额不为正"),
    remedy=(
        "Leave a figure that is not known missing, not nought",
        "未知数值应留空，不要填 0",
    ),
)
def assets_not_positive(rows: ir.Table, _book: Book) -> Broken:
    """Every ratio to assets of this statement will be missing."""
    return {"total_assets": rows.total_assets <= 0}


@rule(
    Severity.QUARANTINE,
    "financials",
    title=("The period is not 1 to 24 months long", "报告期不在 1 至 24 个月之间"),
    remedy=(
        "Deliver the length of the period in months: 12 for a year, 3 for a quarter",
        "请提供以月计的报告期长度：一年为 12，一季度为 3",
    ),
)
def period_length_out_of_range(rows: ir.Table, _book: Book) -> Broken:
    """A short or long first year is legal; nought or years of 365 'months' are not."""
    return {"months": ~rows.months.between(1, 24)}


@rule(
    Severity.QUARANTINE,
    "financials",
    title=("A cost has a minus sign", "成本费用为负数"),
    remedy=(
        "Deliver costs as positive figures: write abs(x) in the SELECT where the source prints them with a minus, and greatest(x, 0) where it sets income off against them",
        "成本费用请以正数交付：若来源以负号列示，请在 SELECT 中使用 abs(x)；若已与收入相抵，请使用 greatest(x, 0)",
    ),
)
def cost_with_minus_sign(rows: ir.Table, book: Book) -> Broken:
    """Revenue less cogs of -600 is a gross margin of 160 %. Asked where there is revenue: a refund may outweigh a cost.

    A statement that means it says so: its own gross profit is above its revenue by just that cost (its EBIT above its EBITDA by
    just that depreciation). It proves nothing where most of a delivery is printed with a minus: then the profit was made from it.
    """
    broken: Broken = {}
    for name, (whole, rest) in _SAID_BY.items():
        is_minus = (rows[name] < 0) & (rows.revenue > 0)
        if whole is not None:
            with_cost = book.own.filter(book.own.revenue > 0, book.own[name] != 0)
            most = (with_cost[name] < 0).cast("int64").mean() > 0.5
            is_meant = (rows[whole] - rows[name] - rows[rest]).abs() * _MEANT <= rows[name].abs()
            no = ibis.literal(value=False)
            is_minus &= ~(is_meant.fill_null(no) & ~most.as_scalar().fill_null(no))
        broken[name] = is_minus
    return broken


def _slack(rows: ir.Table) -> ir.FloatingValue:
    return rows.total_assets.cast("float64").abs() * _SLACK


@rule(
    Severity.QUARANTINE,
    "financials",
    title=(
        "A statement in another unit than the customer's others",
        "报表单位与该客户其他报表不同",
    ),
    remedy=(
        "Bring them to one unit in the SELECT: statements in thousands times 1,000, those in cents divided by 100; look at one customer's figures over the years",
        "在 SELECT 中统一单位：以千为单位的报表乘以 1000，以分为单位的除以 100；对比同一客户各年数据",
    ),
)
def statement_unit_jump(rows: ir.Table, book: Book) -> Broken:
    """Every large figure is about 100, 1,000, 10,000 or a million times that of the statement before, or such a part of it: there the unit changed.

    A firm may grow or shrink, but not total assets, total liabilities and revenue by one and the same power of ten from one
    statement to the next. Statements are compared within a currency: yen after euros are no other unit. One statement among three
    or more that is in another unit than the rest, and as far from the customer's median, is broken. Where there are two in all,
    or several in either unit, nobody can say which is wrong: all of them are unknown.
    """
    own = book.own
    figures = {name: own[name].cast("float64").nullif(0.0) for name in _LARGE_FIGURES}
    order = ibis.window(group_by=_ONE_PURSE, order_by=["period_end", "published_on", ROW])
    beside = own.select(
        ROW,
        *_ONE_PURSE,
        "period_end",
        "published_on",
        **{name: value / value.lag().over(order) for name, value in figures.items()},
        **{
            f"{name} usual": value / value.median().over(ibis.window(group_by=_ONE_PURSE))
            for name, value in figures.items()
        },
    )
    ratios = [beside[name] for name in figures]
    alike = ibis.greatest(*ratios) <= _ALIKE * ibis.least(*ratios)
    powers = [sign * power for power in _UNITS for sign in (1, -1)]
    steps = [(_all_near(ratios, 10.0**power, _NEAR) & (alike | (abs(power) == _THOUSANDS)), power) for power in powers]  # fmt: skip
    stepped = beside.mutate(step=ibis.cases(*steps, else_=0))
    so_far = ibis.cumulative_window(
        group_by=_ONE_PURSE, order_by=["period_end", "published_on", ROW]
    )
    in_unit = stepped.mutate(unit=stepped.step.sum().over(so_far))
    units = in_unit.group_by([*_ONE_PURSE, "unit"]).aggregate(n=in_unit.count())
    whole = units.group_by(_ONE_PURSE).aggregate(
        every=units.n.sum(), most=units.n.max(), usual_unit=units.unit.argmax(units.n)
    )
    both = in_unit.inner_join(units, [*_ONE_PURSE, "unit"]).inner_join(whole, _ONE_PURSE)
    usual = [both[f"{name} usual"] for name in figures]
    apart = both.unit - both.usual_unit
    is_far = ibis.or_(*((apart == power) & _all_near(usual, 10.0**power, _NEAR_MEDIAN) for power in powers))  # fmt: skip
    is_single = (both.every - both.most == 1) & (both.every >= _MIN_STATEMENTS)
    found = both.filter(both.most < both.every, ~is_single | ((both.n < both.most) & is_far))
    return {"total_assets": rows[ROW].isin(found[ROW])}


def _all_near(ratios: list[ir.FloatingValue], factor: float, near: float) -> ir.BooleanValue:
    """Whether at least two of the ratios are known, and those that are lie within `near` times of the factor."""
    known = sum(
        (one.notnull().cast("int8") for one in ratios[1:]), ratios[0].notnull().cast("int8")
    )
    within = [one.isnull() | one.between(factor / near, factor * near) for one in ratios]
    return (known >= _MIN_FIGURES) & ibis.and_(*within)


@rule(
    Severity.REPORT,
    "financials",
    title=("Two statements cover the same months", "两份报表的报告期重叠"),
    remedy=(
        "Deliver a restated statement with the same period_end, and years and quarters with their own `months`",
        "重述报表使用相同的 period_end；年报与季报请填写各自的 months",
    ),
)
def overlapping_statements(rows: ir.Table, book: Book) -> Broken:
    """A statement of equal length ends inside this one's period, more than half a month from either end of it."""
    own = book.own
    other = own.select("customer_id", "months", other_end="period_end").distinct()
    both = own.inner_join(other, ["customer_id", "months"])
    days = both.period_end.delta(both.other_end, unit="D")
    inside = both.filter(days > _SLACK_DAYS, days < both.months * _MONTH_DAYS - _SLACK_DAYS)
    return {"period_end": rows[ROW].isin(inside[ROW])}


@rule(
    Severity.REPORT,
    "financials",
    title=(
        "Of these customers the statements of the following year are missing, although they are due",
        "这些客户的下一年度报表已过公布期，但均未交付",
    ),
    remedy=(
        "Look for a file or a feed that ended; until it comes, these customers are judged on figures more than a year old",
        "检查报表文件或数据源是否中断；补交之前，只能依据一年多以前的数据评估这些客户",
    ),
)
def next_year_of_statements_missing(rows: ir.Table, book: Book) -> Broken:
    """Fewer than a quarter of the customers whose period ended in a month have one that ended twelve months later.

    Asked of months in which 30 customers or more ended a period, once the usual time to publication (the 95th percentile of
    this book) and 30 days have passed: a single customer may file late, or have failed.
    """
    own = book.own.mutate(month=book.own.period_end.year() * 12 + book.own.period_end.month())
    lag = own.aggregate(lag=own.published_on.delta(own.period_end, unit="D").quantile(_USUAL_LAG))
    filed = own.group_by("month").aggregate(
        filers=own.customer_id.nunique(), last=own.period_end.max().epoch_days()
    )
    year_before = filed.select(month=filed.month + 12, before="filers", due=filed.last + _YEAR_DAYS)
    both = year_before.left_join(filed, "month").cross_join(lag)
    complete = (book.complete_until - EPOCH).days
    missing = both.filter(
        both.before >= _MIN_FILED,
        both.due + both.lag + _GRACE_DAYS <= complete,
        ibis.coalesce(both.filers, 0) < both.before * _THIN_YEAR,
    ).select(month=both.month - 12)
    ended = rows.period_end.year() * 12 + rows.period_end.month()
    return {"period_end": ended.isin(missing.month)}

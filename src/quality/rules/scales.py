"""Rules of what others measure: an index or a figure whose scale changed within its history."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from contracts.tables.spec import Kind, Table
from quality.rules.rule import ROW, Book, Broken, Severity, rule

_NUMBERS = (Kind.NUMBER, Kind.COUNT, Kind.MONEY)
_MIN_CUSTOMERS = 30
"""Customers that were told of before, and are again: of fewer nobody can say what a month did to the whole feed."""
_TIMES = 5.0
"""A value so many times the one before, or so small a part of it ..."""
_NEARLY_ALL = 0.9
"""... for this share of the customers, in one month and one direction, is no news of customers."""
_FAR = 3.0
"""The middle moved by so many times what customers differ by (from the 5th to the 95th percentile)."""
_LOW, _HIGH = 0.05, 0.95
_ORDER = 0.5
"""Rank correlation of a customer's value with its next one: usually above it, and where the scale was turned round below minus it."""
_ALIKE = 2.0
"""Back on the scale: within so many times, or such a part, of what the customer had before the change, for nearly all, and in the old order."""
_ROWS = 10**10
"""More than a table has."""
_MIN_MONTHS = 3
"""Months that tell what is usual for the order."""
_RARE = 1.0 / 3.0
"""A number of which more months than this share look so counts something that moves by nature, such as days."""


@rule(
    Severity.QUARANTINE,
    "attributes",
    title=(
        "From a month on a column of your own is of another scale",
        "自某月起，自定义列采用了另一种尺度",
    ),
    remedy=(
        "Ask who delivers it what changed and on which day, and bring the newer values to the older scale in the SELECT: CASE WHEN known_on >= DATE '2025-03-01' THEN x / 10 ELSE x END (or 100 - x where best and worst changed places). Until then a model reads them as values of the scale it has learned",
        "请向数据提供方确认改变的内容与日期，并在 SELECT 中将新值换算为原尺度：CASE WHEN known_on >= DATE '2025-03-01' THEN x / 10 ELSE x END（若好坏方向颠倒，则为 100 - x）。在此之前，模型会将其当作所学尺度的数值",
    ),
)
def values_of_another_scale(rows: ir.Table, book: Book) -> Broken:
    """In one month nearly every customer's number is five times the one before, or a fifth; or lies where none lay; or best and worst changed places.

    Asked of months in which 30 customers or more are told of again. From such a month on every row is set aside, until a month brings the
    scale back: by a step the other way, or by numbers that are again what they were before the change. (Where customers are told of by
    turns, those of the month of return were last told of before the change, and step nowhere.) A number that does so time and again moves by nature, with the season or the calendar, and is let be.
    """
    if book.rescaled is None:
        return {}
    nowhere = {numbers(book.contract)[0]: ibis.literal(False)}
    return {name: rows[ROW].isin(places) for name, places in book.rescaled.items()} or nowhere


def numbers(contract: Table) -> list[str]:
    """The columns that have a scale."""
    return [one.name for one in contract.columns if one.kind in _NUMBERS]


def rescaled(told: ir.Table) -> ir.Table:
    """Rows of months in which a column is of another scale: `.row`, `column`.

    Args:
        told: of `steps`.
    """
    spans = _until_back(told, _spans(_months(told)))
    within = told.inner_join(
        spans,
        [
            told["column"] == spans["column"],
            told["month"] >= spans["since"],
            told["month"] < spans["until"],
        ],
    )
    return within.select(told[ROW], told["column"])


def steps(own: ir.Table, names: Sequence[str]) -> ir.Table:
    """One row per (row, column) that has a value: `value`, and `before`, which the customer had last; `month` it became known in.

    Args:
        own: rows with `.row`, customer_id and known_on.
        names: columns of numbers; a row of the table is laid out once for each.
    """
    numbers = own.select(ROW, "customer_id", "known_on", **{name: own[name].cast("float64") for name in names})  # fmt: skip
    long = numbers.pivot_longer(names, names_to="column", values_to="value")
    long = long.filter(long["value"].notnull())
    one = ibis.window(group_by=["column", "customer_id"], order_by=["known_on", ROW])
    return long.mutate(before=long["value"].lag().over(one), month=long["known_on"].truncate("M"))


def _months(told: ir.Table) -> ir.Table:
    """By column and month that is judged: `direction`, 1 or -1 where it looks like another scale, else 0; and whether the order `turned`."""
    by = ["column", "month"]
    both = told.filter(told["before"].notnull())
    both = both.mutate(
        place=ibis.rank().over(ibis.window(group_by=by, order_by="value")),
        place_before=ibis.rank().over(ibis.window(group_by=by, order_by="before")),
    )
    value, before = both["value"], both["before"]
    months = both.group_by(by).aggregate(
        n=both["customer_id"].nunique(),
        larger=_share(value * before > 0, value.abs() >= _TIMES * before.abs()),
        smaller=_share(value * before > 0, value.abs() * _TIMES <= before.abs()),
        shift=value.median() - before.median(),
        spread=_spread(value),
        spread_before=_spread(before),
        order=both["place"].corr(both["place_before"], how="pop"),
    )
    months = months.filter(months["n"] >= _MIN_CUSTOMERS)
    least = ibis.least(months["spread"], months["spread_before"])
    is_far = (least > 0) & (months["shift"].abs() > _FAR * least)
    earlier = ibis.window(group_by="column", order_by="month", rows=(None, -1))
    order = months["order"]
    is_usual = (order.median().over(earlier) >= _ORDER) & (order.count().over(earlier) >= _MIN_MONTHS)  # fmt: skip
    return months.select(
        *by,
        direction=ibis.cases(
            ((months["larger"] >= _NEARLY_ALL) | (is_far & (months["shift"] > 0)), 1),
            ((months["smaller"] >= _NEARLY_ALL) | (is_far & (months["shift"] < 0)), -1),
            else_=0,
        ),
        turned=(is_usual & (order <= -_ORDER)).fill_null(False),
    )


def _share(of: ir.BooleanValue, which: ir.BooleanValue) -> ir.FloatingValue:
    """Share of the customers with two numbers of one sign that are so; missing where fewer than enough have."""
    n = of.cast("int64").sum()
    return (of & which).cast("int64").sum() / ibis.cases((n >= _MIN_CUSTOMERS, n), else_=None)


def _spread(value: ir.FloatingColumn) -> ir.FloatingScalar:
    return value.quantile(_HIGH) - value.quantile(_LOW)


def _spans(months: ir.Table) -> ir.Table:
    """By column the months [since, until) in which it is of another scale."""
    whole = months.group_by("column").aggregate(
        judged=months.count(),
        found=((months["direction"] != 0) | months["turned"]).cast("int64").sum(),
    )
    rare = whole.filter(whole["found"] <= _RARE * whole["judged"]).select("column")
    found = months.semi_join(rare, "column").filter((months["direction"] != 0) | months["turned"])
    turns = _in_order(found)
    first = turns.group_by("column").aggregate(
        first=turns["direction"].argmin(turns["month"]), changes=turns["is_change"].sum()
    )
    told = turns.inner_join(first.filter(first["changes"] <= 1), "column")
    back = told.filter(told["direction"] != told["first"])
    back = back.group_by("column").aggregate(until=back["month"].min())
    ours = told.filter(told["direction"] == told["first"]).group_by("column")
    since = ours.aggregate(since=told["month"].min())
    both = since.left_join(back, "column")
    return both.select("column", "since", until=both["until"].coalesce(ibis.date(9999, 12, 31)))


def _until_back(told: ir.Table, spans: ir.Table) -> ir.Table:
    """The spans, each ended by the first month whose numbers are those from before it, where that is earlier."""
    ours = told.inner_join(spans, "column")
    last = ours.filter(ours["month"] < ours["since"]).group_by(["column", "customer_id"])
    newest = ours["known_on"].epoch_days() * _ROWS + ours[ROW]  # one row in any order of reading
    anchors = last.aggregate(anchor=ours["value"].argmax(newest))
    later = ours.filter(ours["month"] >= ours["since"], ours["month"] < ours["until"])
    both = later.inner_join(anchors, ["column", "customer_id"])
    by = ["column", "month"]
    both = both.mutate(
        place=ibis.rank().over(ibis.window(group_by=by, order_by="value")),
        place_before=ibis.rank().over(ibis.window(group_by=by, order_by="anchor")),
    )
    value, anchor = both["value"], both["anchor"]
    is_alike = (value == anchor) | ((value * anchor > 0) & (value.abs() <= _ALIKE * anchor.abs()) & (value.abs() * _ALIKE >= anchor.abs()))  # fmt: skip
    months = both.group_by(by).aggregate(
        n=both["customer_id"].nunique(),
        alike=is_alike.cast("int64").mean(),
        order=both["place"].corr(both["place_before"], how="pop"),
    )
    is_back = (months["n"] >= _MIN_CUSTOMERS) & (months["alike"] >= _NEARLY_ALL) & (months["order"] >= _ORDER)  # fmt: skip
    back = months.filter(is_back).group_by("column").aggregate(back=months["month"].min())
    whole = spans.left_join(back, "column")
    until = ibis.least(whole["until"], whole["back"].coalesce(ibis.date(9999, 12, 31)))
    return whole.select("column", "since", until=until)


def _in_order(found: ir.Table) -> ir.Table:
    """The months found, where the direction changes marked: a season comes up and goes down again and again."""
    before = ibis.window(group_by="column", order_by="month")
    last = found["direction"].lag().over(before)
    return found.mutate(is_change=(found["direction"] != last).fill_null(False).cast("int64"))

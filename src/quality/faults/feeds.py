"""Faults of what others measure and deliver: an index, a headcount, a figure of a bureau."""

from __future__ import annotations

from contracts.tables.spec import Kind
from quality.faults.fault import Sheet, Strike, fault
from quality.faults.sql import quoted


@fault(
    {"attributes": "values_of_another_scale"},
    en="A bureau delivers its index on another scale",
    zh="征信机构改用另一种尺度提供指数",
    note="the share is one of months; of the one in which most customers are told of again, every number is ten times itself",
)
def feed_of_another_scale(sheet: Sheet) -> Strike:
    """From 0 to 100 it became from 0 to 1,000, and the letter that said so went to somebody else."""
    numbers = [one.name for one in sheet.contract.columns if one.kind is Kind.NUMBER]
    month = "date_trunc('month', {}.known_on)"
    fullest = (
        f"SELECT {month.format('a')} AS m FROM rows AS a SEMI JOIN rows AS b "  # noqa: S608 - no outside text
        "ON a.customer_id = b.customer_id AND b.known_on < a.known_on "
        "GROUP BY m ORDER BY count(DISTINCT a.customer_id) DESC, m DESC LIMIT 1"
    )
    return Strike(
        {name: f"r.{quoted(name)} * 10" for name in numbers},
        where=f"{month.format('r')} = ({fullest})" if numbers else "FALSE",
        whole=month.format("r"),
    )

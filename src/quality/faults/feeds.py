"""Faults of what others measure and deliver: an index, a headcount, a figure of a bureau."""

from __future__ import annotations

from contracts.tables.spec import Kind
from quality.faults.fault import Deed, Sheet, Strike, fault
from quality.faults.sql import everywhere, quoted


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


_LAST_YEAR = "r.{0} > (SELECT max({0}) FROM {1}) - INTERVAL 1 YEAR"
_ENDED = {
    "events": "r.kind = 'external_rating'",
    "payments": "r.kind = 'fee'",
    "invoices": "r.kind = 'credit_note'",
    "fx_rates": "r.currency = (SELECT max(currency) FROM fx_rates)",
}
"""Of a table that is not named every row."""


@fault(
    {
        "events": "defaults_end_early",
        "payments": "defaults_end_early",
    },
    en="Insolvencies, or returned payments, are delivered no more",
    zh="不再交付破产事件或退回付款",
    note="those of the last year, all of them; the rest of the delivery goes on",
)
def feed_of_defaults_ended(sheet: Sheet) -> Strike:
    """The bureau's contract has ended, or the bank's file of returned debits has a new name."""
    kind = "insolvency" if sheet.contract.name == "events" else "reversal"
    return _ended(sheet, f"r.kind = '{kind}'")


@fault(
    everywhere(
        "kind_ends_early",
        ("events", "payments", "invoices", "disputes", "attributes", "financials", "fx_rates"),
    ),
    en="Ratings, fees, credit notes, disputes, a bureau's columns, statements or rates are delivered no more",
    zh="不再交付评级、手续费、贷项凭证、争议、征信机构的列、报表或汇率",
    note="those of the last year, all of them; the rest of the delivery goes on",
)
def feed_of_a_kind_ended(sheet: Sheet) -> Strike:
    """Somebody else keeps them now, in another system."""
    return _ended(sheet, _ENDED.get(sheet.contract.name, "TRUE"))


def _ended(sheet: Sheet, which: str) -> Strike:
    late = _LAST_YEAR.format(sheet.contract.known, sheet.contract.name)
    return Strike({}, where=f"{which} AND {late}", deed=Deed.REMOVED, whole="'the last year'")

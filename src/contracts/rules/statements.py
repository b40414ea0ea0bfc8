"""Rules of financial statements. Identities are reported: the row stays, the owner of the data is told."""

from __future__ import annotations

import ibis.expr.types as ir

from contracts.rules.rule import Book, Broken, Severity, rule

_SLACK = 0.01
"""Share of total assets that rounding and minority interests may put between the two sides."""


@rule(
    Severity.REPORT,
    "financials",
    en="Assets differ from liabilities plus equity by more than 1 %",
    zh="资产与负债加权益之差超过 1%",
    remedy="Check that all three are in the same unit and that equity includes minority interests",
)
def assets_do_not_balance(rows: ir.Table, _book: Book) -> Broken:
    """|total assets - total liabilities - equity| > 1 % of total assets."""
    gap = (rows.total_assets - rows.total_liabilities - rows.equity).abs()
    return {"total_assets": gap.cast("float64") > _slack(rows)}


@rule(
    Severity.REPORT,
    "financials",
    en="A part of the balance sheet is larger than the whole",
    zh="资产负债表分项大于总计",
    remedy="Check the units: parts and totals of one statement must be in the same one",
)
def part_exceeds_total(rows: ir.Table, _book: Book) -> Broken:
    """Current assets above total assets, or current above total liabilities, by more than 1 % of total assets."""
    pairs = {"current_assets": "total_assets", "current_liabilities": "total_liabilities"}
    return {
        part: (rows[part] - rows[total]).cast("float64") > _slack(rows)
        for part, total in pairs.items()
    }


@rule(
    Severity.REPORT,
    "financials",
    en="Total assets are not positive",
    zh="资产总额不为正",
    remedy="Leave a figure that is not known missing, not nought",
)
def assets_not_positive(rows: ir.Table, _book: Book) -> Broken:
    """Every ratio to assets of this statement will be missing."""
    return {"total_assets": rows.total_assets <= 0}


@rule(
    Severity.QUARANTINE,
    "financials",
    en="The period is not 1 to 24 months long",
    zh="报告期不在 1 至 24 个月之间",
    remedy="Deliver the length of the period in months: 12 for a year, 3 for a quarter",
)
def period_length_out_of_range(rows: ir.Table, _book: Book) -> Broken:
    """A short or long first year is legal; nought or years of 365 'months' are not."""
    return {"months": ~rows.months.between(1, 24)}


def _slack(rows: ir.Table) -> ir.FloatingValue:
    return rows.total_assets.cast("float64").abs() * _SLACK

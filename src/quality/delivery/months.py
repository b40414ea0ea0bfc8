"""A table as a series of months, and the rules about what is missing from them."""

from __future__ import annotations

from datetime import date, timedelta

import ibis.expr.types as ir

from contracts.calendar import add_months, first_of_month
from contracts.tables.spec import Table
from quality.delivery.finding import N_EXAMPLES, Example, Finding
from quality.delivery.rows import MONEY, holds_money
from quality.rules.catalogue import rules_of
from quality.rules.rule import Gap, Month, MonthRule


def ask_months(rows: ir.Table, contract: Table, until: date, n_rows: int) -> tuple[Finding, ...]:
    """Asks the rules about months.

    Args:
        rows: the rows with `.money`.
        contract: of the rows.
        until: last complete day.
        n_rows: how many rows there are.
    """
    rules = [one for one in rules_of(contract.name) if isinstance(one, MonthRule)]
    if not rules:
        return ()
    months = _months(rows, str(contract.happened), until, with_amounts=False)
    if holds_money(contract) and any(rule.gaps(months) for rule in rules):
        # Only now: the money of a payment lies two tables away.
        months = _months(rows, str(contract.happened), until, with_amounts=True)
    return tuple(_finding(rule, contract, rule.gaps(months), n_rows) for rule in rules)


def missing_months(rows: ir.Table, contract: Table, until: date) -> list[date]:
    """The first days of the months that a rule finds rows missing from; see `ask_months`."""
    rules = [one for one in rules_of(contract.name) if isinstance(one, MonthRule)]
    months = _months(rows, str(contract.happened), until, with_amounts=False)
    return sorted({gap.month.first for rule in rules for gap in rule.gaps(months)})


def _months(rows: ir.Table, happened: str, until: date, *, with_amounts: bool) -> list[Month]:
    """Every month from the first with rows to the last complete one."""
    amount = {"amount": rows[MONEY].sum()} if with_amounts else {}
    counts = rows.group_by(first=rows[happened].truncate("M")).aggregate(
        rows=rows.count(), last=rows[happened].day().max(), **amount
    )
    found = {row.pop("first"): row for row in counts.to_pyarrow().to_pylist()}
    found.pop(None, None)
    last = first_of_month(until + timedelta(days=1))
    months = []
    first = min(found, default=last)
    while first < last:
        row = found.get(first, {"rows": 0})
        total = float(row.get("amount") or 0) if with_amounts else None
        months.append(Month(first, row["rows"], total, row.get("last", 0)))
        first = add_months(first, 1)
    return months


def _finding(rule: MonthRule, contract: Table, gaps: list[Gap], n_rows: int) -> Finding:
    amounts = [gap.amount for gap in gaps if gap.amount is not None]
    return Finding(
        rule,
        contract.name,
        sum(gap.rows for gap in gaps),
        n_rows,
        round(sum(amounts), 2) if amounts else None,
        tuple(
            Example(f"{gap.month.first:%Y-%m}", "rows", f"{gap.month.rows}{gap.note}")
            for gap in gaps[:N_EXAMPLES]
        ),
    )

"""The ledger as a whole against what the general ledger says is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import ibis
import ibis.expr.types as ir

from contracts.config.portfolio import BalanceConfig
from contracts.tables.raw import INVOICE_KINDS
from quality.delivery.finding import N_EXAMPLES, Example, Finding
from quality.delivery.printed import printed_money
from quality.delivery.rows import in_smallest_amounts
from quality.rules.amounts import on_account, signed
from quality.rules.catalogue import rules_of
from quality.rules.rule import Balance, BalanceRule


def ask_balances(
    table: str,
    delivered: Mapping[str, ir.Table],
    stated: Sequence[BalanceConfig],
    rates: Mapping[str, Decimal],
    reporting: str,
) -> tuple[Finding, ...]:
    """Asks the rules about balances, where any balance is stated.

    Args:
        table: the table whose rules are asked.
        delivered: every raw table after repairs, by name.
        stated: the open balances of the general ledger.
        rates: units of reporting currency for one unit of a currency, for the money of a finding.
        reporting: the reporting currency.
    """
    rules = [one for one in rules_of(table) if isinstance(one, BalanceRule)]
    if not stated or not rules:
        return ()
    balances = [
        Balance(one.on, one.currency, one.open_balance, _open(delivered, one.on, one.currency), one.tolerance)
        for one in stated
    ]  # fmt: skip
    return tuple(_finding(rule, table, balances, (rates, reporting)) for rule in rules)


def _open(delivered: Mapping[str, ir.Table], on: date, currency: str) -> Decimal:
    """Invoices - credit notes - payments on invoices + payments on credit notes - money on account, booked by the end of the day."""
    invoices = delivered["invoices"].filter(lambda rows: rows.currency == currency)
    documents = invoices.filter(invoices.booked_at <= on)
    sign = ibis.ifelse(documents.kind == INVOICE_KINDS[0], 1, -1)
    total = _sum(documents.select(amount=sign * documents.amount))
    if "payments" in delivered:
        payments = delivered["payments"].filter(lambda rows: rows.booked_at <= on)
        applied = payments.select("invoice_id", amount=signed(payments))
        paid = applied.join(invoices.select("invoice_id", "kind"), "invoice_id")
        sign = ibis.ifelse(paid.kind == INVOICE_KINDS[0], 1, -1)
        total -= _sum(paid.select(amount=sign * paid.amount))
        loose = on_account(payments, delivered["customers"])
        loose = loose.filter(loose.currency == currency)
        total -= _sum(loose.select(amount=signed(loose)))
    return total


def _sum(rows: ir.Table) -> Decimal:
    found: Decimal | None = rows.amount.sum().to_pyarrow().as_py()
    return Decimal(0) if found is None else found


def _finding(
    rule: BalanceRule,
    table: str,
    balances: Sequence[Balance],
    money_in: tuple[Mapping[str, Decimal], str],
) -> Finding:
    rates, reporting = money_in
    off = [one for one in balances if rule.differs(one)]
    money = sum(
        (abs(one.delivered - one.stated) * rates.get(one.currency, Decimal(1)) for one in off),
        Decimal(0),
    )
    examples = tuple(
        Example(
            f"{one.on} {one.currency}",
            "open_balance",
            f"{printed_money(one.delivered)} / {one.stated}",
        )
        for one in off[:N_EXAMPLES]
    )
    amount = in_smallest_amounts(money, reporting)
    return Finding(rule, table, len(off), len(balances), amount, examples)

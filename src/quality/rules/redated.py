"""Rules of rows that got the day of a migration or of a clean-up in place of their own."""

from __future__ import annotations

import ibis.expr.types as ir

from quality.rules.rule import Book, Broken, Severity, rule


@rule(
    Severity.QUARANTINE,
    "payments",
    title=(
        "Payments long overdue, of many customers, all dated to one day",
        "大量客户的逾期付款均集中在同一天",
    ),
    remedy=(
        "Deliver the original value date: this looks like the day of a migration or of a clean-up, and not like the day of payment",
        "请提供原始付款日期：该日期疑似系统迁移或集中清账日",
    ),
)
def value_date_of_migration(_rows: ir.Table, _book: Book) -> Broken:
    """Late by more than 30 days, on a day on which far more customers paid so late than on any but two others.

    When they were paid nobody can say, so their invoices are unknown. Direct debits of every first of a month, or a
    clean-up at every year's end, are days like others of their kind. Found when all tables have been asked; see
    `quality.delivery.redated`.
    """
    return {}


@rule(
    Severity.QUARANTINE,
    "invoices",
    title=(
        "Credit notes for what was long due, dated to a day that many invoices were dated to after they had been paid",
        "长期逾期发票的贷项凭证，其日期为大量发票付款后才被改写成的同一天",
    ),
    remedy=(
        "Deliver the original day of issue: this looks like the day of a migration, and not like that of the credit",
        "请提供原始开具日期：该日期疑似系统迁移日",
    ),
)
def credited_on_day_of_migration(_rows: ir.Table, _book: Book) -> Broken:
    """More than 30 days after the due day of the invoice it names, on a day whose invoices had been paid more than 30 days before.

    When that invoice was cancelled nobody can say, so it is unknown. Found when all tables have been asked; see
    `quality.delivery.redated`.
    """
    return {}

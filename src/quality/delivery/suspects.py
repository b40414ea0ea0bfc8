"""What only a whole ledger shows of its rows: copies, payments on other days and invoices than they were made, and gaps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir

from contracts.config.portfolio import PortfolioConfig
from quality.delivery.gaps import cancelled_in, open_in
from quality.delivery.grouped import paid_by_group
from quality.delivery.magnitude import of_another_magnitude
from quality.delivery.misapplied import misapplied
from quality.delivery.owed import covered
from quality.delivery.redated import credits_redated, redated
from quality.delivery.twins import copies_never_paid
from quality.delivery.undated import undated
from quality.rules.copies import copy_never_paid
from quality.rules.dates import booked_long_after_issue
from quality.rules.habits.settlement import (
    decimal_point_misplaced,
    paid_by_its_group,
    paid_on_another_invoice,
)
from quality.rules.redated import credited_on_day_of_migration, value_date_of_migration
from quality.rules.rule import ROW, RowRule
from quality.rules.series import cancelled_in_a_missing_month, open_in_a_missing_month

SHOWN_IN = {
    value_date_of_migration.name: "paid_on",
    credited_on_day_of_migration.name: "issued_on",
    open_in_a_missing_month.name: "month",
    cancelled_in_a_missing_month.name: "month",
    decimal_point_misplaced.name: "amount",
    booked_long_after_issue.name: "issued_on",
    paid_by_its_group.name: "parent_id",
}
"""The column an example is shown with, where it is not an invoice's number."""
Keep = Callable[[str, ir.Table], ir.Table]


@dataclass(frozen=True, slots=True)
class Suspect:
    """Rows that a rule of the whole ledger sets aside.

    Attributes:
        rule: which rule.
        table: which table.
        rows: `.row` and `value`.
        unknown: invoices that are unknown with them: invoice_id and cause; None where the rows say it themselves.
    """

    rule: RowRule
    table: str
    rows: ir.Table
    unknown: ir.Table | None = None


def suspects(
    valid: Mapping[str, ir.Table],
    ledger: ir.Table,
    portfolio: PortfolioConfig,
    months: Mapping[str, Sequence[date]],
    keep: Keep,
) -> list[Suspect]:
    """The rows to set aside, each by the first rule that names it.

    Args:
        valid: the rows of the ledger, and of its customers, that no rule of their own sets aside.
        ledger: of these rows (see `quality.rules.ledger`).
        portfolio: its last complete day, settlement and default.
        months: the first days of the months whose payments, and whose invoices, are missing.
        keep: computes a relation and gives it a name.
    """
    payments = valid["payments"]
    documents = covered(ledger)
    items = documents.filter(documents.is_invoice)
    copies = keep("copies", copies_never_paid(items, portfolio.complete_until, keep))
    moved = keep("redated", redated(payments, items))
    moved_notes = keep("notes redated", credits_redated(valid["invoices"], items))
    owed = documents.anti_join(copies, ROW)
    elsewhere = keep("paid by the group", paid_by_group(owed, payments, valid["customers"]))
    owed = owed.anti_join(elsewhere, ROW)
    shifted = keep("shifted", of_another_magnitude(owed.filter(owed.is_invoice)))
    ageless = keep("ageless", undated(owed, valid["customers"]).anti_join(shifted, ROW))
    # an invoice whose payment is of another day is unknown already, and is not what a payment was meant for
    astray = keep("astray", misapplied(payments.anti_join(moved, ROW), owed, keep))
    owners = astray.select(
        invoice_id="owner", cause=ibis.literal(paid_on_another_invoice.name)
    ).distinct()
    found = [
        Suspect(copy_never_paid, "invoices", copies),
        _with_its_invoice(paid_by_its_group, elsewhere),
        _with_its_invoice(decimal_point_misplaced, shifted),
        _with_its_invoice(booked_long_after_issue, ageless),
        Suspect(value_date_of_migration, "payments", moved),
        Suspect(credited_on_day_of_migration, "invoices", moved_notes),
        Suspect(paid_on_another_invoice, "payments", astray.select(ROW, "value"), owners),
    ]
    known = owed.filter(owed.is_invoice, owed.invoice_id.notin(astray.owner))
    known = known.anti_join(shifted, ROW).anti_join(ageless, ROW)
    searches = (
        (open_in_a_missing_month, open_in, months["payments"]),
        (cancelled_in_a_missing_month, cancelled_in, months["invoices"]),
    )
    for rule, search, missing in searches:
        if not missing:
            continue
        gap = search(known, missing, portfolio)
        named = keep(rule.name, gap.inner_join(items.select(ROW, "invoice_id"), ROW))
        known = known.anti_join(named, ROW)
        found.append(_with_its_invoice(rule, named))
    return found


def _with_its_invoice(rule: RowRule, rows: ir.Table) -> Suspect:
    """Invoices, `.row`, `value` and invoice_id, that are unknown with all that hangs on them."""
    unknown = rows.select("invoice_id", cause=ibis.literal(rule.name))
    return Suspect(rule, "invoices", rows.select(ROW, "value"), unknown)

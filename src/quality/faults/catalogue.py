"""Every fault there is: found by being declared in a file of this room. `_FIRST` is the order of the documentation."""

from __future__ import annotations

from collections.abc import Collection

from contracts.errors import ConfigError
from quality.faults import (
    everywhere,
    feeds,
    files,
    houses,
    incidents,
    ledger,
    master,
    money,
    payments,
    statements,
)
from quality.faults.fault import AnyFault, Fault, FileFault

_FIRST: tuple[Fault, ...] = (
    everywhere.duplicated_load,
    everywhere.rival_versions,
    everywhere.loaded_under_new_ids,
    everywhere.ids_with_trailing_spaces,
    everywhere.value_missing,
    everywhere.totals_line,
    everywhere.value_not_in_list,
    everywhere.dated_in_future,
    everywhere.filler_date,
    everywhere.orphan,
    everywhere.leading_zeros_lost,
    everywhere.currency_unknown,
    everywhere.code_in_lower_case,
    ledger.wrong_sign,
    ledger.amount_of_nought,
    ledger.credit_notes_as_negative_invoices,
    ledger.decimal_point_lost,
    money.thousands_taken_for_decimals,
    money.yen_in_hundredths,
    money.never_rounded,
    money.currency_withdrawn,
    ledger.currency_flipped,
    ledger.terms_changed,
    ledger.due_before_issued,
    money.due_never,
    ledger.issued_before_onboarded,
    ledger.year_before,
    payments.paid_before_issued,
    ledger.booked_before_it_happened,
    payments.payments_redated,
    payments.old_payments_redated,
    ledger.invoices_redated,
    payments.paid_twice,
    payments.thousands_lost_in_payments,
    payments.paid_on_wrong_invoice,
    payments.on_account_of_nobody,
    payments.on_account_zeros_lost,
    payments.returned_without_payment,
    payments.bank_fee_kept,
    ledger.credits_of_another_ledger,
    ledger.kinds_swapped,
    ledger.numbered_anew,
    ledger.open_items_missing,
    ledger.month_missing,
    ledger.closed_before_opened,
    ledger.disputed_before_issued,
    master.mojibake_names,
    master.founded_after_onboarded,
    master.country_names,
    master.share_in_per_cent,
    master.filler_terms,
    master.limit_of_nought,
    master.founded_filler,
    master.rate_of_nought,
    master.rate_turned_over,
    statements.statements_in_thousands,
    statements.statements_in_cents,
    statements.overlapping_statements,
    statements.unbalanced_statement,
    statements.part_in_another_unit,
    statements.published_before_period_end,
    statements.months_in_days,
    statements.costs_negative,
    statements.year_of_statements_missing,
)


def _declared() -> list[Fault]:
    found = (everywhere, ledger, master, money, payments, statements, incidents, houses, feeds)
    return [one for file in found for one in vars(file).values() if isinstance(one, Fault)]


FAULTS: tuple[Fault, ...] = (*_FIRST, *(one for one in _declared() if one not in _FIRST))
"""Faults of rows, in the order of the documentation; what is declared but not in that order comes last."""

FILE_FAULTS: tuple[FileFault, ...] = (
    files.column_renamed,
    files.decimal_comma,
    files.dates_as_printed,
    files.wrong_delimiter,
    files.wrong_encoding,
    files.cut_in_half,
    files.gzip_cut_in_half,
    files.header_missing,
    files.rows_missing,
    files.empty_file,
    files.file_absent,
)
"""Faults of the files of an extract."""

EVERY: tuple[AnyFault, ...] = (*FAULTS, *FILE_FAULTS)


def find(name: str) -> AnyFault:
    """The fault of that name.

    Raises:
        ConfigError: there is none; names the nearest.

    >>> find("paid_twice").claims["payments"].rule
    'paid_more_than_invoiced'
    """
    every = {one.name: one for one in EVERY}
    if name not in every:
        raise ConfigError.from_unknown("fault", name, every, where="FAULT")
    return every[name]


def table_of(fault: AnyFault, delivered: Collection[str], table: str | None = None) -> str:
    """The table to strike: the one asked for, else the first delivered one that the fault can strike.

    Raises:
        ConfigError: the fault does not strike that table, or the portfolio delivers none it strikes.

    >>> table_of(find("wrong_sign"), {"customers", "payments"})
    'payments'
    """
    possible = [name for name in fault.claims if name in delivered]
    if table is None and possible:
        return possible[0]
    if table is not None and table in possible:
        return table
    if table is not None and possible:
        raise ConfigError.from_unknown("table", table, possible, where=f"fault {fault.name}")
    raise ConfigError(
        "The portfolio delivers no table that this fault strikes.",
        where=f"fault {fault.name}",
        value=f"strikes: {', '.join(fault.claims)}",
        next_step="Choose another fault; `bonitas soil --list` names them.",
    )

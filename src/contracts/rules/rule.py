"""What a rule is, and what it may look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

import ibis.expr.types as ir

from contracts.raw import RAW_TABLES
from contracts.tables import Table

Broken = dict[str, ir.BooleanValue]
"""By the column a finding is shown with: true where the row is broken there. NULL counts as not broken."""

EVERY_TABLE = tuple(RAW_TABLES)


class Severity(StrEnum):
    """What a rule does with a broken row, as long as their share is within its tolerance."""

    STOP = "stop"
    """Quarantine with a tolerance of nought: the first broken row ends the run."""
    QUARANTINE = "quarantine"
    """The row is set aside with the rule's name."""
    REPORT = "report"
    """The row stays; the finding is counted and shown."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The row another row refers to: `column` holds the key of `table`, whose columns rules see as `<prefix>.<name>`."""

    column: str
    table: str
    prefix: str


_CUSTOMER = Reference("customer_id", "customers", "customer")
_INVOICE = Reference("invoice_id", "invoices", "invoice")
REFERENCES: Mapping[str, Reference] = MappingProxyType(
    {
        "credit_terms": _CUSTOMER,
        "invoices": _CUSTOMER,
        "payments": _INVOICE,
        "disputes": _INVOICE,
        "financials": _CUSTOMER,
        "events": _CUSTOMER,
        "attributes": _CUSTOMER,
    }
)
"""By table: the one row each of its rows belongs to. A row whose parent is set aside is set aside as well."""


@dataclass(frozen=True, slots=True)
class Book:
    """What a rule may look at besides the row itself.

    Attributes:
        contract: the contract of the rows.
        delivered: every raw table, by name.
        set_aside: keys of quarantined rows of the table the rows refer to, or None where they refer to none.
        rates: units of reporting currency for one unit of a currency, at its latest rate; the reporting one included.
        complete_until: last day the delivery is complete for.
    """

    contract: Table
    delivered: Mapping[str, ir.Table]
    set_aside: ir.Column | None
    rates: Mapping[str, Decimal]
    complete_until: date

    def found_parent(self, rows: ir.Table) -> ir.BooleanValue:
        """Whether the valid row that each row refers to is there."""
        reference = REFERENCES[self.contract.name]
        return rows[f"{reference.prefix}.{reference.column}"].notnull()


Predicate = Callable[[ir.Table, Book], Broken]


@dataclass(frozen=True, slots=True)
class Rule:
    """A named rule.

    Attributes:
        name: the finding, such as `paid_before_issued`.
        tables: the tables it is asked of; where it returns no column it has nothing to check there.
        severity: what happens to a broken row.
        tolerance: share of a table's rows that may be broken, [0, 1]; above it the run stops.
        title_en: the finding as a sentence for a data owner.
        title_zh: the same in Chinese.
        remedy: what to do about it, for the message that stops a run.
        broken: the predicate.
    """

    name: str
    tables: tuple[str, ...]
    severity: Severity
    tolerance: float
    title_en: str
    title_zh: str
    remedy: str
    broken: Predicate


_TOLERANCES = {Severity.STOP: 0.0, Severity.QUARANTINE: 0.05, Severity.REPORT: 1.0}


def rule(
    severity: Severity,
    *tables: str,
    en: str,
    zh: str,
    remedy: str,
    tolerance: float | None = None,
) -> Callable[[Predicate], Rule]:
    """Makes a function the rule of its name.

    Args:
        severity: what happens to a broken row.
        tables: the tables it is asked of.
        en: title in English.
        zh: title in Chinese.
        remedy: what to do about it.
        tolerance: share of rows, the severity's own where not given: 0 (stop), 5 % (quarantine), all (report).
    """
    share = _TOLERANCES[severity] if tolerance is None else tolerance

    def named(predicate: Predicate) -> Rule:
        return Rule(predicate.__name__, tables, severity, share, en, zh, remedy, predicate)

    return named

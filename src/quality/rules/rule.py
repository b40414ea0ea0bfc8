"""What a rule is, and what it may look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

import ibis.expr.types as ir

from contracts.config.default import DefaultConfig
from contracts.config.settlement import SettlementConfig
from contracts.tables.raw import RAW_TABLES
from contracts.tables.references import REFERENCES
from contracts.tables.spec import Table

Broken = dict[str, ir.BooleanValue]
"""By the column a finding is shown with: true where the row is broken there. NULL counts as not broken."""

Mended = dict[str, ir.Value]
"""By column: the value as it should read; the same value where nothing is wrong with it."""

EVERY_TABLE = tuple(RAW_TABLES)
ROW = ".row"
"""Number of a row in the delivered file: a key even where the grain is not. No contract column has a dot."""


class Severity(StrEnum):
    """What a rule does with a broken row, as long as their share is within its tolerance."""

    STOP = "stop"
    """Quarantine with a tolerance of nought: the first broken row ends the run."""
    QUARANTINE = "quarantine"
    """The row is set aside with the rule's name."""
    REPAIR = "repair"
    """The value is mended, what it was is kept with the rule's name, and the row stays."""
    REPORT = "report"
    """The row stays; the finding is counted and shown."""


@dataclass(frozen=True, slots=True)
class Book:
    """What a rule may look at besides the row itself.

    Attributes:
        contract: the contract of the rows.
        own: all rows of the table after repairs, each with its number `.row`, without the columns of their parents.
        delivered: every raw table after repairs, by name, without the copies of rows delivered more than once.
        ledger: the documents with what was paid and credited on them (`quality.rules.ledger`), of what was delivered;
            None where there are no invoices or no payments.
        rescaled: by column, `.row` of the rows in which it is of another scale (`quality.rules.scales`); None where the table has no numbers that others measure.
        repeated: the rows whose complete key another row of the table has as well; usually none.
        set_aside: keys of quarantined rows of the table the rows refer to, or None where there are none.
        rates: units of reporting currency for one unit of a currency, at its latest rate; the reporting one included.
        complete_until: last day the delivery is complete for.
        customers: ids of the valid customers, where a table refers to them beside its own reference.
        settlement: when what is left of an invoice counts as nothing.
        reporting_currency: in which amounts are summed.
        default: what counts as default.
    """

    contract: Table
    own: ir.Table
    delivered: Mapping[str, ir.Table]
    ledger: ir.Table | None
    rescaled: Mapping[str, ir.Column] | None
    repeated: ir.Table
    set_aside: ir.Column | None
    rates: Mapping[str, Decimal]
    complete_until: date
    customers: ir.Column | None = None
    settlement: SettlementConfig | None = None
    reporting_currency: str = ""
    default: DefaultConfig | None = None

    def found_parent(self, rows: ir.Table) -> ir.BooleanValue:
        """Whether the valid row that each row refers to is there."""
        reference = REFERENCES[self.contract.name]
        return rows[f"{reference.prefix}.{reference.column}"].notnull()


@dataclass(frozen=True, slots=True)
class Month:
    """What a table holds of one month: its first day, rows, and money in reporting currency (None: no money); and the day of the month of its last row."""

    first: date
    rows: int
    amount: float | None
    last: int = 31


@dataclass(frozen=True, slots=True)
class Gap:
    """A month with far fewer rows than those around it.

    Attributes:
        month: what is there.
        rows: how many rows are probably missing.
        amount: how much money they probably hold, in reporting currency.
        note: what else a reader must know.
    """

    month: Month
    rows: int
    amount: float | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Balance:
    """The open balance of the ledger in one currency at the end of a day: as stated elsewhere, and as delivered."""

    on: date
    currency: str
    stated: Decimal
    delivered: Decimal
    tolerance: float


Predicate = Callable[[ir.Table, Book], Broken]
Mending = Callable[[ir.Table, Table], Mended]
Suspicion = Callable[[ir.Table, Table], ir.BooleanValue]
Search = Callable[[Sequence[Month]], list[Gap]]


@dataclass(frozen=True, slots=True)
class Rule:
    """What all rules have.

    Attributes:
        name: the finding, such as `paid_before_issued`.
        tables: the tables it is asked of; where it returns no column it has nothing to check there.
        severity: what happens to a broken row.
        tolerance: share of a table's rows that may be broken, [0, 1]; above it the run stops.
        title: the finding as a sentence for a data owner, in English and Chinese.
        remedy: what to do about it, in English and Chinese.
        least: fewer broken rows stop no run, whatever share of a small table they are.
    """

    name: str
    tables: tuple[str, ...]
    severity: Severity
    tolerance: float
    title: tuple[str, str]
    remedy: tuple[str, str]
    least: int = field(default=1, kw_only=True)


@dataclass(frozen=True, slots=True)
class RowRule(Rule):
    """A rule that is true of single rows: `broken` is its predicate."""

    broken: Predicate


@dataclass(frozen=True, slots=True)
class Repair(Rule):
    """A rule whose broken values can only have meant one thing: `mended` says which.

    Attributes:
        mended: every column it looks at, as it should read.
        suspect: a cheap test that is true of every row that `mended` would change, and of few others;
            None where `mended` is cheap itself.
    """

    mended: Mending
    suspect: Suspicion | None


@dataclass(frozen=True, slots=True)
class Respelling(Rule):
    """A repair that no engine has a function for: `respelled` is asked of each different suspect value.

    Attributes:
        respelled: the text as it should read; the same text where nothing is wrong with it.
        columns: the columns it looks at.
        suspect: a regular expression found in every text that `respelled` would change, and in few others.
    """

    respelled: Callable[[str], str]
    columns: tuple[str, ...]
    suspect: str


@dataclass(frozen=True, slots=True)
class MonthRule(Rule):
    """A rule of rows that are not there: `gaps` finds them in the months of a table."""

    gaps: Search


@dataclass(frozen=True, slots=True)
class FeedRule(Rule):
    """A rule of kinds of rows that have ended, of those that `is_asked` names and of all as one; wrong `false_a_year` times a year for a kind that goes on."""

    is_asked: Callable[[str, str, DefaultConfig], bool]
    false_a_year: float
    is_joint: bool = False


@dataclass(frozen=True, slots=True)
class BalanceRule(Rule):
    """A rule of a whole ledger: `differs` compares what it adds up to with what is stated elsewhere."""

    differs: Callable[[Balance], bool]


_TOLERANCES = {Severity.STOP: 0.0, Severity.QUARANTINE: 0.05, Severity.REPAIR: 1.0, Severity.REPORT: 1.0}  # fmt: skip


def rule(
    severity: Severity,
    *tables: str,
    title: tuple[str, str],
    remedy: tuple[str, str],
    tolerance: float | None = None,
    least: int = 1,
) -> Callable[[Predicate], RowRule]:
    """Makes a predicate the rule of its name.

    Args:
        severity: what happens to a broken row.
        tables: the tables it is asked of.
        title: English, Chinese.
        remedy: English, Chinese.
        tolerance: share of rows, the severity's own where not given: 0 (stop), 5 % (quarantine), all (repair, report).
        least: fewer broken rows stop no run.
    """
    share = _TOLERANCES[severity] if tolerance is None else tolerance

    def named(predicate: Predicate) -> RowRule:
        name = predicate.__name__
        return RowRule(name, tables, severity, share, title, remedy, predicate, least=least)

    return named


def repair(
    *tables: str,
    title: tuple[str, str],
    remedy: tuple[str, str],
    suspect: Suspicion | None = None,
) -> Callable[[Mending], Repair]:
    """Makes a function that mends values the rule of its name; see `rule` and `Repair` for the arguments."""

    def named(mending: Mending) -> Repair:
        severity = Severity.REPAIR
        share = _TOLERANCES[severity]
        return Repair(mending.__name__, tables, severity, share, title, remedy, mending, suspect)

    return named


def respelling(
    *tables: str,
    columns: tuple[str, ...],
    suspect: str,
    title: tuple[str, str],
    remedy: tuple[str, str],
) -> Callable[[Callable[[str], str]], Respelling]:
    """Makes a function of a text the rule of its name; see `rule` and `Respelling` for the arguments."""

    def named(respelled: Callable[[str], str]) -> Respelling:
        severity = Severity.REPAIR
        common = (respelled.__name__, tables, severity, _TOLERANCES[severity], title, remedy)
        return Respelling(*common, respelled, columns, suspect)

    return named


def month_rule(
    *tables: str,
    title: tuple[str, str],
    remedy: tuple[str, str],
    severity: Severity = Severity.REPORT,
) -> Callable[[Search], MonthRule]:
    """Makes a search for missing rows the rule of its name; it reports or stops. See `rule` for the arguments."""

    def named(search: Search) -> MonthRule:
        share = _TOLERANCES[severity]
        return MonthRule(search.__name__, tables, severity, share, title, remedy, search)

    return named


def balance_rule(
    *tables: str, title: tuple[str, str], remedy: tuple[str, str]
) -> Callable[[Callable[[Balance], bool]], BalanceRule]:
    """Makes a comparison of balances the rule of its name; it reports. See `rule` for the arguments."""

    def named(differs: Callable[[Balance], bool]) -> BalanceRule:
        how = Severity.REPORT, _TOLERANCES[Severity.REPORT]
        return BalanceRule(differs.__name__, tables, *how, title, remedy, differs)

    return named

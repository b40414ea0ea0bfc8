"""`reports/validation.json`: what the rules found in a delivery, and what was done with the rows."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from contracts.documents.base import Document, Part
from contracts.documents.finding import Finding

Done = Literal["clean", "reported", "repaired", "quarantined", "not_asked"]
"""What was done with the rows a rule found broken: there were none, kept, mended, set aside; or it had nothing to look at."""
Doubt = Literal["defaults", "money"]
"""What a rule leaves in doubt: who is in default, or what is open."""


class TableCount(Part):
    """Rows of one table; `rows_in` = `rows_valid` + `rows_quarantined`, and the repaired ones are among the valid."""

    table: str
    rows_in: int
    rows_valid: int
    rows_quarantined: int
    rows_repaired: int


class Example(Part):
    """One broken row: its key, the column the finding is about, the value there, and the value it was mended to."""

    key: str
    column: str
    value: str | None
    mended: str | None


class Before(Part):
    """What the same rule found in the delivery before."""

    broken: int
    share: float
    amount: float | None


class Effect(Part):
    """What the rows that a rule set aside would have said, had they been believed.

    Attributes:
        days: past the due day.
        late_believed: customers with an invoice that was material and unpaid so late, were these rows believed.
        late_used: the same, as the rows are used.
        open_believed: what is left of all invoices in reporting currency, were these rows believed.
        open_used: the same, as the rows are used.
        customers: whose invoices it set aside, or left unknown.
    """

    days: int
    late_believed: int
    late_used: int
    open_believed: float
    open_used: float
    customers: int

    @property
    def share(self) -> dict[Doubt, float]:
        """What hangs on these rows, in shares: of the customers that are late if they are believed, and of the open balance."""
        late, most = (
            max(self.late_believed, self.late_used),
            max(self.open_believed, self.open_used),
        )
        return {
            "defaults": abs(self.late_believed - self.late_used) / late if late else 0.0,
            "money": abs(self.open_believed - self.open_used) / most if most > 0 else 0.0,
        }


class InDoubt(Part):
    """How much may hang on the rows that one rule set aside before it stops the run, in shares; see `Effect.share`."""

    defaults: float
    money: float


class Heard(Part):
    """One kind of row, or one column of the portfolio's own, as a feed: when it was heard of last, and from when on its silence is told.

    Attributes:
        kinds: its name; several where they were looked at as one.
        last: day on which something became known last, none after complete_until.
        days: from then to complete_until.
        news: days on which something became known, in all.
        usual: days from one of them to the next, in the mean; None where they are too few for a habit to be known.
        told_after: days of silence from which on the rule tells that it has ended; None likewise.
        false_a_year: how often a year, at most, it would be told so although it goes on as it did; None likewise.
        is_silent: whether this rule tells that it has; one that another rule tells is not told again.
    """

    kinds: tuple[str, ...]
    last: date
    days: int
    news: int
    usual: float | None
    told_after: int | None
    false_a_year: float | None
    is_silent: bool


class RuleFinding(Finding):
    """What one rule found in one table: `failed` where a row is broken, `not_applicable` where it had nothing to look at.

    Attributes:
        code: name of the rule.
        subject: the table.
        value: share of its rows that are broken.
        threshold: the share that is tolerated before the run stops.
        severity: what the rule does with a broken row.
        title_en: the finding as a sentence, by the rule's own declaration.
        remedy_en: what to do about it.
        is_estimate: whether rows that are missing were estimated.
        broken: number of rows; of a rule about months, of those that are probably missing.
        amount: their money in reporting currency; None where the table holds none.
        done: what was done with them.
        is_beyond: whether there are more of them than is tolerated.
        examples: the first ones.
        previous: of the delivery before, None where the rule was not asked then.
        measure: what `value` and `threshold` are shares of: the table's rows, or the customers that have invoices.
        effect: of a rule that set rows of the ledger aside.
        in_doubt: what hangs on its rows by more than is tolerated; `is_beyond` counts it in.
        heard: of a rule about feeds: each that it looked at.
    """

    code: str = Field(alias="rule")
    subject: str = Field("", alias="table")
    value: float | None = Field(None, alias="share")
    threshold: float | None = Field(None, alias="tolerance")
    severity: str
    title_en: str
    title_zh: str
    remedy_en: str
    remedy_zh: str
    is_estimate: bool
    broken: int
    amount: float | None
    done: Done
    is_beyond: bool
    examples: tuple[Example, ...]
    previous: Before | None
    measure: Literal["rows", "customers"] = "rows"
    effect: Effect | None = None
    in_doubt: tuple[Doubt, ...] = ()
    heard: tuple[Heard, ...] = ()


class RowsBefore(Part):
    """The delivery before: its last complete day, and its rows by table."""

    complete_until: str
    tables: tuple[TableCount, ...]


class DataQuality(Document):
    """A delivery, every rule asked of it, and whether the run went on.

    Attributes:
        delivery: what tells this delivery from others.
        complete_until: its last complete day.
        currency: of all amounts.
        stopped_by: `table.rule` of what stopped the run; empty where it went on. Then the rows counted as valid
            were not written: the files of the last delivery that passed stay.
        in_doubt: the limits on what hangs on rows set aside.
    """

    VERSION: ClassVar[int] = 4

    portfolio: str
    delivery: str
    complete_until: str
    currency: str
    stopped_by: tuple[str, ...]
    tables: tuple[TableCount, ...]
    previous: RowsBefore | None
    in_doubt: InDoubt
    rules: tuple[RuleFinding, ...]

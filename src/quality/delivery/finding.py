"""What a rule found on a table, and what all of them found in a delivery."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.documents.data_quality import Effect, Heard
from quality.rules.rule import Rule

N_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Example:
    """One broken row: its key, the column the finding is about, the value there as text, and the mended value."""

    key: str
    column: str
    value: str | None
    mended: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found on one table.

    Attributes:
        rule: which rule.
        table: which table.
        broken: number of broken rows; of a rule about months, how many rows are probably missing.
        rows: number of rows asked.
        amount: money of the broken rows in reporting currency; None where the table holds none.
        examples: the first broken rows in key order.
        customers: of a rule that is judged by customers: how many it leaves with something unknown, and of how many.
        effect: of a rule that set rows of the ledger aside: what they would have said.
        heard: of a rule about feeds: each that it looked at.
    """

    rule: Rule
    table: str
    broken: int
    rows: int
    amount: float | None
    examples: tuple[Example, ...]
    customers: tuple[int, int] | None = None
    effect: Effect | None = None
    heard: tuple[Heard, ...] = ()

    @property
    def share(self) -> float:
        """Broken rows over rows, or customers over customers; at most one, and none of an empty table."""
        broken, asked = self.customers or (self.broken, self.rows)
        return min(broken / asked, 1.0) if asked else 0.0


@dataclass(frozen=True, slots=True)
class Count:
    """Rows of one table; `rows_in` = `rows_valid` + `rows_quarantined`, always. Repaired rows are among them."""

    table: str
    rows_in: int
    rows_valid: int
    rows_quarantined: int
    rows_repaired: int


@dataclass(frozen=True, slots=True)
class Validation:
    """What the rules found in a delivery, before anything is written."""

    counts: tuple[Count, ...]
    findings: tuple[Finding, ...]

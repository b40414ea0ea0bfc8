"""What a rule found on a table."""

from __future__ import annotations

from dataclasses import dataclass

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
    """

    rule: Rule
    table: str
    broken: int
    rows: int
    amount: float | None
    examples: tuple[Example, ...]
    customers: tuple[int, int] | None = None

    @property
    def share(self) -> float:
        """Broken rows over rows, or customers over customers; at most one, and none of an empty table."""
        broken, asked = self.customers or (self.broken, self.rows)
        return min(broken / asked, 1.0) if asked else 0.0

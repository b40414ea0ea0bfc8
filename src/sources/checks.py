"""Asking one table every rule in one pass: which rows are broken, how many, how much money, and examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from contracts.rules.catalogue import rules_of
from contracts.rules.rule import Book, Broken, Rule, Severity
from sources.rows import MONEY, ROW

N_EXAMPLES = 5
RULE = ".rule"
VALUE = ".value"


@dataclass(frozen=True, slots=True)
class Example:
    """One broken row: its key, the column the finding is about, and the value there as text."""

    key: str
    column: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found on one table.

    Attributes:
        rule: which rule.
        table: which table.
        broken: number of broken rows.
        rows: number of rows asked.
        amount: money of the broken rows in reporting currency; None where the table holds none.
        examples: the first broken rows in key order.
    """

    rule: Rule
    table: str
    broken: int
    rows: int
    amount: float | None
    examples: tuple[Example, ...]

    @property
    def share(self) -> float:
        """Broken rows over rows."""
        return self.broken / self.rows


@dataclass(frozen=True, slots=True)
class Checked:
    """A table after its rules.

    Attributes:
        findings: one per rule that had something to check.
        n_set_aside: how many rows are quarantined.
        broken: the rows that broke any rule, with `.rule` and `.value` (missing where it only reports).
    """

    findings: tuple[Finding, ...]
    broken: ir.Table
    n_set_aside: int

    def set_aside(self) -> ir.Table:
        """The broken rows that are quarantined."""
        return self.broken.filter(self.broken[RULE].notnull())


def check(backend: ibis.BaseBackend, rows: ir.Table, book: Book, n_rows: int) -> Checked:
    """Asks every rule of a table in one pass, and keeps the broken rows only.

    Args:
        backend: the engine the rows lie in.
        rows: the raw rows beside their parents, with `.row` and `.money`.
        book: what the rules may look at.
        n_rows: how many rows there are.
    """
    table = book.contract.name
    every = [(rule, rule.broken(rows, book)) for rule in rules_of(table)]
    asked = [(rule, broken) for rule, broken in every if broken]
    kept = backend.create_table(f"broken {table}", _broken_rows(rows, book, asked), temp=True)
    counts, n_set_aside = _counts(kept, len(asked))
    findings = tuple(
        Finding(
            rule,
            table,
            n_broken,
            n_rows,
            amount,
            _examples(kept, position, list(broken), book) if n_broken else (),
        )
        for position, ((rule, broken), (n_broken, amount)) in enumerate(
            zip(asked, counts, strict=True)
        )
    )
    return Checked(findings, kept, n_set_aside)


def _broken_rows(rows: ir.Table, book: Book, asked: Sequence[tuple[Rule, Broken]]) -> ir.Table:
    """The broken rows: for each rule the position of the first column it is broken in, 0 where it is kept."""
    flags = {_flag(position): _first_column(broken) for position, (_, broken) in enumerate(asked)}
    flagged = rows.mutate(**flags)
    flagged = flagged.filter(ibis.or_(*(flagged[name] > 0 for name in flags)))
    rule, value = _set_aside_by(flagged, asked)
    return flagged.select(
        ROW, *book.contract.column_names, MONEY, *flags, **{RULE: rule, VALUE: value}
    )


def _flag(position: int) -> str:
    return f".broken {position}"


def _first_column(broken: Broken) -> ir.Value:
    return ibis.cases(
        *((flag.fill_null(False), number) for number, flag in enumerate(broken.values(), start=1)),
        else_=0,
    ).cast("int8")


def _set_aside_by(
    flagged: ir.Table, asked: Sequence[tuple[Rule, Broken]]
) -> tuple[ir.Value, ir.Value]:
    """Name of the first rule that sets the row aside, and the value it found."""
    names, values = [], []
    for position, (rule, broken) in enumerate(asked):
        if rule.severity is Severity.REPORT:
            continue
        flag = flagged[_flag(position)]
        names.append((flag > 0, ibis.literal(rule.name)))
        values += [
            (flag == number, flagged[column].cast("string"))
            for number, column in enumerate(broken, start=1)
        ]
    return ibis.cases(*names, else_=None), ibis.cases(*values, else_=None)


def _counts(rows: ir.Table, n_rules: int) -> tuple[list[tuple[int, float | None]], int]:
    """By rule: how many rows it found broken, and the money they are about; and how many are set aside by any."""
    sums = {"n_set_aside": rows[RULE].count()}
    for position in range(n_rules):
        is_broken = rows[_flag(position)] > 0
        sums[f"n{position}"] = is_broken.sum()
        sums[f"amount{position}"] = rows[MONEY].sum(where=is_broken)
    found = rows.aggregate(**sums).to_pyarrow().to_pylist()[0]
    amounts = [found[f"amount{position}"] for position in range(n_rules)]
    counts = [
        (found[f"n{position}"] or 0, None if amount is None else float(amount))
        for position, amount in enumerate(amounts)
    ]
    return counts, found["n_set_aside"]


def _examples(rows: ir.Table, position: int, columns: list[str], book: Book) -> tuple[Example, ...]:
    parts = [rows[name].cast("string").fill_null("?") for name in book.contract.grain]
    found = (
        rows.filter(rows[_flag(position)] > 0)
        .order_by(ROW)
        .limit(N_EXAMPLES)
        .select(
            key=ibis.literal(" / ").join(parts),
            flag=_flag(position),
            **{f"value {number}": rows[name].cast("string") for number, name in enumerate(columns)},
        )
    )
    return tuple(
        Example(row["key"], columns[row["flag"] - 1], row[f"value {row['flag'] - 1}"])
        for row in found.to_pyarrow().to_pylist()
    )

"""Asking one table every rule in one pass: which rows are broken, how many, how much money, and examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from contracts.tables.currencies import with_successor
from contracts.tables.kept import keep_rows
from quality.delivery.finding import N_EXAMPLES, Example, Finding
from quality.delivery.mending import row_key
from quality.delivery.printed import printed
from quality.delivery.rivals import rival_examples, twin_examples
from quality.delivery.rows import MONEY, with_money
from quality.rules.catalogue import rules_of
from quality.rules.copies import duplicate_key
from quality.rules.habits.customs import one_customer_under_two_numbers
from quality.rules.rule import ROW, Book, Broken, RowRule, Severity

RULE = ".rule"
VALUE = ".value"
_KEPT = (Severity.REPORT, Severity.REPAIR)

Asked = Sequence[tuple[RowRule, Broken]]


@dataclass(frozen=True, slots=True)
class Checked:
    """A table after its rules about rows.

    Attributes:
        findings: one per rule that had something to check.
        broken: `.row` of the rows that broke any rule, with `.rule` and `.value` (missing where it only reports).
        n_set_aside: how many rows are quarantined.
        unknown: `.row`, `.rule`, `.value` of rows that are quarantined with others they belong to.
    """

    findings: tuple[Finding, ...]
    broken: ir.Table
    n_set_aside: int
    unknown: ir.Table | None = None

    def set_aside(self) -> ir.Table:
        """The rows that are quarantined: `.row`, `.rule`, `.value`."""
        own = self.broken.filter(self.broken[RULE].notnull()).select(ROW, RULE, VALUE)
        return own if self.unknown is None else own.union(self.unknown)


def check(backend: Backend, rows: ir.Table, book: Book, n_rows: int) -> Checked:
    """Asks every rule about rows in one pass, and keeps the numbers of the broken rows only.

    Args:
        backend: the engine the rows lie in.
        rows: the rows beside their parents, with `.row`.
        book: what the rules may look at.
        n_rows: how many rows there are.
    """
    table = book.contract.name
    asked, broken_rows = questions(rows, book)
    kept = keep_rows(backend, f"broken {table}", broken_rows)
    counts, n_set_aside = _counts(kept, len(asked))
    findings = tuple(
        Finding(
            rule,
            table,
            n_broken,
            n_rows,
            amount,
            _first(rule, kept, position, list(broken), book) if n_broken else (),
        )
        for position, ((rule, broken), (n_broken, amount)) in enumerate(
            zip(asked, counts, strict=True)
        )
    )
    return Checked(findings, kept, n_set_aside)


def questions(rows: ir.Table, book: Book) -> tuple[Asked, ir.Table]:
    """The rules about rows that have something to check, each with its answer; and the rows that break any. Nothing is computed."""
    every = [
        (rule, rule.broken(rows, book))
        for rule in rules_of(book.contract.name)
        if isinstance(rule, RowRule)
    ]
    asked = [(rule, broken) for rule, broken in every if broken]
    return asked, _broken_rows(rows, book, asked)


def _first(
    rule: RowRule, kept: ir.Table, position: int, columns: list[str], book: Book
) -> tuple[Example, ...]:
    if rule is duplicate_key:  # the key alone would be shown twice, and not what differs
        return rival_examples(book)
    if rule is one_customer_under_two_numbers:
        return twin_examples(book)
    return _examples(kept, position, columns, book)


def _broken_rows(rows: ir.Table, book: Book, asked: Asked) -> ir.Table:
    """The broken rows: for each rule the position of the first column it is broken in, 0 where it is kept."""
    flags = {_flag(position): _first_column(broken) for position, (_, broken) in enumerate(asked)}
    flagged = rows.mutate(**flags)
    flagged = flagged.filter(ibis.or_(*(flagged[name] > 0 for name in flags)))
    flagged = with_money(flagged, book.contract, book.rates, book.reporting_currency)
    rule, value = _set_aside_by(flagged, asked)
    return flagged.select(ROW, MONEY, *flags, **{RULE: rule, VALUE: value})


def _flag(position: int) -> str:
    return f".broken {position}"


def _first_column(broken: Broken) -> ir.Value:
    return ibis.cases(
        *((flag.fill_null(False), number) for number, flag in enumerate(broken.values(), start=1)),
        else_=0,
    ).cast("int8")


def _set_aside_by(flagged: ir.Table, asked: Asked) -> tuple[ir.Value, ir.Value]:
    """Name of the first rule that sets the row aside, and the value it found."""
    names, values = [], []
    for position, (rule, broken) in enumerate(asked):
        if rule.severity in _KEPT:
            continue
        flag = flagged[_flag(position)]
        names.append((flag > 0, ibis.literal(rule.name)))
        values += [
            (flag == number, printed(flagged[column]))
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


def _examples(kept: ir.Table, position: int, columns: list[str], book: Book) -> tuple[Example, ...]:
    flag = _flag(position)
    first = kept.filter(kept[flag] > 0).order_by(ROW).limit(N_EXAMPLES).select(ROW, flag=flag)
    rows = book.own.inner_join(first, ROW).order_by(ROW)
    values = {f"value {number}": printed(rows[name]) for number, name in enumerate(columns)}
    found = rows.select("flag", key=row_key(rows, book.contract), **values)
    return tuple(
        _example(row["key"], columns[row["flag"] - 1], row[f"value {row['flag'] - 1}"])
        for row in found.to_pyarrow().to_pylist()
    )


def _example(key: str, column: str, value: str | None) -> Example:
    is_currency = column == "currency" and value is not None
    return Example(key, column, with_successor(str(value)) if is_currency else value)

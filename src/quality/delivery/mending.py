"""Mending what can only have meant one thing, and keeping what it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from contracts.tables.derived import REPAIRS
from contracts.tables.kept import keep_rows
from contracts.tables.spec import Table
from quality.delivery.finding import N_EXAMPLES, Example, Finding
from quality.delivery.rows import MONEY
from quality.rules.catalogue import rules_of
from quality.rules.rule import ROW, Repair, Respelling


@dataclass(frozen=True, slots=True)
class Mended:
    """A table after its repairs.

    Attributes:
        rows: the delivered rows with mended values, each with its number `.row`.
        done: one row per mended value: `.row` and the columns of `contracts.tables.derived.REPAIRS`; None where
            nothing was mended.
    """

    rows: ir.Table
    done: ir.Table | None

    def n_rows(self) -> int:
        """How many rows were mended."""
        return 0 if self.done is None else int(self.done[ROW].nunique().to_pyarrow().as_py())


def mend(backend: Backend, raw: ir.Table, contract: Table) -> Mended:
    """Applies the repairs a table needs, in the catalogue's order; each sees what those before it made.

    Args:
        backend: the engine the rows lie in.
        raw: the delivered rows with `.row`.
        contract: their contract.
    """
    repairs = [one for one in rules_of(contract.name) if isinstance(one, Repair | Respelling)]
    rows, parts = raw, []
    for repair in _needed(raw, contract, repairs):
        if isinstance(repair, Repair):
            values = repair.mended(rows, contract)
        else:
            rows, values = _respelled(backend, rows, repair)
        parts += [
            rows.filter(~rows[column].identical_to(value)).select(
                ROW,
                table=ibis.literal(contract.name),
                row=rows[ROW],
                column=ibis.literal(column),
                rule=ibis.literal(repair.name),
                key=row_key(rows, contract),
                before=rows[column].cast("string"),
                after=value.cast("string"),
            )
            for column, value in values.items()
        ]
        rows = rows.mutate(**values).select(*raw.columns)
    if not parts:
        return Mended(raw, None)
    done = keep_rows(backend, f"mended {contract.name}", ibis.union(*parts))
    return Mended(rows, done)


def _respelled(
    backend: Backend, rows: ir.Table, repair: Respelling
) -> tuple[ir.Table, dict[str, ir.Value]]:
    """The rows beside the respelling of each of their values that has one, and the values as they should read."""
    values: dict[str, ir.Value] = {}
    for column in repair.columns:
        suspects = rows.filter(rows[column].re_search(repair.suspect))[column]
        texts = suspects.as_table().distinct().to_pyarrow().column(0).to_pylist()
        spelled = {text: repair.respelled(text) for text in sorted(texts)}
        before, after = f".before {column}", f".after {column}"
        changed = [(old, new) for old, new in spelled.items() if new != old]
        lookup = pa.table(
            {before: [old for old, _ in changed], after: [new for _, new in changed]},
            schema=pa.schema([(before, pa.string()), (after, pa.string())]),
        )
        name = f"{repair.name} of {column}"
        # create_table of an Arrow table sends DuckDB 2 a DROP VIEW without a name - until ibis >= 13
        backend.con.register(name, lookup)
        respellings = backend.table(name)
        rows = rows.left_join(respellings, rows[column] == respellings[before])
        values[column] = rows[after].coalesce(rows[column])
    return rows, values


def row_key(rows: ir.Table, contract: Table) -> ir.StringValue:
    """The key of each row as text, `?` where a part of it is missing."""
    parts = [rows[name].cast("string").fill_null("?") for name in contract.grain]
    return ibis.literal(" / ").join(parts)


def _needed(
    raw: ir.Table, contract: Table, repairs: Sequence[Repair | Respelling]
) -> list[Repair | Respelling]:
    """Those with a row to mend; one cheap pass, so that a clean table is not rewritten for nothing."""
    suspects = {repair.name: _suspect(repair, raw, contract).any() for repair in repairs}
    found = raw.aggregate(**suspects).to_pyarrow().to_pylist()[0]
    return [repair for repair in repairs if found[repair.name]]


def _suspect(repair: Repair | Respelling, raw: ir.Table, contract: Table) -> ir.BooleanValue:
    if isinstance(repair, Respelling):
        return ibis.or_(*(raw[name].re_search(repair.suspect) for name in repair.columns))
    if repair.suspect is not None:
        return repair.suspect(raw, contract)
    changed = [
        ~raw[name].identical_to(value) for name, value in repair.mended(raw, contract).items()
    ]
    return ibis.or_(*changed)


def repairs_found(
    mended: Mended, rows: ir.Table, contract: Table, n_rows: int
) -> tuple[Finding, ...]:
    """What the repairs found: one finding each.

    Args:
        mended: the table after its repairs.
        rows: its rows with `.money`.
        contract: their contract.
        n_rows: how many rows there are.
    """
    done = {} if mended.done is None else _totals(mended.done, rows)
    nothing = (0, None, ())
    return tuple(
        Finding(repair, contract.name, n_broken, n_rows, amount, examples)
        for repair in rules_of(contract.name)
        if isinstance(repair, Repair | Respelling)
        for n_broken, amount, examples in [done.get(repair.name, nothing)]
    )


def _totals(
    done: ir.Table, rows: ir.Table
) -> dict[str, tuple[int, float | None, tuple[Example, ...]]]:
    """By repair: rows mended, the money they are about, and the first of them."""
    once = done.select(ROW, "rule").distinct().inner_join(rows.select(ROW, MONEY), ROW)
    totals = once.group_by("rule").aggregate(n=once.count(), amount=once[MONEY].sum())
    return {
        row["rule"]: (
            row["n"],
            None if row["amount"] is None else float(row["amount"]),
            _examples(done, row["rule"]),
        )
        for row in totals.to_pyarrow().to_pylist()
    }


def _examples(done: ir.Table, rule: str) -> tuple[Example, ...]:
    found = done.filter(done.rule == rule).order_by(ROW, "column").limit(N_EXAMPLES)
    return tuple(
        Example(row["key"], row["column"], row["before"], row["after"])
        for row in found.to_pyarrow().to_pylist()
    )


def log(done: ir.Table) -> pa.Table:
    """What was mended, by contract: `contracts.tables.derived.REPAIRS`; per value in the order it was mended."""
    names = [one.name for one in rules_of("") if isinstance(one, Repair | Respelling)]
    order = done.rule.cases(*((name, number) for number, name in enumerate(names)), else_=-1)
    found = done.order_by(ROW, "column", order).select(*REPAIRS.column_names)
    return found.to_pyarrow().cast(REPAIRS.arrow_schema())

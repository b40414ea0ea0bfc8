"""Validation of a ledger beside pandera on pandas, by the same rules on the same rows: rows a second and processor seconds.

`python -m benchmarks.validate_beside [folder of raw tables]`, default data/raw. Each side reads invoices and payments from Parquet
and asks the rules of single tables that pandera can say; before that, some rows of a copy are broken by each rule, and both sides
must find the same number of each. Ours counts from an open process on: the queries are written each time, the imports are not.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import ibis
import pandas as pd
import pandera.pandas as pa
import pyarrow.parquet as pq
from pandera.errors import SchemaErrors

from contracts.config.engine import EngineConfig
from contracts.duck import connect
from contracts.tables.kept import keep_rows
from contracts.tables.raw import INVOICE_KINDS, RAW_TABLES
from contracts.tables.spec import Kind, Table
from quality.delivery import checks
from quality.delivery.opened import opened
from quality.delivery.repeated import repeated_rows
from quality.rules.catalogue import rules_of
from quality.rules.dates import CLOCK_NOUGHT, EARLIEST
from quality.rules.rule import Book, Rule

TIMES = 3
UNTIL = date(2099, 12, 31)
"""Last complete day: after every day that was not broken on purpose."""
LEDGER = ("invoices", "payments")
RULES = (
    "missing_value",
    "duplicate_key",
    "illegal_value",
    "known_after_delivery",
    "date_too_early",
    "not_positive_amount",
    "due_before_issued",
    "due_far_off",
    "happened_after_known",
    "booked_before_value_date",
)
_EVERY = 5_003
"""One row in so many is broken by a rule."""
_BROKEN = {
    "invoices": {
        "customer_id": "NULL",
        "currency": "'  '",
        "kind": "'bill'",
        "amount": "-amount",
        "due_on": "issued_on - 1",
        "due_on ": "issued_on + 2000",
        "booked_at": "issued_on - 40",
        "issued_on": "DATE '1900-01-01'",
        "booked_at ": "DATE '2199-01-01'",
    },
    "payments": {
        "kind": "NULL",
        "kind ": "'bill'",
        "amount": "-amount",
        "booked_at": "paid_on - 1",
        "paid_on": "DATE '1970-01-01'",
        "booked_at ": "DATE '2199-01-01'",
    },
}
Found = dict[tuple[str, str], int]
"""Broken rows by table and rule."""


def break_rows(raw: Path, out: Path) -> int:
    """Writes the ledger with broken rows, the same as pandas and DuckDB take them, and returns how many rows there are."""
    rows = 0
    with duckdb.connect() as engine:
        for name, values in _BROKEN.items():
            source = f"read_parquet('{raw / name}.parquet', file_row_number = true)"
            cases: dict[str, str] = {}
            for number, (column, value) in enumerate(values.items()):
                when = f"WHEN file_row_number % {_EVERY} = {number} THEN {value} "
                cases[column.strip()] = cases.get(column.strip(), "") + when
            replaced = ", ".join(f"CASE {case} ELSE {one} END AS {one}" for one, case in cases.items())  # fmt: skip
            again = f"SELECT * REPLACE (amount + 1 AS amount) FROM {source} WHERE file_row_number % {_EVERY} = 100"
            engine.execute(
                f"COPY (SELECT * EXCLUDE file_row_number REPLACE ({replaced}) FROM (FROM {source} UNION ALL {again})) "
                f"TO '{out / name}.parquet'"
            )
            rows += pq.read_metadata(out / f"{name}.parquet").num_rows
    return rows


def ours(raw: Path, threads: int) -> Found:
    """What our rules find, in an engine of its own."""
    found: Found = {}
    with connect(EngineConfig(threads=threads)) as connection:
        backend = ibis.duckdb.from_connection(connection)
        for name in LEDGER:
            contract, path = RAW_TABLES[name], raw / f"{name}.parquet"
            rows = opened(connection, backend, name, path)
            repeated = keep_rows(backend, f"repeated {name}", repeated_rows(rows, contract))
            book = Book(contract, rows, {name: rows}, None, repeated, None, {"EUR": Decimal(1)}, UNTIL, reporting_currency="EUR")  # fmt: skip
            # the money of a payment is in the currency of its invoice, which is another table's
            beside = rows.mutate(**{"invoice.currency": ibis.null("string")})
            n_rows = pq.read_metadata(path).num_rows
            checked = checks.check(backend, beside, book, n_rows)
            found |= {(name, one.rule.name): one.broken for one in checked.findings}
    return found


def theirs(raw: Path) -> Found:
    """What pandera finds with pandas; amounts are floats there, for Decimals are objects, and slow."""
    found: Found = {}
    for name in LEDGER:
        frame = pq.read_table(raw / f"{name}.parquet").to_pandas(date_as_object=False)
        frame["amount"] = frame["amount"].astype("float64")
        try:
            schema(RAW_TABLES[name]).validate(frame, lazy=True)
        except SchemaErrors as error:
            cases = error.failure_cases
            rule = cases["check"].astype(str).replace(_PANDERAS)
            found |= {(name, one): rows.nunique() for one, rows in cases["index"].groupby(rule)}
    return found


_PANDERAS = {"not_nullable": "missing_value", "multiple_fields_uniqueness": "duplicate_key"}


def schema(table: Table) -> pa.DataFrameSchema:
    """The pandas contract of a table of the ledger, each check told by the name of our rule."""
    columns: dict[str, pa.Column] = {}
    for column in table.columns:
        own: list[pa.Check] = []
        if column.kind is Kind.TEXT and not column.nullable:
            own.append(pa.Check(lambda one: one.str.strip() != "", error="missing_value"))
        if column.one_of:
            own.append(pa.Check.isin(list(column.one_of), error="illegal_value"))
        if column.name in (table.happened, table.known):
            own += [
                pa.Check.le(pd.Timestamp(UNTIL), error="known_after_delivery"),
                pa.Check.ge(pd.Timestamp(EARLIEST), error="date_too_early"),
                pa.Check.ne(pd.Timestamp(CLOCK_NOUGHT), error="date_too_early"),
            ]
        if column.name == "amount":
            own.append(pa.Check.gt(0, error="not_positive_amount"))
        columns[column.name] = pa.Column(nullable=column.nullable, checks=own)
    return pa.DataFrameSchema(columns, checks=_ACROSS[table.name], unique=list(table.grain), strict=True)  # fmt: skip


def _across(name: str, holds: Callable[[pd.DataFrame], pd.Series[bool]]) -> pa.Check:
    return pa.Check(holds, error=name)


_ACROSS = {
    "invoices": [
        _across("missing_value", lambda one: one.due_on.notna() | (one.kind != INVOICE_KINDS[0])),
        _across("due_before_issued", lambda one: ~(one.due_on < one.issued_on)),
        _across("due_far_off", lambda one: ~((one.due_on - one.issued_on).dt.days > 1827)),
        _across("happened_after_known", lambda one: ~(one.booked_at < one.issued_on)),
    ],
    "payments": [
        _across("booked_before_value_date", lambda one: ~(one.booked_at < one.paid_on)),
    ],
}


def _asked(table: str) -> tuple[Rule, ...]:
    return tuple(one for one in rules_of(table) if one.name in RULES)


def main() -> None:
    """Prints a row for each turn, ready for benchmarks/RESULTS.md."""
    raw = Path(sys.argv[1] if len(sys.argv) > 1 else "data/raw").resolve()
    checks.rules_of = _asked  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        rows = break_rows(raw, folder)
        sides: dict[str, Callable[[], Found]] = {
            "ours, 1 thread": lambda: ours(folder, 1),
            "ours, 2 threads": lambda: ours(folder, 2),
            "pandera on pandas": lambda: theirs(folder),
        }
        print("| side | rows | s | rows a second | CPU-s | load |\n|---|---|---|---|---|---|")
        for _ in range(TIMES):
            answers = []
            for side, run in sides.items():
                started, before = time.monotonic(), time.process_time()
                answers.append({key: n for key, n in run().items() if n})
                taken, used = time.monotonic() - started, time.process_time() - before
                load = os.getloadavg()[0]
                print(f"| {side} | {rows:,} | {taken:.2f} | {rows / taken:,.0f} | {used:.2f} | {load:.0f} |", flush=True)  # fmt: skip
            if not answers[0] == answers[1] == answers[2]:
                sys.exit(f"The sides differ: {answers}")
    print(f"{sum(answers[0].values()):,} broken rows by {len(answers[0])} rules of two tables, the same on every side.")  # fmt: skip


if __name__ == "__main__":
    main()

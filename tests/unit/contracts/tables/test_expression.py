"""Two expressions have one digest where Ibis writes them alike, in this process and in any other; and each difference shows."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal

import ibis
import ibis.expr.types as ir
import pytest

from contracts.tables.expression import digest_of
from pipelines import ROOT

COLUMNS = {
    "invoice_id": "string",
    "customer_id": "string",
    "amount": "decimal(18, 3)",
    "paid": "decimal(18, 3)",
    "due_on": "date",
}


def invoices(name: str = "invoices", **columns: str) -> ir.Table:
    return ibis.table(COLUMNS | columns, name=name)


def asked(rows: ir.Table | None = None) -> ir.Table:
    """A query with a table beside itself, a window, columns that are dropped and an aggregate."""
    rows = invoices() if rows is None else rows
    other = rows.view()
    both = rows.inner_join(
        other, [rows.customer_id == other.customer_id, rows.due_on < other.due_on]
    )
    order = ibis.window(group_by="customer_id", order_by="due_on", preceding=3, following=0)
    both = both.mutate(run=both.amount.sum().over(order)).drop("paid", "paid_right", "amount_right")
    found = both.filter(both.run > 7)
    return found.group_by("customer_id").aggregate(n=found.count(), most=found.run.max())


OTHERS: dict[str, Callable[[], ir.Expr]] = {
    "another table": lambda: asked(invoices("payments")),
    "another type": lambda: asked(invoices(amount="decimal(18, 4)")),
    "a column more": lambda: asked(invoices(note="string")),
    "a column that is never missing": lambda: asked(invoices(due_on="!date")),
    "another order of columns": lambda: asked(ibis.table(dict(sorted(COLUMNS.items())), name="invoices")),
    "rows of another schema": lambda: asked(ibis.table(COLUMNS, name="invoices", database="old")),
    "the first rows": lambda: asked().limit(5),
    "sorted": lambda: asked().order_by("n"),
    "sorted the other way": lambda: asked().order_by(ibis.desc("n")),
    "nought": lambda: asked().filter(ibis._.n > 0),
    "nought with a point": lambda: asked().filter(ibis._.n > 0.0),
    "nought in writing": lambda: asked().filter(ibis._.customer_id > "0"),
    "exactly nought": lambda: asked().filter(ibis._.n > Decimal("0.00")),
    "false": lambda: asked().mutate(flag=ibis.literal(value=False)),
    "nothing": lambda: asked().mutate(flag=ibis.null("boolean")),
}  # fmt: skip


def test_what_is_said_again_has_the_same_digest() -> None:
    invoices().view()  # the next has another number
    assert digest_of(asked().op()) == digest_of(asked().op())


def test_each_difference_shows() -> None:
    every = {digest_of(one().op()) for one in (asked, *OTHERS.values())}
    assert None not in every
    assert len(every) == len(OTHERS) + 1


def test_a_table_beside_itself_is_not_the_other_of_the_two() -> None:
    rows = invoices()
    one, two = rows.view(), rows.view()
    both = one.inner_join(two, one.invoice_id == two.customer_id)
    turned = two.inner_join(one, one.invoice_id == two.customer_id)
    assert ibis.to_sql(both, dialect="duckdb") != ibis.to_sql(turned, dialect="duckdb")
    assert digest_of(both.op()) != digest_of(turned.op())


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param(ibis.memtable({"a": [1]}), id="rows of this process"),
        pytest.param(asked().mutate(chance=ibis.random()), id="a number drawn"),
        pytest.param(asked().filter(ibis._.n > ibis.param("int64")), id="a parameter"),
    ],
)
def test_what_is_of_this_process_has_none(expression: ir.Expr) -> None:
    assert digest_of(expression.op()) is None


def test_another_process_says_the_same() -> None:
    """It orders its sets otherwise, and has made other tables before."""
    code = (
        "from tests.unit.contracts.tables.test_expression import *; invoices().view();"
        "print(*(digest_of(one().op()) for one in (asked, *OTHERS.values())))"
    )
    seed = str(int(os.environ.get("PYTHONHASHSEED", "0").replace("random", "0")) + 1)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == [digest_of(one().op()) for one in (asked, *OTHERS.values())]

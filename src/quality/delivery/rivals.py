"""What differs between the rows that share a key, and who has the name of another: examples a data owner can look up."""

from __future__ import annotations

from itertools import groupby, islice
from typing import Any

from quality.delivery.finding import N_EXAMPLES, Example
from quality.delivery.mending import row_key
from quality.delivery.printed import printed
from quality.rules.habits.customs import twins
from quality.rules.rule import ROW, Book

MAX_ROWS = 1_000
"""Repeated keys are few; of a book in which most are, the first rows show as much as all."""
MAX_VERSIONS = 4


def rival_examples(book: Book) -> tuple[Example, ...]:
    """Per key the first column in which its rows differ, with the values of all of them."""
    rows = book.repeated.order_by(*book.contract.grain, ROW).limit(MAX_ROWS)
    columns = {name: printed(rows[name]) for name in book.contract.column_names}
    found = rows.select(row_key(rows, book.contract).name(".key"), **columns)
    rows_of_key = groupby(found.to_pyarrow().to_pylist(), key=lambda row: row[".key"])
    examples = (_example(str(key), list(rivals)) for key, rivals in rows_of_key)
    return tuple(islice((one for one in examples if one is not None), N_EXAMPLES))


def twin_examples(book: Book) -> tuple[Example, ...]:
    """Per customer the name, and the other number that has it."""
    both = twins(book)
    if both is None:
        return ()
    first = both.order_by(["customer_id", "another"]).limit(N_EXAMPLES).to_pyarrow().to_pylist()
    names = book.own.filter(book.own.customer_id.isin([one["customer_id"] for one in first]))
    called = dict(zip(*(names[one].to_pyarrow().to_pylist() for one in ("customer_id", "name")), strict=True))  # fmt: skip
    return tuple(
        Example(one["customer_id"], "name", f"{called[one['customer_id']]} | {one['another']}")
        for one in first
    )


def _example(key: str, rivals: list[dict[str, Any]]) -> Example | None:
    """None where the rows are equal: copies are another rule's.

    >>> rows = [{".key": "R1", "amount": "10.00", "kind": "invoice"}, {".key": "R1", "amount": "11.00", "kind": "invoice"}]
    >>> _example("R1", rows)
    Example(key='R1', column='amount', value='10.00 | 11.00', mended=None)
    """
    for column in (name for name in rivals[0] if name != ".key"):
        values = list(dict.fromkeys(row[column] for row in rivals))
        if len(values) > 1:
            shown = ["?" if value is None else value for value in values[:MAX_VERSIONS]]
            return Example(key, column, " | ".join(shown))
    return None

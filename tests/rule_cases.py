"""Many small books as one delivery: each book's customers, documents and events have names of its own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from quality.delivery import checks, delivery, mending, rivals, tolerated
from tests.sources_books import PORTFOLIO, Row, Tables, check, clean_book

_IDS = {"customer_id", "parent_id", "invoice_id", "credits", "payment_id", "dispute_id", "event_id"}
_OWNER = re.compile(r"x(\d{3})\b")
OF_ALL = ""
"""Whose findings are not about one row."""
_DEFAULT = PORTFOLIO.default.model_copy(update={"materiality": 0.0})
BESIDE = PORTFOLIO.model_copy(update={"default": _DEFAULT})
"""Many small books are a book in which everybody owes little: no case is asked about that."""
_OF_THE_BOOK = ("open_items_alone", "begins_after_the_ledger")
"""Cases without payments, or with an event in June alone, stand beside others: of the whole delivery it seems to be so."""


def together(cases: Mapping[str, Tables], folder: Path) -> dict[str, dict[str, int]]:
    """What the rules find of each case when all are delivered in one; by case `table.rule` -> broken rows.

    Args:
        cases: books that have the clean book's rates, by name.
        folder: where the delivery is written.
    """
    names = list(cases)
    delivered = set().union(*cases.values())
    joined: Tables = {name: [] for name in clean_book() if name in delivered}
    for number, case in enumerate(names):
        for table, rows in cases[case].items():
            if table != "fx_rates":
                joined[table] += [_of(number, row) for row in rows]
    joined["fx_rates"] = clean_book()["fx_rates"] + [
        {"currency": code, "rate_on": date(2024, 1, 1), "rate": Decimal("0.006")}
        for code in ("JPY", "KWD", "HRK")
    ]
    found: dict[str, Counter[str]] = {case: Counter() for case in (*names, OF_ALL)}
    with pytest.MonkeyPatch.context() as patch:
        for module in (checks, delivery, mending, rivals, tolerated):  # every row is an example
            patch.setattr(module, "N_EXAMPLES", 100_000)
        for one in check(joined, folder, BESIDE).findings:
            name = f"{one.table}.{one.rule.name}"
            if one.rule.name in _OF_THE_BOOK:
                continue
            owners = [_OWNER.search(example.key) for example in one.examples]
            if not all(owners):
                found[OF_ALL][name] += one.broken
                continue
            assert len(owners) == one.broken, name
            found_of = Counter(names[int(owner[1])] for owner in owners if owner)
            for case, n_broken in found_of.items():
                found[case][name] += n_broken
    return {case: dict(counts) for case, counts in found.items()}


def _of(number: int, row: Row) -> Row:
    """The row with names that no other case has: `C1` -> `C1x007`, ` C1` -> ` C1x007`."""
    return {column: _named(number, column, value) for column, value in row.items()}


def _named(number: int, column: str, value: Any) -> Any:
    if column not in _IDS or value is None:
        return value
    return re.sub(r"(\w+)", rf"\g<1>x{number:03}", value, count=1)

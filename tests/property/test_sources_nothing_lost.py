"""Whatever is wrong with a delivery, every row comes out once: valid, or set aside with the name of a rule."""

from __future__ import annotations

import copy
import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contracts.tables.raw import portfolio_tables
from quality.rules.catalogue import RULES
from tests.sources_books import PORTFOLIO, Row, Tables, check_and_write, clean_book

KEYS = st.sampled_from(["C1", "C2", " C2", "I1", "I2", "I2\t", "P1", " ", "eur", None])
DAYS = st.sampled_from(
    [None, date(1900, 1, 1), date(2024, 1, 9), date(2024, 2, 9), date(2026, 1, 1)]
)
MONEY = st.sampled_from([None, Decimal(-5), Decimal(0), Decimal("99.99"), Decimal(10**14)])
DIRT = {"string": KEYS, "date32[day]": DAYS, "decimal128(18, 3)": MONEY}
LEDGER = ("customers", "invoices", "payments", "disputes", "fx_rates")


@st.composite
def dirty_ledgers(draw: st.DrawFn) -> Tables:
    """A ledger of the clean book's rows: some repeated, some with wrong values, some tables absent."""
    clean = clean_book()
    tables = {}
    for name in LEDGER:
        rows = draw(st.lists(st.sampled_from(clean[name]), min_size=1, max_size=5))
        tables[name] = [_dirtied(draw, name, copy.deepcopy(row)) for row in rows]
    if draw(st.booleans()):
        del tables["fx_rates"]
    return tables


def _dirtied(draw: st.DrawFn, name: str, row: Row) -> Row:
    for field in portfolio_tables(PORTFOLIO)[name].arrow_schema():
        dirt = DIRT.get(str(field.type))
        if dirt is not None and draw(st.integers(0, 9)) == 0:
            row[field.name] = draw(dirt)
    return row


def _rows(path: Path, columns: tuple[str, ...]) -> list[str]:
    if not path.is_file():
        return []
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return [repr([row[column] for column in columns]) for row in rows]


def _mended(folder: Path, table: str, columns: tuple[str, ...]) -> list[str]:
    """The raw rows after the repairs that were written down: a repair nobody noted would show."""
    rows: list[dict[str, Any]] = pq.read_table(folder / "raw" / f"{table}.parquet").to_pylist()
    noted = folder / "quarantine/repairs.parquet"
    for one in pq.read_table(noted).to_pylist() if noted.is_file() else []:
        if one["table"] == table:
            before, after = rows[one["row"]][one["column"]], one["after"]
            assert str(before) == one["before"]  # a day as text
            is_day = isinstance(before, date) and after is not None
            rows[one["row"]][one["column"]] = date.fromisoformat(after) if is_day else after
    return [repr([row[column] for column in columns]) for row in rows]


# Shrinking would rerun the engine for minutes; the example found is small as it is.
@pytest.mark.long
@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(tables=dirty_ledgers())
def test_rows_in_are_rows_valid_and_rows_quarantined(tables: Tables) -> None:
    with tempfile.TemporaryDirectory() as folder:
        validation = check_and_write(tables, Path(folder))
        for count in validation.counts:
            contract = portfolio_tables(PORTFOLIO)[count.table]
            name, columns = f"{count.table}.parquet", contract.column_names
            raw = _rows(Path(folder) / "raw" / name, columns)
            valid = _rows(Path(folder) / "valid" / name, columns)
            aside = _rows(Path(folder) / "quarantine" / name, columns)
            # the same rows, not only as many; a mended value stands in for what was delivered
            mended = _mended(Path(folder), count.table, columns)
            assert sorted(mended) == sorted(valid + aside)
            assert (count.rows_in, count.rows_valid, count.rows_quarantined) == (
                len(raw), len(valid), len(aside),
            )  # fmt: skip
            remaining = iter(mended)  # valid rows come in the delivered order
            assert all(row in remaining for row in valid)
            if aside:
                rules = pq.read_table(Path(folder) / "quarantine" / name).column("rule").to_pylist()
                assert set(rules) <= {rule.name for rule in RULES if count.table in rule.tables}
                assert count.rows_quarantined <= sum(
                    one.broken for one in validation.findings if one.table == count.table
                )

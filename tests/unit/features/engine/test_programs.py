"""A program that was written for one book is played for another, and gives what would be written for that one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest

from contracts.config.features import FeaturesConfig
from contracts.config.portfolio import PortfolioConfig
from contracts.tables import programs as shelf_of
from contracts.tables.programs import Programs
from features.engine import blocks, programs, scratch
from features.engine.programs import keep_programs
from features.matrix.items import items
from features.matrix.matrix import build
from features.time import arrays
from features.time.lines import TooLargeError
from tests.features_books import Tables, customer, engine, invoice, on, payment, portfolio

pytestmark = pytest.mark.long

CHOICE = FeaturesConfig(families=("payments",), windows_days=(90,))
DAYS = [date(2022, 9, 1), date(2022, 10, 1)]


def book(*, amount: str = "100.00", late: int = 45, **changes: Any) -> Tables:
    """Two customers who pay five invoices each."""
    tables: Tables = {"customers": [customer("A"), customer("B")], "invoices": [], "payments": []}
    for number in range(10):
        name, issued = f"I{number}", 20 * number
        tables["invoices"].append(invoice(name, "AB"[number % 2], issued, amount))
        tables["payments"].append(payment(f"P{number}", name, issued + late, amount))
    for name, rows in changes.items():
        tables[name] = [*tables.get(name, []), *rows]
    return tables


def made(tables: Tables, folder: Path | None, config: PortfolioConfig | None = None) -> pa.Table:
    """The matrix of the book, with programs in the folder or without any."""
    with engine(tables, config or portfolio()) as (con, loaded):
        if folder:
            keep_programs(con, folder)
        rows = {"customer_id": ["A", "B"] * len(DAYS), "as_of": sorted(DAYS * 2)}
        asked = con.create_table("asked", ibis.memtable(rows, schema={"customer_id": "string", "as_of": "date"}))  # fmt: skip
        return build(con, loaded, asked, config or portfolio(), CHOICE)[0]


@pytest.fixture(scope="module")
def shelf_of_a_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the programs of the plain book."""
    folder = tmp_path_factory.mktemp("programs")
    made(book(), folder)
    return folder


@pytest.fixture
def shelf(shelf_of_a_book: Path, tmp_path: Path) -> Path:
    """A copy of it, which a test may change."""
    return shutil.copytree(shelf_of_a_book, tmp_path / "shelf")


@pytest.fixture(scope="module")
def right() -> pa.Table:
    """The matrix of the plain book without any program."""
    return made(book(), None)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for every block whose queries were written."""
    found: list[str] = []
    write: Callable[..., Any] = blocks._Run._written

    def noted(self: Any, whose: Any) -> Any:
        found.append(self.work.name)
        return write(self, whose)

    monkeypatch.setattr(blocks._Run, "_written", noted)
    return found


def test_another_book_is_played_by_the_program_of_the_first(
    tmp_path: Path, written: list[str]
) -> None:
    first, other = book(), book(amount="317.42", late=12)
    assert made(first, tmp_path).equals(made(first, tmp_path))
    found = made(other, tmp_path)
    assert written == ["values"]
    assert found.equals(made(other, None))
    assert not found.equals(made(first, None))  # else it would say nothing


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"payments": [payment("R", "I1", 90, "100.00", kind="reversal")]}, id="a return"),
        pytest.param(
            {
                "invoices": [invoice("U", "A", 150, "70.00", currency="USD")],
                "fx_rates": [{"currency": "USD", "rate_on": on(0), "rate": Decimal("0.9")}],
            },
            id="another currency",
        ),
    ],
)  # fmt: skip
def test_a_book_that_answers_otherwise_has_its_own_queries(
    changes: dict[str, Any], tmp_path: Path, written: list[str]
) -> None:
    rates = [{"currency": "USD", "rate_on": on(0), "rate": Decimal("0.8")}]
    plain, other = book(fx_rates=rates), book(**({"fx_rates": rates} | changes))
    made(plain, tmp_path)
    found = made(other, tmp_path)
    assert written == ["values", "values"]
    assert found.equals(made(other, None))


@pytest.mark.parametrize("damage", ["", "x", "0" * 64 + '\n[["give_back"]]'])
def test_a_damaged_file_is_written_anew(
    damage: str, shelf: Path, right: pa.Table, written: list[str]
) -> None:
    files = sorted(shelf.glob("*.json"))
    assert files
    for file in files:
        file.write_text(damage, encoding="utf-8")
    assert made(book(), shelf).equals(right)
    assert written == ["values"]
    assert made(book(), shelf).equals(right)
    assert len(written) == 1


def test_a_program_holds_for_its_code_and_for_what_was_asked(
    shelf: Path, written: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settled = portfolio(reporting_currency="USD")
    rates = [{"currency": "EUR", "rate_on": on(0), "rate": Decimal("1.1")}]
    other = book(fx_rates=rates)
    assert made(other, shelf, settled).equals(made(other, None, settled))
    n = len(written)
    monkeypatch.setattr(programs, "code", lambda: "of another day")
    made(book(), shelf)
    assert len(written) == n + 1


def test_sums_that_do_not_fit_are_left_to_the_engine(
    shelf: Path, right: pa.Table, written: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_large(*_: Any) -> Any:
        raise TooLargeError

    monkeypatch.setattr(arrays, "totals", too_large)
    assert made(book(), shelf).equals(right)
    assert written == ["values"]
    assert made(book(), shelf).equals(right)
    assert len(written) == 2  # what depends on sums that do not fit is written nowhere


def test_what_was_made_on_the_way_is_gone_when_a_program_is_given_up(
    shelf: Path, written: list[str]
) -> None:
    back = book(payments=[payment("R", "I1", 90, "100.00", kind="reversal")])
    with engine(back, portfolio()) as (con, loaded):
        keep_programs(con, shelf)
        rows = {"customer_id": ["A", "B"] * len(DAYS), "as_of": sorted(DAYS * 2)}
        asked = con.create_table("asked", ibis.memtable(rows, schema={"customer_id": "string", "as_of": "date"}))  # fmt: skip
        build(con, loaded, asked, portfolio(), CHOICE)
        (names,) = zip(
            *con.raw_sql("SELECT table_name FROM duckdb_tables()").fetchall(), strict=True
        )
        left = {name for name in names if " of " in name or name == blocks.BLOCK}
    assert written == ["values"]
    assert left == set()


def test_open_items_are_asked_by_the_program_of_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(tables: Tables, folder: Path | None) -> tuple[pa.Table, pa.Table]:
        with engine(tables, portfolio()) as (con, loaded):
            if folder:
                keep_programs(con, folder)
            return items(con, loaded, portfolio(), on(100))

    asked(book(late=400), tmp_path)
    right = asked(book(late=500, amount="7.10"), None)

    def refused(*_: Any) -> Any:
        raise AssertionError("a query is written")

    monkeypatch.setattr(scratch.Scratch, "_written", refused)
    found = asked(book(late=500, amount="7.10"), tmp_path)
    assert all(one.equals(other) for one, other in zip(found, right, strict=True))
    assert found[0].num_rows == 5


def test_only_the_newest_programs_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf_of, "MAX_KEPT", 2)
    shelf = Programs(tmp_path)
    for name in "abc":
        shelf.put(name, [name])
    assert len(list(tmp_path.glob("*.json"))) == 2
    assert Programs(tmp_path).find("c") == ["c"]


def test_a_folder_that_cannot_be_written_to_costs_time_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    shelf = Programs(tmp_path / "file")
    shelf.put("a", [1])
    assert shelf.find("a") == [1]

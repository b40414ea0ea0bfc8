"""docs/ledgers.md is followed to the letter: each example is read by its SELECTs, and gives what an accountant reads in it."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from contracts.config.engine import EngineConfig
from contracts.config.portfolio import PortfolioConfig
from contracts.duck import connect
from pipelines import ROOT
from quality.delivery.delivery import Delivery
from sources.extract import extract, opened_source
from sources.mapping.selects import read_selects

PAGE = (ROOT / "docs/ledgers.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^`(\S+)`:\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILES = dict(BLOCK.findall(PAGE))
NAMES = [Path(name).stem for name in FILES if name.endswith(".yaml")]


def read(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    """The raw tables of one example, and what the rules set aside (which must be nothing)."""
    monkeypatch.chdir(folder)
    portfolio = PortfolioConfig.model_validate(
        yaml.safe_load(FILES[f"configs/portfolios/{name}.yaml"])
    )
    encodings = {key: one.encoding for key, one in portfolio.source.files.items()}  # type: ignore[union-attr]
    for path, text in FILES.items():
        if f"/{name}" in path:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            is_data = path.startswith("extract/")
            (folder / path).write_text(text, next(iter(encodings.values())) if is_data else "utf-8")
    (folder / "raw").mkdir()
    engine = EngineConfig(threads=1)
    with connect(engine) as connection, opened_source(connection, portfolio, None):
        extract(
            connection,
            read_selects(folder / f"configs/portfolios/{name}", portfolio),
            folder / "raw",
        )
    with connect(engine) as connection:
        validation = Delivery(connection, folder / "raw", portfolio).check()
    assert all(one.rows_quarantined == 0 for one in validation.counts)
    return {
        path.stem: pq.read_table(path).to_pylist() for path in (folder / "raw").glob("*.parquet")
    }


def open_items(tables: dict[str, list[Any]]) -> dict[str, Decimal]:
    """What is left of each document, by hand: credit notes are negative."""
    left = {
        one["invoice_id"]: one["amount"] * (-1 if one["kind"] == "credit_note" else 1)
        for one in tables["invoices"]
    }
    for payment in tables["payments"]:
        left[payment["invoice_id"]] -= payment["amount"]
    return {key: amount for key, amount in left.items() if amount}


# By hand from the files: what is open at the end, and the day each payment was made.
EXPECTED: dict[str, tuple[dict[str, str], dict[str, date]]] = {
    "sap": (
        {"1800003": "12000.00", "1600001": "-500.00"},
        {"1400001/1800001": date(2024, 2, 12), "1400001/1800002": date(2024, 2, 12)},
    ),
    "datev": ({"R-1002": "2380.50"}, {"R-1001/1": date(2024, 2, 12)}),
    "fec": ({"F-003": "84.00"}, {"B0001/F-001": date(2024, 2, 15), "B0001/F-002": date(2024, 2, 15)}),
    "xero": ({"INV-0002": "310.40", "CN-0001": "-40.00"}, {"paid INV-0001": date(2024, 2, 1)}),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPECTED)
def test_a_ledger_is_read_as_an_accountant_reads_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = read(name, tmp_path, monkeypatch)
    left, paid = EXPECTED[name]
    assert open_items(tables) == {key: Decimal(amount) for key, amount in left.items()}
    assert {one["payment_id"]: one["paid_on"] for one in tables["payments"]} == paid


def test_due_days_are_those_of_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DATEV's 060324 is 6 March; 502 is 5 February."""
    rows = {one["invoice_id"]: one for one in read("datev", tmp_path, monkeypatch)["invoices"]}
    assert rows["R-1002"]["issued_on"] == date(2024, 2, 5)
    assert rows["R-1002"]["due_on"] == date(2024, 3, 6)


def test_invoices_without_payments_become_attributes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = read("fapiao", tmp_path, monkeypatch)["attributes"]
    found = [
        (one["customer_id"][-1], one["known_on"], one["billed_amount"], one["red_share"])
        for one in rows
    ]
    # 12,000 - 500 in January; 500 of 12,000 was cancelled
    assert found == [
        ("1", date(2024, 1, 31), 11_500.0, 500 / 12_000),
        ("1", date(2024, 2, 29), 800.0, 0.0),
        ("2", date(2024, 2, 29), 90.5, 0.0),
    ]


def test_every_example_is_tested() -> None:
    assert set(NAMES) == {*EXPECTED, "fapiao"}

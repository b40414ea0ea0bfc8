"""docs/ledgers.md is followed to the letter: each example is read by its SELECTs, and gives what an accountant reads in it."""

from __future__ import annotations

import re
from collections import defaultdict
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
from sources.extract import extract
from sources.mapping.selects import read_selects
from sources.registry import opened_source

PAGE = (ROOT / "docs/ledgers.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^`(\S+)`:\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILES = dict(BLOCK.findall(PAGE))
pytestmark = pytest.mark.long
NAMES = [Path(name).stem for name in FILES if name.endswith(".yaml")]


def read(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    """The raw tables of one example, and what the rules set aside (which must be nothing)."""
    folder.mkdir(exist_ok=True)
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
    """What is left of each document and of each customer's money on account, by hand: credits are negative."""
    notes = {one["invoice_id"] for one in tables["invoices"] if one["kind"] == "credit_note"}
    left = defaultdict(Decimal)
    for one in tables["invoices"]:
        left[one["invoice_id"]] += one["amount"] * (-1 if one["invoice_id"] in notes else 1)
    for payment in tables["payments"]:
        sign = -1 if payment["kind"] == "reversal" else 1
        whose = payment["invoice_id"] or f"on account of {payment['customer_id']}"
        left[whose] -= payment["amount"] * sign * (-1 if whose in notes else 1)
    return {key: amount for key, amount in left.items() if amount}


# By hand from the files: what is open at the end, and the day each payment was made.
EXPECTED: dict[str, tuple[dict[str, str], dict[str, date]]] = {
    # a transfer less a credit note, a part payment, a residual, money applied later, a reversed invoice, a write-off
    "sap": (
        {"1800003/1": "10000.00", "1600001/1": "-500.00", "1400003/3": "300.00",
         "1800006/1": "600.00", "1800007/1": "-600.00", "1800008/1": "700.00", "100002/1": "-700.00"},
        {"1400001": date(2024, 2, 12), "1400002/2": date(2024, 3, 4), "1400003": date(2024, 2, 6),
         "1400004/2": date(2024, 3, 1), "100001": date(2024, 3, 1)},
    ),
    # R-1001 came back and was written off; R-1002 less its credit note; one transfer names no invoice
    "datev": (
        {"R-1001": "1190.00", "10001/R-1001/2400/2024-06-30": "-1190.00", "R-1002": "2380.50",
         "10002/R-1002/8400/2024-02-10": "-380.50", "on account of 10002": "-900.00",
         "R-1003": "500.00", "10002/R-1003/8400/2024-02-20": "-500.00"},  # taken back by a Generalumkehr
        {"10001/R-1001/payment/2024-02-12/1": date(2024, 2, 12), "10001/R-1001/reversal/2024-02-15/1": date(2024, 2, 15),
         "10001/R-0999/payment/2024-01-08/1": date(2024, 1, 8), "10001/R-0999/discount/2024-01-08/1": date(2024, 1, 8),
         "10002/payment/2024-03-01/1": date(2024, 3, 1)},
    ),
    # F-004 was paid by a credit note and two transfers; 50.00 carry no letter
    "fec": (
        {"F-003": "84.00", "on account of C002": "-50.00"},
        {"B0001": date(2024, 2, 15), "V0005": date(2024, 3, 10), "used V0005": date(2024, 3, 10),
         "B0002": date(2024, 4, 2), "B0003": date(2024, 5, 10), "B0004": date(2024, 5, 20)},
    ),
    # 310.40 less 100 paid and 60 of an overpayment of 75; a voided invoice and a deleted payment are none
    "xero": (
        {"INV-0002": "150.40", "INV-0004": "460.00", "CN-0002": "-15.00", "on account of Harbour Cafe": "-15.00"},
        {"8a01": date(2024, 1, 20), "8a02": date(2024, 2, 1), "8a04": date(2024, 3, 11), "OP-0001": date(2024, 2, 1),
         "OP-0001/INV-0002/15 Mar 2024": date(2024, 2, 1), "CN-0001/INV-0004/22 Feb 2024": date(2024, 2, 22)},
    ),
    # R-1003 came back; 40.00 on account was taken back by the bank; R-1005 is pending; the interest is nobody's
    "camt": (
        {"R-1003": "300.00", "R-1005": "75.00"},
        {
            "2024-03/1/1/1": date(2024, 2, 12),
            "2024-03/2/1/1": date(2024, 3, 4),
            "2024-03/2/1/2": date(2024, 3, 4),
            "2024-03/3/1/1": date(2024, 3, 8),
            "2024-03/6/1/1": date(2024, 3, 15),
            "2024-03/7/1/1": date(2024, 3, 15),
        },
    ),
    # 1,190 less 190 prepaid, paid with 2 % discount on the last of 14 days; F-78 is negative: a credit note
    "einvoice": (
        {"2024-001": "20.00", "2024-C1": "-119.00", "F-77/1": "400.00", "F-77/2": "600.00", "F-78": "-50.00"},
        {"bank 1": date(2024, 1, 24)},
    ),
    # 500 - 300, and the return of 120 that names it; 25.00 of the transfer was not applied
    "erpnext": (
        {"SINV-002": "200.00", "SRET-001": "-120.00", "SINV-004": "80.00", "on account of Ada Ltd": "-25.00"},
        {"PE-1": date(2024, 2, 8)},
    ),
    # the second instalment is reduced by the refund of 50, which is used up by it
    "odoo": (
        {"12": "350.00", "41": "90.00", "on account of Ada SA": "-30.00"},
        {"31": date(2024, 2, 8), "21": date(2024, 2, 1), "used 12": date(2024, 2, 1)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPECTED)
def test_a_ledger_is_read_as_an_accountant_reads_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = read(name, tmp_path, monkeypatch)
    left, paid = EXPECTED[name]
    assert open_items(tables) == {key: Decimal(amount) for key, amount in left.items()}
    latest_first = sorted(tables["payments"], key=lambda one: one["paid_on"], reverse=True)
    assert {one["payment_id"]: one["paid_on"] for one in latest_first} == paid


# By hand: what each customer of the ledger owes at the end; those left out owe nothing.
OWED = {
    "sap": {"0010002": "9500.00", "0010003": "300.00"},  # 12,000 - 2,000 - 500; the residual
    "datev": {"10002": "1100.00"},  # 2,380.50 - 380.50 - 900
    "fec": {"C002": "34.00"},  # 84 - 50
    "xero": {
        "Harbour Cafe": "135.40",
        "Mill Lane Ltd": "445.00",
    },  # 310.40 - 100 - 75; 500 - 40 - 15
}


@pytest.mark.parametrize("name", OWED)
def test_each_customer_owes_what_its_ledger_says(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = read(name, tmp_path, monkeypatch)
    whose = {one["invoice_id"]: one["customer_id"] for one in tables["invoices"]}
    owed: dict[str, Decimal] = defaultdict(Decimal)
    for item, left in open_items(tables).items():
        owed[whose.get(item, item.removeprefix("on account of "))] += left
    assert {key: left for key, left in owed.items() if left} == {
        key: Decimal(left) for key, left in OWED[name].items()
    }


@pytest.mark.parametrize(("name", "customer"), [("sap", "0010005"), ("datev", "10001")])
def test_what_was_written_off_is_an_event_and_no_payment(
    name: str, customer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = read(name, tmp_path, monkeypatch)
    (event,) = tables["events"]
    assert (event["customer_id"], event["kind"]) == (customer, "write_off")
    (note,) = (
        one
        for one in tables["invoices"]
        if one["kind"] == "credit_note" and one["issued_on"] == event["known_on"]
    )
    assert note["amount"] == event["amount"]
    of_the_item = [one for one in tables["payments"] if one["invoice_id"] == note["credits"]]
    returned = {one["kind"]: one["amount"] for one in of_the_item}
    assert returned.get("payment", 0) == returned.get("reversal", 0)


def test_due_days_are_those_of_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DATEV's 060324 is 6 March; 502 is 5 February."""
    rows = {one["invoice_id"]: one for one in read("datev", tmp_path, monkeypatch)["invoices"]}
    assert rows["R-1002"]["issued_on"] == date(2024, 2, 5)
    assert rows["R-1002"]["due_on"] == date(2024, 3, 6)


def test_a_bank_statement_says_what_was_paid_and_what_came_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One transfer pays two invoices by value date; the return is of what was collected, not of that and the bank's charge."""
    rows = read("camt", tmp_path, monkeypatch)["payments"]
    found = sorted(
        (one["payment_id"], one["invoice_id"] or "", one["customer_id"], one["kind"], str(one["amount"]), one["booked_at"].day)
        for one in rows
    )  # fmt: skip
    assert found == [
        ("2024-03/1/1/1", "R-1001", "K1", "payment", "1234.500", 13),
        ("2024-03/1/1/1", "R-1002", "K1", "payment", "980.000", 13),
        ("2024-03/2/1/1", "R-1003", "K2", "payment", "300.000", 4),
        ("2024-03/2/1/2", "R-1004", "K3", "payment", "200.000", 4),
        ("2024-03/3/1/1", "R-1003", "K2", "reversal", "300.000", 11),
        ("2024-03/6/1/1", "", "K3", "payment", "40.000", 15),
        ("2024-03/7/1/1", "", "K3", "reversal", "40.000", 18),
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("camt.053.001.08", "camt.053.001.02"),
        ("<Sts><Cd>BOOK</Cd></Sts>", "<Sts>BOOK</Sts>"),
        ("<Dt>2024-02-12</Dt>", "<DtTm>2024-02-12T23:30:00+01:00</DtTm>"),
        ('<TxDtls><Refs><EndToEndId>R-1004</EndToEndId></Refs><Amt Ccy="EUR">200.00</Amt>', '<TxDtls><Refs><EndToEndId>R-1004</EndToEndId></Refs><AmtDtls><TxAmt><Amt Ccy="EUR">200.00</Amt></TxAmt></AmtDtls>'),
        ("<RtrInf>", "<RvslInd>true</RvslInd><RtrInf>"),
        ("<Ustrd>Rechnungen R-1001</Ustrd><Ustrd>und R-1002</Ustrd>", "<Strd><RfrdDocInf><Nb>R-1002</Nb></RfrdDocInf></Strd><Strd><RfrdDocInf><Nb>R-1001</Nb></RfrdDocInf></Strd>"),
    ],
)  # fmt: skip
def test_statements_of_other_banks_say_the_same(
    old: str, new: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = read("camt", tmp_path / "one", monkeypatch)["payments"]
    name = "extract/camt/2024-03.xml"
    assert old in FILES[name]
    monkeypatch.setitem(FILES, name, FILES[name].replace(old, new))
    assert read("camt", tmp_path / "two", monkeypatch)["payments"] == expected


def test_a_part_of_a_batch_without_an_amount_never_counts_with_that_of_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """500 for each of two parts would be money that nobody paid."""
    name = "extract/camt/2024-03.xml"
    text = re.sub(
        r'(R-100[34]</EndToEndId></Refs>)<Amt Ccy="EUR">[23]00.00</Amt>', r"\1", FILES[name]
    )
    assert text != FILES[name]
    monkeypatch.setitem(FILES, name, text)
    with pytest.raises(AssertionError):
        read("camt", tmp_path, monkeypatch)
    rows = pq.read_table(tmp_path / "raw/payments.parquet").to_pylist()
    assert "500.00" not in {str(one["amount"]) for one in rows}


def test_e_invoices_of_both_syntaxes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = read("einvoice", tmp_path, monkeypatch)
    rows = {one["invoice_id"]: one for one in tables["invoices"]}
    assert {key: one["due_on"] for key, one in rows.items()} == {
        "2024-001": date(2024, 2, 9),
        "2024-C1": None,
        "F-77/1": date(2024, 3, 2),
        "F-77/2": date(2024, 4, 1),
        "F-78": None,
    }
    assert {key: one["credits"] for key, one in rows.items() if one["kind"] == "credit_note"} == {
        "2024-C1": "2024-001",
        "F-78": "F-70",
    }
    ada = next(one for one in tables["credit_terms"] if one["customer_id"] == "DE123456789")
    assert (ada["payment_terms_days"], ada["discount_days"]) == (30, 14)
    assert ada["discount_rate"] == Decimal("0.02")


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

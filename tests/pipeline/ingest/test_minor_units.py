"""Ledgers in dinars, yen and both beside euros, from what a ledger prints to labels and balances, exact to the smallest amount."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from contracts.config.engine import EngineConfig
from features.engine.backend import connected, load
from features.matrix.position import position
from pipelines import paths
from pipelines.ingest import ingest
from pipelines.label import label
from pipelines.settings import load as load_settings
from pipelines.validate import validate
from tests.sources_sme import Sme

pytestmark = pytest.mark.long

FIRST, MONTHS, STOPPED, LAST = date(2021, 1, 5), 42, 30, date(2024, 6, 30)
"""A document a month, due after a month; one customer pays none of those from July 2023 on."""
Item = tuple[str, str, date, date, Decimal]
Paid = tuple[str, str, date, Decimal]


def months(n: int) -> date:
    return date(FIRST.year + (FIRST.month - 1 + n) // 12, (FIRST.month - 1 + n) % 12 + 1, FIRST.day)


def ledger(customer: str, amount: Decimal, short: Decimal, paid_until: int) -> tuple[list[Item], list[Paid]]:  # fmt: skip
    """Documents of one amount, each paid on its due day in two parts, short by a little."""
    items, payments = [], []
    for n in range(MONTHS):
        document, issued = f"{customer}-{n:02}", months(n)
        due = issued + timedelta(days=30)
        items.append((document, customer, issued, due, amount))
        if n < paid_until and due <= LAST:
            first = (amount / 2).quantize(short) if short else amount
            rest = amount - first - short
            parts = [("a", first), ("b", rest)]
            payments += [(f"{document}{part}", document, due, one) for part, one in parts if one > 0]  # fmt: skip
    return items, payments


def printed(amount: Decimal) -> str:
    """1.234,567 as many ledgers print it."""
    return f"{amount:,}".translate(str.maketrans(",.", ".,"))


CLIENTS = "SELECT no AS customer_id, name, 'KW' AS country, NULL AS industry, NULL AS legal_form, FALSE AS is_natural_person, NULL AS founded_on, CAST(since AS DATE) AS onboarded_on, NULL AS parent_id, currency FROM clients"
INVOICES = "SELECT doc AS invoice_id, client AS customer_id, CAST(issued AS DATE) AS issued_on, CAST(due AS DATE) AS due_on, {amount} AS amount, currency, 'invoice' AS kind, CAST(issued AS DATE) AS booked_at FROM items JOIN (SELECT no AS client, currency FROM clients) USING (client)"
PAYMENTS = "SELECT no AS payment_id, doc AS invoice_id, CAST(paid AS DATE) AS paid_on, {amount} AS amount, CAST(paid AS DATE) AS booked_at FROM bank"
YAML = """
title: Minor units
reporting_currency: {reporting}
complete_until: "2024-06-30"
horizon_months: 6
source: {source}
default: {{preset: irb_90dpd, materiality: 100}}
settlement: {{amount: {tolerated}, share: 0}}
"""


class Book:
    """A portfolio of some customers in a folder: three tables, as a kind of source has them."""

    def __init__(self, folder: Path, currencies: dict[str, str]) -> None:
        self.sme, self.currencies = Sme(folder), currencies
        self.items: list[Item] = []
        self.payments: list[Paid] = []

    def add(self, customer: str, amount: str, short: str, paid_until: int = MONTHS) -> None:
        items, payments = ledger(customer, Decimal(amount), Decimal(short), paid_until)
        self.items += items
        self.payments += payments

    def rows(self) -> dict[str, list[dict[str, str]]]:
        return {
            "clients": [{"no": no, "name": no, "since": "2020-01-01", "currency": code} for no, code in self.currencies.items()],
            "items": [{"doc": d, "client": c, "issued": str(i), "due": str(u), "amount": str(a)} for d, c, i, u, a in self.items],
            "bank": [{"no": n, "doc": d, "paid": str(p), "amount": str(a)} for n, d, p, a in self.payments],
        }  # fmt: skip

    def write(self, source: str, amount: str, reporting: str, tolerated: str) -> None:
        self.sme.write("configs/portfolios/sme.yaml", YAML.format(source=source, reporting=reporting, tolerated=tolerated))  # fmt: skip
        for name, sql in (("customers", CLIENTS), ("invoices", INVOICES), ("payments", PAYMENTS)):
            self.sme.write(f"configs/portfolios/sme/{name}.sql", sql.format(amount=amount))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def as_csv(book: Book) -> None:
    for name, rows in book.rows().items():
        shown = [row | {"amount": printed(Decimal(row["amount"]))} if "amount" in row else row for row in rows]  # fmt: skip
        lines = [";".join(rows[0]), *(";".join(row.values()) for row in shown)]
        book.sme.write(f"extract/{name}.csv", "\n".join(lines) + "\n")


def as_json(book: Book) -> None:
    """Amounts as JSON numbers, with the digits of the ledger."""
    for name, rows in book.rows().items():
        lines = [json.dumps(row).replace(f'"{row["amount"]}"', row["amount"]) if "amount" in row else json.dumps(row) for row in rows]  # fmt: skip
        book.sme.write(f"extract/{name}.jsonl", "\n".join(lines) + "\n")


def as_database(book: Book) -> None:
    with duckdb.connect(str(book.sme.folder / "erp.duckdb")) as erp:
        for name, rows in book.rows().items():
            kinds = {"amount": "DECIMAL(15,3)"}
            columns = ", ".join(f"{one} {kinds.get(one, 'VARCHAR')}" for one in rows[0])
            erp.execute(f"CREATE TABLE {name} ({columns})")
            places = ", ".join("?" * len(rows[0]))
            erp.executemany(
                f"INSERT INTO {name} VALUES ({places})",  # noqa: S608 - names of ours
                [list(row.values()) for row in rows],
            )


def files(ending: str) -> str:
    extra = ", all_text: true" if ending == "csv" else ""
    each = ", ".join(f"{name}: {{path: {name}.{ending}{extra}}}" for name in ("clients", "items", "bank"))  # fmt: skip
    return f"{{kind: files, folder: extract, files: {{{each}}}}}"


def run(book: Book) -> dict[str, Decimal]:
    """The stages, and what every customer owes on the day after the last."""
    ingest(load_settings())
    assert ", 0 set aside" in validate(load_settings())
    label(load_settings())
    raw = pq.read_table("data/raw/invoices.parquet").to_pylist()
    assert {row["invoice_id"]: row["amount"] for row in raw} == {one[0]: one[4] for one in book.items}  # fmt: skip
    said = json.loads(Path("reports/validation.json").read_text("utf-8"))
    assert not [
        one for one in said["rules"] if one["rule"] == "finer_than_the_currency" and one["broken"]
    ]
    portfolio = load_settings().portfolio
    with connected(EngineConfig(threads=1), paths.SPILL) as con:
        rows = position(con, load(con, paths.VALID, portfolio), portfolio, [date(2024, 7, 1)])
    return {row["customer_id"]: row["balance"] for row in rows.to_pylist()}


def defaulted() -> dict[str, date]:
    """Of each customer that entered default, the first day of decision that saw it coming."""
    rows = pq.read_table("data/interim/cohort.parquet").to_pylist()
    seen = sorted((row["as_of"], row["customer_id"]) for row in rows if row["defaulted"])
    return {whose: day for day, whose in reversed(seen)}


def test_dinars_from_a_printed_ledger_to_labels_and_balances(folder: Path) -> None:
    """A is one fils short each time, which is tolerated; B three, which is not; C stops in July 2023 and is in default."""
    book = Book(folder, dict.fromkeys("ABC", "KWD"))
    book.add("A", "1234.567", "0.001")
    book.add("B", "1234.567", "0.003")
    book.add("C", "87.655", "0.001", STOPPED)
    as_csv(book)
    book.write(files("csv"), "money(amount, ',')", "KWD", "0.002")
    owed = run(book)
    # of 42 documents the last, of 5 June, is not due yet
    assert owed == {
        "A": Decimal("1234.567"),
        "B": Decimal("1234.567") + 41 * Decimal("0.003"),
        "C": 12 * Decimal("87.655"),
    }
    # C: due 4 August 2023, more than 90 days late on 3 November, when two such are above 100 dinars: December
    assert list(defaulted()) == ["C"]
    assert defaulted()["C"] == date(2023, 7, 1)


def test_yen_from_json_to_labels_and_balances(folder: Path) -> None:
    """A yen short is tolerated, two are not."""
    book = Book(folder, dict.fromkeys("ABC", "JPY"))
    book.add("A", "123457", "1")
    book.add("B", "123457", "2")
    book.add("C", "98765", "1", STOPPED)
    as_json(book)
    book.write(files("jsonl"), "amount", "JPY", "1")
    assert run(book) == {"A": 123457, "B": 123457 + 41 * 2, "C": 12 * 98765}
    assert list(defaulted()) == ["C"]


def test_dinars_yen_and_euros_of_one_database(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """In euros to the cent: 3 for a dinar, 0.006 for a yen."""
    book = Book(folder, {"A": "EUR", "B": "KWD", "C": "JPY", "D": "KWD"})
    book.add("A", "1000.55", "0.02")
    book.add("B", "333.333", "0.002")
    book.add("C", "100001", "2")
    book.add("D", "87.655", "0", STOPPED)
    as_database(book)
    monkeypatch.setenv("BOOK_URL", "duckdb:///erp.duckdb")
    each = ", ".join(f"{name}: {{table: {name}}}" for name in ("clients", "items", "bank"))
    source = f"{{kind: database, url_variable: BOOK_URL, relations: {{{each}}}}}"
    book.write(source, "amount", "EUR", "0.001")
    rates = "SELECT code AS currency, DATE '2020-12-01' AS rate_on, CAST(rate AS DECIMAL(18,8)) AS rate FROM (VALUES ('KWD', 3.0), ('JPY', 0.006)) AS t(code, rate)"
    book.sme.write("configs/portfolios/sme/fx_rates.sql", rates)
    assert run(book) == {
        "A": Decimal("1000.55") + 41 * Decimal("0.02"),
        "B": Decimal("1000.25"),  # 3 x (333.333 + 41 x 0.002) = 1000.245, half a cent upwards
        "C": Decimal("600.50"),  # 0.006 x (100,001 + 41 x 2) = 600.498
        "D": Decimal("3155.58"),  # 3 x 12 x 87.655
    }
    assert list(defaulted()) == ["D"]

"""What a rule sets aside is unknown and never adverse: no fault of the data makes a customer that pays a defaulter."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from contracts.config.engine import EngineConfig
from contracts.config.portfolio import PortfolioConfig
from contracts.config.settlement import SettlementConfig
from contracts.tables.raw import PAYMENTS
from features.engine.backend import connected, load
from features.engine.scratch import Scratch
from features.labels.cohort import all_rates
from features.labels.default import spells
from quality.faults.soil import apply
from tests import dirt_books
from tests.dirt_books import check, find_place, write_book

pytestmark = pytest.mark.long

TABLES = ("customers", "fx_rates", "invoices", "payments", "disputes", "events", "credit_terms")
FAULTS = ("wrong_sign", "orphan", "payments_redated", "paid_on_wrong_invoice")
"""One of each way in which a payment leaves its invoice: a row, a key, a day, another invoice. The others are slow."""
MORE = (
    "paid_before_issued",
    "booked_before_it_happened",
    "leading_zeros_lost",
    "on_account_of_nobody",
    "dated_in_future",
    "old_payments_redated",
    "on_account_zeros_lost",
)
OF_INVOICES = ("issued_before_onboarded", "year_before", "invoices_redated")
"""Ways in which an invoice looks older than it is."""


def in_default(folder: Path, portfolio: PortfolioConfig) -> set[str]:
    """The customers that were in default by the last complete day, by the tables of a folder."""
    last = (portfolio.complete_until - date(1970, 1, 1)).days
    with connected(EngineConfig(threads=1, memory_limit="1GB"), folder / "spill") as con:
        tables = load(con, folder, portfolio)
        rates = all_rates(con, tables, portfolio)
        keep = Scratch(con).keep
        found = spells(tables, portfolio.default, rates, portfolio.settlement, keep)
        # what is open at the end would be in default some day, had nothing come after it
        rows = con.to_pyarrow(found.filter(found.start <= last))
        return set(rows["customer_id"].to_pylist())


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[str]]:
    folder = tmp_path_factory.mktemp("clean")
    raw = write_book(folder / "raw", 150, 3, TABLES)
    check(raw, folder / "checked")
    return raw, in_default(folder / "checked/valid", dirt_books.portfolio())


@pytest.mark.parametrize(
    ("fault", "table"),
    [
        *((one, "payments") for one in FAULTS),
        *(pytest.param(one, "payments", marks=pytest.mark.slow) for one in MORE),
        *(pytest.param(one, "invoices", marks=pytest.mark.slow) for one in OF_INVOICES),
    ],
)
def test_a_fault_of_one_row_in_a_hundred_makes_no_defaulter(
    fault: str, table: str, clean: tuple[Path, set[str]], tmp_path: Path
) -> None:
    raw, before = clean
    struck = apply(*find_place(fault, table), 0.01, 7, raw, tmp_path / "soiled")
    check(tmp_path / "soiled", tmp_path / "checked")
    after = in_default(tmp_path / "checked/valid", dirt_books.portfolio())
    assert struck.n_rows > (30 if table == "payments" else 10)
    assert after - before == set()
    # who is known to have defaulted still is, but for an invoice or two that is no longer known
    assert len(before) > 15
    assert len(before - after) <= 1


def discounted(payments: pa.Table, invoices: pa.Table, share: float) -> pa.Table:
    """The payments with a cash discount kept of the punctual ones of every other customer."""
    due = invoices.select(["invoice_id", "customer_id", "due_on", "kind", "amount"])
    due = due.rename_columns(["invoice_id", "whose", "due_on", "what", "billed"])
    both = payments.join(due, "invoice_id").sort_by([("payment_id", "ascending")])
    is_half = pc.equal(pc.utf8_slice_codeunits(both["whose"], -1), "2")
    for digit in "0468":
        is_half = pc.or_(is_half, pc.equal(pc.utf8_slice_codeunits(both["whose"], -1), digit))
    is_whole = pc.equal(both["amount"], both["billed"])
    punctual = pc.and_(pc.less_equal(both["paid_on"], both["due_on"]), pc.equal(both["what"], "invoice"))  # fmt: skip
    keeps = pc.and_(is_half, pc.and_(punctual, is_whole))
    less = pc.round(pc.multiply(both["amount"].cast(pa.float64()), 1.0 - share), 2)
    amount = pc.if_else(keeps, less.cast(pa.decimal128(18, 3)), both["amount"])
    position = payments.schema.get_field_index("amount")
    ordered = both.select(PAYMENTS.column_names)
    return ordered.set_column(position, payments.schema.field(position), amount)


def test_cash_discounts_of_half_the_customers_make_no_defaulter(
    clean: tuple[Path, set[str]], tmp_path: Path
) -> None:
    raw, before = clean
    folder = write_book(tmp_path / "raw", 150, 3, TABLES)
    payments, invoices = (pq.read_table(folder / f"{name}.parquet") for name in ("payments", "invoices"))  # fmt: skip
    kept = discounted(payments, invoices, 0.02).cast(PAYMENTS.arrow_schema())
    pq.write_table(kept, folder / "payments.parquet")
    assert pc.sum(kept["amount"]).as_py() < pc.sum(payments["amount"]).as_py()
    portfolio = dirt_books.portfolio()
    agreed = SettlementConfig(discount_days=120, discount_rate=0.02)
    # the discount stated once in the yaml: as many defaulters as before; not stated: payers become defaulters
    stated = portfolio.model_copy(update={"settlement": agreed})
    assert in_default(folder, stated) == before
    assert len(in_default(folder, portfolio) - before) >= 3
    assert raw.is_dir()

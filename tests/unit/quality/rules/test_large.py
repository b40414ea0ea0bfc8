"""Sound books of 20,000 customers, with prices to the cent and with round ones: what is rare in one customer in a thousand is there twenty times, and stops nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import compute

from contracts.config.engine import EngineConfig
from contracts.config.source import Bookings, WorldSource
from contracts.duck import connect
from quality.delivery.delivery import Delivery
from quality.delivery.findings import beyond
from quality.rules.catalogue import Tolerances
from tests.sources_books import PORTFOLIO
from world.simulate import simulate

pytestmark = pytest.mark.long
UNTIL = date(2025, 12, 31)
HABITS = {"discount": 0.2, "deducted": 0.15, "returned": 0.15, "prepaid": 0.03, "fee": 0.02, "on_account": 0.04, "instalments": 0.03, "credits_named": 0.7}  # fmt: skip
EXACT = pa.decimal128(18, 3)


def in_hundreds(amounts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Amounts to the nearest hundred, one hundred at least."""
    whole = compute.round(compute.cast(amounts, pa.float64()), -2)
    return compute.cast(compute.max_element_wise(whole, 100.0), EXACT)


def with_round_prices(tables: dict[str, pa.Table]) -> dict[str, pa.Table]:
    """The same book; what paid all of an invoice still does, and a part is as large a share of it as before."""
    invoices, payments = tables["invoices"], tables["payments"]
    place = invoices.column_names.index("amount")
    priced = invoices.set_column(place, "amount", in_hundreds(invoices["amount"]))
    at = compute.index_in(payments["invoice_id"], invoices["invoice_id"])
    before, after = (compute.cast(one["amount"].take(at), pa.float64()) for one in (invoices, priced))  # fmt: skip
    own = compute.cast(payments["amount"], pa.float64())
    part = compute.round(compute.divide(compute.multiply(own, after), before), 2)
    loose = compute.cast(in_hundreds(payments["amount"]), pa.float64())
    paid = compute.cast(compute.round(compute.coalesce(part, loose), 2), EXACT)
    place = payments.column_names.index("amount")
    return tables | {"invoices": priced, "payments": payments.set_column(place, "amount", paid)}


@pytest.mark.parametrize("is_round", [False, True], ids=["to the cent", "in hundreds"])
def test_a_sound_book_of_twenty_thousand_customers_is_not_stopped(
    is_round: bool,  # noqa: FBT001 - a case
    tmp_path: Path,
) -> None:
    source = WorldSource(kind="world", customers=20_000, years=3, seed=99, downturn="severe", bookings=Bookings(**HABITS))  # fmt: skip
    tables = simulate(source, UNTIL, "EUR").tables
    del tables["attributes"]  # the portfolio has others
    for name, table in (with_round_prices(tables) if is_round else tables).items():
        pq.write_table(table, tmp_path / f"{name}.parquet")
    portfolio = PORTFOLIO.model_copy(update={"complete_until": UNTIL})
    with connect(EngineConfig(threads=1)) as con:
        found = Delivery(con, tmp_path, portfolio).check()
    assert tables["invoices"].num_rows > 500_000
    stops = {one.rule.name for one in beyond(found, Tolerances({}, where=""))}
    assert stops == set()

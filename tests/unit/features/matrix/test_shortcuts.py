"""What is left out to save time leaves no trace in the values."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import ibis.expr.types as ir
import pytest
from ibis.backends.duckdb import Backend

from contracts.config.features import FeaturesConfig
from contracts.tables.kept import Written, kept_as
from features.engine import scratch
from tests.features_books import Tables, customer, invoice, matrix, on, payment
from tests.features_random import random_book, seeded

LEDGER = FeaturesConfig(families=("payments", "ageing", "earlier", "disputes", "limits", "billing"))
ASKED = [(f"C{number:03}", on(day)) for number in range(6) for day in (100, 300, 480)]


def one_currency_each() -> Tables:
    """Six customers, the first three billed in dollars alone, the others in euros alone."""
    tables = random_book(seeded(5), 6, currencies=("EUR",))
    dollars = {"C000", "C001", "C002"}
    for name in ("customers", "invoices"):
        tables[name] = [
            row | {"currency": "USD" if row["customer_id"] in dollars else "EUR"}
            for row in tables[name]
        ]
    tables["fx_rates"] = [{"currency": "USD", "rate_on": on(-900), "rate": Decimal("0.8")}]
    return tables


@pytest.mark.long
def test_a_customer_with_two_currencies_changes_no_other() -> None:
    tables = one_currency_each()
    alone = matrix(tables, ASKED, choice=LEDGER)
    tables["customers"].append(customer("Z"))
    tables["invoices"] += [
        invoice("Z1", "Z", 10, "70"),
        invoice("Z2", "Z", 10, "100", currency="USD"),
    ]
    both = matrix(tables, [*ASKED, ("Z", on(50))], choice=LEDGER)
    others = both.filter([name != "Z" for name in both.column("customer_id").to_pylist()])
    assert others.equals(alone)
    assert any(value for value in alone.column("billing_amount_sum_365d").to_pylist())
    # 70 EUR and 100 USD at 0.8
    (own,) = both.filter([name == "Z" for name in both.column("customer_id").to_pylist()]).to_pylist()  # fmt: skip
    assert own["balance_amount"] == 150


def test_dollars_are_converted_where_every_customer_has_one_currency() -> None:
    tables: Tables = {
        "customers": [customer("A", currency="USD"), customer("B")],
        "invoices": [invoice("I1", "A", 0, "100", currency="USD"), invoice("I2", "B", 0, "30")],
        "payments": [payment("P1", "I1", 20, "25")],
        "fx_rates": [{"currency": "USD", "rate_on": on(0), "rate": Decimal("0.8")}],
    }
    rows = matrix(tables, [("A", on(50)), ("B", on(50))], choice=LEDGER).to_pylist()
    # A: (100 - 25) USD at 0.8; B: 30 EUR
    assert [row["balance_amount"] for row in rows] == [60, 30]


def kept(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the relations that the ledger keeps from now on."""
    names: list[str] = []

    def spy(con: Backend, name: str, made: Written) -> ir.Table:
        names.append(name.partition(" ")[0])
        return kept_as(con, name, made)

    monkeypatch.setattr(scratch, "kept_as", spy)
    return names


@pytest.mark.long
@pytest.mark.parametrize(
    ("feature", "ledger"),
    [
        # 25 of 100 paid: settles nothing, so the order of an invoice's payments is asked for
        ("payments_partial_share_90d", "payments"),
        ("payments_days_late_mean_90d", "receipts"),
        ("payments_days_late_max_90d", "receipts"),
    ],
)
def test_payments_are_put_in_order_only_where_it_is_asked(
    feature: str, ledger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = one_currency_each()
    whole: Mapping[str, list[object]] = matrix(tables, ASKED, choice=LEDGER).to_pydict()
    names = kept(monkeypatch)
    part = matrix(tables, ASKED, choice=FeaturesConfig(names=(feature,)))
    assert [name for name in names if name in {"payments", "receipts"}] == [ledger]
    assert part.column(feature).to_pylist() == whole[feature]
    assert len(set(whole[feature])) > 2

"""Everyday bookings are forms of the same money: no default, no truth and no rule is any other for them, and the books balance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from contracts.config.engine import EngineConfig
from contracts.config.source import Bookings, WorldSource
from contracts.duck import connect
from contracts.tables.store import write_arrow
from features.engine.backend import connected, load
from features.engine.scratch import Scratch
from features.labels.cohort import all_rates
from features.labels.default import spells
from quality.delivery.delivery import Delivery, Validation
from tests.bookkeeper.compare import of, position_differences
from tests.dirt_books import UNTIL, portfolio
from world.simulate import World, simulate

EVERY = Bookings(
    prepaid=0.1,
    returned=0.5,
    discount=0.3,
    deducted=0.4,
    fee=0.05,
    on_account=0.1,
    instalments=0.1,
    credits_named=0.6,
)


@dataclass(frozen=True)
class Checked:
    """A world, what the rules find in it, and its customers in default by the last day."""

    world: World
    validation: Validation
    named: set[str]

    def frame(self, table: str) -> pd.DataFrame:
        return self.world.tables[table].to_pandas(date_as_object=False)


def a_world(bookings: Bookings) -> World:
    source = WorldSource(kind="world", customers=150, years=4, seed=9, bookings=bookings)
    return simulate(source, UNTIL, "EUR")


def checked(bookings: Bookings, folder: Path) -> Checked:
    """Through the rules, and to the labels."""
    world = a_world(bookings)
    for name in ("raw", "valid", "quarantine"):
        (folder / name).mkdir(parents=True)
    for name, table in world.tables.items():
        write_arrow(table, folder / f"raw/{name}.parquet")
    engine = EngineConfig(threads=1)
    with connect(engine) as connection:
        delivery = Delivery(connection, folder / "raw", portfolio())
        validation = delivery.check()
        delivery.write(folder / "valid", folder / "quarantine")
    with connected(engine, folder / "spill") as con:
        tables = load(con, folder / "valid", portfolio())
        rates, keep = all_rates(con, tables, portfolio()), Scratch(con).keep
        rows = spells(tables, portfolio().default, rates, portfolio().settlement, keep)
        last = (UNTIL - date(1970, 1, 1)).days
        named = con.to_pyarrow(rows.filter(rows.start <= last))["customer_id"].to_pylist()
    return Checked(world, validation, set(named))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    return checked(Bookings(), tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="module")
def everyday(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    return checked(EVERY, tmp_path_factory.mktemp("everyday"))


@pytest.mark.long
def test_truth_and_defaults_are_the_same(plain: Checked, everyday: Checked) -> None:
    assert everyday.world.truth.equals(plain.world.truth)
    assert everyday.world.defaults.equals(plain.world.defaults)
    assert everyday.named == plain.named
    assert len(plain.named) >= 10


@pytest.mark.long
def test_no_rule_sets_an_everyday_booking_aside(everyday: Checked) -> None:
    assert all(one.rows_quarantined == 0 for one in everyday.validation.counts)


@pytest.mark.long
def test_every_form_is_there_in_about_its_share(plain: Checked, everyday: Checked) -> None:
    rows, before = everyday.frame("payments"), plain.frame("payments")
    documents = everyday.frame("invoices")
    both = rows.merge(documents, on="invoice_id", suffixes=("", "_of"))
    kinds = rows.kind.value_counts()
    assert set(kinds.index) == {"payment", "discount", "fee", "reversal"}
    prepaid = both[(both.kind == "payment") & (both.paid_on < both.issued_on)]
    assert 0.02 < len(prepaid) / len(before) < 0.1
    loose = rows[rows.invoice_id.isna() & (rows.kind == "payment")]
    assert 0.02 < len(loose) / len(before) < 0.1
    # applied under one number: off the account and onto the invoice, for the same amount
    off = rows[rows.invoice_id.isna() & (rows.kind == "reversal")]
    pairs = off.merge(rows[rows.invoice_id.notna()], on="payment_id", suffixes=("", "_on"))
    assert len(pairs) == len(off) > 100
    assert (pairs.amount == pairs.amount_on).all()
    assert (pairs.paid_on_on < pairs.paid_on).all()
    terms = everyday.frame("credit_terms")
    assert 0.2 < terms[terms.discount_rate.notna()].customer_id.nunique() / 150 < 0.4
    notes = documents[documents.kind == "credit_note"]
    assert 0.5 < notes.credits.notna().mean() < 0.7
    assert len(documents) > len(plain.frame("invoices")) * 1.02  # two more for each that is split


@pytest.mark.long
def test_all_money_is_the_same_but_for_discounts_nobody_books(
    plain: Checked, everyday: Checked
) -> None:
    """What every customer was billed is the same to the cent; what was paid is less by at most the discount agreed."""

    def billed(one: Checked) -> pd.Series:
        documents = one.frame("invoices")
        sign = np.where(documents.kind == "invoice", 1, -1)
        return (documents.amount * sign).groupby(documents.customer_id).sum()

    def paid(one: Checked) -> pd.Series:
        rows, documents = one.frame("payments"), one.frame("invoices")
        notes = set(documents.loc[documents.kind == "credit_note", "invoice_id"])
        whose = rows.invoice_id.map(documents.set_index("invoice_id").customer_id)
        sign = np.where((rows.kind == "reversal") != rows.invoice_id.isin(notes), -1, 1)
        return (rows.amount * sign).groupby(whose.fillna(rows.customer_id)).sum()

    assert (billed(plain) == billed(everyday)).all()
    terms = everyday.frame("credit_terms")
    agreed = set(terms.loc[terms.discount_rate.notna(), "customer_id"])
    notes = everyday.frame("invoices")
    named = notes[notes.credits.notna()].groupby("customer_id").amount.sum()
    less = (paid(plain) - paid(everyday)).astype(float)
    assert less.abs().max() > 0
    shown = less[~less.index.isin([*agreed, *named.index])]
    # money on its way on the last day: in parts that are still to come, or came earlier
    assert shown.abs().median() == 0.0


@pytest.mark.long
def test_balances_by_customer_and_day_are_the_bookkeepers(everyday: Checked) -> None:
    tables = {name: table.to_pylist() for name, table in everyday.world.tables.items()}
    some = of(tables, sorted(row["customer_id"] for row in tables["customers"])[:6])
    days = [date(2021, 7, 1) + timedelta(days=300 * step) for step in range(4)]
    assert not position_differences(some, days, portfolio())


@pytest.mark.long
def test_a_world_without_them_is_what_it_was(plain: Checked) -> None:
    rows = plain.frame("payments")
    assert set(rows.kind) == {"payment"}
    assert rows.invoice_id.notna().all()
    assert plain.frame("invoices").credits.isna().all()

"""Open items: item by item they are the position, whatever the book; and who is absent from the cohort has a reason."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from features.labels.absence import absences
from features.labels.cohort import observe
from features.matrix.items import items
from features.matrix.position import position
from tests.features_books import customer, engine, invoice, on, payment, portfolio, statement
from tests.features_random import month_ends, random_book, seeded

DAYS = month_ends()
HALF_A_CENT = Decimal("0.005")


def rate(tables: dict[str, list[dict[str, Any]]], currency: str, day: date) -> Decimal:
    """The last rate known before the day, by plain reading."""
    if currency == "EUR":
        return Decimal(1)
    known = [row for row in tables["fx_rates"] if row["currency"] == currency and row["rate_on"] < day]  # fmt: skip
    newest = max(known, key=lambda row: row["rate_on"])
    return Decimal(newest["rate"])


@pytest.mark.parametrize("seed", range(3))
def test_items_less_credits_are_the_balance_of_the_position(seed: int) -> None:
    tables = random_book(seeded(seed), 12)
    config = portfolio()
    day = DAYS[4 + seed]
    with engine(tables, config) as (con, loaded):
        owed, credit = items(con, loaded, config, day)
        table = position(con, loaded, config, [day])
    sums: dict[str, Decimal] = defaultdict(Decimal)
    disputed: dict[str, Decimal] = defaultdict(Decimal)
    for row in owed.to_pylist():
        value = row["open"] * rate(tables, row["currency"], day)
        sums[row["customer_id"]] += value
        disputed[row["customer_id"]] += value if row["is_disputed"] else Decimal(0)
        assert Decimal(0) < row["open"] <= row["amount"]
        assert row["days"] == (day - row["due_on"]).days
        assert row["issued_on"] < day
    for row in credit.to_pylist():
        sums[row["customer_id"]] -= row["credit"] * rate(tables, row["currency"], day)
    balance = {row["customer_id"]: row for row in table.to_pylist()}
    assert owed.num_rows >= 5
    billed = {row["customer_id"] for row in tables["invoices"]}  # the position asks them alone
    for one in {*sums, *balance} & billed:
        row = balance.get(one, {"balance": Decimal(0), "disputed": Decimal(0), "exposure": Decimal(0)})  # fmt: skip
        assert abs(sums[one] - row["balance"]) <= HALF_A_CENT, one
        assert abs(min(disputed[one], row["exposure"]) - row["disputed"]) <= 2 * HALF_A_CENT, one


def test_without_a_ledger_there_are_none() -> None:
    tables = random_book(seeded(1), 3)
    config = portfolio(default={"preset": "events_only"})
    rest = {name: rows for name, rows in tables.items() if name not in {"invoices", "payments", "disputes"}}  # fmt: skip
    with engine(rest, config) as (con, loaded):
        owed, credit = items(con, loaded, config, DAYS[5])
    assert (owed.num_rows, credit.num_rows) == (0, 0)


def test_whoever_is_not_in_the_cohort_is_told_why() -> None:
    """The cohort is the oracle: only who is out of it is in default, and nobody is left without a reason."""
    tables = random_book(seeded(5), 40)
    for row in tables["customers"]:
        row["onboarded_on"] = date(2015, 1, 1)
    for number, one in enumerate(tables["customers"][:6]):
        mine = [row for row in tables["invoices"] if row["customer_id"] == one["customer_id"]]
        gone = {row["invoice_id"] for row in mine}
        tables["invoices"] = [row for row in tables["invoices"] if row["invoice_id"] not in gone]
        tables["payments"] = [row for row in tables["payments"] if row["invoice_id"] not in gone and row.get("customer_id") != one["customer_id"]]  # fmt: skip
        tables["disputes"] = [row for row in tables["disputes"] if row["invoice_id"] not in gone]
        tables["events"] = [row for row in tables["events"] if row["customer_id"] != one["customer_id"]]  # fmt: skip
        if number % 2:
            one["onboarded_on"] = date(2030, 1, 1)
    config = portfolio()
    every = [row["customer_id"] for row in tables["customers"]]
    with engine(tables, config) as (con, loaded):
        cohort = observe(con, loaded, config)
        day = cohort["as_of"].max().date()
        there = set(cohort.loc[cohort["as_of"] == pd.Timestamp(day), "customer_id"])
        why = absences(con, loaded, config, day, every)
    kinds = {one: said for one, (said, _) in why.items()}
    assert {kinds[one] for one in every if one not in there} >= {"in_default", "never_billed", "onboarded_later"}  # fmt: skip
    assert not [one for one in every if one not in there and kinds[one] == "not_observed"]
    assert not [one for one in there if kinds[one] in {"in_default", "never_billed", "onboarded_later"}]  # fmt: skip
    assert all(since is not None and since < day for said, since in why.values() if said == "in_default")  # fmt: skip


def test_a_customer_no_longer_buys_only_where_its_last_invoice_is_old_and_nothing_is_owed() -> None:
    """A paid its last invoice two years ago; B never paid one as old; C bought a month ago; D was never billed; E owes ten euros of old."""
    tables = {
        "customers": [customer(one) for one in "ABCDE"],
        "invoices": [
            invoice("A1", "A", 0, "100"), invoice("B1", "B", 0, "100000"), invoice("C0", "C", 0, "100"), invoice("C1", "C", 700, "100"), invoice("E1", "E", 0, "10"),
        ],
        "payments": [payment("P1", "A1", 20, "100"), payment("P2", "C1", 710, "100"), payment("P3", "C0", 20, "100")],
    }  # fmt: skip
    config, day = portfolio(), on(730)
    with engine(tables, config) as (con, loaded):
        cohort = observe(con, loaded, config)
        there = set(cohort.loc[cohort["as_of"] == pd.Timestamp(day), "customer_id"])
        why = absences(con, loaded, config, day, [one for one in "ABCDE" if one not in there])
    assert there == {"C", "E"}  # who buys or owes has a score, and is never told to do neither
    assert why == {
        "A": ("no_longer_buying", on(0)),
        "B": ("in_default", on(31 + 90)),
        "D": ("never_billed", None),
    }


def test_nothing_is_recent_only_where_no_statement_is() -> None:
    """Without a ledger, customers are judged on statements: A's is of years ago, B never filed one, C's is of this year."""
    config, day = portfolio(default={"preset": "events_only"}), on(1500)
    tables = {
        "customers": [customer(one) for one in "ABC"],
        "financials": [statement("A", on(-400), on(-200)), statement("C", on(1200), on(1400))],
        "events": [],
    }  # fmt: skip
    with engine(tables, config) as (con, loaded):
        why = absences(con, loaded, config, day, list("ABC"))
    assert why["A"] == ("nothing_recent", on(-200))
    assert why["B"] == ("nothing_recent", None)
    assert why["C"][0] == "not_observed"

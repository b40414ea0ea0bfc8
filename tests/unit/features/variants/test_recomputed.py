"""Copies with other bookings have the features that the engine gives a book in which this was booked: nothing is counted twice."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from contracts.booked import Booked
from contracts.config.features import FeaturesConfig
from contracts.errors import ContractError
from features.matrix.items import items
from features.matrix.matrix import build
from features.variants.day import Day
from features.variants.recomputed import _ranks, recomputed
from tests.features_books import engine, on, portfolio
from tests.features_random import month_ends, random_book, seeded

pytestmark = pytest.mark.long
DAY = month_ends()[12]
BEFORE = DAY - timedelta(days=1)
PLAN, PERIOD = date(2023, 9, 1), date(2023, 1, 31)


def matrix_of(con: Any, loaded: Any, tables: dict[str, list[dict[str, Any]]]) -> pd.DataFrame:
    ids = [row["customer_id"] for row in tables["customers"]]
    asked = pa.table({"customer_id": ids, "as_of": pa.array([DAY] * len(ids), pa.date32())})
    con.con.register("asked", asked)
    made = build(con, loaded, con.table("asked"), portfolio(), FeaturesConfig())[0]
    frame: pd.DataFrame = made.to_pandas(date_as_object=False)
    return frame


def day(rows: pd.DataFrame) -> Day:
    own = rows.set_index("customer_id")
    return Day(DAY, own, own)


def books(tables: dict[str, list[dict[str, Any]]], one: Booked) -> dict[str, list[dict[str, Any]]]:
    """The book with the bookings in it, as a bookkeeper would enter them."""
    mine = one.customer_id
    paid = [
        {"payment_id": "new", "invoice_id": key, "customer_id": None, "paid_on": BEFORE, "amount": amount, "kind": "payment", "booked_at": BEFORE}
        for key, amount in one.paid.items()
    ]  # fmt: skip
    disputes = [
        row | ({"closed_on": BEFORE} if row["invoice_id"] in one.settled and (row["closed_on"] is None or row["closed_on"] > BEFORE) else {})
        for row in tables["disputes"]
    ]  # fmt: skip
    plan = {"event_id": "new", "customer_id": mine, "occurred_on": BEFORE, "known_on": BEFORE, "kind": "payment_plan", "amount": None, "detail": str(PLAN)}  # fmt: skip
    known = [row for row in tables["financials"] if row["customer_id"] == mine and row["published_on"] < DAY]  # fmt: skip
    last = max(known, key=lambda row: (row["period_end"], row["published_on"]))
    return tables | {
        "payments": [*tables["payments"], *paid],
        "disputes": disputes,
        "events": [*tables["events"], plan],
        "financials": [*tables["financials"], last | {"period_end": PERIOD, "published_on": BEFORE}],
    }  # fmt: skip


@pytest.fixture(scope="module")
def found() -> tuple[dict[str, list[dict[str, Any]]], pd.DataFrame, pd.DataFrame, list[Booked]]:
    """The book, its matrix, and the rows of four copies: of one customer nothing and everything, of another nothing and one payment."""
    tables = random_book(seeded(11), 24)
    # the history names one industry from the first day on; today's record, which it overrules, names others
    tables["master_history"] = [row | {"industry": "C"} for row in tables["master_history"]] + [
        {"customer_id": row["customer_id"], "known_on": on(-500), "country": "DE", "industry": "C", "legal_form": "ltd", "parent_id": None,
         "is_natural_person": None}
        for row in tables["customers"]
    ]  # fmt: skip
    config = portfolio()
    with engine(tables, config) as (con, loaded):
        before = matrix_of(con, loaded, tables)
        owed = items(con, loaded, config, DAY)[0].to_pylist()
        contested = [row for row in owed if row["is_disputed"]]
        stated = {row["customer_id"] for row in tables["financials"] if row["published_on"] < DAY}
        mine = next(row["customer_id"] for row in contested if row["customer_id"] in stated)
        own = [row for row in owed if row["customer_id"] == mine]
        other = next(row for row in owed if row["customer_id"] != mine)
        asked = [
            Booked(mine),
            Booked(
                mine,
                {row["invoice_id"]: row["open"] for row in own},
                tuple(row["invoice_id"] for row in own if row["is_disputed"]),
                PLAN,
                PERIOD,
            ),
            Booked(other["customer_id"]),
            Booked(other["customer_id"], {other["invoice_id"]: other["open"]}),
        ]
        book = day(before), {row["customer_id"]: row["industry"] for row in tables["customers"]}
        names = [one for one in before.columns if one not in {"customer_id", "as_of"}]
        rows = recomputed(con, loaded, asked, book, (config, FeaturesConfig()), names)
    return tables, before, rows, asked


def test_a_copy_without_a_booking_is_the_customer(found: Any) -> None:
    _, before, rows, asked = found
    for place in (0, 2):
        own = before[before["customer_id"] == asked[place].customer_id].iloc[0]
        pd.testing.assert_series_equal(rows.iloc[place], own[rows.columns], check_names=False)


def test_a_copy_is_the_book_in_which_it_is_booked(found: Any) -> None:
    tables, before, rows, asked = found
    booked = books(tables, asked[1])
    with engine(booked, portfolio()) as (con, loaded):
        after = matrix_of(con, loaded, booked)
    own = after[after["customer_id"] == asked[1].customer_id].iloc[0]
    pd.testing.assert_series_equal(rows.iloc[1], own[rows.columns], check_names=False)
    was = before[before["customer_id"] == asked[1].customer_id].iloc[0]
    moved = [one for one in rows if str(was[one]) != str(own[one])]
    assert len(moved) > 30  # a copy that books nothing would not pass
    assert any(one.startswith("peers_") for one in moved)


def test_one_payment_lowers_what_is_owed_and_nothing_of_statements(found: Any) -> None:
    _, _, rows, _ = found
    assert rows["balance_amount"].iloc[3] < rows["balance_amount"].iloc[2]
    same = [one for one in rows if one.startswith("statement_")]
    pd.testing.assert_series_equal(rows[same].iloc[3], rows[same].iloc[2], check_names=False)


def test_a_ledger_of_another_matrix_is_refused(found: Any) -> None:
    tables, before, _, asked = found
    other = before.assign(balance_amount=before["balance_amount"] + 1)
    with engine(tables, portfolio()) as (con, loaded), pytest.raises(ContractError, match="other features"):  # fmt: skip
        recomputed(con, loaded, asked[:1], (day(other), {}), (portfolio(), FeaturesConfig()), ["balance_amount"])  # fmt: skip


def test_a_copy_ranks_among_all_where_nobody_has_an_industry() -> None:
    book = pd.Series({name: float(place) for place, name in enumerate("ABCDEFG")} | {"H": np.nan})
    copies = pd.Series([2.0, 9.0])
    # as `recomputed` has it where nobody's is known
    found = _ranks(copies, book, ["C", "C"], dict.fromkeys(book.index, ""))
    assert found.tolist() == [2 / 6, 1.0]  # the customer itself is not among the others
    of_h = dict.fromkeys(book.index) | {"H": "bakers"}
    assert np.isnan(_ranks(copies, book, ["C", "C"], of_h)).all()

"""What the page is told: sums that agree, calls in the right order, a size that does not grow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from contracts.config.decisions import RateConfig
from contracts.config.scale import ScaleConfig
from contracts.documents.portfolio import Portfolio
from contracts.tables.raw import CUSTOMERS
from contracts.tables.store import read_table
from decisions.facts.book import Book, gather
from decisions.rating import rate
from decisions.receivables.turnover import collection_effectiveness, countback_dso, measure
from decisions.summary import Heading, summarise

AS_OF = date(2025, 12, 31)
Write = Callable[..., dict[str, Path]]
MakeBook = Callable[..., Book]
SETTINGS = (ScaleConfig(), RateConfig())


def summary(book: Book) -> dict[str, Any]:
    facts = gather(book, 24)
    rated = rate(book, *SETTINGS, facts=facts)
    customers = read_table(book.tables["customers"], CUSTOMERS)
    made = summarise(rated, customers, book, facts, Heading("demo", "Demo", 12), SETTINGS)
    assert (
        Portfolio.from_text(made.text(), where="") == made
    )  # nothing is lost on the way to the page
    return made.model_dump()


def ledger(owed: dict[str, float]) -> dict[str, list[dict[str, Any]]]:
    invoices = [
        {"invoice_id": f"i{one}", "customer_id": one, "amount": amount, "issued_on": date(2025, 12, 1),
         "due_on": date(2025, 12, 20)}
        for one, amount in owed.items()
    ]  # fmt: skip
    return {"invoices": invoices, "payments": []}


def test_calls_go_by_money_at_stake(write: Write, make_book: MakeBook) -> None:
    owed = {"small_bad": 100, "large_weak": 50_000, "mid_bad": 2_000, "large_good": 900_000}
    tables = write(customers=[{"customer_id": one} for one in owed], **ledger(owed))
    chance = {"small_bad": 0.6, "large_weak": 0.06, "mid_bad": 0.5, "large_good": 0.0004}
    found = summary(make_book(tables, chance))
    # 0.06 x 50,000 > 0.5 x 2,000 > 0.0004 x 900,000 > 0.6 x 100
    called = [(call["customer_id"], call["action"]) for call in found["calls"]]
    assert called == [
        ("large_weak", "reduce"),
        ("mid_bad", "stop"),
        ("large_good", "reduce"),
        ("small_bad", "stop"),
    ]
    losses = [call["expected_loss"] for call in found["calls"]]
    assert losses == sorted(losses, reverse=True)
    assert found["n_to_call"] == len(called)


def test_the_parts_add_up_to_the_headline(write: Write, make_book: MakeBook) -> None:
    owed = {f"C{i:02}": 1_000.0 + i for i in range(40)}
    customers = [
        {"customer_id": one, "industry": f"industry {i % 15}" if i % 4 else None}
        for i, one in enumerate(owed)
    ]
    tables = write(customers=customers, **ledger(owed))
    found = summary(make_book(tables, {one: 0.001 * (i + 1) for i, one in enumerate(owed)}))
    head = found["headline"]
    assert head["exposure"] == sum(Decimal(str(amount)) for amount in owed.values())
    for part in ("grades", "actions", "industries"):
        assert sum(row["customers"] for row in found[part]) == head["customers"] == 40
        assert sum(row["exposure"] for row in found[part]) == head["exposure"]
        assert sum(row["expected_loss"] for row in found[part]) == head["expected_loss"]
    assert sum(row["amount"] for row in found["ageing"]) == head["exposure"]
    assert len(found["industries"]) <= 12
    assert len(found["calls"]) <= 10
    assert len(found["grades"]) == 10
    assert [row["kind"] for row in found["industries"][-2:]] == ["others", "unknown"]


def test_those_without_a_score_stand_apart(write: Write, make_book: MakeBook) -> None:
    tables = write(
        customers=[{"customer_id": "A"}, {"customer_id": "B"}], **ledger({"A": 100, "B": 70})
    )
    found = summary(make_book(tables, {"A": 0.01}))
    assert found["headline"]["exposure"] == 100
    owed = {"customers": 1, "exposure": Decimal(70), "overdue": Decimal(70)}
    assert (found["outside"], found["untold"]) == (owed, None)
    aside = summary(replace(make_book(tables, {"A": 0.01}), untold=frozenset({"B", "A"})))
    assert (aside["outside"], aside["untold"]) == (None, owed), (
        "whether B is in default is not known"
    )
    # B owes 70 in default: in the whole ledger, not in what customers with a score owe
    assert sum(row["amount"] for row in found["ageing"]) == 100
    assert sum(row["ledger_amount"] for row in found["ageing"]) == 170
    assert found["receivables"]["dso"] == pytest.approx(92)
    assert found["receivables_ledger"]["dso"] == pytest.approx(92)


def test_who_left_the_book_is_told_apart_from_who_got_better(
    write: Write, make_book: MakeBook
) -> None:
    """D owed 9,000 in September, all of it overdue, and has defaulted since: nothing of that is an improvement."""
    rows = [
        # bought in December: A 100 more, which are overdue; C is new and owes 40
        *ledger({"A": 100, "C": 40})["invoices"],
        {"invoice_id": "a", "customer_id": "A", "amount": 500, "issued_on": date(2025, 5, 1), "due_on": date(2025, 6, 1)},
        {"invoice_id": "d", "customer_id": "D", "amount": 9_000, "issued_on": date(2025, 5, 1), "due_on": date(2025, 6, 1)},
    ]  # fmt: skip
    paid = [
        {"payment_id": "a", "invoice_id": "a", "amount": 300, "paid_on": date(2025, 11, 1)},
        {"payment_id": "d", "invoice_id": "d", "amount": 1_000, "paid_on": date(2025, 11, 1)},
    ]
    customers = [{"customer_id": one} for one in "ABCD"]
    tables = write(customers=customers, invoices=rows, payments=paid)
    now = {"A": 0.2, "B": 0.001, "C": 0.4}
    book = make_book(tables, now)
    earlier = pd.DataFrame(
        {"customer_id": ["A", "B", "D"], "as_of": pd.Timestamp("2025-09-30"), "pd": [0.001, 0.02, 0.5]}
    )  # fmt: skip
    recent = earlier.assign(as_of=pd.Timestamp("2025-11-30"), pd=0.9)
    scored = pd.concat([book.scored, earlier, recent])
    found = summary(make_book(tables, now, scored=scored))["earlier"]
    assert found == {
        "as_of": date(2025, 9, 30), "customers": 2, "worse": 1, "better": 1,
        "at_risk_change": 1,  # A; neither C, who is new, nor D, who is gone
        "exposure_change": -200, "overdue_change": -200,  # A: 500 then, 200 + 100 now, all overdue
        "left": {"customers": 1, "at_risk": 1, "in_default": 1, "untold": 0, "exposure": 9_000, "overdue": 9_000, "exposure_now": 8_000, "overdue_now": 8_000},
        "came": {"customers": 1, "at_risk": 1, "exposure": 40, "overdue": 40},
    }  # fmt: skip
    assert summary(book)["earlier"] is None
    # of D a default event was set aside: nobody knows, so it is not called a default
    aside = replace(make_book(tables, now, scored=scored), untold=frozenset({"D"}))
    left = summary(aside)["earlier"]["left"]
    assert (left["customers"], left["in_default"], left["untold"]) == (1, 0, 1)


def test_a_portfolio_without_a_ledger(write: Write, make_book: MakeBook) -> None:
    tables = write(customers=[{"customer_id": "A"}])
    found = summary(make_book(tables, {"A": 0.4}))
    assert found["receivables"] is None
    assert found["outside"] is None
    assert not found["has_ledger"]
    assert found["calls"][0]["action"] == "stop"
    assert found["without_limit"] == 0  # prepayment is known to need none


def test_receivables_of_the_ledger(write: Write, make_book: MakeBook) -> None:
    invoices = [
        {"invoice_id": "a", "customer_id": "A", "amount": 1_000, "issued_on": date(2025, 9, 1), "due_on": date(2025, 10, 1)},
        {"invoice_id": "b", "customer_id": "A", "amount": 3_000, "issued_on": date(2025, 11, 1), "due_on": date(2025, 12, 1)},
        {"invoice_id": "c", "customer_id": "A", "amount": 2_000, "issued_on": date(2025, 12, 10), "due_on": date(2026, 1, 9)},
    ]  # fmt: skip
    payments = [
        {"payment_id": "1", "invoice_id": "a", "amount": 1_000, "paid_on": date(2025, 11, 1)},
        {"payment_id": "2", "invoice_id": "b", "amount": 2_500, "paid_on": date(2025, 12, 1)},
    ]
    tables = write(customers=[{"customer_id": "A"}], invoices=invoices, payments=payments)
    found = summary(make_book(tables, {"A": 0.01}))["receivables"]
    # opening 1,000 (30 Sep), sales 5,000 in 92 days, closing 2,500 of which 2,000 not yet due
    assert found["days"] == 92
    assert found["dso"] == pytest.approx(2_500 / 5_000 * 92)
    assert found["best_possible_dso"] == pytest.approx(2_000 / 5_000 * 92)
    assert found["days_delinquent"] == pytest.approx(500 / 5_000 * 92)
    # December's 2,000 with its 31 days; 500 of the 3,000 sold in (31 Oct, 30 Nov], 30 days
    assert found["countback_dso"] == pytest.approx(31 + 30 * 500 / 3_000)
    assert found["effectiveness"] == pytest.approx((1_000 + 5_000 - 2_500) / (6_000 - 2_000) * 100)


def test_sales_and_balances_are_of_one_clock(write: Write, make_book: MakeBook) -> None:
    """6,000 dated 20 September and booked on 2 October are in no balance of 30 September: they are sales of the quarter."""
    invoices = [
        {"invoice_id": "a", "customer_id": "A", "amount": 6_000, "issued_on": date(2025, 9, 20), "due_on": date(2025, 10, 20),
         "booked_at": date(2025, 10, 2)},
    ]  # fmt: skip
    payments = [
        {"payment_id": "1", "invoice_id": "a", "amount": 5_000, "paid_on": date(2025, 11, 1)}
    ]
    tables = write(customers=[{"customer_id": "A"}], invoices=invoices, payments=payments)
    found = summary(make_book(tables, {"A": 0.01}))["receivables"]
    # (0 + 6,000 - 1,000) / (0 + 6,000 - 0): by the date of issue there would be no sales, and no index
    assert found["effectiveness"] == pytest.approx(5_000 / 6_000 * 100)
    assert found["dso"] == pytest.approx(1_000 / 6_000 * 92)


def test_measures_without_sales_are_missing() -> None:
    found = measure(0.0, 10.0, 10.0, [(0.0, 31), (0.0, 30)], 2)
    assert (found.dso, found.countback_dso, found.days_delinquent) == (None, None, None)
    assert collection_effectiveness(10.0, 0.0, 10.0, 10.0) is None


def test_countback_stops_where_the_months_end() -> None:
    assert countback_dso(1_000.0, [(100.0, 31), (0.0, 30), (50.0, 31)]) == 92
    # a month in which more was credited than sold takes its days, not money
    assert countback_dso(150.0, [(100.0, 31), (-20.0, 30), (100.0, 31)]) == 31 + 30 + 15.5

"""From PD to decision: reckoned by hand, by every action, and refused where the input does not fit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from contracts.config.decisions import RateConfig
from contracts.config.scale import ScaleConfig
from contracts.errors import ConfigError, ContractError
from contracts.scale import exact_score
from contracts.tables.derived import ACTIONS, PILLARS, PORTFOLIO
from contracts.tables.raw import CUSTOMERS
from contracts.tables.store import conform, read_table
from decisions.action import Case, actions
from decisions.facts.book import Book, Facts, gather
from decisions.rating import _Inputs, rate, recommended
from decisions.summary import Heading, summarise

AS_OF = date(2025, 12, 31)
Write = Callable[..., dict[str, Path]]
MakeBook = Callable[..., Book]
SCALE, RULES = ScaleConfig(), RateConfig()


def one_a_month(customer: str, amount: float, unpaid: int) -> dict[str, list[dict[str, Any]]]:
    """An invoice every 30 days for fourteen months, due after 30 days and paid on the day, but for the last few."""
    invoices, payments = [], []
    for month in range(14):
        issued = AS_OF - timedelta(days=10 + 30 * month)
        number = f"{customer}{month}"
        invoices.append(
            {"invoice_id": number, "customer_id": customer, "amount": amount, "issued_on": issued,
             "due_on": issued + timedelta(days=30)}
        )  # fmt: skip
        if month >= unpaid:
            payments.append(
                {"payment_id": number, "invoice_id": number, "amount": amount,
                 "paid_on": issued + timedelta(days=30)}
            )  # fmt: skip
    return {"invoices": invoices, "payments": payments}


def test_a_decision_by_hand(write: Write, make_book: MakeBook) -> None:
    tables = write(
        customers=[{"customer_id": "A"}],
        credit_terms=[
            {
                "customer_id": "A",
                "credit_limit": 9_000,
                "insured_limit": 4_000,
                "insured_share": 0.9,
            }
        ],
        **one_a_month("A", 10_000, unpaid=1),
    )
    row = rate(make_book(tables, {"A": 0.03}), SCALE, RULES).iloc[0]
    assert row["exposure"] == Decimal("10000.00")
    assert row["overdue"] == 0
    # one invoice is open at every month-end: the peak is 10,000
    assert row["ead"] == Decimal("10000.00")
    # 0.03 x 0.45 x (10,000 - 0.9 x 4,000)
    assert row["expected_loss"] == Decimal("86.40")
    assert row["grade"] == 7
    assert row["terms_days"] == 30
    # need 10,000 x 30 / 30; capacity 1.5 months of 10,000 paid for; appetite far above
    assert row["limit"] == Decimal("10000.00")
    assert row["limit_bound"] == "need"
    assert row["limit_current"] == Decimal("9000.00")
    assert row["action"] == "review"  # 10,000 are open on a limit of 9,000
    assert row["review_on"] == pd.Timestamp("2026-03-31")
    assert row["score"] == round(600 + 40 / np.log(2) * (np.log(0.97 / 0.03) - np.log(30)))
    assert row["reason_1"] == "A paid late."
    assert row["reason_1_zh"] == "A 付款逾期。"
    assert pd.isna(row["reason_2"])


def test_a_cancelled_invoice_changes_no_decision(write: Write, make_book: MakeBook) -> None:
    """Six customers who do the same business. What was billed and taken back is no business, and was never late."""
    customers = ["none", "month", "quarter", "year", "part", "open"]
    books: dict[str, list[dict[str, Any]]] = {"invoices": [], "payments": []}
    for one in customers:
        for name, rows in one_a_month(one, 1_000, unpaid=1).items():
            books[name] += rows

    def cancelled(one: str, issued: date, noted: date, **more: Any) -> None:
        bill = {"customer_id": one, "issued_on": issued, "due_on": issued + timedelta(days=30)}
        note = {"customer_id": one, "issued_on": noted, "due_on": None, "kind": "credit_note"}
        books["invoices"] += [
            bill | {"invoice_id": f"{one}-x", "amount": 9_000},
            note | {"invoice_id": f"{one}-n", "amount": 9_000, "credits": f"{one}-x"} | more,
        ]

    cancelled("month", date(2025, 12, 5), date(2025, 12, 9))
    cancelled(
        "quarter", date(2025, 9, 5), date(2025, 11, 9)
    )  # billed before the quarter, taken back in it
    cancelled("year", date(2024, 11, 5), date(2025, 12, 9))  # billed before the year
    cancelled("part", date(2025, 6, 5), date(2025, 7, 9), amount=4_000)
    books["invoices"].append(
        {"invoice_id": "rest", "customer_id": "part", "amount": 5_000, "issued_on": date(2025, 8, 1), "due_on": None,
         "kind": "credit_note", "credits": "part-x"}
    )  # fmt: skip
    cancelled("open", date(2025, 3, 5), date(2025, 12, 20))  # long overdue when it was taken back
    tables = write(customers=[{"customer_id": one} for one in customers], **books)
    found = rate(make_book(tables, dict.fromkeys(customers, 0.01)), SCALE, RULES)
    decided = found.set_index("customer_id")[
        ["exposure", "overdue", "expected_loss", "limit", "limit_bound", "terms_days", "action", "review_on"]
    ]  # fmt: skip
    assert decided.loc["none", "limit"] == Decimal("1500.00")  # 1,000 a month x 45 / 30
    assert decided.loc["month"].equals(decided.loc["none"])
    # at a month-end the others did owe it, as far as was known: their peak, and so the loss expected at it, is higher
    for one in set(customers) - {"none", "month"}:
        told = decided.columns.drop("expected_loss")
        assert decided.loc[one, told].equals(decided.loc["none", told]), one


def test_each_of_the_three_bounds(write: Write, make_book: MakeBook) -> None:
    ledger = {name: [] for name in ("invoices", "payments")}
    for customer in "ABC":
        for name, rows in one_a_month(customer, 50_000, unpaid=0).items():
            ledger[name] += rows
    tables = write(
        customers=[{"customer_id": one} for one in "ABC"],
        financials=[
            {"customer_id": one, "period_end": date(2024, 12, 31), "published_on": date(2025, 4, 1), "equity": equity}
            for one, equity in (("A", 9_000_000), ("B", 123_456), ("C", 9_000_000))
        ],
        **ledger,
    )  # fmt: skip
    chance = {"A": 0.0055, "B": 0.0055, "C": 0.0099}
    found = rate(make_book(tables, chance), SCALE, RateConfig(allowed_loss=200))
    assert found["limit_bound"].tolist() == ["need", "capacity", "appetite"]
    # A: 50,000 x 45 / 30. B: a tenth of its equity. C: 200 / (0.0099 x 0.45) = 44,893
    assert found["limit"].astype(float).tolist() == [75_000, 12_000, 44_000]


def test_the_frame_keeps_the_contract_and_adds_up(write: Write, make_book: MakeBook) -> None:
    tables = write(customers=[{"customer_id": "A"}], **one_a_month("A", 100, unpaid=2))
    found = rate(make_book(tables, {"A": 0.2, "B": 0.0007}), SCALE, RULES)
    assert conform(found, PORTFOLIO).num_rows == 2
    parts = found[["points_base", *(f"points_{pillar}" for pillar in PILLARS)]].sum(axis=1)
    assert parts.to_numpy() == pytest.approx(exact_score(found["pd"], SCALE), abs=1e-9)
    assert found["points_base"].tolist() == pytest.approx([600.0, 600.0])
    assert found.loc[1, "exposure"] == 0  # B owes nothing


def test_without_a_ledger_the_need_is_not_known(write: Write, make_book: MakeBook) -> None:
    tables = write(
        customers=[{"customer_id": "A"}],
        financials=[
            {"customer_id": "A", "period_end": date(2024, 12, 31), "published_on": date(2025, 4, 1), "equity": 1_000_000}
        ],
    )  # fmt: skip
    row = rate(make_book(tables, {"A": 0.006}), SCALE, RULES).iloc[0]
    assert (row["limit"], row["limit_bound"]) == (Decimal("100000.00"), "capacity")
    assert row["exposure"] == row["expected_loss"] == 0


def test_with_nothing_but_a_score_there_is_no_limit(write: Write, make_book: MakeBook) -> None:
    """5,000 / (0.01 x 0.45) = 1,111,111 would be what a loss may cost; nobody knows what the customer buys or can pay."""
    tables = write(customers=[{"customer_id": "A"}])
    found = rate(make_book(tables, {"A": 0.01, "B": 0.2, "C": 0.5}), SCALE, RULES)
    assert pd.isna(found.loc[0, "limit"])
    assert pd.isna(found.loc[0, "limit_bound"])
    assert found.loc[0, "action"] == "keep"
    # at risk: prepayment, at which nothing is open, whatever it buys
    assert found["terms_days"].tolist() == [45, 0, 0]
    assert found.loc[1:, "limit"].tolist() == [0, 0]
    assert conform(found, PORTFOLIO).num_rows == 3


def test_what_a_statement_supports(write: Write, make_book: MakeBook) -> None:
    """Grade 5 carries a tenth of equity, 3 % of turnover, or 2.5 times the best month it has paid for."""
    reported: dict[str, dict[str, float]] = {
        "equity": {"equity": 400_000},
        "follows": {"total_assets": 1_000_000, "total_liabilities": 600_000},
        "both": {"equity": 300_000, "total_assets": 1_000_000, "total_liabilities": 600_000},
        "turnover": {"revenue": 500_000, "total_assets": 1_000_000},
        "nothing_sold": {"revenue": 0, "total_assets": 1_000_000},
        "negative": {"equity": -1, "revenue": 500_000},
        "negative_follows": {"total_assets": 600_000, "total_liabilities": 1_000_000, "revenue": 500_000},
        "nought": {"equity": 0, "revenue": 500_000},
        "silent": {"cash": 10_000},
    }  # fmt: skip
    books: dict[str, list[dict[str, Any]]] = {"invoices": [], "payments": []}
    for one in reported:
        for name, rows in one_a_month(one, 6_000, unpaid=0).items():
            books[name] += rows
    financials = [
        {"customer_id": one, "period_end": date(2024, 12, 31), "published_on": date(2025, 4, 1)} | values
        for one, values in reported.items()
    ]  # fmt: skip
    tables = write(customers=[{"customer_id": one} for one in reported], financials=financials, **books)  # fmt: skip
    chance = dict.fromkeys(reported, 0.007)
    rich = RateConfig(allowed_loss=1e9)
    book = make_book(tables, chance)
    facts = gather(book, 24)
    rated = rate(book, SCALE, rich, facts=facts).set_index("customer_id")
    assert set(rated["grade"]) == {5}
    carried = dict(zip(rated.index, carries(facts, rated, rich), strict=True))
    assert carried == {
        "equity": 40_000, "follows": 40_000, "both": 30_000, "turnover": 15_000, "silent": 15_000,
        "nothing_sold": 15_000,
        "negative": 0, "negative_follows": 0, "nought": 0,
    }  # fmt: skip
    # 6,000 a month x 45 / 30 = 9,000 is the need
    limits = {one: (int(rated.loc[one, "limit"]), rated.loc[one, "limit_bound"]) for one in reported}  # fmt: skip
    assert limits == {
        one: (9_000, "need") if carried[one] else (0, "capacity") for one in reported
    }  # fmt: skip


def carries(facts: Facts, rated: pd.DataFrame, rules: RateConfig) -> list[float]:
    """What each customer can carry, as `rate` has it, where need and appetite are out of the way."""
    much = facts.customers.assign(billed_3m=10**12, billed_12m=10**12, insured_limit=10**12, insured_share=1.0)  # fmt: skip
    book = _Inputs(
        rated["pd"].to_numpy(), rated["grade"].to_numpy(),
        {str(name): much[name].to_numpy(dtype=float, na_value=np.nan) for name in much.columns}, has_ledger=True,
    )  # fmt: skip
    return recommended(book, np.full(len(rated), 60), rules).amount.tolist()


def test_on_prepayment_nothing_is_needed(write: Write, make_book: MakeBook) -> None:
    """6,000 a month, paid 30 days late: net 30 takes 12,000; delivered against money it takes nothing."""
    books: dict[str, list[dict[str, Any]]] = {"invoices": [], "payments": []}
    for one in ("net", "prepaid", "good", "worst"):
        for name, rows in one_a_month(one, 6_000, unpaid=0).items():
            later = [row | {"paid_on": row["paid_on"] + timedelta(days=30)} for row in rows] if name == "payments" else rows  # fmt: skip
            books[name] += later
    terms = [
        {"customer_id": one, "payment_terms_days": days}
        for one, days in (("net", 30), ("prepaid", 0), ("good", 0), ("worst", 30))
    ]
    tables = write(customers=[{"customer_id": row["customer_id"]} for row in terms], credit_terms=terms, **books)  # fmt: skip
    chance = {"good": 0.0004, "net": 0.007, "prepaid": 0.007, "worst": 0.5}
    found = rate(make_book(tables, chance), SCALE, RULES).set_index("customer_id")
    needed = {one: (int(found.loc[one, "limit"]), found.loc[one, "limit_bound"]) for one in chance}
    assert needed["prepaid"] == needed["good"] == (0, "need")
    assert found.loc["net", "limit"] > 6_000
    # the worst grade is offered prepayment: no credit on the same line
    assert (found.loc["worst", "terms_days"], found.loc["worst", "limit"]) == (0, 0)


def test_a_good_customer_keeps_what_it_uses(write: Write, make_book: MakeBook) -> None:
    ledger = one_a_month("A", 3_333, unpaid=6)
    tables = write(customers=[{"customer_id": "A"}], **ledger)
    good = rate(make_book(tables, {"A": 0.001}), SCALE, RULES).iloc[0]
    assert good["exposure"] == Decimal("19998.00")
    needed = 3_333 * (60 + 90) / 30  # at most
    assert needed < 19_998
    assert (
        good["limit_bound"] == "capacity"
    )  # 3 x the best month paid for: what it uses is above it
    rich = RateConfig(capacity_months_paid=(9.0,) * 10)
    assert rate(make_book(tables, {"A": 0.001}), SCALE, rich).iloc[0]["limit"] == Decimal(
        "20000.00"
    )
    average = rate(make_book(tables, {"A": 0.007}), SCALE, rich).iloc[0]
    assert average["limit"] < Decimal("20000.00")


def test_a_thin_margin_shortens_the_terms(write: Write, make_book: MakeBook) -> None:
    tables = write(customers=[{"customer_id": "A"}])
    thin = RateConfig(gross_margin=0.007)
    # 0.004 x 0.45 = 0.0018; 60 days cost 0.01 on top, 45 days 0.0075, 30 days 0.005
    row = rate(make_book(tables, {"A": 0.004}), SCALE, thin).iloc[0]
    assert row["terms_days"] == 30


def test_insurance_lowers_the_loss_and_not_the_price(write: Write, make_book: MakeBook) -> None:
    """Both owe 6,000 at most; an insurer pays 0.9 of it for one: 0.004 x 0.45 x 600 = 1.08 for 10.80. Terms are those of the price."""
    books: dict[str, list[dict[str, Any]]] = {"invoices": [], "payments": []}
    for one in ("insured", "open"):
        for name, rows in one_a_month(one, 6_000, unpaid=1).items():
            books[name] += rows
    cover = {"insured_limit": 50_000, "insured_share": 0.9}
    terms = [{"customer_id": "insured", "payment_terms_days": 30} | cover, {"customer_id": "open", "payment_terms_days": 30}]  # fmt: skip
    tables = write(customers=[{"customer_id": "insured"}, {"customer_id": "open"}], credit_terms=terms, **books)  # fmt: skip
    # 0.0018 + 30 days at 6 % are 0.0068, of which the insurer would take 0.0016: at 0.006 that would pay, and 30 days do not
    thin = RateConfig(gross_margin=0.006)
    found = rate(make_book(tables, {"insured": 0.004, "open": 0.004}), SCALE, thin).set_index("customer_id")  # fmt: skip
    assert found["terms_days"].tolist() == [14, 14]
    assert found["expected_loss"].tolist() == [Decimal("1.08"), Decimal("10.80")]


def test_lists_must_have_one_value_per_grade(write: Write, make_book: MakeBook) -> None:
    book = make_book(write(customers=[{"customer_id": "A"}]), {"A": 0.01})
    with pytest.raises(ConfigError, match="10 values for 3 grades") as caught:
        rate(book, ScaleConfig(grade_bounds=(0.01, 0.1)), RULES)
    assert "terms_by_grade" in caught.value.where


def by_grade(n_grades: int, **more: Any) -> RateConfig:
    """Rules for a scale of so many grades: lists that fall evenly to nothing in the last."""
    down = np.linspace(1.0, 0.0, n_grades)
    return RateConfig(
        terms_by_grade=tuple(int(days) for days in 60 * down),
        capacity_share_of_equity=tuple(0.2 * down),
        capacity_share_of_turnover=tuple(0.05 * down),
        capacity_months_paid=tuple(4 * down),
        **more,
    )


@pytest.mark.parametrize(
    ("bounds", "levels"),
    [
        ((0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.10, 0.2, 0.30), (5, 10, 11)),
        ((0.001, 0.01, 0.05, 0.30), (2, 4, 5)),
    ],
)
def test_any_number_of_grades(
    write: Write, make_book: MakeBook, bounds: tuple[float, ...], levels: tuple[int, int, int]
) -> None:
    scale = ScaleConfig(grade_bounds=bounds)
    good, weak, at_risk = levels
    rules = by_grade(
        scale.n_grades, good_until_grade=good, weak_from_grade=weak, at_risk_from_grade=at_risk
    )
    chance = {f"C{place:02}": one for place, one in enumerate((1e-4, *bounds))}
    tables = write(customers=[{"customer_id": one} for one in chance], **one_a_month("C00", 100, unpaid=1))  # fmt: skip
    book = make_book(tables, chance)
    facts = gather(book, 24)
    found = rate(book, scale, rules, facts=facts)
    assert found["grade"].tolist() == list(range(1, scale.n_grades + 1))
    assert found["action"].iloc[-1] == "stop"
    assert found["terms_days"].iloc[[0, -1]].tolist() == [60, 0]
    customers = read_table(tables["customers"], CUSTOMERS)
    page = summarise(found, customers, book, facts, Heading("demo", "Demo", 12), (scale, rules))
    assert [row.customers for row in page.grades] == [1] * scale.n_grades


def test_a_level_that_the_scale_lacks_is_named(write: Write, make_book: MakeBook) -> None:
    book = make_book(write(customers=[{"customer_id": "A"}]), {"A": 0.01})
    with pytest.raises(ConfigError, match="scale has 5 grades") as caught:
        rate(book, ScaleConfig(grade_bounds=(0.001, 0.01, 0.05, 0.3)), by_grade(5))
    assert caught.value.where == "configs/params.yaml > rate > at_risk_from_grade"
    assert "scale > grade_bounds" in str(caught.value)


def test_a_list_may_not_rise() -> None:
    with pytest.raises(ValueError, match="terms_by_grade may not rise"):
        RateConfig(terms_by_grade=(30, 60))
    with pytest.raises(ValueError, match="weak_from_grade"):
        RateConfig(weak_from_grade=4)


def test_explanations_of_another_model_are_refused(write: Write, make_book: MakeBook) -> None:
    tables = write(customers=[{"customer_id": "A"}])
    book = make_book(tables, {"A": 0.01, "B": 0.02})
    stale = make_book(tables, {"A": 0.02, "B": 0.02}).explanations
    with pytest.raises(ContractError, match="not those of this model"):
        rate(make_book(tables, {"A": 0.01, "B": 0.02}, explanations=stale), SCALE, RULES)
    part = book.explanations[book.explanations["customer_id"] == "A"]
    with pytest.raises(ContractError, match="not those of this model") as caught:
        rate(make_book(tables, {"A": 0.01, "B": 0.02}, explanations=part), SCALE, RULES)
    assert caught.value.value == "1 customers have no explanation"


def test_an_empty_book_is_refused(write: Write, make_book: MakeBook) -> None:
    with pytest.raises(ContractError, match="nobody to decide on"):
        rate(make_book(write(customers=[{"customer_id": "A"}]), {}), SCALE, RULES)


CASES = [
    # grade, exposure, long overdue, expected loss, limit, need bound, limit in force, paid for -> action
    (10, 0, 0, 0, 0, False, np.nan, True, "stop"),
    (9, 5_000, 900, 10, 0, False, 9_000, True, "stop"),
    (9, 5_000, 0, 10, 0, False, 9_000, True, "secure"),
    (5, 5_000, 0, 5_001, 8_000, False, 9_000, True, "secure"),
    (5, 5_000, 0, 10, 7_000, False, 9_000, True, "reduce"),
    (5, 5_000, 0, 10, 7_000, True, 9_000, True, "keep"),
    (5, 9_000, 0, 10, 7_000, False, np.nan, True, "reduce"),
    (5, 5_000, 501, 10, 9_000, True, 9_000, True, "review"),
    (5, 5_000, 499, 10, 9_000, True, 9_000, True, "keep"),
    (8, 5_000, 0, 10, 9_000, True, 9_000, True, "review"),
    (5, 9_001, 0, 10, 9_000, True, 9_000, True, "review"),
    (5, 5_000, 0, 10, 9_000, True, 9_000, False, "review"),
    (4, 5_000, 0, 10, 12_000, True, 9_000, True, "grow"),
    (5, 5_000, 0, 10, 12_000, True, 9_000, True, "keep"),
    (4, 5_000, 0, 10, 11_000, True, 9_000, True, "keep"),
    (4, 5_000, 0, 10, 12_000, True, np.nan, True, "keep"),
]


@pytest.mark.parametrize("row", CASES)
def test_the_decision_table(row: tuple[Any, ...]) -> None:
    grade, exposure, overdue, loss, limit, need, current, pays, expected = row
    case = Case(
        grade=np.array([grade]),
        worst_grade=10,
        exposure=np.array([exposure], dtype=float),
        long_overdue=np.array([overdue], dtype=float),
        expected_loss=np.array([loss], dtype=float),
        limit=np.array([limit], dtype=float),
        ceiling=np.array([np.inf if need else limit], dtype=float),
        is_need_bound=np.array([need]),
        limit_current=np.array([current], dtype=float),
        is_paid_for=np.array([pays]),
    )
    assert actions(case, RULES)[0] == [expected]


def test_every_action_is_reached() -> None:
    assert {case[-1] for case in CASES} == set(ACTIONS)

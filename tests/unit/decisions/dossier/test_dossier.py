"""Dossiers: every figure of a book of six customers, reckoned by hand from its raw rows."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from contracts.config.scale import ScaleConfig
from contracts.documents.customer import Customer, Customers
from contracts.scale import exact_score, score
from decisions.dossier.group import standing
from tests.dossier_books import CHANCE, described, money


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Customers:
    return described(tmp_path_factory.mktemp("dossiers"))


def one(found: Customers, number: str) -> Customer:
    return next(customer for customer in found.customers if customer.who.customer_id == number)


def test_the_order_is_that_asked_for_and_the_document_reads_back(found: Customers) -> None:
    assert [customer.who.customer_id for customer in found.customers] == list("ABCDEF")
    assert Customers.from_text(found.text(), where="here") == found


def test_the_open_items_are_what_is_left_of_each_document(found: Customers) -> None:
    owed = one(found, "A").owed
    assert owed is not None
    # A1 is paid: 250 + 750. A2: 900 - 300 - 100 + 100 returned. A4 was booked on the day itself.
    assert [(item.invoice_id, item.open, item.days) for item in owed.items] == [
        ("A2", money(600), 41),
        ("A3", money(250.5), -9),
    ]
    assert [item.is_disputed for item in owed.items] == [True, False]
    assert (owed.n_items, owed.rest, owed.credits) == (2, Decimal("0.00"), ())
    assert owed.balance == owed.exposure == money(850.5)
    assert {row.bucket: row.amount for row in owed.buckets} == {
        "not_due": money(250.5), "1-30": money(0), "31-60": money(600), "61-90": money(0), "90+": money(0),
    }  # fmt: skip
    assert (owed.overdue, owed.disputed, owed.oldest_days) == (money(600), money(600), 41)


def test_money_in_another_currency_is_at_the_last_rate_known(found: Customers) -> None:
    owed = one(found, "B").owed
    assert owed is not None
    (item,) = owed.items
    assert (item.currency, item.open, item.days) == ("USD", money(200), 10)
    assert owed.exposure == money(150)  # 200 x 0.75; the rate of 99 is of the day itself


def test_an_open_credit_stands_beside_the_items_and_is_set_off_in_the_balance(
    found: Customers,
) -> None:
    owed = one(found, "C").owed
    assert owed is not None
    assert [(item.invoice_id, item.open) for item in owed.items] == [("C1", money(500))]
    assert [(credit.currency, credit.amount) for credit in owed.credits] == [("EUR", money(120))]
    assert owed.balance == money(380)


def test_payments_by_month_with_days_late_from_the_due_date(found: Customers) -> None:
    september, october, november = one(found, "A").paid
    assert (september.month, september.paid, september.late) == (
        date(2025, 9, 1),
        money(250),
        money(0),
    )
    # 750 paid ten days late, 300 and 100 before their due date: 750 x 10 / 1150
    assert (october.payments, october.paid, october.late) == (3, money(1150), money(750))
    assert october.days_late == pytest.approx(7500 / 1150)
    assert (november.payments, november.returned, november.paid) == (0, 1, money(0))
    assert november.days_late is None
    assert one(found, "B").paid == ()


def test_statements_newest_first_restated_and_equity_that_follows(found: Customers) -> None:
    newest, older = one(found, "A").statements
    assert (newest.period_end, newest.revenue, newest.net_income) == (
        date(2024, 12, 31),
        money(8100),
        money(-75),
    )
    assert (newest.equity, newest.equity_share) == (money(1250), 0.25)
    assert (older.equity, older.equity_share) == (money(1000), 0.25)  # 4000 - 3000
    assert (older.ebitda, older.cash) == (None, None)
    assert one(found, "B").statements == ()


def test_disputes_open_first_and_events_newest_first(found: Customers) -> None:
    alpha = one(found, "A")
    assert [(case.invoice_id, case.closed_on) for case in alpha.disputes] == [
        ("A2", None),
        ("A1", date(2025, 9, 9)),
    ]
    assert alpha.n_disputes == 2
    (event,) = alpha.events
    assert (event.kind, event.on, event.known_on, event.amount) == (
        "legal_action",
        date(2025, 11, 3),
        date(2025, 11, 9),
        money(400),
    )


def test_facts_are_those_a_controller_must_know(found: Customers) -> None:
    alpha = one(found, "A")
    facts = {fact.kind: fact for fact in alpha.facts}
    assert set(facts) == {"event", "over_limit", "oldest_overdue", "loss"}
    assert facts["over_limit"].amount == money(50.5)  # 850.50 owed, 800 granted
    assert (facts["oldest_overdue"].days, facts["oldest_overdue"].amount) == (41, money(600))
    assert facts["loss"].amount == money(75)
    assert alpha.terms is not None
    assert (alpha.terms.limit, alpha.terms.insured_limit, alpha.terms.terms_days) == (
        money(800),
        money(500),
        30,
    )


def test_a_group_is_its_head_and_all_below_it(found: Customers) -> None:
    alpha, beta = one(found, "A").group, one(found, "B").group
    assert alpha is not None
    assert beta is not None
    assert (alpha.is_head, [member.customer_id for member in alpha.members]) == (True, ["D", "B"])
    assert (beta.head, beta.is_head) == ("A", False)
    assert [(member.customer_id, member.is_head, member.exposure) for member in beta.members] == [
        ("D", False, money(5000)),
        ("A", True, money(850.5)),
    ]
    # what a member in default owes is in it: 850.50 + 150 + 5,000
    assert alpha.exposure == beta.exposure == money(6000.5)
    assert (alpha.n_unscored, alpha.members[0].grade) == (1, None)
    assert alpha.at_risk == beta.at_risk == 1  # a PD of 20 % is grade 9
    assert one(found, "C").group is None


def test_the_score_is_base_and_points_of_pillars_and_of_inputs(found: Customers) -> None:
    for number, chance in CHANCE.items():
        rated = one(found, number).rated
        assert rated is not None
        exact = float(exact_score(chance, ScaleConfig()))
        assert rated.exact == pytest.approx(exact)
        assert rated.base + sum(row.points for row in rated.pillars) == pytest.approx(exact)
        assert rated.base + sum(row.points for row in rated.inputs) + rated.rest == pytest.approx(exact)  # fmt: skip
        assert rated.score == int(score(chance, ScaleConfig())) == round(exact)
        assert rated.pd == chance


def test_reasons_strengths_and_context_are_told_apart(found: Customers) -> None:
    rated = one(found, "A").rated
    assert rated is not None
    assert [text.en for text in rated.reasons] == ["A paid late."]
    assert [text.en for text in rated.strengths] == ["Cash: 9; others: 2."]
    assert [row.text.en for row in rated.context] == ["Country: Germany"]


def test_among_fewer_than_five_no_place_is_told(found: Customers) -> None:
    assert one(found, "A").standing == ()  # four customers have a score


def test_its_place_counts_those_with_a_lower_pd() -> None:
    book = pd.DataFrame(
        {
            "customer_id": list("abcdefg"),
            "pd": [0.01, 0.02, 0.02, 0.04, 0.05, 0.06, 0.90],
            "score": [700, 600, 600, 580, 560, 540, 100],
            "industry": ["x"] * 5 + ["y"] * 2,
        }
    )
    own, every = standing("c", "x", book)
    # of its industry a alone is safer: b has the same PD
    assert (own.industry, own.customers, own.safer, own.median_score, own.median_pd) == ("x", 5, 1, 600.0, 0.02)  # fmt: skip
    assert (every.industry, every.customers, every.safer, every.median_pd) == (None, 7, 1, 0.04)
    assert [row.industry for row in standing("f", "y", book)] == [None]  # two are too few


def test_history_is_oldest_first_and_ends_with_the_day(found: Customers) -> None:
    days = one(found, "A").history
    assert [past.as_of for past in days] == [date(2025, 10, 31), date(2025, 11, 30), date(2025, 12, 31)]  # fmt: skip
    factor = 40 / math.log(2)
    assert days[0].score == round(600 + factor * math.log(0.98 / 0.02 / 30))


def test_who_has_no_score_is_told_why(found: Customers) -> None:
    delta, epsilon = one(found, "D"), one(found, "E")
    assert delta.rated is None
    assert delta.no_score is not None
    assert (delta.no_score.why, delta.no_score.on) == ("in_default", date(2025, 12, 15))
    assert delta.owed is not None
    assert delta.owed.balance == money(5000)  # what it owes is shown all the same
    assert [fact.event for fact in delta.facts] == ["insolvency"]
    assert epsilon.no_score is not None
    assert (epsilon.no_score.why, epsilon.no_score.on) == ("never_billed", None)


def test_without_a_ledger_nothing_of_it_is_known(tmp_path: Path) -> None:
    found = described(tmp_path, invoices=None, payments=None, disputes=None)
    alpha = one(found, "A")
    assert (alpha.owed, alpha.trading, alpha.paid, alpha.disputes) == (None, None, (), ())
    assert len(alpha.statements) == 2
    assert "invoices" not in found.delivered

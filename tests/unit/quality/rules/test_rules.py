"""Each rule fires on the one value that breaks it, and on nothing else; the clean book keeps them all."""

from __future__ import annotations

import copy
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from contracts.config.settlement import SettlementConfig
from contracts.errors import ConfigError
from contracts.tables.raw import RAW_TABLES
from contracts.tables.references import REFERENCES
from quality.rules.catalogue import RULES, Tolerances, rules_of
from tests.rule_cases import OF_ALL, together
from tests.sources_books import PORTFOLIO, Tables, balances, broken, check, clean_book, found

TOMORROW = PORTFOLIO.complete_until + timedelta(days=1)


def with_currency(code: str, amount: Decimal) -> Tables:
    """The clean book with one invoice in another currency, and a rate for it."""
    tables = broken("invoices", 2, currency=code, amount=amount, kind="invoice")
    rate = {"currency": code, "rate_on": date(2024, 1, 1), "rate": Decimal("0.006")}
    return {**tables, "fx_rates": [*tables["fx_rates"], rate]}


def with_costs(others: Decimal = Decimal(5), **values: Decimal) -> Tables:
    """The clean book with a statement of each of three years, all with costs; the last has these figures."""
    tables = clean_book()
    last = tables["financials"][0]
    costs = {"revenue": Decimal(1000), "cogs": others, "depreciation": others, "gross_profit": 1000 - others}  # fmt: skip
    days = ("period_end", "published_on")
    tables["financials"] = [
        last | costs | {name: last[name].replace(year=last[name].year - back) for name in days}
        for back in range(3)
    ]
    tables["financials"][0] |= values
    return tables


def plan(detail: str | None) -> Tables:
    """The clean book, whose event is a payment plan agreed on 1 June."""
    return broken("events", 0, kind="payment_plan", detail=detail)


def told(kind: str = "legal_action", **values: Any) -> Tables:
    """The clean book with its event told by a second source."""
    tables = broken("events", 0, kind=kind)
    tables["events"].append(tables["events"][0] | {"event_id": "E2"} | values)
    return tables


def restated(times: int) -> Tables:
    """The clean book with a later version of its statement, so many times as large."""
    tables = broken("financials", 0, revenue=Decimal(900))
    first = tables["financials"][0]
    larger = {name: value * times for name, value in first.items() if isinstance(value, Decimal)}
    tables["financials"].append(first | larger | {"published_on": date(2024, 7, 1)})
    return tables


def sells(revenue: str) -> Tables:
    """The clean book with a statement of 2024 that has this revenue; its customer is billed 200 in January."""
    return broken("financials", 0, period_end=date(2024, 6, 30), published_on=date(2024, 10, 1), revenue=Decimal(revenue))  # fmt: skip


CASES: list[tuple[str, Tables, dict[str, int]]] = [
    (
        "missing text",
        broken("customers", 1, name="  "),
        # its invoice, the invoice's two children go with it
        {
            "customers.missing_value": 1,
            "invoices.parent_row_quarantined": 1,
            "payments.parent_row_quarantined": 1,
            "disputes.parent_row_quarantined": 1,
        },
    ),
    # the invoice it pays would look unpaid without it, so that and its other payment leave as well
    ("missing day", broken("payments", 0, paid_on=None), {"payments.missing_value": 1, "invoices.belongs_to_a_row_set_aside": 1, "payments.belongs_to_a_row_set_aside": 1}),
    ("missing key", broken("payments", 0, payment_id=None), {"payments.missing_value": 1, "invoices.belongs_to_a_row_set_aside": 1, "payments.belongs_to_a_row_set_aside": 1}),
    ("unknown kind", broken("events", 0, kind="divorce"), {"events.illegal_value": 1, "events.default_event_set_aside": 1}),
    ("a default without a day", broken("events", 0, kind="insolvency", occurred_on=None), {"events.missing_value": 1, "events.default_event_set_aside": 1}),
    ("a default of long ago", broken("events", 0, kind="write_off", occurred_on=date(1900, 1, 1)), {"events.date_too_early": 1, "events.default_event_set_aside": 1}),
    ("a lawsuit without a day", broken("events", 0, occurred_on=None), {"events.missing_value": 1}),
    ("a default of nobody", broken("events", 0, kind="insolvency", customer_id="C9"), {"events.unknown_customer": 1}),
    ("a default after the last day", broken("events", 0, kind="insolvency", occurred_on=date(2199, 1, 1), known_on=date(2199, 1, 2)), {"events.known_after_delivery": 1}),
    ("not a number", broken("attributes", 0, employees=float("nan")), {"attributes.illegal_value": 1}),
    ("infinite", broken("attributes", 0, employees=float("-inf")), {"attributes.illegal_value": 1}),
    (
        "happened in the future",
        broken("disputes", 0, opened_on=TOMORROW),
        {"disputes.known_after_delivery": 1},
    ),
    (
        "booked in the future",
        broken("payments", 0, booked_at=TOMORROW),
        {"payments.known_after_delivery": 1, "invoices.belongs_to_a_row_set_aside": 1, "payments.belongs_to_a_row_set_aside": 1},
    ),
    (
        "closed in the future",
        broken("disputes", 0, closed_on=TOMORROW),
        {"disputes.known_after_delivery": 1, "invoices.belongs_to_a_row_set_aside": 1},
    ),
    ("last complete day", broken("disputes", 0, closed_on=PORTFOLIO.complete_until), {}),
    ("due in the future", broken("invoices", 0, due_on=TOMORROW), {}),
    ("filler", broken("fx_rates", 0, rate_on=date(1900, 1, 1)), {"fx_rates.date_too_early": 1}),
    ("nought of a clock", broken("customers", 0, onboarded_on=date(1970, 1, 1)), {"customers.date_too_early": 1, "customers.founded_after_onboarded": 1}),
    ("year one", broken("customers", 1, founded_on=date(1, 1, 1)), {"customers.founded_on_filler": 1}),
    # I3 is a credit note that names no invoice: of its amount, the oldest one is unknown without it
    ("never due", broken("invoices", 2, due_on=date(9999, 12, 31)), {"invoices.due_far_off": 1, "invoices.belongs_to_a_row_set_aside": 1}),
    ("a century late", broken("invoices", 2, due_on=date(2124, 2, 9)), {"invoices.due_far_off": 1, "invoices.belongs_to_a_row_set_aside": 1}),
    ("retention money", broken("invoices", 2, due_on=date(2029, 1, 10)), {}),
    ("turned over", broken("fx_rates", 1, rate=Decimal("1.25")), {"fx_rates.rate_turned_over": 2, "customers.unknown_currency": 1}),  # of two nobody can say which, so C2 has no rate
    ("per hundred", broken("fx_rates", 0, rate=Decimal(80)), {"fx_rates.rate_turned_over": 2, "customers.unknown_currency": 1}),
    ("to another currency", broken("fx_rates", 0, currency="EUR", rate_on=date(2024, 5, 1), rate=Decimal("1.1")), {"fx_rates.own_rate_not_one": 1}),
    ("its own rate", broken("fx_rates", 0, currency="EUR", rate_on=date(2024, 5, 1), rate=Decimal(1)), {}),
    ("doubled", broken("fx_rates", 0, rate=Decimal("0.45")), {}),
    ("no limit", broken("credit_terms", 0, credit_limit=Decimal(0)), {"credit_terms.limit_of_nought_in_use": 1}),
    ("no credit, no sale", broken("credit_terms", 0, credit_limit=Decimal(0), valid_from=date(2024, 2, 1)), {}),
    ("cost with a minus", broken("financials", 0, revenue=Decimal(1000), cogs=Decimal(-600)), {"financials.cost_with_minus_sign": 1}),
    ("cost with a minus, by its profit", broken("financials", 0, revenue=Decimal(1000), cogs=Decimal(-600), gross_profit=Decimal(400)), {"financials.cost_with_minus_sign": 1}),
    ("depreciation with a minus, by its profit", broken("financials", 0, revenue=Decimal(1000), ebitda=Decimal(100), depreciation=Decimal(-30), ebit=Decimal(70)), {"financials.cost_with_minus_sign": 1}),
    ("interest with a minus", broken("financials", 0, revenue=Decimal(1000), interest_expense=Decimal(-30)), {"financials.cost_with_minus_sign": 1}),
    ("a minus that is meant", with_costs(cogs=Decimal(-600), gross_profit=Decimal(1600)), {}),
    ("depreciation written back", with_costs(ebitda=Decimal(100), depreciation=Decimal(-30), ebit=Decimal(130)), {}),
    ("refund", broken("financials", 0, cogs=Decimal(-600)), {}),
    ("impossible cash", broken("financials", 0, cash=Decimal(10**9)), {"financials.part_exceeds_total": 1}),
    ("yen and sen", with_currency("JPY", Decimal("100.50")), {"invoices.finer_than_the_currency": 1, "invoices.currency_differs_from_customer": 1}),
    ("fils", with_currency("KWD", Decimal("100.505")), {"invoices.currency_differs_from_customer": 1}),
    ("tenths of a cent", broken("invoices", 1, amount=Decimal("200.005")), {"invoices.finer_than_the_currency": 1}),
    ("tenths of a cent paid", broken("payments", 1, amount=Decimal("50.005")), {"payments.finer_than_the_currency": 1}),
    ("yen", with_currency("JPY", Decimal(100)), {"invoices.currency_differs_from_customer": 1}),
    ("kuna in 2024", with_currency("HRK", Decimal(100)), {"invoices.withdrawn_currency": 1, "invoices.currency_differs_from_customer": 1}),
    ("old company", broken("customers", 0, founded_on=date(1602, 3, 20)), {}),
    ("no such customer", broken("events", 0, customer_id="C9"), {"events.unknown_customer": 1}),
    ("trailing space", broken("events", 0, customer_id="C1 "), {"events.spaces_around_key": 1}),
    ("a padded customer of money on account", broken("payments", 2, invoice_id=None, customer_id="C2  "), {"payments.spaces_around_key": 1}),
    ("a padded invoice of a credit note", broken("invoices", 2, credits=" I4"), {"invoices.spaces_around_key": 1}),
    ("leading tab", broken("events", 0, event_id="\tE1"), {"events.spaces_around_key": 1}),
    ("lower case", broken("financials", 0, currency="eur"), {"financials.code_in_lower_case": 1}),
    ("read as Windows", broken("customers", 1, name="MÃ¼ller & SÃ¶hne"), {"customers.mojibake_text": 1}),
    ("a real letter", broken("customers", 1, name="Ångström Ãgua"), {}),
    ("no such invoice", broken("payments", 2, invoice_id="I9"), {"payments.unknown_invoice": 1}),
    # just its 50.00 are open of I1 and of I2, due on one day; one payment makes one of them unknown, with what did arrive
    ("no such invoice, and two lack its money", broken("payments", 1, invoice_id="I9"), {"payments.unknown_invoice": 1, "invoices.belongs_to_a_row_set_aside": 1, "payments.belongs_to_a_row_set_aside": 1}),
    # paid a month and more before I1 was issued: the money of an invoice from before the extract
    ("of an invoice before the extract", broken("payments", 1, invoice_id="I9", paid_on=date(2023, 11, 1), booked_at=date(2023, 11, 2)), {"payments.unknown_invoice": 1}),
    ("booked, and paid a century later", broken("payments", 0, paid_on=date(2124, 2, 1)), {"payments.known_after_delivery": 1, "payments.booked_before_value_date": 1, "invoices.belongs_to_a_row_set_aside": 1, "payments.belongs_to_a_row_set_aside": 1}),
    ("no rate", broken("financials", 0, currency="GBP"), {"financials.unknown_currency": 1, "financials.currency_differs_from_customer": 1}),
    (
        "no code",
        broken("financials", 0, currency="EURO"),
        {"financials.unknown_currency": 1, "financials.currency_differs_from_customer": 1},
    ),
    ("reporting currency", broken("financials", 0, currency="EUR"), {}),
    (
        "a minus sign",
        broken("invoices", 2, amount=Decimal(-100)),
        {"invoices.not_positive_amount": 1, "invoices.belongs_to_a_row_set_aside": 1},
    ),
    ("nought", broken("payments", 2, amount=Decimal(0)), {"payments.not_positive_amount": 1, "invoices.belongs_to_a_row_set_aside": 1}),
    ("negative limit", broken("credit_terms", 0, credit_limit=Decimal(-1)), {"credit_terms.negative_amount": 1}),
    ("negative event", broken("events", 0, amount=Decimal(-1)), {"events.event_amount_negative": 1}),
    ("nought event", broken("events", 0, amount=Decimal(0)), {}),
    # with one of the two rates gone the other still makes dollars known
    ("negative rate", broken("fx_rates", 1, rate=Decimal(-1)), {"fx_rates.not_positive_rate": 1}),
    ("per cent", broken("credit_terms", 0, insured_share=Decimal(90)), {"credit_terms.share_out_of_range": 1}),
    ("whole share", broken("credit_terms", 0, insured_share=Decimal(1)), {}),
    ("three years", broken("credit_terms", 0, payment_terms_days=1095), {"credit_terms.terms_out_of_range": 1}),
    ("due first", broken("invoices", 2, due_on=date(2024, 1, 9)), {"invoices.due_before_issued": 1, "invoices.belongs_to_a_row_set_aside": 1}),
    ("due at once", broken("invoices", 2, due_on=date(2024, 1, 10)), {}),
    (
        "known first",
        broken("events", 0, known_on=date(2024, 5, 31)),
        {"events.announced_before_it_happened": 1},
    ),
    ("booked first", broken("invoices", 3, booked_at=date(2024, 1, 9)), {"invoices.billed_ahead": 1}),
    ("booked a month first", broken("invoices", 3, booked_at=date(2023, 12, 11)), {"invoices.billed_ahead": 1}),
    ("booked earlier still", broken("invoices", 3, booked_at=date(2023, 12, 10)), {"invoices.happened_after_known": 1}),
    ("plan as printed", plan("31.12.2024"), {"events.plan_without_last_date": 1}),
    ("plan without a day", plan(None), {"events.plan_without_last_date": 1}),
    ("plan that ended first", plan("2024-05-31"), {"events.plan_without_last_date": 1}),
    ("plan of a filler", plan("2029-06-03"), {"events.plan_without_last_date": 1}),
    ("plan of five years", plan("2029-06-02"), {}),
    ("plan", plan("2024-06-01"), {}),
    ("another scale", broken("events", 0, kind="external_rating", detail="Baa1"), {"events.rating_of_another_scale": 1}),
    ("no rating", broken("events", 0, kind="external_rating", detail=None), {"events.rating_of_another_scale": 1}),
    ("rated", broken("events", 0, kind="external_rating", detail=" bb+"), {}),
    ("told twice", told(known_on=date(2024, 6, 9)), {"events.event_told_before": 1}),
    ("two actions", told(known_on=date(2024, 6, 9), amount=Decimal(7)), {}),
    ("two write-offs", told("write_off", known_on=date(2024, 6, 9)), {}),
    ("minus on the credit side", broken("financials", 0, total_liabilities=Decimal(-600), current_liabilities=Decimal(-300), equity=Decimal(-400)), {"financials.figure_with_wrong_sign": 1, "financials.assets_do_not_balance": 1, "financials.part_exceeds_total": 1}),
    ("equity turned over", broken("financials", 0, equity=Decimal(-400)), {"financials.figure_with_wrong_sign": 1, "financials.assets_do_not_balance": 1}),
    ("equity below nought", broken("financials", 0, total_liabilities=Decimal(1400), equity=Decimal(-400)), {}),
    ("known on its last day", broken("financials", 0, published_on=date(2024, 1, 7)), {"financials.published_at_once": 1}),
    ("known a week later", broken("financials", 0, published_on=date(2024, 1, 8)), {}),
    ("group after single", restated(3), {"financials.restated_to_another_size": 1}),
    ("restated", restated(2), {}),
    # two invoices of 100 on 10 January 2024, within the year; 66.66 x 3 is 199.98
    ("in thousands", sells("66.66"), {"financials.revenue_below_billing": 1}),
    ("sells a third", sells("66.67"), {}),
    ("paid first", broken("payments", 2, paid_on=date(2024, 1, 9)), {"payments.paid_before_issued": 1}),
    ("cheque of tomorrow", broken("payments", 2, paid_on=date(2024, 2, 3)), {"payments.booked_before_value_date": 1}),
    ("short", broken("payments", 1, amount=Decimal("49.50")), {"invoices.remainder_tolerated": 1}),
    ("too short", broken("payments", 1, amount=Decimal("48.99")), {}),
    ("returned", broken("payments", 2, kind="reversal"), {"payments.returned_more_than_paid": 1, "invoices.belongs_to_a_row_set_aside": 1}),
    ("returned and paid", broken("payments", 1, kind="reversal"), {}),
    ("on account of nobody", broken("payments", 2, invoice_id=None), {"payments.money_of_nobody": 1}),
    ("on account of C9", broken("payments", 2, invoice_id=None, customer_id="C9"), {"payments.money_of_nobody": 1}),
    ("on account", broken("payments", 2, invoice_id=None, customer_id="C2"), {}),
    ("not said what", broken("payments", 2, kind="cheque"), {"payments.illegal_value": 1, "invoices.belongs_to_a_row_set_aside": 1}),
    ("never due", broken("invoices", 3, due_on=None), {"invoices.missing_value": 1}),
    ("a note is never due", broken("invoices", 2, due_on=None), {}),
    ("credits nothing", broken("invoices", 2, credits="I9"), {"invoices.credits_unknown_invoice": 1}),
    ("credits another's", broken("invoices", 2, credits="I2"), {"invoices.credits_unknown_invoice": 1}),
    ("credits its own", broken("invoices", 2, credits="I4"), {}),
    ("days of no discount", broken("credit_terms", 0, discount_rate=Decimal("0.02")), {"credit_terms.terms_out_of_range": 1}),
    ("discount in per cent", broken("credit_terms", 0, discount_days=10, discount_rate=Decimal(2)), {"credit_terms.share_out_of_range": 1}),
    ("discount", broken("credit_terms", 0, discount_days=10, discount_rate=Decimal("0.02")), {}),
    ("paid at once", broken("payments", 2, paid_on=date(2024, 1, 10)), {}),
    (
        "disputed first",
        broken("disputes", 0, opened_on=date(2024, 1, 9)),
        {"disputes.disputed_before_issued": 1, "invoices.belongs_to_a_row_set_aside": 1},
    ),
    (
        "closed first",
        broken("disputes", 0, closed_on=date(2024, 2, 9)),
        {"disputes.closed_before_opened": 1, "invoices.belongs_to_a_row_set_aside": 1},
    ),
    (
        "published first",
        broken("financials", 0, published_on=date(2023, 12, 30)),
        {"financials.published_before_period_end": 1},
    ),
    ("no months", broken("financials", 0, months=0), {"financials.period_length_out_of_range": 1}),
    # 50.00 + 50.02 > 100.00 + a cent; a cent more is let pass
    ("overpaid", broken("payments", 1, amount=Decimal("50.02")), {"invoices.paid_more_than_invoiced": 1, "customers.paid_more_than_billed": 1}),
    # C2: 100 - 50 in dollars; a credit note above what is open leaves less than nought
    ("over-credited", broken("invoices", 2, customer_id="C2", currency="USD"), {"customers.paid_more_than_billed": 1}),
    ("other currency", broken("invoices", 3, currency="USD"), {"invoices.currency_differs_from_customer": 1, "customers.paid_more_than_billed": 1}),
    ("other terms", broken("invoices", 0, due_on=date(2024, 2, 10)), {"invoices.terms_differ_from_agreed": 1}),
    ("rounding", broken("payments", 1, amount=Decimal("50.01")), {}),
    ("country", broken("customers", 0, country="GER"), {"customers.bad_country_code": 1}),
    ("parent", broken("customers", 1, parent_id="C9"), {"customers.parent_is_unknown": 1}),
    ("parent of then", broken("master_history", 0, parent_id="C9"), {"master_history.parent_is_unknown": 1}),
    ("parent of then, a customer", broken("master_history", 0, parent_id="C2"), {}),
    # a log of changes alone: of C1 nothing ever changed
    ("never told", broken("master_history", 0, customer_id="C2", known_on=date(2020, 1, 2)), {"customers.never_in_master_history": 1}),
    ("founded", broken("customers", 1, founded_on=date(2020, 1, 2)), {"customers.founded_after_onboarded": 1}),
    ("onboarded", broken("customers", 1, onboarded_on=date(2024, 1, 11)), {"invoices.issued_before_onboarded": 1}),
    # 1000 - 600 - 389 = 11 > 10
    ("gap", broken("financials", 0, equity=Decimal(389)), {"financials.assets_do_not_balance": 1}),
    ("small gap", broken("financials", 0, equity=Decimal(390)), {}),
    ("no equity", broken("financials", 0, equity=None), {}),
    ("part", broken("financials", 0, current_assets=Decimal(1011)), {"financials.part_exceeds_total": 1}),
    (
        "no assets",
        broken("financials", 0, total_assets=Decimal(0), equity=Decimal(-600), current_assets=None),
        {"financials.assets_not_positive": 1},
    ),
]  # fmt: skip


def test_the_clean_book_keeps_every_rule_and_asks_them_all(tmp_path: Path) -> None:
    # on 2024-02-04 I1, I3, I4 are booked and P1 is: 100 - 100 + 100 - 50; in dollars I2 less P3
    stated = balances(("2024-02-04", "EUR", "50"), ("2024-02-04", "USD", "50"))
    validation = check(clean_book(), tmp_path, PORTFOLIO.model_copy(update={"balances": stated}))
    assert found(validation) == {}
    asked = {(one.table, one.rule.name) for one in validation.findings}
    never = {(table, rule.name) for rule in RULES for table in rule.tables} - asked
    of_a_missing_month = {"open_in_a_missing_month", "cancelled_in_a_missing_month"}
    # legal values and finite numbers are checked where a contract has such a column; rules of dates where it has one
    assert never == {
        (table, "illegal_value")
        for table in (
            "customers",
            "master_history",
            "credit_terms",
            "disputes",
            "financials",
            "fx_rates",
        )
    } | {("invoices", name) for name in of_a_missing_month}
    assert {rule.name for rule in RULES} == {rule for _, rule in asked} | of_a_missing_month


def test_where_no_history_is_delivered_nobody_is_missing_from_it(tmp_path: Path) -> None:
    tables = {name: rows for name, rows in clean_book().items() if name != "master_history"}
    validation = check(tables, tmp_path)
    assert found(validation) == {}
    assert "never_in_master_history" not in {one.rule.name for one in validation.findings}


NOBODYS = {"payments.unknown_invoice", "payments.money_of_nobody"}
"""Money of which nobody can say whose it is takes an invoice of its amount along, whosever that is."""


def _is_alone(tables: Tables, expected: dict[str, int]) -> bool:
    """Whether the case changes what all customers share: rates in use, money of nobody's, or a history that all must be in."""
    rates = [row for row in tables["fx_rates"] if row["currency"] == "USD"]
    is_told = tables["master_history"] != clean_book()["master_history"]
    return is_told or rates != clean_book()["fx_rates"] or bool(NOBODYS & set(expected))


@pytest.fixture(scope="module")
def in_one_delivery(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, int]]:
    """What is found of the cases that stand beside one another in one delivery, each with customers of its own."""
    cases = {
        str(number): _concerned(tables, expected)
        for number, (_, tables, expected) in enumerate(CASES)
        if not _is_alone(tables, expected)
    }
    found_of = together(cases, tmp_path_factory.mktemp("cases"))
    assert found_of.pop(OF_ALL) == {}
    return found_of


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case[0] for case in CASES])
def test_a_rule_finds_its_row_and_nothing_else(
    number: int, in_one_delivery: dict[str, dict[str, int]], tmp_path: Path
) -> None:
    _, tables, expected = CASES[number]
    if _is_alone(tables, expected):
        assert found(check(_concerned(tables, expected), tmp_path)) == expected
    else:
        assert in_one_delivery[str(number)] == expected


LOOKED_AT = {
    "paid_more_than_billed": {"invoices", "payments"},
    "terms_differ_from_agreed": {"credit_terms"},
    "limit_of_nought_in_use": {"invoices"},
    "revenue_below_billing": {"invoices"},
}


def _concerned(tables: Tables, expected: dict[str, int]) -> Tables:
    """The tables changed, those they refer to, those the rules of the case look at."""
    clean = clean_book()
    names = {name for name in tables if tables[name] != clean[name]}
    names |= {name.split(".")[0] for name in expected} | {"customers", "fx_rates"}
    names |= set().union(*(LOOKED_AT.get(name.split(".")[1], set()) for name in expected))
    names |= {"invoices"} & {REFERENCES[name].table for name in names if name in REFERENCES}
    return {name: rows for name, rows in tables.items() if name in names}


ABOUT_MANY_ROWS = {
    "repeated_row", "duplicate_key",  # below
    "loaded_twice", "amount_far_from_usual", "amount_far_below_usual", "statement_unit_jump", "overlapping_statements", "months_leave_a_gap",
    "discount_not_stated", "held_back_not_stated",  # below
    "piled_on_one_day", "month_missing", "next_year_of_statements_missing", "data_ends_early", "ledger_differs_from_balance",  # test_sources_series.py
    "copy_never_paid", "value_date_of_migration", "paid_on_another_invoice", "open_in_a_missing_month", "decimal_point_misplaced",  # test_suspects.py
    "booked_long_after_issue",  # test_undated.py
    "late_below_materiality", "billed_below_materiality", "paid_by_its_group", "dispute_open_for_a_year",  # test_groups_and_disputes.py
    "values_of_another_scale",  # test_scales.py
    "credited_on_day_of_migration", "cancelled_in_a_missing_month",  # test_lost_and_moved.py
    "late_and_paying", "paid_short_by_one_share", "paid_in_equal_parts", "progress_not_subtracted", "cancelled_when_overdue",
    "written_off_and_paying", "paid_early_at_one_age", "open_items_alone", "begins_with_open_items", "due_when_issued", "opened_anew",  # test_houses.py
    "paid_after_default_by_habit", "late_and_billed_on", "billed_again_when_overdue", "one_customer_under_two_numbers",  # test_customs.py
    "billed_again_when_bounced", "due_day_moved", "due_day_missing", "credit_left_lying", "carried_in_one_sum", "cleared_late_and_left",
    "paid_by_a_factor", "paid_at_another_rate", "paid_on_while_in_default",  # test_anew.py
    "defaults_end_early", "defaults_may_have_ended", "kind_ends_early",  # test_feeds.py
    "rest_billed_when_paid", "cancelled_together_when_overdue", "accrued_and_taken_back", "transfer_on_each_invoice", "credit_applied_twice", "return_read_as_payment", "settled_without_money", "credit_notes_left_lying", "insolvent_and_paying",
    "limit_far_below_usual", "paid_on_the_day_of_its_invoice", "due_when_paid", "payments_known_in_one_load", "nobody_left_before", "kept_in_hundredths", "rate_of_the_other_direction", "tolerated_though_a_fifth_is_left",
    "begins_after_the_ledger", "return_without_its_invoice", "disputed_by_the_clock",
    "on_account_in_another_currency", "moved_to_another_account",  # test_twice.py
    "paid_from_the_months_end", "open_items_dated_anew",  # test_agreed.py
    "closed_at_one_lateness", "paid_on_account_and_left", "billed_again_in_one_sum", "paid_in_parts_before_due",
    "paid_on_the_periods_first_day", "paid_on_the_periods_last_day", "revalued_at_month_ends", "settled_above_materiality",  # test_closing.py
    "paid_again_as_it_came_back", "opened_again_when_dishonoured", "closed_long_before_due", "left_in_credit", "dated_after_its_number",
    "history_known_in_one_load", "let_go_in_part_and_left", "paid_in_several_sums", "planned_by_the_clock",  # test_promises.py
}  # fmt: skip


def test_every_rule_has_a_case_that_fires() -> None:
    fired = {name.split(".")[1] for _, _, expected in CASES for name in expected}
    assert fired | ABOUT_MANY_ROWS == {rule.name for rule in RULES}


def test_the_copies_of_a_row_are_broken_and_the_first_is_kept(tmp_path: Path) -> None:
    tables = clean_book()
    for rows in tables.values():
        rows += [copy.deepcopy(rows[-1]) for _ in range(2)]
    findings = found(check(tables, tmp_path))
    assert findings == {f"{table}.repeated_row": 2 for table in RAW_TABLES}


def test_a_return_that_was_loaded_twice_came_back_once(tmp_path: Path) -> None:
    """P1 pays 50, comes back and is paid again; the row of the return is there twice. So with money on account."""
    tables = clean_book()
    paid = tables["payments"][0]
    loose = paid | {
        "payment_id": "A",
        "invoice_id": None,
        "customer_id": "C1",
    }
    back = [
        paid | {"payment_id": "R", "kind": "reversal"},
        loose | {"payment_id": "B", "kind": "reversal"},
    ]
    tables["payments"] += [paid | {"payment_id": "again"}, loose, *back]
    as_it_is = found(check(tables, tmp_path / "once"))
    tables["payments"] += copy.deepcopy(back)
    assert found(check(tables, tmp_path / "twice")) == as_it_is | {"payments.repeated_row": 2}


def test_a_return_that_was_loaded_again_under_another_number_is_unknown(tmp_path: Path) -> None:
    """100 paid, returned and paid again the month after: two returns of one day are 200 where 100 had come."""
    tables = clean_book()
    invoice = tables["invoices"][0]
    of_it = [row for row in tables["payments"] if row["invoice_id"] == invoice["invoice_id"]]
    day = max(row["paid_on"] for row in of_it)
    whole = of_it[0] | {"amount": invoice["amount"], "paid_on": day, "booked_at": day}
    later = {"paid_on": day + timedelta(days=20), "booked_at": day + timedelta(days=20)}
    back = whole | {"payment_id": "R1", "kind": "reversal"}
    others = [row for row in tables["payments"] if row["invoice_id"] != invoice["invoice_id"]]
    once = [*others, whole, back, whole | {"payment_id": "again"} | later]
    name = "payments.returned_more_than_paid"
    assert name not in found(check(tables | {"payments": once}, tmp_path / "once"))
    twice = [*once, back | {"payment_id": "R2"}]
    assert found(check(tables | {"payments": twice}, tmp_path / "twice"))[name] == 2
    # two debits of one day that both came back are two returns
    both = [*once, whole | {"payment_id": "other"}, back | {"payment_id": "R2"}]
    assert name not in found(check(tables | {"payments": both}, tmp_path / "both"))


# a column of each table in which two versions of a row may differ and both keep the other rules
RIVALS = {
    "customers": {"name": "Other"}, "master_history": {"legal_form": "plc"}, "credit_terms": {"credit_limit": Decimal(1)}, "invoices": {"amount": Decimal(101)},
    "payments": {"amount": Decimal(49)}, "disputes": {"reason": "price"}, "financials": {"revenue": Decimal(7)},
    "events": {"detail": "x"}, "attributes": {"employees": 1.0}, "fx_rates": {"rate": Decimal("0.7")},
}  # fmt: skip


def test_all_versions_of_a_repeated_key_are_broken(tmp_path: Path) -> None:
    tables = clean_book()
    for table, rows in tables.items():
        rows += [copy.deepcopy(rows[-1]), rows[-1] | RIVALS[table]]
    findings = found(check(tables, tmp_path))
    # three rows: one is a copy, and which of the two versions is right nobody can say
    for table in RAW_TABLES:
        assert findings[f"{table}.repeated_row"] == 1, table
        assert findings[f"{table}.duplicate_key"] == 2, table


def habit(n: int, paid: str) -> Tables:
    """So many invoices of 100 of C1, each paid once on its due day."""
    clean = clean_book()
    first, payment = clean["invoices"][0], clean["payments"][0]
    return {name: clean[name] for name in ("customers", "fx_rates")} | {
        "invoices": [first | {"invoice_id": f"I{number}"} for number in range(n)],
        "payments": [
            payment | {"payment_id": f"P{number}", "invoice_id": f"I{number}", "amount": Decimal(paid)}
            for number in range(n)
        ],
    }  # fmt: skip


def test_a_discount_that_nobody_stated_is_found(tmp_path: Path) -> None:
    name = "customers.discount_not_stated"
    habits = [(5, "97"), (4, "97"), (5, "99.50"), (5, "90"), (5, "100")]
    found_of = together({f"{n} at {paid}": habit(n, paid) for n, paid in habits}, tmp_path / "a")
    assert [one.get(name, 0) for case, one in found_of.items() if case] == [1, 0, 0, 0, 0]
    stated = SettlementConfig(discount_days=30, discount_rate=0.03)
    portfolio = PORTFOLIO.model_copy(update={"settlement": stated})
    assert found(check(habit(5, "97"), tmp_path / "b", portfolio)) == {
        "invoices.loaded_twice": 4,
        "invoices.remainder_tolerated": 5,
    }


def held_back(n: int, share: str, days: int) -> Tables:
    """So many invoices of 1,000, all paid but a share on their due day, and the rest so many days later."""
    clean = clean_book()
    invoices, payments = [], []
    for number in range(n):
        item = clean["invoices"][0] | {"invoice_id": f"H{number}", "amount": Decimal(1000 + number)}
        rest = (item["amount"] * Decimal(share)).quantize(Decimal("0.01"))
        for part, amount, day in (("a", item["amount"] - rest, 0), ("b", rest, days)):
            on = item["due_on"] + timedelta(days=day)
            own = {"payment_id": f"P{number}{part}", "invoice_id": f"H{number}", "amount": amount, "paid_on": on, "booked_at": on}  # fmt: skip
            payments.append(clean["payments"][0] | own)
        invoices.append(item)
    return clean | {"invoices": invoices, "payments": payments, "disputes": []}


def test_money_that_is_held_back_is_found(tmp_path: Path) -> None:
    """The same share each time, half a year late or later: not a part payment, nor somebody who pays late."""
    name = "customers.held_back_not_stated"
    habits = [(3, "0.05", 180), (2, "0.05", 180), (3, "0.05", 179), (3, "0.20", 180), (3, "0.01", 180)]  # fmt: skip
    found_of = together({f"{n} {share} {days}": held_back(n, share, days) for n, share, days in habits}, tmp_path)  # fmt: skip
    assert [one.get(name, 0) for case, one in found_of.items() if case] == [1, 0, 0, 0, 0]


def test_what_is_held_back_may_come_in_two_payments_of_one_day(tmp_path: Path) -> None:
    """Which of two payments of the last day would be the last is nobody's to say: the day is."""
    tables = held_back(3, "0.05", 180)
    halves = []
    for row in [one for one in tables["payments"] if one["payment_id"].endswith("b")]:
        first = (row["amount"] / 4).quantize(Decimal("0.01"))
        halves.append(row | {"payment_id": f"{row['payment_id']}2", "amount": first})
        row["amount"] -= first
    tables["payments"] += halves
    assert found(check(tables, tmp_path)).get("customers.held_back_not_stated") == 1


def test_optional_tables_may_be_absent(tmp_path: Path) -> None:
    names = {"customers", "financials", "fx_rates"}
    tables: Any = {name: rows for name, rows in clean_book().items() if name in names}
    validation = check(tables, tmp_path)
    assert found(validation) == {}
    assert [count.table for count in validation.counts] == ["customers", "financials", "fx_rates"]


def test_without_rates_only_the_reporting_currency_is_known(tmp_path: Path) -> None:
    tables = clean_book()
    del tables["fx_rates"]
    # C2 is billed in dollars: its invoice I2 goes with it, and the payment and the dispute of that
    assert found(check(tables, tmp_path)) == {
        "customers.unknown_currency": 1,
        "master_history.parent_row_quarantined": 1,
        "invoices.unknown_currency": 1,
        "invoices.parent_row_quarantined": 1,
        "payments.parent_row_quarantined": 1,
        "disputes.parent_row_quarantined": 1,
    }


def test_a_finding_says_key_column_value_and_money(tmp_path: Path) -> None:
    # P3 pays a dollar invoice: 50.00 x 0.9, the latest rate, is 45.00
    validation = check(broken("payments", 2, paid_on=date(2024, 1, 9)), tmp_path)
    finding = next(one for one in validation.findings if one.broken)
    assert (finding.rows, finding.share, finding.amount) == (3, 1 / 3, 45.0)
    example = finding.examples[0]
    assert (example.key, example.column, example.value) == ("P3 / I2", "paid_on", "2024-01-09")


def test_money_does_not_overflow_at_ten_million(tmp_path: Path) -> None:
    # 10^14 x 0.9; DECIMAL(18,3) x DECIMAL(18,8) would be DECIMAL(18,11) and hold less than 10^7
    tables = broken("invoices", 1, amount=Decimal(10**14), due_on=date(2024, 1, 9))
    finding = next(one for one in check(tables, tmp_path).findings if one.broken)
    assert finding.amount == 9 * 10**13


def test_the_money_of_a_row_without_its_invoice_counts_at_face_value(tmp_path: Path) -> None:
    validation = check(broken("payments", 2, invoice_id="I9"), tmp_path)
    finding = next(one for one in validation.findings if one.broken)
    assert finding.amount == 50.0


def test_at_most_five_examples_in_key_order(tmp_path: Path) -> None:
    tables = clean_book()
    tables["payments"] = [
        {**tables["payments"][0], "payment_id": f"P{number}", "amount": Decimal(-1)}
        for number in range(10, 20)
    ]
    findings = check(tables, tmp_path).findings
    finding = next(one for one in findings if one.broken and one.table == "payments")
    assert finding.broken == 10
    keys = [example.key for example in finding.examples]
    assert keys == [f"P{number} / I1" for number in (10, 11, 12, 13, 14)]


def test_titles_are_sentences_in_both_languages() -> None:
    for rule in RULES:
        for english, chinese in (rule.title, rule.remedy):
            assert english[0].isupper()
            assert not english.endswith(".")
            assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese), rule.name
            assert not chinese.endswith("。")
        assert 0 <= rule.tolerance <= 1


def test_a_table_override_beats_a_rule_override_beats_the_default() -> None:
    rule = next(rule for rule in RULES if rule.name == "unknown_customer")
    assert Tolerances({}, where="p").of("events", rule) == 0.05
    both = Tolerances({"unknown_customer": 0.2, "events.unknown_customer": 0.0}, where="p")
    assert both.of("events", rule) == 0.0
    assert both.of("invoices", rule) == 0.2


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("paid_befor_issued", "Did you mean 'paid_before_issued'?"),
        ("payments.paid_befor_issued", "Did you mean 'payments.paid_before_issued'?"),
        ("financials.paid_before_issued", "Legal: financials."),
        ("payment.paid_before_issued", "payments.<rule>"),
    ],
)
def test_an_unknown_rule_in_the_tolerances_is_named_with_the_nearest(name: str, near: str) -> None:
    with pytest.raises(ConfigError) as error:
        Tolerances({name: 0.1}, where="configs/params.yaml > validate > tolerance")
    assert f"Unknown rule '{name}'" in str(error.value)
    assert near in str(error.value)


@pytest.mark.parametrize("share", [-0.1, 1.5, 5, float("nan")])
def test_a_tolerance_is_a_share(share: float) -> None:
    with pytest.raises(ConfigError, match="share of rows"):
        Tolerances({"missing_value": share}, where="p")


def test_the_order_of_rules_puts_keys_before_meaning() -> None:
    names = [rule.name for rule in rules_of("payments")]
    assert names[:4] == ["spaces_around_key", "missing_value", "repeated_row", "duplicate_key"]
    assert names.index("unknown_invoice") < names.index("not_positive_amount")


def test_a_delivery_printed_with_minus_proves_nothing_by_the_profit_made_from_it(
    tmp_path: Path,
) -> None:
    """Revenue - cogs was computed from costs with the wrong sign: 1,000 - -600 = 1,600, in all three statements."""
    tables = with_costs(others=Decimal(-5), cogs=Decimal(-600), gross_profit=Decimal(1600))
    assert found(check(tables, tmp_path)) == {"financials.cost_with_minus_sign": 3}


def test_a_withdrawn_currency_is_shown_with_what_took_its_place(tmp_path: Path) -> None:
    """Kuna without a rate stop nothing but themselves; the example says that they are euros now, at 7.5345."""
    validation = check(broken("invoices", 0, currency="HRK"), tmp_path)
    (shown,) = [
        one.value
        for finding in validation.findings
        if finding.rule.name == "unknown_currency" and finding.table == "invoices"
        for one in finding.examples
    ]
    assert shown == "HRK -> EUR (/ 7.53450, 2023-01-14)"

"""Houses whose due days and accounts are not what was agreed; and clean ones that would look like them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from quality.delivery.finding import Validation
from quality.delivery.findings import beyond
from quality.rules.catalogue import Tolerances
from tests.house_books import CLEAN, days, flagged, invoice, note, payment, tables
from tests.sources_books import Row, check

Pair = tuple[list[Row], list[Row]]


def habit(who: str, n: int, lag: int, *, buys_on: bool = True) -> Pair:
    """So many invoices of the first months paid so many days late, and one of autumn."""
    every = [invoice(f"{who}-{k}", who, date(2024, 2 + k, 3), f"{211 + k}.00") for k in range(n)]
    paid = [payment(f"P{one['invoice_id']}", one, one["due_on"] + days(lag)) for one in every]
    last = invoice(f"{who}-L", who, date(2024, 11, 20), "91.00")
    return [*every, *([last] if buys_on else [])], [*paid, *([payment(f"P{who}", last, last["due_on"])] if buys_on else [])]  # fmt: skip


def billed(who: str, amount: str, n: int, due: date = date(2024, 6, 1)) -> Pair:
    """An invoice that nobody paid, and so many of the last 90 days."""
    lately = [invoice(f"{who}-{k}", who, date(2024, 11, 20) + days(9 * k), f"{31 + k}.00") for k in range(n)]  # fmt: skip
    return [invoice(f"{who}-U", who, due, amount), *lately], []


def again(who: str, after: int, wait: int, *amounts: str) -> Pair:
    """An invoice of 400.00 that is cancelled so many days after its due day, and what is billed some days later."""
    one = invoice(f"{who}-1", who, date(2024, 3, 1), "400.00")
    noted = one["due_on"] + days(after)
    new = [invoice(f"{who}-N{k}", who, noted + days(wait + 30), part) for k, part in enumerate(amounts)]  # fmt: skip
    paid = [payment(f"P{part['invoice_id']}", part, part["due_on"]) for part in new]
    return [one, note(f"{who}-G", one, noted), *new], paid


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Validation:
    """One delivery of many customers, each with a habit of its own."""
    paying = billed("PAYING", "600.00", 3)
    recent = payment("PR", paying[0][1], date(2024, 11, 21))
    loose = billed("LOOSE", "600.00", 3)
    account = {"payment_id": "PA", "invoice_id": None, "customer_id": "LOOSE", "paid_on": date(2024, 11, 1), "booked_at": date(2024, 11, 1)}  # fmt: skip
    habits = [
        *(habit(f"SEASON{k}", 3, 91) for k in range(3)), habit("SLOW", 3, 90), habit("TWICE", 2, 120), habit("LEFT", 3, 120, buys_on=False),
        *(billed(f"BRANCH{k}", "500.01", 3) for k in range(3)), billed("SMALL", "400.00", 3), billed("STOPPED", "600.00", 2), billed("YOUNG", "600.00", 3, date(2024, 7, 5)),
        (paying[0], [recent]), loose,
        again("AGAIN", 30, 0, "400.00"), again("HALVES", 45, 7, "200.00", "200.00"), again("MIXED", 60, 0, "400.00", "55.00"),
        again("SOON", 29, 0, "400.00"), again("LATER", 45, 8, "400.00"), again("LESS", 45, 0, "390.00"),
    ]  # fmt: skip
    invoices = [one for some, _ in habits for one in some]
    payments = [one for _, some in habits for one in some]
    payments.append(CLEAN["payments"][0] | account)
    return check(tables(invoices, payments), tmp_path_factory.mktemp("customs"))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("paid_after_default_by_habit", ["SEASON0", "SEASON1", "SEASON2"]),
        ("late_and_billed_on", ["BRANCH0", "BRANCH1", "BRANCH2"]),
        ("billed_again_when_overdue", ["AGAIN", "HALVES", "MIXED"]),
    ],
)
def test_of_each_habit_those_are_found_that_have_it(
    found: Validation, rule: str, expected: list[str]
) -> None:
    assert sorted(flagged(found, rule)) == expected


def test_what_nobody_pays_is_shown(found: Validation) -> None:
    finding = next(one for one in found.findings if one.rule.name == "late_and_billed_on")
    assert [(one.column, one.value) for one in finding.examples] == [("amount", "500.01")] * 3


def test_what_two_customers_do_is_told_and_stops_nothing(tmp_path: Path) -> None:
    """A small book with a late payer, and one that a subscription runs on for, is no wrong extract; three of three are."""
    every = [(f"{k}", (habit(f"S{k}", 3, 91), billed(f"B{k}", "500.01", 3), again(f"A{k}", 30, 0, "400.00"))) for k in range(3)]  # fmt: skip
    rules = ["billed_again_when_overdue", "late_and_billed_on", "paid_after_default_by_habit"]
    for n, stopping in ((2, []), (3, rules)):
        habits = [pair for _, some in every[:n] for pair in some]
        book = tables([one for some, _ in habits for one in some], [one for _, some in habits for one in some])  # fmt: skip
        found = check(book, tmp_path / str(n))
        assert {one.broken for one in found.findings if one.rule.name in rules} == {n}
        stops = {one.rule.name for one in beyond(found, Tolerances({}, where=""))}
        assert sorted(stops & set(rules)) == stopping


def named(who: str, name: str, first: date, n: int) -> Row:
    """A customer of that name, billed so many times, a week apart."""
    return {"customer_id": who, "name": name, "days": [first + days(7 * k) for k in range(n)]}


@pytest.mark.long
@pytest.mark.parametrize(
    ("began", "third", "expected"),
    [(date(2024, 6, 5), False, 1), (date(2024, 6, 6), False, 0), (date(2024, 2, 2), False, 1), (date(2024, 2, 1), False, 0), (date(2024, 4, 1), True, 0)],
    ids=["later", "much later", "a month of both", "both", "many of one name"],
)  # fmt: skip
def test_one_name_under_two_numbers(
    began: date,
    third: bool,  # noqa: FBT001 - a case
    expected: int,
    tmp_path: Path,
) -> None:
    """The old number is billed until 4 March 2024."""
    every = [named("OLD", "Ada Ltd", date(2024, 1, 1), 10), named("NEW", " ada ltd ", began, 20)]
    every += [named("ELSE", "Ada Ltd" if third else "Bo Ltd", date(2024, 1, 1), 10)]
    invoices = [invoice(f"{one['customer_id']}{day}", one["customer_id"], day + days(30), "50.00") for one in every for day in one["days"]]  # fmt: skip
    book = tables(invoices, [])
    names = {one["customer_id"]: one["name"] for one in every}
    book["customers"] = [one | {"name": names[one["customer_id"]]} for one in book["customers"]]
    findings = check(book, tmp_path).findings
    twins = next(one for one in findings if one.rule.name == "one_customer_under_two_numbers")
    assert twins.broken == expected
    assert [(one.key, one.value) for one in twins.examples] == [("OLD", "Ada Ltd | NEW")] * expected


def flat(first: date, n: int = 12, *, price: str = "49.00", lag: int = 0) -> Pair:
    """Customers with one fee a month, paid with the bill after it or some days later."""
    invoices, payments = [], []
    for who in range(n):
        day = first
        while day <= date(2024, 12, 1):
            then = (day + days(31)).replace(day=1)
            one = invoice(f"K{who}-{day:%y%m}", f"K{who}", day + days(30), price)
            invoices.append(one)
            if then <= date(2024, 12, 1):
                payments.append(payment(f"P{one['invoice_id']}", one, then + days(lag)))
            day = then
    return invoices, payments


def broken(pair: Pair, rule: str, folder: Path) -> int:
    """How many rows a rule finds."""
    findings = check(tables(*pair), folder).findings
    return sum(one.broken for one in findings if one.rule.name == rule)


@pytest.mark.long
@pytest.mark.parametrize("first", [date(2024, 11, 1), date(2024, 9, 1)], ids=["one month", "three"])
def test_a_flat_fee_paid_with_the_next_bill_is_no_migration(first: date, tmp_path: Path) -> None:
    assert broken(flat(first), "opened_anew", tmp_path) == 0


@pytest.mark.long
@pytest.mark.parametrize(("n", "expected"), [(10, 10), (9, 0)])
def test_customers_that_got_new_numbers_with_their_open_items(
    n: int, expected: int, tmp_path: Path
) -> None:
    """Each has one item open on 15 July, which the new account is billed that day."""
    moved = date(2024, 7, 15)
    invoices, payments = [], []
    for who in range(n):
        for k in range(4):
            one = invoice(f"K{who}-{k}", f"K{who}", date(2024, 4 + k, 16) + days(who), f"{100 + 7 * who + k}.10")  # fmt: skip
            payments.append(payment(f"P{one['invoice_id']}", one, min(one["due_on"] + days(2), moved)))  # fmt: skip
            invoices.append(one)
        last = invoices[-1]
        assert payments[-1]["paid_on"] == moved
        new = last | {"invoice_id": f"N{who}", "customer_id": f"N{who}", "issued_on": moved, "booked_at": moved, "due_on": moved + days(30)}  # fmt: skip
        payments.append(payment(f"PN{who}", new, moved + days(30)))
        invoices.append(new)
    assert broken((invoices, payments), "opened_anew", tmp_path) == expected


@pytest.mark.long
@pytest.mark.parametrize(("terms", "expected"), [(0, 0), (30, 8)], ids=["said", "not said"])
def test_due_on_receipt_is_said_by_the_terms(terms: int, expected: int, tmp_path: Path) -> None:
    every = [invoice(f"R{k}", "K1", date(2024, 2 + k, 3), f"{80 + k}.00", 0) for k in range(8)]
    paid = [payment(f"P{k}", one, one["due_on"] + days(20)) for k, one in enumerate(every)]
    own = {"customer_id": "K1", "payment_terms_days": terms, "valid_from": date(2015, 1, 1)}
    book = tables(every, paid, credit_terms=[CLEAN["credit_terms"][0] | own])
    findings = check(book, tmp_path).findings
    assert sum(one.broken for one in findings if one.rule.name == "due_when_issued") == expected

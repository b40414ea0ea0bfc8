"""Promises read as payments, days written over, parts let go, and rows that are several; and clean books that would look like them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from quality.delivery import checks
from quality.delivery.finding import Validation
from tests.house_books import CLEAN, days, flagged, invoice, note, payment, tables
from tests.sources_books import Row, check

pytestmark = pytest.mark.long
Pair = tuple[list[Row], list[Row]]


def steady(who: str, n: int = 6, first: date = date(2023, 3, 8), lag: int = 2) -> Pair:
    """So many invoices, due four weeks apart and paid two days late."""
    every = [invoice(f"{who}-{k}", who, first + days(28 * k), f"{100 + 7 * k}.{len(who):02}") for k in range(n)]  # fmt: skip
    return every, [payment(f"P{one['invoice_id']}", one, one["due_on"] + days(lag)) for one in every]  # fmt: skip


def joined(*pairs: Pair) -> Pair:
    return [one for some, _ in pairs for one in some], [one for _, some in pairs for one in some]


def found(pair: Pair, rule: str, folder: Path, **more: list[Row]) -> list[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checks, "N_EXAMPLES", 100)
        return sorted(flagged(check(tables(*pair, **more), folder), rule))


def n_found(pair: Pair, rule: str, folder: Path, **more: list[Row]) -> int:
    findings = check(tables(*pair, **more), folder).findings
    return sum(one.broken for one in findings if one.rule.name == rule)


def rolled(who: str, *gaps: int, later: int = 0) -> Pair:
    """An invoice paid, returned so many days later, and paid again so many days after that; and so on."""
    every, paid = steady(who)
    one = invoice(f"{who}-L", who, date(2023, 10, 4), "310.13")
    day, n = one["due_on"], 0
    for gap in gaps:
        paid.append(payment(f"P{who}L{n}", one, day))
        day += days(gap)
        paid.append(payment(f"R{who}L{n}", one, day) | {"kind": "reversal"})
        day += days(later)
        n += 1
    return [*every, one], [*paid, payment(f"P{who}L{n}", one, day)]


def reopened(who: str, *, terms: int = 0, n: int = 6, amount: str = "107", is_paid: bool = False, times: int = 1) -> Pair:  # fmt: skip
    """What an invoice had been paid is billed again, so often, on such terms."""
    every, paid = steady(who, n)
    amount = f"{amount}.{len(who):02}"
    new = [invoice(f"{who}-N{k}", who, date(2023, 12, 4 + k) + days(terms), amount, terms) for k in range(times)]  # fmt: skip
    paid += [payment(f"P{who}N", one, one["due_on"] + days(9)) for one in new if is_paid]
    return [*every, *new], paid


def early(who: str, ahead: int, n: int = 5, *, cut: bool = False, terms: int = 60) -> Pair:
    """So many invoices on 60 days, each paid so many days before it is due, perhaps less a discount."""
    every = [invoice(f"{who}-{k}", who, date(2024, 1, 8) + days(28 * k), f"{100 + 7 * k}.00", terms) for k in range(n)]  # fmt: skip
    paid = [payment(f"P{one['invoice_id']}", one, one["due_on"] - days(ahead), str(one["amount"] - (2 if cut else 0))) for one in every]  # fmt: skip
    return every, paid + [payment(f"D{one['invoice_id']}", one, one["due_on"] - days(ahead), "2.00") | {"kind": "discount"} for one in every if cut]  # fmt: skip


def in_credit(who: str, amount: str, n: int = 6, *, buys: bool = False, back: bool = False) -> Pair:
    """The last invoice was credited by so much after it was paid; perhaps sent back, or the customer buys on."""
    every, paid = steady(who, n, date(2023, 3, 8))
    day = every[-1]["due_on"] + days(30)
    every.append(note(f"{who}-G", every[-1], day) | {"amount": Decimal(amount)})
    if back:
        paid.append(payment(f"R{who}", every[-2], day, amount) | {"kind": "reversal"})
    more = steady(who + "-L", 1, date(2024, 11, 20)) if buys else ([], [])
    for one in more[0]:
        one["customer_id"] = who
    return [*every, *more[0]], [*paid, *more[1]]


def let_go(who: str, *shares: int, late: int = 30, more: int = 0, on: date | None = None) -> Pair:
    """Of the last invoices so many hundredths are credited so late; so many more are paid, or one is billed later."""
    every, paid = steady(who)
    last = [invoice(f"{who}-L{k}", who, date(2023, 10, 4) + days(14 * k), "400.00") for k in range(len(shares) + more)]  # fmt: skip
    notes = [note(f"{who}-G{k}", one, one["due_on"] + days(late)) | {"amount": Decimal(4 * share)} for k, (one, share) in enumerate(zip(last, shares, strict=False))]  # fmt: skip
    paid += [payment(f"P{one['invoice_id']}", one, one["due_on"]) for one in last[len(shares) :]]
    after = [invoice(f"{who}-A", who, on, "55.00")] if on else []
    return [*every, *last, *notes, *after], paid


def sums(who: str, apart: int, n: int = 5, whole: int = 1) -> Pair:
    """So many invoices paid in two sums so many days apart, the first on the due day, and so many in one."""
    every, paid = steady(who, n + whole)
    for one in every[:n]:
        money = next(row for row in paid if row["invoice_id"] == one["invoice_id"])
        money["amount"] -= 40
        paid.append(payment(f"Q{one['invoice_id']}", one, money["paid_on"] + days(apart), "40.00"))
    return every, paid


@pytest.fixture(scope="module")
def every_habit(tmp_path_factory: pytest.TempPathFactory) -> Validation:
    """One delivery of many customers."""
    both = joined(
        rolled("ROLLED", 90, 90), rolled("NEXT", 90, 90, later=1), rolled("ONCE", 90), rolled("AFTER", 90, 90, later=2), rolled("WEEK", 5, 5),
        reopened("OPENED"), reopened("TERMS", terms=10), reopened("USUAL", terms=30), reopened("OTHER", amount="108"), reopened("PAID", is_paid=True), reopened("TWICE", times=2), reopened("FEW", n=2),
        early("NOTES", 30), early("NEARLY", 29), early("FOUR", 30, 4), early("LESS", 30, cut=True), early("CASH", 60),
        in_credit("BACK", "70.00"), in_credit("LITTLE", "50.00"), in_credit("BUYS", "70.00", buys=True), in_credit("SENT", "70.00", back=True), in_credit("YOUNG", "70.00", 3),
        let_go("SETTLED", 60, 60), let_go("DOWN", 90, 50), let_go("SINGLE", 60), let_go("HALF", 60, 49), let_go("WHOLE", 60, 100), let_go("SOON", 60, 60, late=29), let_go("SOME", 60, 60, more=1), let_go("ON", 60, 60, on=date(2024, 9, 1)),
        sums("GROUPED", 28), sums("CLOSE", 27), sums("FOURS", 28, 4), sums("MIXED", 28, 5, 2),
        steady("GOING", 23),
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checks, "N_EXAMPLES", 100)
        return check(tables(*both), tmp_path_factory.mktemp("promises"))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("paid_again_as_it_came_back", ["NEXT", "ROLLED"]),
        ("opened_again_when_dishonoured", ["OPENED", "TERMS"]),
        ("closed_long_before_due", ["NOTES"]),
        ("left_in_credit", ["BACK"]),
        ("let_go_in_part_and_left", ["DOWN", "SETTLED"]),
        ("paid_in_several_sums", ["GROUPED"]),
        ("paid_in_equal_parts", []),
        ("history_known_in_one_load", []),
        ("dated_after_its_number", []),
    ],
)
def test_of_each_habit_those_are_found_that_have_it(
    every_habit: Validation, rule: str, expected: list[str]
) -> None:
    assert sorted(flagged(every_habit, rule)) == expected


def test_who_pays_all_of_it_again_and_again_has_no_instalments(tmp_path: Path) -> None:
    """Four payments of the whole, the last 120 days late; or of a half and of a little more than a half, which are parts and none."""
    every, paid = [], []
    for who, part in (("WHOLE", "310.00"), ("HALVES", "155.00"), ("MORE", "155.01")):
        one = invoice(f"{who}-1", who, date(2023, 10, 4), "310.00")
        every.append(one)
        paid += [payment(f"P{who}{k}", one, one["due_on"] + days(40 * k), part) for k in range(4)]
    assert found((every, paid), "paid_in_equal_parts", tmp_path) == ["HALVES"]


@pytest.mark.parametrize(("anew", "is_paid", "step", "expected"), [(100, False, 1, 3), (29, False, 1, 0), (100, True, 1, 0), (100, False, 7, 0)], ids=["dated anew", "by a month", "paid", "no order"])  # fmt: skip
def test_a_number_that_is_dated_after_those_that_follow(
    anew: int,
    is_paid: bool,  # noqa: FBT001 - a case
    step: int,
    expected: int,
    tmp_path: Path,
) -> None:
    """Numbers of twelve customers by turns, one every fourth day; in another house they are given by no order."""
    every, paid = [], []
    for k in range(132):
        number = k if step == 1 else (k * 35) % 132
        one = invoice(f"R{number:04}", f"K{k % 12}", date(2023, 2, 1) + days(4 * k), f"{100 + k}.00", 14)  # fmt: skip
        is_moved = k in {50, 61, 75}
        if not is_moved or is_paid:
            paid.append(payment(f"P{k}", one, one["due_on"]))
        if is_moved:
            for name in ("issued_on", "due_on", "booked_at"):
                one[name] += days(anew)
            if is_paid:
                paid[-1] |= {"paid_on": one["due_on"], "booked_at": one["due_on"]}
        every.append(one)
    assert n_found((every, paid), "dated_after_its_number", tmp_path) == expected


@pytest.mark.parametrize(("is_paid", "expected"), [(True, 108), (False, 0)], ids=["history", "open"])  # fmt: skip
def test_a_history_that_was_entered_on_one_day(
    is_paid: bool,  # noqa: FBT001 - a case
    expected: int,
    tmp_path: Path,
) -> None:
    """Twelve customers with nine invoices of before July 2024; all were booked on its first day, and what was open then was paid later."""
    every, paid = joined(*(steady(f"K{who:02}", 9, date(2023, 8, 1) + days(who)) for who in range(12)))  # fmt: skip
    for one in [*every, *paid]:
        one["booked_at"] = date(2024, 7, 1)
    for one in [] if is_paid else paid:
        one |= {"paid_on": date(2024, 7, 5), "booked_at": date(2024, 7, 5)}
    assert n_found((every, paid), "history_known_in_one_load", tmp_path) == expected


@pytest.mark.parametrize(
    ("lag", "n", "without", "expected"),
    [(30, 10, 0, 10), (30, 9, 0, 0), (30, 10, 3, 0), (4, 10, 0, 0)],
    ids=["by the clock", "few", "not all", "soon"],
)
def test_plans_that_a_system_sets_by_itself(
    lag: int, n: int, without: int, expected: int, tmp_path: Path
) -> None:
    """So many customers each have an invoice that is 60 days late, and a plan since some day of it; some others as late have none."""
    every, paid = steady("GOING", 23)
    events = []
    for k in range(n + without):
        one = invoice(f"L{k}", f"K{k}", date(2024, 2, 6) + days(11 * k), f"{300 + k}.00")
        every.append(one)
        paid.append(payment(f"P{k}", one, one["due_on"] + days(60)))
        if k < n:
            day = one["due_on"] + days(lag)
            own = {"event_id": f"E{k}", "customer_id": f"K{k}", "kind": "payment_plan", "occurred_on": day, "known_on": day}  # fmt: skip
            events.append(CLEAN["events"][0] | own | {"amount": Decimal(3), "detail": (day + days(365)).isoformat()})  # fmt: skip
    assert n_found((every, paid), "planned_by_the_clock", tmp_path, events=events) == expected


@pytest.mark.parametrize(("accounts", "items", "expected"), [(3, 2, ["K0", "K1", "K2"]), (2, 2, []), (3, 1, [])])  # fmt: skip
def test_each_has_an_account_of_its_own_for_what_it_does_not_pay(
    accounts: int, items: int, expected: list[str], tmp_path: Path
) -> None:
    """What is 25 days late is closed, and another number is billed just that."""
    every, paid = steady("GOING", 23)
    for who in range(accounts):
        for k in range(items):
            one = invoice(f"R{who}{k}", f"K{who}", date(2024, 2, 6) + days(11 * who + 30 * k), f"{310 + 9 * who + k}.17")  # fmt: skip
            day = one["due_on"] + days(25)
            every += [one, invoice(f"D{who}{k}", f"D{who}", day + days(30), str(one["amount"]))]
            paid.append(payment(f"P{who}{k}", one, day))
    assert found((every, paid), "moved_to_another_account", tmp_path) == expected


@pytest.mark.parametrize(("part", "left", "expected"), [("20.00", "380.00", ["K0", "K1", "K2"]), ("220.00", "180.00", []), ("20.00", "370.00", [])])  # fmt: skip
def test_the_rest_of_an_invoice_is_billed_again(
    part: str, left: str, expected: list[str], tmp_path: Path
) -> None:
    """A part of 400 is paid when it is 40 days late, and the rest cancelled and billed again."""
    every, paid = steady("GOING", 23)
    for who in range(3):
        one = invoice(f"R{who}", f"K{who}", date(2024, 2, 6) + days(who), "400.00")
        day = one["due_on"] + days(40)
        paid.append(payment(f"P{who}", one, day, part))
        every += [one, note(f"G{who}", one, day) | {"amount": Decimal(left)}]
        every.append(invoice(f"N{who}", f"K{who}", day + days(30), left))
    assert found((every, paid), "billed_again_when_overdue", tmp_path) == expected

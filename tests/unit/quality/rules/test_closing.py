"""Who closed the last invoices: an insurer, the books, a debit that came back; and days and documents that a ledger makes by itself."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from quality.delivery import checks
from quality.delivery.finding import Validation
from tests.house_books import CLEAN, days, flagged, invoice, note, payment, tables
from tests.sources_books import PORTFOLIO, Row, check

pytestmark = pytest.mark.long
Pair = tuple[list[Row], list[Row]]


def steady(who: str, n: int = 6, first: date = date(2023, 3, 8)) -> Pair:
    """So many invoices, due four weeks apart and paid two days late."""
    every = [invoice(f"{who}-{k}", who, first + days(28 * k), f"{100 + 7 * k}.{len(who):02}") for k in range(n)]  # fmt: skip
    return every, [payment(f"P{one['invoice_id']}", one, one["due_on"] + days(2)) for one in every]


def closed(who: str, *late: int, n: int = 6) -> Pair:
    """As above, and one more invoice for each number of days after which it was closed; a day for who, so that they are not alike."""
    every, paid = steady(who, n)
    last = [invoice(f"{who}-L{k}", who, date(2023, 10, 4) + days(21 * k), f"{300 + 11 * k}.{len(who):02}") for k in range(len(late))]  # fmt: skip
    paid += [payment(f"P{one['invoice_id']}", one, one["due_on"] + days(lag)) for one, lag in zip(last, late, strict=True)]  # fmt: skip
    return every + last, paid


def on_account(who: str, day: date, amount: str) -> Row:
    own = {"invoice_id": None, "customer_id": who}
    return payment(f"A{who}{day}", CLEAN["invoices"][0], day, amount) | own


def insured(who: str, day: date, amount: str, *, before: bool = False) -> Pair:
    """Two invoices of 300 and 311 that fell due on 4 and 25 October 2023, and a sum on account."""
    every, paid = closed(who, 0, 0)
    paid = paid[:-2] + ([on_account(who, date(2023, 6, 1), "5.00")] if before else [])
    return every, [*paid, on_account(who, day, amount)]


def back(who: str, *amounts: str, again: str, after: int = 5) -> Pair:
    """Invoices paid in May 2023, and one issued so many days after the end of the month."""
    every = [invoice(f"{who}-{k}", who, date(2023, 5, 4 + 9 * k), one) for k, one in enumerate(amounts)]  # fmt: skip
    paid = [payment(f"P{one['invoice_id']}", one, one["due_on"]) for one in every]
    return [*every, invoice(f"{who}-B", who, date(2023, 5, 31) + days(after + 30), again)], paid


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Validation:
    """One delivery of many customers."""
    habits = [
        closed("PAYOUT1", 75, 75), closed("PAYOUT2", 75, 76, 75), closed("PAYOUT3", 78, 76),
        # at other ages, one invoice alone, early, after three invoices, and with one that is open
        closed("OTHER", 60, 61), closed("ALONE", 75), closed("SOON", 20, 20), closed("YOUNG", 75, 75, n=3), closed("MIXED", 75, 40),
        insured("CLAIM1", date(2023, 12, 20), "555.00"), insured("CLAIM2", date(2023, 11, 3), "310.00"), insured("CLAIM3", date(2024, 1, 9), "611.14"),
        # a little of it, before it was late, and by a habit
        insured("PART", date(2023, 12, 20), "300.00"), insured("EARLY", date(2023, 11, 2), "555.00"), insured("USUAL", date(2023, 12, 20), "555.00", before=True),
        back("DEBIT", "100.10", "200.20", again="300.30"), back("BOUNCED", "10.01", "20.02", "30.03", again="60.06", after=25),
        back("PRICE", "100.10", "100.10", again="200.20"), back("SINGLE", "300.30", again="300.30"), back("LATER", "100.10", "200.20", again="300.30", after=33),
    ]  # fmt: skip
    going = steady("GOING", 24)
    habits.append(going)
    invoices = [one for some, _ in habits for one in some]
    payments = [one for _, some in habits for one in some]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checks, "N_EXAMPLES", 100)
        return check(tables(invoices, payments), tmp_path_factory.mktemp("closing"))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("closed_at_one_lateness", ["PAYOUT1", "PAYOUT2", "PAYOUT3"]),
        ("paid_on_account_and_left", ["CLAIM1", "CLAIM2", "CLAIM3"]),
        ("billed_again_in_one_sum", ["BOUNCED", "DEBIT"]),
        ("cleared_late_and_left", []),
    ],
)
def test_of_each_habit_those_are_found_that_have_it(
    found: Validation, rule: str, expected: list[str]
) -> None:
    assert sorted(flagged(found, rule)) == expected


def n_found(pair: Pair, rule: str, folder: Path, **more: list[Row]) -> int:
    findings = check(tables(*pair, **more), folder).findings
    return sum(one.broken for one in findings if one.rule.name == rule)


def test_two_customers_are_no_insurer(tmp_path: Path) -> None:
    pairs = [closed("ONE", 75, 75), closed("TWO", 75, 75), steady("GOING", 24)]
    both = [one for some, _ in pairs for one in some], [one for _, some in pairs for one in some]
    assert n_found(both, "closed_at_one_lateness", tmp_path) == 0


def test_who_has_a_default_event_is_in_default_already(tmp_path: Path) -> None:
    pairs = [closed(f"LEFT{k}", 75, 75) for k in range(4)] + [steady("GOING", 24)]
    both = [one for some, _ in pairs for one in some], [one for _, some in pairs for one in some]
    claims = [
        CLEAN["events"][0] | {"event_id": f"E{k}", "customer_id": f"LEFT{k}", "kind": "insurer_claim", "occurred_on": date(2023, 12, 1), "known_on": date(2023, 12, 1)}
        for k in range(2)
    ]  # fmt: skip
    assert n_found(both, "closed_at_one_lateness", tmp_path / "none") == 4
    assert n_found(both, "closed_at_one_lateness", tmp_path / "two", events=claims) == 0


def in_parts(who: str, due: int, parts: int, n: int, *, rest: bool = False) -> Pair:
    """Invoices that fall due so many days after their issue, paid in equal parts (or one of them larger) 30 days apart."""
    every, paid = [], []
    for k in range(n):
        one = invoice(f"{who}-{k}", who, date(2023, 2, 6) + days(28 * k + due), f"{60 * parts}.00", due)  # fmt: skip
        every.append(one)
        for part in range(parts):
            amount = "60.00" if not rest else ["30.00", "60.00", "90.00"][part]
            paid.append(payment(f"P{who}{k}{part}", one, one["issued_on"] + days(30 * (part + 1)), amount))  # fmt: skip
    return every, paid


def test_the_due_day_of_the_last_instalment(tmp_path: Path) -> None:
    pairs = [in_parts("THREE", 90, 3, 3), in_parts("SIX", 180, 6, 4), in_parts("UNEQUAL", 90, 3, 3, rest=True), in_parts("SELDOM", 90, 3, 2), in_parts("FIRST", 30, 3, 3)]  # fmt: skip
    both = [one for some, _ in pairs for one in some], [one for _, some in pairs for one in some]
    findings = check(tables(*both), tmp_path)
    assert sorted(flagged(findings, "paid_in_parts_before_due")) == ["SIX", "THREE"]


@pytest.mark.parametrize(
    ("rule", "paid_on", "lags", "expected"),
    [
        ("paid_on_the_periods_first_day", 1, (3, 12, 17, 25), 120),
        ("paid_on_the_periods_first_day", 1, (4,), 0),  # a standing order, booked some days later
        ("paid_on_the_periods_first_day", 1, (12,), 0),  # or by a run once a month
        ("paid_on_the_periods_first_day", 1, (8, 9, 15), 0),  # or by a run once a week
        ("paid_on_the_periods_first_day", 2, (3, 12, 17, 25), 0),
        ("paid_on_the_periods_last_day", 31, (0,), 120),
        ("paid_on_the_periods_last_day", 30, (0,), 0),
    ],
)
def test_the_day_of_a_period_in_place_of_that_of_the_payment(
    rule: str, paid_on: int, lags: tuple[int, ...], expected: int, tmp_path: Path
) -> None:
    """Ten customers pay twelve invoices each, all on one day of a month of 31 days, booked so many days later by turns."""
    every, paid = [], []
    for who in range(10):
        for k in range(12):
            day = date(2023 + k // 6, (1, 3, 5, 7, 8, 10)[k % 6], paid_on)
            one = invoice(f"R{who}-{k}", f"K{who}", day - days(3 + who), f"{100 + 9 * k}.{who:02}")
            every.append(one)
            paid.append(
                payment(f"P{who}-{k}", one, day) | {"booked_at": day + days(lags[k % len(lags)])}
            )
    assert n_found((every, paid), rule, tmp_path) == expected


@pytest.mark.parametrize(
    ("amount", "is_paid", "n_notes", "expected"),
    [("9.00", False, 3, 3), ("60.00", False, 3, 0), ("9.00", True, 3, 0), ("9.00", False, 2, 0)],
    ids=["revaluations", "as large as others", "paid", "two losses"],
)
def test_revaluations_stand_among_the_documents(
    amount: str,
    is_paid: bool,  # noqa: FBT001 - a case
    n_notes: int,
    expected: int,
    tmp_path: Path,
) -> None:
    """Three customers whose usual invoice is some 180; of each month's last day a document of 9 or 60, by turns against it and for it."""
    every, paid = [], []
    for who in ("AA", "BBB", "CCCC"):
        own, money = steady(who, 24)
        every += own
        paid += money
        for k in range(3 + n_notes):
            end = date(2023, (3, 5, 7, 8, 10, 12)[k], 31)
            one = invoice(f"{who}-X{k}", who, end, amount, 0)
            if k % 2 and k < 2 * n_notes:
                one = note(f"{who}-X{k}", one, end) | {"credits": None}
            every.append(one)
            if is_paid and one["kind"] == "invoice":
                paid.append(payment(f"P{who}-X{k}", one, end + days(9)))
    assert n_found((every, paid), "revalued_at_month_ends", tmp_path) == expected


@pytest.mark.parametrize(
    ("amount", "materiality", "expected"),
    [("501", 500, 20), ("500", 500, 0), ("501", 0, 0)],
    ids=["one more", "as much", "any amount is material"],
)
def test_what_may_be_left_is_not_what_is_material(
    amount: str, materiality: int, expected: int, tmp_path: Path
) -> None:
    """Twenty invoices of 600, and one of 501 of which all may be left."""
    rows = [invoice(f"R{k}", "K", date(2024, 1, 5) + days(9 * k), "600.00") for k in range(20)]
    rows.append(invoice("R20", "K", date(2024, 10, 5), "501.00"))
    settlement = PORTFOLIO.settlement.model_copy(update={"amount": Decimal(amount)})
    default = PORTFOLIO.default.model_copy(update={"materiality": materiality})
    portfolio = PORTFOLIO.model_copy(update={"settlement": settlement, "default": default})
    findings = check(tables(rows, []), tmp_path, portfolio=portfolio).findings
    broken = sum(one.broken for one in findings if one.rule.name == "settled_above_materiality")
    assert broken == expected


def test_who_left_as_late_as_it_happened_is_no_insurers(tmp_path: Path) -> None:
    """In a large book three of those who left are alike by chance; what an insurer closes is alike in most of them."""
    alike = [closed(f"LEFT{k}", 75, 75) for k in range(3)]
    some = [closed(f"OTHER{k}", 40 + 9 * k, 40 + 9 * k) for k in range(4)]
    pairs = [*alike, *some, steady("GOING", 24)]
    every = [one for own, _ in pairs for one in own], [one for _, own in pairs for one in own]
    assert n_found(every, "closed_at_one_lateness", tmp_path) == 0


def test_round_prices_add_up_to_one_another(tmp_path: Path) -> None:
    """Where an invoice is the sum of two as often before they were paid as after, nothing came back."""
    pairs = [back(f"AFTER{k}", "100.00", "200.00", again="300.00") for k in range(4)]
    pairs.append(back("BEFORE", "100.00", "200.00", again="300.00", after=-50))
    pairs.append(steady("GOING", 24))
    every = [one for own, _ in pairs for one in own], [one for _, own in pairs for one in own]
    assert n_found(every, "billed_again_in_one_sum", tmp_path / "some") == 0
    more = back("AFTER4", "100.00", "200.00", again="300.00")
    every = [*every[0], *more[0]], [*every[1], *more[1]]
    assert n_found(every, "billed_again_in_one_sum", tmp_path / "many") == 5


@pytest.mark.parametrize(
    ("others", "expected"),
    [((31, 34, 37, 40, 110, 115, 120, 125), 6), ((60, 63, 66, 69, 84, 87, 90, 93), 0)],
    ids=["far from it", "around it"],
)
def test_one_lateness_of_fewer_than_half_stands_out_from_those_around_it(
    others: tuple[int, ...], expected: int, tmp_path: Path
) -> None:
    """Six were closed 75 days late; of eight others none is within twenty days of that, or all."""
    pairs = [closed(f"SAME{k}", 75, 75) for k in range(6)]
    pairs += [closed(f"OTHER{late}", late, late) for late in others]
    every = [one for own, _ in pairs for one in own], [one for _, own in pairs for one in own]
    assert n_found(every, "closed_at_one_lateness", tmp_path) == expected


def chained(who: str, times: int, *, before: bool = False) -> Pair:
    """Two invoices of round prices are paid in a month, and their sum is billed after it, or before it; so often."""
    every, paid = [], []
    for k in range(times):
        day = date(2022, 2, 4) + days(120 * k)
        for amount in (f"{100 * (k + 1)}.00", f"{100 * (k + 2)}.00"):
            one = invoice(f"{who}-{k}-{amount}", who, day, amount)
            every.append(one)
            paid.append(payment(f"P{one['invoice_id']}", one, day))
        on = day.replace(day=1) + (days(-5) if before else days(35))
        every.append(invoice(f"{who}-{k}-S", who, on + days(30), f"{200 * k + 300}.00"))
    return every, paid


def test_what_came_back_again_and_again_is_found_among_round_prices(tmp_path: Path) -> None:
    """Of as many customers an invoice is the sum of others before they were paid; of three it is after them three times."""
    some = [back(f"BEFORE{k}", "100.00", "200.00", again="300.00", after=-50) for k in range(3)]
    for name, chains, expected in (("three", [3, 3, 3], 3), ("two", [3, 3, 2], 0)):
        pairs = [*some, *(chained(f"CHAIN{k}", n) for k, n in enumerate(chains))]
        every = [one for own, _ in pairs for one in own], [one for _, own in pairs for one in own]
        assert n_found(every, "billed_again_in_one_sum", tmp_path / name) == expected
    pairs += [chained("CHAIN9", 3), chained("ROUND", 3, before=True)]
    every = [one for own, _ in pairs for one in own], [one for _, own in pairs for one in own]
    assert n_found(every, "billed_again_in_one_sum", tmp_path / "as often") == 0

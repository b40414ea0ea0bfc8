"""Debts that are made young again, money that lies or is counted twice, and payments that are none; and clean books that would look like them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from quality.delivery import checks, paying
from quality.delivery.finding import Validation
from tests.house_books import CLEAN, days, flagged, invoice, note, payment, tables
from tests.sources_books import Row, check

Pair = tuple[list[Row], list[Row]]


def again(who: str, *wait: int, late: int = 45, after: int = 0, more: str = "0", credits_: bool = True) -> Pair:  # fmt: skip
    """An invoice of 400.00 that is cancelled so many days after its due day and billed again, as often as `wait` says."""
    every, row = [], invoice(f"{who}-0", who, date(2024, 3, 1), "400.00")
    every.append(row)
    for number, _ in enumerate(wait or (0,)):
        noted = row["due_on"] + days(late)
        every.append(note(f"{who}-G{number}", row, noted) | ({} if credits_ else {"credits": None}))
        row = invoice(f"{who}-N{number}", who, noted + days(after + 30), str(float(row["amount"]) + float(more)))  # fmt: skip
        every.append(row)
    return every, [payment(f"P{who}", row, row["due_on"])]


def bounced(who: str, wait: int, *amounts: str, before: int = 0) -> Pair:
    """Invoices that are each paid on their due day, and each issued so many days after the payment of the one before; before them some of other amounts."""
    own = [
        invoice(f"{who}-B{k}", who, date(2022, 9, 9) + days(31 * k), f"{61 + k * k}.07")
        for k in range(before)
    ]
    every, day = [], date(2024, 1, 10)
    for number, amount in enumerate(amounts):
        every.append(invoice(f"{who}-{number}", who, day, amount))
        day += days(wait + 30)
    return [*own, *every], [payment(f"P{one['invoice_id']}", one, one["due_on"]) for one in (*own, *every)]  # fmt: skip


def moved(who: str, n: int, month: int, *, paid: bool = False) -> Pair:
    """Six invoices of 30 days that were paid, and so many of 90 days that were not."""
    first = [invoice(f"{who}-{k}", who, date(2023, 2 + k, 9), f"{71 + k * k}.07") for k in range(6)]
    long = [invoice(f"{who}-L{k}", who, date(2024, month, 3) + days(90 + k), f"{91 + k}.07", 90) for k in range(n)]  # fmt: skip
    settled = [*first, *long[:paid]]
    return [*first, *long], [payment(f"P{one['invoice_id']}", one, one["due_on"]) for one in settled]  # fmt: skip


def held(who: str, month: int, times: int) -> Pair:
    """As `moved`, each of two beside an invoice of the same day that is so many times as large, due in 30 days and paid."""
    every, paid = moved(who, 2, month)
    beside = [invoice(f"{who}-S{k}", who, date(2024, month, 3) + days(30 + k), str(every[6 + k]["amount"] * times)) for k in range(2)]  # fmt: skip
    return [*every, *beside], [*paid, *(payment(f"P{one['invoice_id']}", one, one["due_on"]) for one in beside)]  # fmt: skip


def account(who: str, on: date, amount: str, kind: str = "payment") -> Row:
    own = {"payment_id": f"A{who}{kind}", "invoice_id": None, "customer_id": who, "kind": kind}
    return payment(f"A{who}", CLEAN["invoices"][0], on, amount) | own


def steady(who: str, *more: Row, unpaid: str | None = None) -> Pair:
    """Ten invoices, each paid on its due day, and what else is paid; perhaps one of May that is not."""
    every = [
        invoice(f"{who}-{k}", who, date(2024, 2 + k, 15), f"{100 + k * k}.31") for k in range(10)
    ]
    paid = [payment(f"P{one['invoice_id']}", one, one["due_on"]) for one in every]
    left = [invoice(f"{who}-U", who, date(2024, 5, 9), unpaid)] if unpaid else []
    return [*every, *left], [*paid, *more]


def ended(who: str, closed: int, *, back: bool = False) -> Pair:
    """Six invoices due from January to June: so many of the last are paid on 25 June, the others on their due days."""
    every = [
        invoice(f"{who}-{k}", who, date(2024, 1 + k, 11), f"{53 + k * k}.19") for k in range(6)
    ]
    on = [date(2024, 6, 25) if k >= 6 - closed else one["due_on"] for k, one in enumerate(every)]
    paid = [payment(f"P{one['invoice_id']}", one, day) for one, day in zip(every, on, strict=True)]
    return [*every, *([invoice(f"{who}-B", who, date(2024, 12, 1), "55.00")] if back else [])], paid


def rates(who: str, *shares: float) -> Pair:
    """Invoices of 1,000 and more, each paid by such a share of it."""
    every = [invoice(f"{who}-{k}", who, date(2024, 1 + k, 11), f"{1000 + 7 * k * k}.00") for k in range(len(shares))]  # fmt: skip
    parts = [f"{float(one['amount']) * share:.2f}" for one, share in zip(every, shares, strict=True)]  # fmt: skip
    return every, [payment(f"P{one['invoice_id']}", one, one["due_on"], part) for one, part in zip(every, parts, strict=True)]  # fmt: skip


def deducted(who: str, *, credited: date = date(2024, 8, 1), amount: str = "600.00") -> Pair:
    """An item due in December 2023 that is credited later, beside invoices of spring 2024 that are paid."""
    item = invoice(f"{who}-D", who, date(2023, 12, 1), amount, 0)
    spring = [
        invoice(f"{who}-{k}", who, date(2024, 5 + k, 20), f"{81 + k * k}.00") for k in range(2)
    ]
    return [item, note(f"{who}-G", item, credited), *spring], [payment(f"P{one['invoice_id']}", one, one["due_on"]) for one in spring]  # fmt: skip


def others() -> Pair:
    """One customer that is billed ten times a month by a list of prices, but in June 2024."""
    every = [
        invoice(f"O{year}{month:02}{k:02}", "OTHERS", date(year, month, 3 + k) + days(30), f"{200 + k * k}.00")
        for year in (2023, 2024) for month in range(1, 12) for k in range(10) if (year, month) != (2024, 6)
    ]  # fmt: skip
    return every, [payment(f"P{one['invoice_id']}", one, one["due_on"]) for one in every if one["due_on"] < date(2024, 12, 31)]  # fmt: skip


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Validation:
    """One delivery of many customers, each with a habit of its own."""
    paid = again("NOTED", credits_=False)
    habits = [
        again("INTEREST", more="39"), again("DEAR", more="41"), again("DAYS", more="39", after=2), again("EARLIER", after=-7),
        again("UNNAMED", credits_=False), (paid[0], [*paid[1], payment("PN", paid[0][0], date(2024, 3, 1))]),
        again("THRICE", 0, 0, 0, late=10), again("TWICE", 0, 0, late=10),
        bounced("CHEQUE", 6, "100.00", "105.00", "110.00"), bounced("ONCE", 6, "100.00", "105.00"), bounced("SLOW", 11, "100.00", "105.00", "110.00"),
        bounced("FEES", 6, "100.00", "105.00", "109.00"), bounced("NOFEE", 10, "77.77", "77.77", "77.77", before=12), bounced("NEW", 10, "77.77", "77.77", "77.77", before=11), bounced("FLAT", 10, "49.00", "49.00", "49.00"),
        moved("MOVED", 2, 3), moved("AGREED", 2, 5, paid=True), moved("SINGLE", 1, 4), moved("SEASON", 2, 6), held("HELD", 7, 5), held("PARTLY", 8, 3), others(),
        steady("DEPOSIT", account("DEPOSIT", date(2024, 1, 5), "300.00")), steady("USED", account("USED", date(2024, 1, 5), "300.00"), unpaid="250.00"),
        steady("APPLIED", account("APPLIED", date(2024, 1, 5), "300.00"), account("APPLIED", date(2024, 9, 5), "300.00", "reversal")),
        steady("LATELY", account("LATELY", date(2024, 7, 6), "300.00")), steady("LITTLE", account("LITTLE", date(2024, 1, 5), "100.00")),
        ended("LOSSES", 2), ended("ALONE", 1), ended("BACK", 2, back=True), ended("BANKRUPT", 3),
        rates("DOLLARS", 0.98, 1.03, 0.97, 1.04, 1.0), rates("SHORT", 0.98, 0.98, 0.97, 0.98, 0.98), rates("EXACT", 1.0, 1.0, 0.97, 1.04, 0.98),
        deducted("DEDUCTED"), deducted("DISPUTED"), deducted("SOON", credited=date(2024, 6, 1)), deducted("SMALL", amount="500.00"),
    ]  # fmt: skip
    invoices = [one for some, _ in habits for one in some]
    payments = [one for _, some in habits for one in some]
    event = {"event_id": "E", "customer_id": "BANKRUPT", "kind": "write_off", "occurred_on": date(2024, 6, 25), "known_on": date(2024, 6, 25)}  # fmt: skip
    opened = {"dispute_id": "D", "invoice_id": "DISPUTED-D", "opened_on": date(2023, 12, 2), "closed_on": date(2024, 8, 1)}  # fmt: skip
    book = tables(invoices, payments, events=[CLEAN["events"][0] | event], disputes=[CLEAN["disputes"][0] | opened])  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        for module in (checks, paying):
            patch.setattr(module, "N_EXAMPLES", 100)
        return check(book, tmp_path_factory.mktemp("anew"))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("billed_again_when_overdue", ["EARLIER", "INTEREST", "THRICE", "UNNAMED"]),
        ("billed_again_when_bounced", ["CHEQUE", "NOFEE"]),
        ("due_day_moved", ["MOVED", "PARTLY"]),
        ("credit_left_lying", ["DEPOSIT"]),
        ("cleared_late_and_left", ["LOSSES"]),
        ("paid_at_another_rate", ["DOLLARS"]),
        ("paid_on_while_in_default", ["DEDUCTED"]),
        ("carried_in_one_sum", []),
        ("paid_by_a_factor", []),
    ],
)
def test_of_each_habit_those_are_found_that_have_it(
    found: Validation, rule: str, expected: list[str]
) -> None:
    assert sorted(flagged(found, rule)) == expected


def going_on(who: str, *, is_caught: bool) -> Pair:
    """Twenty-four invoices due a month apart and paid on their due days, twice perhaps two on one day, the older 44 days late; and one that is not yet due."""
    every = [invoice(f"{who}-{k}", who, date(2022 + (k + 8) // 12, 1 + (k + 8) % 12, 11), f"{53 + k * k}.19") for k in range(24)]  # fmt: skip
    on = [one["due_on"] for one in every]
    for at in (4, 8) if is_caught else ():
        on[at] = on[at + 1] = on[at + 1] + days(14)
    paid = [payment(f"P{one['invoice_id']}", one, day) for one, day in zip(every, on, strict=True)]
    return [*every, invoice(f"{who}-B", who, date(2025, 1, 9), "55.00")], paid


@pytest.mark.long
@pytest.mark.parametrize(
    ("n_others", "n_caught", "expected"),
    [(13, 0, 4), (12, 0, 0), (30, 4, 4), (30, 30, 0)],
    ids=["losses", "a quarter of all customers", "others seldom do", "others do so as well"],
)
def test_who_pays_late_on_one_day_and_leaves(
    n_others: int, n_caught: int, expected: int, tmp_path: Path
) -> None:
    """Four leave so. Of the others none, 4 or all paid so on two of their 22 days.

    Where all do, 4 x 60 / (4 x 4 + 30 x 22) = 0.36 of the four are expected to: 4 ln(4 / 0.36) - 4 + 0.36 = 6.0, and 6.9 is asked for.
    """
    pairs = [ended(f"LEFT{k}", 2) for k in range(4)]
    pairs += [going_on(f"OTHER{k:02}", is_caught=k < n_caught) for k in range(n_others)]
    book = tables([one for some, _ in pairs for one in some], [one for _, some in pairs for one in some])  # fmt: skip
    findings = check(book, tmp_path).findings
    found_ = sum(one.broken for one in findings if one.rule.name == "cleared_late_and_left")
    assert found_ == expected


def test_what_was_late_then_is_shown(found: Validation) -> None:
    finding = next(one for one in found.findings if one.rule.name == "paid_on_while_in_default")
    assert [(one.column, one.value) for one in finding.examples] == [("amount", "600.00")]


def broken(pair: Pair, rule: str, folder: Path) -> int:
    """How many rows a rule finds."""
    findings = check(tables(*pair), folder).findings
    return sum(one.broken for one in findings if one.rule.name == rule)


@pytest.mark.long
@pytest.mark.parametrize(("n", "expected"), [(10, 10), (9, 0)])
def test_a_year_that_is_closed_and_opened_in_one_sum(n: int, expected: int, tmp_path: Path) -> None:
    closed = date(2023, 12, 31)
    carried = [invoice(f"EB-{k}", f"K{k}", closed + days(1), f"{300 + k}.00", 0) for k in range(n)]
    money = [account(f"K{k}", closed, f"{300 + k}.00") for k in range(n)]
    assert broken((carried, money), "carried_in_one_sum", tmp_path) == expected


@pytest.mark.long
@pytest.mark.parametrize(
    ("n", "last", "share", "expected"),
    [(10, 3, 100, 10), (9, 3, 100, 0), (10, 7, 100, 0), (10, 3, 71, 10), (10, 3, 69, 0)],
    ids=["factor", "nine", "another age", "advanced", "two thirds"],
)
def test_customers_that_a_factor_pays_for(
    n: int, last: int, share: int, expected: int, tmp_path: Path
) -> None:
    """So many per cent of each invoice come three days after its issue, of each fifth perhaps later; the rest on the due day."""
    every = [invoice(f"R{who}-{k}", f"K{who}", date(2024, 2 + k, 3 + who), f"{100 + who}.{k:02}") for who in range(n) for k in range(5)]  # fmt: skip
    paid = []
    for k, one in enumerate(every):
        part = one["amount"] if share == 100 else round(one["amount"] * share / 100, 2)
        paid.append(payment(f"P{one['invoice_id']}", one, one["issued_on"] + days(last if k == 0 else 3), str(part)))  # fmt: skip
        if part < one["amount"]:
            paid.append(payment(f"Q{one['invoice_id']}", one, one["due_on"], str(one["amount"] - part)))  # fmt: skip
    assert broken((every, paid), "paid_by_a_factor", tmp_path) == expected


@pytest.mark.long
@pytest.mark.parametrize(("lag", "expected"), [(15, 24), (14, 0)], ids=["as late as others", "soon"])  # fmt: skip
def test_a_due_day_that_is_missing_is_not_the_day_of_issue(
    lag: int, expected: int, tmp_path: Path
) -> None:
    every = [invoice(f"R{who}-{k}", f"K{who}", date(2024, 2 + k, 3 + who), f"{100 + who}.{k:02}") for who in range(12) for k in range(5)]  # fmt: skip
    for one in every[::5] + every[1::5]:
        one["due_on"] = one["issued_on"]
    paid = [payment(f"P{one['invoice_id']}", one, one["issued_on"] + days(lag)) for one in every]
    assert broken((every, paid), "due_day_missing", tmp_path) == expected

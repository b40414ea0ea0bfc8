"""Houses whose extract says something else than their ledger: payers that look late, losses that look paid, and half a ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from quality.delivery.finding import Validation
from tests.house_books import CLEAN, days, flagged, invoice, note, payment, tables
from tests.sources_books import Row, check

MIGRATION = date(2024, 7, 1)


def late(who: str, amount: str, due: date = date(2024, 5, 1)) -> tuple[list[Row], list[Row]]:
    """An invoice that nobody paid, and one of November that was paid."""
    paid = invoice(f"{who}-2", who, date(2024, 11, 30), f"{70 + len(who)}.11")
    return [invoice(f"{who}-1", who, due, amount), paid], [payment(f"P{who}", paid, date(2024, 12, 1))]  # fmt: skip


def short(who: str, n: int, whole: int = 0) -> tuple[list[Row], list[Row]]:
    """So many invoices paid without their tax of 19 %, and so many in full."""
    every = [invoice(f"{who}-{k}", who, date(2024, 1, 5) + days(20 * k), f"{119 + 10 * k}.00") for k in range(n + whole)]  # fmt: skip
    parts = [str(round(float(one["amount"]) / (1.19 if k < n else 1), 2)) for k, one in enumerate(every)]  # fmt: skip
    return every, [payment(f"P{one['invoice_id']}", one, one["due_on"], part) for one, part in zip(every, parts, strict=True)]  # fmt: skip


def monthly(who: str, n: int, last: int) -> tuple[list[Row], list[Row]]:
    """An invoice of 1,200 due on 14 January, paid in equal parts, the last so many days after its due day."""
    one = invoice(f"{who}-1", who, date(2024, 1, 14), "1200.00")
    on = [one["due_on"] + days(last * k // (n - 1)) for k in range(n)]
    return [one], [payment(f"P{who}{k}", one, day, str(1200 // n)) for k, day in enumerate(on)]


def progress(who: str, n: int) -> tuple[list[Row], list[Row]]:
    """Invoices that each state all that was done so far, each paid but for what the one before stated."""
    stated = ["100.10", "250.25", "401.40", "555.55"][:n]
    added = ["100.10", "150.15", "151.15", "154.15"]
    every = [invoice(f"{who}-{k}", who, date(2024, 1 + k, 9), one) for k, one in enumerate(stated)]
    return every, [payment(f"P{one['invoice_id']}", one, one["due_on"], added[k]) for k, one in enumerate(every)]  # fmt: skip


def left(who: str, after: int, *more: Row) -> tuple[list[Row], list[Row]]:
    """An invoice that was paid, and one that was cancelled so many days after its due day."""
    paid = invoice(f"{who}-1", who, date(2024, 1, 20), "310.00")
    open_ = invoice(f"{who}-2", who, date(2024, 5, 1), "320.00")
    return [paid, open_, note(f"{who}-N", open_, open_["due_on"] + days(after)), *more], [payment(f"P{who}", paid, paid["due_on"])]  # fmt: skip


def keen(who: str, n: int) -> tuple[list[Row], list[Row]]:
    """So many invoices issued and paid after the first of February."""
    every = [invoice(f"{who}-{k}", who, date(2024, 4 + k, 2), f"{61 + k}.00") for k in range(n)]
    return every, [payment(f"P{one['invoice_id']}", one, one["due_on"]) for one in every]


def happened(number: str, who: str, kind: str, day: date) -> Row:
    own = {"event_id": number, "customer_id": who, "kind": kind, "occurred_on": day}
    return CLEAN["events"][0] | own | {"known_on": day, "amount": Decimal(3)}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Validation:
    """One delivery of many customers, each with a habit of its own."""
    back = invoice("BACK-3", "BACK", date(2024, 8, 1), "330.00")
    habits = [
        late("LATE", "500.01"), late("LITTLE", "500.00"), late("YOUNG", "600.00", date(2024, 10, 2)), late("DISPUTES", "600.00"),
        late("ACCOUNT", "600.00"), ([invoice("GONE-1", "GONE", date(2024, 5, 1), "600.00")], []),
        short("TAX", 5), short("TAXED", 4), short("SELDOM", 5, 5),
        monthly("MONTHLY", 4, 91), monthly("QUICK", 4, 90), monthly("THIRDS", 3, 91),
        monthly("PLANNED", 4, 91), monthly("FORMER", 4, 91),
        progress("WORKS", 4), progress("FEW", 3),
        left("CHURN", 40), left("ERROR", 13), left("AGED", 91), left("BANKRUPT", 40), left("BACK", 40, back),
        keen("KEEN", 3), keen("WANING", 2),
    ]  # fmt: skip
    invoices = [one for some, _ in habits for one in some]
    payments = [one for _, some in habits for one in some]
    account = {"payment_id": "PA", "invoice_id": None, "customer_id": "ACCOUNT", "paid_on": date(2024, 6, 1), "booked_at": date(2024, 6, 1)}  # fmt: skip
    payments.append(CLEAN["payments"][0] | account | {"amount": Decimal("100.00")})
    opened = {"dispute_id": "D", "invoice_id": "DISPUTES-1", "opened_on": date(2024, 4, 20)}
    events = [
        happened("E1", "KEEN", "write_off", date(2024, 2, 1)),
        happened("E2", "WANING", "write_off", date(2024, 2, 1)),
        happened("E3", "TAX", "insolvency", date(2020, 2, 1)),  # it was reorganised, and trades
        happened("E4", "BANKRUPT", "insolvency", date(2024, 6, 1)),
    ]
    # due on 14 January and last paid on 14 April: agreed on the last of these days, and on the day before the first
    agreed = (("PLANNED", date(2024, 4, 14)), ("FORMER", date(2024, 1, 13)))
    events += [happened(who, who, "payment_plan", day) | {"detail": "2024-12-31"} for who, day in agreed]  # fmt: skip
    book = tables(invoices, payments, events=events, disputes=[CLEAN["disputes"][0] | opened])
    return check(book, tmp_path_factory.mktemp("houses"))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("late_and_paying", ["LATE"]),
        ("paid_short_by_one_share", ["TAX"]),
        ("paid_in_equal_parts", ["FORMER", "MONTHLY"]),
        ("progress_not_subtracted", ["WORKS"]),
        ("cancelled_when_overdue", ["CHURN"]),
        ("written_off_and_paying", ["E1"]),
        ("held_back_not_stated", []),
        ("open_items_alone", []),
    ],
)
def test_of_each_habit_those_are_found_that_have_it(
    found: Validation, rule: str, expected: list[str]
) -> None:
    assert flagged(found, rule) == expected


def test_what_is_owed_late_is_shown(found: Validation) -> None:
    finding = next(one for one in found.findings if one.rule.name == "late_and_paying")
    assert [(one.column, one.value) for one in finding.examples] == [("amount", "500.01")]
    assert finding.amount == 500.01


def weekly(terms: int = 30, lag: int = 0, n: int = 12) -> Iterator[tuple[Row, Row]]:
    """Twelve customers billed every second week of 2024, each invoice paid so many days after its due day."""
    for week in range(2, 46, 2):
        for who in range(n):
            due = date(2024, 1, 1) + days(7 * week + who)
            one = invoice(f"R{week}-{who}", f"K{who}", due, f"{100 + 3 * week + who}.00", terms)
            yield one, payment(f"P{week}-{who}", one, due + days(lag))


RULES = ("paid_early_at_one_age", "open_items_alone", "begins_with_open_items", "due_when_issued", "opened_anew")  # fmt: skip


def counts(pairs: list[tuple[Row, Row]], folder: Path, *paid: Row) -> dict[str, int]:
    """What the rules of a whole extract find of it."""
    invoices = [one for one, _ in pairs]
    payments = [one for _, one in pairs if one and one["paid_on"] <= date(2024, 12, 31)]
    found_ = check(tables(invoices, [*payments, *paid]), folder).findings
    return {one.rule.name: one.broken for one in found_ if one.rule.name in RULES and one.broken}


@pytest.mark.long
@pytest.mark.parametrize(
    ("terms", "lag", "expected"),
    [
        (30, 0, {}),
        (30, -27, {"paid_early_at_one_age": 264}),  # three days after issue, whoever it was
        (30, -6, {}),
        (30, -30, {}),  # cash
        (0, 14, {"due_when_issued": 264}),
        (0, 13, {}),
    ],
)
def test_days_of_payment_that_are_not_the_customers(
    terms: int, lag: int, expected: dict[str, int], tmp_path: Path
) -> None:
    assert counts(list(weekly(terms, lag)), tmp_path) == expected


@pytest.mark.long
@pytest.mark.parametrize(("share", "is_found"), [(2, True), (3, False)], ids=["most", "some"])
def test_a_list_of_open_items_is_no_ledger(
    share: int,
    is_found: bool,  # noqa: FBT001 - a case
    tmp_path: Path,
) -> None:
    """Of every second of them, and one more, nothing was paid; or of every third."""
    pairs = list(weekly())
    pairs = [(one, {} if k % share == 0 or k == 1 else paid) for k, (one, paid) in enumerate(pairs)]
    assert counts(pairs, tmp_path) == ({"open_items_alone": 133} if is_found else {})


@pytest.mark.long
@pytest.mark.parametrize(("every", "is_found"), [(1, False), (3, True)])
def test_a_transfer_that_names_the_first_of_three_invoices_pays_them(
    every: int,
    is_found: bool,  # noqa: FBT001 - a case
    tmp_path: Path,
) -> None:
    """Of three invoices two are paid by no row; what pays the first is as much as all of them, or so one time in three, which is less than half of what is open."""
    pairs = list(weekly())
    for at in range(0, len(pairs), 3):
        trio = pairs[at : at + 3]
        if at // 3 % every == 0:
            trio[0][1]["amount"] = sum(one["amount"] for one, _ in trio)
        pairs[at + 1 : at + 3] = [(one, {}) for one, _ in trio[1:]]
    assert ("open_items_alone" in counts(pairs, tmp_path)) == is_found


@pytest.mark.long
@pytest.mark.parametrize("is_told", [False, True], ids=["as booked", "known from that day on"])
def test_an_extract_that_begins_with_open_items(
    is_told: bool,  # noqa: FBT001 - a case
    tmp_path: Path,
) -> None:
    """Every third customer pays 60 days late; of what fell due by July only what was open is there."""
    kept = []
    for number, (one, paid) in enumerate(weekly(n=48)):
        if number % 3 == 0:
            paid |= {"paid_on": one["due_on"] + days(60), "booked_at": one["due_on"] + days(60)}
        if paid["paid_on"] < MIGRATION:
            continue
        if is_told:
            one["booked_at"] = max(one["booked_at"], MIGRATION)
        kept.append((one, paid))
    early = sum(one["due_on"] < MIGRATION - days(14) for one, _ in kept)
    assert early > 20
    assert counts(kept, tmp_path) == ({} if is_told else {"begins_with_open_items": early})


@pytest.mark.long
@pytest.mark.parametrize(("n", "expected"), [(10, {"opened_anew": 10}), (9, {})])
def test_items_that_a_migration_numbered_anew(
    n: int, expected: dict[str, int], tmp_path: Path
) -> None:
    pairs = list(weekly())
    due = [pair for pair in pairs if pair[0]["issued_on"] < MIGRATION < pair[1]["paid_on"]][:n]
    assert len({one["customer_id"] for one, _ in due}) == n
    for one, paid in due:
        new = one | {"invoice_id": f"N{one['invoice_id']}", "issued_on": MIGRATION, "booked_at": MIGRATION, "due_on": MIGRATION + days(30)}  # fmt: skip
        pairs.append((new, paid | {"payment_id": f"N{paid['payment_id']}", "invoice_id": new["invoice_id"]}))  # fmt: skip
        paid |= {"paid_on": MIGRATION, "booked_at": MIGRATION}
    assert counts(pairs, tmp_path) == expected

"""Months that were lost and days that were moved leave unknown what they would have said, and no more than that."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from contracts.errors import RuleError
from quality.delivery.findings import stop_if_beyond
from tests.sources_books import Row, Tables, check, check_and_write
from tests.unit.quality.delivery.test_suspects import (
    DEFAULT,
    TENANTS,
    aside,
    house,
    invoice,
    payment,
)

pytestmark = pytest.mark.long

MIGRATION = date(2024, 9, 17)


def cancels(one: Row, day: date, number: str) -> Row:
    """A credit note of all of an invoice."""
    own = {"invoice_id": number, "kind": "credit_note", "credits": one["invoice_id"]}
    return one | own | {"issued_on": day, "booked_at": day, "due_on": None}


def rents(tables: Tables) -> dict[str, Row]:
    """The invoices by number."""
    return {one["invoice_id"]: one for one in tables["invoices"]}


def unpaid(tables: Tables, *numbers: str) -> None:
    """Leaves the payments of these invoices out."""
    tables["payments"] = [one for one in tables["payments"] if one["payment_id"][2:] not in numbers]


def carried_over(tables: Tables) -> None:
    """The rents of February carry the day of a migration, half a year after they were paid."""
    for one in tables["invoices"]:
        if one["invoice_id"].startswith("R02"):
            days = {"issued_on": MIGRATION, "booked_at": MIGRATION}
            one.update(days | {"due_on": MIGRATION + timedelta(days=30)})


@pytest.mark.parametrize("is_migrated", [True, False], ids=["migrated", "as it was"])
def test_what_was_credited_on_the_day_of_a_migration_is_unknown(
    is_migrated: bool,  # noqa: FBT001 - a case
    tmp_path: Path,
) -> None:
    """T20's and T21's rents of January were never paid; their notes are of the day of the migration, and of the next."""
    tables = house(days_late=0)
    unpaid(tables, "R01T20", "R01T21")
    own = rents(tables)
    notes = [
        cancels(own["R01T20"], MIGRATION, "N20"),
        cancels(own["R01T21"], MIGRATION + timedelta(days=1), "N21"),
        # due in September: it may well have been cancelled then
        cancels(own["R08T22"] | {"amount": Decimal("10.00")}, MIGRATION, "N22"),
    ]
    tables["invoices"] += notes
    if is_migrated:
        carried_over(tables)
    check_and_write(tables, tmp_path)
    found = aside(tmp_path, "invoices")
    assert found.get("credited_on_day_of_migration", []) == (["N20"] if is_migrated else [])
    assert ("R01T20" in found.get("belongs_to_a_row_set_aside", [])) == is_migrated
    assert "R01T21" not in found.get("belongs_to_a_row_set_aside", [])


def test_settlements_of_prepaid_quarters_are_days_like_others_of_their_kind(tmp_path: Path) -> None:
    """Quarters at whose end all are billed what they have paid for months: a credit note of such a day counts."""
    tables = house(days_late=0)
    unpaid(tables, "R01T20")
    settled = [
        invoice(f"S{number}{name}", name, day, f"{10 + number}.00")
        for number, day in enumerate(
            (date(2024, 3, 29), date(2024, 6, 28), MIGRATION, date(2024, 12, 20))
        )
        for name in TENANTS
    ]
    tables["payments"] += [payment(one, days_late=-100) for one in settled]
    tables["invoices"] += [*settled, cancels(rents(tables)["R01T20"], MIGRATION, "N20")]
    check_and_write(tables, tmp_path)
    assert "credited_on_day_of_migration" not in aside(tmp_path, "invoices")


def test_a_month_without_payments_takes_those_made_in_advance_along(tmp_path: Path) -> None:
    """June is missing. Four invoices were never paid, and only of what is late today can it matter whether in advance."""
    tables = house()
    later = [
        invoice("A", "ODD1", date(2024, 7, 10), "11.10"),  # due in August
        invoice("B", "ODD1", date(2024, 7, 31), "12.10"),
        invoice("C", "ODD1", date(2024, 8, 1), "13.10"),  # 32 days after June
        invoice("D", "ODD1", date(2024, 7, 10), "14.10") | {"due_on": date(2024, 10, 2)},  # 90 days
    ]
    tables["invoices"] += later
    tables["payments"] = [one for one in tables["payments"] if one["paid_on"].month != 6]
    check_and_write(tables, tmp_path)
    found = set(aside(tmp_path, "invoices")["open_in_a_missing_month"])
    assert found & {"A", "B", "C", "D"} == {"A", "B"}


def test_a_month_without_documents_takes_its_credit_notes_along(tmp_path: Path) -> None:
    """June's documents are missing, with a note that cancelled T09's rent of May.

    T09 paid on, so it did not stop at one rent. T10 paid none from May on, and stays what it is; so does what T11 left unpaid
    of July, after the gap, and of January, in default before it. The shop and T03 skipped one invoice each, and paid on.
    """
    tables = house(days_late=0)
    gone = [f"R{month:02}T10" for month in range(5, 11)]
    unpaid(tables, "R05T09", *gone, "R07T11", "R01T11")
    tables["invoices"] = [one for one in tables["invoices"] if one["issued_on"].month != 6]
    validation = check_and_write(tables, tmp_path)
    assert aside(tmp_path, "invoices")["cancelled_in_a_missing_month"] == [
        "O4b",
        "R03T03",
        "R05T09",
    ]
    finding = next(
        one for one in validation.findings if one.rule.name == "cancelled_in_a_missing_month"
    )
    assert {(one.column, one.value) for one in finding.examples} == {("month", "2024-06")}


def test_no_month_is_missing_of_a_whole_book(tmp_path: Path) -> None:
    tables = house(days_late=0)
    unpaid(tables, "R05T09")
    check_and_write(tables, tmp_path)
    assert "cancelled_in_a_missing_month" not in aside(tmp_path, "invoices")


def test_money_of_nobody_stops_by_what_hangs_on_it_and_says_what_to_deliver(
    tmp_path: Path,
) -> None:
    """Seven rents of March were paid by rows that say neither of what nor by whom; T09's in two parts, of which nobody can know.

    Six of the seven rents are found by their amount: these would be late, beside T03 of March and T10 as they are.
    """
    tables = house()
    names = [f"T{number:02}" for number in range(4, 11)]
    for number, name in enumerate(names):
        for one in tables["invoices"]:
            if one["invoice_id"] == f"R03{name}":
                one["amount"] = Decimal(f"90{number}.00")
        for one in tables["payments"]:
            if one["payment_id"] == f"P R03{name}":
                one |= {
                    "invoice_id": None,
                    "customer_id": None,
                    "amount": Decimal(f"90{number}.00"),
                }
    last = next(one for one in tables["payments"] if one["payment_id"] == "P R03T10")
    tables["payments"].append(last | {"payment_id": "P R03T10 b", "amount": Decimal("400.00")})
    last["amount"] = Decimal("506.00")
    validation = check(tables, tmp_path)
    with pytest.raises(RuleError) as error:
        stop_if_beyond(validation, DEFAULT, "house")
    message = str(error.value)
    assert "75.0% of the customers that are more than 90 days late (6 of 8) are so only by what payments set aside by money_of_nobody would say" in message  # fmt: skip
    assert "where: payments.customer_id (rule money_of_nobody)" in message
    assert "Deliver the invoice it pays, or the customer whose it is, as customer_id; leave no payment out" in message  # fmt: skip

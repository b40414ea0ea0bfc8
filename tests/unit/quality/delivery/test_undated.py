"""An age that nobody can know is unknown; what another house books late, at once or again keeps the age of its due day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.sources_books import Row, Tables, check_and_write, clean_book
from tests.unit.quality.delivery.test_suspects import aside, house, invoice, payment

pytestmark = pytest.mark.long

RULE = "booked_long_after_issue"
LATER = date(2024, 9, 17)
"""Bookings of this day are long after the due days of the invoices below."""


def booked(one: Row, day: date) -> Row:
    """The invoice, entered on another day than that of its issue."""
    return one | {"booked_at": day}


def paid(one: Row, day: date) -> Row:
    """All of it, on this day."""
    return payment(one) | {"paid_on": day, "booked_at": day}


def old(number: str, days: int, customer: str = "ODD1", amount: str = "123.45") -> Row:
    """An invoice that was issued so many days before it was booked."""
    return booked(invoice(number, customer, LATER - timedelta(days=days), amount), LATER)


def busy(*more: Row, paid_on: date | None = LATER + timedelta(days=30), n: int = 40) -> Tables:
    """The house, where forty invoices of the day are booked on that day, and these besides."""
    tables = house(days_late=0)
    usual = [invoice(f"U{number:02}", "SHOP", LATER, f"{200 + number}.00") for number in range(n)]
    tables["invoices"] += [*usual, *more]
    tables["payments"] += [payment(one) for one in usual]
    if paid_on is not None:
        tables["payments"] += [paid(one, paid_on) for one in more if one["kind"] == "invoice"]
    return tables


def unknown(tables: Tables, folder: Path) -> list[str]:
    """Numbers of the invoices that the rule sets aside."""
    check_and_write(tables, folder)
    return aside(folder, "invoices").get(RULE, [])


def test_a_year_that_was_written_wrong_leaves_with_its_payment(tmp_path: Path) -> None:
    tables = busy(old("Y", 366), old("Q", 364))
    assert unknown(tables, tmp_path) == ["Y"]
    assert "P Y" in aside(tmp_path, "payments")["belongs_to_a_row_set_aside"]


def test_the_example_says_the_day_of_issue(tmp_path: Path) -> None:
    validation = check_and_write(busy(old("Y", 366)), tmp_path)
    finding = next(one for one in validation.findings if one.rule.name == RULE)
    assert [(one.key, one.column, one.value) for one in finding.examples] == [
        ("Y", "issued_on", "2023-09-17")
    ]


def test_an_invoice_that_nobody_paid_has_no_age_either(tmp_path: Path) -> None:
    assert unknown(busy(old("Y", 400), paid_on=None), tmp_path) == ["Y"]


def test_a_batch_of_one_wrong_day_is_no_migration(tmp_path: Path) -> None:
    """Twelve of the day's forty carry the year before: they are of one day, and a ledger is of many."""
    batch = [old(f"Y{number:02}", 366, amount=f"{300 + number}.00") for number in range(12)]
    assert unknown(busy(*batch), tmp_path) == [one["invoice_id"] for one in batch]


@pytest.mark.parametrize(("days", "expected"), [(93, ["Y"]), (92, [])])
def test_older_than_its_customer_needs_no_year(
    days: int, expected: list[str], tmp_path: Path
) -> None:
    """A number that was given out again: the invoice was issued the day before the customer began."""
    tables = busy(old("Y", days))
    own = next(one for one in tables["customers"] if one["customer_id"] == "ODD1")
    own["onboarded_on"] = LATER - timedelta(days=days - 1)
    assert unknown(tables, tmp_path) == expected


def test_a_customer_under_a_new_number_brings_what_it_owes(tmp_path: Path) -> None:
    """Booked in the first month of the number, two to ten months after the issue: the age is that of the due day."""
    tables = busy(old("A", 60), old("B", 300))
    own = next(one for one in tables["customers"] if one["customer_id"] == "ODD1")
    own["onboarded_on"] = LATER - timedelta(days=31)
    assert unknown(tables, tmp_path) == []


def test_a_migration_keeps_the_age_of_what_it_carries(tmp_path: Path) -> None:
    """Thirty old items on one day beside forty of the day's own; some were never paid."""
    carried = [
        old(f"Y{number:02}", 200 + 31 * number, f"T{number:02}", f"{300 + number}.00")
        for number in range(30)
    ]
    assert unknown(busy(*carried), tmp_path / "paid") == []
    assert unknown(busy(*carried, paid_on=None), tmp_path / "owed") == []


def test_a_small_house_migrates_three_items(tmp_path: Path) -> None:
    """Nothing else is booked on the day: three old items of three days are most of it; two are not enough."""
    carried = [
        old(f"Y{number}", 400 + number, f"T0{number}", f"30{number}.00") for number in range(3)
    ]
    assert unknown(busy(*carried, n=2), tmp_path / "three") == []
    assert unknown(busy(*carried[:2], n=2), tmp_path / "two") == ["Y0", "Y1"]


def test_drops_that_are_the_only_clock_are_migrations_all(tmp_path: Path) -> None:
    """A ledger without days of booking takes those of its yearly deliveries (docs/your-own-data.md)."""
    tables = house(days_late=0)
    years = [date(2022, month, 7) for month in range(1, 13)]
    items = [invoice(f"Y{day:%m}{name}", name, day) for day in years for name in ("T05", "ODD1")]
    tables["invoices"] = [
        *(booked(one, date(2023, 6, 30)) for one in items),
        *(booked(one, date(2024, 12, 31)) for one in tables["invoices"]),
    ]
    tables["payments"] += [paid(one, date(2023, 8, 1)) for one in items]
    assert unknown(tables, tmp_path) == []


def test_months_and_quarters_late_keep_the_age_of_their_due_day(tmp_path: Path) -> None:
    late = [old(f"L{days:03}", days, amount=f"{days}.50") for days in (31, 92, 180, 270)]
    assert unknown(busy(*late), tmp_path) == []


def test_an_annual_settlement_is_of_the_year_that_ended(tmp_path: Path) -> None:
    """Dated 31 December 2023 and written in September, for each tenant: late, and not unknown."""
    settled = [
        booked(
            invoice(f"S{number:02}", f"T{number:02}", date(2023, 12, 31), f"{60 + number}.10"),
            LATER,
        )
        for number in range(25)
    ]
    assert unknown(busy(*settled), tmp_path) == []


def test_a_correction_dated_back_is_no_old_debt(tmp_path: Path) -> None:
    """Billed too little two years before: the difference has the old day, and was asked for in September.

    The credit note of a correction is on the customer's side, and stays.
    """
    note = old("N", 700) | {"kind": "credit_note", "due_on": None}
    assert unknown(busy(old("C", 700), note), tmp_path) == ["C"]


def test_what_was_paid_about_its_issue_was_issued_then(tmp_path: Path) -> None:
    """Billed and paid in 2022, booked by an auditor in 2024; the second was paid a month before it was booked."""
    one, other = old("A", 700), old("B", 700, amount="99.00")
    tables = busy(one, other, paid_on=None)
    tables["payments"] += [
        paid(one, one["due_on"] + timedelta(days=100)),
        paid(other, LATER - timedelta(days=31)),
    ]
    assert unknown(tables, tmp_path) == ["B"]


def test_a_ledger_without_days_of_booking_keeps_its_late_payers(tmp_path: Path) -> None:
    """booked_at is the day of issue: an invoice paid two years late is what it says."""
    one = invoice("A", "ODD1", date(2022, 3, 1), "123.45")
    tables = busy(one, paid_on=date(2024, 3, 1))
    assert unknown(tables, tmp_path) == []


def test_no_row_is_set_aside_twice(tmp_path: Path) -> None:
    """An invoice a year off of which a hundredth was paid, in a book whose September has no payments."""
    one = old("Y", 366, amount="12345.00")
    tables = busy(one, paid_on=None)
    tables["payments"] += [paid(one, LATER + timedelta(days=60)) | {"amount": Decimal("123.45")}]
    tables["payments"] = [row for row in tables["payments"] if row["paid_on"].month != 9]
    validation = check_and_write(tables, tmp_path)
    invoices = next(one for one in validation.counts if one.table == "invoices")
    assert invoices.rows_in == invoices.rows_valid + invoices.rows_quarantined
    numbers = [number for rows in aside(tmp_path, "invoices").values() for number in rows]
    assert len(numbers) == len(set(numbers)) == invoices.rows_quarantined
    assert aside(tmp_path, "invoices")["decimal_point_misplaced"] == ["Y"]


def test_the_clean_book_has_such_an_invoice_nowhere(tmp_path: Path) -> None:
    tables = clean_book()
    check_and_write(tables, tmp_path)
    assert RULE not in aside(tmp_path, "invoices")

"""A head office that pays for its branches, and disputes that nobody closes: neither makes nor hides a defaulter in silence."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from contracts.errors import RuleError
from quality.delivery.findings import beyond, stop_if_beyond
from quality.rules.catalogue import Tolerances
from tests.sources_books import Row, Tables, check, clean_book, found

pytestmark = pytest.mark.long

MONTHS = [date(2024, month, 5) for month in range(1, 11)]
BRANCHES = ("B1", "B2")


def group(of_branches: str = "2000.00", parent: str | None = "HEAD") -> Tables:
    """A head office and two branches, each billed 1,000 a month; the head pays its own, and a sum on account for each month.

    Args:
        of_branches: the sum; 2,000 is what both branches are billed.
        parent: of the branches.
    """
    clean = clean_book()
    customer, invoice = clean["customers"][0], clean["invoices"][0]
    payment = clean["payments"][0]
    customers = [customer | {"customer_id": "HEAD"}]
    customers += [customer | {"customer_id": name, "parent_id": parent} for name in BRANCHES]
    bills: list[Row] = []
    paid: list[Row] = []
    for month in MONTHS:
        days = {"issued_on": month, "booked_at": month, "due_on": month + timedelta(days=30)}
        amount = {"amount": Decimal("1000.00")}
        for name in ("HEAD", *BRANCHES):
            own = {"invoice_id": f"{name}{month:%m}", "customer_id": name}
            bills.append(invoice | days | amount | own)
        on = {"paid_on": days["due_on"], "booked_at": days["due_on"]}
        by_name = {"payment_id": f"P{month:%m}", "invoice_id": f"HEAD{month:%m}"}
        loose = {"payment_id": f"A{month:%m}", "invoice_id": None, "customer_id": "HEAD"}
        paid += [payment | on | amount | by_name, payment | on | loose | {"amount": Decimal(of_branches)}]  # fmt: skip
    return {"customers": customers, "invoices": bills, "payments": paid, "fx_rates": clean["fx_rates"]}  # fmt: skip


def test_branches_that_their_head_office_pays_for_are_unknown_and_the_run_stops(
    tmp_path: Path,
) -> None:
    checked = check(group(), tmp_path)
    counts = found(checked)
    assert counts["invoices.paid_by_its_group"] == len(BRANCHES) * len(MONTHS)
    # nothing else of the book is touched: the head's own invoices stay
    assert {name for name in counts if "account" in name or "aside" in name} == set()
    with pytest.raises(RuleError) as stopped:
        stop_if_beyond(checked, Tolerances({}, where="params"))
    assert "coalesce(head, branch)" in str(stopped.value)


@pytest.mark.parametrize(
    "tables",
    [
        pytest.param(group("400.00"), id="the head paid a little too much"),
        pytest.param(group(parent=None), id="they are no group"),
    ],
)
def test_a_debtor_stays_one_where_its_group_has_not_paid_for_it(
    tables: Tables, tmp_path: Path
) -> None:
    assert "invoices.paid_by_its_group" not in found(check(tables, tmp_path))


def test_a_branch_that_pays_itself_is_judged_by_what_it_pays(tmp_path: Path) -> None:
    tables = group()
    own = tables["payments"][0] | {"payment_id": "own", "invoice_id": "B101"}
    tables["payments"].append(own)
    assert found(check(tables, tmp_path))["invoices.paid_by_its_group"] == len(MONTHS)


@pytest.mark.parametrize(
    ("opened", "closed", "n"),
    [
        (date(2023, 12, 31), None, 1),  # 366 days to 31 December 2024
        (date(2024, 1, 1), None, 0),
        (date(2023, 2, 1), date(2024, 2, 2), 1),
        (date(2023, 2, 1), date(2024, 2, 1), 0),
    ],
)
def test_a_dispute_that_is_open_for_more_than_a_year_is_said(
    opened: date, closed: date | None, n: int, tmp_path: Path
) -> None:
    tables = clean_book()
    for row in tables["invoices"]:
        row |= {"issued_on": date(2023, 1, 10), "due_on": date(2023, 2, 9), "booked_at": date(2023, 1, 11)}  # fmt: skip
    tables["disputes"][0] |= {"opened_on": opened, "closed_on": closed}
    assert found(check(tables, tmp_path)).get("disputes.dispute_open_for_a_year", 0) == n


@pytest.mark.parametrize(
    ("n_small", "n_large", "due", "n"),
    [
        pytest.param(5, 4, date(2024, 10, 1), 5, id="91 days late"),
        pytest.param(5, 4, date(2024, 10, 2), 0, id="90 days late"),
        pytest.param(4, 0, date(2024, 10, 1), 0, id="four are no habit"),
        pytest.param(5, 5, date(2024, 10, 1), 0, id="as many owe more"),
    ],
)
def test_who_is_late_with_less_than_default_asks_for_is_said_where_it_is_the_rule(
    n_small: int, n_large: int, due: date, n: int, tmp_path: Path
) -> None:
    """500 is not above 500; 500.01 is a default."""
    clean = clean_book()
    amounts = ["500.00"] * n_small + ["500.01"] * n_large
    names = [f"K{number}" for number in range(len(amounts))]
    bills = [
        clean["invoices"][0] | {"invoice_id": name, "customer_id": name, "amount": Decimal(amount), "due_on": due}
        for name, amount in zip(names, amounts, strict=True)
    ]  # fmt: skip
    tables = {
        "customers": [clean["customers"][0] | {"customer_id": name} for name in [*names, "C1"]],
        "invoices": [*bills, clean["invoices"][3]],
        "payments": [clean["payments"][0] | {"invoice_id": "I4", "amount": Decimal(100)}],
        "fx_rates": clean["fx_rates"],
    }
    counts = found(check(tables, tmp_path))
    assert counts.get("customers.late_below_materiality", 0) == n


@pytest.mark.parametrize(
    ("billed", "n", "stopped"),
    [
        pytest.param(
            ["250.00", "250.00"], 10, ["billed_below_materiality"], id="500 in all is not above 500"
        ),
        pytest.param(["250.00", "250.01"], 0, [], id="a cent more can be owed"),
    ],
)
def test_a_materiality_that_nobody_was_ever_billed_stops_the_run(
    billed: list[str], n: int, stopped: list[str], tmp_path: Path
) -> None:
    clean = clean_book()
    names = [f"K{number}" for number in range(10)]
    bills = [
        clean["invoices"][0] | {"invoice_id": f"{name}-{place}", "customer_id": name, "amount": Decimal(amount)}
        for name in names for place, amount in enumerate(billed)
    ]  # fmt: skip
    tables = {
        "customers": [clean["customers"][0] | {"customer_id": name} for name in names],
        "invoices": bills,
        "payments": [clean["payments"][0] | {"customer_id": "K0", "invoice_id": "K0-0", "amount": Decimal(100)}],
        "fx_rates": clean["fx_rates"],
    }  # fmt: skip
    validation = check(tables, tmp_path)
    assert found(validation).get("customers.billed_below_materiality", 0) == n
    rules = [one.rule.name for one in beyond(validation, Tolerances({}, where="params"))]
    assert [name for name in rules if name == "billed_below_materiality"] == stopped

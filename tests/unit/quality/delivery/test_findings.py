"""Within tolerance rows are set aside and reported; beyond it one error says what, where, which value and what to do."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from contracts.errors import RuleError
from contracts.tables.raw import portfolio_tables
from quality.delivery.delivery import Validation
from quality.delivery.findings import report, stop_if_beyond
from quality.delivery.trend import delivery_id, previous_delivery
from quality.rules.catalogue import Tolerances
from tests.sources_books import PORTFOLIO, broken, check, check_and_write, clean_book

DEFAULT = Tolerances({}, where="configs/params.yaml > validate > tolerance")
ALL = Tolerances({"not_positive_amount": 1.0, "paid_before_issued": 1.0}, where="p")


def stopped(tables: Any, folder: Path, tolerances: Tolerances = DEFAULT) -> str:
    with pytest.raises(RuleError) as error:
        stop_if_beyond(check(tables, folder), tolerances)
    return str(error.value)


def test_duplicate_keys_stop_the_run(tmp_path: Path) -> None:
    tables = clean_book()
    tables["invoices"].append(tables["invoices"][0] | {"amount": Decimal(101)})
    message = stopped(tables, tmp_path)
    assert "Rows that differ share a key that must be unique: 2 of 5 rows of invoices" in message
    assert "where: invoices.amount (rule duplicate_key)" in message
    assert "amount = 100.00 | 101.00 at (invoice_id) = I1" in message
    assert "keep the one changed last in the SELECT" in message
    assert (
        "`validate > tolerance > invoices.duplicate_key` in configs/params.yaml to 0.4; for this portfolio alone, "
        "`tolerance > invoices.duplicate_key` in configs/portfolios/<name>.yaml." in message
    )


def test_dates_in_the_future_stop_the_run(tmp_path: Path) -> None:
    message = stopped(broken("payments", 1, booked_at=date(2025, 1, 1)), tmp_path)
    assert "payments.booked_at (rule known_after_delivery)" in message
    assert "booked_at = 2025-01-01 at (payment_id, invoice_id) = P2 / I1" in message
    assert "set complete_until in the portfolio's yaml" in message


def test_other_rules_beyond_their_tolerance_are_named_too(tmp_path: Path) -> None:
    tables = broken("payments", 1, booked_at=date(2025, 1, 1))
    tables["events"][0]["customer_id"] = "C9"
    message = stopped(tables, tmp_path)
    assert (
        "also 1 of 1 rows of events (100.000%) break unknown_customer; at most 5.000% may: "
        "customer_id = C9 at (event_id) = E1" in message
    )


@pytest.fixture(scope="module")
def not_positive(tmp_path_factory: pytest.TempPathFactory) -> Validation:
    """One of three payments is of nought."""
    tables = broken("payments", 2, amount=Decimal(0))
    # its one row would leave with the invoice, and no tolerance lets a table be empty
    del tables["disputes"]
    return check(tables, tmp_path_factory.mktemp("not_positive"))


@pytest.fixture(scope="module")
def paid_first(tmp_path_factory: pytest.TempPathFactory) -> Validation:
    """One of three payments is from before its invoice was issued."""
    tables = broken("payments", 2, paid_on=date(2024, 1, 9))
    return check(tables, tmp_path_factory.mktemp("paid_first"))


@pytest.fixture(scope="module")
def without_name(tmp_path_factory: pytest.TempPathFactory) -> tuple[Validation, Path]:
    """One of two customers has no name; and the folder below which the rows were written."""
    folder = tmp_path_factory.mktemp("without_name")
    return check_and_write(broken("customers", 1, name=None), folder), folder


def test_a_portfolios_own_tolerance_stands_above_that_of_all(not_positive: Validation) -> None:
    validation = not_positive
    common = Tolerances({"not_positive_amount": 0.1, "belongs_to_a_row_set_aside": 1.0}, where="params")  # fmt: skip
    with pytest.raises(RuleError, match=r"at most 10\.000% may"):
        stop_if_beyond(validation, common)
    stop_if_beyond(validation, Tolerances({"not_positive_amount": 0.5}, where="p", beneath=common))
    # one that says nothing of the rule leaves the common one in force
    with pytest.raises(RuleError, match=r"at most 10\.000% may"):
        stop_if_beyond(validation, Tolerances({"loaded_twice": 0.5}, where="p", beneath=common))


def test_a_rule_that_would_set_everything_aside_is_never_advised(
    not_positive: Validation, without_name: tuple[Validation, Path]
) -> None:
    """Not where it takes every row of its table, nor where every customer would leave with them."""
    first = next(
        one
        for one in not_positive.findings
        if one.rule.name == "not_positive_amount" and one.broken
    )
    whole = replace(first, broken=first.rows)
    customers = tuple(
        replace(one, rows_valid=0) if one.table == "customers" else one
        for one in not_positive.counts
    )
    for validation, told in (
        (replace(not_positive, findings=(whole,)), "that is every row"),
        (replace(not_positive, counts=customers, findings=(first,)), "every customer is set aside"),
    ):
        with pytest.raises(RuleError) as error:
            stop_if_beyond(validation, DEFAULT)
        assert told in error.value.what
        assert "no way out" in error.value.next_step
        assert "tolerance >" not in error.value.next_step
    # a rule that takes one of two customers may still be tolerated
    with pytest.raises(RuleError) as error:
        stop_if_beyond(without_name[0], DEFAULT)
    assert "tolerance >" in error.value.next_step


def test_the_figure_in_the_message_lets_the_rows_pass(not_positive: Validation) -> None:
    validation = not_positive
    with pytest.raises(RuleError) as error:
        stop_if_beyond(validation, DEFAULT)
    assert "payments.not_positive_amount` in configs/params.yaml to 0.3334" in str(error.value)
    # the invoice that leaves with it has a tolerance of its own
    shares = {"payments.not_positive_amount": 0.3334, "belongs_to_a_row_set_aside": 1.0}
    tolerances = Tolerances(shares, where="p")
    stop_if_beyond(validation, tolerances)


def test_a_rule_that_reports_stops_only_where_a_tolerance_says_so(tmp_path: Path) -> None:
    validation = check(broken("financials", 0, equity=Decimal(1)), tmp_path)
    stop_if_beyond(validation, DEFAULT)
    with pytest.raises(RuleError, match="Assets differ") as error:
        stop_if_beyond(validation, Tolerances({"assets_do_not_balance": 0.5}, where="p"))
    assert "To keep such rows and go on" in str(error.value)


def test_a_table_of_which_no_row_is_left_stops_the_run(tmp_path: Path) -> None:
    tables = broken("events", 0, customer_id="C9")
    message = stopped(tables, tmp_path, Tolerances({"unknown_customer": 1.0}, where="p"))
    assert "Every row of events is set aside." in message
    assert "where: events (rule unknown_customer)" in message


def test_rows_set_aside_keep_rule_and_value(tmp_path: Path) -> None:
    # I3 has a wrong amount and a wrong date: the first rule of the catalogue speaks, both are counted
    tables = broken("invoices", 2, amount=Decimal(-1), due_on=date(2020, 1, 1))
    validation = check_and_write(tables, tmp_path)
    aside = pq.read_table(tmp_path / "quarantine/invoices.parquet").to_pylist()
    # it is a credit note that names no invoice: the oldest items of its customer are unknown without it
    unknown = "belongs_to_a_row_set_aside"
    assert [(row["invoice_id"], row["rule"], row["value"]) for row in aside] == [
        ("I1", unknown, "I1"),
        ("I3", "not_positive_amount", "-1.00"),
        ("I4", unknown, "I4"),
    ]
    assert {one.rule.name for one in validation.findings if one.broken} == {
        "not_positive_amount",
        "due_before_issued",
        unknown,
    }
    rows = {path.stem: pq.read_metadata(path).num_rows for path in (tmp_path / "quarantine").iterdir()}  # fmt: skip
    assert {name for name, n_rows in rows.items() if n_rows} == {"invoices", "payments"}
    assert set(rows) == set(tables)  # of every table there is a file, often an empty one
    paid = pq.read_table(tmp_path / "quarantine/payments.parquet").to_pylist()
    assert [(row["payment_id"], row["rule"]) for row in paid] == [("P1", unknown), ("P2", unknown)]
    # rows in = rows valid + rows quarantined
    counts = {one.table: one for one in validation.counts}
    found = {
        name: (one.rows_in, one.rows_valid, one.rows_quarantined) for name, one in counts.items()
    }
    assert (found["invoices"], found["payments"]) == ((4, 1, 3), (3, 1, 2))


def test_valid_tables_have_exactly_the_contract(without_name: tuple[Validation, Path]) -> None:
    _, folder = without_name
    for name, contract in portfolio_tables(PORTFOLIO).items():
        schema = pq.read_schema(folder / f"valid/{name}.parquet")
        assert schema.equals(contract.arrow_schema(), check_metadata=True), name
    kept = pq.read_table(folder / "valid/customers.parquet").column("customer_id").to_pylist()
    assert kept == ["C1"]


def test_a_quarantined_customer_takes_invoices_and_their_payments_along(
    without_name: tuple[Validation, Path],
) -> None:
    validation, folder = without_name
    aside = {
        name: pq.read_table(folder / f"quarantine/{name}.parquet")
        .select(["rule", "value"])
        .to_pylist()
        for name in ("customers", "master_history", "invoices", "payments", "disputes")
    }
    assert aside == {
        "customers": [{"rule": "missing_value", "value": None}],
        "master_history": [{"rule": "parent_row_quarantined", "value": "C2"}],
        "invoices": [{"rule": "parent_row_quarantined", "value": "C2"}],
        "payments": [{"rule": "parent_row_quarantined", "value": "I2"}],
        "disputes": [{"rule": "parent_row_quarantined", "value": "I2"}],
    }
    assert [(count.table, count.rows_quarantined) for count in validation.counts][:5] == [
        ("customers", 1), ("master_history", 1), ("credit_terms", 0), ("invoices", 1), ("payments", 1),
    ]  # fmt: skip


def test_duplicates_within_a_raised_tolerance_are_all_set_aside(tmp_path: Path) -> None:
    tables = clean_book()
    tables["customers"].append({**tables["customers"][0], "name": "Other Ltd"})
    validation = check_and_write(tables, tmp_path)
    counts = {count.table: (count.rows_in, count.rows_valid) for count in validation.counts}
    # C1 is gone twice; what belongs to it is not doubled by the join but set aside
    assert counts["customers"] == (3, 1)
    assert counts["invoices"] == (4, 1)


def test_the_report_has_its_stable_keys_and_is_json(
    paid_first: Validation, tmp_path_factory: pytest.TempPathFactory
) -> None:
    entry = report(("sme", PORTFOLIO), paid_first, ALL, delivery="a1", previous=None)
    text = entry.text()
    found = json.loads(text)
    assert list(found) == [
        "portfolio", "delivery", "complete_until", "currency", "stopped_by", "tables", "previous", "in_doubt", "rules",
    ]  # fmt: skip
    assert found["stopped_by"] == []
    assert (found["portfolio"], found["complete_until"]) == ("sme", "2024-12-31")
    payments = next(one for one in found["tables"] if one["table"] == "payments")
    assert payments == {"table": "payments", "rows_in": 3, "rows_valid": 3, "rows_quarantined": 0, "rows_repaired": 0}  # fmt: skip
    rule = next(one for one in found["rules"] if one["broken"])
    assert rule == {
        "rule": "paid_before_issued",
        "table": "payments",
        "outcome": "failed",
        "share": 1 / 3,
        "tolerance": 1.0,
        "values": {},
        "case": "",
        "severity": "report",
        "title_en": "Paid before the invoice was issued",
        "title_zh": "付款日早于开票日",
        "remedy_en": rule["remedy_en"],
        "remedy_zh": rule["remedy_zh"],
        "is_estimate": False,
        "broken": 1,
        "amount": 45.0,
        "done": "reported",
        "is_beyond": False,
        "examples": [
            {"key": "P3 / I2", "column": "paid_on", "value": "2024-01-09", "mended": None}
        ],
        "previous": None,
        "measure": "rows",
        "effect": None,
        "in_doubt": [],
        "heard": [],
    }
    others = {(one["outcome"], one["done"]) for one in found["rules"] if not one["broken"]}
    assert others == {("passed", "clean"), ("not_applicable", "not_asked")}
    # the portfolio states no balance, so there is nothing to compare the ledger with
    balance = next(one for one in found["rules"] if one["rule"] == "ledger_differs_from_balance")
    assert (balance["outcome"], balance["share"]) == ("not_applicable", None)
    assert str(tmp_path_factory.getbasetemp()) not in text


def test_findings_stand_beside_those_of_the_last_delivery(
    paid_first: Validation, tmp_path: Path
) -> None:
    before = report(("sme", PORTFOLIO), paid_first, ALL, delivery="a1", previous=None).to_json()
    kept = previous_delivery("sme", {"kind": "files"}, before, None)
    assert kept is not None
    second = check(clean_book(), tmp_path)
    after = report(("sme", PORTFOLIO), second, ALL, delivery="a2", previous=kept).to_json()
    rule = next(one for one in after["rules"] if one["rule"] == "paid_before_issued")
    assert (rule["broken"], rule["previous"]) == (0, {"broken": 1, "share": 1 / 3, "amount": 45.0})
    assert after["previous"]["complete_until"] == "2024-12-31"


def test_a_rule_that_was_not_asked_in_the_last_delivery_has_nothing_to_stand_beside(
    paid_first: Validation,
) -> None:
    """A month is missing in the ledger, a column is new, a balance is stated: the rule is asked now and was not then."""
    before = report(("sme", PORTFOLIO), paid_first, ALL, delivery="a1", previous=None).to_json()
    kept = previous_delivery("sme", {"kind": "files"}, before, None)
    assert kept is not None
    asked = {(one["rule"], one["table"]) for one in kept["rules"] if one["share"] is not None}
    assert ("paid_before_issued", "payments") in asked
    unasked = [one | {"broken": 0, "share": None, "amount": None} for one in kept["rules"]]
    after = report(("sme", PORTFOLIO), paid_first, ALL, delivery="a2", previous=kept | {"rules": unasked}).to_json()  # fmt: skip
    assert {one["previous"] for one in after["rules"]} == {None}
    # of those that were, the rest says what it said
    half = [one if one["rule"] == "paid_before_issued" else one | {"share": None} for one in kept["rules"]]  # fmt: skip
    after = report(("sme", PORTFOLIO), paid_first, ALL, delivery="a2", previous=kept | {"rules": half}).to_json()  # fmt: skip
    assert [one["rule"] for one in after["rules"] if one["previous"]] == ["paid_before_issued"]


def test_a_look_keeps_the_last_report_of_another_delivery() -> None:
    source = {"kind": "files", "files": [{"sha256": "ab"}]}
    this: dict[str, Any] = {
        "portfolio": "sme", "delivery": delivery_id(source), "complete_until": "2024-12-31", "tables": [], "rules": [],
    }  # fmt: skip
    last = this | {"delivery": "other", "complete_until": "2024-11-30"}
    assert previous_delivery("sme", source, None, None) is None
    assert previous_delivery("sme", source, last, None) == last
    # looked at twice: once the report is of this delivery, what was kept stays
    assert previous_delivery("sme", source, this, last) == last
    assert previous_delivery("sme", source, this, None) is None
    # a delivery that stopped the run was never used: the one before stays what is compared with
    assert previous_delivery("sme", source, last | {"stopped_by": ["a.b"]}, None) is None
    assert previous_delivery("sme", source, last | {"stopped_by": []}, None) == last
    # findings of another portfolio, or of a report that does not say what it was about, are no trend
    assert previous_delivery("demo", source, last, last) is None
    assert previous_delivery("sme", source, {"portfolio": "sme", "rules": []}, None) is None

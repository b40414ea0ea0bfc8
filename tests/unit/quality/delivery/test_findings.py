"""Within tolerance rows are set aside and reported; beyond it one error says what, where, which value and what to do."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from contracts.errors import RuleError
from contracts.tables.raw import portfolio_tables
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
    assert "where: invoices.invoice_id (rule duplicate_key)" in message
    assert "invoice_id = I1 at (invoice_id) = I1" in message
    assert "Keep one row per key in the SELECT" in message
    assert (
        "`validate > tolerance > invoices.duplicate_key` in configs/params.yaml to 0.4." in message
    )


def test_dates_in_the_future_stop_the_run(tmp_path: Path) -> None:
    message = stopped(broken("payments", 1, booked_at=date(2025, 1, 1)), tmp_path)
    assert "payments.booked_at (rule known_after_delivery)" in message
    assert "booked_at = 2025-01-01 at (payment_id) = P2" in message
    assert "set complete_until in the portfolio's yaml" in message


def test_other_rules_beyond_their_tolerance_are_named_too(tmp_path: Path) -> None:
    tables = broken("payments", 1, booked_at=date(2025, 1, 1))
    tables["events"][0]["customer_id"] = "C9"
    message = stopped(tables, tmp_path)
    assert "also 1 of 1 rows of events (100.000%) break unknown_customer" in message


def test_the_figure_in_the_message_lets_the_rows_pass(tmp_path: Path) -> None:
    tables = broken("payments", 2, amount=Decimal(0))
    message = stopped(tables, tmp_path / "1")
    assert "payments.not_positive_amount` in configs/params.yaml to 0.3334" in message
    tolerances = Tolerances({"payments.not_positive_amount": 0.3334}, where="p")
    stop_if_beyond(check(tables, tmp_path / "2"), tolerances)


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
    assert [(row["invoice_id"], row["rule"], row["value"]) for row in aside] == [
        ("I3", "not_positive_amount", "-1.00")
    ]
    assert {one.rule.name for one in validation.findings if one.broken} == {
        "not_positive_amount",
        "due_before_issued",
    }
    assert sorted(path.name for path in (tmp_path / "quarantine").iterdir()) == ["invoices.parquet"]


def test_valid_tables_have_exactly_the_contract(tmp_path: Path) -> None:
    check_and_write(broken("customers", 1, name=None), tmp_path)
    for name, contract in portfolio_tables(PORTFOLIO).items():
        schema = pq.read_schema(tmp_path / f"valid/{name}.parquet")
        assert schema.equals(contract.arrow_schema(), check_metadata=True), name
    kept = pq.read_table(tmp_path / "valid/customers.parquet").column("customer_id").to_pylist()
    assert kept == ["C1"]


def test_a_quarantined_customer_takes_invoices_and_their_payments_along(tmp_path: Path) -> None:
    validation = check_and_write(broken("customers", 1, name=None), tmp_path)
    aside = {
        name: pq.read_table(tmp_path / f"quarantine/{name}.parquet")
        .select(["rule", "value"])
        .to_pylist()
        for name in ("customers", "invoices", "payments", "disputes")
    }
    assert aside == {
        "customers": [{"rule": "missing_value", "value": None}],
        "invoices": [{"rule": "parent_row_quarantined", "value": "C2"}],
        "payments": [{"rule": "parent_row_quarantined", "value": "I2"}],
        "disputes": [{"rule": "parent_row_quarantined", "value": "I2"}],
    }
    assert [(count.table, count.rows_quarantined) for count in validation.counts][:4] == [
        ("customers", 1), ("credit_terms", 0), ("invoices", 1), ("payments", 1),
    ]  # fmt: skip


def test_duplicates_within_a_raised_tolerance_are_all_set_aside(tmp_path: Path) -> None:
    tables = clean_book()
    tables["customers"].append({**tables["customers"][0], "name": "Other Ltd"})
    validation = check_and_write(tables, tmp_path)
    counts = {count.table: (count.rows_in, count.rows_valid) for count in validation.counts}
    # C1 is gone twice; what belongs to it is not doubled by the join but set aside
    assert counts["customers"] == (3, 1)
    assert counts["invoices"] == (4, 1)


def test_the_report_has_its_stable_keys_and_is_json(tmp_path: Path) -> None:
    validation = check(broken("payments", 2, paid_on=date(2024, 1, 9)), tmp_path)
    entry = report(("sme", PORTFOLIO), validation, ALL, delivery="a1", previous=None)
    text = json.dumps(entry, allow_nan=False)
    found = json.loads(text)
    assert list(found) == [
        "portfolio", "delivery", "complete_until", "currency", "tables", "previous", "rules",
    ]  # fmt: skip
    assert (found["portfolio"], found["complete_until"]) == ("sme", "2024-12-31")
    payments = next(one for one in found["tables"] if one["table"] == "payments")
    assert payments == {"table": "payments", "rows_in": 3, "rows_valid": 2, "rows_quarantined": 1, "rows_repaired": 0}  # fmt: skip
    rule = next(one for one in found["rules"] if one["broken"])
    assert rule == {
        "rule": "paid_before_issued",
        "table": "payments",
        "severity": "quarantine",
        "title_en": "Paid before the invoice was issued",
        "title_zh": "付款日早于开票日",
        "remedy_en": rule["remedy_en"],
        "remedy_zh": rule["remedy_zh"],
        "is_estimate": False,
        "broken": 1,
        "share": 1 / 3,
        "tolerance": 1.0,
        "amount": 45.0,
        "outcome": "quarantined",
        "examples": [{"key": "P3", "column": "paid_on", "value": "2024-01-09", "mended": None}],
        "previous": None,
    }
    assert {one["outcome"] for one in found["rules"]} == {"clean", "quarantined"}
    assert str(tmp_path) not in text


def test_findings_stand_beside_those_of_the_last_delivery(tmp_path: Path) -> None:
    first = check(broken("payments", 2, paid_on=date(2024, 1, 9)), tmp_path / "1")
    before = report(("sme", PORTFOLIO), first, ALL, delivery="a1", previous=None)
    kept = previous_delivery("sme", {"kind": "files"}, before, None)
    assert kept is not None
    second = check(clean_book(), tmp_path / "2")
    after = report(("sme", PORTFOLIO), second, ALL, delivery="a2", previous=kept)
    rule = next(one for one in after["rules"] if one["rule"] == "paid_before_issued")
    assert (rule["broken"], rule["previous"]) == (0, {"broken": 1, "share": 1 / 3, "amount": 45.0})
    assert after["previous"]["complete_until"] == "2024-12-31"


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
    # findings of another portfolio, or of a report that does not say what it was about, are no trend
    assert previous_delivery("demo", source, last, last) is None
    assert previous_delivery("sme", source, {"portfolio": "sme", "rules": []}, None) is None

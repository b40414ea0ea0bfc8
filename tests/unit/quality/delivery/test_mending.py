"""Repairs: what was meant is used, what was delivered is kept, and the other rules see the mended value."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from contracts.tables.derived import REPAIRS
from tests.sources_books import Tables, broken, check_and_write, clean_book, found


def read(path: Path) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = pq.read_table(path).to_pylist()
    return rows


def test_the_value_is_used_mended_and_kept_as_it_was(tmp_path: Path) -> None:
    validation = check_and_write(broken("invoices", 1, customer_id=" C2 "), tmp_path)
    assert found(validation) == {"invoices.spaces_around_key": 1}
    customers = [row["customer_id"] for row in read(tmp_path / "valid/invoices.parquet")]
    assert sorted(map(str, customers)) == ["C1", "C1", "C1", "C2"]
    kept = read(tmp_path / "quarantine/repairs.parquet")
    assert pq.read_schema(tmp_path / "quarantine/repairs.parquet").equals(REPAIRS.arrow_schema())
    assert kept == [
        {"table": "invoices", "row": 1, "column": "customer_id", "rule": "spaces_around_key",
         "key": "I2", "before": " C2 ", "after": "C2"}
    ]  # fmt: skip
    finding = next(one for one in validation.findings if one.broken)
    # I2 is 100 dollars at 0.9
    assert finding.amount == 90.0
    assert [(one.key, one.value, one.mended) for one in finding.examples] == [("I2", " C2 ", "C2")]
    counts = {one.table: one.rows_repaired for one in validation.counts}
    assert counts["invoices"] == 1
    assert sum(counts.values()) == 1


def test_a_padded_parent_is_found_by_its_children(tmp_path: Path) -> None:
    validation = check_and_write(broken("customers", 1, customer_id="C2  "), tmp_path)
    assert found(validation) == {"customers.spaces_around_key": 1}


def test_two_repairs_of_one_value_follow_each_other(tmp_path: Path) -> None:
    check_and_write(broken("invoices", 1, currency=" usd"), tmp_path)
    assert [row["currency"] for row in read(tmp_path / "valid/invoices.parquet")][1] == "USD"
    steps = [(row["before"], row["after"]) for row in read(tmp_path / "quarantine/repairs.parquet")]
    assert steps == [(" usd", "usd"), ("usd", "USD")]


def test_a_key_that_is_only_spaces_is_missing(tmp_path: Path) -> None:
    tables = broken("payments", 2, payment_id="   ")
    validation = check_and_write(tables, tmp_path)
    # the invoice it pays, and the dispute of that, are unknown without it
    assert found(validation) == {
        "payments.spaces_around_key": 1,
        "payments.missing_value": 1,
        "invoices.belongs_to_a_row_set_aside": 1,
        "disputes.belongs_to_a_row_set_aside": 1,
    }


def test_mended_rows_that_collide_are_judged_like_any_others(tmp_path: Path) -> None:
    tables: Tables = clean_book()
    tables["events"].append({**tables["events"][0], "event_id": "E1 "})
    # mended it is a copy: one is used, one is set aside, none is lost
    validation = check_and_write(tables, tmp_path)
    assert found(validation) == {"events.spaces_around_key": 1, "events.repeated_row": 1}
    assert len(read(tmp_path / "valid/events.parquet")) == 1


def test_a_clean_book_leaves_no_log_of_repairs(tmp_path: Path) -> None:
    validation = check_and_write(clean_book(), tmp_path)
    assert not (tmp_path / "quarantine/repairs.parquet").exists()
    assert {one.rows_repaired for one in validation.counts} == {0}


def test_names_are_mended_in_every_reading(tmp_path: Path) -> None:
    tables = clean_book()
    windows = "Café Šilhavý’s".encode().decode("cp1252")
    iso = "Ölmühle Łódź".encode().decode("latin-1")
    tables["customers"][0]["name"], tables["customers"][1]["name"] = windows, iso
    check_and_write(tables, tmp_path)
    names = [row["name"] for row in read(tmp_path / "valid/customers.parquet")]
    assert names == ["Café Šilhavý’s", "Ölmühle Łódź"]

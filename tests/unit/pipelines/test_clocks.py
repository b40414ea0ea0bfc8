"""What is said of customers that the master's history leaves out."""

from __future__ import annotations

from pipelines.book.clocks import untold
from tests.features_books import Row, Tables, customer, engine, on, portfolio


def told(*names: str) -> list[Row]:
    return [
        {"customer_id": one, "known_on": on(-9), "country": "DE", "industry": "C", "legal_form": "ltd", "parent_id": None, "is_natural_person": None}
        for one in names
    ]  # fmt: skip


def said(**more: list[Row]) -> str:
    tables: Tables = {"customers": [customer(one) for one in "ABC"], **more}
    with engine(tables, portfolio()) as (con, loaded):
        return untold(con, loaded)


def test_who_is_left_out_is_counted() -> None:
    assert "2 of 3 customers have no row in master_history" in said(master_history=told("B"))


def test_nothing_is_said_where_all_are_told_or_there_is_no_history() -> None:
    assert said(master_history=told("A", "B", "C")) == ""
    assert said() == ""

"""A default event or an invoice that was set aside: from the quarantine to the cohort, to the book and to the words of a customer's page."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from contracts.config.engine import EngineConfig
from contracts.documents.customer import Unscored
from contracts.tables.derived import COHORT
from contracts.tables.store import read_table
from pipelines import paths
from pipelines.book.dossiers import _unscored
from pipelines.book.untold import _highest, untold_on
from pipelines.label import label
from pipelines.settings import Settings
from tests.features_books import customer, invoice, payment, portfolio, write

DAY = date(2024, 1, 1)
HEARD = {"customer_id": "A", "kind": "insolvency", "occurred_on": None, "known_on": date(2023, 6, 1), "rule": "missing_value"}  # fmt: skip


class Given:
    """What `label` asks of the settings."""

    def __init__(self) -> None:
        self.portfolio, self.name = portfolio(), "test"
        self.params = type("Params", (), {"engine": EngineConfig(threads=1, memory_limit="1GB")})()


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A and B are billed and pay every month of two years."""
    monkeypatch.chdir(tmp_path)
    for folder in (paths.VALID, paths.QUARANTINE, paths.COHORT.parent):
        folder.mkdir(parents=True)
    months = range(0, 720, 30)
    tables = {
        "customers": [customer(one) for one in "AB"],
        "invoices": [invoice(f"{one}{day}", one, day, "100") for one in "AB" for day in months],
        "payments": [payment(f"P{one}{day}", f"{one}{day}", day + 20, "100") for one in "AB" for day in months],
        "events": [],
    }  # fmt: skip
    write(paths.VALID, tables, portfolio())
    return Given()


def observed(settings: Settings) -> tuple[str, dict[str, int]]:
    """What the stage says, and the observations of each customer."""
    said = label(settings)
    return said, dict(read_table(paths.COHORT, COHORT)["customer_id"].value_counts())


def aside(*events: dict[str, Any]) -> None:
    pd.DataFrame(events).to_parquet(paths.QUARANTINE / "events.parquet")


def test_an_insolvency_without_a_day_leaves_its_customer_unknown_and_nobody_else(
    settings: Any,
) -> None:
    said, before = observed(settings)
    assert before["A"] == before["B"] > 10
    assert "unknown" not in said
    assert untold_on(settings, DAY) == frozenset()
    aside(HEARD)
    said, after = observed(settings)
    assert after == {"B": before["B"]}
    assert f"{before['A']} are unknown and left out" in said
    assert untold_on(settings, DAY) == {"A"}


def test_a_copy_of_an_event_that_is_used_leaves_nobody_out(settings: Any) -> None:
    _, before = observed(settings)
    aside({**HEARD, "rule": "repeated_row"}, {**HEARD, "kind": "legal_action"})
    assert observed(settings)[1] == before
    assert untold_on(settings, DAY) == frozenset()


def test_what_is_foreign_is_worth_its_currency_at_its_best(settings: Any) -> None:
    del settings
    assert _highest() == {}
    told = [("USD", "2023-01-01", "0.9"), ("USD", "2023-06-01", "0.95"), ("SEK", "2023-06-01", "0.09")]  # fmt: skip
    rates = pd.DataFrame(told, columns=["currency", "rate_on", "rate"])
    rates.assign(rate=rates["rate"].map(Decimal)).to_parquet(paths.VALID / "fx_rates.parquet")
    assert _highest() == {"USD": 0.95, "SEK": 0.09}


def test_only_who_is_out_of_the_cohort_for_that_alone_is_told_so() -> None:
    lapsed: Unscored = "in_default"
    outside: Unscored = "not_observed"
    why = {"A": (outside, None), "B": (outside, None), "C": (lapsed, DAY)}
    found = {one: said.why for one, said in _unscored(why, {"A", "C"}).items()}
    assert found == {"A": "default_set_aside", "B": "not_observed", "C": "in_default"}


def test_who_vanished_with_an_invoice_that_was_set_aside_is_unknown(settings: Any) -> None:
    """A is billed once more on day 500 and never again; that invoice is set aside, and with it the reason why A is silent. B bought on."""
    months = range(0, 480, 30)
    tables = {
        "customers": [customer(one) for one in "AB"],
        "invoices": [invoice(f"{one}{day}", one, day, "900") for one in "AB" for day in (*months, *(range(480, 720, 30) if one == "B" else ()))],
        "payments": [payment(f"P{one}{day}", f"{one}{day}", day + 20, "900") for one in "AB" for day in (*months, *(range(480, 690, 30) if one == "B" else ()))],
        "events": [],
    }  # fmt: skip
    write(paths.VALID, tables, portfolio())
    _, before = observed(settings)
    lost = [invoice(f"{one}500", one, 500, "900") | {"rule": "missing_value"} for one in "AB"]
    pd.DataFrame(lost).to_parquet(paths.QUARANTINE / "invoices.parquet")
    pd.DataFrame(columns=[*payment("P", "I", 0, "1"), "rule"]).to_parquet(paths.QUARANTINE / "payments.parquet")  # fmt: skip
    said, after = observed(settings)
    assert after["B"] == before["B"]
    # due on day 530 at the latest, late enough 91 days after it: the observations whose three months end later are unknown
    assert 0 < after["A"] < before["A"]
    assert f"{before['A'] - after['A']} are unknown and left out" in said
    assert untold_on(settings, DAY) == {"A"}

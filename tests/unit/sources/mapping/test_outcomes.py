"""Whether anybody can be said to have defaulted is told before anything is read, and the way out leads somewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.config.portfolio import PortfolioConfig
from contracts.errors import ContractError
from contracts.tables.raw import missing_evidence
from sources.mapping.outcomes import refuse_without_outcomes
from tests.sources_books import PORTFOLIO
from tests.unit.sources.mapping.test_mapping import Project

EVENTS = (
    "SELECT NULL AS event_id, id AS customer_id, NULL AS occurred_on, NULL AS known_on, 1.5 AS kind, NULL AS amount, NULL AS detail "
    "FROM clients WHERE FALSE"
)


def by(preset: str) -> PortfolioConfig:
    default = PORTFOLIO.default.model_copy(update={"preset": preset})
    return PORTFOLIO.model_copy(update={"default": default})


def folder(root: Path, *tables: str) -> Path:
    for name in tables:
        (root / f"{name}.sql").touch()
    return root


@pytest.mark.parametrize(
    ("preset", "tables", "told", "not_told"),
    [
        ("events_only", ("customers", "attributes"), ["events is not delivered", "Write", "events.sql", "WHERE FALSE"], "irb_90dpd"),
        ("events_only", ("customers", "invoices", "payments"), ["events is not delivered", "such as irb_90dpd"], "nothing"),
        ("irb_90dpd", ("customers", "invoices"), ["payments is not delivered", "payments.sql; or set the preset events_only", "attributes.sql as well"], "invoices.sql"),
        ("irb_90dpd", ("customers", "invoices", "attributes"), ["payments is not delivered"], "attributes.sql as well"),
        ("dollars_late", ("customers", "financials"), ["invoices and payments are not delivered", "events_only"], "nothing"),
    ],
)  # fmt: skip
def test_what_is_missing_and_the_way_out(
    preset: str, tables: tuple[str, ...], told: list[str], not_told: str, tmp_path: Path
) -> None:
    with pytest.raises(ContractError) as error:
        refuse_without_outcomes(folder(tmp_path, *tables), by(preset))
    text = str(error.value)
    assert all(one in text for one in told), text
    assert not_told not in text


def test_the_way_out_of_invoices_without_payments_leads_out(tmp_path: Path) -> None:
    """Not in a circle: whoever does all that the message says is refused by nothing that looks at which tables there are."""
    written = folder(tmp_path, "customers", "invoices", "events", "attributes")
    refuse_without_outcomes(written, by("events_only"))
    assert not missing_evidence(frozenset(one.stem for one in written.glob("*.sql")))
    assert missing_evidence(frozenset({"customers", "invoices", "events"}))


def test_the_tables_that_a_preset_needs_are_enough(tmp_path: Path) -> None:
    refuse_without_outcomes(folder(tmp_path, "customers", "events"), by("events_only"))
    refuse_without_outcomes(folder(tmp_path, "invoices", "payments"), by("irb_90dpd"))


def test_no_event_says_that_nobody_defaulted_where_events_decide_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path)
    project.select("events", EVENTS)
    assert "The table events has no rows." in project.fails(ContractError)  # a ledger decides
    own = Project.portfolio
    monkeypatch.setattr(
        Project,
        "portfolio",
        lambda self: own(self).model_copy(update={"default": by("events_only").default}),
    )
    assert project.ingest()["events"]["rows"] == 0
    assert project.rows("events") == []

"""The page of one customer from what lies on disk: the same as the stage makes, for any customer; and who is not found is helped."""

from __future__ import annotations

import contextlib
import json
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts.config.engine import EngineConfig
from contracts.documents.customer import Customers
from contracts.errors import ConfigError, ContractError
from contracts.tables.raw import RAW_TABLES
from contracts.tables.store import table_paths
from pipelines import paths
from pipelines.book.cut import cut
from pipelines.book.dossiers import gathered
from pipelines.book.past import past
from pipelines.errands import customer as command
from pipelines.settings import Settings
from reports.customers import PAGE, page, render
from tests.dossier_books import AS_OF, DESCRIBED, HOSTILE, described, laid_out


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Settings]:
    folder = tmp_path_factory.mktemp("project")
    return folder, laid_out(folder)


@pytest.fixture(scope="module")
def every(project: tuple[Path, Settings]) -> Customers:
    with contextlib.chdir(project[0]):
        return gathered(project[1], DESCRIBED)


@pytest.fixture
def settings(project: tuple[Path, Settings], monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(project[0])
    return project[1]


def test_what_lies_on_disk_gives_what_the_rooms_give(every: Customers, tmp_path: Path) -> None:
    found, direct = every, described(tmp_path)
    for one, other in zip(found.customers, direct.customers, strict=True):
        assert one.model_dump() == other.model_dump(), one.who.customer_id
    assert found.healthy is not None
    assert found.healthy.customers == 7


def test_one_at_a_time_gives_the_page_of_all_together(settings: Settings, every: Customers) -> None:
    """A customer's page may not depend on who else is asked for: B's group is A's, which is not asked for."""
    together = render(every)
    for one in ("B", "D"):
        line = command.customer(settings, one)
        path = command.ASKED / f"{one}.html"
        assert str(path) in line
        assert path.read_text(encoding="utf-8") == together[path.name]
    assert "it has no score (in default, 2025-12-15)" in line


def test_a_page_that_is_asked_for_leaves_the_others_where_they_are(settings: Settings) -> None:
    other = Path(PAGE.file) / "X.html"
    other.parent.mkdir(parents=True, exist_ok=True)
    other.write_text("kept")
    command.customer(settings, "C")
    assert [one.name for one in other.parent.iterdir()] == ["X.html"]  # DVC sees no change
    command.customer(settings, "C", folder=Path("elsewhere/meeting"))
    assert Path("elsewhere/meeting/C.html").read_bytes() == (command.ASKED / "C.html").read_bytes()
    with pytest.raises(ConfigError, match="output of the pipeline"):
        command.customer(settings, "C", folder=Path("reports/../reports/customers"))
    assert other.read_text() == "kept"
    document = gathered(settings, ("A", "C"))
    document.write(Path(PAGE.document))
    assert (
        PAGE.write() > 10_000
    )  # the stage makes the folder anew: a page of an older book must not stay
    assert {one.name for one in other.parent.iterdir()} == {"A.html", "C.html"}


@pytest.mark.parametrize(
    ("asked", "near"),
    [("a", "A (Alpha & Söhne)"), ("00A", "A ("), ("alpha", "A ("), ("Gama", "C (Gamma)"), (" B ", "B (Beta Inc)")],
)  # fmt: skip
def test_who_is_not_found_is_helped_by_number_and_by_name(
    settings: Settings, asked: str, near: str
) -> None:
    with pytest.raises(ConfigError, match=r"^There is no customer of this number\.") as error:
        command.customer(settings, asked)
    assert near in str(error.value)
    assert f"value: {asked}" in str(error.value)


@pytest.mark.parametrize(
    "asked", ["", "   ", "../../etc/passwd", "'; DROP TABLE customers; --", "%", HOSTILE * 50]
)
def test_nonsense_is_an_unknown_number_and_writes_nothing(settings: Settings, asked: str) -> None:
    before = sorted(Path().rglob("*"))
    with pytest.raises(ConfigError, match="no customer of this number"):
        command.customer(settings, asked)
    assert sorted(Path().rglob("*")) == before


def test_before_the_pipeline_ran_it_says_so(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ContractError, match="customers"):
        command.customer(settings, "A")


@pytest.mark.usefixtures("settings")
def test_the_cut_holds_all_rows_of_these_customers_and_no_others(tmp_path: Path) -> None:
    tables = table_paths(paths.VALID, RAW_TABLES)
    own = cut(tables, ("A", "C"), tmp_path, EngineConfig(threads=1))
    assert set(own) == set(tables)
    sizes = {name: pq.read_metadata(path).num_rows for name, path in own.items()}
    assert sizes == {
        "customers": 2, "credit_terms": 1, "invoices": 6, "payments": 5, "disputes": 2, "financials": 4,
        "events": 1, "fx_rates": 2,
    }  # fmt: skip
    for name, path in own.items():
        assert pq.read_schema(path).names == pq.read_schema(tables[name]).names
    assert set(pd.read_parquet(own["customers"])["customer_id"]) == {"A", "C"}


def test_a_kept_history_is_read_in_place_of_the_test_part(settings: Settings) -> None:
    before = past(("A",))
    assert len(before) == 3
    paths.HISTORY.mkdir()
    try:
        for month in (9, 10, 11, 12):
            day = date(2025, month, 28) if month < 12 else AS_OF
            rows = {
                "customer_id": ["A", "B"],
                "as_of": [day] * 2,
                "pd": [month / 100, 0.5],
                "phi_late": [0.1, 0.2],
            }
            pq.write_table(pa.table(rows), paths.HISTORY / f"{day}.parquet")
        kept = past(("A",)).sort_values("as_of")
        assert kept["pd"].round(4).tolist() == [
            0.09,
            0.10,
            0.11,
            0.03,
        ]  # that of the newest book is the decision's
        found = gathered(settings, ("A",)).customers[0].history
        assert [one.as_of for one in found] == [
            date(2025, 9, 28),
            date(2025, 10, 28),
            date(2025, 11, 28),
            AS_OF,
        ]
    finally:
        for path in paths.HISTORY.iterdir():
            path.unlink()
        paths.HISTORY.rmdir()


def test_the_document_gives_the_page_again(settings: Settings) -> None:
    document = gathered(settings, ("A",))
    again = Customers.from_text(json.dumps(document.to_json()), where="here")
    assert page(again, again.customers[0]) == page(document, document.customers[0])

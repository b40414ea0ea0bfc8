"""Every kind of source does what the stages ask of one: it is configured, described, opened, and shuts everything else away."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, get_args

import duckdb
import pytest
from pydantic import SecretStr

from contracts.config.engine import EngineConfig
from contracts.config.portfolio import PortfolioConfig
from contracts.config.source import Source, WorldSource
from contracts.duck import connect
from contracts.errors import SourceError
from sources.registry import KINDS, describe_source, notes_of, opened_source

ROWS = "id,amount\n1,1.25\n2,2.25\n"


def a_file(folder: Path) -> dict[str, Any]:
    (folder / "items.csv").write_text(ROWS)
    return {"folder": str(folder), "files": {"items": {"path": "items.csv"}}}


def a_database(folder: Path) -> dict[str, Any]:
    (folder / "items.csv").write_text(ROWS)
    with duckdb.connect(folder / "erp.duckdb") as erp:
        erp.execute(f"CREATE TABLE items AS FROM '{folder / 'items.csv'}'")
    (folder / "items.csv").unlink()
    return {"url_variable": "ERP_URL", "relations": {"items": {"table": "items"}}}


CASES: dict[str, Callable[[Path], dict[str, Any]]] = {
    "files": a_file,
    "database": a_database,
}
"""By kind, the same two rows under the key `items`, in the folder given, and the section of the yaml that reads them."""


def portfolio(kind: str, folder: Path) -> PortfolioConfig:
    folder.mkdir()
    return PortfolioConfig.model_validate(
        {
            "title": "A firm",
            "reporting_currency": "EUR",
            "complete_until": date(2024, 12, 31),
            "source": {"kind": kind, **CASES[kind](folder)},
            "default": {"preset": "irb_90dpd"},
        }
    )


def url(folder: Path) -> SecretStr:
    return SecretStr(f"duckdb:///{folder / 'erp.duckdb'}")


def test_every_kind_that_can_be_configured_is_declared_and_has_a_case() -> None:
    configured = set(get_args(get_args(Source)[0])) - {WorldSource}
    assert set(KINDS) == configured
    names = {get_args(one.model_fields["kind"].annotation)[0] for one in configured}
    assert set(CASES) == names


@pytest.mark.parametrize("kind", CASES)
def test_what_is_opened_is_what_was_described(kind: str, tmp_path: Path) -> None:
    config, secret = portfolio(kind, tmp_path / "a"), url(tmp_path / "a")
    engine = EngineConfig(threads=1)
    with connect(engine) as connection, opened_source(connection, config, secret) as facts:
        rows = connection.sql("SELECT id, amount::VARCHAR FROM items ORDER BY id").fetchall()
        assert notes_of(connection, config) == []
    assert rows == [(1, "1.25"), (2, "2.25")]
    assert facts == describe_source(config, secret)
    assert facts["kind"] == kind
    assert str(tmp_path) not in str(facts)


@pytest.mark.parametrize("kind", CASES)
def test_no_select_reads_what_the_yaml_does_not_name(kind: str, tmp_path: Path) -> None:
    config = portfolio(kind, tmp_path / "a")
    (tmp_path / "other.csv").write_text(ROWS)
    engine, secret = EngineConfig(threads=1), url(tmp_path / "a")
    with (
        connect(engine) as connection,
        opened_source(connection, config, secret),
        pytest.raises(duckdb.PermissionException),
    ):
        connection.sql(f"FROM '{tmp_path / 'other.csv'}'").fetchall()


@pytest.mark.parametrize("kind", CASES)
def test_a_changed_source_is_described_otherwise_wherever_it_lies(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = portfolio(kind, tmp_path / "a")
    before = describe_source(config, url(tmp_path / "a"))
    moved = portfolio(kind, tmp_path / "b")
    assert kind == "database" or describe_source(moved, url(tmp_path / "b")) == before
    monkeypatch.setitem(globals(), "ROWS", ROWS.replace("2.25", "9.25"))
    assert describe_source(portfolio(kind, tmp_path / "c"), url(tmp_path / "c")) != before


@pytest.mark.parametrize("kind", CASES)
def test_a_source_that_is_absent_is_an_error(kind: str, tmp_path: Path) -> None:
    config, secret = portfolio(kind, tmp_path / "a"), url(tmp_path / "a")
    shutil.rmtree(tmp_path / "a")
    (tmp_path / "a").mkdir()
    with pytest.raises(SourceError):
        describe_source(config, secret)

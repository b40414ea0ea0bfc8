"""`make soil` leaves a portfolio that ingest and validation go through, and that shows the fault."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from typer.testing import CliRunner

from contracts.config.source import FilesSource
from contracts.errors import BonitasError, ConfigError, SourceError
from contracts.files import read_json, write_json
from pipelines import ROOT, paths
from pipelines.cli import app
from pipelines.errands import soil
from pipelines.errands.look import look_at_source
from pipelines.ingest import ingest
from pipelines.settings import Settings, load, load_portfolio
from pipelines.validate import validate
from quality.faults.catalogue import find
from tests.dirt_books import UNTIL, rows, write_book


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A project whose demo portfolio is ingested already: a small book."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs", ignore=shutil.ignore_patterns("dirt*"))
    monkeypatch.chdir(tmp_path)
    demo = paths.PORTFOLIOS / "demo.yaml"
    demo.write_text(demo.read_text(encoding="utf-8").replace("2025-12-31", str(UNTIL)).replace("tolerance: {}", "tolerance: {money_in_doubt: 0.5}"), encoding="utf-8")  # fmt: skip
    Path("data").mkdir()
    write_book(paths.RAW, 60, 4)
    write_json(paths.MANIFEST, {"portfolio": "demo"})
    return load()


def soiled(settings: Settings, name: str, table: str) -> Settings:
    """The settings of the soiled portfolio."""
    soil.soil_portfolio(settings, [(find(name), table)], 0.01, 7, soil.TO)
    return Settings("dirt", settings.params, load_portfolio("dirt"))


@pytest.mark.long
def test_a_soiled_portfolio_goes_through_ingest_and_validation(settings: Settings) -> None:
    clean = {path.name: rows(path) for path in paths.RAW.glob("*.parquet")}
    dirt = soiled(settings, "wrong_sign", "invoices")
    assert isinstance(dirt.portfolio.source, FilesSource)
    record = pq.read_table(soil.TO / "struck.parquet").to_pylist()
    look_at_source(dirt)
    ingest(dirt)
    again = {path.name: rows(path) for path in paths.RAW.glob("*.parquet")}
    assert {name for name in clean if clean[name] != again[name]} == {"invoices.parquet"}
    validate(dirt)
    aside = pq.read_table(paths.QUARANTINE / "invoices.parquet").to_pylist()
    own = [row for row in aside if row["rule"] == "not_positive_amount"]
    assert {(row["invoice_id"], Decimal(row["value"])) for row in own} == {
        (line["key"], Decimal(line["now"])) for line in record
    }
    # an invoice below 0 may have been a credit note: what it would have reduced is unknown
    rest = {row["rule"] for row in aside} - {"not_positive_amount"}
    assert rest == {"belongs_to_a_row_set_aside"}
    # 1 % of the invoices
    assert len(record) == round(0.01 * sum(clean["invoices.parquet"].values()))
    balances = [one for one in read_json(paths.VALIDATION_JSON)["rules"] if one["rule"] == "ledger_differs_from_balance"]  # fmt: skip
    # The stated balances are those of the clean book: the turned invoices are missing from the soiled one.
    assert balances[0]["broken"] >= 1


def test_every_key_and_comment_of_the_portfolio_is_kept(settings: Settings) -> None:
    soiled(settings, "wrong_sign", "invoices")
    was, now = (
        (paths.PORTFOLIOS / f"{name}.yaml").read_text(encoding="utf-8") for name in ("demo", "dirt")
    )
    old, new = yaml.safe_load(was), yaml.safe_load(now)
    assert {key for key in new if new[key] != old.get(key)} == {"source", "balances"}
    assert set(old) <= set(new)
    assert "# more than 90 days past due" in now


def test_a_damaged_file_stops_ingest_and_keeps_the_earlier_tables(settings: Settings) -> None:
    before = {path.name: path.read_bytes() for path in paths.RAW.iterdir()}
    dirt = soiled(settings, "cut_in_half", "payments")
    with pytest.raises(SourceError, match=r"payments|could not be read"):
        ingest(dirt)
    assert {path.name: path.read_bytes() for path in paths.RAW.iterdir()} == before


def test_what_is_soiled_already_is_not_soiled_again(settings: Settings) -> None:
    with pytest.raises(ConfigError, match="soiled already"):
        soil.check_ingested(Settings("dirt", settings.params, settings.portfolio))
    with pytest.raises(ConfigError, match="those of another portfolio"):
        soil.check_ingested(Settings("american", settings.params, settings.portfolio))
    soil.check_ingested(settings)


def test_a_folder_with_other_files_is_not_replaced(settings: Settings, tmp_path: Path) -> None:
    blows = [(find("wrong_sign"), "invoices")]
    with pytest.raises(BonitasError, match="holds other files") as caught:
        soil.soil_portfolio(settings, blows, 0.01, 7, tmp_path)
    assert "configs" in str(caught.value)
    assert paths.PARAMS.is_file()
    # Its own extract it may replace, as often as asked.
    for _ in range(2):
        soil.soil_portfolio(settings, blows, 0.01, 7, soil.TO)


def test_the_command_lists_the_faults_and_refuses_an_unknown_one(
    settings: Settings,
) -> None:
    assert settings.name == "demo"
    shell = CliRunner()
    listed = shell.invoke(app, ["soil", "--list"]).output
    assert "payments_redated" in listed
    assert "`piled_on_one_day`" in listed
    refused = shell.invoke(app, ["soil", "payment_redated"])
    assert refused.exit_code == 2
    assert "Did you mean 'payments_redated'?" in refused.output
    done = shell.invoke(app, ["soil", "paid_twice"])
    assert done.exit_code == 0
    assert "rows of payments added" in done.output

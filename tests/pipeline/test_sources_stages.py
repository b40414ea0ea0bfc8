"""The stages look, ingest and validate: what they write, and how they end."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from contracts.errors import ConfigError, RuleError
from pipelines import ROOT
from pipelines.errands.look import look, look_at_source
from pipelines.ingest import ingest
from pipelines.report import report
from pipelines.settings import load
from pipelines.validate import validate
from tests.sources_sme import SELECTS, Sme, run_both

pytestmark = pytest.mark.long


@pytest.fixture
def sme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sme:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SME_DATA", raising=False)
    return Sme(tmp_path)


def test_your_own_data_from_files_to_valid_tables(sme: Sme) -> None:
    assert sme.digests() == {}
    assert ingest(load()) == "2 customers, 3 invoices, 3 payments"
    assert validate(load()) == "8 rows, 0 set aside"
    invoices = pq.read_table("data/valid/invoices.parquet").to_pylist()
    assert [str(row["amount"]) for row in invoices] == ["100.500", "200.000", "300.250"]
    # an empty folder would make DVC warn after a clean run, of nothing its reader could mend
    assert [path.name for path in Path("data/truth").iterdir()] == ["unknown.txt"]
    for table in ("customers", "invoices", "payments"):
        aside = pq.read_table(f"data/quarantine/{table}.parquet")
        own = pq.read_schema(f"data/valid/{table}.parquet").names
        assert (aside.num_rows, aside.column_names) == (0, [*own, "rule", "value"])
    assert report(load(), ("data_quality",)).startswith("reports/validation.html of ")
    assert "<html" in Path("reports/validation.html").read_text(encoding="utf-8")


def test_the_manifest_says_what_was_delivered_and_where_nothing_lies(sme: Sme) -> None:
    ingest(load())
    text = Path("data/raw/manifest.json").read_text(encoding="utf-8")
    manifest = json.loads(text)
    assert list(manifest) == [
        "portfolio", "complete_until", "reporting_currency", "source", "tables",
    ]  # fmt: skip
    assert manifest["portfolio"] == "sme"
    assert [file["path"] for file in manifest["source"]["files"]] == [
        "clients.csv",
        "open_items.csv",
    ]
    for name, facts in manifest["tables"].items():
        path = Path(f"data/raw/{name}.parquet")
        assert facts["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert facts["rows"] == pq.read_metadata(path).num_rows
        assert facts["mapping_sha256"] == hashlib.sha256(SELECTS[name].encode()).hexdigest()
    assert str(sme.folder) not in text


def test_two_runs_give_the_same_bytes(sme: Sme) -> None:
    run_both()
    first = sme.digests()
    for name in ("raw", "valid", "quarantine"):
        shutil.rmtree(f"data/{name}")
    sme.change("configs/params.yaml", "threads: 1", "threads: 3")
    run_both()
    assert sme.digests() == first


def test_a_table_the_portfolio_no_longer_has_goes(sme: Sme) -> None:
    sme.write(
        "configs/portfolios/sme/credit_terms.sql",
        """SELECT no AS customer_id, DATE '2024-01-01' AS valid_from,
        1000 AS credit_limit, 30 AS payment_terms_days, NULL AS insured_limit, NULL AS insured_share FROM clients""",
    )
    run_both()
    assert Path("data/valid/credit_terms.parquet").is_file()
    (sme.mapping / "credit_terms.sql").unlink()
    run_both()
    assert not Path("data/raw/credit_terms.parquet").exists()
    assert not Path("data/valid/credit_terms.parquet").exists()


def test_rows_beyond_the_portfolio_are_set_aside_within_tolerance(sme: Sme) -> None:
    sme.change("configs/params.yaml", "engine:", "validate: {tolerance: {invoices.due_before_issued: 0.4, parent_row_quarantined: 0.4}}\nengine:")  # fmt: skip
    sme.change("extract/open_items.csv", "2024-04-09", "2024-03-09")
    ingest(load())
    assert validate(load()).startswith("8 rows, 2 set aside")
    aside = pq.read_table("data/quarantine/invoices.parquet").to_pylist()
    assert [(row["invoice_id"], row["rule"], row["value"]) for row in aside] == [
        ("R3", "due_before_issued", "2024-03-09")
    ]
    report = json.loads(Path("reports/validation.json").read_text(encoding="utf-8"))
    assert {rule["rule"]: rule["amount"] for rule in report["rules"] if rule["broken"]} == {
        "due_before_issued": 300.25,
        "parent_row_quarantined": 300.25,
    }


def test_a_bad_select_ends_the_command_with_2_and_no_traceback(sme: Sme) -> None:
    done = sme.call("ingest")
    assert (done.returncode, done.stderr) == (0, "")
    sme.change("configs/portfolios/sme/invoices.sql", "due AS due_on", "doc AS due_on")
    done = sme.call("ingest")
    assert done.returncode == 2
    assert done.stderr.startswith("ingest: A column is VARCHAR; the contract wants day.")
    assert "Traceback" not in done.stderr
    assert "ContractError" in sme.call("ingest", "--debug").stderr


def test_a_broken_rule_ends_the_command_with_2_and_no_traceback(sme: Sme) -> None:
    sme.change("extract/open_items.csv", "2024-04-01", "2044-04-01")
    assert sme.call("ingest").returncode == 0
    done = sme.call("validate")
    assert done.returncode == 2
    assert done.stderr.startswith("validate: The date lies after the delivery's last complete day")
    assert "Traceback" not in done.stderr
    assert not Path("data/valid").exists()


def test_where_a_rule_stops_the_run_page_and_quarantine_are_written_all_the_same(sme: Sme) -> None:
    run_both()
    used = {path.name: path.read_bytes() for path in Path("data/valid").iterdir()}
    sme.change("extract/open_items.csv", "2024-04-01", "2044-04-01")  # paid after the delivery
    sme.change("extract/open_items.csv", "2024-04-09", "2024-03-09")  # due before issued
    ingest(load())
    with pytest.raises(RuleError, match=r"due_before_issued[\s\S]*also .* known_after_delivery"):
        validate(load())
    report = json.loads(Path("reports/validation.json").read_text(encoding="utf-8"))
    assert report["stopped_by"] == [
        f"{one['table']}.{one['rule']}" for one in report["rules"] if one["is_beyond"]
    ]
    assert {"payments.known_after_delivery", "invoices.due_before_issued"} <= set(report["stopped_by"])  # fmt: skip
    page = Path("reports/validation.html").read_text(encoding="utf-8")
    assert "The run stopped" in page
    assert "due_before_issued" in page
    aside = pq.read_table("data/quarantine/invoices.parquet").to_pylist()
    assert [(row["invoice_id"], row["rule"]) for row in aside] == [("R3", "due_before_issued")]
    # what is used downstream is still the delivery that passed
    assert {path.name: path.read_bytes() for path in Path("data/valid").iterdir()} == used


def test_a_portfolio_tolerates_for_itself(sme: Sme) -> None:
    sme.change("extract/open_items.csv", "2024-04-09", "2024-03-09")
    ingest(load())
    with pytest.raises(RuleError, match=r"configs/portfolios/sme\.yaml"):
        validate(load())
    path = Path("configs/portfolios/sme.yaml")
    yaml = path.read_text(encoding="utf-8")
    shares = "tolerance: {invoices.due_before_issued: 0.4, parent_row_quarantined: 0.4}"
    path.write_text(f"{yaml}\n{shares}\n", encoding="utf-8")
    assert validate(load()).startswith("8 rows, 2 set aside")
    path.write_text(f"{yaml}\ntolerance: {{due_befor_issued: 0.4}}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="Did you mean 'due_before_issued'") as error:
        validate(load())
    assert "configs/portfolios/sme.yaml > tolerance" in str(error.value)


def test_the_folder_can_be_set_by_the_environment(
    sme: Sme, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.move(sme.folder / "extract", "elsewhere")
    monkeypatch.setenv("SME_DATA", "elsewhere")
    assert ingest(load()) == "2 customers, 3 invoices, 3 payments"


def test_look_notes_the_source_and_writes_only_what_changed(sme: Sme) -> None:
    assert look(load()) == "source changed; champion changed"
    seen = json.loads(Path("data/outside/source.json").read_text(encoding="utf-8"))
    assert [file["key"] for file in seen["files"]] == ["clients", "open_items"]
    assert json.loads(Path("data/outside/champion.json").read_text(encoding="utf-8")) is None
    stamp = Path("data/outside/source.json").stat().st_mtime_ns
    assert look(load()) == "source unchanged; champion unchanged"
    assert Path("data/outside/source.json").stat().st_mtime_ns == stamp
    sme.change("extract/clients.csv", "Bo AG", "Bo SE")
    Path("data/outside/champion.json").unlink()
    assert look_at_source(load()) == "source changed"
    assert not Path("data/outside/champion.json").exists()


def test_look_keeps_what_the_last_delivery_was_like(sme: Sme) -> None:
    """As often as one looks, and whenever it is interrupted: the same delivery is compared with the one before."""
    previous = Path("data/outside/previous_delivery.json")
    look_at_source(load())
    run_both()
    look_at_source(load())
    assert json.loads(previous.read_text(encoding="utf-8")) is None
    report = json.loads(Path("reports/validation.json").read_text(encoding="utf-8"))
    sme.change("extract/clients.csv", "Bo AG", "Bo SE")
    for _ in range(2):
        look_at_source(load())
        kept = json.loads(previous.read_text(encoding="utf-8"))
        assert kept["delivery"] == report["delivery"]
        assert kept["tables"] == report["tables"]
        assert set(kept["rules"][0]) == {"rule", "table", "broken", "share", "amount"}
    run_both()
    look_at_source(load())
    assert json.loads(previous.read_text(encoding="utf-8")) == kept


def test_look_imports_no_registry_where_there_is_none(sme: Sme) -> None:
    code = "import sys; import pipelines.errands.look as l; from pipelines.settings import load; l.look(load()); assert 'mlflow' not in sys.modules"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=sme.folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert sme.call("look", "--source-only").stdout.startswith("look: source unchanged")

"""docs/your-own-data.md is followed to the letter: its files are written, its commands run, its messages compared."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

import duckdb
import pytest
import yaml

from contracts.config.portfolio import PortfolioConfig
from contracts.config.source import DatabaseSource, FilesSource, Relation, SourceFile
from contracts.tables.currencies import SUCCESSORS
from contracts.tables.raw import RAW_TABLES
from pipelines import ROOT
from pipelines.cli import app
from tests.everyday import LEDGER
from tests.pipeline.conftest import Workspace, new_workspace

PAGE = (ROOT / "docs/your-own-data.md").read_text(encoding="utf-8")
BLOCK = re.compile(
    r"(?:^`(?P<path>[\w./-]+)`:\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
BLOCKS = [match.groupdict() for match in BLOCK.finditer(PAGE)]
FILES = {one["path"]: one["text"] for one in BLOCKS if one["path"]}
COMMANDS = [one["text"].splitlines() for one in BLOCKS if one["kind"] == "sh"]


def texts(kind: str) -> list[str]:
    """Blocks of that kind that are no file."""
    return [one["text"] for one in BLOCKS if one["kind"] == kind and not one["path"]]


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A copy of the project with the files of the page, saved as the page says."""
    workspace = new_workspace(tmp_path_factory.mktemp("own") / "project")
    for name, text in FILES.items():
        path = workspace.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            text,
            encoding="cp1252" if path.suffix == ".csv" else "utf-8",
            newline="\r\n" if path.suffix == ".csv" else "\n",
        )
    return workspace


def run(workspace: Workspace, lines: list[str]) -> subprocess.CompletedProcess[str]:
    """The commands of one block; the environment is that of the project already."""
    commands = [line for line in lines if line != "source .venv/bin/activate"]
    return workspace.call("sh", "-ec", "\n".join(commands), check=False)


def raw(workspace: Workspace) -> dict[str, int]:
    manifest = json.loads((workspace.folder / "data/raw/manifest.json").read_text(encoding="utf-8"))
    return {name: facts["rows"] for name, facts in manifest["tables"].items()}


@pytest.mark.long
def test_the_page_can_be_followed(firm: Workspace) -> None:
    first, second, whole = COMMANDS
    stopped = run(firm, first)
    assert stopped.returncode != 0
    stop = texts("text")[0].strip()
    assert stop in (stopped.stdout + stopped.stderr).replace("\r", ""), (
        stopped.stdout + stopped.stderr
    )
    assert raw(firm) == {"customers": 3, "credit_terms": 3, "invoices": 6, "payments": 4}
    assert not (firm.folder / "data/valid").exists()

    tolerance = next(one for one in texts("yaml") if "tolerance" in one).strip()
    firm.set("configs/params.yaml", r"validate:\n  tolerance: \{\}", tolerance)
    passed = run(firm, second)
    assert passed.returncode == 0, passed.stdout + passed.stderr
    report = json.loads((firm.folder / "reports/validation.json").read_text(encoding="utf-8"))
    counts = {
        one["table"]: (one["rows_valid"], one["rows_quarantined"]) for one in report["tables"]
    }
    assert counts == {
        "customers": (3, 0),
        "credit_terms": (3, 0),
        "invoices": (5, 1),
        "payments": (3, 1),
    }
    assert (firm.folder / "data/quarantine/payments.parquet").is_file()
    assert whole == ["make run PORTFOLIO=firm"]


@pytest.mark.long
def test_dated_drops_as_the_page_shows_them(firm: Workspace) -> None:
    """The July drop corrects the wrong clearing day, pays what was open, and has one new document."""
    for line in texts("text")[1].split():
        (firm.folder / line).parent.mkdir(exist_ok=True)
    for name in ("debitoren", "posten"):
        (firm.folder / f"extract/{name}.csv").rename(firm.folder / f"extract/2024-06-30/{name}.csv")
    header = FILES["extract/posten.csv"].splitlines()[0]
    (firm.folder / "extract/2024-07-31/posten.csv").write_text(
        f"{header}\n"
        "1800005;0010003;RV;20.03.2024;20.03.2024;19.04.2024;333,33;EUR;18.04.2024;1400004\n"
        "1800006;0010003;RV;02.05.2024;02.05.2024;01.06.2024;410,00;EUR;03.07.2024;1400005\n"
        "1800007;0010001;RV;10.07.2024;10.07.2024;09.08.2024;77,00;EUR;;\n",
        encoding="cp1252",
    )
    drops = next(one for one in texts("yaml") if "drops: true" in one)
    firm.set("configs/portfolios/firm.yaml", r"source:\n(?:  .*\n)+", drops)
    waiting = firm.stage("ingest")
    assert "note: drops after complete_until 2024-06-30 are not read: 2024-07-31" in waiting.stdout
    assert raw(firm) == {"customers": 3, "credit_terms": 3, "invoices": 6, "payments": 4}
    firm.set("configs/portfolios/firm.yaml", "2024-06-30", "2024-07-31")
    firm.stage("look")
    firm.stage("ingest")
    done = firm.stage("validate")
    assert raw(firm) == {"customers": 3, "credit_terms": 3, "invoices": 7, "payments": 5}
    report = json.loads((firm.folder / "reports/validation.json").read_text(encoding="utf-8"))
    assert {one["table"]: one["rows_quarantined"] for one in report["tables"]}["payments"] == 0, (
        done.stdout
    )


def test_everyday_bookings_can_be_said() -> None:
    """Every SELECT of section 11 delivers rows of its contract: key, amount and kind of each, by key."""
    everyday = PAGE.split("## 11. ")[1].split("## 12. ")[0]
    found = []
    with duckdb.connect() as connection:
        connection.execute(LEDGER)
        for match in BLOCK.finditer(everyday):
            rows = connection.sql(match["text"]).to_arrow_table().to_pylist()
            table = RAW_TABLES["payments" if "payment_id" in rows[0] else "events" if "event_id" in rows[0] else "invoices"]  # fmt: skip
            required = {column.name for column in table.columns if column.unsaid is None}
            assert required <= set(rows[0]) <= set(table.column_names)
            assert all(row["amount"] > 0 for row in rows)
            told = [(row[table.grain[0]], row.get("invoice_id"), int(row["amount"]), row["kind"]) for row in rows]  # fmt: skip
            found += sorted(told, key=lambda one: (one[0], one[1] or ""))
    assert found == [
        ("1", "R1", 100, "payment"),
        ("1", "R2", 50, "payment"),
        ("2", None, 20, "payment"),
        ("U1", None, 20, "reversal"),
        ("U1", "R2", 20, "payment"),
        ("3", "R1", 100, "reversal"),
        ("RL-Q1", "R2", 50, "reversal"),
        ("RL-1", "R2", 50, "reversal"),
        ("1-skonto", "R1", 3, "discount"),
        ("C1", "R5", 105, "payment"),  # 101.65 came
        ("R1", "R1", 103, "invoice"),
        ("R1", "R1", 103, "invoice"),
        ("R5", "R5", 105, "invoice"),
        ("R1", "R1", 103, "invoice"),
        ("R5", "R5", 105, "invoice"),
        ("1/steuer", "R1", 19, "fee"),
        ("G1", "G1", 7, "credit_note"),
        ("R9/1", "R9/1", 40, "invoice"),
        ("R9/2", "R9/2", 60, "invoice"),
        ("Z1", "R9/1", 40, "payment"),  # 50 pay the first of 40, and 10 of the second
        ("Z1", "R9/2", 10, "payment"),
        ("Z2", "R9/2", 30, "payment"),
        ("R1/Einbehalt", "R1/Einbehalt", 5, "invoice"),  # 5.15 of 103
        ("R1/Rechnung", "R1/Rechnung", 97, "invoice"),
        ("R5/Einbehalt", "R5/Einbehalt", 5, "invoice"),
        ("R5/Rechnung", "R5/Rechnung", 99, "invoice"),
        ("B1", "B1", 40, "invoice"),
        ("B2", "B2", 60, "invoice"),  # 100 in all, 40 of them before
        ("B3", "B3", 10, "credit_note"),
        ("B5", "B5", 7, "invoice"),
        ("R1", "R1", 103, "invoice"),
        ("R5", "R5", 74, "invoice"),  # 20 and 11 were billed before
        ("1", "EB-K1", 50, "payment"),  # R2 is of the old ledger
        ("1", "R1", 100, "payment"),
        ("R1", "R1", 103, "invoice"),
        ("R5", "R5", 105, "invoice"),
        ("R5", "R5", 105, "invoice"),  # R1 is R2 under its new number
        # what was paid of R1; the 50 closed R2 when it was numbered anew
        ("1", "R2", 100, "payment"),
        ("R5", "R5", 105, "invoice"),  # R1 opened the year
        ("1", "R1", 100, "payment"),  # 2 closed the one before
        ("1", "R2", 50, "payment"),
        ("R5", "R5", 105, "invoice"),  # R1 is R0, and G1 made room for R2
        ("1", "R0", 150, "payment"),  # of R1 and of R2, which are R0
        ("R1", "R1", 103, "invoice"),
        ("R5", "R5", 105, "invoice"),  # a rest
        ("R1", "R1", 103, "invoice"),  # R5 was an accrual, and G1 took it back
        ("F1", "R3", 100, "payment"),
        ("V1", "R2", 9, "payment"),
        ("X1", "G1", 7, "payment"),
        ("A1", None, 41, "write_off"),
        ("A1", "A1", 41, "credit_note"),
        ("A2", "R1", 24, "fee"),
        ("1", "R1", 100, "payment"),  # the 50 of R2 came when it was written off
        ("1", "R1", 100, "payment"),  # the 50 of R2 were the insurer's
        ("S1", None, 50, "insurer_claim"),
        ("V8", None, 80, "write_off"),  # V9 moved away
        ("R5", "R5", 105, "invoice"),  # R1 was sold
        ("1", "R2", 50, "payment"),
        ("W2", "W2", 12, "invoice"),
        ("W3", "W3", 13, "invoice"),
        ("W1", "R1", 11, "payment"),
        ("W2", "R1", 12, "payment"),
        ("W2/eingelöst", "W2", 12, "payment"),
        ("W3", "R1", 13, "payment"),  # dishonoured: W3 is open, and overdue from its due day on
        ("R1", "R1", 103, "invoice"),
        ("R5", "R5", 105, "invoice"),
        ("BR-7", "BR-R1", 71, "payment"),
        ("FI-7", "FI-R1", 70, "payment"),
        ("R1", "R1", 103, "invoice"),
        ("R5", "R5", 105, "invoice"),
    ]


def test_the_first_due_day_that_was_agreed_counts() -> None:
    """R5 is due when the season ends, as it was agreed first; R1 could not be paid, and stays due by its terms."""
    select = next(one["text"] for one in BLOCKS if "absprachen" in one["text"])
    with duckdb.connect() as connection:
        connection.execute(LEDGER)
        rows = connection.sql(select).to_arrow_table().to_pylist()
    due = {row["invoice_id"]: row["due_on"].isoformat()[:10] for row in rows}
    assert due == {"R1": "2024-01-31", "R5": "2024-10-01"}


def test_a_due_day_that_is_missing_is_that_of_the_terms() -> None:
    """R1 of 1 January has none, and 60 days were agreed."""
    select = next(match["text"] for match in BLOCK.finditer(PAGE) if "faelligkeiten" in match["text"])  # fmt: skip
    with duckdb.connect() as connection:
        connection.execute(LEDGER)
        rows = connection.sql(select).to_arrow_table().to_pylist()
    due = {row["invoice_id"]: row["due_on"].isoformat()[:10] for row in rows}
    assert due == {"R1": "2024-03-01", "R5": "2024-02-29"}


def test_a_rest_is_as_old_as_its_invoice() -> None:
    """R5 of 4 January is what was left of an invoice due on 15 December."""
    select = next(match["text"] for match in BLOCK.finditer(PAGE) if "reste" in match["text"])
    with duckdb.connect() as connection:
        connection.execute(LEDGER)
        rows = connection.sql(select).to_arrow_table().to_pylist()
    days = {row["invoice_id"]: [row[name].isoformat()[:10] for name in ("issued_on", "due_on")] for row in rows}  # fmt: skip
    assert days == {"R1": ["2024-01-01", "2024-01-31"], "R5": ["2023-12-15", "2023-12-15"]}


def sources() -> list[dict[str, Any]]:
    return [yaml.safe_load(one)["source"] for one in texts("yaml") if one.startswith("source:")]


def test_every_yaml_of_a_source_is_legal() -> None:
    portfolio = yaml.safe_load(FILES["configs/portfolios/firm.yaml"])
    kinds = [
        PortfolioConfig.model_validate({**portfolio, "source": source}).source.kind
        for source in sources()
    ]
    assert kinds == ["files", "files", "database", "database"]


@pytest.mark.parametrize("model", [FilesSource, SourceFile, DatabaseSource, Relation])
def test_every_key_of_a_source_is_explained(model: Any) -> None:
    for name in model.model_fields:
        assert re.search(rf"`{name}`|\b{name}:", PAGE), name


@pytest.mark.parametrize("table", RAW_TABLES)
def test_the_table_of_the_contract_is_the_contract(table: str) -> None:
    line = next(line for line in PAGE.splitlines() if line.startswith(f"| {table} |"))
    contract = RAW_TABLES[table]
    _, _, grain, columns, _ = map(str.strip, line.split("|"))
    assert grain.split(", ") == list(contract.grain)
    words = set(re.findall(r"\w+\??", columns))
    for column in contract.columns:
        if column.name not in contract.grain:
            assert f"{column.name}{'?' if column.nullable else ''}" in words, column.name


def test_the_table_of_withdrawn_currencies_is_that_of_the_rule() -> None:
    listed = re.findall(
        r"^\| ([A-Z]{3}) \| ([A-Z]{3}) \| ([\d.]+) \| ([\d-]+) \|$", PAGE, flags=re.MULTILINE
    )
    assert listed == [
        (code, one.code, str(one.units), one.until.isoformat()) for code, one in SUCCESSORS.items()
    ]


def test_commands_and_targets_exist() -> None:
    targets = set(
        re.findall(
            r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE
        )
    )
    for target in re.findall(r"(?:^|`)make ([a-z-]+)", PAGE, flags=re.MULTILINE):
        assert target in targets, target
    known = {command.name for command in app.registered_commands}
    for stage in re.findall(r"bonitas (\w+)", PAGE):
        assert stage in known, stage

"""A project folder with one small portfolio on CSV files, as a new user would set it up."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from contracts.files import write_json
from pipelines import ROOT, paths
from pipelines.ingest import ingest
from pipelines.settings import load
from pipelines.validate import validate

YAML = """
title: Small firm
reporting_currency: EUR
complete_until: "2024-12-31"
source:
  kind: files
  folder: extract
  folder_variable: SME_DATA
  files:
    clients: {path: clients.csv, all_text: true}
    open_items: {path: open_items.csv, delimiter: ";", decimal_separator: ","}
default: {preset: irb_90dpd}
"""
CLIENTS = "no,name,since\nK1,Ada GmbH,2020-01-01\nK2,Bo AG,2021-01-01\n"
ITEMS = (
    "doc;client;issued;due;amount;paid\n"
    "R1;K1;2024-01-10;2024-02-09;100,50;2024-02-01\n"
    "R2;K1;2024-02-10;2024-03-11;200,00;2024-03-20\n"
    "R3;K2;2024-03-10;2024-04-09;300,25;2024-04-01\n"
)
SELECTS = {
    "customers": """SELECT no AS customer_id, name, 'DE' AS country, NULL AS industry, NULL AS legal_form,
        FALSE AS is_natural_person, NULL AS founded_on, CAST(since AS DATE) AS onboarded_on,
        NULL AS parent_id, 'EUR' AS currency FROM clients""",
    "invoices": """SELECT doc AS invoice_id, client AS customer_id, issued AS issued_on, due AS due_on,
        CAST(amount AS DECIMAL(18,2)) AS amount, 'EUR' AS currency, 'invoice' AS kind, issued AS booked_at
        FROM open_items""",
    "payments": """SELECT 'Z' || doc AS payment_id, doc AS invoice_id, paid AS paid_on,
        CAST(amount AS DECIMAL(18,2)) AS amount, paid AS booked_at FROM open_items""",
}


class Sme:
    """A project folder with one small portfolio on CSV files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mapping = folder / "configs/portfolios/sme"
        self.mapping.mkdir(parents=True)
        (folder / "extract").mkdir()
        self.write("configs/params.yaml", "portfolio: sme\nengine: {threads: 1}\n")
        self.write("configs/gates.yaml", "{}\n")
        self.write("configs/portfolios/sme.yaml", YAML)
        self.write("extract/clients.csv", CLIENTS)
        self.write("extract/open_items.csv", ITEMS)
        # As `look` leaves it where there was no delivery before.
        write_json(folder / paths.OUTSIDE_PREVIOUS, None)
        for table, sql in SELECTS.items():
            self.write(f"configs/portfolios/sme/{table}.sql", sql)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def change(self, name: str, old: str, new: str) -> None:
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new))

    def digests(self) -> dict[str, str]:
        """Hash of every output of ingest and validate."""
        return {
            str(path.relative_to(self.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for name in ("data", "reports")
            for path in sorted((self.folder / name).rglob("*"))
            if path.is_file() and path.parent.name != "outside"
        }

    def call(self, stage: str, *options: str) -> subprocess.CompletedProcess[str]:
        """The stage as DVC runs it."""
        return subprocess.run(
            [sys.executable, "-m", "pipelines", stage, *options],
            cwd=self.folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip


def run_both() -> None:
    """Ingests and validates the portfolio of the current folder."""
    ingest(load())
    validate(load())

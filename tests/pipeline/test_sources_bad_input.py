"""Bad input: each kind gives one readable error that names the place and the next step, and harms nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import BonitasError, ConfigError, ContractError, RuleError, SourceError
from tests.sources_sme import ITEMS, Sme, run_both


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose delivery has been ingested and validated; tests take a copy."""
    folder = tmp_path_factory.mktemp("delivered")
    Sme(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("SME_DATA", raising=False)
        run_both()
    return folder


@pytest.fixture
def sme(delivered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sme:
    """The project in a folder of its own, with what earlier runs left; the test runs in it."""
    project = Sme(tmp_path)
    for name in ("data", "reports"):
        shutil.copytree(delivered / name, tmp_path / name, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SME_DATA", raising=False)
    return project


Change = Callable[[Sme], Any]
BAD_INPUT: dict[str, tuple[Change, type[BonitasError], list[str]]] = {
    "unknown portfolio": (
        lambda sme: sme.change("configs/params.yaml", "sme", "smee"),
        ConfigError,
        ["Unknown portfolio 'smee'.", "configs/params.yaml > portfolio", "Did you mean 'sme'?"],
    ),
    "unknown config key": (
        lambda sme: sme.change("configs/portfolios/sme.yaml", "complete_until", "complete_till"),
        ConfigError,
        ["Unknown key 'complete_till'.", "configs/portfolios/sme.yaml", "Did you mean 'complete_until'?"],
    ),
    "unknown rule": (
        lambda sme: sme.change("configs/params.yaml", "engine:", "validate: {tolerance: {duplicat_key: 0.1}}\nengine:"),
        ConfigError,
        ["Unknown rule 'duplicat_key'.", "configs/params.yaml > validate > tolerance", "Did you mean 'duplicate_key'?"],
    ),
    "missing folder": (
        lambda sme: shutil.rmtree(sme.folder / "extract"),
        SourceError,
        ["folder is absent", "where: extract", "SME_DATA"],
    ),
    "missing file": (
        lambda sme: (sme.folder / "extract/clients.csv").unlink(),
        SourceError,
        ["absent: clients.csv", "source > files > clients", "SME_DATA"],
    ),
    "file without rows": (
        lambda sme: sme.write("extract/open_items.csv", "doc;client;issued;due;amount;paid\n"),
        ContractError,
        ["The table invoices has no rows.", "invoices.sql", "remove the .sql file"],
    ),
    "empty file": (
        lambda sme: sme.write("extract/clients.csv", ""),
        SourceError,
        ["The file is empty.", "clients.csv", "source > files > clients"],
    ),
    "missing contract column": (
        lambda sme: sme.change("configs/portfolios/sme/invoices.sql", "due AS due_on,", ""),
        ContractError,
        ["The SELECT of invoices lacks due_on.", "invoices.sql", "Add due_on to the SELECT"],
    ),
    "wrong type": (
        lambda sme: sme.change("configs/portfolios/sme/payments.sql", "CAST(amount AS DECIMAL(18,2))", "CAST(amount AS DOUBLE)"),
        ContractError,
        ["A column is DOUBLE; the contract wants money.", "payments.amount in", "money(amount)"],
    ),
    "a column renamed": (
        lambda sme: sme.change("extract/open_items.csv", "issued;", "date;"),
        SourceError,
        ["issued", "invoices.sql", "Candidate bindings", "Correct the name"],
    ),
    "a decimal comma": (
        lambda sme: sme.change("configs/portfolios/sme.yaml", ', decimal_separator: ","', ""),
        SourceError,
        ['"100,50"', "DECIMAL(18,2)", 'set `decimal_separator: ","`'],
    ),
    "empty table": (
        lambda sme: sme.change("configs/portfolios/sme/payments.sql", "FROM open_items", "FROM open_items WHERE FALSE"),
        ContractError,
        ["The table payments has no rows.", "payments.sql", "remove the .sql file"],
    ),
    "duplicate keys": (
        lambda sme: sme.write("extract/open_items.csv", ITEMS + ITEMS.splitlines()[-1] + "\n"),
        RuleError,
        ["1 of 4 rows of invoices", "repeated_row", "R3"],
    ),
    "dates in the future": (
        lambda sme: sme.change("extract/open_items.csv", "2024-04-01", "2044-04-01"),
        RuleError,
        ["1 of 3 rows of payments", "rule known_after_delivery", "2044-04-01", "complete_until"],
    ),
    "orphans beyond tolerance": (
        lambda sme: sme.change("extract/clients.csv", "K2", "K3"),
        RuleError,
        ["rule unknown_customer", "customer_id = K2 at (invoice_id) = R3", "validate > tolerance"],
    ),
}  # fmt: skip


def _without(starts: tuple[str, ...], found: dict[str, str]) -> dict[str, str]:
    return {name: digest for name, digest in found.items() if not name.startswith(starts)}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_gives_one_readable_error_and_leaves_outputs_intact(sme: Sme, case: str) -> None:
    before = sme.digests()
    assert {"data/valid/invoices.parquet", "reports/validation.json"} <= set(before)
    change, kind, shown = BAD_INPUT[case]
    change(sme)
    with pytest.raises(kind) as error:
        run_both()
    message = str(error.value)
    for text in (*shown, "where: ", "do:    "):
        assert text in message
    after = sme.digests()
    own: tuple[str, ...] = ()
    if kind is RuleError or case == "unknown rule":
        own = ("data/raw",)  # ingest has passed and replaced its own outputs
    if kind is RuleError:  # what was found, and what was set aside, is there for who has to mend it
        own += ("data/quarantine", "reports/validation.")
        assert {"reports/validation.json", "reports/validation.html"} <= set(after)
        assert json.loads(Path("reports/validation.json").read_text(encoding="utf-8"))["stopped_by"]
    assert _without(own, after) == _without(own, before)
    assert not [path.name for path in Path("data").iterdir() if path.name.startswith(".")]

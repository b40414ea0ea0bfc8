"""A source that changes while it is read, a disk that fills up, a folder one may not read: said, and nothing kept."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from contracts.config.source import DatabaseSource
from contracts.errors import SourceError
from pipelines import ROOT
from pipelines.ingest import ingest
from pipelines.settings import load
from sources.databases import relations as databases
from sources.databases.relations import copy_relations
from sources.kinds import files as extracting
from tests.sources_sme import Sme

URL = "SME_DATABASE_URL"


def sqlite_file(path: Path, *statements: str) -> str:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)
    return f"sqlite:///{path}"


@pytest.mark.parametrize("name", ["extract/open_items.csv", "extract/clients.csv"])
def test_a_file_that_changes_while_it_is_read_leaves_raw_as_it_was(
    sme: Sme, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(load())
    before = sme.digests()
    real = extracting.open_files

    def appended(*arguments: Any) -> None:
        real(*arguments)
        with (sme.folder / name).open("a", encoding="utf-8") as file:
            file.write("\n")

    monkeypatch.setattr(extracting, "open_files", appended)
    with pytest.raises(SourceError) as error:
        ingest(load())
    assert "A file of the source changed while it was read." in str(error.value)
    assert f"where: {name}" in str(error.value)
    assert sme.digests() == before


def test_a_database_file_that_changes_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a write-ahead log another process may write while we read; rows are of one moment, but which one?"""
    url = sqlite_file(
        tmp_path / "erp.db",
        "PRAGMA journal_mode = WAL",
        "CREATE TABLE items (a)",
        "INSERT INTO items VALUES (1)",
    )
    relations = DatabaseSource.model_validate(
        {"kind": "database", "url_variable": "URL", "relations": {"i": {"table": "items"}}}
    )
    real = databases._write_each

    def disturbed(*arguments: Any) -> dict[str, int]:
        rows = real(*arguments)
        sqlite_file(tmp_path / "erp.db", "INSERT INTO items VALUES (2)")
        return rows

    copy_relations(relations, SecretStr(url), tmp_path, {})
    monkeypatch.setattr(databases, "_write_each", disturbed)
    with pytest.raises(SourceError, match="A file of the source changed while it was read"):
        copy_relations(relations, SecretStr(url), tmp_path, {})


LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, ({bytes}, {bytes}))
from pipelines.stage import run
from pipelines.{stage} import {stage}
run({stage}, name="{stage}")
"""


def big_extract(sme: Sme) -> None:
    rows = "".join(
        f"R{n:06d};K{n % 2 + 1};2024-01-10;2024-02-09;{n * 7919 % 99991 + 1},50;2024-02-01\n"
        for n in range(40_000)
    )
    sme.write("extract/open_items.csv", "doc;client;issued;due;amount;paid\n" + rows)


@pytest.mark.parametrize("stage", ["ingest", "validate"])
def test_a_disk_that_fills_up_is_said_and_leaves_outputs_as_they_were(sme: Sme, stage: str) -> None:
    """A limit on the size of files stands for the disk: the write fails midway, with EFBIG instead of ENOSPC."""
    big_extract(sme)
    assert sme.call("ingest").returncode == 0
    before = sme.digests()
    done = subprocess.run(
        [sys.executable, "-c", LIMITED.format(bytes=60_000, stage=stage)],
        cwd=sme.folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "The disk is full" in done.stderr
    assert "GB free in the project's folder" in done.stderr
    assert "Traceback" not in done.stderr
    assert sme.digests() == before
    assert not [path.name for path in Path("data").iterdir() if path.name.startswith(".")]


PERMISSION = """
import os, sys
from datetime import date
from contracts.config.source import FilesSource
from contracts.errors import SourceError
from sources.extracts.files import describe_files
files = {"a": {"path": sys.argv[2]}}
source = FilesSource(kind="files", folder=sys.argv[1], files=files)
describe_files(source, date(2025, 1, 1))
os.chmod(sys.argv[3], 0)
if os.geteuid() == 0:  # root's rights ignore permissions
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    describe_files(source, date(2025, 1, 1))
except SourceError as error:
    print(error)
"""


@pytest.mark.parametrize("locked", ["folder", "folder/a.csv"])
@pytest.mark.parametrize("path", ["a.csv", "a*.csv"])
def test_a_folder_or_file_without_permission_is_named(
    tmp_path: Path, locked: str, path: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/a.csv").write_text("a\n1\n", encoding="utf-8")
    parents = [
        one for one in tmp_path.parents if one.stat().st_uid == os.geteuid() and len(one.parts) > 2
    ]
    modes = {one: one.stat().st_mode for one in [tmp_path, *parents]}
    try:
        for one in modes:
            one.chmod(0o755)
        done = subprocess.run(
            [sys.executable, "-c", PERMISSION, str(tmp_path / "folder"), path, str(tmp_path / locked)], capture_output=True, text=True,
            check=False, env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        )  # fmt: skip
    finally:
        (tmp_path / locked).chmod(0o755)
        for one, mode in modes.items():
            one.chmod(mode)
    assert "A file or folder of the extract cannot be read." in done.stdout, done.stderr
    assert f"where: {tmp_path / locked}" in done.stdout

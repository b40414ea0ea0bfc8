"""Addresses of a registry in a file: below the project, whole or not at all, and nobody else's."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from models.registry.addresses import COLUMNS, make_relative, place_of, resolved
from tests.disk import Killed

OLD = "/home/ann/credit_risk"
OURS = f"{OLD}/mlruns/bonitas-demo"
WRITTEN = {
    "experiments": ["bonitas-demo", "Default", "plans", "bonitas-other", "near"],
    "addresses": [
        OURS, f"{OLD}/mlruns/0", "s3://bucket/mlruns/plans", "/srv/elsewhere/mlruns/bonitas-other",
        "/home/ann/creditXrisk/mlruns/near",
    ],
}  # fmt: skip


def registry(folder: Path, *, files: bool = True) -> Path:
    """A registry as MLflow wrote it in `OLD`, found in another folder."""
    database = folder / "mlflow.db"
    with closing(sqlite3.connect(database)) as made:
        for table, column in COLUMNS:
            made.execute(f"CREATE TABLE {table} (name TEXT, {column} TEXT)")
        for name, address in zip(WRITTEN["experiments"], WRITTEN["addresses"], strict=True):
            made.execute("INSERT INTO experiments VALUES (?, ?)", (name, address))
        for table, column in COLUMNS[1:]:
            rows = [f"{OURS}/{table}/artifacts", f"file://{OURS}/x", "mlflow-artifacts:/1/a", None]
            insert = f"INSERT INTO {table} ({column}) VALUES (?)"  # noqa: S608 - our names
            made.executemany(insert, [(row,) for row in rows])
        made.commit()
    if files:
        (folder / "mlruns/bonitas-demo").mkdir(parents=True)
    return database


def addresses(database: Path) -> dict[str, list[str | None]]:
    found = {}
    with closing(sqlite3.connect(database)) as read:
        for table, column in COLUMNS:
            query = f"SELECT {column} FROM {table} ORDER BY rowid"  # noqa: S608 - our names
            found[table] = [row[0] for row in read.execute(query)]
    return found


def test_addresses_below_the_project_begin_there_and_others_stay(tmp_path: Path) -> None:
    database = registry(tmp_path)
    make_relative(database)
    found = addresses(database)
    assert found["experiments"] == ["mlruns/bonitas-demo", "mlruns/0", *WRITTEN["addresses"][2:]]
    for table, _ in COLUMNS[1:]:
        assert found[table] == [
            f"mlruns/bonitas-demo/{table}/artifacts", "mlruns/bonitas-demo/x", "mlflow-artifacts:/1/a", None,
        ]  # fmt: skip
    before = database.read_bytes()
    make_relative(database)
    assert database.read_bytes() == before


def test_a_registry_without_its_files_goes_on_meaning_those_it_came_from(tmp_path: Path) -> None:
    database = registry(tmp_path, files=False)
    before = addresses(database)
    make_relative(database)
    assert addresses(database) == before
    # but one that is being made has no files yet
    with closing(sqlite3.connect(database)) as made:
        made.execute(
            "INSERT INTO experiments VALUES ('bonitas-new', ?)",
            (place_of(database, "bonitas-new"),),
        )
        made.commit()
    make_relative(database)
    assert addresses(database)["experiments"] == [*before["experiments"], "mlruns/bonitas-new"]


def test_killed_in_the_middle_nothing_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The third table cannot be written: the two before it are as they were, and the next call does all."""
    database = registry(tmp_path)
    before = addresses(database)

    class Dying(sqlite3.Connection):
        def execute(self, sql: str, *more: object) -> sqlite3.Cursor:  # type: ignore[override]
            if sql.startswith("UPDATE logged_models"):
                raise Killed
            return super().execute(sql, *more)  # type: ignore[arg-type]

    connect = sqlite3.connect
    with monkeypatch.context() as patched:
        patched.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, factory=Dying, **k))
        with pytest.raises(Killed):
            make_relative(database)
    assert addresses(database) == before
    make_relative(database)
    assert addresses(database)["model_versions"][0] == "mlruns/bonitas-demo/model_versions/artifacts"  # fmt: skip


def test_a_registry_that_may_not_be_written_to_stays_and_is_read_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = registry(tmp_path)
    before = addresses(database)
    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda path, **k: connect(f"file:{path}?mode=ro", uri=True, **k)
    )
    make_relative(database)
    monkeypatch.undo()
    assert addresses(database) == before
    assert resolved(database, OURS) == tmp_path / "mlruns/bonitas-demo"


def test_an_address_is_read_from_the_project_wherever_it_lies(tmp_path: Path) -> None:
    database = tmp_path / "mlflow.db"
    here = tmp_path / "mlruns/bonitas-demo/models/m-1"
    here.mkdir(parents=True)
    for root in ("", "/gone/", "file:///gone/", "file:/gone/mlruns/bonitas-x/", f"{tmp_path}/"):
        assert resolved(database, f"{root}mlruns/bonitas-demo/models/m-1") == here, root
    absent = "/gone/mlruns/bonitas-demo/models/m-2"
    assert resolved(database, absent) == Path(absent)  # named as it is in the error that follows

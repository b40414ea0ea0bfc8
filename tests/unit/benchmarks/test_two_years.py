"""A life that was stopped goes on as if it had not been: what `benchmarks.two_years` keeps comes back as it was."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.two_years import BEGUN, taken_up
from benchmarks.two_years_book import KEYS, KNOWN, Book
from benchmarks.two_years_kept import keep, resumed
from benchmarks.two_years_life import Life
from contracts.files import write_json
from tests.pipeline.conftest import Workspace

DAY = date(2023, 5, 2)


def world(folder: Path) -> None:
    """One row a table, and one customer that defaults in a quiet month."""
    for name, keys in KEYS.items():
        row = {one: "EUR" if one == "currency" else DAY if one.endswith(("_on", "_end")) else "1" for one in (*keys, KNOWN[name])}  # fmt: skip
        row |= {"customer_id": "C1"} if name != "fx_rates" else {"rate": Decimal("1.25000000")}
        row |= {"parent_id": None} if name in {"customers", "master_history"} else {}
        row |= {"invoice_id": "1", "closed_on": None} if name == "disputes" else {}
        rows = [row, {**row, "customer_id": "C2"}] if name == "customers" else [row]
        (folder / "raw").mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows), folder / f"raw/{name}.parquet")
    (folder / "interim").mkdir()
    entries = pd.DataFrame({"customer_id": ["C2"], "entered_on": [date(2025, 5, 1)]})
    entries.to_parquet(folder / "interim/defaults.parquet")


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    world(tmp_path / "world")
    book = Book.opened(tmp_path, 7)
    assert list(book.tables["customers"]["customer_id"]) == ["C1"], "C2 defaults in a quiet month"
    life = Life(Workspace(tmp_path / "project"), book)
    (tmp_path / "project").mkdir()
    (tmp_path / "drops").mkdir()
    file, drop = tmp_path / "project/mark", tmp_path / "drops/mark"
    file.write_text("month 8")
    life.month, life.faults = 8, ["month 3: something"]
    life.diary.seen = [(date(2024, 1, 4), "1"), (date(2024, 6, 4), None)]
    life.replays.digests["1"] = "d" * 64
    book.scale, book.rescaled_from = 10.0, date(2024, 8, 1)
    book.known("NOK", 7)
    keep(life, tmp_path)
    keep(life, tmp_path)  # the copy of the month before goes
    file.write_text("half of month 9")
    drop.write_text("of month 9")
    found = resumed(tmp_path)
    assert (file.read_text(), drop.exists()) == ("month 8", False)
    assert (found.month, found.faults, found.diary) == (8, life.faults, life.diary)
    assert found.replays.digests == life.replays.digests
    assert (found.book.scale, found.book.rescaled_from, found.book.seed) == (10.0, date(2024, 8, 1), 7)  # fmt: skip
    assert found.book.currencies == [("NOK", 7)]
    assert list(found.book.tables["fx_rates"]["currency"]) == ["EUR", "NOK"]
    (tmp_path / "kept").rename(tmp_path / "kept.new")  # stopped before the fresh copy had its name
    assert resumed(tmp_path).month == 8
    with pytest.raises(SystemExit, match="nothing is kept"):
        resumed(tmp_path / "elsewhere")


def test_a_life_stopped_while_its_first_model_was_trained_goes_on_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world(tmp_path / "world")
    for one in ("project", "drops"):
        (tmp_path / one).mkdir()
    with pytest.raises(SystemExit, match="nothing is kept"):
        taken_up(tmp_path)
    write_json(tmp_path / BEGUN, {"seed": 7, "month": 15})
    asked: list[tuple[str, int]] = []

    def made(life: Life, target: str) -> str:
        asked.append((target, life.month))
        return ""

    monkeypatch.setattr(Life, "make", made)
    monkeypatch.setattr(Life, "registry", property(lambda _: SimpleNamespace(log=SimpleNamespace(read=lambda: SimpleNamespace(champion="1")))))  # fmt: skip
    assert taken_up(tmp_path).month == 15
    assert asked == [("retrain", 15)]
    assert taken_up(tmp_path).month == 15  # of what is kept now
    assert len(asked) == 1

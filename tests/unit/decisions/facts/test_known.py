"""Decisions run in the engine that the settings describe, and never beyond it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pandas as pd
import pytest

from contracts.config.engine import EngineConfig
from contracts.duck import connect
from decisions.facts import known
from decisions.facts.book import gather
from decisions.facts.known import known_before
from pipelines import rate
from tests.unit.decisions.conftest import AS_OF, MakeBook, Write

SMALL = EngineConfig(threads=1, memory_limit="333MB")


def test_the_engine_has_the_threads_the_memory_and_a_folder_to_spill_to() -> None:
    with known_before(AS_OF, {}, "EUR", SMALL) as connection:
        asked = "SELECT current_setting('threads'), current_setting('memory_limit'), current_setting('temp_directory')"
        threads, memory, spill = connection.execute(asked).fetchone() or ()
        assert (threads, memory) == (1, "317.5 MiB")  # 333e6 / 2 ** 20 = 317.57
        assert Path(spill).is_dir()
    assert not Path(spill).exists()
    with pytest.raises(duckdb.ConnectionException):
        connection.execute("SELECT 1")


def test_every_connection_of_the_facts_has_them(
    write: Write, make_book: MakeBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[EngineConfig] = []

    @contextmanager
    def noted(config: EngineConfig) -> Iterator[duckdb.DuckDBPyConnection]:
        opened.append(config)
        with connect(config) as connection:
            yield connection

    monkeypatch.setattr(known, "connect", noted)
    invoice = {"invoice_id": "I1", "customer_id": "A", "issued_on": date(2025, 6, 1), "due_on": date(2025, 7, 1), "amount": "10"}  # fmt: skip
    book = make_book(write(customers=[{"customer_id": "A"}], invoices=[invoice]), {"A": 0.01})
    gather(book, 24, SMALL)
    assert opened
    assert set(map(id, opened)) == {id(SMALL)}


def test_the_stage_hands_the_settings_on(monkeypatch: pytest.MonkeyPatch) -> None:
    class Seen(Exception):  # noqa: N818 - it ends the stage
        pass

    def seen(_book: Any, _months: int, engine: EngineConfig, *, event_months: int) -> None:
        assert event_months == 36
        assert engine is SMALL
        raise Seen

    for name in ("read_table", "read_parts", "by_pillar", "table_paths", "untold_on", "Book"):
        monkeypatch.setattr(rate, name, lambda *_, **__: None)
    day = pd.DataFrame({"as_of": [pd.Timestamp("2026-01-01")]})
    monkeypatch.setattr(rate, "_scored", lambda: day)
    monkeypatch.setattr(rate, "gather", seen)
    params = SimpleNamespace(
        engine=SMALL, rate=SimpleNamespace(statement_months=24, event_months=36)
    )
    settings = SimpleNamespace(
        params=params, portfolio=SimpleNamespace(reporting_currency="EUR", attributes=())
    )
    with pytest.raises(Seen):
        rate.rate(settings)  # type: ignore[arg-type]

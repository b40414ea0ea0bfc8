"""What is in use while runs are compared: what the log and the alias say together, and that they disagree where they do."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from contracts.documents.comparison import Production
from models.comparison.production import production
from models.registry.decisions import Log
from models.registry.shelf import Shelf
from reports.locale.catalogue import say
from tests.unit.models.registry.test_decisions import FOUR, chain

DECIDED = Production(standing="decided", version="1", since="2026-01-05 09:00", by="pipeline")


def shelf(log: Log, bearer: str | None) -> Shelf:
    held: Any = SimpleNamespace(read=lambda: log, aliased=lambda _: bearer)
    return cast("Shelf", SimpleNamespace(log=held))


@pytest.mark.parametrize(
    ("decisions", "bearer", "found", "says"),
    [
        (FOUR[:1], "1", DECIDED, "version 1, champion since 2026-01-05 09:00 UTC (decided by pipeline)"),
        (FOUR[:2], "2", Production(standing="decided", version="2", since="2026-02-10 09:00", by="Ann"), "version 2, champion since 2026-02-10"),
        (FOUR[:2], "1", Production(standing="moved", version="1"), "not where the log of decisions left it"),
        (FOUR[:2], None, Production(standing="moved", version=None), "not where the log of decisions left it"),
        (FOUR[:3], None, Production(standing="none"), "No version is in use"),
        ([], None, Production(standing="none"), "No version is in use"),
        ([], "4", Production(standing="unlogged", version="4"), "version 4, champion since before decisions were logged"),
        (chain({"kind": "found"}), "1", Production(standing="found", version="1", since="2026-01-05 09:00", by="Ann"), "champion already on 2026-01-05"),
    ],
)  # fmt: skip
def test_what_is_in_use_is_what_log_and_alias_say_together(decisions: list[Any], bearer: str | None, found: Production, says: str) -> None:  # fmt: skip
    told = production(shelf(Log(tuple(decisions)), bearer))
    assert told == found
    assert says in say("en", f"comparison.production.{told.standing}", told.model_dump())


def test_a_rejection_changes_neither_the_champion_nor_since_when() -> None:
    rejected = chain({"by": "pipeline"}, {"kind": "rejected", "version": "2", "champion": "1"})
    assert production(shelf(Log(tuple(rejected)), "1")) == DECIDED

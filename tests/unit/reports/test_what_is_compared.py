"""What the pages of comparing and promoting say where there is nothing to show, and of a certificate and of gates: so, or not said."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from contracts.documents.comparison import Changed, Code, Setting
from contracts.documents.promotion import Certificate, Contender
from contracts.documents.swap import GradeChange
from models.registry.evidence import WAIVED
from reports import comparison, promotion
from reports.frame.grid import Table, shown
from reports.frame.wording import said
from tests.unit.reports.locale.said import said_of

SETTING, CODE = Setting(key="train.seed", before=1, after=2), Code(stage="train", files=("pipelines/train.py",))  # fmt: skip


def absent(table: Table) -> set[str]:
    """What is said in place of rows, by what follows `comparison.absent` or `promotion.absent`."""
    return set() if table.rows else said_of(table.absent[0], "comparison.absent")


@pytest.mark.parametrize(("settings", "code"), [((), ()), ((SETTING,), ()), ((), (CODE,)), ((SETTING,), (CODE,))])  # fmt: skip
def test_what_was_changed_is_not_said_to_be_nothing(settings: tuple[Setting, ...], code: tuple[Code, ...]) -> None:  # fmt: skip
    found = comparison._changed(Changed(settings=settings, data=(), code=code))
    for key, rows in (("settings", settings), ("code", code)):
        assert len(found[key]["rows"]) == len(rows)
        said = said_of(str(found[key]["absent"]), "comparison.absent")
        assert said == {key}, "the reason of an empty table is its own"
    english = [str(found[key]["absent"]) for key in ("settings", "code")]
    assert "No setting differs." in english[0]
    assert "No code of a stage differs." in english[1]


def test_segments_and_periods_without_a_row_say_different_things() -> None:
    assert absent(comparison._slices("segments", ())) == {"segments"}
    assert absent(comparison._slices("periods", ())) == {"rows"}


def test_nothing_changes_is_said_of_no_move_alone() -> None:
    """Customers that change their grade are listed; only without one it is said that nothing changes."""
    row = GradeChange(before=5, after=7, customers=3, exposure=Decimal("1000.00"))
    for rows in ((), (row,)):
        table = promotion._changes("grades", rows, "grade")
        assert bool(table.rows) == bool(rows)
        text = str(shown(table)["rows"]) if rows else table.absent[0]
        assert ("Nothing changes." in text) == (not rows)


def contender(broken: int = 0, gates: dict[str, Any] | None = None) -> Contender:
    seal = Certificate(directions=4, trees=40, broken=broken, example="tree 3" if broken else None)
    return Contender(number="2", digest="0a", features=5, certificate=seal, gates=gates or {}, origin="clean", parent=None, is_stated=False, lacking=())  # fmt: skip


@pytest.mark.parametrize("broken", [0, 1, 7])
def test_directions_are_said_to_be_kept_only_where_none_is_broken(broken: int) -> None:
    told = promotion._certified(contender(broken))[0]
    assert said_of(told, "promotion.certificate") == ({"broken"} if broken else {"kept"})
    assert told.startswith(f"{broken} broken" if broken else "all kept")
    assert "4 features, 40 trees" in told


@pytest.mark.parametrize(
    ("gates", "told"),
    [
        ({}, "not kept"), ({"PD-D1": "passed", "PD-C1": "passed"}, "2 of 2 gates passed"),
        ({"PD-D1": "passed", "PD-C1": "failed", "PD-R1": "not_applicable"}, "1 of 3 gates passed (PD-C1 failed, PD-R1 could not be assessed)"),
    ],
)  # fmt: skip
def test_gates_that_did_not_pass_are_named_and_not_counted(gates: dict[str, str], told: str) -> None:  # fmt: skip
    """A gate that could not be assessed has not passed; a version without a list of gates is not said to have passed any."""
    assert promotion._gates(contender(gates=gates))[0] == told


@pytest.mark.parametrize("outcome", ["failed", "not_applicable", WAIVED])
def test_a_gate_that_is_not_passed_is_named_with_its_outcome(outcome: str) -> None:
    """Each outcome that a version may be registered with has its word: one that a waiver let through once broke the pack."""
    told = promotion._gates(contender(gates={"PD-D1": "passed", "PD-X2": outcome}))
    badge = said(f"model.badge.{outcome}")
    for side in range(2):
        assert f"PD-X2 {badge[side]}" in told[side]
        assert "PD-D1" not in told[side]

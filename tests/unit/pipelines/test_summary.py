"""What ends a run says: a model that was refused is told with the gates that stopped it, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.documents.checks import Check, Checks
from contracts.documents.receipt import Receipt
from contracts.files import write_json
from models.gates.gates import GATES
from pipelines import paths
from pipelines.errands import summary
from pipelines.errands.summary import _ranked, _standing
from pipelines.run.refused import STEPS, refusal

PASSED = Check(
    code="PD-D1",
    title="Discrimination",
    outcome="passed",
    value=0.8,
    threshold=0.6,
    detail="ROC AUC 0.8.",
    stops=False,
)
FAILED = PASSED.model_copy(
    update={
        "code": "PD-C1",
        "title": "Calibration",
        "outcome": "failed",
        "detail": "Slope 0.3.",
        "stops": True,
    }
)
WAIVED = FAILED.model_copy(update={"code": "PD-C2", "stops": False})


def test_nothing_is_said_of_a_model_that_passed_though_a_gate_is_waived() -> None:
    assert refusal(Checks(rows=(PASSED, WAIVED)), is_kept=True) == []


def test_each_gate_that_stopped_the_model_is_named_with_what_it_found() -> None:
    said = refusal(Checks(rows=(PASSED, FAILED, WAIVED)), is_kept=False)
    assert said[0] == (
        "The model was not registered; there is no champion, so nothing to keep up. "
        "The gates that stopped it:"
    )
    assert said[1] == "  PD-C1  Calibration: Slope 0.3."
    assert not any("PD-C2" in line or "PD-D1" in line for line in said)
    assert "reports/validation_model.html" in said[2]
    assert not any("make retrain" in line for line in said), "that is what has just been run"
    assert (
        said[3]
        == "Try for PD-C1: other calibrate.methods; or newer outcomes, where the level has moved since."
    )
    behind = FAILED.model_copy(update={"code": "PD-X1"})
    assert "race_until" in refusal(Checks(rows=(behind,)), is_kept=True)[3]
    assert set(STEPS) <= set(GATES), "each is a gate that there is"


def test_the_champion_that_stays_in_use_is_told() -> None:
    assert "the champion stays in use" in refusal(Checks(rows=(FAILED,)), is_kept=True)[0]


def test_what_a_version_is_now_is_told_and_not_only_what_it_was_registered_as(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    receipt = Receipt(name="m", version="3", digest="d", alias="challenger", verdict="challenger")
    assert _standing(receipt) == "verdict challenger", "nobody has looked"
    write_json(paths.OUTSIDE_CHAMPION, None)
    assert "there is no champion now" in _standing(receipt)
    write_json(paths.OUTSIDE_CHAMPION, {"version": "3"})
    assert _standing(receipt) == "the champion"
    write_json(paths.OUTSIDE_CHAMPION, {"version": "2"})
    assert _standing(receipt).startswith("verdict challenger; version 2 is the champion")


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ("", "ROC AUC 0.800 (0.700 to 0.900); the scorecard beside it 0.650"),
        ("\nIt rests on stated experience", "ROC AUC 0.800 (0.700 to 0.900)"),
    ],
)
def test_a_scorecard_is_told_where_one_was_fitted(
    stated: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summary, "_stated", lambda: stated)
    test = {"roc_auc": 0.8, "roc_auc_ci": [0.7, 0.9]}
    assert _ranked({"test": test, "baseline": {"roc_auc": 0.65}}) == said

"""`dvc.yaml` names the code each stage runs: no dependency is missing, none is superfluous."""

from __future__ import annotations

import pytest
import yaml

from pipelines import ROOT
from tests.closure import code_of, modules_of

STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_depends_on_what_it_imports(stage: str) -> None:
    named = sorted(dep for dep in STAGES[stage]["deps"] if dep.startswith(("src/", "pipelines/")))
    assert named == code_of(stage), f"the code of {stage}: {', '.join(code_of(stage))}"


def test_what_only_upkeep_runs_reruns_only_upkeep() -> None:
    assert {name for name in STAGES if "src/models/upkeep" in code_of(name)} == {
        "monitor",
        "recalibrate",
    }


def test_the_closure_follows_imports_inside_functions_and_stops_at_what_is_not_run() -> None:
    assert "models.registry.registry" in modules_of("look")  # imported when a champion is looked up
    assert "world.hidden.truth" in modules_of("ingest")  # three imports away
    assert "src/features/catalog" in code_of("featurize")
    assert "src/features/catalog" not in code_of("label")  # a new feature changes no outcome

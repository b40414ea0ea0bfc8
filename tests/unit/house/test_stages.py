"""`dvc.yaml` names the code each stage runs: no dependency is missing, none is superfluous."""

from __future__ import annotations

import pytest

from reports.pages import pages
from tests.closure import code_of, modules_of, stages

STAGES = stages()


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_depends_on_what_it_imports(stage: str) -> None:
    named = sorted(dep for dep in STAGES[stage]["deps"] if dep.startswith(("src/", "pipelines/")))
    assert named == code_of(stage), f"the code of {stage}: {', '.join(code_of(stage))}"


def test_what_only_upkeep_runs_reruns_only_upkeep() -> None:
    assert {name for name in STAGES if "src/models/upkeep" in code_of(name)} == {
        "monitor",
        "recalibrate",
    }


def test_every_page_is_an_instance_of_the_stage_report_and_names_what_its_declaration_names() -> (
    None
):
    declared = {
        f"report@{name}": (page.document, [{page.file: {"persist": True}}])
        for name, page in pages().items()
    }
    assert len(declared) >= 6
    assert declared == {
        name: (stage["deps"][0], stage["outs"])
        for name, stage in STAGES.items()
        if name.startswith("report@")
    }


def test_words_and_styles_are_read_by_no_other_stage() -> None:
    readers = {
        name: {dep for dep in code_of(name) if dep.startswith("src/reports")}
        for name in STAGES
        if not name.startswith("report@")
    }
    # the gates' English stands in `reports/checks.json`, so evaluate reads it; no page's words, no frame, no template
    files = ("catalogue.py", "numbers.py", "gates.py", "en/gates.po", "en/nouns.po")
    assert readers.pop("evaluate") <= {f"src/reports/locale/{file}" for file in files}
    assert not any(readers.values())


def test_the_closure_follows_imports_inside_functions_and_stops_at_what_is_not_run() -> None:
    assert "models.registry.registry" in modules_of(
        "pipelines.look"
    )  # imported when a champion is looked up
    assert "world.hidden.truth" in modules_of("pipelines.ingest")  # three imports away
    assert "src/features/catalog" in code_of("featurize")
    assert "src/features/catalog" not in code_of("label")  # a new feature changes no outcome

"""`dvc.yaml` names the code each stage runs and the settings it reads: no dependency is missing, none is superfluous."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from contracts.config.portfolio import PortfolioConfig
from pipelines import ROOMS, ROOT
from reports.pages import pages
from tests.closure import code_of, modules_of, stages

STAGES = stages()
WATCHED = "configs/portfolios/${portfolio}.yaml"
NOT_ITS_OWN = {
    ("ingest", "attributes_from"): "what `attributes` says, when it is a mapping",
    ("ingest", "default"): "a refusal before anything is read; label refuses the same, and a database is not read again for it",
    ("explain", "attributes"): "the contract of a raw table, which no explanation reads",
    ("register", "checked_inputs"): "of evaluate's gates, whose document it reads",
    ("monitor", "checked_inputs"): "of evaluate's gates, whose document it reads",
    ("recalibrate", "checked_inputs"): "of evaluate's gates, whose document it reads",
}  # fmt: skip
"""By stage and key, why code that a stage can reach reads what the stage need not watch."""


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
    files = ("catalogue.py", "parsed.py", "numbers.py", "gates.py", "en/gates.po", "en/nouns.po")
    assert readers.pop("evaluate") <= {f"src/reports/locale/{file}" for file in files}
    assert not any(readers.values())


def test_the_closure_follows_imports_inside_functions_and_stops_at_what_is_not_run() -> None:
    assert "models.registry.registry" in modules_of(
        "pipelines.errands.look"
    )  # imported when a champion is looked up
    assert "world.hidden.truth" in modules_of("pipelines.ingest")  # three imports away
    assert "src/features/catalog" in code_of("featurize")
    assert "src/features/catalog" not in code_of("label")  # a new feature changes no outcome


def keys_read(stage: str) -> Iterator[str]:
    """The keys of the portfolio that some code of a stage reads: `portfolio.key` and `settings.portfolio.key`."""
    for module in modules_of(f"pipelines.{stage}"):
        room = ROOT / "src" if module.partition(".")[0] in ROOMS else ROOT
        path = room.joinpath(*module.split(".")).with_suffix(".py")
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if path.is_file() else ()
        for node in nodes:
            if isinstance(node, ast.Attribute) and node.attr in PortfolioConfig.model_fields:
                owner = getattr(node.value, "id", getattr(node.value, "attr", ""))
                if owner in {"portfolio", "_portfolio"}:
                    yield node.attr


def keys_watched(stage: str) -> set[str]:
    params = [one for one in STAGES[stage].get("params", []) if isinstance(one, dict)]
    return {key for one in params for key in one.get(WATCHED) or []}


@pytest.mark.parametrize(
    "stage", [name for name in STAGES if "@" not in name and "always_changed" not in STAGES[name]]
)
def test_a_stage_watches_the_keys_of_the_portfolio_that_it_reads(stage: str) -> None:
    """A key that is read and not watched can be changed, and `make run` says that nothing did."""
    excused = {key for name, key in NOT_ITS_OWN if name == stage}
    assert set(keys_read(stage)) - keys_watched(stage) == excused


def test_every_key_of_a_portfolio_is_watched_by_a_stage() -> None:
    watched = set().union(*map(keys_watched, STAGES))
    assert set(PortfolioConfig.model_fields) - watched == {"attributes_from"}

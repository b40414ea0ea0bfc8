"""Between two months the meaning of a default changes, or the currency: today's outcomes say nothing of the champion then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.errors import BonitasError, RegistryError
from models.registry.registry import PARENT, Registry
from models.registry.rows import lock_of, trained
from pipelines import paths
from pipelines.monitor import monitor
from pipelines.recalibrate import recalibrate
from pipelines.register import register
from pipelines.registered.outcome import kept_up, of_settings, of_version, same_meaning
from pipelines.registered.registries import registry_of
from pipelines.settings import Settings, load

CHANGES: tuple[tuple[str, Any], ...] = (
    ("horizon_months", 6),
    ("reporting_currency", "USD"),
    ("default", {"days": 60}),
    ("default", {"materiality": 100.0}),
)


def changed(settings: Settings, field: str, value: Any) -> Settings:
    portfolio = settings.portfolio
    if field == "default":
        value = portfolio.default.model_copy(update=value)
    return replace(settings, portfolio=portfolio.model_copy(update={field: value}))


def record(settings: Settings, *without: str) -> None:
    """What DVC notes of the stage label."""
    portfolio = settings.portfolio
    values = {
        "default": {"preset": portfolio.default.preset},
        "horizon_months": portfolio.horizon_months,
        "reporting_currency": portfolio.reporting_currency,
    }
    kept = {key: value for key, value in values.items() if key not in without}
    params = {f"configs/portfolios/{settings.name}.yaml": kept}
    paths.LOCK.write_text(yaml.safe_dump({"stages": {"label": {"params": params}}}))


@pytest.fixture
def registry(project: Path) -> Registry:
    """Of a project whose champion says what its defaults mean."""
    assert project.is_dir()
    settings = load()
    record(settings)
    register(settings)
    return registry_of(settings)


def test_upkeep_refuses_a_champion_of_another_outcome(registry: Registry) -> None:
    settings = load()
    assert kept_up(settings, registry).version == "1"
    assert of_version(registry, "1") == of_settings(settings)
    for field, value in CHANGES:
        other = changed(settings, field, value)
        for stage in (monitor, recalibrate):
            with pytest.raises(RegistryError, match=f"version 1, predicts another outcome .*: {field} has changed"):  # fmt: skip
                stage(other)
    assert not paths.MONITORING_JSON.is_file()
    assert not paths.RECALIBRATION_JSON.is_file()


def test_the_pipeline_compares_no_champion_of_another_meaning(registry: Registry) -> None:
    settings, champion = load(), registry.required_champion()
    assert same_meaning(settings, registry, lambda _: "measured")(champion) == "measured"
    for field, value in CHANGES:
        found = same_meaning(changed(settings, field, value), registry, lambda _: "measured")
        told = found(champion)
        assert isinstance(told, str)
        assert told.startswith(f"not comparable: version 1 predicts another outcome, {field} ")


def test_a_version_that_recorded_nothing_is_kept_up_as_before(project: Path) -> None:
    assert project.is_dir()
    settings = load()
    register(settings)
    registry = registry_of(settings)
    assert of_version(registry, "1") is None
    assert kept_up(changed(settings, "default", {"days": 60}), registry).version == "1"


def test_a_version_from_before_currencies_were_recorded_is_held_to_the_rest(project: Path) -> None:
    assert project.is_dir()
    settings = load()
    record(settings, "reporting_currency")
    register(settings)
    registry = registry_of(settings)
    assert kept_up(changed(settings, "reporting_currency", "USD"), registry).version == "1"
    with pytest.raises(BonitasError, match="horizon_months has changed"):
        kept_up(changed(settings, "horizon_months", 6), registry)


def test_a_calibration_corrected_twice_leads_back_to_the_version_that_was_trained(
    registry: Registry, tmp_path: Path
) -> None:
    champion = registry.client.get_model_version(registry.name, "1")
    for number in ("1", "2"):
        made = registry.client.create_model_version(
            registry.name, champion.source, run_id=champion.run_id, tags={PARENT: number}
        )
        assert str(made.version) == str(int(number) + 1)
    assert [trained(registry, number) for number in ("1", "2", "3")] == ["1", "1", "1"]
    assert lock_of(registry, trained(registry, "3"), tmp_path) is not None
    assert of_version(registry, "3") == of_version(registry, "1")

"""Between two months the meaning of a default changes, or the currency: today's outcomes say nothing of the champion then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
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
    ("default", {"events": ("insolvency",)}),
    ("settlement", {"share": 0.05}),
)


def changed(settings: Settings, field: str, value: Any) -> Settings:
    portfolio = settings.portfolio
    if isinstance(value, dict):
        value = getattr(portfolio, field).model_copy(update=value)
    return replace(settings, portfolio=portfolio.model_copy(update={field: value}))


def record(settings: Settings, *without: str) -> None:
    """What DVC notes of the stage label."""
    portfolio = settings.portfolio
    values = {
        "default": {"preset": portfolio.default.preset},
        "horizon_months": portfolio.horizon_months,
        "reporting_currency": portfolio.reporting_currency,
        "settlement": portfolio.settlement.model_dump(mode="json"),
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
    assert of_version(registry, registry.asked("1")) == of_settings(settings)
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


def purge(registry: Registry) -> None:
    """Deletes the run of version 1 for good, as `mlflow gc` does."""
    run = str(registry.client.get_model_version(registry.name, "1").run_id)
    registry.client.delete_run(run)
    # MLflow's clients have no call for it; its own command takes the same step
    registry.client._tracking_client.store._hard_delete_run(run)


def older(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is registered from now on is registered as before contracts named the definition."""
    monkeypatch.setattr("pipelines.register.of_settings", lambda _: SimpleNamespace(kept=lambda: None))  # fmt: skip


def test_a_version_whose_run_was_deleted_for_good_still_says_what_its_default_means(
    registry: Registry,
) -> None:
    settings = load()
    purge(registry)
    assert kept_up(settings, registry).version == "1"
    for field, value in CHANGES:
        with pytest.raises(RegistryError, match=f"predicts another outcome .*: {field} has changed"):  # fmt: skip
            kept_up(changed(settings, field, value), registry)


def test_an_older_version_is_held_to_what_dvc_recorded_of_its_run(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert project.is_dir()
    settings = load()
    record(settings)
    older(monkeypatch)
    register(settings)
    registry = registry_of(settings)
    assert "outcome" not in registry.required_champion().bundle.json("contract.json")
    for field, value in CHANGES:
        with pytest.raises(RegistryError, match=f"{field} has changed"):
            kept_up(changed(settings, field, value), registry)
    purge(registry)  # then only portfolio and horizon are known
    assert kept_up(changed(settings, "default", {"days": 60}), registry).version == "1"
    with pytest.raises(RegistryError, match="horizon_months has changed"):
        kept_up(changed(settings, "horizon_months", 6), registry)


def test_an_older_version_from_before_currencies_were_recorded_is_held_to_the_rest(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert project.is_dir()
    settings = load()
    record(settings, "reporting_currency", "settlement")
    older(monkeypatch)
    register(settings)
    registry = registry_of(settings)
    assert kept_up(changed(settings, "reporting_currency", "USD"), registry).version == "1"
    with pytest.raises(BonitasError, match="default has changed"):
        kept_up(changed(settings, "default", {"days": 60}), registry)


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
    third, first = (replace(registry.asked("1"), version=number) for number in ("3", "1"))
    assert of_version(registry, third) == of_version(registry, first)

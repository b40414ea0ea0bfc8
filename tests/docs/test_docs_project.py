"""What the project says of itself is true: README, Makefile, dvc.yaml, configs and lock agree."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.config.params import Params
from contracts.config.portfolio import PortfolioConfig
from pipelines import ROOMS, ROOT, paths
from tests.closure import stages

DVC = stages()
"""Every stage; an instance of `report` stands as `report@portfolio`."""
NAMES = list(dict.fromkeys(name.partition("@")[0] for name in DVC))
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKE, flags=re.MULTILINE))


def leaf_keys(values: Any, prefix: str = "") -> set[str]:
    """Dotted names of all leaves of nested keys; an empty mapping is a leaf."""
    if not isinstance(values, dict) or not values:
        return {prefix}
    return {
        leaf
        for key, value in values.items()
        for leaf in leaf_keys(value, f"{prefix}.{key}".lstrip("."))
    }


def test_the_eighteen_stages_in_order() -> None:
    assert NAMES == [
        "outside", "ingest", "validate", "label", "featurize", "split", "train", "calibrate", "origins", "refit", "evaluate",
        "explain", "rate", "describe", "register", "monitor", "recalibrate", "report",
    ]  # fmt: skip


def test_the_picture_of_the_flow_shows_every_stage() -> None:
    shown = (ROOT / "docs/flow.svg").read_text(encoding="utf-8")
    assert [name for name in NAMES if not re.search(rf"\b{name}\b", shown)] == []


@pytest.mark.parametrize("stage", DVC)
def test_a_stage_is_described_and_depends_on_what_it_imports(stage: str) -> None:
    """Every room a stage file imports is a dependency, or a change of code would go unseen."""
    declared = DVC[stage]
    assert declared["desc"]
    file = f"pipelines/{stage.partition('@')[0]}.py"
    source = (ROOT / file).read_text(encoding="utf-8")
    assert file in declared["deps"]
    rooms = set(re.findall(r"from (sources|world|features|models|decisions|contracts)\b", source))
    for room in rooms:
        assert any(f"{dep}/".startswith(f"src/{room}/") for dep in declared["deps"]), room
    assert len(source.splitlines()) <= 60


def test_whoever_reads_the_first_booster_depends_on_the_others() -> None:
    """A stage that a restored `boosters` does not reach would average fewer boosters and not say so."""
    expected = {
        "data/model/twin": ("train", ["refit", "evaluate", "register"]),
        "data/model": ("refit", ["evaluate", "explain", "rate", "describe", "register"]),
    }
    for folder, (maker, wanted) in expected.items():
        outs = {path for out in DVC[maker]["outs"] for path in out}
        assert {f"{folder}/booster.txt", f"{folder}/boosters"} <= outs
        readers = [name for name, one in DVC.items() if f"{folder}/booster.txt" in one["deps"]]
        assert readers == wanted
        assert all(f"{folder}/boosters" in DVC[name]["deps"] for name in readers)


def test_every_param_is_listed_by_a_stage_and_every_listed_key_exists() -> None:
    values = yaml.safe_load((ROOT / paths.PARAMS).read_text(encoding="utf-8"))
    known = leaf_keys(values)
    listed = {
        key
        for stage in DVC.values()
        for entry in stage.get("params", [])
        for key in entry.get("configs/params.yaml", [])
    }
    assert listed <= known
    # The engine, the study's database and the variable of the registry decide where and how fast, never what; the margin
    # is of `bonitas decide`, which is no stage, and a signature is in no output.
    assert known - listed == {
        "engine.engine",
        "engine.threads",
        "engine.memory_limit",
        "engine.spark.master",
        "engine.spark.scratch",
        "engine.spark.shuffle_partitions",
        "engine.spark.conf",
        "train.threads",
        "train.search.storage_variable",
        "register.tracking_variable",
        "register.margin",
        "register.signing_key",
        "register.signing_variable",
        "register.signers",
        "register.unsigned",
    }


def test_params_yaml_spells_out_every_default() -> None:
    values = yaml.safe_load((ROOT / paths.PARAMS).read_text(encoding="utf-8"))
    defaults = Params().model_dump(mode="json", by_alias=True)
    given = Params.model_validate(values).model_dump(mode="json", by_alias=True)
    assert leaf_keys(values) == leaf_keys(defaults)
    assert given == defaults


def test_every_key_of_params_has_a_comment() -> None:
    for line in (ROOT / paths.PARAMS).read_text(encoding="utf-8").splitlines():
        if re.match(r"^\s+\w+:", line):
            previous_explains = "seed: 7" in line
            assert "#" in line or previous_explains, f"no comment: {line}"


@pytest.mark.parametrize(
    "path", sorted((ROOT / paths.PORTFOLIOS).glob("*.yaml")), ids=lambda p: p.stem
)
def test_a_portfolio_gives_every_key_its_stages_depend_on(path: Path) -> None:
    given = set(yaml.safe_load(path.read_text(encoding="utf-8")))
    listed = {
        key.split(".")[0]
        for stage in DVC.values()
        for entry in stage.get("params", [])
        for key in entry.get("configs/portfolios/${portfolio}.yaml", [])
    }
    assert listed <= given
    assert given <= set(PortfolioConfig.model_fields)
    assert list((ROOT / paths.PORTFOLIOS / path.stem).glob("*.sql"))


def test_readme_names_only_what_exists() -> None:
    for target in re.findall(r"(?:`|^)make ([a-z][a-z-]+)", README, flags=re.MULTILINE):
        assert target in TARGETS, f"make {target}"
    for path in re.findall(
        r"`((?:src|pipelines|configs|docs|notebooks|benchmarks|tests)/[\w./-]+)`", README
    ):
        assert (ROOT / path).exists(), path
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / link).exists(), link
    for stage in NAMES:
        assert stage in README


def test_ci_calls_the_readme_test_command() -> None:
    assert "make test" in README
    assert "make demo" in README
    assert "make test" in (ROOT / ".ci/run").read_text(encoding="utf-8")


def test_the_lock_pins_with_hashes_and_names_no_index() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert "index-url" not in lock
    pins = re.findall(r"^([A-Za-z0-9._-]+)==", lock, flags=re.MULTILINE)
    assert len(pins) > 100
    assert lock.count("--hash=sha256:") >= len(pins)
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8").lower()
    wanted = re.findall(r'^  "([a-z0-9-]+)(?:\[[a-z,]+\])?[><=]', project, flags=re.MULTILINE)
    assert len(wanted) > 20
    assert set(wanted) <= {pin.lower() for pin in pins}


def test_a_notebook_in_any_folder_can_import_what_is_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found = project["tool"]["setuptools"]["packages"]["find"]
    assert found["where"] == ["src", "."]
    assert set(found["include"]) == {f"{name}*" for name in ("bonitas", "pipelines", *ROOMS)}


def test_no_pickle_anywhere() -> None:
    pattern = re.compile(r"\b(pickle|cloudpickle|joblib)\b\s*(\.|import)|import (pickle|joblib)")
    for folder in ("src", "pipelines"):
        for path in (ROOT / folder).rglob("*.py"):
            assert not pattern.search(path.read_text(encoding="utf-8")), path

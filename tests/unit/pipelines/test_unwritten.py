"""Keys that a stage watches: each is written, or the first stage says which are not, and what to write."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from contracts.config.base import parse
from contracts.config.portfolio import PortfolioConfig
from contracts.errors import ConfigError
from pipelines import ROOT
from pipelines.configured.unwritten import as_written, refuse_unwritten, watched_keys
from pipelines.configured.yaml_text import read_yaml
from tests.unit.pipelines.test_cli import copied

LEFT_OUT = {"waivers", "balances", "split", "zero_limit"}


def project_without(keys: set[str], folder: Path) -> Path:
    """A copy of the project whose demo portfolio leaves keys out."""
    project = copied(folder)
    (project / "dvc.yaml").write_text((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
    path = project / "configs/portfolios/demo.yaml"
    values = {key: value for key, value in read_yaml(path).items() if key not in keys}
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return project


def test_the_projects_own_files_leave_nothing_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project_without(set(), tmp_path))
    refuse_unwritten("demo")


def test_all_that_is_left_out_is_told_at_once_and_what_is_advised_is_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = project_without(LEFT_OUT, tmp_path)
    params = project / "configs/params.yaml"
    text = params.read_text(encoding="utf-8")
    assert text.count("\n  base_score: ") == 1
    params.write_text("\n".join(line for line in text.splitlines() if not line.startswith("  base_score: ")))  # fmt: skip
    monkeypatch.chdir(project)
    watched = watched_keys(read_yaml(Path("dvc.yaml")), "demo")[Path("configs/portfolios/demo.yaml")]  # fmt: skip
    with pytest.raises(ConfigError) as caught:
        refuse_unwritten("demo")
    told = str(caught.value)

    assert "scale.base_score: 600" in told
    assert set(watched) >= LEFT_OUT
    advised = [as_written(PortfolioConfig, key) for key in sorted(LEFT_OUT)]
    assert all(line in told for line in advised)
    path = project / "configs/portfolios/demo.yaml"
    path.write_text(path.read_text() + "\n".join(advised) + "\n")
    params.write_text(text)
    refuse_unwritten("demo")
    left = {key: value for key, value in read_yaml(path).items() if key not in LEFT_OUT}
    assert parse(PortfolioConfig, read_yaml(path), where="") == parse(PortfolioConfig, left, where="")  # fmt: skip

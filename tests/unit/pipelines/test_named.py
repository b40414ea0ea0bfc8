"""Names that the configs give: what nothing has is told by the first stage, all of it at once."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from contracts.errors import ConfigError
from pipelines import ROOT
from pipelines.configured.named import refuse_misnamed
from pipelines.settings import load
from tests.unit.pipelines.test_cli import copied

REASON = "Held against the committee's paper of May"
PARAMS, GATES, DEMO = "configs/params.yaml", "configs/gates.yaml", "configs/portfolios/demo.yaml"
WRONG = {
    "PD-D9": (GATES, "PD-D1:", "PD-D9:"),
    "PD-C9": (DEMO, "  PD-C1:", "  PD-C9:"),
    "duplicate_keys": (PARAMS, "  tolerance: {}", "  tolerance: {duplicate_keys: 0.1}"),
    "ageings": (PARAMS, "  families: []", "  families: [ageings]"),
    "paymentz": (PARAMS, "  without: []", "  without: [paymentz]"),
    "payments_days_late_mean_9d": (PARAMS, "  names: []", "  names: [payments_days_late_mean_9d]"),
    "billing_nothing": (DEMO, "directions: {}", f"directions: {{billing_nothing: {{direction: 1, why: {REASON}}}}}"),
    "ageing_nothing": (DEMO, "checked_inputs: {}", f"checked_inputs: {{ageing_nothing: {REASON}}}"),
}  # fmt: skip
"""By a name that nothing has: the file, and what is written otherwise there."""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = copied(tmp_path)
    shutil.copy(ROOT / "dvc.yaml", made / "dvc.yaml")
    monkeypatch.chdir(made)
    return made


def misspell(project: Path, name: str) -> None:
    file, old, new = WRONG[name]
    text = (project / file).read_text(encoding="utf-8")
    assert text.count(old) == 1, (file, old)
    (project / file).write_text(text.replace(old, new), encoding="utf-8")


def test_the_projects_own_names_are_all_there(project: Path) -> None:
    assert project.is_dir()
    refuse_misnamed(load())


def test_all_that_nothing_has_is_told_at_once_each_with_its_place(project: Path) -> None:
    for name in WRONG:
        misspell(project, name)
    with pytest.raises(ConfigError) as caught:
        refuse_misnamed(load())
    told = {one.what.split("'")[1]: one for one in caught.value.parts()}
    assert told.keys() == WRONG.keys()
    assert len(caught.value.parts()) == len(WRONG)
    for name, (file, _, _) in WRONG.items():
        assert file in str(told[name].where) or name == "PD-C9"
        assert re.match(r"Did you mean|Legal:|\d+ names are legal:", str(told[name].next_step))


@pytest.mark.parametrize("name", WRONG)
def test_each_is_refused_by_itself(project: Path, name: str) -> None:
    misspell(project, name)
    with pytest.raises(ConfigError, match=f"'{name}'"):
        refuse_misnamed(load())


@pytest.mark.parametrize(
    ("file", "means"),
    [
        ("configs/gate.yaml", GATES),
        ("configs/gates.yml", GATES),
        ("configs/portfolios/demo.yml", DEMO),
        ("configs/portfolios/demo.YAML", DEMO),
    ],
)
def test_a_config_file_that_nothing_reads_is_told(project: Path, file: str, means: str) -> None:
    shutil.copy(project / GATES, project / file)
    with pytest.raises(ConfigError, match="Nothing reads this config file") as caught:
        refuse_misnamed(load())
    assert file in str(caught.value)
    assert f"Call it {means} if it is that one" in str(caught.value)


def test_a_config_file_of_another_name_is_somebodys_own(project: Path) -> None:
    shutil.copy(project / GATES, project / "configs/before_may.yaml")
    shutil.copy(project / GATES, project / "configs/portfolios/mine_again.yaml")
    refuse_misnamed(load())

"""Names that the configs give: what nothing has is told by the first stage, all of it at once."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from contracts.errors import ConfigError
from pipelines import ROOT
from pipelines.configured.copied import told_copied
from pipelines.configured.named import refuse_misnamed
from pipelines.configured.told import told
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


def as_firms(project: Path, *changes: tuple[str, str]) -> None:
    """The demo's yaml copied as docs say, with files of its own, beside the demo's."""
    text = (project / DEMO).read_text(encoding="utf-8")
    begin, end = text.index("source:"), text.index("default:")
    text = text[:begin] + "source:\n  kind: files\n  folder: extract\n  files: {a: {path: a.csv}}\n\n" + text[end:]  # fmt: skip
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (project / "configs/portfolios/firm.yaml").write_text(text, encoding="utf-8")
    params = (project / PARAMS).read_text(encoding="utf-8")
    (project / PARAMS).write_text(params.replace("portfolio: demo", "portfolio: firm"), encoding="utf-8")  # fmt: skip


def test_a_waiver_of_the_demo_in_a_real_book_is_told(project: Path) -> None:
    as_firms(project)
    assert "waivers > PD-C1 of configs/portfolios/firm.yaml stands there with the reason of a simulated book" in told_copied(load())  # fmt: skip


def test_a_reason_of_its_own_is_not_and_two_real_books_may_share_one(project: Path) -> None:
    as_firms(project, ("The downturn begins after", "Since the committee of May the downturn is after"))  # fmt: skip
    firm = project / "configs/portfolios/firm.yaml"
    shutil.copy(firm, firm.with_name("april.yaml"))
    assert told_copied(load()) == ""


def test_materiality_is_stated_where_money_is_not_like_euros(project: Path) -> None:
    yuan = ("reporting_currency: EUR", "reporting_currency: CNY")
    as_firms(project, yuan)
    with pytest.raises(ConfigError, match="meant in euros") as error:
        refuse_misnamed(load())
    assert "State it in CNY" in error.value.next_step
    preset = "preset: irb_90dpd "
    as_firms(project, yuan, (preset, f"materiality: 4000\n  {preset}"))
    refuse_misnamed(load())
    as_firms(project, ("reporting_currency: EUR", "reporting_currency: USD"))
    refuse_misnamed(load())


def test_a_yaml_copied_from_the_demo_says_that_it_reads_nobodys_files(project: Path) -> None:
    """Title and name are one's own, and the source is still the world; of the demo itself nothing is said."""
    assert told(load()) == ""
    text = (project / DEMO).read_text(encoding="utf-8")
    (project / "configs/portfolios/firm.yaml").write_text(text.replace("title: Demo", "title: Our firm"), encoding="utf-8")  # fmt: skip
    params = (project / PARAMS).read_text(encoding="utf-8")
    (project / PARAMS).write_text(params.replace("portfolio: demo", "portfolio: firm"), encoding="utf-8")  # fmt: skip
    said = told(load())
    assert "the customers of 'firm' are simulated (configs/portfolios/firm.yaml > source > kind: world)" in said  # fmt: skip
    as_firms(project)
    assert told(load()) == ""


def test_a_wide_band_is_told(project: Path) -> None:
    as_firms(project)
    text = (project / PARAMS).read_text(encoding="utf-8")
    (project / PARAMS).write_text(text.replace("limit_band: 0.25", "limit_band: 1.0"), encoding="utf-8")  # fmt: skip
    assert "reduced only above 2 times" in told(load())

"""`dvc exp run -S` rewrites a config; our first stage puts it back into its own words. DVC's own code is what rewrites it here."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from dvc.utils.hydra import apply_overrides

from contracts.errors import ConfigError
from pipelines import ROOT
from pipelines.configured.own_words import put_back, with_values
from pipelines.errands.overlay import overlay

PARAMS = (ROOT / "configs/params.yaml").read_text(encoding="utf-8")
CASES = [
    (["train.max_depth=3"], {"  max_depth: 6 ": "  max_depth: 3 "}),
    (["calibrate.methods=[platt,beta]"], {"methods: [identity, shrunk, offset, platt, beta, isotonic]": "methods: [platt, beta]"}),
    (["calibrate.long_run_rate=0.02", "features.names=[a_b]"], {"long_run_rate: null": "long_run_rate: 0.02", "names: []": "names: [a_b]"}),
]  # fmt: skip


@pytest.mark.parametrize(("options", "lines"), CASES)
def test_only_the_lines_that_were_set_differ(
    tmp_path: Path, options: list[str], lines: dict[str, str]
) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(PARAMS, encoding="utf-8")
    apply_overrides(path, options)
    set_ = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert put_back(path, PARAMS)
    wanted = PARAMS
    for before, after in lines.items():
        wanted = wanted.replace(before, after, 1)
    assert path.read_text(encoding="utf-8") == wanted
    assert yaml.safe_load(wanted) == set_
    assert not put_back(path, PARAMS), "a second look changes nothing"


def test_a_file_that_somebody_edited_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    edited = PARAMS.replace("# deepest tree the search may try", "# why not 8?")
    path.write_text(edited, encoding="utf-8")
    assert not put_back(path, PARAMS)
    apply_overrides(path, ["train.max_depth=3"])
    rewritten = path.read_text(encoding="utf-8")
    assert not put_back(path, PARAMS)
    assert path.read_text(encoding="utf-8") == rewritten
    assert with_values(PARAMS, {**yaml.safe_load(PARAMS), "extra": 1}) is None


@pytest.mark.parametrize(
    ("text", "values", "own"),
    [
        ("a:  # of\n  - n: x\n    b: 1  # one\n  - n: y\n\n# next\nc: {}\n", {"a": [{"n": "x", "b": 1}, {"n": "z"}], "c": {}}, "a:  # of\n  [{b: 1, n: x}, {n: z}]\n\n# next\nc: {}\n"),
        ("a:\n- 1\n- 2\nc: {}\n", {"a": [1, 3], "c": {}}, None),  # brackets without an indent are no YAML
    ],
)  # fmt: skip
def test_a_list_in_lines_ends_where_its_last_value_does(
    text: str, values: dict[str, Any], own: str | None
) -> None:
    assert with_values(text, values) == own


def test_an_attribute_that_somebody_added_is_left_as_it_is(tmp_path: Path) -> None:
    """A list in lines, edited and not yet committed: the first stage ended in a traceback of the YAML parser."""
    committed = (ROOT / "configs/portfolios/demo.yaml").read_text(encoding="utf-8")
    path = tmp_path / "demo.yaml"
    edited = committed.replace("- name: inquiries_12m", "- name: inquiries")
    assert edited != committed
    path.write_text(edited, encoding="utf-8")
    assert not put_back(path, committed)
    assert path.read_text(encoding="utf-8") == edited


def test_an_overlay_is_what_dvc_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "configs/experiments/mine.yaml"
    file.write_text("train: {max_depth: 3, flavours: [deep, shallow]}\ncalibrate: {long_run_rate: 0.02}\n")  # fmt: skip
    said = overlay("mine").split()
    assert said[::2] == ["-S"] * 3
    path = tmp_path / "configs/params.yaml"
    apply_overrides(path, [one.partition(":")[2] for one in said[1::2]])
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert values["train"]["flavours"] == ["deep", "shallow"]
    assert (values["train"]["max_depth"], values["calibrate"]["long_run_rate"]) == (3, 0.02)
    with pytest.raises(ConfigError, match="Unknown overlay 'mien'") as error:
        overlay("mien")
    assert "Did you mean 'mine'?" in str(error.value)
    file.write_text("train: {max_dept: 3}\n")
    with pytest.raises(ConfigError, match="Unknown key 'max_dept'"):
        overlay("mine")


@pytest.mark.parametrize("path", sorted((ROOT / "configs/experiments").glob("*.yaml")), ids=lambda p: p.stem)  # fmt: skip
def test_every_overlay_of_the_house_is_legal(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert overlay(path.stem).startswith("-S configs/params.yaml:")

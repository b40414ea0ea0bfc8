"""Every YAML file of the project with one thing wrong: a key spelt otherwise, a key given twice, a value of another kind.

Nothing of it is accepted in silence. What is accepted is legal by the schema of its place, which is asked here and not by the code that
reads the file; keys that a user names freely are checked later, against what they name, and each says by whom.
"""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from contracts.config.base import parse
from contracts.config.expert import ExpertConfig
from contracts.config.gates import GateOverride
from contracts.config.params import Params
from contracts.config.portfolio import PortfolioConfig
from contracts.errors import BonitasError
from models.gates.gates import GATES
from pipelines import ROOT
from pipelines.configured.gates import load_gates
from pipelines.configured.yaml_text import read_yaml
from pipelines.errands.overlay import overlay
from tests.property.test_config_properties import at, changed, leaves
from tests.property.test_fuzz_wrong_input import draws, stated

Place = tuple[str | int, ...]
FILES = {str(one.relative_to(ROOT)): yaml.safe_load(one.read_text("utf-8")) for one in sorted((ROOT / "configs").rglob("*.yaml"))}  # fmt: skip
MODELS: Mapping[str, type[BaseModel]] = {"params": Params, "gates": GateOverride, "expert": ExpertConfig, "experiments": Params, "portfolios": PortfolioConfig}  # fmt: skip
SCHEMAS = {kind: model.model_json_schema(by_alias=True) for kind, model in MODELS.items()}
FREE = {
    ("expert", "industry_rates"): "train, beside the industries of the book",
    ("expert", "features"): "outside, beside the catalogue",
    ("portfolios", "files"): "ingest: a SELECT reads from another name",
    ("portfolios", "directions"): "featurize, beside the catalogue",
    ("portfolios", "waivers"): "evaluate, beside the gates",
    ("portfolios", "tolerance"): "validate, beside the rules",
    ("params", "tolerance"): "validate, beside the rules",
    ("params", "conf"): "Spark",
}
"""Sections whose keys are names of something else, and who refuses a name that nothing has."""


def kind_of(file: str) -> str:
    path = Path(file)
    return path.stem if path.parent.name == "configs" else path.parent.name


def keys(values: Any, place: Place = ()) -> Iterator[Place]:
    """Every key of every section."""
    pairs = values.items() if isinstance(values, dict) else enumerate(values if isinstance(values, list) else ())  # fmt: skip
    for key, inner in pairs:
        if isinstance(values, dict):
            yield (*place, key)
        yield from keys(inner, (*place, key))


def is_free(file: str, place: Place) -> bool:
    """Whether a key is one that the user names."""
    steps = [one for one in place[:-1] if isinstance(one, str)]
    of = steps[-1] if steps else None
    of = "features" if kind_of(file) == "expert" and steps[:1] == ["features"] and len(steps) == 2 else of  # fmt: skip
    return (kind_of(file), of) in FREE and not (kind_of(file) == "expert" and steps == ["features"])


KEYS = [(file, place) for file, values in FILES.items() for place in keys(values)]
LEAVES = [(file, place) for file, values in FILES.items() for place in leaves(values) if place]
WRONG: list[Any] = [True, False, math.nan, math.inf, -math.inf, -7, 10**15, 0.5, None, "", {}, [1, 2], "zzz", "2031-01-01", {"zzz": 1}]  # fmt: skip


def written(values: Any, twice: Place = (), otherwise: Place = (), place: Place = ()) -> str:
    """The values as YAML in one line, with one key given twice, or spelt otherwise by its last letter."""
    if isinstance(values, dict):
        pairs = []
        for key, inner in values.items():
            here = (*place, key)
            spelt = f"{key[:-1]}{'y' if key[-1] == 'x' else 'x'}" if here == otherwise else key
            pair = f"{json.dumps(spelt)}: {written(inner, twice, otherwise, here)}"
            pairs += [pair] * (2 if here == twice else 1)
        return f"{{{', '.join(pairs)}}}"
    if isinstance(values, list):
        return f"[{', '.join(written(one, twice, otherwise, (*place, n)) for n, one in enumerate(values))}]"  # fmt: skip
    if isinstance(values, float) and not math.isfinite(values):
        return ".nan" if math.isnan(values) else ".inf" if values > 0 else "-.inf"
    return json.dumps(values, ensure_ascii=False)


def read(file: str, text: str) -> None:
    """Reads a file as the project does, in the place where it lies."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        shutil.copytree(ROOT / "configs", "configs", ignore=shutil.ignore_patterns("*.sql"))
        path = Path(file)
        path.write_text(text, encoding="utf-8")
        kind = kind_of(file)
        if kind == "experiments":
            overlay(path.stem)
        elif kind == "gates":
            load_gates()
        else:
            parse(MODELS[kind], read_yaml(path), where=file)


def refusal(file: str, text: str) -> BonitasError:
    with pytest.raises(BonitasError) as caught:
        read(file, text)
    assert caught.value.next_step
    return caught.value


def is_legal(file: str, place: Place, value: Any) -> bool:
    """Whether the schema of a place allows a value."""
    kind = kind_of(file)
    inner = place[1:] if kind == "gates" else place
    if kind == "gates" and inner == ("threshold",) and isinstance(value, float | int) and not isinstance(value, bool):  # fmt: skip
        low, high = GATES[str(place[0])].bounds
        return low <= value <= high
    return any(fits(one, value) for one in stated(SCHEMAS[kind], SCHEMAS[kind], inner))


def fits(said: Mapping[str, Any], value: Any) -> bool:
    """Whether a value is of one stated type and in its range."""
    kind = said.get("type")
    if "const" in said or "enum" in said:
        return value in said.get("enum", [said.get("const")])
    if isinstance(value, bool):
        return kind == "boolean"
    if isinstance(value, int | float):
        low = said.get("minimum", said.get("exclusiveMinimum", -math.inf))
        high = said.get("maximum", said.get("exclusiveMaximum", math.inf))
        return math.isfinite(value) and kind in {"number", "integer"} and low <= value <= high
    if isinstance(value, str):
        return kind == "string" and len(value) >= said.get("minLength", 0)
    return kind == {type(None): "null", dict: "object", list: "array"}[type(value)]


def misspelt_is_refused(case: tuple[str, Place]) -> None:
    file, place = case
    found = refusal(file, written(FILES[file], otherwise=place))
    assert f"{str(place[-1])[:-1]}" in str(found)


def twice_is_refused(case: tuple[str, Place]) -> None:
    file, place = case
    assert f"The key '{place[-1]}' is given twice" in str(refusal(file, written(FILES[file], twice=place)))  # fmt: skip


def another_value_is_refused_or_legal(case: tuple[tuple[str, Place], Any]) -> None:
    (file, place), value = case
    if is_legal(file, place, value):
        return
    refusal(file, written(changed(FILES[file], place, value)))


OWN = [case for case in KEYS if not is_free(*case)]


@draws(60)
@given(st.sampled_from(OWN))
def test_a_key_spelt_otherwise(case: tuple[str, Place]) -> None:
    misspelt_is_refused(case)


@draws(60)
@given(st.sampled_from(KEYS))
def test_a_key_given_twice(case: tuple[str, Place]) -> None:
    twice_is_refused(case)


@draws(120)
@given(st.tuples(st.sampled_from(LEAVES), st.sampled_from(WRONG)))
def test_a_value_of_another_kind(case: tuple[tuple[str, Place], Any]) -> None:
    another_value_is_refused_or_legal(case)


@pytest.mark.slow
def test_every_key_and_every_value() -> None:
    for case in KEYS:
        twice_is_refused(case)
        if not is_free(*case):
            misspelt_is_refused(case)
    for place in LEAVES:
        for value in WRONG:
            another_value_is_refused_or_legal((place, value))


def test_there_is_enough_to_be_wrong_and_the_free_keys_are_few() -> None:
    assert len(FILES) > 7
    assert {kind_of(file) for file in FILES} == set(MODELS)
    assert len(OWN) > 400
    assert len(KEYS) - len(OWN) < 120
    file = "configs/params.yaml"
    assert at(yaml.safe_load(written(FILES[file])), ("rate", "lgd")) == 0.45
    read(file, written(FILES[file]))
    assert is_legal(file, ("rate", "lgd"), 0.5)
    assert not is_legal(file, ("rate", "lgd"), True)
    assert not is_legal(file, ("rate", "lgd"), 7)
    assert not is_legal("configs/gates.yaml", ("PD-D1", "threshold"), -7)

"""One wrong value in a config, drawn from the schema of its own type: an error that names the place, never a traceback, never accepted."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from contracts.config.base import parse
from contracts.config.gates import GateOverride
from contracts.config.params import Params
from contracts.config.portfolio import PortfolioConfig
from contracts.errors import BonitasError
from pipelines import ROOT
from pipelines.configured.yaml_text import read_yaml

Path = tuple[str | int, ...]
QUICK = settings(max_examples=400, deadline=None)
HUGE = (3 * 10**9, 10**13, 10**30)  # a seed may be any of 31 bits
MODELS: dict[str, tuple[type[BaseModel], dict[str, Any]]] = {
    "params": (Params, read_yaml(ROOT / "configs" / "params.yaml")),
    "gate": (GateOverride, {"threshold": 0.7, "blocks": True}),
    **{
        name: (PortfolioConfig, read_yaml(ROOT / "configs" / "portfolios" / f"{name}.yaml"))
        for name in ("demo", "american", "ibm_ar", "sba504")
    },
}


def leaves(values: Any, path: Path = ()) -> Iterator[Path]:
    """The places of all plain values."""
    if isinstance(values, dict):
        for key, inner in values.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(values, list) and values:
        for number, inner in enumerate(values):
            yield from leaves(inner, (*path, number))
    else:
        yield path


def changed(values: Any, path: Path, value: Any) -> Any:
    found = copy.deepcopy(values)
    inner = found
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return found


def at(values: Any, path: Path) -> Any:
    for step in path:
        values = values[step]
    return values


def whole(name: str) -> dict[str, Any]:
    """The project's own values, and every default beside them: each key of the schema has a value to be wrong."""
    model, values = MODELS[name]
    full = parse(model, values, where=name).model_dump(by_alias=True)
    return json.loads(
        json.dumps(full, default=str)
    )  # tuples as lists, dates as texts: as YAML has them


WHOLE = {name: whole(name) for name in MODELS}


def numbers(name: str) -> list[Path]:
    found = leaves(WHOLE[name])
    return [one for one in found if isinstance(at(WHOLE[name], one), int | float) and not isinstance(at(WHOLE[name], one), bool)]  # fmt: skip


PLACES = [(name, path) for name in MODELS for path in numbers(name)]


def refused(name: str, path: Path, value: Any) -> None:
    """Every error is ours, and says where; anything else that is raised fails the test."""
    model, _ = MODELS[name]
    with pytest.raises(BonitasError) as caught:
        parse(model, changed(WHOLE[name], path, value), where=f"{name}.yaml")
    assert name in str(caught.value)
    assert caught.value.next_step


def test_there_is_something_to_be_wrong() -> None:
    assert len(PLACES) > 100
    for name, (model, _) in MODELS.items():
        assert parse(model, WHOLE[name], where=name)


@QUICK
@given(st.sampled_from(PLACES), st.sampled_from([math.nan, math.inf, -math.inf, ".nan", "inf"]))
def test_no_number_is_missing_or_infinite(place: tuple[str, Path], value: Any) -> None:
    refused(*place, value)


@QUICK
@given(st.sampled_from(PLACES), st.booleans())
def test_no_boolean_is_a_number(place: tuple[str, Path], value: bool) -> None:  # noqa: FBT001
    refused(*place, value)


def is_bounded(path: Path) -> bool:
    """All numbers but a gate's threshold, whose bounds its own statistic has."""
    return path[-1] != "threshold"


@QUICK
@given(st.sampled_from([one for one in PLACES if is_bounded(one[1])]), st.sampled_from(HUGE), st.sampled_from([1, -1]))  # fmt: skip
def test_no_number_is_without_bounds(place: tuple[str, Path], size: int, sign: int) -> None:
    refused(*place, sign * size if place[1][-1] not in MONEY else sign * 10**30)


MONEY = {
    "alarm_below",
    "alarm_above",
    "materiality",
    "starter_limit",
    "allowed_loss",
    "overdue_amount",
    "open_balance",
}
"""A book in rupiah: a thousand millions are 50,000 euros."""


@QUICK
@given(
    st.sampled_from([(name, path) for name in MODELS for path in leaves(WHOLE[name])]),
    st.one_of(
        st.lists(st.integers(), max_size=2), st.dictionaries(st.text(max_size=3), st.integers(), min_size=1, max_size=2),
        st.text(max_size=12), st.integers(), st.floats(), st.none(), st.booleans(),
    ),
)  # fmt: skip
def test_any_value_anywhere_is_accepted_or_refused_in_words(
    place: tuple[str, Path], value: Any
) -> None:
    """What is accepted keeps its ranges: read again from what was accepted, it is the same."""
    name, path = place
    model, _ = MODELS[name]
    try:
        found = parse(model, changed(WHOLE[name], path, value), where=name)
    except BonitasError as error:
        assert error.next_step  # noqa: PT017 - either answer is right
        return
    assert parse(model, found.model_dump(by_alias=True), where=name) == found


WRONG: list[tuple[str, Path, Any, str]] = [
    ("american", ("default", "events"), ["bankruptcy"], "insolvency"),
    ("demo", ("default", "events"), ["insolvency", "insolvency"], "given once"),
    ("sba504", ("default", "events"), [], "nobody can default"),
    ("params", ("scale", "grade_bounds"), [0.1, 0.05], "must rise"),
    ("params", ("scale", "grade_bounds"), [0.1, 0.1], "must rise"),
    ("params", ("scale", "grade_bounds"), [-0.1, 0.1], "above 0 and below 1"),
    ("params", ("scale", "grade_bounds"), [0.1, 1.5], "above 0 and below 1"),
    ("params", ("rate", "review_months"), [0, 3, 12], "greater than or equal to 1"),
    ("params", ("rate", "review_months"), [1, -3, 12], "greater than or equal to 1"),
    ("params", ("rate", "review_months"), [12, 3, 1], "may not fall"),
    ("params", ("rate", "lgd"), True, "lgd is True"),
    ("params", ("rate", "capacity_months_paid", 3), math.nan, "finite"),
    ("params", ("rate", "terms_by_grade", 0), 10**9, "less than or equal to 365"),
    ("params", ("evaluate", "bootstrap_draws"), 10**9, "less than or equal to 100000"),
    ("params", ("calibrate", "folds"), 10**6, "less than or equal to 50"),
    ("params", ("monitor", "months"), 10**9, "less than or equal to 120"),
    ("params", ("recalibrate", "months"), 365, "less than or equal to 120"),  # days
    ("demo", ("cohort", "activity_months"), 365, "less than or equal to 120"),
    ("params", ("recalibrate", "min_defaults_slope"), 10, "must hold"),
    ("params", ("train", "seed"), -1, "greater than or equal to 0"),
    ("params", ("features", "windows_days"), [3, 12], "greater than or equal to 7"),  # months
    ("params", ("features", "windows_days"), [90, 90], "given once"),
    ("params", ("validate", "tolerance"), {"dates": 5}, "less than or equal to 1"),
    ("demo", ("tolerance",), {"dates": -0.1}, "greater than or equal to 0"),
    ("demo", ("cohort", "anchor"), "02-29", "every: year"),
    ("demo", ("attributes", 1, "alarm_above"), 10, "may not lie above"),
    ("demo", ("attributes", 1, "dtype"), "category", "no alarm"),
    ("demo", ("attributes", 1, "unit"), "share", "an alarm at 55 of a share would be at 5500%"),
    (
        "demo",
        ("balances",),
        [{"on": "2026-01-31", "currency": "EUR", "open_balance": 5}],
        "after complete_until (2025-12-31)",
    ),
    (
        "demo",
        ("balances",),
        [{"on": "2025-12-31", "currency": "eur", "open_balance": 5}],
        "match pattern",
    ),
    ("demo", ("default", "days"), 3, "greater than or equal to 7"),  # months
    ("params", ("rate", "limit_band"), 5, "less than or equal to 1"),  # per cent
    ("params", ("rate", "lgd"), 0.0045, "of 100 owed 0.45 would be; 45 % is 0.45"),
    ("params", ("rate", "gross_margin"), 1, "less than 1"),
    ("params", ("rate", "statement_months"), 2, "greater than or equal to 6"),  # years
    ("params", ("rate", "event_months"), 3, "greater than or equal to 6"),
    ("params", ("rate", "event_months"), 1_095, "less than or equal to 600"),  # days
    ("params", ("rate", "terms_by_grade"), [2, 2, 2, 2, 1, 1, 1, 1, 0, 0], "is in days"),
    ("params", ("scale", "base_odds"), 1 / 30, "greater than or equal to 1"),  # bad : good
    ("demo", ("cohort", "day"), 0, "greater than or equal to 1"),
    ("demo", ("cohort", "day"), 31, "set day: 1"),
    ("american", ("cohort", "day"), 15, "day goes with every: month"),
    ("american", ("complete_until",), "9999-12-31", "2199-12-31"),
    ("american", ("split", "test_from"), "2030-01-01", "must lie before"),
    (
        "params",
        ("rate", "overdue_share"),
        1,
        "write 1.0 or 0.01",
    ),  # 1 %, with which nothing would count
    ("params", ("rate", "limit_band"), "1", "write 1.0 or 0.01"),
    ("params", ("rate", "capacity_share_of_equity", 0), 1, "write 1.0 or 0.01"),
    ("params", ("rate", "lgd"), 1, "write 1.0 or 0.01"),
    ("demo", ("tolerance",), {"dates": 1}, "write 1.0 or 0.01"),
    ("params", ("validate", "tolerance"), {"dates": 1}, "write 1.0 or 0.01"),
    ("demo", ("default", "late_share"), 1, "write 1.0 or 0.01"),
    (
        "demo",
        ("default", "materiality"),
        0.01,
        "less than one",
    ),  # the share, in the place of the amount
    ("params", ("rate", "overdue_amount"), 0.1, "less than one"),
    ("params", ("rate", "allowed_loss"), 0.02, "less than one"),
    ("params", ("rate", "starter_limit"), 0.5, "less than one"),
]
MISPLACED = [
    ("params", ("scale", "limit_band"), "`rate`"),
    ("params", ("lgd",), "`rate`"),
    ("params", ("train", "trials"), "`train > search`"),
    ("params", ("rate", "months"), "`monitor` and `recalibrate`"),
    ("demo", ("split", "horizon_months"), "the file itself, in no section"),
    ("demo", ("activity_months",), "`cohort`"),
]


@pytest.mark.parametrize(("name", "path", "home"), MISPLACED)
def test_a_key_in_a_wrong_section_is_told_the_right_one(name: str, path: Path, home: str) -> None:
    values = json.loads(json.dumps(WHOLE[name]))
    at(values, path[:-1])[path[-1]] = 12
    with pytest.raises(BonitasError) as caught:
        parse(MODELS[name][0], values, where=name)
    assert f"Unknown key '{path[-1]}'" in str(caught.value)
    assert f"It is a key of {home}. " in str(caught.value)


RIGHT: list[tuple[str, Path, Any]] = [
    ("params", ("rate", "overdue_share"), 1.0),
    ("params", ("rate", "lgd"), 1.0),
    ("params", ("rate", "lgd"), 0.01),  # all but all of it is pledged
    ("params", ("rate", "starter_limit"), 0),
    ("params", ("rate", "overdue_amount"), 1),
    ("demo", ("tolerance",), {"dates": 1.0}),
    ("demo", ("tolerance",), {"dates": 0}),
    ("demo", ("default", "materiality"), 0),
]


@pytest.mark.parametrize(("name", "path", "value"), RIGHT)
def test_what_is_said_in_full_is_taken(name: str, path: Path, value: Any) -> None:
    model, _ = MODELS[name]
    assert parse(model, changed(WHOLE[name], path, value), where=name)


@pytest.mark.parametrize(("name", "path", "value", "said"), WRONG)
def test_settings_that_would_change_decisions_in_silence(
    name: str, path: Path, value: Any, said: str
) -> None:
    model, _ = MODELS[name]
    values = WHOLE[name]
    if path == ("split", "test_from"):
        values = changed(values, ("split", "test_until"), "2029-01-01")
    with pytest.raises(BonitasError) as caught:
        parse(model, changed(values, path, value), where=f"configs/{name}.yaml")
    assert said in str(caught.value)
    assert f"configs/{name}.yaml" in str(caught.value)

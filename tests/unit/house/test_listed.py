"""What is declared is listed: a rule, a fault or a family that nobody lists would never be asked."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

import features.catalog
import quality.faults
import quality.rules
import quality.rules.habits
from features.catalog import DERIVED_FAMILIES, FAMILIES
from features.declaration import Family
from quality.faults.catalogue import EVERY
from quality.rules import rule as rule_kinds
from quality.rules.catalogue import RULES, rules_of
from quality.rules.rule import Rule


def modules(package: ModuleType) -> list[ModuleType]:
    """The package's files."""
    names = [found.name for found in pkgutil.iter_modules(package.__path__)]
    return [importlib.import_module(f"{package.__name__}.{name}") for name in names]


def declared(files: list[ModuleType], kind: type | tuple[type, ...]) -> dict[str, Any]:
    """By `file.name`: the values of a kind that files hold at their top level."""
    return {
        f"{module.__name__}.{name}": value
        for module in files
        for name, value in vars(module).items()
        if isinstance(value, kind)
    }


RULE_FILES = [*modules(quality.rules), *modules(quality.rules.habits)]


def test_every_rule_that_is_declared_is_asked() -> None:
    found = declared(RULE_FILES, Rule)
    assert len(found) > 40
    assert [place for place, one in found.items() if one not in RULES] == []
    assert sorted(RULES, key=lambda one: one.name) == sorted(
        found.values(), key=lambda one: one.name
    )


def test_no_two_rules_share_a_name() -> None:
    assert len({one.name for one in RULES}) == len(RULES)


def test_every_rule_is_asked_of_the_tables_it_names() -> None:
    for one in RULES:
        assert one.tables, one.name
        assert all(one in rules_of(table) for table in one.tables)


def test_a_rule_is_declared_under_its_own_name() -> None:
    """`dates.paid_before_issued` is the rule `paid_before_issued`: the name in a finding leads to the code."""
    for place, one in declared(RULE_FILES, Rule).items():
        assert place.rpartition(".")[2] == one.name


def test_a_rule_nobody_lists_is_noticed() -> None:
    stray = ModuleType("quality.rules.stray")
    stray.forgotten = replace(RULES[0], name="forgotten")  # type: ignore[attr-defined]
    found = declared([*RULE_FILES, stray], Rule)
    assert [place for place, one in found.items() if one not in RULES] == [
        "quality.rules.stray.forgotten"
    ]


def test_every_kind_of_rule_has_a_rule() -> None:
    kinds = {kind for _, kind in inspect.getmembers(rule_kinds, inspect.isclass)}
    assert {type(one) for one in RULES} == {
        kind for kind in kinds if issubclass(kind, Rule) and kind is not Rule
    }


def test_every_family_of_features_is_listed() -> None:
    found = declared(modules(features.catalog), Family)
    listed = [*FAMILIES.values(), *DERIVED_FAMILIES.values()]
    assert len(found) > 8
    assert sorted(one.name for one in found.values()) == sorted(one.name for one in listed)


def test_every_fault_is_listed() -> None:
    kind = tuple({type(one) for one in EVERY})
    found = declared(modules(quality.faults), kind)
    assert len(found) > 20
    assert {one.name for one in found.values()} == {one.name for one in EVERY}


@pytest.mark.parametrize("one", RULES, ids=lambda one: one.name)
def test_a_rule_speaks_both_languages(one: Rule) -> None:
    for english, chinese in (one.title, one.remedy):
        assert english.isascii()
        assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)

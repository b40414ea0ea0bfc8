"""A name is offered only where it is near."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import MAX_LISTED, ConfigError
from contracts.spelling import _edits, is_slip, nearest
from models.gates.gates import GATES
from sources.names import near

CODES = sorted(GATES)
SHORT = st.text("abcd", max_size=5)


def steps(one: str, other: str) -> int:
    """The distance by its definition, without a table."""
    if not one or not other:
        return len(one) + len(other)
    found = [steps(one[1:], other) + 1, steps(one, other[1:]) + 1, steps(one[1:], other[1:]) + (one[0] != other[0])]  # fmt: skip
    if one[:2] == other[:2][::-1] and len(one) > 1:
        found.append(steps(one[2:], other[2:]) + 1)
    return min(found)


@given(SHORT, SHORT)
def test_changes_are_counted_as_defined(one: str, other: str) -> None:
    assert _edits(one, other) == steps(one, other) == _edits(other, one)


@pytest.mark.parametrize("name", ["PD-ZZ", "PD001", "PD-Z1", "gini", "XX", "PD-"])
def test_a_code_that_is_near_to_none_is_told_what_there_is_and_no_near_one(name: str) -> None:
    told = ConfigError.from_unknown("gate", name, CODES, where="here").next_step
    assert told == f"Legal: {', '.join(CODES)}."


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("PD-D9", "Did you mean 'PD-D1' or 'PD-D2'?"),
        ("PD-C11", "Did you mean 'PD-C1'?"),
        ("pd-d1", "Did you mean 'PD-D1'?"),
        ("PDO01", "Did you mean 'PD-O1'?"),
        ("D2", "Did you mean 'PD-D2'?"),
    ],
)
def test_a_code_that_is_near_is_asked_after_with_all_that_are_as_near(name: str, asked: str) -> None:  # fmt: skip
    told = ConfigError.from_unknown("gate", name, CODES, where="here").next_step
    assert told.startswith(f"{asked} Legal: ")


@pytest.mark.parametrize("legal", [["attributes_sites", "attributes_rooms"], ["world", "files"], ["erp.payments", "erp.items"]])  # fmt: skip
def test_what_names_share_beside_the_difference_makes_none_near(legal: list[str]) -> None:
    start = legal[0].rpartition("_")[0] + "_" if "_" in legal[0] else "erp."
    assert nearest(f"{start}zz", legal) == []
    assert not any(is_slip(f"{start}staff", one) for one in legal)


def test_every_slip_of_one_letter_finds_its_name() -> None:
    names = ["complete_until", "reporting_currency", "max_rounds", "portfolio"]
    for name in names:
        for at in range(len(name)):
            for slip in (name[:at] + name[at + 1 :], name[:at] + "x" + name[at:], name[:at] + name[at : at + 2][::-1] + name[at + 2 :]):  # fmt: skip
                assert nearest(slip, names)[0] == [name], slip


def test_a_long_list_says_where_it_stands() -> None:
    many = [f"rule_{a}{b}" for a in "abcdefgh" for b in "klmnop"]
    assert len(many) > MAX_LISTED
    told = ConfigError.from_unknown("rule", "qqq", many, where="here").next_step
    assert told == "48 names are legal: docs/dirt.md has them."
    told = ConfigError.from_unknown("customer", "qqq", many, where="here").next_step
    assert told == "48 names are legal: the first are rule_ak, rule_al, rule_am."


def test_a_table_of_another_schema_is_near_by_its_own_name_alone() -> None:
    assert near("payment", ["erp.payments", "erp.items"], "Tables").startswith("Did you mean 'erp.payments'?")  # fmt: skip
    assert near("erp.zz", ["erp.payments", "erp.items"], "Tables") == "Tables: erp.items, erp.payments."  # fmt: skip

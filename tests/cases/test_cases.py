"""Every hand-worked case: its book keeps the contract, and the code gives each of its answers."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd
import pytest

from contracts.tables.raw import RAW_TABLES
from contracts.tables.store import conform
from tests.cases.answers import found, settings_of
from tests.cases.books import tables_of
from tests.cases.reading import FOLDER, Answer, Case, cases, read

EVERY = cases()
ASKED = [
    pytest.param(case, one, id=f"{case.name}-{one.asked}{'' if one.day is None else f' on {one.day}'}".replace(" ", "_"))
    for case in EVERY
    for one in case.answers
]  # fmt: skip
LEAST = 60
PAGE = FOLDER.parents[1] / "docs" / "how-we-count.md"


@pytest.mark.parametrize(("case", "one"), ASKED)
def test_the_answer_of_a_case(case: Case, one: Answer) -> None:
    value = found()[case.name, one.asked, one.day]
    assert (float(value) if isinstance(value, Decimal) else value) == wanted(one.answer), case.text


def wanted(answer: str) -> Any:
    """An answer as written: a number, a share (`12 %`, `1/3`), `missing`, or words."""
    if answer == "missing":
        return None
    digits = answer.replace(",", "").removesuffix(" %")
    try:
        number = float(Fraction(digits))
    except ValueError:
        return answer
    return pytest.approx(number / 100 if answer.endswith("%") else number, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("case", EVERY, ids=[case.name for case in EVERY])
def test_a_case_is_a_possible_book(case: Case) -> None:
    settings_of(case)
    tables = tables_of(case)
    for name, rows in tables.items():
        contract = RAW_TABLES[name]
        frame = pd.DataFrame(rows, columns=list(contract.column_names))
        conform(frame, contract)
    documents = {row["invoice_id"]: row for row in tables["invoices"]}
    for row in tables["payments"] + tables["disputes"]:
        assert row["invoice_id"] is None or row["invoice_id"] in documents
    for row in documents.values():
        assert row["amount"] > Decimal(0)
        assert row["kind"] == "credit_note" or row["due_on"] is not None
        assert row["credits"] is None or row["credits"] in documents


def test_there_are_enough_and_none_twice() -> None:
    names = [case.name for case in EVERY]
    assert len(names) == len(set(names)) >= LEAST
    titles = [case.title for case in EVERY]
    assert len(titles) == len(set(titles))
    # the arithmetic stands in words in each
    for case in EVERY:
        words = [line for line in case.text.splitlines()[1:] if line and line[0] not in "|#"]
        assert len(" ".join(words).split()) >= 8, f"{case.name} does not say how its answer is reckoned"  # fmt: skip


def test_the_page_for_controllers_and_auditors_says_what_the_cases_say() -> None:
    text = PAGE.read_text(encoding="utf-8")
    shown = list(read(text))
    by_name = {case.name: case for case in EVERY}
    assert len({case.name for case in shown}) == len(shown) == 10
    for case in shown:
        assert case == by_name[case.name], (
            f"{PAGE.name}: {case.name} is not the case of tests/cases"
        )
    assert f"The other {len(EVERY) - len(shown)} cases" in text

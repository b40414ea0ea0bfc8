"""What makes an input a suspect, by hand; and that each reason is said in both languages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from models.gates.gates import GATES
from models.gates.single import SingleInput
from reports.locale.catalogue import LANGUAGES
from reports.locale.gates import told
from tests.unit.models.gates.test_gates import EVIDENCE

# 40 of 100 defaults lie in 50 observations of 2,000: a rate of 0.8, where the others expect 0.2; 20 customers of 5 expected
LEAK = SingleInput(
    "form", 0.7, 0.8, share=0.025, caught=0.4, rate=0.8, expected=0.2, customers=20, newest=0.02, shown=12.5,
)  # fmt: skip
BY_CASE = {
    "certain": LEAK,
    "missing": replace(LEAK, is_missing=True),
    "vanished": replace(LEAK, rate=0.4, expected=0.12, newest=0.002),  # 0.002 <= a tenth of 0.025
    "alone": replace(LEAK, auc=0.86, expected=None),
}


def test_what_only_this_input_foresees() -> None:
    assert LEAK.times == pytest.approx(4.0)
    assert LEAK.foreseen == pytest.approx(
        0.4 - 0.1
    )  # the others expect a quarter of those 40 defaults


@pytest.mark.parametrize("case", BY_CASE)
def test_each_reason_has_its_case(case: str) -> None:
    assert BY_CASE[case].why == case


@pytest.mark.parametrize(
    "changed",
    [
        {"rate": 0.49, "expected": 0.1225},  # leaves doubt at its worst
        {"expected": 0.41},  # the others know nearly as much: 0.8 / 0.41 = 1.95
        {"caught": 0.13},  # foresees 0.13 x 3 / 4 = 0.0975 of the defaults
        {"customers": 3, "expected": 0.39},  # 3 where 1.5 are expected: chance of 0.19
        {"expected": None},  # not examined
        {"auc": 0.86, "without": 0.82, "expected": None},  # strong, and the others are as well
        {"rate": 0.4, "expected": 0.12, "newest": 0.003},  # still seen today
        {"rate": 0.4, "expected": 0.12, "newest": 0.0, "shown": 9.0},  # too few to miss
        {"rate": 0.4, "expected": 0.12, "newest": None},  # no outcome is open
    ],
    ids=str,
)
def test_an_honest_input_is_no_suspect(changed: dict[str, Any]) -> None:
    assert replace(LEAK, **changed).why == ""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", BY_CASE)
def test_the_input_and_its_figures_are_said(case: str, language: Any) -> None:
    gate = GATES["PD-L1"]
    given = [SingleInput("late", 0.9, 0.9), BY_CASE[case]]
    finding = gate.finding(replace(EVIDENCE, inputs=given), gate.config)
    assert (finding.outcome, finding.entry, finding.value) == ("failed", f"PD-L1.{case}", 1.0)
    text = told(language, finding)
    assert "form" in text
    assert "\N{EN DASH}" not in text
    assert "{" not in text
    assert {"alone": "0.86"}.get(case, f"{BY_CASE[case].rate:.0%}") in text
    assert "checked_inputs" in text


def test_the_worst_is_told_first_and_all_are_named() -> None:
    given = [replace(LEAK, feature="other", caught=0.2), LEAK, SingleInput("late", 0.79, 0.80)]
    finding = GATES["PD-L1"].finding(replace(EVIDENCE, inputs=given), GATES["PD-L1"].config)
    assert (finding.value, finding.values["input"]) == (2.0, "form")
    assert finding.values["inputs"] == ("form", "other")


def test_a_suspect_that_the_threshold_allows_is_counted() -> None:
    config = GATES["PD-L1"].config.model_copy(update={"threshold": 1})
    finding = GATES["PD-L1"].finding(replace(EVIDENCE, inputs=[LEAK], checked=2), config)
    assert (finding.outcome, finding.entry) == ("passed", "PD-L1.passed")
    assert "suspicious: 1; taken as checked by you: 2" in told("en", finding)

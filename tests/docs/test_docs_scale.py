"""docs/scale.md: its plan is what the script computes, and its settings are those of the config."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import yaml

from benchmarks.scale_plan import PAGE, Case, bill, filled, measured, rows, steps
from contracts.config.engine import EngineConfig

TEXT = PAGE.read_text(encoding="utf-8")


def test_the_page_holds_what_the_plan_computes() -> None:
    assert filled(TEXT) == TEXT
    # 80 million customers x 12 invoices x 6 years; 80 million x 60 months x 70 %
    assert re.search(r"^\| invoices \| 5,760\.0 \|", TEXT, flags=re.MULTILINE)
    assert re.search(r"^\| matrix \(written\) \| 3,360\.0 \|", TEXT, flags=re.MULTILINE)


def test_the_bill_is_its_parts_and_grows_with_the_book() -> None:
    run, case = measured(), Case()
    total, parts = bill(case, run), steps(case, run)
    assert total.shuffled == pytest.approx(sum(part.shuffled for part in parts))
    assert total.usd == pytest.approx(total.hours * 40 * 1.00)
    twice = bill(replace(case, customers=2 * case.customers), run)
    assert twice.shuffled == pytest.approx(2 * total.shuffled, rel=1e-4)  # rates alone do not grow
    assert bill(replace(case, machines=80), run).hours == pytest.approx(total.hours / 2)
    more = bill(replace(case, invoices_a_year=24.0), run)
    assert total.shuffled < more.shuffled < 2 * total.shuffled  # observations stay
    assert rows(case, run)["payments"] > rows(case, run)["invoices"]


def test_a_plan_for_the_measured_book_is_the_measured_run() -> None:
    """Identity: extrapolated to itself, nothing may change."""
    run = measured()
    given = run["tables"]["invoices"]["rows"]
    own = Case(
        customers=run["customers"],
        months=1,
        active_share=run["months"]["rows"] / run["customers"],
        invoices_a_year=given / run["customers"] / run["years"],
        history_years=run["years"],
    )
    planned = {step.name: step.shuffled for step in steps(own, run)}
    for name, step in run["months"]["steps"].items():
        assert planned[name] == pytest.approx(step["shuffled"]), name


def test_the_settings_of_the_page_are_those_of_the_config() -> None:
    block = re.search(r"```yaml\n(.*?)```", TEXT, flags=re.DOTALL)
    assert block is not None
    shown = yaml.safe_load(block[1])["engine"]
    found = EngineConfig.model_validate(shown)
    assert found.engine == "spark"
    assert set(shown) == set(EngineConfig.model_fields)
    assert set(shown["spark"]) == set(type(found.spark).model_fields)

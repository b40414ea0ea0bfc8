"""Names in `configs/expert.yaml` that no feature has."""

from __future__ import annotations

import pytest

from contracts.config.attributes import AttributeConfig
from features.catalog import catalogue
from features.catalog.spelling import misspelt
from pipelines.configured.expert import load_expert

STAFF = AttributeConfig(name="staff", dtype="number", pillar="business_context", direction=0, unit="count", wording_en="staff", wording_zh="员工")  # fmt: skip


def told(name: str) -> str:
    return "\n".join(map(str, misspelt([("here", name)], [90, 365], [STAFF])))


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("payments_days_late_men_365d", "payments_days_late_mean_365d"),
        ("statement_equity_to_asset", "statement_equity_to_assets"),
        ("attributes_staf", "attributes_staff"),
        ("ageing_oldest_day", "ageing_oldest_days"),
    ],
)
def test_an_unknown_name_is_told_with_the_near_one(name: str, near: str) -> None:
    assert f"Unknown input '{name}'" in told(name)
    assert f"Did you mean '{near}'" in told(name)


def test_a_name_near_to_none_is_an_error_too() -> None:
    assert "Unknown input 'zzz'" in told("zzz")


@pytest.mark.parametrize(
    "name", ["payments_days_late_mean_30d", "payments_days_late_mean_500d", "attributes_staff", "attributes_of_another_book"]
)  # fmt: skip
def test_what_another_run_or_portfolio_may_have_is_no_error(name: str) -> None:
    assert not told(name)


def test_every_name_of_the_catalogue_and_of_the_shipped_file_is_known() -> None:
    every = [("here", one.name) for one in catalogue((90, 365), [STAFF])]
    stated = [("here", one) for one in load_expert().names]
    assert len(every) > 100
    assert misspelt([*every, *stated], [90], [STAFF]) == []

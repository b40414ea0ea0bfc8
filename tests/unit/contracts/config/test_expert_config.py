"""`configs/expert.yaml`: the one that is shipped fits the catalogue; a credit manager's mistakes are told with their place."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.config.base import parse
from contracts.config.expert import ExpertConfig
from contracts.errors import ConfigError
from features.catalog import catalogue
from pipelines.configured.expert import load_expert

LATE = {"cuts": [0, 30], "points": [-10, 0, 15]}


def stated(**changed: Any) -> dict[str, Any]:
    """A legal file with some keys changed."""
    legal = {
        "race_until": 50,
        "long_run_rate": 0.03,
        "level_weight": 5,
        "points_weight": 30,
        "features": {"credit_record": {"late": LATE}},
    }
    return {**legal, **changed}


def test_the_shipped_file_gives_points_to_inputs_of_the_catalogue_in_their_directions_and_pillars() -> (
    None
):
    expert = load_expert()
    known = {feature.name: feature for feature in catalogue((90, 365))}
    assert len(expert.names) >= 15
    for pillar, features in expert.features.items():
        for name, one in features.items():
            assert known[name].pillar == pillar, name
            assert known[name].dtype == "number", name
            assert known[name].direction * one.direction >= 0, name
            assert one.direction != 0, name


@pytest.mark.parametrize(
    ("features", "message"),
    [
        ({**LATE, "cuts": [30, 0]}, "cuts must rise from one to the next, and 0 follows 30"),
        ({**LATE, "cuts": [0, 0]}, "and 0 follows 0"),
        ({**LATE, "points": [0, 1]}, "2 cuts make 3 bands, 2 points are given"),
        ({**LATE, "points": [0, 9, 3]}, "points must rise or fall throughout"),
        ({**LATE, "points": [0, 9, 2_000]}, "points lie between -1000 and 1000"),
        ({**LATE, "bands": [0]}, "Unknown key 'bands'"),
    ],
)
def test_a_mistake_in_the_bands_is_told_with_its_place(
    features: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError) as told:
        parse(ExpertConfig, stated(features={"credit_record": {"late": features}}), where="e.yaml")
    assert message in told.value.what
    assert "features.credit_record.late" in told.value.where


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"long_run_rate": 3}, "less than 1"),
        ({"industry_rates": {"food": 0.0}}, "a rate lies above 0 and below 1: food: 0"),
        ({"level_weight": 0}, "greater than 0"),
        (
            {"features": {"credit_recort": {"late": LATE}}},
            "Input should be 'credit_record', 'ability_to_pay'",
        ),
        (
            {"features": {"credit_record": {"late": LATE}, "ability_to_pay": {"late": LATE}}},
            "in one pillar only: late",
        ),
    ],
)
def test_other_mistakes_are_told(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as told:
        parse(ExpertConfig, stated(**changed), where="e.yaml")
    assert message in told.value.what

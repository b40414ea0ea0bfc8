"""What a settings file is told is what is wrong with it, each mistake once."""

from __future__ import annotations

import pytest

from contracts.config.base import parse
from contracts.config.calibration import CalibrateConfig
from contracts.errors import ConfigError


def told(methods: list[str]) -> str:
    with pytest.raises(ConfigError) as error:
        parse(CalibrateConfig, {"methods": methods}, where="params.yaml > calibrate")
    return str(error.value)


def test_an_illegal_value_does_not_make_its_list_too_short() -> None:
    """pydantic leaves it out before it counts; `at least 1 item, not 0` beside `value: [plat]` was no help."""
    said = told(["plat"])
    assert "methods.0" in said
    assert "'plat'" in said
    assert "at least" not in said
    assert "mistakes" not in said


def test_an_empty_list_is_told_as_such() -> None:
    assert "at least 1 item" in told([])


def test_each_illegal_value_is_told() -> None:
    said = told(["plat", "platt", "isotonik"])
    assert "'plat'" in said
    assert "'isotonik'" in said
    assert "2 mistakes" in said

"""What a settings file is told is what is wrong with it, each mistake once."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import Field

from contracts.config.base import Config, parse
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


class Plan(Config):
    on: date | None = None
    days: tuple[date, ...] = ()
    n: int = 1
    share: float | None = None
    shares: dict[str, float] = Field(default_factory=dict)
    word: str = ""


@pytest.mark.parametrize(
    "day",
    ["1735603200", "1.7356032e9", "2024-12-31T00:00:00", "2024-12-31T00:00:00+00:00", "20241231", "31.12.2024", "２０２４-12-31", " 2024-12-31", "", 1735603200, 20241231.0],
)  # fmt: skip
def test_a_day_is_an_iso_day(day: object) -> None:
    """pydantic takes seconds since 1970 as well, also in quotes: 20241231 would be a day of 1970."""
    for given in ({"on": day}, {"days": ["2024-12-30", day]}):
        with pytest.raises(ConfigError, match='a day is a text such as "2025-12-31"'):
            parse(Plan, given, where="plan.yaml")
    whole = parse(Plan, {"on": "2024-12-31", "days": ["2024-12-30"]}, where="plan.yaml")
    assert (whole.on, whole.days) == (date(2024, 12, 31), (date(2024, 12, 30),))


@pytest.mark.parametrize("key", ["n", "share", "shares"])
@pytest.mark.parametrize("number", ["1_000", "0x10", "1,5", "１２", "many", "1e-400", ""])
def test_a_number_in_quotes_is_written_in_digits(key: str, number: str) -> None:
    """pydantic reads 1_000 as 1000, and 1e-400 as 0."""
    with pytest.raises(ConfigError, match=f"{key} is .*: a number is written in digits"):
        parse(Plan, {key: {"a": number} if key == "shares" else number}, where="plan.yaml")


def test_what_yaml_1_1_leaves_a_text_is_a_number_all_the_same() -> None:
    found = parse(Plan, {"share": "1e-3", "n": "7", "shares": {"a": "0e0"}, "word": "1_000"}, where="plan.yaml")  # fmt: skip
    assert found == Plan(share=0.001, n=7, shares={"a": 0.0}, word="1_000")

"""The small charts of what a feature does to the score: one size of text, values in their unit, labels that can be read."""

from __future__ import annotations

import itertools
import re

import pytest

from reports.frame.charts import effect


def _width(svg: str) -> float:
    found = re.search(r'viewBox="0 0 ([0-9.]+) ', svg)
    assert found is not None
    return float(found[1])


def _labels(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_bars_of_short_and_of_long_names_are_as_wide_so_their_text_is_as_large_on_the_page() -> (
    None
):
    short = [{"value": name, "points": points} for name, points in (("IT", 9.0), ("NL", -14.0))]
    names = ("professional services", "manufacturing of machines")
    long = [
        {"value": name, "points": points} for name, points in zip(names, (9.0, -14.0), strict=True)
    ]
    # the widest label of the axis of points hangs over the edge by its own half
    assert _width(str(effect(short, "category"))) == pytest.approx(
        _width(str(effect(long, "category"))), rel=0.05
    )


@pytest.mark.parametrize(
    ("unit", "values", "written"),
    [
        ("share", (0.0, 0.5, 1.0), {"0%", "50%", "100%"}),
        ("money", (0.0, 50_000.0, 100_000.0), {"0", "50k", "100k"}),
        ("count", (0.0, 1.0, 2.0), {"0", "1", "2"}),
        ("days", (0.0, 20.0, 40.0), {"0", "20", "40"}),
    ],
)
def test_values_are_written_in_their_unit(
    unit: str, values: tuple[float, ...], written: set[str]
) -> None:
    drawn = effect([{"value": value, "points": -value} for value in values], unit)
    labels = set(_labels(str(drawn)))
    assert written <= labels
    assert not {"0.5", "0k"} & labels


def test_labels_that_would_touch_are_left_out() -> None:
    places = (-0.3012, -0.2, -0.1, 0.0, 0.1, 0.2512)
    drawn = str(effect([{"value": value, "points": 10 * value} for value in places], "share"))
    below = [float(x) for x in re.findall(r'translate\(([0-9.]+),16\)"[^>]*>[^<]*%', drawn)]
    assert len(below) >= 2
    # eleven-pixel text of five letters such as "−30%" is some 30 wide
    assert min(b - a for a, b in itertools.pairwise(below)) >= 30

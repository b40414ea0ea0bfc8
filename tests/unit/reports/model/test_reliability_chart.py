"""The committee's reliability chart: a dot stands where the figures say, read back from the drawing."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest

from reports.model.charts import reliability

RIGHT = [0.01, 0.03, 0.10]


def bins(*rates: float) -> list[dict[str, Any]]:
    """Three bins of 1, 3 and 10 % expected."""
    return [
        {"mean_pd": pd, "rate": rate, "low": rate * 0.7, "high": rate * 1.4, "n": 1000, "defaults": round(rate * 1000)}
        for pd, rate in zip(RIGHT, rates, strict=True)
    ]  # fmt: skip


def drawn(
    rows: list[dict[str, Any]],
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Ends of the line of perfect calibration, and the dots, in pixels: right and down."""
    made = str(reliability(rows, [rows], "#123456"))
    line = re.search(r'd="M(-?[\d.]+),(-?[\d.]+)L(-?[\d.]+),(-?[\d.]+)"[^>]*stroke="#', made)
    assert line
    numbers = [float(one) for one in line.groups()]
    marks = made.split("mark-symbol")[1]
    dots = re.findall(r'translate\((-?[\d.]+),(-?[\d.]+)\)"[^>]*d="M', marks)
    return [(numbers[0], numbers[1]), (numbers[2], numbers[3])], [
        (float(x), float(y)) for x, y in dots
    ]


def test_where_as_many_default_as_expected_the_dots_lie_on_the_line() -> None:
    (start, end), dots = drawn(bins(*RIGHT))
    assert len(dots) == 3
    for x, y in dots:
        on_line = start[1] + (end[1] - start[1]) * (x - start[0]) / (end[0] - start[0])
        assert y == pytest.approx(on_line, abs=0.6)


def test_more_defaults_than_expected_lie_above_fewer_below_by_the_logarithm_of_the_ratio() -> None:
    """Twice, once and half the expected rate: the same distance above and below the line."""
    (start, end), dots = drawn(bins(0.02, 0.03, 0.05))
    heights = []
    for x, y in dots:
        on_line = start[1] + (end[1] - start[1]) * (x - start[0]) / (end[0] - start[0])
        heights.append(on_line - y)  # pixels run down
    assert heights[0] > 5
    assert heights[1] == pytest.approx(0, abs=0.6)
    assert heights[2] == pytest.approx(-heights[0], abs=1.2)
    # a doubling of the rate is as high as its logarithm says: from 2 to 5 % is log 2.5 / log 2 times as far
    rise = dots[0][1] - dots[2][1]
    assert rise / heights[0] == pytest.approx(math.log(2.5) / math.log(2), rel=0.1)


def test_a_riskier_bin_with_more_defaults_stands_higher() -> None:
    _, dots = drawn(bins(0.012, 0.031, 0.09))
    across, down = np.array(dots).T
    assert (np.diff(across) > 0).all()
    assert (np.diff(down) < 0).all()


def test_nothing_is_drawn_of_nothing() -> None:
    assert reliability([], [[]], "#123456") is None

"""What a new version changes for one customer: each part alone, and the sum."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from contracts.config.scale import ScaleConfig
from models.explanation.movement import Version
from pipelines.registered.versions import split

ROW = pd.DataFrame({"x": [1.0]})
SCALE = ScaleConfig()


class Constant:
    """A model that gives everybody one margin."""

    def __init__(self, margin: float) -> None:
        self.value = margin

    def margin(self, rows: pd.DataFrame) -> Any:
        return np.full(len(rows), self.value)


def version(margin: float, shift: float = 0.0, base: float = 600.0) -> Any:
    scale = SCALE.model_copy(update={"base_score": base})
    return Constant(margin), Version(lambda m: 1 / (1 + np.exp(-m - shift)), scale)


@pytest.mark.parametrize(
    ("new", "moved"),
    [
        (version(-3.0), {}),
        (version(-2.0), {"model": -1.0}),
        (version(-3.0, shift=0.5), {"calibration": -0.5}),
        (version(-3.0, base=610.0), {"scale": 10.0}),
        (version(-2.0, shift=0.5, base=610.0), {"model": -1.0, "calibration": -0.5, "scale": 10.0}),
    ],
)
def test_each_part_is_what_alone_changed_and_the_parts_add_up(new: Any, moved: dict[str, float]) -> None:  # fmt: skip
    """A log-odd is pdo / ln 2 points, 57.7 at 40 points to double the odds; the scale's part is its own points."""
    found = split("7", ROW, version(-3.0), new)
    factor = SCALE.pdo / np.log(2.0)
    assert found.version == "7"
    assert found.model == pytest.approx(factor * moved.get("model", 0.0), abs=1e-9)
    assert found.calibration == pytest.approx(factor * moved.get("calibration", 0.0), abs=1e-9)
    assert found.scale == pytest.approx(moved.get("scale", 0.0), abs=1e-9)
    change = found.score_now - found.score_then
    assert change == pytest.approx(found.model + found.calibration + found.scale, abs=1e-9)

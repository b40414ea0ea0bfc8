"""The limits of a month are the counts at which the detector itself would have reached its threshold in it."""

from __future__ import annotations

import numpy as np
import pytest

from contracts.arrays import Floats
from models.measures.limits import Alternatives, limits
from models.measures.sequential import detect, level_evidence
from models.upkeep.look import LEVEL_WEIGHTS, LEVELS


def reaches(seen: Floats, expected: Floats, clustering: float, threshold: float) -> bool:
    """Whether the newest month is an alarm."""
    each = [level_evidence(n, e, np.exp(LEVELS), clustering) for n, e in zip(seen, expected, strict=True)]  # fmt: skip
    return len(seen) - 1 in detect(np.array(each), LEVEL_WEIGHTS, threshold).alarms


@pytest.mark.parametrize("factor", [0.2, 1.0, 1.8])
@pytest.mark.parametrize(("clustering", "threshold"), [(1.0, 44.0), (1.4, 240.0)])
def test_a_month_that_had_held_so_many_would_have_been_an_alarm(
    factor: float, clustering: float, threshold: float
) -> None:
    """Each month is replaced by its limits and by one less than they ask for; months before it stay, alarms among them."""
    draw = np.random.default_rng(11)
    expected = draw.uniform(2.0, 9.0, 30)
    seen = draw.poisson(factor * expected).astype(np.float64)
    found = limits(seen, expected, Alternatives(np.exp(LEVELS), LEVEL_WEIGHTS, clustering), threshold)  # fmt: skip
    for month, one in enumerate(found):
        for count, is_alarm in ((one.high, True), (one.high - 1, False), (one.low, True), (None if one.low is None else one.low + 1, False)):  # fmt: skip
            if count is None or (not is_alarm and count <= (one.low if one.low is not None else -1)):  # fmt: skip
                continue
            asked = np.append(seen[:month], float(count))
            assert reaches(asked, expected[: month + 1], clustering, threshold) is is_alarm, (month, count)  # fmt: skip
        assert one.high > expected[month] - 1
        assert one.low is None or one.low <= expected[month]
    lows = [one.low is not None for one in found]
    assert not lows[0]  # a first month without a default says too little
    assert any(lows) or factor >= 1.0

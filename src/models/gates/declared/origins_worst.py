"""PD-O2: in no year that followed an origin was the level of the PDs further off than the threshold, beyond chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from contracts.documents.finding import Values
from contracts.documents.validation_model import OriginYear
from models.gates.gate import Gate, Judgement


def _surely(year: OriginYear) -> float:
    """|ln(observed / expected)| at the end of its interval that is nearer to right; 0 where the interval holds 1."""
    ratio = year.figures.observed_to_expected
    low, high = ratio.low or ratio.value, ratio.high or ratio.value
    if not low or not high:
        return 0.0
    return float(max(np.log(low), -np.log(high), 0.0))


def judge(years: Sequence[OriginYear], threshold: float) -> Judgement | None:
    """The worst year; a ratio of 2 is 0.69."""
    known = [one for one in years if one.figures.observed_to_expected.value]
    if not known:
        return None
    worst = max(known, key=_surely)
    ratio = worst.figures.observed_to_expected
    values: Values = {
        "origin": str(worst.origin),
        "ratio": ratio.value,
        "low": ratio.low,
        "high": ratio.high,
        "years": len(known),
    }
    surely = _surely(worst)
    return Judgement(surely <= threshold, surely, values)


# a year in which a downturn begins is off whatever was done; a committee must see it
GATE = Gate(
    "PD-O2",
    looks_at=lambda evidence: evidence.origins or None,
    judge=judge,
    threshold=0.70,
    bounds=(0.0, 3.0),
    blocks=False,
)

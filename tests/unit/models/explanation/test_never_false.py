"""The sentences of all features: none is a reason on its better side, and none is a strength on its worse."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from contracts.config.explanation import ExplainConfig
from features.catalog import catalogue
from features.matrix.matrix import lineage
from models.explanation.absent import Absent
from models.explanation.peers import EVERY_INDUSTRY, Peers
from models.explanation.reasons import describe, spokesman
from models.explanation.strengths import with_strengths


def speaker_of(name: str, rows: pd.DataFrame, typical: Any) -> Any:
    (feature,) = describe(rows, [name], {name: typical})
    day = date(2025, 1, 1)
    peers = Peers(day, day, 50, {EVERY_INDUSTRY: {name: typical}})
    return feature, spokesman([feature], [], (np.zeros(1), peers), currency="EUR", config=ExplainConfig())  # fmt: skip


def said_of(name: str, rows: pd.DataFrame, typical: float, own: float, points: float) -> list[str]:
    """What is said of a customer with this value, where the input costs it, or gives it, so many points."""
    _, speaker = speaker_of(name, rows, typical)
    frame = pd.DataFrame({name: [own]})
    nobody = np.zeros(1, dtype=np.bool_)
    found = speaker.reasons(np.array([[points]]), frame, [None], Absent(nobody, nobody, 365))
    return [one.role for one in with_strengths(speaker, found, np.array([[points]]), frame, [None])[0]]  # fmt: skip


def test_no_feature_is_a_reason_on_its_better_side_nor_a_strength_on_its_worse() -> None:
    """All of the catalogue that may be a reason: 40 points against it are no reason where its value is the healthier one."""
    rows = declared()
    asked = [one for one in rows.to_dict(orient="records") if one["role"] == "reason" and one["dtype"] == "number"]  # fmt: skip
    said = 0
    for one in asked:
        side = one["direction"] or one["speaks"] or 1
        name, typical = one["feature"], 0.5
        worse, better = typical + 0.4 * side, typical - 0.4 * side
        assert "reason" not in said_of(name, rows, typical, better, -40.0) or not (one["direction"] or one["speaks"]), name  # fmt: skip
        assert "reason" not in said_of(name, rows, typical, typical, -40.0), name
        assert "reason" not in said_of(name, rows, typical, worse, 40.0), name
        assert "strength" not in said_of(name, rows, typical, worse, 40.0), name
        assert "strength" not in said_of(name, rows, typical, better, -40.0), name
        said += "reason" in said_of(name, rows, typical, worse, -40.0)
    assert len(asked) > 100
    assert said > 0.8 * len(asked)


def declared() -> pd.DataFrame:
    """The lineage of the whole catalogue."""
    return lineage(catalogue((90, 365))).to_pandas()

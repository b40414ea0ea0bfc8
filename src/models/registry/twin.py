"""The validated twin of a version that ships refitted: kept in its bundle, so that later versions are compared with honest answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from contracts.arrays import Floats
from models.base.data import ModelContract
from models.boosting.booster import of_texts
from models.calibration import calibrators
from models.registry.bundle import CALIBRATOR, TWIN, Bundle
from models.registry.champion import Champion

UNTIL = "twin_until"
"""Key of reference.json: the twin has learned from days of decision before this one."""
BEFORE = "calibrator_before"
"""... the calibrator before any correction, of a recalibrated version that ships as it was validated."""
DATED = "corrections"
"""... every correction of the calibration since then, oldest first, with the day of decision from which it was known."""


def corrections(reference: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Corrections of the calibration, oldest first: `from`, slope, intercept, perhaps curvature."""
    return list(reference.get(DATED) or ())


def twin_pd(bundle: Bundle, rows: pd.DataFrame, *, as_known: bool = True) -> Floats | None:
    """PDs by the boosters and the calibrator that were validated; None where the version ships as it was validated and no correction was made.

    A correction was learned from outcomes, and among them are those of rows that are a later version's test. So each counts from the day
    of decision on which it was made: a row is answered as it would have been answered on its day. To give all rows the newest level would
    hold a recalibrated champion's own lesson for foresight.

    Source: Dawid, Statistical theory: the prequential approach, Journal of the Royal Statistical Society A 147 (1984).

    Args:
        bundle: of the version.
        rows: as_of and every feature of its contract.
        as_known: false: every correction for every row, for the scale of the PDs in use and not for a comparison.
    """
    held = {
        name.removeprefix(TWIN): content
        for name, content in bundle.files.items()
        if name.startswith(TWIN)
    }
    reference = bundle.json("reference.json")
    steps = corrections(reference)
    if not held and BEFORE not in reference:
        return None
    contract = ModelContract.from_json(bundle.json("contract.json"))
    kept = bundle.json(f"{TWIN}{CALIBRATOR}") if held else reference[BEFORE]
    margin = of_texts(held or bundle.files, contract).margin(rows)
    answers = calibrators.from_json(kept).apply(margin)
    for number, one in enumerate(steps):
        late = (rows["as_of"] >= pd.Timestamp(one["from"])).to_numpy() | (not as_known)
        answers[late] = calibrators.from_json(_chained(kept, steps[: number + 1])).apply(margin[late])  # fmt: skip
    return answers


def _chained(kept: Mapping[str, Any], steps: list[dict[str, Any]]) -> dict[str, Any]:
    """A calibrator with corrections behind it, one after the other."""
    behind: dict[str, Any] | None = None
    for one in reversed(steps):
        step = {name: value for name, value in one.items() if name != "from"}
        behind = step if behind is None else {**step, "next": behind}
    return dict(kept) if behind is None else _after(kept, behind)


def _after(kept: Mapping[str, Any], behind: dict[str, Any]) -> dict[str, Any]:
    following = kept.get("next")
    return {**kept, "next": behind if not following else _after(following, behind)}


def unlearned(champion: Champion, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of a test part that the champion's twin has not learned from; all of them where it has none.

    Args:
        champion: the version in use.
        rows: customer_id, as_of and whatever else.
    """
    until = champion.bundle.json("reference.json").get(UNTIL)
    return rows if until is None else rows[rows["as_of"] >= pd.Timestamp(until)]

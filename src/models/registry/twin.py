"""The validated twin of a version that ships refitted: kept in its bundle, so that later versions are compared with honest answers."""

from __future__ import annotations

import pandas as pd

from contracts.arrays import Floats
from models.base.data import ModelContract
from models.boosting.booster import of_texts
from models.calibration import calibrators
from models.registry.bundle import CALIBRATOR, TWIN, Bundle
from models.registry.champion import Champion

UNTIL = "twin_until"
"""Key of reference.json: the twin has learned from days of decision before this one."""


def twin_pd(bundle: Bundle, rows: pd.DataFrame) -> Floats | None:
    """PDs by the boosters and the calibrator that were validated; None where the version ships as it was validated.

    Args:
        bundle: of the version.
        rows: every feature of its contract.
    """
    held = {
        name.removeprefix(TWIN): content
        for name, content in bundle.files.items()
        if name.startswith(TWIN)
    }
    if not held:
        return None
    contract = ModelContract.from_json(bundle.json("contract.json"))
    calibrator = calibrators.from_json(bundle.json(f"{TWIN}{CALIBRATOR}"))
    return calibrator.apply(of_texts(held, contract).margin(rows))


def unlearned(champion: Champion, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of a test part that the champion's twin has not learned from; all of them where it has none.

    Args:
        champion: the version in use.
        rows: customer_id, as_of and whatever else.
    """
    until = champion.bundle.json("reference.json").get(UNTIL)
    return rows if until is None else rows[rows["as_of"] >= pd.Timestamp(until)]

"""The models of a run, read back: the validated twin with the plain models beside it, and the one that ships."""

from __future__ import annotations

from typing import Any

from contracts.documents.earned import Earned
from contracts.documents.open_rows import OpenRows
from contracts.files import read_json
from contracts.tables.history import ORIGINS
from contracts.tables.store import read_table
from models.base.data import ModelContract
from models.boosting import booster
from models.calibration import calibrators
from models.scorecard.scorecard import Scorecard
from models.validation.scored import Models
from pipelines import paths

LEFT = {
    "calibration": paths.TWIN_CALIBRATOR,
    "search": paths.SEARCH,
    "selection": paths.SELECTION,
    "members": paths.MEMBERS,
    "shipped": paths.SHIPPED,
}
"""What other stages left for the page, by its name in `Dossier`."""


def left() -> dict[str, Any]:
    """All that other stages left for the page."""
    return {
        **{name: read_json(path) for name, path in LEFT.items()},
        "origins": read_table(paths.ORIGINS, ORIGINS),
        "open_rows": OpenRows.read(paths.OPEN_ROWS),
        "earned": Earned.read(paths.EARNED),
    }


def models_of_run() -> Models:
    """What evaluate looks at; the one that ships is left out where it is the validated one.

    Raises:
        BundleError: a file is absent, or not of one run.
    """
    contract = ModelContract.from_json(read_json(paths.MODEL_CONTRACT))
    is_refitted = read_json(paths.SHIPPED)["policy"] == "all"
    return Models(
        booster.load(paths.TWIN, contract),
        calibrators.from_json(read_json(paths.TWIN_CALIBRATOR)),
        Scorecard.from_json(read_json(paths.BASELINE)),
        booster.load_rivals(paths.RIVALS, contract),
        (
            booster.load(paths.BOOSTER.parent, contract),
            calibrators.from_json(read_json(paths.CALIBRATOR)),
        )
        if is_refitted
        else None,
    )

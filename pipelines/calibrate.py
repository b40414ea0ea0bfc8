"""Turns margins into probabilities, with the least intervention that the calibrate part supports."""

from __future__ import annotations

from contracts.derived import MATRIX, PARTITION
from contracts.files import read_json, write_json
from contracts.store import read_table
from models import booster
from models.calibration import calibrate as choose
from models.data import ModelContract, assemble
from pipelines import paths
from pipelines.settings import Settings
from pipelines.stage import run


def calibrate(settings: Settings) -> str:
    """The calibrator and the candidates it was chosen from."""
    contract = ModelContract.from_json(read_json(paths.MODEL_CONTRACT))
    ensemble = booster.load(paths.BOOSTER.parent, contract)
    part = assemble(
        read_table(paths.MATRIX, MATRIX), read_table(paths.PARTITION, PARTITION), "calibrate"
    )
    margin = ensemble.margin(part.features)
    chosen = choose(margin, part.defaulted, part.customer_id, settings.params.calibrate)
    write_json(paths.CALIBRATOR, chosen.to_json())
    return f"{chosen.calibrator.method} on {len(part):,} rows with {int(part.defaulted.sum())} defaults"


if __name__ == "__main__":
    run(calibrate)

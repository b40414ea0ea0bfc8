"""Turns margins into probabilities, with the least intervention that answers to unseen rows support."""

from __future__ import annotations

from contracts.files import read_json, write_json
from contracts.tables.derived import PARTITION, UNSEEN
from contracts.tables.store import read_table
from models.base.data import unseen_outcomes
from models.calibration.choice import as_it_is
from models.calibration.choice import calibrate as choose
from pipelines import paths
from pipelines.settings import Settings


def calibrate(settings: Settings) -> str:
    """The calibrator and the candidates it was chosen from."""
    rows = unseen_outcomes(read_table(paths.UNSEEN, UNSEEN), read_table(paths.PARTITION, PARTITION))
    if "experience" in read_json(paths.MEMBERS):
        write_json(paths.CALIBRATOR, as_it_is().to_json())
        return "identity: the level is the stated rate, moved by the defaults there are"
    chosen = choose(rows.margin, rows.defaulted, rows.customer_id, settings.params.calibrate)
    write_json(paths.CALIBRATOR, chosen.to_json())
    return f"{chosen.calibrator.method} on {len(rows):,} rows with {int(rows.defaulted.sum())} defaults"

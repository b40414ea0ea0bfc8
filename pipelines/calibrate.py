"""Turns margins into probabilities, with the least intervention that answers to unseen rows support."""

from __future__ import annotations

from contracts.files import write_json
from contracts.tables.derived import PARTITION, REHEARSED, UNSEEN
from contracts.tables.store import read_table
from models.base.data import unseen_outcomes
from models.calibration.choice import as_it_is, told_of_anchor
from models.calibration.choice import calibrate as choose
from pipelines import paths
from pipelines.run.stated import rests_on
from pipelines.settings import Settings


def calibrate(settings: Settings) -> str:
    """The calibrator and the candidates it was chosen from."""
    if rests_on():
        write_json(paths.TWIN_CALIBRATOR, as_it_is().to_json())
        return "as it is: the level is the stated rate, moved by the defaults there are"
    rows = unseen_outcomes(read_table(paths.UNSEEN, UNSEEN), read_table(paths.PARTITION, PARTITION))
    rehearsed = read_table(paths.REHEARSED, REHEARSED)
    chosen = choose(rows, settings.params.calibrate, rehearsed)
    write_json(paths.TWIN_CALIBRATOR, chosen.to_json())
    found = f"{chosen.calibrator.method} on {len(rows):,} rows with {int(rows.defaulted.sum())} defaults"
    anchored = told_of_anchor(rows.defaulted, settings.params.calibrate.long_run_rate)
    found = "; ".join(filter(None, (found, anchored)))
    if not chosen.origins:
        return found
    lost = ", ".join(chosen.lost) or "none"
    return f"{found}; lost on later rows at {chosen.origins} earlier origins: {lost}"

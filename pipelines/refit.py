"""Fits the recipe again on everything that has matured: the model that ships, beside the twin that is validated."""

from __future__ import annotations

from contracts.documents.open_rows import OpenRows
from contracts.files import read_json, write_json
from contracts.tables.derived import MATRIX, PARTITION
from contracts.tables.ledger import DEFAULTS
from contracts.tables.store import read_table
from models.boosting import booster
from models.training.shipment import facts, ship
from pipelines import paths
from pipelines.run.recipes import recipe_of_run
from pipelines.run.stated import rests_on
from pipelines.settings import Settings


def refit(settings: Settings) -> str:
    """Boosters and calibrator of the model that ships, and what it has learned from."""
    params, partition = settings.params, read_table(paths.PARTITION, PARTITION)
    # stated experience has learned from what it could already: the score that was looked at ships
    policy = "matured" if rests_on() and params.train.refit == "all" else params.train.refit
    if policy != "all":
        learned = facts(policy, partition)
        booster.copy(paths.TWIN, paths.BOOSTER.parent)
        write_json(paths.CALIBRATOR, read_json(paths.TWIN_CALIBRATOR))
        write_json(paths.SHIPPED, learned)
        return f"the validated model ships; outcomes seen: {learned['rows']:,}, before {learned['until']}"
    is_weighed = OpenRows.read(paths.OPEN_ROWS).taken == "weighed"
    matrix, entries = read_table(paths.MATRIX, MATRIX), read_table(paths.DEFAULTS, DEFAULTS)
    made = ship(recipe_of_run(settings), matrix, partition, entries, weigh=is_weighed)
    learned = facts(policy, partition, made)
    made.ensemble.save(paths.BOOSTER.parent)
    write_json(paths.CALIBRATOR, made.calibration.to_json())
    write_json(paths.SHIPPED, learned)
    level = (
        ""
        if made.outlook is None
        else f", level of the year ahead {made.outlook.offset:+.2f} in log-odds"
    )
    newer = learned["open"]
    opened = f" and {newer['rows']:,} open ones as {newer['weight']:,.0f}" if newer else ""
    return (
        f"learned from {learned['rows']:,} observations before {learned['until']}{opened}; "
        f"{made.calibration.calibrator.method}{level}"
    )

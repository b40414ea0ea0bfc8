"""Fits boosters and the scorecard beside them; with too few defaults for that, the expert's scorecard moved by what there are."""

from __future__ import annotations

from typing import Any

import pandas as pd

from contracts.files import write_json
from contracts.tables.derived import LINEAGE, MATRIX, PARTITION, TRIALS, UNSEEN
from contracts.tables.store import read_table, write_table
from models.base.data import assemble
from models.search.preparation import prepare
from models.search.search_log import log_search
from models.search.study import Storage
from models.training.few import Few, defaulted_customers, train_few
from models.training.training import Trained, train_models
from pipelines import paths
from pipelines.expert import load_expert
from pipelines.settings import Settings, studies_url


def train(settings: Settings) -> str:
    """Boosters, contract, scorecard, what was searched, selected and tried, and unseen answers for calibrate."""
    config, expert = settings.params.train, load_expert()
    matrix, partition = read_table(paths.MATRIX, MATRIX), read_table(paths.PARTITION, PARTITION)
    lineage = read_table(paths.LINEAGE, LINEAGE)
    named = {"portfolio": settings.name, "horizon_months": settings.portfolio.horizon_months}
    early, calibrate = (assemble(matrix, partition, part) for part in ("train", "calibrate"))
    if defaulted_customers(early, calibrate) < expert.fitted_from:
        few = train_few(early, calibrate, lineage, expert, config, **named)
        _write(few, few.to_json(config.refit))
        for path in (paths.SEARCH, paths.SELECTION):
            write_json(path, None)
        write_json(paths.CURVE, [])
        write_table(pd.DataFrame(columns=list(TRIALS.columns)), paths.TRIALS, TRIALS)
        return few.line
    ready = prepare(matrix, lineage, partition, config, **named)
    storage = Storage(studies_url(config.search).get_secret_value())
    trained = train_models(ready, calibrate, config, storage)
    _write(trained, {"refit": config.refit, **trained.members.to_json()})
    write_table(trained.found.trials, paths.TRIALS, TRIALS)
    write_json(paths.CURVE, trained.found.curve)
    write_json(paths.SEARCH, trained.found.to_json())
    write_json(paths.SELECTION, ready.selection.to_json())
    log_search(settings.params.register_.tracking_uri, settings.name, trained.found)
    if ready.dropped:
        print(f"dropped, constant in train: {', '.join(ready.dropped)}")
    return f"{trained.line}; scorecard of {len(trained.scorecard.terms)} features"


def _write(made: Few | Trained, members: dict[str, Any]) -> None:
    """What both kinds of training leave for the stages after."""
    made.ensemble.save(paths.BOOSTER.parent)
    write_json(paths.MODEL_CONTRACT, made.ensemble.contract.to_json())
    write_json(paths.BASELINE, made.scorecard.to_json())
    write_json(paths.MEMBERS, members)
    write_table(made.unseen, paths.UNSEEN, UNSEEN)

"""What `train` leaves where no model is fitted: the expert score, in the files that a fitted model leaves."""

from __future__ import annotations

import pandas as pd

from contracts.config.expert import ExpertConfig
from contracts.config.training import TrainConfig
from contracts.documents.experience import Why
from contracts.files import write_json
from contracts.tables.derived import REHEARSED, TRIALS, UNSEEN
from contracts.tables.store import write_table
from models.boosting.booster import save_rivals
from models.training.cards import Book
from models.training.few import train_few
from models.training.race import Race
from pipelines import paths


def train_without_model(
    book: Book, expert: ExpertConfig, config: TrainConfig, why: Why, raced: Race | None = None
) -> str:
    """Writes the expert score; of what was searched and tried before it won a race, the race alone is kept."""
    few = train_few(book, expert, config, why)
    few.ensemble.save(paths.TWIN)
    write_json(paths.MODEL_CONTRACT, few.ensemble.contract.to_json())
    write_json(paths.BASELINE, few.scorecard.to_json())
    shown = {"race": raced.to_json()} if raced else {}
    write_json(paths.MEMBERS, {**few.members(config.refit), **shown})
    write_table(few.unseen, paths.UNSEEN, UNSEEN)
    for path, nothing in ((paths.SEARCH, None), (paths.SELECTION, None), (paths.CURVE, [])):
        write_json(path, nothing)
    for table, path in ((TRIALS, paths.TRIALS), (REHEARSED, paths.REHEARSED)):
        write_table(pd.DataFrame(columns=[one.name for one in table.columns]), path, table)
    save_rivals({}, paths.RIVALS)
    return few.line

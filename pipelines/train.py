"""Fits boosters and the scorecard beside them; a book with too few defaults for that gets the expert score."""

from __future__ import annotations

from contracts.files import write_json
from contracts.tables.derived import LINEAGE, MATRIX, PARTITION, REHEARSED, TRIALS, UNSEEN
from contracts.tables.store import read_table, write_table
from models.base.data import assemble
from models.boosting.booster import save_rivals
from models.scorecard.expert import INDUSTRY, spelt
from models.search.preparation import prepare
from models.search.search_log import log_search
from models.search.study import Storage
from models.training.cards import Book
from models.training.few import in_race, too_few
from models.training.race import race
from models.training.training import train_members, train_models
from pipelines import paths
from pipelines.configured.expert import load_expert
from pipelines.run.few import train_without_model
from pipelines.settings import Settings, registry_uri, studies_url


def train(settings: Settings) -> str:
    """Boosters, contract, scorecard, what was searched, selected and tried, and unseen answers for calibrate."""
    config = settings.params.train
    matrix, partition = read_table(paths.MATRIX, MATRIX), read_table(paths.PARTITION, PARTITION)
    lineage, months = read_table(paths.LINEAGE, LINEAGE), settings.portfolio.horizon_months
    early, calibrate = (assemble(matrix, partition, part) for part in ("train", "calibrate"))
    book, expert = Book(early, calibrate, lineage, settings.name, months), load_expert()
    expert = spelt(expert, matrix[INDUSTRY].dropna().unique() if INDUSTRY in matrix else ())
    if why := too_few(book, config):
        return train_without_model(book, expert, config, why)
    ready = prepare(
        matrix, lineage, partition, config, portfolio=settings.name, horizon_months=months
    )
    storage = Storage(studies_url(config.search).get_secret_value())
    trained = train_models(ready, calibrate, config, storage)
    raced = race(ready, trained.members, book, expert) if in_race(book, expert) else None
    if raced and not raced.is_fitted:
        return train_without_model(book, expert, config, "race", raced)
    if raced and (won := raced.members(trained.members)) is not trained.members:
        trained = train_members(won, trained.found, ready, calibrate, config)
    trained.ensemble.save(paths.TWIN)
    write_json(paths.MODEL_CONTRACT, trained.contract.to_json())
    write_json(paths.BASELINE, trained.scorecard.to_json())
    write_table(trained.found.trials, paths.TRIALS, TRIALS)
    write_json(paths.CURVE, trained.found.curve)
    write_json(paths.SEARCH, trained.found.to_json())
    write_json(paths.SELECTION, ready.selection.to_json())
    shown = {"race": raced.to_json()} if raced else {}
    write_json(paths.MEMBERS, {"refit": config.refit, **trained.members.to_json(), **shown})
    write_table(trained.unseen, paths.UNSEEN, UNSEEN)
    save_rivals(trained.rivals, paths.RIVALS)
    write_table(trained.rehearsed, paths.REHEARSED, REHEARSED)
    log_search(registry_uri(settings), settings.name, trained.found)
    if ready.dropped:
        print(f"dropped, constant in train: {', '.join(ready.dropped)}")
    return f"{trained.line}; scorecard of {len(trained.scorecard.terms)} features"

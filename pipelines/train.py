"""Fits LightGBM (searched on time-ordered folds) and the scorecard beside it, on the train part alone."""

from __future__ import annotations

from contracts.derived import LINEAGE, MATRIX, PARTITION, TRIALS
from contracts.files import write_json
from contracts.store import read_table, write_table
from models.training import train_models
from pipelines import paths
from pipelines.settings import Settings
from pipelines.stage import run


def train(settings: Settings) -> str:
    """Booster, contract, scorecard, trials and learning curve."""
    trained = train_models(
        read_table(paths.MATRIX, MATRIX),
        read_table(paths.LINEAGE, LINEAGE),
        read_table(paths.PARTITION, PARTITION),
        settings.params.train,
        portfolio=settings.name,
        horizon_months=settings.portfolio.horizon_months,
    )
    trained.ensemble.save(paths.BOOSTER.parent)
    write_json(paths.MODEL_CONTRACT, trained.contract.to_json())
    write_json(paths.BASELINE, trained.scorecard.to_json())
    write_table(trained.found.trials, paths.TRIALS, TRIALS)
    write_json(paths.CURVE, trained.found.curve)
    if trained.dropped:
        print(f"dropped, constant in train: {', '.join(trained.dropped)}")
    return (
        f"{len(trained.contract.features)} features, {trained.found.rounds} trees, "
        f"log loss {trained.found.log_loss:.5f} on later data; "
        f"scorecard of {len(trained.scorecard.terms)} features"
    )


if __name__ == "__main__":
    run(train)

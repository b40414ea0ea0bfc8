"""The out-of-time verdict: measures beside the scorecard and the known truth, gates, plots, the scored test part."""

from __future__ import annotations

from contracts.derived import MATRIX, PARTITION, SCORED_TEST, TRUTH
from contracts.files import read_json, whole_folder, write_json
from contracts.store import read_table, write_table
from models import booster, calibrators
from models.data import ModelContract
from models.evaluation import Models, evaluate_models, score_parts
from models.plots import learning_points
from models.scorecard import Scorecard
from pipelines import paths
from pipelines.settings import Settings, load_gates
from pipelines.stage import run


def evaluate(settings: Settings) -> str:
    """Metrics, checks, plots and the scored test part."""
    contract = ModelContract.from_json(read_json(paths.MODEL_CONTRACT))
    models = Models(
        booster.load(paths.BOOSTER.parent, contract),
        calibrators.from_json(read_json(paths.CALIBRATOR)),
        Scorecard.from_json(read_json(paths.BASELINE)),
    )
    truth = paths.TRUTH / "truth.parquet"
    found = evaluate_models(
        score_parts(
            read_table(paths.MATRIX, MATRIX), read_table(paths.PARTITION, PARTITION), models
        ),
        models,
        read_table(truth, TRUTH) if truth.is_file() else None,
        settings.params.evaluate,
        gates=load_gates(settings.portfolio),
        scale=settings.params.scale,
    )
    write_table(found.scored_test, paths.SCORED_TEST, SCORED_TEST)
    write_json(paths.METRICS, {"portfolio": settings.name, **found.metrics})
    write_json(paths.CHECKS, found.checks)
    with whole_folder(paths.PLOTS) as folder:
        curve = {"learning_curve": learning_points(read_json(paths.CURVE))}
        for name, points in (found.plots | curve).items():
            write_json(folder / f"{name}.json", points)
    test, passed = found.metrics["test"], sum(one["outcome"] == "passed" for one in found.checks)
    low, high = test["roc_auc_ci"]
    return (
        f"ROC AUC {test['roc_auc']:.3f} [{low:.3f}, {high:.3f}], scorecard "
        f"{found.metrics['baseline']['roc_auc']:.3f}; {passed} of {len(found.checks)} gates passed"
    )


if __name__ == "__main__":
    run(evaluate)

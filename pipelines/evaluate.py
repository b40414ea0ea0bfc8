"""The out-of-time verdict: measures beside the scorecard and the known truth, gates, plots, and the validation pack."""

from __future__ import annotations

from contracts.files import read_json, whole_folder, write_json
from contracts.tables.derived import LINEAGE, MATRIX, PARTITION, SCORED_TEST, TRUTH, UNSEEN
from contracts.tables.store import read_optional, read_table, write_table
from models.base.data import ModelContract
from models.boosting import booster
from models.calibration import calibrators
from models.measures.plots import learning_points
from models.scorecard.scorecard import Scorecard
from models.validation.evaluation import evaluate_models
from models.validation.pack import Dossier, Rules
from models.validation.scored import Models, score_parts
from pipelines import paths
from pipelines.settings import Settings, load_gates
from pipelines.stage import run


def evaluate(settings: Settings) -> str:
    """Metrics, checks, plots, the scored test part and the validation pack."""
    contract = ModelContract.from_json(read_json(paths.MODEL_CONTRACT))
    calibration = read_json(paths.CALIBRATOR)
    models = Models(
        booster.load(paths.BOOSTER.parent, contract),
        calibrators.from_json(calibration),
        Scorecard.from_json(read_json(paths.BASELINE)),
    )
    matrix, partition = read_table(paths.MATRIX, MATRIX), read_table(paths.PARTITION, PARTITION)
    scored = score_parts(matrix, partition, models, read_table(paths.UNSEEN, UNSEEN))
    rules = Rules(settings.params.evaluate, load_gates(settings.portfolio), settings.params.scale)
    dossier = Dossier(
        settings.portfolio.title,
        read_table(paths.LINEAGE, LINEAGE),
        calibration,
        read_json(paths.SEARCH),
        read_json(paths.SELECTION),
        read_json(paths.MEMBERS),
    )
    truth = read_optional(paths.TRUTH / "truth.parquet", TRUTH)
    found = evaluate_models(scored, models, truth, rules, dossier)
    write_table(found.scored_test, paths.SCORED_TEST, SCORED_TEST)
    write_json(paths.METRICS, {"portfolio": settings.name, **found.metrics})
    write_json(paths.CHECKS, found.checks)
    write_json(paths.MODEL_VALIDATION_JSON, found.pack)
    with whole_folder(paths.PLOTS) as folder:
        curve = {"learning_curve": learning_points(read_json(paths.CURVE))}
        for name, points in (found.plots | curve).items():
            write_json(folder / f"{name}.json", points)
    passed = sum(one["outcome"] == "passed" for one in found.checks)
    return f"{found.headline}; {passed} of {len(found.checks)} gates passed"


if __name__ == "__main__":
    run(evaluate)

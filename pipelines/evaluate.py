"""The out-of-time verdict: measures beside the scorecard and the known truth, gates, plots, and the validation pack."""

from __future__ import annotations

from contracts.documents.checks import Checks
from contracts.files import read_json, whole_folder, write_json
from contracts.tables.derived import LINEAGE, MATRIX, PARTITION, SCORED_TEST, UNSEEN
from contracts.tables.simulated import TRUTH
from contracts.tables.store import read_optional, read_table, write_table
from models.base.data import assemble
from models.gates.verdict import stops
from models.measures.plots import learning_points
from models.validation.ends import with_ends
from models.validation.evaluation import evaluate_models
from models.validation.pack import Dossier, Rules
from models.validation.scored import score_parts
from pipelines import paths
from pipelines.configured.gates import checked_inputs, load_gates
from pipelines.run.lines import headline, scale_offered
from pipelines.run.stated import rests_on
from pipelines.run.twins import left, models_of_run
from pipelines.settings import Settings
from reports.locale.gates import check


def evaluate(settings: Settings) -> str:
    """Metrics, checks, plots, the scored test part and the validation pack."""
    models = models_of_run()
    matrix, partition = read_table(paths.MATRIX, MATRIX), read_table(paths.PARTITION, PARTITION)
    scored = score_parts(matrix, partition, models, read_table(paths.UNSEEN, UNSEEN))
    lineage, stated = read_table(paths.LINEAGE, LINEAGE), rests_on()
    gates = load_gates(settings.portfolio.waivers, is_stated=stated is not None)
    rules = Rules(
        settings.params.evaluate,
        gates,
        settings.params.scale,
        checked_inputs(settings, lineage),
        stated,
    )
    dossier = Dossier(settings.portfolio.title, lineage, **left())
    beside = read_optional(paths.TRUTH / "truth.parquet", TRUTH), rules, dossier
    found = evaluate_models(scored, models, *beside, assemble(matrix, partition, "recent"))
    write_table(found.scored_test, paths.SCORED_TEST, SCORED_TEST)
    metrics = with_ends(found.metrics, found.pack).model_copy(update={"portfolio": settings.name})
    metrics.write(paths.METRICS)
    rows = tuple(check(one, stops=stops(one.outcome, one)) for one in found.checks)
    Checks(rows=rows).write(paths.CHECKS)
    found.pack.write(paths.MODEL_VALIDATION_JSON)
    with whole_folder(paths.PLOTS) as folder:
        curve = {"learning_curve": learning_points(read_json(paths.CURVE))}
        for name, points in (found.plots | curve).items():
            write_json(folder / f"{name}.json", points)
    passed = sum(one.outcome == "passed" for one in found.checks)
    said = f"{headline(metrics, is_stated=stated is not None)}; {passed} of {len(found.checks)} gates passed"
    return said + scale_offered(found.pack.fitted_scale)

"""The least change of calibration that new outcomes support, final ones or open ones; the champion's booster is never refitted."""

from __future__ import annotations

from contracts.documents.recalibration import Recalibration
from contracts.files import write_json
from contracts.tables.derived import COHORT, MATRIX
from contracts.tables.ledger import DEFAULTS
from contracts.tables.store import read_table
from models.registry.background import Background
from models.registry.bundle import Bundle
from models.registry.log import RECALIBRATED
from models.registry.registry import REFUSED, Registry
from models.registry.tracking import Record
from models.upkeep.ladder import STEPS
from models.upkeep.matured import newly_matured
from models.upkeep.recalibration import decide, line, recalibrated, report, standing
from models.upkeep.ruling import ruling, stopped
from pipelines import paths
from pipelines.configured.gates import load_gates
from pipelines.registered.origin import origin
from pipelines.registered.outcome import kept_up
from pipelines.registered.refused import refused
from pipelines.registered.registries import registry_of
from pipelines.settings import Settings


def recalibrate(settings: Settings) -> str:
    """Tests each step, and registers a challenger with the new calibrator if its gates pass."""
    config, registry = settings.params.recalibrate, registry_of(settings)
    champion = kept_up(settings, registry)
    matrix, cohort = read_table(paths.MATRIX, MATRIX), read_table(paths.COHORT, COHORT)
    matured = newly_matured(champion, matrix, cohort, config, read_table(paths.DEFAULTS, DEFAULTS))
    found, checks = decide(matured, config, gates := load_gates())
    text = report(champion, matured, found, checks, config, ruling(matured, found, checks, config, gates))  # fmt: skip
    bundle = champion.bundle
    if found.decision in STEPS:
        bundle = recalibrated(champion, matured, found, settings.params.monitor.bins)
        text = _registered(registry, bundle, text, settings)
    if text.verdict == REFUSED:
        bundle, text = champion.bundle, refused(registry, text, matured.newest)
    write_json(paths.CALIBRATOR_NEXT, bundle.json("calibrator.json"))
    text.write(paths.RECALIBRATION_JSON)
    return f"{champion.name} version {champion.version}: {line(text, matured.absent)}"


def _registered(
    registry: Registry, bundle: Bundle, text: Recalibration, settings: Settings
) -> Recalibration:
    """The report with what became of the new version."""
    config = settings.params.recalibrate
    if stopped(text.gates, load_gates()):
        receipt = registry.refuse(bundle)
    else:
        logged, tags = {"recalibrate": config.model_dump()}, {"parent": text.champion.version}
        title = Background(f"{settings.name} {text.decision}: version {text.champion.version} recalibrated")  # fmt: skip
        record = Record(logged, text.to_json(), tags, (), text.to_json()["gates"], title)
        ruling = standing(promote=config.promote)
        receipt = registry.register(bundle, record, ruling, origin(), RECALIBRATED)
    return text.after(receipt)

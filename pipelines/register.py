"""Puts the model into the registry if its gates pass; the first becomes champion, any other waits for a decision."""

from __future__ import annotations

from contracts.files import read_json
from contracts.tables.derived import MATRIX, PARTITION, SCORED_TEST
from contracts.tables.store import read_table
from models.gates.verdict import blocked_by
from models.registry.bundle import write
from models.registry.card import Subject, definition, rests_on_tag
from models.registry.registration import candidate, judge, measure, scored_sample
from models.registry.rows import kept
from models.registry.tracking import Record
from pipelines import paths
from pipelines.configured.gates import load_gates
from pipelines.registered.evidence import refuse_changed
from pipelines.registered.origin import origin
from pipelines.registered.outcome import of_settings, same_meaning
from pipelines.registered.registries import registry_of
from pipelines.run.background import background, parameters
from pipelines.run.stated import rests_on
from pipelines.settings import Settings


def register(settings: Settings) -> str:
    """Assembles the bundle, asks the gates, registers a version once, and writes its receipt."""
    refuse_changed()
    params, portfolio = settings.params, settings.portfolio
    metrics, checks = read_json(paths.METRICS), read_json(paths.CHECKS)
    sample = scored_sample(
        read_table(paths.MATRIX, MATRIX),
        read_table(paths.PARTITION, PARTITION),
        read_table(paths.SCORED_TEST, SCORED_TEST),
    )
    subject = Subject(
        settings.name,
        portfolio.title,
        portfolio.horizon_months,
        definition(portfolio.default),
        read_json(paths.MODEL_CONTRACT)["features"],
        read_json(paths.CALIBRATOR),
        sample.facts,
        rests_on=rests_on(),
        learned=read_json(paths.SHIPPED),
        outcome=of_settings(settings).kept(),
    )
    bundle = candidate(paths.BOOSTER.parent, sample, subject, (metrics, checks), params.scale, bins=params.monitor.bins)  # fmt: skip
    registry, is_stated = registry_of(settings), subject.rests_on is not None
    if blocked := blocked_by(checks, load_gates(portfolio.waivers, is_stated=is_stated)):
        receipt = registry.refuse(bundle)
    else:
        of_rows, rows = kept(paths.SCORED_TEST, paths.LOCK)
        tags = {"parent": "none", **rests_on_tag(subject.rests_on), **of_rows}
        record = Record(parameters(settings), metrics, tags, [paths.MODEL_VALIDATION_JSON, *rows], checks, background(metrics, sample.facts))  # fmt: skip
        lost = measure(sample, params.evaluate, params.register_.significance, is_stated=is_stated)
        receipt = registry.register(bundle, record, judge(same_meaning(settings, registry, lost)), origin())  # fmt: skip
    write(paths.BUNDLE, bundle)
    receipt.write(paths.RECEIPT)
    reason = f"; gates not passed: {', '.join(blocked)}" if blocked else ""
    return f"{receipt.name} version {receipt.version or 'none'}: {receipt.verdict}{reason}"

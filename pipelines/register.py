"""Puts the model into the registry if its gates pass, and makes it champion unless it is worse than the champion."""

from __future__ import annotations

from contracts.files import read_json
from contracts.tables.derived import MATRIX, PARTITION, SCORED_TEST
from contracts.tables.store import read_table
from models.gates.verdict import blocked_by
from models.registry.bundle import write
from models.registry.card import Subject, definition
from models.registry.registration import candidate, judge, scored_sample
from models.registry.registry import Registry
from models.registry.tracking import Record
from pipelines import paths
from pipelines.gates import load_gates
from pipelines.settings import Settings, registry_uri

LOGGED = ("train", "calibrate", "scale")


def register(settings: Settings) -> str:
    """Assembles the bundle, asks the gates, registers a version once, and writes its receipt."""
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
        learned=read_json(paths.SHIPPED),
    )
    bundle = candidate(
        paths.BOOSTER.parent, sample, subject, (metrics, checks), params.scale, bins=params.monitor.bins
    )  # fmt: skip
    registry = Registry(registry_uri(settings), settings.name)
    if blocked := blocked_by(checks, load_gates(settings.portfolio.waivers)):
        receipt = registry.refuse(bundle)
    else:
        logged = {"portfolio": settings.name, **params.model_dump(mode="json", include=set(LOGGED))}
        record = Record(logged, metrics, {"parent": "none"}, [paths.MODEL_VALIDATION_JSON])
        ruling = judge(sample, params.evaluate, params.register_.significance)
        receipt = registry.register(bundle, record, ruling)
    write(paths.BUNDLE, bundle)
    receipt.write(paths.RECEIPT)
    reason = f"; gates not passed: {', '.join(blocked)}" if blocked else ""
    return f"{receipt.name} version {receipt.version or 'none'}: {receipt.verdict}{reason}"

"""Compares the champion's registration sample with the newest cohorts: `reports/monitoring.json`."""

from __future__ import annotations

from contracts.documents.data_quality import DataQuality
from contracts.tables.derived import COHORT, MATRIX
from contracts.tables.ledger import DEFAULTS
from contracts.tables.store import read_table
from models.upkeep.monitoring import monitor as monitored
from models.upkeep.recalibration import decided
from models.upkeep.told import told
from models.upkeep.watched import watched
from pipelines import paths
from pipelines.configured.gates import load_gates
from pipelines.registered.outcome import kept_up
from pipelines.registered.registries import registry_of
from pipelines.settings import Settings


def monitor(settings: Settings) -> str:
    """The champion of the registry, never the model that lies in data/model."""
    params = settings.params
    champion = kept_up(settings, registry_of(settings))
    seen = watched(
        champion,
        read_table(paths.MATRIX, MATRIX),
        read_table(paths.COHORT, COHORT),
        read_table(paths.DEFAULTS, DEFAULTS),
        params.monitor.months,
        params.recalibrate,
    )
    done = decided(seen, params.recalibrate, load_gates())
    found = monitored(champion, seen, params.monitor, done, DataQuality.read(paths.VALIDATION_JSON))
    found.write(paths.MONITORING_JSON)
    return f"{champion.name} version {champion.version}: {told(found)}"

"""Compares the champion's registration sample with the newest cohorts, and says what to do."""

from __future__ import annotations

from contracts.files import write_json, write_text
from contracts.tables.derived import COHORT, MATRIX
from contracts.tables.store import read_table
from models.registry.registry import Registry
from models.upkeep.monitoring import monitor as monitored
from models.upkeep.monitoring import watched
from pipelines import paths
from pipelines.settings import Settings
from pipelines.stage import run
from reports import monitoring as report


def monitor(settings: Settings) -> str:
    """The champion of the registry, never the model that lies in data/model."""
    params = settings.params
    champion = Registry(params.register_.tracking_uri, settings.name).required_champion()
    seen = watched(
        champion,
        read_table(paths.MATRIX, MATRIX),
        read_table(paths.COHORT, COHORT),
        params.monitor.months,
    )
    found = monitored(champion, seen, params.monitor)
    html = report.render(found)
    write_json(paths.MONITORING_JSON, found)
    write_text(paths.MONITORING_HTML, html)
    alarms = [one["code"] for one in found["findings"] if one["verdict"] != "nothing"]
    about = f" ({', '.join(alarms)})" if alarms else ""
    return f"{champion.name} version {champion.version}: {found['verdict']}{about}"


if __name__ == "__main__":
    run(monitor)

"""Compares the champion's registration sample with the newest cohorts, and says what to do."""

from __future__ import annotations

from contracts.derived import COHORT, MATRIX
from contracts.files import write_json, write_text
from contracts.store import read_table
from decisions.reports import monitoring as report
from models.monitoring import monitor as monitored
from models.monitoring import watched
from models.registry import Registry
from pipelines import paths
from pipelines.settings import Settings
from pipelines.stage import run


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

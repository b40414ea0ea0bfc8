"""The least change of calibration that newly matured outcomes support; the champion's booster is never refitted."""

from __future__ import annotations

from contracts.files import write_json
from contracts.tables.derived import COHORT, MATRIX
from contracts.tables.store import read_table
from models.gates.verdict import blocked_by
from models.registry.registry import Registry
from models.registry.tracking import Record
from models.upkeep.ladder import STEPS
from models.upkeep.recalibration import decide, newly_matured, recalibrated, report, standing
from pipelines import paths
from pipelines.settings import Settings, load_gates
from pipelines.stage import run


def recalibrate(settings: Settings) -> str:
    """Tests each step, and registers a challenger with the new calibrator if its gates pass."""
    params = settings.params
    config, gates = params.recalibrate, load_gates()
    registry = Registry(params.register_.tracking_uri, settings.name)
    champion = registry.required_champion()
    matured = newly_matured(
        champion, read_table(paths.MATRIX, MATRIX), read_table(paths.COHORT, COHORT), config
    )
    found, checks = decide(matured, config, gates)
    text = report(champion, matured, found, config)
    text |= {"gates": checks, "version": None, "alias": None, "verdict": "unchanged"}
    calibrator = champion.bundle.json("calibrator.json")
    if found.decision in STEPS:
        bundle = recalibrated(champion, matured, found, params.monitor.bins)
        calibrator = bundle.json("calibrator.json")
        judged = {check["code"]: gates[check["code"]] for check in checks}
        if blocked_by(checks, judged):
            receipt = registry.refuse(bundle)
        else:
            record = Record(
                {"recalibrate": config.model_dump()}, text, {"parent": champion.version}
            )
            receipt = registry.register(bundle, record, standing(promote=config.promote))
        text |= {key: receipt.as_json()[key] for key in ("version", "alias", "verdict")}
    write_json(paths.CALIBRATOR_NEXT, calibrator)
    write_json(paths.RECALIBRATION_JSON, text)
    made = f", version {text['version']} is {text['verdict']}" if text["version"] else ""
    return f"{champion.name} version {champion.version}: {found.decision}{made}"


if __name__ == "__main__":
    run(recalibrate)

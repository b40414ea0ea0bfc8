"""One decision about the calibration, and what the findings of monitoring that bear on it ask for because of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from contracts.config.gates import GateConfig
from contracts.config.upkeep import RecalibrateConfig
from contracts.documents.finding import Finding
from contracts.documents.monitoring import MonitoringFinding, Remedy
from contracts.documents.outlook import CORRECTED, Case, Outlook, Ruling
from models.gates.verdict import blocked_by
from models.upkeep.ladder import STEPS, Climb
from models.upkeep.matured import Matured
from models.upkeep.open_months import shown


@dataclass(frozen=True, slots=True)
class Ruled:
    """What is done about the calibration, and what it rests on.

    Attributes:
        ruling: what the ladder comes to.
        outlook: of the outcomes that were ruled on; None where none speaks of the year to come.
    """

    ruling: Ruling
    outlook: Outlook | None


ON_CALIBRATION = ("UP-S1", "UP-S2", "UP-C1", "UP-C2")
"""Month by month, of the level and of the spread; of matured outcomes, whole and by grade."""
ON_SPREAD = "UP-S2"
CALIBRATED: dict[Case, str] = {"offset": "level", "slope": "level and slope", "shape": "level, slope and curvature"}  # fmt: skip


def ruling(
    matured: Matured,
    found: Climb,
    checks: Sequence[Finding],
    config: RecalibrateConfig,
    gates: Mapping[str, GateConfig],
) -> Ruling:
    """What the ladder comes to.

    Args:
        matured: the outcomes.
        found: how far they lead.
        checks: the gates of calibration of the step taken.
        config: how many defaults a change of level needs.
        gates: of the project.
    """
    is_refused = found.decision in STEPS and bool(stopped(checks, gates))
    case = "absent" if matured.absent else "refused" if is_refused else _case(found)
    year = found.outlook
    told = found.shown
    if told is None and matured.months is not None:  # counted, but too few for a forecast
        told = shown(matured.months, config)
    return Ruling(
        case=case if case != "too_few" or matured.may_speak(config) else "timing",
        defaults=matured.new_defaults(config),
        needed=config.min_defaults_offset,
        chance=None if year is None else year.chance,
        asked=None if year is None else year.needed,
        last_day=None if year is None else year.until - timedelta(days=1),
        evidence=None if told is None else told.towards(None if year is None else year.offset),
        shown=None if told is None else told.threshold,
    )


def stopped(checks: Sequence[Finding], gates: Mapping[str, GateConfig]) -> list[str]:
    """Codes of the gates of calibration that stop a correction."""
    judged = {check.code: gates[check.code] for check in checks}
    return blocked_by([check.model_dump() for check in checks], judged)


def _case(found: Climb) -> Case:
    if found.decision != "none":
        return found.decision
    if found.steps[0].reason == "too_few":
        return "too_few"
    if found.steps[0].reason == "unproven":
        return "unproven"
    return "none" if found.outlook is None else "faded"


def ruled(findings: Iterable[MonitoringFinding], decided: Ruling) -> list[MonitoringFinding]:
    """The findings, where those on the calibration ask for what is done about it.

    So no page says "recalibrate" where the other says that too few have defaulted. A spread that is off asks for more than a level; where
    the level alone is corrected it is watched.
    """
    return [_asking(one, decided) for one in findings]


def _asking(finding: MonitoringFinding, decided: Ruling) -> MonitoringFinding:
    if finding.code not in ON_CALIBRATION or finding.action != "recalibrate":
        return finding
    action: Remedy = "refit" if decided.case == "refit" else "watch"
    if decided.case in CORRECTED and (finding.code != ON_SPREAD or decided.case != "offset"):
        action = "recalibrate"
    return finding.model_copy(update={"action": action})


def said(decided: Ruling) -> str:
    """In one line for the command line.

    >>> said(Ruling(case="too_few", defaults=7, needed=25))
    'the calibration stays for now: 7 defaults are newer than its level, a correction needs 25'
    """
    if decided.case in CALIBRATED:
        return f"{CALIBRATED[decided.case]} of the PDs adjusted"
    return {
        "none": "the calibration stands",
        "refit": "no calibration helps, refit the model",
        "refused": "refused by the gates of calibration",
        "absent": "no outcome counts while inputs are missing, and the calibration stays",
        "too_few": f"the calibration stays for now: {decided.defaults} defaults are newer than its level, a correction needs {decided.needed}",
        "timing": f"the calibration stays for now: {decided.defaults} defaults are newer than its level, but how soon customers default has changed before, so it waits for final outcomes",
        "unproven": f"the calibration stays for now: that the level has changed is not shown yet (evidence {decided.evidence or 0.0:.3g}, {decided.shown or 0.0:.3g} is asked for)",
        "faded": f"the calibration stays: a correction would help in the coming year with a probability of {decided.chance or 0.0:.0%}, "
        f"{decided.asked or 0.0:.0%} is asked for",
    }[decided.case]

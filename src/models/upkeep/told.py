"""What monitoring found, in one line for the command line."""

from __future__ import annotations

from contracts.documents.monitoring import Monitoring, MonitoringFinding
from models.upkeep.ruling import said

MAX_NAMED = 3
NAMED = {"UP-Q1": "not delivered: ", "UP-Q2": "missing more often: ", "UP-Q2.stopped": "all but vanished: ", "UP-D3": "moved: "}  # fmt: skip
"""What is so of the inputs that a finding names."""
LISTED = {"UP-Q3": "levels unknown to the model, ", "UP-Q4": "fallen silent, with the last day: "}
"""What is so of the levels or feeds that a finding lists."""


def told(found: Monitoring) -> str:
    """What alarmed, since when, on which evidence and what to do; what is done about the calibration; what could not be checked; and the rate of false alarms."""
    alarms = [_alarm(one) for one in found.findings if one.action != "nothing"]
    declined = [one.code for one in found.findings if one.outcome == "not_applicable"]
    parts = [", ".join(alarms) or "no check asks for action"]
    parts += [] if found.ruling is None else [said(found.ruling)]
    parts += [f"could not be checked: {', '.join(declined)}"] if declined else []
    parts += [f"false alarms run at {found.budget.a_year:g} a year"]
    return "; ".join(parts)


def _alarm(finding: MonitoringFinding) -> str:
    since = "" if finding.since is None else f" since {finding.since}"
    seen, expected = (finding.values.get(one) for one in ("seen", "expected"))
    defaults = f"{seen} defaults, expected {expected:.1f}, " if isinstance(seen, int) and isinstance(expected, float) else ""  # fmt: skip
    value, limit = finding.value, finding.threshold
    figures = "" if value is None or limit is None else f" ({defaults}{value:.3g} against {limit:.3g})"  # fmt: skip
    if (finding.inputs or finding.code in LISTED) and not defaults:
        figures = f" ({_named(finding)})"
    asks = ", no default at all: are events, write-offs and payments still delivered?" if seen == 0 and defaults else ""  # fmt: skip
    return f"{finding.code} {finding.action}{since}{figures}{asks}"


def _named(finding: MonitoringFinding) -> str:
    """The inputs concerned, the first few by name, and the levels where it is about those."""
    levels = finding.values.get("named")
    if isinstance(levels, tuple):
        return f"{LISTED.get(finding.code, '')}{'; '.join(map(str, levels))}"
    names = [one.feature for one in finding.inputs]
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    what = NAMED.get(finding.code if finding.case == "" else f"{finding.code}.{finding.case}", "")
    return f"{what}{', '.join(names[:MAX_NAMED])}{more}"

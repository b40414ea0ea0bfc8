"""The page that says whether the model in use still fits, and what each finding calls for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from markupsafe import Markup

from contracts.documents.monitoring import (
    REMEDIES,
    InputShift,
    Monitoring,
    MonitoringFinding,
    Sequence,
)
from contracts.documents.outlook import Ruling
from reports.frame import charts, feeds
from reports.frame.declaration import Page
from reports.frame.page import both, render_page

MAX_FEATURES = 30
MAX_NAMED = 5
MAX_MONTHS = 36
MIN_DRAWN = 2
"""Months."""
ON_CALIBRATION = ("UP-S1", "UP-S2", "UP-C1", "UP-C2")
"""Checks that ask for what is done about the calibration."""
P_VALUES = ("UP-C1", "UP-C2")
"""Checks whose value is a p-value."""
MIN_SHOWN_P = 0.001
TONES: Mapping[str, str] = MappingProxyType(
    {"nothing": "good", "watch": "info", "recalibrate": "warn", "refit": "bad", "rebuild": "bad"}
)


def render(document: Monitoring) -> str:
    """The monitoring page as HTML. Its size does not depend on the number of customers or inputs."""
    findings = sorted(
        document.findings, key=lambda one: (-REMEDIES.index(one.action), one.code, one.subject)
    )
    features = sorted(
        document.features, key=lambda row: (not row.flagged, -_excess(row), row.feature)
    )
    declined = [one for one in findings if one.outcome == "not_applicable"]
    grades = document.grades
    view = {
        "document": document,
        "action": document.action,
        "step": _step(document, len(declined)),
        "last_day": {
            "registered": document.champion.until - timedelta(days=1),
            "current": document.current.until - timedelta(days=1),
            "graded": document.graded and document.graded.until - timedelta(days=1),
        },
        "tones": TONES,
        "ruling": document.ruling and both(document.ruling.entry, **document.ruling.values),
        "asking": _rows((one for one in findings if one.action != "nothing"), document),
        "n_to_act": sum(one.action not in {"nothing", "watch"} for one in findings),
        "declined": _rows(declined, document),
        "passed": _rows((one for one in findings if one.outcome == "passed"), document),
        "feeds": feeds.table(document.feeds),
        "sequence": document.sequence,
        "months": _months(document.sequence)[-MAX_MONTHS:],
        "conditions": _conditions(document.ruling),
        "added_up": _added_up(document.sequence),
        "spent": [
            {"title": both(f"{one.code}.title"), "share": one.share, "a_year": one.a_year}
            for one in document.budget.checks
        ],
        "features": features[:MAX_FEATURES],
        "n_flagged": sum(row.flagged for row in features),
        "n_matured": sum(row.n for row in grades),
        "n_defaults": sum(row.defaults for row in grades),
        "chart": _chart(document),
    }
    return render_page("monitoring.html.j2", view)


def _step(document: Monitoring, declined: int) -> Markup:
    """What the verdict means; a model of which something could not be checked is not called fine."""
    if document.action == "nothing" and declined:
        return both("remedy_step.unchecked", n=declined)
    return both(f"remedy_step.{document.action}")


def _rows(findings: Iterable[MonitoringFinding], document: Monitoring) -> list[dict[str, Any]]:
    return [
        {
            "action": one.action,
            "title": both(f"{one.code}.title"),
            "text": feeds.text(one, document.feeds)
            if one.code == feeds.CODE
            else both(one.entry, **one.values),
            "figure": _figure(one),
            "since": one.since,
            "on_calibration": one.outcome == "failed" and one.code in ON_CALIBRATION,
            "inputs": one.inputs[:MAX_NAMED],
            "n_more": max(len(one.inputs) - MAX_NAMED, 0),
        }
        for one in findings
    ]


def _figure(finding: MonitoringFinding) -> Markup:
    """The statistic beside its limit; a p-value that would show as 0.000 is said to be small."""
    value = finding.value
    is_small = finding.code in P_VALUES and value is not None and value < MIN_SHOWN_P
    entry = f"{finding.code}.{'figure_small' if is_small else 'figure'}"
    return both(entry, value=value, threshold=finding.threshold)


def _chart(document: Monitoring) -> Markup | None:
    matured = [row.model_dump() for row in document.grades if row.observed is not None]
    return charts.expected_and_observed(matured) if matured else None


def _conditions(ruling: Ruling | None) -> list[dict[str, Any]]:
    """What a change of level needs, what was found of each, and whether that is enough; no line of what is not known."""
    if ruling is None or ruling.case == "absent":
        return []
    asked = (
        ("defaults", ruling.defaults, ruling.needed),
        ("chance", ruling.chance, ruling.asked),
        ("evidence", ruling.evidence, ruling.shown),
    )
    return [
        {"name": both(f"ruling.{name}"), "kind": name, "found": found, "needed": needed, "is_met": found >= needed}
        for name, found, needed in asked
        if found is not None and needed is not None
    ]  # fmt: skip


def _months(sequence: Sequence | None) -> list[dict[str, Any]]:
    """The months with what had happened by the end of each, and the limits of a change of level in the same terms."""
    rows: list[dict[str, Any]] = []
    seen, expected = 0, 0.0
    for month in sequence.months if sequence else ():
        high, low = (None if one is None else seen + one for one in (month.high, month.low))
        seen, expected = seen + month.seen, expected + month.expected
        is_shown = sequence is not None and sequence.asked is not None and (month.shown or 0.0) >= sequence.asked  # fmt: skip
        rows.append({"of": month, "seen": seen, "expected": expected, "high": high, "low": low, "is_shown": is_shown})  # fmt: skip
    return rows


def _added_up(sequence: Sequence | None) -> Markup | None:
    """The chart of them; a single month is a table."""
    rows = _months(sequence)[-MAX_MONTHS:]
    if len(rows) < MIN_DRAWN:
        return None
    told = [{**row, "day": (row["of"].until - timedelta(days=1)).isoformat()} for row in rows]
    return charts.added_up(told)


def _excess(row: InputShift) -> float:
    """How far an input's shift lies above what chance explains: PSI over its critical value."""
    return round(row.psi / row.critical, 12) if row.critical else 0.0


PAGE = Page(
    "reports/monitoring.json",
    "reports/monitoring.html",
    render,
    "whether the champion still fits",
    read=Monitoring.read,
    is_upkeep=True,
)

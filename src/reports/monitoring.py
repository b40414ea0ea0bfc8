"""The page that says whether the model in use still fits, and what to do about each finding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.frame import charts
from reports.frame.page import render_page

MAX_FEATURES = 30
MAX_FINDINGS = 60
LADDER = ("nothing", "watch", "recalibrate", "refit", "rebuild")
TONES = {
    "nothing": "good",
    "watch": "info",
    "recalibrate": "warn",
    "refit": "bad",
    "rebuild": "bad",
}


def render(context: Mapping[str, Any]) -> str:
    """The monitoring page as HTML.

    Args:
        context: `portfolio`, `champion` (name, version), `current` (from, until, rows, customers),
            `verdict`, `findings` (code, subject, title_en, title_zh, value, threshold, verdict, detail_en,
            detail_zh), `features` (feature, psi, critical, p_value, missing_reference, missing_current,
            flagged; optional wording_en, wording_zh) and `grades` (grade, n, defaults, mean_pd, observed,
            jeffreys_p).
    """
    findings = sorted(
        context["findings"], key=lambda row: (-_rank(row["verdict"]), str(row["code"]), str(row["subject"]))
    )  # fmt: skip
    features = sorted(
        context["features"], key=lambda row: (not row["flagged"], -_excess(row), row["feature"])
    )
    grades = list(context["grades"])
    matured = any(row["observed"] is not None for row in grades)
    view = {
        "portfolio": context["portfolio"],
        "champion": context["champion"],
        "current": context["current"],
        "verdict": context["verdict"],
        "tones": TONES,
        "findings": [row for row in findings if row["verdict"] != "nothing"][:MAX_FINDINGS],
        "n_findings": len(findings),
        "quiet": [row for row in findings if row["verdict"] == "nothing"][:MAX_FINDINGS],
        "features": features[:MAX_FEATURES],
        "n_features": len(features),
        "n_flagged": sum(bool(row["flagged"]) for row in features),
        "grades": grades,
        "chart": charts.expected_and_observed(grades) if matured else None,
    }
    return render_page("monitoring.html.j2", view)


def _rank(verdict: str) -> int:
    return LADDER.index(verdict) if verdict in LADDER else len(LADDER)


def _excess(row: Mapping[str, Any]) -> float:
    """How far a feature's shift lies above what chance explains: index over its critical value.

    >>> _excess({"psi": 0.3, "critical": 0.1})
    3.0
    """
    psi, critical = row.get("psi"), row.get("critical")
    return round(float(psi) / float(critical), 12) if psi is not None and critical else 0.0

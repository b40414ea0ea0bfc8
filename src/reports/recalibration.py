"""The page that says what new outcomes did to the calibration of the model in use."""

from __future__ import annotations

import hashlib
import math
from datetime import timedelta
from typing import Any

from markupsafe import Markup

from contracts.documents.finding import Finding
from contracts.documents.recalibration import Recalibration, Step
from contracts.documents.receipt import Refusal
from reports.frame.declaration import Page
from reports.frame.lasting import lasting
from reports.frame.page import both, render_page

TONES = {"passed": "good", "failed": "bad", "not_applicable": "warn"}
SHOWN = 12
"""Digits of a digest, as `bonitas history` shows them."""


def render(document: Recalibration) -> str:
    """The page about recalibration as HTML."""
    until = document.cohort.until
    view = {
        "document": document,
        "decision": both(document.ruling.entry, **document.ruling.values),
        "is_refused": document.verdict == "refused",
        "standing": document.alias or "decided",
        "tone": {"none": "", "refit": "bad"}.get(document.decision, "warn"),
        "last_day": until - timedelta(days=1) if until else None,
        "times": math.exp(document.correction.intercept),
        "power": _power(document),
        "outlook": _outlook(document),
        "timing": _timing(document),
        "steps": [_step(one) for one in document.steps],
        "gates": [_gate(one, document.refusal) for one in document.gates],
        "digest": hashlib.sha256(document.text().encode("utf-8")).hexdigest()[:SHOWN],
        "tones": TONES,
    }
    return render_page("recalibration.html.j2", view)


def _power(document: Recalibration) -> Markup:
    """What this sample could have shown: "no change" says little without it."""
    if not document.cohort.rows:
        return both("recalibration.no_outcome")
    if document.detectable_shift is None:
        return both("recalibration.untested")
    times = math.exp(document.detectable_shift)
    return both("recalibration.power", times=times, power=document.power)


def _outlook(document: Recalibration) -> dict[str, Any] | None:
    """What the newest outcomes say of the coming year, with the periods of evidence and of use."""
    year = document.outlook
    if year is None:
        return None
    one_day = timedelta(days=1)
    ends = {"last": year.until - one_day, "use_until": year.use_until - one_day}
    figures = {
        "use_from": year.use_from,
        **ends,
        "chance": year.chance,
        "needed": year.needed,
        "times": math.exp(year.offset),
        "low": math.exp(year.low),
        "high": math.exp(year.high),
    }
    entry = "outlook.advised" if year.advised else "outlook.not_advised"
    return {
        "said": both(entry, **figures),
        "figures": figures,
        "lasting": year.lasting,
        "passing": year.passing,
        "half_life": year.half_life,
        "began": year.began,
        "lasts": None if (lasts := lasting(year.model_dump())) is None else both(*lasts),
        "trend": [
            {
                "from": one.from_,
                "last": one.until - one_day,
                "seen": one.seen,
                "expected": one.expected,
                "times": math.exp(one.offset),
            }
            for one in year.trend
        ],
    }


def _timing(document: Recalibration) -> Markup | None:
    """The assumption that open outcomes rest on, and its test; None where no month has passed since the level was set."""
    timing = document.timing
    if timing is None:
        return None
    case = "holds" if timing.holds else "too_few" if timing.p_value is None or timing.defaulted < timing.needed else "moved"  # fmt: skip
    figures = {name: value for name, value in timing.model_dump().items() if value is not None}
    return both(f"timing.{case}", **figures)


def _step(step: Step) -> dict[str, Any]:
    own = step.reason in {"taken", "sufficient", "newest"}
    entry = f"rung.{step.step}.{step.reason}" if own else f"rung.{step.reason}"
    return {
        **step.model_dump(),
        "name": both(f"rung.{step.step}"),
        "text": both(entry, defaults=step.defaults, needed=step.needed),
    }


def _gate(gate: Finding, refusal: Refusal | None) -> dict[str, Any]:
    stopping = () if refusal is None else refusal.gates
    figures = {"value": gate.value, "threshold": gate.threshold, **gate.values}
    return {
        "outcome": gate.outcome,
        "title": both(f"{gate.code}.held_back_title"),
        "text": both(gate.entry, **figures),
        "is_stopping": gate.code in {one.code for one in stopping},
    }


PAGE = Page(
    "reports/recalibration.json",
    "reports/recalibration.html",
    render,
    "what new outcomes did to the champion's calibration",
    read=Recalibration.read,
    is_upkeep=True,
)

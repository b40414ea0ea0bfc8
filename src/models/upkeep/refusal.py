"""What a refused correction would have been, and which gates stopped it: for the page and for the log of decisions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from contracts.config.gates import GateConfig
from contracts.documents.recalibration import Recalibration
from contracts.documents.receipt import Refusal, Stopping
from models.upkeep.ladder import STEPS
from models.upkeep.ruling import CALIBRATED, stopped


def refusal_of(told: Recalibration, gates: Mapping[str, GateConfig], day: date) -> Refusal | None:
    """The correction that the gates stopped; None where there was none, or they admitted it.

    Args:
        told: what the outcomes say, with the findings of the gates.
        gates: of the project.
        day: the newest day of decision of the book.
    """
    codes = stopped(told.gates, gates)
    step = next((one for one in STEPS if one == told.decision), None)
    if step is None or not codes:
        return None
    return Refusal(
        day=day,
        step=step,
        intercept=told.correction.intercept,
        slope=told.correction.slope,
        curvature=told.correction.curvature,
        customers=told.cohort.customers,
        defaults=told.cohort.defaults,
        gates=tuple(
            Stopping(code=one.code, outcome=one.outcome, value=one.value, threshold=one.threshold)
            for one in told.gates
            if one.code in codes and one.outcome != "passed"
        ),
    )


def why(refusal: Refusal) -> str:
    """In words, as the log holds it.

    >>> gate = Stopping(code="PD-B1", outcome="failed", value=0.0104, threshold=0.02)
    >>> level = {"intercept": 0.3123, "slope": 1.0, "curvature": 0.0}
    >>> why(Refusal(day=date(2026, 4, 1), step="offset", **level, customers=1204, defaults=31, gates=(gate,)))
    'book of 2026-04-01: level +0.312, asked for by 31 defaults of 1,204 customers; PD-B1 failed (0.010, threshold 0.020)'
    """
    return (
        f"book of {refusal.day}: {CALIBRATED[refusal.step]} {_figures(refusal)}, asked for by "
        f"{refusal.defaults:,} defaults of {refusal.customers:,} customers; {', '.join(map(_stopping, refusal.gates))}"
    )


def _figures(correction: Refusal) -> str:
    told = [f"{correction.intercept:+.3f}"]
    if correction.slope != 1.0:
        told.append(f"slope {correction.slope:.3f}")
    if correction.curvature:
        told.append(f"curvature {correction.curvature:+.3f}")
    return ", ".join(told)


def _stopping(gate: Stopping) -> str:
    if gate.value is None or gate.threshold is None:
        return f"{gate.code} could not be judged"
    return f"{gate.code} failed ({gate.value:.3f}, threshold {gate.threshold:.3f})"

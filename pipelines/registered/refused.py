"""A correction that its gates stopped: told by its document, and written down in the log of decisions."""

from __future__ import annotations

from datetime import date

from contracts.documents.recalibration import Recalibration
from models.registry.refusals import note_refused
from models.registry.registry import Registry
from models.upkeep.refusal import refusal_of, why
from pipelines.configured.gates import load_gates
from pipelines.registered.origin import now


def refused(registry: Registry, told: Recalibration, day: date) -> Recalibration:
    """The document with what was refused, of which the log of decisions holds a line.

    Args:
        registry: of the portfolio.
        told: the document with its verdict.
        day: the newest day of decision of the book.
    """
    refusal = refusal_of(told, load_gates(), day)
    if refusal is None:
        return told
    kept = told.model_copy(update={"refusal": refusal})
    note_refused(registry, told.champion.version, refusal, kept, why(refusal), now())
    return kept

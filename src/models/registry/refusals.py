"""A correction that its gates refused: a line of the log of decisions, and what it stood on beside the champion."""

from __future__ import annotations

from datetime import date

from contracts.documents.base import Document
from contracts.documents.receipt import Refusal
from contracts.errors import RegistryError
from contracts.files import write_text
from contracts.scratch import scratch
from models.registry.beside import Beside
from models.registry.decisions import Decision
from models.registry.evidence import SHORT
from models.registry.origin import PIPELINE
from models.registry.registry import Registry
from models.registry.seal import sha256
from models.registry.shelf import Choice


def kept_as(day: date, evidence: str) -> str:
    """The file of a refusal's evidence, in the reports of the champion's run.

    >>> kept_as(date(2026, 4, 1), "0a1b2c3d4e5f6071" + 48 * "0")
    'correction_refused_2026-04-01_0a1b2c3d4e5f.json'
    """
    return f"correction_refused_{day}_{evidence[:SHORT]}.json"


def note_refused(
    registry: Registry, number: str, refusal: Refusal, told: Document, why: str, at: str
) -> Decision | None:
    """Writes a refused correction down, once however often its month is run; None where the log holds it already.

    The evidence is kept before the line is written, so no line is left whose evidence is nowhere.

    Args:
        registry: of the portfolio.
        number: of the version whose correction was refused.
        refusal: what the gates stopped.
        told: the document as it is written.
        why: in words.
        at: UTC, ISO 8601, to the second.

    Raises:
        RegistryError: the champion was deleted meanwhile, or the log was changed.
    """
    text = told.text()
    evidence = sha256(text.encode("utf-8"))
    with registry.alone():
        registry.log.finish()
        registry.begin(at)
        if _is_held(registry, number, refusal, evidence):
            return None
        _keep(Beside(registry, number), kept_as(refusal.day, evidence), text)
        choice = Choice("refused", number, PIPELINE, why, at, refused=refusal, evidence=evidence)
        return registry.decide(choice)


def _is_held(registry: Registry, number: str, refusal: Refusal, evidence: str) -> bool:
    wanted = (number, refusal.day, evidence)
    held = [(one, one.refused) for one in registry.log.read().decisions]
    return any((one.version, told.day, one.evidence) == wanted for one, told in held if told)


def _keep(beside: Beside, name: str, text: str) -> None:
    if not beside.lacking([name]):
        return
    with scratch() as folder:
        write_text(folder / name, text)
        beside.add([folder / name])


def refused_on(registry: Registry, made: Decision, refusal: Refusal) -> str:
    """What a refusal stood on, in one line: the file that is kept, and whether it is what the line says."""
    told = f"version {made.version}, evidence {made.evidence[:SHORT]}"
    of_then = "the digest is that of reports/recalibration.json of then"
    name = kept_as(refusal.day, made.evidence)
    try:
        beside = Beside(registry, made.version)
    except RegistryError:
        return f"{told}: the version was deleted in MLflow, and its files with it; {of_then}"
    if beside.lacking([name]):
        return f"{told}: {name} is not in its reports, or its run is gone; {of_then}"
    with scratch() as folder:
        now = sha256(beside.fetched(name, folder).read_bytes())
    if now != made.evidence:
        return f"{told}: NOT what lies in the registry now ({now[:SHORT]}); {name} was changed"
    return f"{told}, unchanged: {name} in its reports"

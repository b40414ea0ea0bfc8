"""A person's decision on a version: makes it champion, or takes that away from it; written down for good."""

from __future__ import annotations

from contracts.documents.receipt import Receipt
from contracts.errors import RegistryError
from models.registry.decisions import Decision
from models.registry.promotion import Person
from models.registry.promotion import demote as demoted
from models.registry.promotion import promote as promoted
from pipelines import paths
from pipelines.origin import now
from pipelines.registries import registry_of
from pipelines.settings import Settings


def promote(settings: Settings, number: str, by: str, why: str) -> str:
    """Makes a version champion: a new one, or an older one again."""
    registry = registry_of(settings)
    try:
        made = promoted(registry, number, Person(by, why, now()))
    except RegistryError as error:
        raise _with_refusal(error) from error
    return f"{registry.name} version {number} is champion{_before(made)}; line {made.number} of the log"  # fmt: skip


def demote(settings: Settings, number: str, by: str, why: str) -> str:
    """Rejects a version; the champion itself is withdrawn."""
    registry = registry_of(settings)
    made = demoted(registry, number, Person(by, why, now()))
    told = "withdrawn: there is no champion now" if made.kind == "withdrawn" else "rejected"
    return f"{registry.name} version {number} {told}; line {made.number} of the log"


def _before(made: Decision) -> str:
    found = f", the alias was on version {made.bearer}" if made.bearer else ""
    return f" in place of version {made.before}{found}" if made.before else found


def _with_refusal(error: RegistryError) -> RegistryError:
    """Whoever looks for the model that was just trained is told where it is: nowhere, where its gates refused it."""
    is_refused = paths.RECEIPT.is_file() and Receipt.read(paths.RECEIPT).version is None
    if not is_refused or "has no version" not in error.what:
        return error
    hint = "The model trained last is in no registry: its gates refused it (reports/validation_model.html)."  # fmt: skip
    return RegistryError(error.what, where=error.where, value=error.value, next_step=f"{hint} {error.next_step}")  # fmt: skip

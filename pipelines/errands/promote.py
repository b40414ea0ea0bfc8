"""A person's decision on a version: makes it champion, or takes that away from it; written down for good."""

from __future__ import annotations

import pyarrow.parquet as pq

from contracts.documents.receipt import Receipt
from contracts.errors import RegistryError
from models.registry.bundle import CONTRACT
from models.registry.decisions import Decision, Log, doubts
from models.registry.promotion import Person
from models.registry.promotion import demote as demoted
from models.registry.promotion import promote as promoted
from models.registry.registry import Registry
from pipelines import paths
from pipelines.registered.origin import now
from pipelines.registered.packed import pack_of
from pipelines.registered.registries import registry_of
from pipelines.settings import Settings

SHOWN = 5
"""Inputs that are named."""


def promote(settings: Settings, number: str, by: str, why: str) -> str:
    """Makes a version champion: a new one, or an older one again."""
    registry = registry_of(settings)
    try:
        made = promoted(registry, number, Person(by, why, now()), pack_of(registry))
    except RegistryError as error:
        if not _is_refused() or "has no version" not in error.what:
            raise
        hint = "The model trained last is in no registry: its gates refused it (reports/validation_model.html)."
        raise RegistryError(
            error.what, where=error.where, value=error.value, next_step=f"{hint} {error.next_step}"
        ) from error
    return f"{registry.name} version {number} is champion{_before(made)}; line {made.number} of the log{_against(registry, made)}{_undelivered(registry, number)}{_clock(registry, made)}"  # fmt: skip


def demote(settings: Settings, number: str, by: str, why: str) -> str:
    """Rejects a version; the champion itself is withdrawn."""
    registry = registry_of(settings)
    made = demoted(registry, number, Person(by, why, now()))
    told = "withdrawn: there is no champion now" if made.kind == "withdrawn" else "rejected"
    return f"{registry.name} version {number} {told}; line {made.number} of the log{_stays(registry, made)}{_clock(registry, made)}"


def _before(made: Decision) -> str:
    found = f", the alias was on version {made.bearer}" if made.bearer else ""
    if made.before == made.version:
        return f" as before{found}{_weighed(made)}"
    return f" in place of version {made.before}{found}{_weighed(made)}" if made.before else found


def _against(registry: Registry, made: Decision) -> str:
    """Who had rejected or withdrawn the version before, perhaps a moment ago and unknown to who promotes it."""
    earlier = Log(tuple(one for one in registry.log.read().decisions if one.number < made.number))
    last = earlier.about(made.version)
    is_against = last is not None and last.version == made.version and last.champion != made.version
    return f". It had been {last.kind}: {last.told}" if last is not None and is_against else ""


def _stays(registry: Registry, made: Decision) -> str:
    """Who is champion beside a version that was rejected, and by whom: who meant to withdraw it may have been overtaken."""
    since = registry.log.read().since
    if made.kind != "rejected" or since is None:
        return ""
    return f". Champion is version {since.champion}: {since.told}"


def _clock(registry: Registry, made: Decision) -> str:
    """A clock that is behind what the log says, whoever is right: the day of a decision is what an auditor asks by."""
    found = [one for one in doubts(registry.log.read().decisions) if one.line == made.number]
    return f". Look at the clock of this machine: {found[0].told}" if found else ""


def _weighed(made: Decision) -> str:
    return f", weighed by the pack {made.pack[:12]}" if made.pack else ""


def _undelivered(registry: Registry, number: str) -> str:
    """Inputs of the new champion that the book of today does not hold: it is not refused for them, for they may come back, but it is said."""
    if not paths.MATRIX.is_file():
        return ""
    held = set(pq.read_schema(paths.MATRIX).names)
    features = registry.asked(number).bundle.json(CONTRACT)["features"]
    gone = [one["name"] for one in features if one["name"] not in held]
    if not gone:
        return ""
    named = f"{', '.join(gone[:SHOWN])}{' ...' if len(gone) > SHOWN else ''}"
    return f". Of its {len(features)} inputs {len(gone)} are not in {paths.MATRIX} ({named}): deliver them before it is relied on, or promote another"


def _is_refused() -> bool:
    """Whether the model that was trained last was refused by its gates."""
    return paths.RECEIPT.is_file() and Receipt.read(paths.RECEIPT).version is None

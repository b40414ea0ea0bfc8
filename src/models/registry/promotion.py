"""Decisions on versions: by a person who gives a name and a reason, or by the pipeline within a margin that sums up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from mlflow.entities.model_registry import ModelVersion

from contracts.errors import RegistryError
from contracts.numbers import local
from models.registry.champion import no_version
from models.registry.decisions import LONGEST_NAME, LONGEST_WHY, Decision, Kind
from models.registry.log import CHAMPION
from models.registry.origin import PIPELINE, Origin
from models.registry.registration import Measure
from models.registry.registry import FIRST, Registry
from models.registry.shelf import DIGEST, ORIGIN, Choice


@dataclass(frozen=True, slots=True)
class Person:
    """Who decides, why, and when.

    Attributes:
        by: a name; not `pipeline`, which decides by rule.
        why: the reason, in their words.
        at: UTC, ISO 8601, to the second.
    """

    by: str
    why: str
    at: str

    def checked(self) -> Person:
        """The same without blanks around it. Raises RegistryError where name or reason say nothing, or too much."""
        by, why = " ".join(self.by.split()), " ".join(self.why.split())
        for option, text, longest in (("--by", by, LONGEST_NAME), ("--why", why, LONGEST_WHY)):
            if not any(one.isalnum() for one in text):
                _refuse("A decision needs a name and a reason.", option, text, f"Say it: {option} ...")  # fmt: skip
            if not text.isprintable():
                _refuse("The text holds a character that cannot be printed.", option, ascii(text)[:100], "Write plain text.")  # fmt: skip
            if len(text) > longest:
                _refuse(f"The text has {len(text):,} characters; {longest:,} are kept.", option, f"{text[:60]} ...", "Shorten it, and name where the rest is written down.")  # fmt: skip
        if by.casefold() == PIPELINE:
            _refuse("The pipeline decides by its own rule, and no person in its name.", "--by", by, "Give your own name.")  # fmt: skip
        return Person(by, why, self.at)


def _refuse(what: str, where: str, value: object, next_step: str) -> NoReturn:
    raise RegistryError(what, where=where, value=value, next_step=next_step)


PackOf = Callable[[str | None, str], str | None]
"""Champion and version to the sha256 of the promotion pack that weighs them, kept beside the version; None where there is none."""


def promote(
    registry: Registry, number: str, person: Person, pack_of: PackOf = lambda *_: None
) -> Decision:
    """Makes a version champion: a new one, or one that was champion before.

    What it is made of is verified first, byte by byte. Where the alias was moved behind the log's back, or the log is
    gone, this decision writes down what is so from now on.

    Args:
        registry: of the portfolio.
        number: of the version.
        person: who decides.
        pack_of: finds the pack that was looked at.

    Raises:
        RegistryError: there is no such version, it is the champion already, or name or reason are missing.
        BundleError: its files are not those that were registered.
    """
    person = person.checked()
    with registry.alone():
        registry.log.finish()
        registry.begin(person.at)
        _own(registry, number)
        registry.asked(number)
        log, bearer = registry.log.read(), registry.log.aliased(CHAMPION)
        if log.decisions and log.champion == number == bearer:
            last = log.about(number)
            told = f"since {last.at}, by {last.by}: {last.why}" if last else None
            _refuse(f"Version {number} is the champion already.", registry.name, told, "Nothing is to be done; `bonitas history` says since when.")  # fmt: skip
        pack = None if registry.vanished() else pack_of(log.champion, number)
        choice = Choice("promoted", number, person.by, person.why, person.at, pack=pack)
        return registry.decide(choice)


def demote(registry: Registry, number: str, person: Person) -> Decision:
    """Rejects a version, so that the pipeline will not make it champion; the champion itself is withdrawn, and there is none.

    Raises:
        RegistryError: there is no such version, it is rejected already, or name or reason are missing.
    """
    person = person.checked()
    with registry.alone():
        registry.log.finish()
        registry.begin(person.at)
        _own(registry, number)
        is_champion = registry.crowned(is_alone=True) == number
        last = registry.log.read().about(number)
        if last is not None and not is_champion and (last.kind, last.version) == ("rejected", number):  # fmt: skip
            _refuse(f"Version {number} was rejected already.", registry.name, f"on {last.at}, by {last.by}: {last.why}", "Nothing is to be done.")  # fmt: skip
        kind: Kind = "withdrawn" if is_champion else "rejected"
        return registry.decide(Choice(kind, number, person.by, person.why, person.at))


def _own(registry: Registry, number: str) -> ModelVersion:
    """The version of a number, registered by this project. Raises RegistryError where it is none of ours."""
    held = {str(one.version): one for one in registry.versions()}
    if number not in held:
        raise no_version(registry.portfolio, number, registry.there())
    ours = [name for name, one in held.items() if DIGEST in one.tags]
    if number not in ours:
        _refuse(
            f"Version {number} was not registered by this project: nobody knows whether it passed any gate.",
            registry.name,
            None,
            f"Name one that was: {', '.join(ours)}."
            if ours
            else "`make retrain` registers the model of today's data, after the gates were asked; name that one.",
        )
    return held[number]


@dataclass(frozen=True, slots=True)
class Offer:
    """A version that the pipeline offers for champion.

    Attributes:
        number: of the version.
        margin: share of log loss that may be given away, in sum, before a person decides.
        origin: what the files here are made from, as they lie now.
        is_current: whether the stages have been run on them; asked only of a version that was not registered by them.
        pack_of: finds the promotion pack that was made of it.
    """

    number: str
    margin: float
    origin: Origin
    is_current: Callable[[], bool]
    pack_of: PackOf = lambda *_: None


def settle(registry: Registry, offer: Offer, measured: Measure) -> str:
    """Makes the pipeline's new version champion where that is safe; says in one line what was decided, or why nothing was.

    It is safe where the version comes of committed code, nobody has decided on it yet, and the upper bound of what it
    loses, added to what the pipeline gave away since a person last decided, stays within the margin. So however many
    versions follow each other, the sum stays within it.
    """
    number, origin = offer.number, offer.origin
    with registry.alone():
        registry.log.finish()
        registry.begin(origin.at)
        _own(registry, number)
        if (lost := registry.vanished()) is not None:
            return f"{_waits(number)}: {lost}"
        crowned, log = registry.crowned(is_alone=True), registry.log.read()
        if crowned == number:
            return f"version {number} is champion"
        if (made := log.about(number)) is not None:
            return f"version {number}: {made.kind if made.version == number else 'replaced'} on {made.at[:10]} by {made.by}, and stays so"  # fmt: skip
        if not log.had_champion and origin.kind != "experiment":
            registry.decide(Choice("promoted", number, PIPELINE, FIRST, origin.at))
            return f"version {number} is champion: {FIRST}"
        if (why := _stays(registry, offer, measured)) is not None:
            return f"{_waits(number)}: {why}"
        return f"version {number} is champion: {registry.log.read().decisions[-1].why}"


def _waits(number: str) -> str:
    return f"version {number} waits for a person (bonitas promote {number} --by ... --why ...)"


def _stays(registry: Registry, offer: Offer, measured: Measure) -> str | None:
    """Why a version is not made champion; None where it was."""
    champion, spent = registry.champion(), registry.log.read().spent
    if offer.origin.hindrance is not None:
        return offer.origin.hindrance
    made_of = registry.client.get_model_version(registry.name, offer.number).tags.get(ORIGIN)
    if made_of != "clean" and not offer.is_current():
        return "it was registered by an experiment or from uncommitted code, and it is not what the stages make here now; run `make retrain`"  # fmt: skip
    if champion is None:
        return "there is no champion to compare it with; it was withdrawn"
    found = measured(champion)
    if isinstance(found, str):
        return found
    budget = f"given away before {local(spent, '.2%')}, margin {local(offer.margin, '.2%')}"
    told = f"{found.told(champion.version)}; {budget}"
    if not found.is_within(offer.margin, spent):
        return told
    pack = offer.pack_of(champion.version, offer.number)
    registry.decide(
        Choice("promoted", offer.number, PIPELINE, told, offer.origin.at, found.spent, pack)
    )
    return None

"""Who decided what about a version, when, why and on which evidence: one line a decision, each bound to the one before.

A line bears the sha256 of the line before it. So a line that was changed, taken out or put in between breaks the chain
at the next one, and it is said where. What a chain alone cannot show is that its end was cut off; that is why whoever
loads the champion compares its alias with the last line (see `models.registry.log`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from pydantic import ValidationError

from contracts.documents.base import Part
from contracts.documents.receipt import Refusal
from contracts.errors import RegistryError
from models.registry.origin import PIPELINE

Kind = Literal["found", "promoted", "withdrawn", "rejected", "refused"]
LONGEST_WHY, LONGEST_NAME = 1_000, 100  # characters; MLflow keeps a line as a tag of at most 5,000
BEGIN_ANEW = (
    "Restore the registry's database from a backup. If there is none: note what the log says, delete the tags "
    "`decision.*` of the registered model in MLflow, and decide with `bonitas promote`; the log then begins anew, and says so."
)


class Decision(Part):
    """One line of the log.

    Attributes:
        number: of the line, from 1.
        at: UTC, ISO 8601, to the second.
        by: the person, or `pipeline`.
        kind: `found` the champion when the log began; `promoted` to champion, also back to it; `withdrawn`: there is no
            champion now; `rejected`: will not be made champion by the pipeline; `refused`: the gates stopped a correction of the
            version, and nothing changed.
        version: that the decision is about.
        before: the champion until then, by the log; None where there was none.
        champion: the champion from then on; None where there is none.
        bearer: which version bore the alias at that time, where that was not the one of the log.
        why: in the words of who decided.
        evidence: sha256 over the version's seal, gates and figures; of a correction that was refused, of `reports/recalibration.json`.
        spent: share of the champion's log loss that the pipeline gave away at most; 0 where a person decided.
        pack: sha256 of the promotion pack that weighed it against the champion, which is kept beside the version; None, and no
            key of the line, where there was none.
        lost: what the registry had lost when this was decided, such as the version of the champion until then; None, and no key of
            the line, where nothing was.
        refused: the correction that its gates stopped; None, and no key of the line, of any other decision.
        previous: sha256 of the line before; empty in the first.
    """

    number: int
    at: str
    by: str
    kind: Kind
    version: str
    before: str | None
    champion: str | None
    bearer: str | None = None
    why: str
    evidence: str
    spent: float = 0.0
    pack: str | None = None
    lost: str | None = None
    refused: Refusal | None = None
    previous: str

    @property
    def line(self) -> str:
        """The line as it is kept: JSON, keys in the order above."""
        # lines from before there were such keys stay as they were written
        absent = {name for name in ("pack", "lost", "refused") if getattr(self, name) is None}
        return self.model_dump_json(ensure_ascii=False, exclude=absent)

    @property
    def told(self) -> str:
        """In one line: when, who, why."""
        return f"{self.at[:10]}, {self.by}: {self.why}"

    @property
    def is_by_a_person(self) -> bool:
        """Whether a person decided."""
        return self.by != PIPELINE


def digest_of(line: str) -> str:
    """sha256 of a line, in hex digits."""
    return hashlib.sha256(line.encode("utf-8")).hexdigest()


@dataclass(frozen=True, slots=True)
class Log:
    """All decisions on one model, oldest first, as they were verified.

    Attributes:
        pending: one that is being carried out: its line is written, the alias may not have moved yet.
    """

    decisions: tuple[Decision, ...] = ()
    pending: Decision | None = field(default=None)

    @property
    def champion(self) -> str | None:
        """The version in use; None where there is none."""
        return self.decisions[-1].champion if self.decisions else None

    @property
    def since(self) -> Decision | None:
        """The decision by which the champion became so last; None where there is none."""
        found = None
        for one in self.decisions:
            if found is None or one.champion != found.champion:
                found = one
        return found if found is not None and found.champion else None

    @property
    def had_champion(self) -> bool:
        """Whether any version ever was champion."""
        return any(one.champion for one in self.decisions)

    @property
    def last(self) -> str:
        """sha256 of the last line; empty where there is none."""
        return digest_of(self.decisions[-1].line) if self.decisions else ""

    @property
    def spent(self) -> float:
        """Share of log loss that the pipeline gave away at most since a person last made a version champion."""
        total = 0.0
        for one in self.decisions:
            is_reset = one.is_by_a_person and one.kind == "promoted"
            total = 0.0 if is_reset else total + one.spent
        return total

    def about(self, version: str) -> Decision | None:
        """The last decision on a version, or by which it ceased to be champion; None where nobody decided on it.

        A correction of it that was refused decides nothing on the version itself.
        """
        asked = (one for one in self.decisions if one.refused is None)
        found = [one for one in asked if version in {one.version, one.before}]
        return found[-1] if found else None


def verified(lines: Sequence[str], *, where: str) -> tuple[Decision, ...]:
    """The decisions of lines, oldest first.

    Args:
        lines: as they are kept.
        where: the registered model, for the message.

    Raises:
        RegistryError: a line is no decision, or the chain is broken; the line is named.
    """
    found: list[Decision] = []
    previous = ""
    for number, line in enumerate(lines, start=1):
        decision = parsed(line, number, where=where)
        if decision.number != number:
            raise broken(where, number, f"it says that it is line {decision.number}")
        if decision.previous != previous:
            raise broken(where, max(number - 1, 1), f"line {number} was written after another one")
        found.append(decision)
        previous = digest_of(line)
    return tuple(found)


def parsed(line: str, number: int, *, where: str) -> Decision:
    """The decision of a line. Raises RegistryError where it is none, or not as it was written."""
    try:
        decision = Decision.model_validate_json(line)
    except ValidationError as error:
        raise broken(where, number, "it is no decision") from error
    if decision.line != line:
        raise broken(where, number, "it is not as it was written")
    return decision


def broken(where: str, number: int, how: str) -> RegistryError:
    """What is said of a log that somebody changed."""
    return RegistryError(
        f"The log of decisions was changed: line {number} is not what was written.",
        where=f"{where} > decision.{number:05d}",
        value=how,
        next_step=BEGIN_ANEW,
    )


@dataclass(frozen=True, slots=True)
class Reign:
    """A time in which one version was champion, [since, until).

    Attributes:
        version: None for a time without a champion.
        since: when it began, and never before the one that it follows, whatever a clock showed (see `doubts`).
        by: who ended or began it is in the log; here who began it.
        is_found: whether it had begun before the log did.
        line: number of the decision by which it began.
    """

    version: str | None
    since: datetime
    until: datetime | None
    by: str
    why: str
    is_found: bool
    line: int = 0

    def holds_on(self, day: date) -> bool:
        """Whether some of the day (UTC) falls into it."""
        begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return self.since < begin + timedelta(days=1) and (self.until is None or self.until > begin)


def reigns(decisions: Iterable[Decision]) -> list[Reign]:
    """Who was champion from when to when, oldest first."""
    found: list[Reign] = []
    for one in decisions:
        if found and found[-1].version == one.champion:
            continue
        if one.champion is None and not found:
            continue
        at = datetime.fromisoformat(one.at)
        if found:
            last = found.pop()
            at = max(at, last.since)
            found.append(replace(last, until=at))
        found.append(Reign(one.champion, at, None, one.by, one.why, one.kind == "found", one.number))  # fmt: skip
    return found


@dataclass(frozen=True, slots=True)
class Doubt:
    """Two decisions that follow each other in the log, the later of which bears the earlier moment: one of both clocks was wrong.

    Attributes:
        line: number of the later one.
        ahead: number of the one before it, or further back, that bears the latest moment.
        begin: what the later one bears.
        end: what the other one bears.
    """

    line: int
    ahead: int
    begin: datetime
    end: datetime

    def touches(self, day: date) -> bool:
        """Whether some of the day (UTC) lies between the two moments."""
        return self.begin.date() <= day <= self.end.date()

    @property
    def told(self) -> str:
        """In one clause."""
        begin, end = (f"{one:%Y-%m-%d %H:%M:%S}" for one in (self.begin, self.end))
        return (
            f"line {self.line} bears an earlier moment ({begin} UTC) than line {self.ahead} ({end} UTC), so a clock was wrong: "
            "their order is certain, and who was champion between these moments is not"
        )


def doubts(decisions: Iterable[Decision]) -> list[Doubt]:
    """Where a clock that was set back, or had been ahead, leaves it open who was champion."""
    found: list[Doubt] = []
    latest: tuple[datetime, int] | None = None
    for one in decisions:
        at = datetime.fromisoformat(one.at)
        if latest is not None and at < latest[0]:
            found.append(Doubt(one.number, latest[1], at, latest[0]))
        else:
            latest = at, one.number
    return found

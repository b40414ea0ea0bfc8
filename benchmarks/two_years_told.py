"""What must hold after every month of `benchmarks.two_years`: what history tells of each day, what a past champion answers, and what both pages rule."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq

from contracts.documents.monitoring import Monitoring
from contracts.documents.outlook import CORRECTED
from contracts.documents.recalibration import Recalibration
from models.registry.decisions import Log
from models.upkeep.ladder import STEPS
from models.upkeep.ruling import said
from pipelines.errands.history import on
from tests.pipeline.conftest import Workspace

ROWS = 300
"""Of the newest matrix, which a champion has to answer the same for ever."""
CLOCK = """    day = open("today", encoding="utf-8").read().strip()  # noqa - the life's own day
    return datetime.now(UTC).strftime(f"{day}T%H:%M:%SZ")"""


def set_clock(work: Workspace) -> None:
    """Decisions of this project are dated by its file `today`, with the time of the real day."""
    work.set("pipelines/registered/origin.py", r'    return datetime\.now\(UTC\)\.strftime\("%Y-%m-%dT%H:%M:%SZ"\)', CLOCK)  # fmt: skip


@dataclass
class Diary:
    """Who bore the alias after each command, as it was seen from outside the log.

    Attributes:
        seen: the day, and the version; None: nobody.
    """

    seen: list[tuple[date, str | None]] = field(default_factory=list)

    def note(self, day: date, champion: str | None) -> None:
        """What is so after a command."""
        if not self.seen or self.seen[-1][1] != champion:
            self.seen.append((day, champion))

    def of(self, day: date) -> list[str | None]:
        """Everybody who was champion on some part of a day, in order."""
        before = [one for since, one in self.seen if since < day]
        return [*before[-1:], *(one for since, one in self.seen if since == day)]

    def amiss(self, log: Log, until: date) -> list[str]:
        """Days on which history tells something else."""
        if not self.seen:
            return []
        found, day = [], self.seen[0][0]
        while day <= until:
            told = on(log, day)
            named = [version or None for version in re.findall(r"(?:version (\d+)|no champion) \(", told)]  # fmt: skip
            if named != self.of(day):
                found.append(f"history tells of {day}: {told}; seen were {self.of(day)}")
            day += timedelta(days=1)
        return found


@dataclass
class Replays:
    """What every champion answered to the same rows, when it was made.

    Attributes:
        folder: of rows and answers.
        digests: sha256 of the answers, by version.
    """

    folder: Path
    digests: dict[str, str] = field(default_factory=dict)

    def rows(self, number: str, matrix: Path) -> Path:
        """The rows of a version: taken from the matrix of the day on which it is first asked."""
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / f"rows_{number}.parquet"
        if not file.exists():
            table = pq.read_table(matrix)
            pq.write_table(table.slice(max(table.num_rows - ROWS, 0)), file)
        return file

    def differs(self, number: str, answers: Path) -> bool:
        """Whether a version answers otherwise than it first did."""
        found = hashlib.sha256(answers.read_bytes()).hexdigest()
        return self.digests.setdefault(number, found) != found


def disagreements(monitoring: Monitoring, told: Recalibration, output: str) -> list[str]:
    """Where the two pages, or a page and the command, do not rule the same.

    Args:
        monitoring: the one page.
        told: the other.
        output: of the command that made them; a page that DVC knew already is not said again.
    """
    found = []
    if monitoring.champion.version != told.champion.version:
        return found  # one was made before a decision and the other after it: `agree` names that
    one, other = monitoring.ruling, told.ruling
    if one is not None and one != other:
        found.append(f"monitoring rules {one}, recalibration {other}")
    is_made = told.decision in STEPS and told.verdict != "refused"
    if (other.case in CORRECTED) != is_made or (told.version is not None) != is_made:
        found.append(f"ruled {other.case}, done {told.decision}, version {told.version}, {told.verdict}")  # fmt: skip
    if (other.case == "refused") != (told.verdict == "refused"):
        found.append(f"ruled {other.case}, verdict {told.verdict}")
    lines = [line for line in output.splitlines() if f"version {told.champion.version}: " in line]
    if one is not None and lines and not any(said(one) in line for line in lines):
        found.append(f"the command says {lines}, the ruling is {said(one)!r}")
    return found


def now_of(day: str) -> date:
    """The day on which a drop is looked at: the fourth after the last one that it holds, and none to come."""
    return min(date.fromisoformat(day) + timedelta(days=4), datetime.now(UTC).date())

"""The project of `benchmarks.two_years`: its commands, and whether registry, log, receipt and pages agree."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.two_years_book import Book, last_day
from benchmarks.two_years_told import Diary, Replays, disagreements, now_of
from contracts.documents.monitoring import Monitoring
from contracts.documents.recalibration import Recalibration
from contracts.documents.receipt import Receipt
from models.registry.decisions import Decision
from models.registry.log import CHAMPION
from models.registry.registry import Registry
from tests.pipeline.conftest import Workspace

PORTFOLIO = "grown"


class Life:
    """The project, month by month.

    Attributes:
        work: its folder.
        book: what the ledger delivers.
        faults: what was amiss, in order.
    """

    def __init__(self, work: Workspace, book: Book) -> None:
        self.work, self.book = work, book
        self.faults: list[str] = []
        self.month = 0
        self.said = ""
        self.diary, self.replays = Diary(), Replays(work.folder.parent / "replayed")

    def at(self, month: int) -> None:
        """The month that is lived from now on."""
        self.month = month
        (self.work.folder / "today").write_text(str(now_of(last_day(month))), encoding="utf-8")

    def note(self) -> None:
        """Writes down who bears the alias."""
        if (self.work.folder / "mlflow.db").exists():
            bearer = self.registry.log.aliased(CHAMPION)
            self.diary.note(now_of(last_day(self.month)), bearer)

    def run(self, *command: str, refused: bool | None = False) -> str:
        """A command; its output. A traceback, or an exit code that was not expected, is a fault."""
        done = self.work.call(*command, check=False)
        self.said = done.stdout + done.stderr
        if "Traceback" in self.said:
            self.fault(f"{' '.join(command)}: traceback\n{self.said[-3000:]}")
        elif refused is not None and (done.returncode != 0) != refused:
            self.fault(f"{' '.join(command)}: exit code {done.returncode}\n{self.said[-3000:]}")
        self.note()
        return self.said

    def both(self, *commands: list[str]) -> list[tuple[int, str]]:
        """Commands that begin at the same moment: exit code and output of each. A traceback is a fault."""
        with ThreadPoolExecutor() as pool:
            done = list(pool.map(lambda one: self.work.call(*one, check=False), commands))
        found = [(one.returncode, one.stdout + one.stderr) for one in done]
        for _, text in found:
            if "Traceback" in text:
                self.fault(f"at once: traceback\n{text[-3000:]}")
        return found

    def followed(self, made: Iterable[Decision]) -> None:
        """Writes down champions that followed each other between two looks; the alias must be on the last."""
        for one in made:
            self.diary.note(now_of(last_day(self.month)), one.champion)
        self.note()

    def make(self, target: str, *, refused: bool | None = False) -> str:
        """A target of the Makefile."""
        return self.run("make", target, refused=refused)

    def fault(self, said: str) -> None:
        """Notes what is amiss."""
        self.faults.append(f"month {self.month}: {said}")
        print(f"!! month {self.month}: {said}", flush=True)

    def until(self, day: str) -> None:
        """The book is complete until this day."""
        self.work.set(f"configs/portfolios/{PORTFOLIO}.yaml", r"complete_until: .*", f'complete_until: "{day}"')  # fmt: skip

    @property
    def registry(self) -> Registry:
        """Of the project."""
        return Registry(f"sqlite:///{self.work.folder}/mlflow.db", PORTFOLIO)

    def document(self, name: str) -> dict[str, Any]:
        """A report."""
        found: dict[str, Any] = json.loads((self.work.folder / "reports" / name).read_text())
        return found

    def agree(self) -> None:
        """Registry, log, receipt and pages say the same."""
        log, folder = self.registry.log.read(), self.work.folder
        champion = log.champion
        if champion != self.registry.log.aliased(CHAMPION):
            self.fault(f"the log says champion {champion}, the alias {self.registry.log.aliased(CHAMPION)}")  # fmt: skip
        history = self.run("bonitas", "history")
        if champion is not None and not re.search(rf"\b{champion}\b", history):
            self.fault(f"bonitas history does not name champion {champion}:\n{history}")
        numbers = {str(one.version) for one in self.registry.versions()}
        receipt = Receipt.read(folder / "data/model/receipt.json")
        if receipt.version is not None and receipt.version not in numbers:
            self.fault(f"the receipt names version {receipt.version}, the registry has {sorted(numbers)}")  # fmt: skip
        today = now_of(last_day(self.month))
        for one in self.diary.amiss(log, today):
            self.fault(one)
        if champion is None:
            return
        if f"version {champion} (" not in self.run("bonitas", "history", "--on", str(today)):
            self.fault(f"bonitas history --on {today}: {self.said}")
        self.replay(numbers)
        self.named(champion, numbers)

    def named(self, champion: str, numbers: set[str]) -> None:
        """Both pages are about the champion, and name versions that there are."""
        folder = self.work.folder
        monitoring = Monitoring.read(folder / "reports/monitoring.json")
        told = Recalibration.read(folder / "reports/recalibration.json")
        for name, one in (("monitoring", monitoring.champion), ("recalibration", told.champion)):
            if one.version != champion:
                self.fault(f"{name} is of version {one.version}, champion is {champion}")
            page = (folder / f"reports/{name}.html").read_text(encoding="utf-8")
            if not re.search(rf"version[^0-9]{{1,120}}{one.version}\b", page, re.IGNORECASE):
                self.fault(f"{name}.html does not name version {one.version}")
        if told.version is not None and told.version not in numbers:
            self.fault(f"the recalibration names version {told.version}, the registry has none such")  # fmt: skip

    def replay(self, numbers: set[str]) -> None:
        """Everybody who was champion answers as at first, byte by byte."""
        for number in sorted({one for _, one in self.diary.seen if one is not None} & numbers):
            rows = self.replays.rows(number, self.work.folder / "data/features/matrix.parquet")
            answers = self.replays.folder / "answers.parquet"
            answers.unlink(missing_ok=True)
            self.run("bonitas", "score", "--model", number, "--input", str(rows), "--output", str(answers))  # fmt: skip
            if not answers.exists() or self.replays.differs(number, answers):
                self.fault(f"version {number} does not answer as it did: {self.said[-800:]}")

    def rules(self, output: str) -> None:
        """Both pages rule the same, and what the command did is what they say."""
        folder = self.work.folder / "reports"
        pages = Monitoring.read(folder / "monitoring.json"), Recalibration.read(folder / "recalibration.json")  # fmt: skip
        for one in disagreements(*pages, output):
            self.fault(one)

    def line(self, what: str, began: float) -> None:
        """What became of a month."""
        monitoring, told = self.document("monitoring.json"), self.document("recalibration.json")
        alarms = [f"{one['code']} {one['action']}" for one in monitoring["findings"] if one["action"] != "nothing"]  # fmt: skip
        waits = told["version"] and f" -> {told['version']} {told['verdict']}"
        print(
            f"{self.month:>2} | {what} | champion {self.registry.log.read().champion} | {monitoring['action']} ({', '.join(alarms) or 'no check'}) | "
            f"{told['decision']} {told['correction']['intercept']:+.2f}{waits or ' ' + told['verdict']} | {time.perf_counter() - began:.0f} s",
            flush=True,
        )

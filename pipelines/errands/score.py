"""Scores a file of customers with a registered version: PD, score, grade, points and reasons, and a status for every row."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from models.scoring.scorer import scorer
from models.scoring.scoring import Tally, score_file
from models.scoring.status import MAX_NAMED, UNSEEN
from pipelines.registered.registries import registry_of
from pipelines.settings import Settings


def score(
    settings: Settings, model: str, files: tuple[Path, Path], *, reasons: bool, language: str
) -> str:
    """No stage: it reads and writes files of the user's own, beside the pipeline.

    Args:
        settings: name the portfolio and its registry.
        model: champion, challenger or the number of a version.
        files: to read, and to write.
        reasons: whether points and reasons are said as well.
        language: of the reasons, en or zh.
    """
    version = registry_of(settings).asked(model)
    source, target = files
    with scorer(version, reasons=reasons, language=language) as by, _bar(source.name) as progress:
        tally = score_file(by, source, target, progress)
    told = ", ".join(
        f"{name} {n:,}" + (f": {_levels(tally)}" if name == UNSEEN else "")
        for name, n in sorted(tally.statuses.items())
    )
    return (
        f"{version.name} version {version.version}: {tally.n_scored:,} of {tally.statuses.total():,} rows scored "
        f"({told or 'no rows'}); {target}"
    )


def _levels(tally: Tally) -> str:
    """The levels that were not seen in training, the commonest first, so that a column in other spelling shows."""
    named = tally.levels.most_common(MAX_NAMED)
    told = ", ".join(f"{feature} {level!r} {n:,}" for (feature, level), n in named)
    rest = len(tally.levels) - len(named)
    more = f" and {rest:,} more levels" if rest else ""
    return told + more + (f" and further ones in {', '.join(tally.further)}" if tally.further else "")  # fmt: skip


@contextmanager
def _bar(name: str) -> Iterator[Callable[[float], None]]:
    """A progress bar where somebody watches."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())  # fmt: skip
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not sys.stderr.isatty(), transient=True) as bar:  # fmt: skip
        task = bar.add_task(name, total=1.0)
        yield lambda done: bar.update(task, completed=done)

"""Scores a file of customers with a registered version: PD, score, grade, points and reasons, and a status for every row."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from models.scoring.scorer import scorer
from models.scoring.scoring import score_file
from models.scoring.status import IS_SCORED
from pipelines.registries import registry_of
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
        counted = score_file(by, source, target, progress)
    not_scored = {name: n for name, n in counted.items() if name not in IS_SCORED}
    told = ", ".join(f"{name} {n:,}" for name, n in sorted(counted.items()))
    return (
        f"{version.name} version {version.version}: {counted.total() - sum(not_scored.values()):,} of {counted.total():,} rows scored "
        f"({told or 'no rows'}); {target}"
    )


@contextmanager
def _bar(name: str) -> Iterator[Callable[[float], None]]:
    """A progress bar where somebody watches."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())  # fmt: skip
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not sys.stderr.isatty(), transient=True) as bar:  # fmt: skip
        task = bar.add_task(name, total=1.0)
        yield lambda done: bar.update(task, completed=done)

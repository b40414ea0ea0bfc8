"""A bar that shows how far a search is and its best loss: on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Show = Callable[[int, float | None], None]
"""Takes the finished trials and the least loss so far."""


@contextmanager
def progress(trials: int | None) -> Iterator[Show]:
    """Draws on standard error while it is entered; writes nothing where that is a file or a pipe.

    Args:
        trials: of the budget; None where minutes alone decide, then the bar only moves.
    """
    if not sys.stderr.isatty():
        yield lambda _finished, _loss: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(file=sys.stderr)) as drawn:
        task = drawn.add_task("search", total=trials)

        def show(finished: int, loss: float | None) -> None:
            best = "search" if loss is None else f"search, best loss {loss:.5f}"
            drawn.update(task, completed=finished, description=best)

        yield show

"""How every stage is run: settings in, a readable error and exit code 2 for bad input, its time noted."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from contracts.errors import BonitasError
from contracts.resources import damaged, refuse_read_only, run_out
from pipelines import paths
from pipelines.settings import Settings, load

Stage = Callable[[Settings], str]
EXIT_BAD_INPUT = 2
WRITTEN = (Path("data"), Path("reports"), paths.TIMINGS.parent)
"""Where every stage writes."""


def run(stage: Stage, *, name: str, debug: bool = False, is_timed: bool = True) -> None:
    """Runs a stage, prints the line it returns, and notes its time.

    Args:
        stage: takes the settings, returns one line that says what it made.
        name: of the command, before the line.
        debug: whether a bad input is shown with its traceback.
        is_timed: whether its time belongs to the summary of the run.

    Raises:
        SystemExit: with code 2 where the input is bad, after a message that says what, where and what to do.
    """
    started = time.monotonic()
    with readable(name, debug=debug):
        settings = load()
        if is_timed:
            refuse_read_only(*WRITTEN, *(one for one in WRITTEN[0].glob("*") if one.is_dir()))
        line = stage(settings)
    seconds = time.monotonic() - started
    if is_timed:
        _note(name, seconds)
    print(f"{name}: {line} ({seconds:.1f} s)")


@contextmanager
def readable(name: str, *, debug: bool = False) -> Iterator[None]:
    """Turns a bad input into its message and exit code 2; with `debug`, or where the fault is ours, a traceback."""
    try:
        yield
    except Exception as error:
        shown = run_out(error) or error
        if not isinstance(shown, BonitasError):
            shown = damaged(error) or error
        if debug or not isinstance(shown, BonitasError):
            raise
        Console(stderr=True, highlight=False, soft_wrap=True).print(
            f"[bold red]{name}:[/] ", end=""
        )
        print(shown, file=sys.stderr)
        raise SystemExit(EXIT_BAD_INPUT) from None


def _note(name: str, seconds: float) -> None:
    paths.TIMINGS.parent.mkdir(exist_ok=True)
    with paths.TIMINGS.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"stage": name, "seconds": round(seconds, 2)}) + "\n")

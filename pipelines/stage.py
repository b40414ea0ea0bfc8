"""How every stage is run: settings in, a readable error and exit code 2 for bad input, its time noted."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import typer
from rich.console import Console

from contracts.errors import BonitasError
from contracts.resources import disk_full, memory_reached
from pipelines import paths
from pipelines.settings import Settings, load

Stage = Callable[[Settings], str]
EXIT_BAD_INPUT = 2


def run(stage: Stage, *, is_timed: bool = True) -> None:
    """Runs a stage from the command line.

    Args:
        stage: takes the settings, returns one line that says what it made.
        is_timed: whether its time belongs to the summary of the run.
    """

    def command(
        *, debug: bool = typer.Option(False, help="Show the traceback of a bad input.")
    ) -> None:
        started = time.monotonic()
        name = stage.__module__.rsplit(".", 1)[-1] if stage.__module__ != "__main__" else _script()
        try:
            line = stage(load())
        except Exception as error:
            shown = disk_full(error) or memory_reached(error) or error
            if debug or not isinstance(shown, BonitasError):
                raise
            Console(stderr=True, highlight=False, soft_wrap=True).print(
                f"[bold red]{name}:[/] ", end=""
            )
            print(shown, file=sys.stderr)
            raise SystemExit(EXIT_BAD_INPUT) from None
        seconds = time.monotonic() - started
        if is_timed:
            _note(name, seconds)
        print(f"{name}: {line} ({seconds:.1f} s)")

    command.__doc__ = sys.modules[stage.__module__].__doc__
    # A plain traceback: the pretty one may show the values of variables, which are credit data.
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(command)
    app()


def _script() -> str:
    return Path(sys.argv[0]).stem


def _note(name: str, seconds: float) -> None:
    paths.TIMINGS.parent.mkdir(exist_ok=True)
    with paths.TIMINGS.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"stage": name, "seconds": round(seconds, 2)}) + "\n")

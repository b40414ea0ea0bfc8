"""The commands of `bonitas` that weigh a challenger, and tell what a retraining did."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pipelines.stage import run


def add(app: typer.Typer, *, summary: Any, called: Any, panel: str) -> None:
    """Adds them to the command line.

    Args:
        app: the command line.
        summary: the first line of a module's docstring.
        called: imports a function of ours when it is called.
        panel: under which heading they stand.
    """

    @app.command("pack", help=summary("errands.pack"), rich_help_panel=panel)
    def _pack(
        version: Annotated[str, typer.Argument(help="The challenger: a number, or an alias.")] = "challenger",
        *,
        open_: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
        debug: Annotated[bool, typer.Option(help="Show the traceback of a bad input.")] = False,
    ) -> None:  # fmt: skip
        made = called("errands.pack")
        run(lambda known: made(known, version, is_opened=open_), name="pack", debug=debug, is_timed=False)  # fmt: skip

    @app.command("comment", help=summary("errands.comment"), rich_help_panel=panel)
    def _comment(
        *,
        base: Annotated[str, typer.Option(help="Git revision that the metrics are compared with.")] = "HEAD",
        debug: Annotated[bool, typer.Option(help="Show the traceback of a bad input.")] = False,
    ) -> None:  # fmt: skip
        made = called("errands.comment")
        run(lambda known: made(known, base), name="comment", debug=debug, is_timed=False)

    @app.command("propose", help=summary("errands.propose"), rich_help_panel=panel)
    def _propose(
        *, debug: Annotated[bool, typer.Option(help="Show the traceback of a bad input.")] = False
    ) -> None:
        run(called("errands.propose"), name="propose", debug=debug, is_timed=False)

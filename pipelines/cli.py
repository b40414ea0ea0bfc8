"""`bonitas`: every stage and every errand of the project as one command line.

A command's module is imported when it runs, not before: `bonitas --help` must not wait for MLflow.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines import ROOT, cli_promotion, lean
from pipelines.stage import readable, run

STAGES = (
    "outside", "ingest", "validate", "label", "featurize", "split", "train", "calibrate", "origins", "refit", "evaluate",
    "explain", "rate", "describe", "register", "monitor", "recalibrate",
)  # fmt: skip
"""The stages that take no argument, in the order of the flow; `report` takes the names of pages."""
EVERY_TIME = "outside"
"""The stage that every run begins with; that it ran is no sign of work to do."""

Debug = Annotated[bool, typer.Option(help="Show the traceback of a bad input.")]

# A plain traceback: the pretty one may show the values of variables, which are credit data.
app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="A customer health score for trade credit: from a raw ledger to a registered, explained, calibrated PD.",
)


def summary_of(module: str) -> str:
    """The first line of a module's docstring, read without importing it."""
    place = module.replace(".", "/")
    text = (ROOT / "pipelines" / f"{place}.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]


def called(module: str, function: str = "") -> Callable[..., Any]:
    """A function of one of our modules, by default the one of its name; imported when it is called, where what fails is told."""

    def imported(*words: Any, **named: Any) -> Any:
        if module in lean.COMMANDS:
            lean.import_lightgbm()
        found = importlib.import_module(f"pipelines.{module}")
        return getattr(found, function or module.rpartition(".")[2])(*words, **named)

    return imported


class Language(StrEnum):
    """In which reasons are said."""

    en = "en"
    zh = "zh"


_PIPELINE, _ERRANDS = "Stages of the pipeline", "Errands around the pipeline"


def _stage(name: str) -> None:
    def command(*, debug: Debug = False) -> None:
        run(called(name), name=name, debug=debug, is_timed=name != EVERY_TIME)

    app.command(name, help=summary_of(name), rich_help_panel=_PIPELINE)(command)


for _name in STAGES:
    _stage(_name)


@app.command("report", help=summary_of("report"), rich_help_panel=_PIPELINE)
def _report(
    pages: Annotated[list[str] | None, typer.Argument(help="Names of pages.")] = None,
    *,
    targets: Annotated[
        bool, typer.Option(help="Render nothing; print the stages of DVC that do.")
    ] = False,
    upkeep: Annotated[bool, typer.Option(help="With --targets: those about the champion.")] = False,
    debug: Debug = False,
) -> None:
    if targets:
        print(called("report", "targets")(is_upkeep=upkeep))
        return
    render = called("report")
    run(lambda settings: render(settings, tuple(pages or ())), name="report", debug=debug)


def _errand(name: str) -> None:
    def command(*, debug: Debug = False) -> None:
        run(called(f"errands.{name}"), name=name, debug=debug, is_timed=False)

    app.command(name, help=summary_of(f"errands.{name}"), rich_help_panel=_ERRANDS)(command)


for _name in ("attach", "decide"):
    _errand(_name)


@app.command("choose", help=summary_of("errands.choose"), rich_help_panel=_ERRANDS)
def _choose(portfolio: str) -> None:
    with readable("choose"):
        called("errands.choose")(portfolio)


@app.command("mend", help=summary_of("errands.mend"), rich_help_panel=_ERRANDS)
def _mend() -> None:
    with readable("mend"):
        called("errands.mend", "main")()


@app.command("look", help=summary_of("errands.look"), rich_help_panel=_ERRANDS)
def _look(
    *,
    source_only: Annotated[
        bool, typer.Option(help="Leave the champion as it was seen last.")
    ] = False,
    champion_only: Annotated[
        bool, typer.Option(help="Leave the source as it was seen last.")
    ] = False,
    debug: Debug = False,
) -> None:
    parts = {(True, False): "look_at_source", (False, True): "look_at_champion"}
    chosen = called("errands.look", parts.get((source_only, champion_only), "look"))
    run(chosen, name="look", debug=debug, is_timed=False)


@app.command("compare", help=summary_of("errands.compare"), rich_help_panel=_ERRANDS)
def _compare(
    runs: Annotated[
        list[str],
        typer.Argument(
            help="A version (number or alias), a git revision, an experiment of DVC, or `workspace`; the first is compared with."
        ),
    ],
    *,
    open_: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    debug: Debug = False,
) -> None:
    make = called("errands.compare")
    run(
        lambda settings: make(settings, runs, is_opened=open_),
        name="compare",
        debug=debug,
        is_timed=False,
    )


@app.command("land", help=summary_of("errands.land"), rich_help_panel=_ERRANDS)
def _land(
    *,
    portfolio: Annotated[str, typer.Option(help="Default: that of configs/params.yaml.")] = "",
    date: Annotated[
        str, typer.Option(help="Names the drop. Default: the portfolio's complete_until.")
    ] = "",
    debug: Debug = False,
) -> None:
    land = called("errands.land")
    run(lambda settings: land(settings, portfolio, date), name="land", debug=debug, is_timed=False)


@app.command("overlay", help=summary_of("errands.overlay"), rich_help_panel=_ERRANDS)
def _overlay(
    name: Annotated[str, typer.Argument(help="Of a file in configs/experiments.")],
) -> None:
    with readable("overlay"):
        print(called("errands.overlay")(name))


@app.command("plots", help=summary_of("errands.plots"), rich_help_panel=_ERRANDS)
def _plots(
    revisions: Annotated[
        list[str] | None,
        typer.Argument(help="As `dvc plots diff` takes them; none: HEAD and the folder."),
    ] = None,
) -> None:
    with readable("plots"):
        print(called("errands.plots")(revisions or []))


@app.command("score", help=summary_of("errands.score"), rich_help_panel=_ERRANDS)
def _score(
    *,
    model: Annotated[
        str, typer.Option(help="champion, challenger, or a version's number.")
    ] = "champion",
    input_: Annotated[
        Path, typer.Option("--input", help="Parquet or CSV: customer_id and every feature.")
    ],
    output: Annotated[Path, typer.Option(help="Parquet or CSV; replaced when all is scored.")],
    reasons: Annotated[
        bool, typer.Option(help="Points of each pillar and reasons as well.")
    ] = True,
    language: Annotated[Language, typer.Option(help="Of the reasons.")] = Language.en,
    debug: Debug = False,
) -> None:
    asked = called("errands.score")
    options = {"reasons": reasons, "language": language.value}
    run(lambda known: asked(known, model, (input_, output), **options), name="score", debug=debug, is_timed=False)  # fmt: skip


Version = Annotated[str, typer.Argument(help="Number of the version.")]
By = Annotated[str, typer.Option(help="Who decides.")]
Why = Annotated[str, typer.Option(help="The reason, for whoever asks later.")]


@app.command("promote", help=summary_of("errands.promote"), rich_help_panel=_ERRANDS)
def _promote(version: Version, *, by: By, why: Why, debug: Debug = False) -> None:
    made = called("errands.promote")
    run(lambda known: made(known, version, by, why), name="promote", debug=debug, is_timed=False)


@app.command("demote", help="A person's decision against a version: rejects it, or withdraws the champion.", rich_help_panel=_ERRANDS)  # fmt: skip
def _demote(version: Version, *, by: By, why: Why, debug: Debug = False) -> None:
    made = called("errands.promote", "demote")
    run(lambda known: made(known, version, by, why), name="demote", debug=debug, is_timed=False)


@app.command("history", help=summary_of("errands.history"), rich_help_panel=_ERRANDS)
def _history(
    *,
    on: Annotated[str | None, typer.Option(help="A day, as 2026-03-01: who was it then?")] = None,
    debug: Debug = False,
) -> None:
    told = called("errands.history")
    run(lambda known: told(known, on), name="history", debug=debug, is_timed=False)


cli_promotion.add(app, summary=summary_of, called=called, panel=_ERRANDS)


@app.command("search", help=summary_of("errands.search_worker"), rich_help_panel=_ERRANDS)
def _search(*, debug: Debug = False) -> None:
    run(called("errands.search_worker", "work"), name="search", debug=debug, is_timed=False)


@app.command("soil", help=summary_of("errands.soil"), rich_help_panel=_ERRANDS)
def _soil(  # noqa: PLR0913 - options of a command line
    faults: Annotated[list[str] | None, typer.Argument(help="Names of faults.")] = None,
    *,
    table: Annotated[str | None, typer.Option(help="Default: the first it can strike.")] = None,
    share: Annotated[float, typer.Option(help="Share of the rows.")] = 0.01,
    seed: Annotated[int, typer.Option(help="Another seed strikes other rows.")] = 7,
    to: Annotated[Path, typer.Option(help="Folder of the extract.")] = Path("data/dirt"),
    list_: Annotated[bool, typer.Option("--list", help="Print the faults and stop.")] = False,
    debug: Debug = False,
) -> None:
    if list_ or not faults:
        print(called("errands.soil", "listing")())
        return
    strike = called("errands.soil", "soil_current")
    run(
        lambda settings: strike(settings, faults, table, share, seed, to),
        name="soil",
        debug=debug,
        is_timed=False,
    )


@app.command("customer", help=summary_of("errands.customer"), rich_help_panel=_ERRANDS)
def _customer(
    number: Annotated[str, typer.Argument(help="The customer's number: its customer_id.")],
    *,
    to: Annotated[Path, typer.Option(help="The folder the page is written to.")] = Path(
        "reports/asked"
    ),
    open_: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    since: Annotated[
        str | None, typer.Option(help="champion, or a version's number: what has changed since it.")
    ] = None,
    debug: Debug = False,
) -> None:
    make = called("errands.customer")
    run(
        lambda settings: make(settings, number, folder=to, is_opened=open_, since=since),
        name="customer",
        debug=debug,
        is_timed=False,
    )


@app.command("summary", help=summary_of("errands.summary"), rich_help_panel=_ERRANDS)
def _summary() -> None:
    with readable("summary"):
        called("errands.summary", "main")()

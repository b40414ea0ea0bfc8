"""What the last run did: the time of each stage, the verdict, and where to look."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from contracts.documents.checks import Checks
from contracts.documents.receipt import Receipt
from contracts.files import read_json
from pipelines import paths
from pipelines.run.refused import refusal
from pipelines.run.stated import rests_on
from reports.pages import pages


def times() -> Table | str:
    """The stages that ran, with their wall time in seconds; a sentence where none had to."""
    if not paths.TIMINGS.is_file():
        return "Nothing had changed: every stage was up to date."
    table = Table("stage", "seconds", box=None, title="Stages that ran", title_justify="left")
    seconds: dict[str, float] = {}
    for line in paths.TIMINGS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        seconds[row["stage"]] = seconds.get(row["stage"], 0.0) + row["seconds"]
    for stage, taken in seconds.items():
        table.add_row(stage, f"{taken:.1f}")
    table.add_row("total", f"{sum(seconds.values()):.1f}", style="bold")
    return table


def verdict() -> str:
    """The receipt and the headline figures, in one paragraph."""
    receipt, metrics = Receipt.read(paths.RECEIPT), read_json(paths.METRICS)
    test = metrics["test"]
    version = f"version {receipt.version}" if receipt.version else "no version"
    return (
        f"{receipt.name}: {version}, {_standing(receipt)}.{_stated()}\n"
        f"Test: {test['n']:,} observations, {test['defaults']:,} defaults, {_ranked(metrics)}."
        + "".join(
            f"\n{line}" for line in refusal(Checks.read(paths.CHECKS), is_kept=has_champion())
        )
    )


def _standing(receipt: Receipt) -> str:
    """What the version is now: as `bonitas look` noted the champion, else as it was registered."""
    if receipt.version is None or not paths.OUTSIDE_CHAMPION.is_file():
        return f"verdict {receipt.verdict}"
    champion = read_json(paths.OUTSIDE_CHAMPION)
    if champion is None:
        return f"verdict {receipt.verdict}; there is no champion now: `bonitas history` says why, `bonitas promote` makes one"
    if champion["version"] == receipt.version:
        return "the champion"
    return (
        f"verdict {receipt.verdict}; version {champion['version']} is the champion "
        "(`bonitas decide` says why, `bonitas promote` changes it)"
    )


def has_champion() -> bool:
    """Whether a version of this portfolio is in use, as `bonitas look` noted."""
    return paths.OUTSIDE_CHAMPION.is_file() and read_json(paths.OUTSIDE_CHAMPION) is not None


def _stated() -> str:
    """What a score of stated experience says of itself; nothing where the model was fitted."""
    of = rests_on() if paths.MEMBERS.is_file() else None
    if of is None:
        return ""
    begins = (
        "was learned from few defaults, and its level rests on a stated rate (configs/expert.yaml)"
        if of.own
        else "rests on stated experience (configs/expert.yaml), not on the book's own defaults"
    )
    return (
        f"\nIt {begins}: {of.customers} customers defaulted in what "
        f"it may learn from, {of.long_run_rate:.1%} a year is an assumption. docs/few-defaults.md says what it may claim."
    )


def _ranked(metrics: dict[str, Any]) -> str:
    """ROC AUC with its interval, where the test part has both outcomes, beside that of the scorecard, where one was fitted."""
    test, simple = metrics["test"], metrics["baseline"]["roc_auc"]
    if test["roc_auc"] is None:
        return "no ROC AUC, for only one outcome was seen"
    low, high = test["roc_auc_ci"]
    beside = "" if _stated() else f"; the scorecard beside it {simple:.3f}"
    return f"ROC AUC {test['roc_auc']:.3f} ({low:.3f} to {high:.3f}){beside}"


def main() -> None:
    """Prints times, verdict and pages."""
    console = Console(highlight=False, soft_wrap=True)
    console.print()
    console.print(times())
    console.print("\n" + verdict())
    console.print("\nOpen in a browser:")
    for page in pages().values():
        if Path(page.file).exists() and (has_champion() or not page.is_upkeep):
            console.print(f"  {page.file}  {page.answers}")
    console.print(
        "Try something: dvc exp run --temp, then `bonitas compare HEAD <name>` (docs/experiments.md). MLflow: `make ui`."
    )

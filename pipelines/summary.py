"""What the last run did: the time of each stage, the verdict, and where to look."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from contracts.documents.receipt import Receipt
from contracts.files import read_json
from pipelines import paths
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
        f"{receipt.name}: {version}, verdict {receipt.verdict}.\n"
        f"Test: {test['n']:,} observations, {test['defaults']:,} defaults, {_ranked(metrics)}."
    )


def _ranked(metrics: dict[str, Any]) -> str:
    """ROC AUC with its interval beside the scorecard's, where the test part has both outcomes."""
    test, simple = metrics["test"], metrics["baseline"]["roc_auc"]
    if test["roc_auc"] is None:
        return "no ROC AUC, for only one outcome was seen"
    low, high = test["roc_auc_ci"]
    return f"ROC AUC {test['roc_auc']:.3f} ({low:.3f} to {high:.3f}); the scorecard beside it {simple:.3f}"


def main() -> None:
    """Prints times, verdict and pages."""
    console = Console(highlight=False, soft_wrap=True)
    console.print()
    console.print(times())
    console.print("\n" + verdict())
    console.print("\nOpen in a browser:")
    for page in pages().values():
        if Path(page.file).is_file():
            console.print(f"  {page.file}  {page.answers}")
    console.print("Compare runs: dvc exp show, dvc metrics diff, or `make ui` for MLflow.")

"""What the last run did: the time of each stage, the verdict, and where to look."""

from __future__ import annotations

import json
import sys
from typing import Any

from rich.console import Console
from rich.table import Table

from contracts.errors import BonitasError
from contracts.files import read_json
from pipelines import paths
from pipelines.stage import EXIT_BAD_INPUT

PAGES = (
    (paths.PORTFOLIO_HTML, "the book by grade, and the ten customers to call"),
    (paths.EXPLANATIONS_HTML, "what the score looks at"),
    (paths.MODEL_VALIDATION_HTML, "whether the model may be used"),
    (paths.VALIDATION_HTML, "what was wrong with the data"),
    (paths.MONITORING_HTML, "whether the champion still holds"),
)


def times() -> Table | str:
    """The stages that ran, with their wall time in seconds; a sentence where none had to."""
    if not paths.TIMINGS.is_file():
        return "Nothing had changed: every stage was up to date."
    table = Table("stage", "seconds", box=None, title="Stages that ran", title_justify="left")
    rows = [json.loads(line) for line in paths.TIMINGS.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        table.add_row(row["stage"], f"{row['seconds']:.1f}")
    table.add_row("total", f"{sum(row['seconds'] for row in rows):.1f}", style="bold")
    return table


def verdict() -> str:
    """The receipt and the headline figures, in one paragraph."""
    receipt, metrics = read_json(paths.RECEIPT), read_json(paths.METRICS)
    test = metrics["test"]
    version = f"version {receipt['version']}" if receipt["version"] else "no version"
    return (
        f"{receipt['name']}: {version}, verdict {receipt['verdict']}.\n"
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
    try:
        console.print("\n" + verdict())
    except BonitasError as error:
        print(f"summary: {error}", file=sys.stderr)
        raise SystemExit(EXIT_BAD_INPUT) from None
    console.print("\nOpen in a browser:")
    for path, what in PAGES:
        if path.is_file():
            console.print(f"  {path}  {what}")
    console.print("Compare runs: dvc exp show, dvc metrics diff, or `make ui` for MLflow.")


if __name__ == "__main__":
    main()

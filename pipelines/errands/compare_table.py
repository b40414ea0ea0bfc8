"""The comparison as a terminal shows it: verdicts first, then figures, then what was changed."""

from __future__ import annotations

from collections.abc import Iterator

from rich.markup import escape
from rich.table import Table

from contracts.documents.comparison import Changed, Comparison, Difference, Pair
from contracts.documents.number import Figure
from contracts.numbers import EMPTY, local
from reports.comparison import DIGITS, settings_of
from reports.comparison_told import RULED, UNRULED, closing, ordered, summary, told
from reports.locale.catalogue import say

MAX_LINES = 20
"""Lines of a list; the page has all."""
MAX_PAIRS = 4
"""Runs that are told one by one; of more, a line each: the page tells them one by one."""


def tables(document: Comparison) -> Iterator[Table | str]:
    """What is printed, in order."""
    shared = document.shared
    yield (
        f"\n{shared.rows:,} observations of {shared.customers:,} customers in common, "
        f"{shared.defaults:,} in default ({shared.defaulted_customers:,} customers)"
        + (
            f"; {shared.left_out:,} left out, their outcome was corrected"
            if shared.left_out
            else ""
        )
    )
    yield _runs(document)
    if len(document.pairs) > MAX_PAIRS:
        yield ""
        yield _overview(document)
    else:
        for pair in document.pairs:
            yield from _pair(document, pair)
    yield ""
    yield from (f"[bold]{escape(say('en', *one))}[/]" for _, one in summary(document))
    yield from map(escape, closing(document, "en"))


def _pair(document: Comparison, pair: Pair) -> Iterator[Table | str]:
    yield ""
    yield from (f"[bold]{escape(line)}[/]" for line in told(document, pair, "en"))
    yield _differences(document, pair)
    yield from _changed(pair.changed)


def _overview(document: Comparison) -> Table:
    """A line a run, the lowest log loss first, as on the page; what each says stands below, by group."""
    title = f"each less {escape(document.base)}, {document.confidence:.0%} intervals by customer"
    table = Table(box=None, title=title, title_justify="left")
    for head in ("run", *(say("en", f"comparison.measure.{one}") for one in RULED)):
        table.add_column(head, no_wrap=True)
    table.add_column(say("en", "comparison.column.set"), overflow="fold")
    for pair in ordered(document):
        found = {one.measure: one for one in pair.differences}
        setting = settings_of(pair) or EMPTY
        words = setting if isinstance(setting, str) else setting[0]
        table.add_row(escape(pair.name), *(_says(found[key])[0] for key in RULED), escape(words))
    return table


def _says(one: Difference) -> tuple[str, str]:
    says = say("en", f"comparison.ruling.{one.ruling or UNRULED}")
    return _figure(one.figure, f"+.{DIGITS[one.measure]}f"), says


def _runs(document: Comparison) -> Table:
    table = Table(
        "run", "its rows", "ROC AUC", "AP", "log loss", "mean PD", "observed/expected", box=None
    )
    for run in document.runs:
        found = run.measures
        table.add_row(
            escape(run.name),
            f"{run.rows:,}",
            *(local(found[name], f".{DIGITS[name]}f") for name in ("roc_auc", "average_precision", "log_loss")),
            local(run.mean_pd, ".2%"),
            _figure(run.observed_to_expected, ".2f"),
        )  # fmt: skip
    return table


def _differences(document: Comparison, pair: Pair) -> Table:
    title = f"{escape(pair.name)} less {escape(document.base)}, {document.confidence:.0%} intervals by customer"
    table = Table("measure", "difference", "says", box=None, title=title, title_justify="left")
    for one in pair.differences:
        table.add_row(say("en", f"comparison.measure.{one.measure}"), *_says(one))
    return table


def _figure(figure: Figure, form: str) -> str:
    value = local(figure.value, form)
    if figure.low is None or figure.high is None:
        return value
    return f"{value} [{local(figure.low, form)}, {local(figure.high, form)}]".replace("[", r"\[")


def _changed(changed: Changed | None) -> Iterator[str]:
    if changed is None:
        yield "What was changed is not known: one of the two keeps no record of its run."
        return
    lines = [f"{one.key}: {_value(one.before)} -> {_value(one.after)}" for one in changed.settings]
    lines += [f"code of {one.stage}: {', '.join(one.files)}" for one in changed.code]
    yield from (f"  {escape(line)}" for line in lines[:MAX_LINES])
    if len(lines) > MAX_LINES:
        yield f"  ... and {len(lines) - MAX_LINES} more; the page has them"
    yield escape(f"  outputs that differ: {', '.join(changed.data) or 'none'}")


def _value(value: object) -> str:
    """A setting as its file writes it."""
    if isinstance(value, tuple):
        return f"[{', '.join(str(one) for one in value)}]"
    return "none" if value is None else str(value)

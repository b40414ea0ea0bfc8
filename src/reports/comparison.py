"""The page that lays runs beside each other: which is better, by how much, how surely, and what was changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from markupsafe import Markup

from contracts.documents.comparison import Changed, Comparison, Difference, Pair, Run, Slice
from contracts.numbers import EMPTY
from reports import comparison_told as told
from reports.frame import grid
from reports.frame.grid import Table, shown
from reports.frame.page import both, render_page
from reports.frame.wording import Wording, category, said
from reports.locale.catalogue import catalogue

MAX_ROWS = 60
TONES: Mapping[str, str] = MappingProxyType(
    {"better": "good", "worse": "bad", "hint_better": "warn", "hint_worse": "warn"}
)
DIGITS: Mapping[str, int] = MappingProxyType(
    {"log_loss": 5, "roc_auc": 4, "average_precision": 4, "brier": 5}
)
WORDING = Wording("comparison")
NONE = "comparison.absent.rows"
LESS_IS_BETTER = ("log_loss", "brier")


def render(document: Comparison) -> str:
    """The page as HTML; its size does not depend on the number of customers."""
    one_day = timedelta(days=1)
    view = {
        "document": document,
        "last_day": document.shared.until - one_day,
        "runs": _shown(_runs(document)),
        "summary": [(told.GROUPS[one], both(entry, **values)) for one, (entry, values) in told.summary(document)],
        "overview": _shown(_overview(document)),
        "closing": [both(entry, **values) for entry, values in filter(None, (told.seeds(document), told.production(document)))],
        "pairs": [_pair(document, one) for one in document.pairs],
        "statements": told.PER_PAIR * len(document.pairs),
    }  # fmt: skip
    return render_page("comparison.html.j2", view)


def _shown(table: Table) -> dict[str, Any]:
    return shown(table, MAX_ROWS)


def _pair(document: Comparison, pair: Pair) -> dict[str, Any]:
    return {
        "name": pair.name,
        "tone": told.GROUPS[told.group(pair)],
        "sentences": [both(entry, **values) for entry, values in told.verdicts(document, pair)],
        "differences": _shown(_differences(pair)),
        "segments": _shown(_slices("segments", pair.segments)),
        "periods": _shown(_slices("periods", pair.periods)),
        "changed": None if pair.changed is None else _changed(pair.changed),
    }


def _overview(document: Comparison) -> Table:
    """All runs at one look: the lowest log loss first, what was set, and both differences drawn on one scale a measure."""
    columns = [
        WORDING.column("run", "code"),
        WORDING.column("set", "named"),
        WORDING.column("log_loss_less", "figure", DIGITS["log_loss"]),
        WORDING.column("log_loss_drawn", "whisker", title="whisker", span=(-1.0, 1.0, 0.0)),
        WORDING.column("log_loss_ruling", "badge", title="ruling"),
        WORDING.column("roc_auc_less", "figure", DIGITS["roc_auc"]),
        WORDING.column("roc_auc_drawn", "whisker", title="whisker", span=(-1.0, 1.0, 0.0)),
        WORDING.column("roc_auc_ruling", "badge", title="ruling"),
    ]
    by_run = [(one, {each.measure: each for each in one.differences}) for one in told.ordered(document)]  # fmt: skip
    reach = {
        key: max((_reach(found[key]) for _, found in by_run), default=0.0) for key in told.RULED
    }
    rows = [
        {
            "run": pair.name,
            "set": settings_of(pair),
            **{
                name: value
                for key in told.RULED
                for name, value in _overlooked(key, found[key], reach[key]).items()
            },
        }
        for pair, found in by_run
    ]
    return WORDING.table("overview", columns, rows, absent=NONE)


def _overlooked(key: str, one: Difference, reach: float) -> dict[str, Any]:
    return {
        f"{key}_less": one.figure.model_dump(),
        f"{key}_drawn": _drawn(one, reach),
        f"{key}_ruling": _ruled(one),
    }


def settings_of(pair: Pair) -> grid.Pair | str | None:
    """The settings that differ, by the ends of their keys, and the stages whose code does, in one line."""
    if pair.changed is None:
        return None
    found = ", ".join(f"{one.key.rpartition(':')[2]}: {_value(one.after) or EMPTY}" for one in pair.changed.settings)  # fmt: skip
    stages = [one.stage for one in pair.changed.code]
    if not stages:
        return found or EMPTY
    code = said("comparison.set.code", stages=stages)
    return (f"{found}; {code[0]}", f"{found}; {code[1]}") if found else code


def _runs(document: Comparison) -> Table:
    columns = [
        WORDING.column("run", "data"),
        WORDING.column("origin", "words"),
        WORDING.column("rows", "count"),
        WORDING.column("roc_auc", "number", 4),
        WORDING.column("average_precision", "number", 4),
        WORDING.column("log_loss", "number", 5),
        WORDING.column("brier", "number", 5),
        WORDING.column("mean_pd", "share", 2),
        WORDING.column("observed_to_expected", "figure", 2),
        WORDING.column("premium", "figure", 3),
    ]
    return WORDING.table("runs", columns, [_run(one) for one in document.runs], absent=NONE)


def _run(run: Run) -> dict[str, Any]:
    return {
        "run": run.name,
        "origin": said(f"comparison.origin.{run.kind}", origin=run.origin[:7]),
        "rows": run.rows,
        **{str(measure): value for measure, value in run.measures.items()},
        "mean_pd": run.mean_pd,
        "observed_to_expected": run.observed_to_expected.model_dump(),
        "premium": run.premium.model_dump(),
    }


def _differences(pair: Pair) -> Table:
    columns = [
        WORDING.column("measure", "words"),
        WORDING.column("difference", "figure", 4),
        WORDING.column("whisker", "whisker", span=(-1.0, 1.0, 0.0)),
        WORDING.column("ruling", "badge"),
    ]
    return WORDING.table(
        "differences", columns, [_difference(one) for one in pair.differences], absent=NONE
    )


def _difference(one: Difference) -> dict[str, Any]:
    figure = one.figure.model_dump()
    return {
        "measure": said(f"comparison.measure.{one.measure}"),
        "difference": figure,
        "whisker": _drawn(one),
        "ruling": _ruled(one),
        "show": {"difference": ("figure", DIGITS[one.measure])},
    }


def _ruled(one: Difference) -> tuple[str, grid.Pair]:
    """The word for it; of what nothing is decided by, that it is shown alone."""
    tone = TONES.get(one.ruling or "", "" if one.ruling is None else "info")
    return tone, said(f"comparison.ruling.{one.ruling or told.UNRULED}")


def _reach(one: Difference) -> float:
    """How far the figure or an end of its interval lies from 0."""
    ends = (one.figure.low, one.figure.high, one.figure.value)
    return max((abs(end) for end in ends if end is not None), default=0.0)


def _drawn(one: Difference, reach: float | None = None) -> dict[str, float | None]:
    """The figure as it is drawn: better to the right, `reach` at the edge, or else the own end that lies furthest from 0."""
    edge = (_reach(one) if reach is None else reach) or 1.0
    sign = -1.0 if one.measure in LESS_IS_BETTER else 1.0
    value, low, high = (
        None if end is None else sign * end / edge
        for end in (one.figure.value, one.figure.low, one.figure.high)
    )
    if low is None or high is None:
        return {"value": value, "low": None, "high": None}
    return {"value": value, "low": min(low, high), "high": max(low, high)}


def _slices(name: str, rows: tuple[Slice, ...]) -> Table:
    columns = [
        *(
            [WORDING.column("segment", "words", is_once=True), WORDING.column("level", "named")]
            if name == "segments"
            else [WORDING.column("period", "data")]
        ),
        WORDING.column("rows", "count"),
        WORDING.column("defaults", "count"),
        WORDING.column("log_loss_less", "figure", 5),
        WORDING.column("roc_auc_less", "figure", 4),
    ]
    why = "segments" if name == "segments" else "rows"
    return WORDING.table(
        name, columns, [_slice(one) for one in rows], absent=f"comparison.absent.{why}"
    )


def _slice(one: Slice) -> dict[str, Any]:
    return {
        **(
            {"period": one.level}
            if one.segment == "period"
            else {
                "segment": _named("segment", one.segment),
                "level": _level(one.segment, one.level),
            }
        ),
        "rows": one.rows,
        "defaults": one.defaults,
        "log_loss_less": one.log_loss.model_dump(),
        "roc_auc_less": one.roc_auc.model_dump(),
    }


def _named(group: str, code: str) -> grid.Pair:
    """A code in the words of the model validation where it has them, else in ours."""
    entry = f"model.{group}.{code}"
    return said(entry if entry in catalogue("en").texts else f"comparison.{group}.{code}")


def _level(segment: str, level: str) -> grid.Pair | str:
    """A level: a code of ours, a country, a category with a Chinese name, else the user's own text."""
    if segment in {"customer_known", "has_statement"} or level in {"missing", "other"}:
        return _named("level", level)
    return category(segment, level)


def _changed(changed: Changed) -> dict[str, Any]:
    settings = [
        {"setting": one.key, "before": _value(one.before), "after": _value(one.after)}
        for one in changed.settings
    ]
    columns = [WORDING.column(key, "data") for key in ("setting", "before", "after")]
    code = [{"stage": one.stage, "files": ", ".join(one.files)} for one in changed.code]
    return {
        "settings": _shown(WORDING.table("settings", columns, settings)),
        "code": _shown(
            WORDING.table(
                "code", [WORDING.column("stage", "data"), WORDING.column("files", "data")], code
            )
        ),
        "data": Markup(", ").join(
            Markup('<code class="data">{}</code>').format(one) for one in changed.data
        ),
    }


def _value(value: Any) -> str | None:
    """A setting as its file writes it; None where the run does not have it."""
    if value is None:
        return None
    if isinstance(value, tuple):
        return f"[{', '.join(str(one) for one in value)}]"
    return str(value).lower() if isinstance(value, bool) else str(value)

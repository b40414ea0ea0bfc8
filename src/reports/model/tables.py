"""The evidence of the validation as tables: what was tested, how good it is, for whom and since when."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from reports.frame.grid import Pair, Table
from reports.frame.wording import said
from reports.model.words import (
    MEASURES,
    MODELS,
    NONE,
    RANKING,
    Measure,
    Pack,
    badge,
    column,
    gain,
    gate_told,
    is_dealt,
    level,
    model_name,
    named,
    own_name,
    table,
    word,
)

OUTCOMES: Mapping[str, str] = {"passed": "good", "failed": "bad", "not_applicable": "info"}
AUC_SPAN, RATIO_SPAN = (0.5, 1.0, 0.5), (-math.log(3.0), math.log(3.0), 0.0)
"""Ends and mark of the drawn intervals: a ROC AUC from random to perfect; a ratio from a third to three times, as logarithm."""


def outcome(code: str, *, stops: bool) -> tuple[str, Pair]:
    """Badge of an outcome: what stops is bad however it came; a failure that does not is waived or only warns.

    >>> outcome("failed", stops=False)[0], outcome("not_applicable", stops=True)[0], outcome("passed", stops=False)[0]
    ('warn', 'bad', 'good')
    """
    if code == "failed" and not stops:
        return badge("warn", "excused")
    return badge("bad" if stops else OUTCOMES[code], code)


def gates(pack: Pack) -> Table:
    """Every gate with what it found and its threshold."""
    blocking = pack["verdict"]["blocking"]
    rows = [
        {
            **row,
            "asks_gate": said(f"{row['code']}.title"),
            "found": gate_told(pack, row),
            "badge": outcome(row["outcome"], stops=row["code"] in blocking),
            "role": _role(row),
        }
        for row in pack["checks"]
    ]
    columns = [
        column("code", "code", title="gate"),
        column("asks_gate", "words"),
        column("value", "plain"),
        column("threshold", "plain"),
        column("badge", "badge", title="outcome"),
        column("role", "words"),
        column("found", "words"),
    ]
    return table("gates", columns, rows, absent=NONE)


def _role(row: Mapping[str, Any]) -> Pair:
    """What failing means; a waiver is told whether or not the gate passed."""
    if row["waiver"] is not None:
        return said("model.role.waived", waiver=row["waiver"])
    return said("model.role.blocks" if row["blocks"] else "model.role.reported")


def parts(pack: Pack) -> Table:
    """One row per sample: how many, when, and how well both models rank there."""
    models = pack["models"]
    named_so = {"test": "test_dealt"} if is_dealt(pack) else {}
    rows = [
        {
            **row,
            "name": word("part", named_so.get(row["part"], row["part"])),
            "auc": _of(models, "lightgbm", row["part"], "roc_auc"),
            "card": _of(models, "scorecard", row["part"], "roc_auc"),
        }
        for row in pack["parts"]
    ]
    columns = [
        column("name", "named", title="part"),
        column("from", "day"),
        column("until", "day"),
        column("n", "count", title="observations"),
        column("customers", "count"),
        column("defaults", "count"),
        column("defaulted_customers", "count"),
        column("rate", "share", 2),
        column("auc", "figure"),
        column("card", "figure", title="card_auc"),
    ]
    return table("parts", columns, rows, absent=NONE)


def _of(models: Pack, model: str, part: str, measure: str) -> Any:
    return (models.get(model, {}).get(part) or {}).get(measure)


def two_by_two(pack: Pack) -> Table:
    """Known and new customers, in time and out of time."""
    rows = [
        {
            **row,
            "who": word("customers", row["customers"]),
            "when": word("time", row["time"]),
            "learned": said("model.yes" if row["learned_from"] else "model.no"),
        }
        for row in pack["two_by_two"]
    ]
    columns = [
        column("who", "named", is_once=True),
        column("when", "named"),
        column("learned", "words"),
        column("n", "count", title="observations"),
        column("defaults", "count"),
        column("roc_auc", "figure"),
        column("brier_skill", "number"),
        column("mean_pd", "share", 2, title="expected"),
        column("rate", "share", 2, title="observed"),
    ]
    return table("two_by_two", columns, rows, absent=NONE)


def measures(pack: Pack, chosen: tuple[Measure, ...] = RANKING) -> Table:
    """One row per measure on the test sample, one column per model that there is."""
    there = [name for name in MODELS if name in pack["models"]]
    rows = [
        {
            "title": measure.title,
            "says": measure.says,
            "show": dict.fromkeys(there, (measure.kind, measure.digits)),
        }
        | {name: _of(pack["models"], name, "test", measure.key) for name in there}
        for measure in chosen
    ]
    columns = [column("title", "words", title="measure"), column("says", "words")]
    columns += [column(name, "figure", title=own_name(pack, name)) for name in there]
    return table("measures", columns, rows, absent=NONE)


def _long(pack: Pack) -> Iterator[dict[str, Any]]:
    for model in MODELS:
        for part, values in pack["models"].get(model, {}).items():
            for key, measure in MEASURES.items():
                yield {
                    "model": model_name(pack, model),
                    "part": word("part", part),
                    "measure": measure.title,
                    "n": values["n"],
                    "defaults": values["defaults"],
                    "figure": _as_figure(values.get(key)),
                }


def _as_figure(value: Any) -> Any:
    """A number without an interval, such as the mean probability, as a figure without one."""
    return {"value": value, "low": None, "high": None} if isinstance(value, float) else value


def all_measures(pack: Pack) -> Table:
    """Every measure of every model in every sample, one row each."""
    columns = [
        column("model", "named"),
        column("part", "named"),
        column("measure", "words"),
        column("n", "count", title="observations"),
        column("defaults", "count"),
        column("figure", "figure", 6),
    ]
    return table("all_measures", columns, list(_long(pack)), absent=NONE)


def premium(pack: Pack) -> Table:
    """What the model has over the scorecard, on the same observations."""
    rows = [
        {"title": MEASURES[key].title, "gain": figure, "so": said(f"model.gain.{gain(figure)}")}
        for key, figure in pack["premium"].items()
    ]
    columns = [
        column("title", "words", title="measure"),
        column("gain", "figure"),
        column("so", "words"),
    ]
    return table("premium", columns, rows, absent=NONE)


def segments(pack: Pack) -> Table:
    """Per industry, country, size and statement: discrimination and level, largest number of defaults first."""
    order = {name: place for place, name in enumerate(dict.fromkeys(row["segment"] for row in pack["segments"]))}  # fmt: skip
    rows = [
        {
            **row,
            "by": word("segment", row["segment"]),
            "group": level(row["segment"], row["level"]),
            "auc_drawn": row["roc_auc"],
            "ratio_drawn": _logarithms(row["observed_to_expected"]),
        }
        for row in sorted(
            pack["segments"],
            key=lambda row: (order[row["segment"]], -row["defaults"], str(row["level"])),
        )
    ]
    columns = [
        column("by", "named", is_once=True),
        column("group", "named"),
        column("n", "count", title="observations"),
        column("defaults", "count"),
        column("auc_drawn", "whisker", span=AUC_SPAN),
        column("roc_auc", "figure", 2, title="auc"),
        column("scorecard_auc", "figure", 2, title="card_auc"),
        column("mean_pd", "share", 2, title="expected"),
        column("rate", "figure_share", 2, title="observed"),
        column("ratio_drawn", "whisker", span=RATIO_SPAN),
        column("observed_to_expected", "figure", 2, title="ratio"),
        column("jeffreys_p", "number", title="jeffreys"),
    ]
    return table("segments", columns, rows)


def _logarithms(ratio: Mapping[str, float | None]) -> dict[str, float | None]:
    """Where a ratio is drawn: at its logarithm; one of 0 at the left end."""
    return {
        key: one if one is None else math.log(one) if one > 0 else RATIO_SPAN[0]
        for key, one in ratio.items()
    }


def as_of(pack: Pack) -> Table:
    """Per observation date."""
    columns = [
        column("as_of", "day"),
        column("n", "count", title="observations"),
        column("defaults", "count"),
        column("mean_pd", "share", 2, title="expected"),
        column("rate", "figure_share", 2, title="observed"),
        column("roc_auc", "figure"),
    ]
    return table("as_of", columns, list(pack["as_of"]))


def stability(pack: Pack) -> Table:
    """Inputs that moved most between development and test sample."""
    rows = [
        {
            **row,
            "input": named(pack, row["feature"]),
            "badge": badge("warn", "shifted") if row["flagged"] else badge("", "stable"),
        }
        for row in pack["stability"]
    ]
    columns = [
        column("input", "named"),
        column("badge", "badge", title="finding"),
        column("psi", "number"),
        column("critical", "number"),
        column("p_value", "p_value"),
    ]
    return table("stability", columns, rows)

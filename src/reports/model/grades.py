"""The validation's tables about the probabilities themselves: bins, grades, moves between them, tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.frame.grid import Column, Pair, Table
from reports.frame.wording import said
from reports.model.words import MODELS, NONE, Pack, badge, column, level, model_name, table, word


def _with_interval(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "observed": {"value": row["rate"], "low": row["low"], "high": row["high"]}}


def reliability(pack: Pack) -> Table:
    """The test observations in equal groups by PD, per model."""
    rows = [
        {**_with_interval(row), "model": model_name(pack, model)}
        for model in MODELS
        for row in pack["reliability"].get(model) or ()
    ]
    columns = [
        column("model", "named"),
        column("n", "count", title="observations"),
        column("defaults", "count"),
        column("mean_pd", "share", 3, title="expected"),
        column("observed", "figure_share", 3),
    ]
    return table("reliability", columns, rows)


def grades(pack: Pack) -> Table:
    """Expected and observed defaults per grade; without a ledger there is no share of exposure."""
    columns = [
        column("grade", "grade"),
        column("n", "count", title="observations"),
        column("share_n", "share", 1),
        column("share_exposure", "share", 1),
        column("defaults", "count"),
        column("mean_pd", "share", 2, title="expected"),
        column("observed", "figure_share", 2),
        column("upper_bound", "share", 2),
        column("most_prudent", "share", 2),
        column("jeffreys_p", "p_value", title="jeffreys"),
        column("binomial_p", "p_value", title="binomial"),
    ]
    rows = [_with_interval(row) for row in pack["grades"]]
    made = table("grades", columns, rows, absent=NONE)
    has_exposure = any(row["share_exposure"] is not None for row in rows)
    return made if has_exposure else made.without("share_exposure")


def significance(pack: Pack) -> Table:
    """Significance tests: what each asks, and how it came out."""
    rows = [
        {
            **row,
            "name": model_name(pack, row["model"]),
            "title": said(f"test.{row['code']}.title"),
            "asks": said(f"test.{row['code']}.asks"),
            "found": _told(row, 1.0 - pack["confidence"]),
            "badge": _badge(row["outcome"]),
        }
        for row in sorted(pack["tests"], key=lambda row: MODELS.index(row["model"]))
    ]
    columns = [
        column("name", "named", title="model", is_once=True),
        column("title", "words", title="test"),
        column("asks", "words"),
        column("statistic", "number", 2),
        column("p_value", "p_value"),
        column("n", "count", title="observations"),
        column("badge", "badge", title="outcome"),
        column("found", "words"),
    ]
    return table("tests", columns, rows, absent=NONE)


def _told(row: Mapping[str, Any], test_level: float) -> Pair:
    return said(f"test.outcome.{row['outcome']}", p_value=row["p_value"], level=test_level)


def _badge(outcome: str) -> tuple[str, Pair]:
    """A significant deviation is no failure of a gate, and reads as what it is."""
    if outcome == "failed":
        return badge("bad", "significant")
    return badge("good" if outcome == "passed" else "info", outcome)


def significance_by_test(pack: Pack) -> Table:
    """One row per test, the model's result beside the scorecard's; what was found is the model's."""
    found: dict[str, dict[str, Any]] = {}
    whole = significance(pack)
    for row in whole.rows:
        one = found.setdefault(row["code"], {"title": row["title"], "asks": row["asks"]})
        one |= {f"{key}_{row['model']}": row[key] for key in ("p_value", "badge", "found")}
    columns = [
        column("title", "words", title="test"),
        column("asks", "words"),
        column("p_value_lightgbm", "p_value", title="p_lightgbm"),
        column("badge_lightgbm", "badge", title="outcome"),
        column("p_value_scorecard", "p_value", title="p_scorecard"),
        column("badge_scorecard", "badge", title="outcome"),
        column("found_lightgbm", "words", title="told"),
    ]
    return Table(whole.name, columns, list(found.values()), whole.absent)


def migrations(pack: Pack) -> Table:
    """How many customers of each grade (row) are in each grade (column) on the last date."""
    moves = pack["migrations"]
    matrix = moves["matrix"] if moves["n"] else []
    columns = [column("grade", "grade", title="from_grade")] + [
        Column(f"to_{place}", said("model.column.to_grade", grade=place), "count")
        for place in range(1, len(matrix) + 1)
    ]
    rows = [
        {"grade": place, **{f"to_{to}": count for to, count in enumerate(row, start=1)}}
        for place, row in enumerate(matrix, start=1)
    ]
    return table("migrations", columns, rows)


def score_distribution(pack: Pack) -> Table:
    """Shares of survivors and defaulters by score."""
    columns = [
        column("score", "number", 0),
        column("survived", "share", 3),
        column("defaulted", "share", 3),
    ]
    return table("scores", columns, list(pack["score_distribution"]), absent=NONE)


def roc(pack: Pack) -> Table:
    """Per cut-off and model: which share of defaulters lies above it, and which of the survivors."""
    rows = [
        {**row, "model": model_name(pack, model)}
        for model in MODELS
        for row in pack["roc"].get(model) or ()
    ]
    columns = [
        column("model", "named"),
        column("false_alarms", "share", 3),
        column("caught", "share", 3),
    ]
    return table("roc", columns, rows)


def hidden(pack: Pack) -> list[Mapping[str, Any]]:
    """Segments in which nothing was granted to anybody."""
    return [row for row in pack["selective"]["segments"] if row["no_exposure"]]


def selective_sentence(pack: Pack) -> list[Pair]:
    """What can be said of defaults that could not be observed."""
    found = pack["selective"]
    if not found["available"]:
        return [said("model.selective.no_ledger")]
    n = len(hidden(pack))
    told = [said("model.selective.hidden", n=n) if n else said("model.selective.granted")]
    tight = found["truth"] and found["truth"]["constrained"]
    if tight and tight["n"]:
        told.append(said("model.selective.constrained", **tight))
    return told


def true_of(pack: Pack) -> Pair | None:
    """How many observations the true PD is known for; None where it is of all, or of none."""
    test, known = pack["models"]["lightgbm"]["test"], pack["models"].get("oracle", {}).get("test")
    if known is None or known["n"] == test["n"]:
        return None
    lost = test["defaults"] - known["defaults"]
    return said("model.true_of", known=known["n"], n=test["n"], defaults=lost)


def selective(pack: Pack) -> Table:
    """Where nothing was granted, no default can be observed."""
    rows = [
        {
            **row,
            "by": word("segment", row["segment"]),
            "group": level(row["segment"], row["level"]),
            "badge": badge("warn", "nothing_granted") if row["no_exposure"] else badge("good", "granted"),
        }
        for row in sorted(pack["selective"]["segments"], key=lambda row: not row["no_exposure"])
    ]  # fmt: skip
    columns = [
        column("by", "named"),
        column("group", "named"),
        column("n", "count", title="customers"),
        column("granted_exposure", "count", title="granted"),
        column("badge", "badge", title="finding"),
    ]
    return table("selective", columns, rows)


def selective_truth(pack: Pack) -> Table:
    """Expected, true and observed default rates: all, whose limit was binding, and the others."""
    truth = pack["selective"]["truth"]
    rows = []
    if truth is not None:
        groups = {"all": truth, "constrained": truth["constrained"], "free": truth["free"]}
        rows = [{**row, "name": said(f"model.limit.{key}")} for key, row in groups.items()]
    columns = [
        column("name", "words", title="who"),
        column("n", "count", title="observations"),
        column("predicted", "share", 2),
        column("true", "share", 2),
        column("realised", "share", 2, title="observed"),
    ]
    return table("truth", columns, rows)

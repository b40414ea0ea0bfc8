"""The validation's tables about the findings and how the models came to be: boosters, search, selection, calibration, points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.documents.validation_model import ValidationFinding
from reports.frame.grid import Pair, Table
from reports.frame.wording import said
from reports.locale.catalogue import LANGUAGES
from reports.locale.gates import detail
from reports.model.words import (
    NONE,
    Pack,
    badge,
    column,
    gate_told,
    joined,
    named,
    span,
    subject,
    table,
    word,
)


def headline(pack: Pack) -> Pair:
    """The verdict in one or two sentences."""
    verdict, test = pack["verdict"], pack["models"]["lightgbm"]["test"]
    codes = verdict["blocking"]
    titles = tuple(
        tuple(f"{code} ({title[side]})" for code, title in zip(codes, map(_title, codes), strict=True))
        for side in range(len(LANGUAGES))
    )  # fmt: skip
    outcome = "stated" if pack["rests_on"] and not codes else verdict["outcome"]
    first = said(f"verdict.{outcome}", can_block=verdict["can_block"], n=len(codes), titles=titles)  # fmt: skip
    if test["roc_auc"]["value"] is None:
        return joined(first, said("verdict.unknown"))
    auc, rate = span(test["roc_auc"], ".0%"), test["rate"]["value"]
    return joined(first, said("verdict.quality", auc=auc, mean_pd=test["mean_pd"], rate=rate))


def _title(code: str) -> Pair:
    return said(f"{code}.title")


def title(pack: Pack, row: Mapping[str, Any]) -> Pair:
    """The heading of a finding: a gate's own title, or that of what was found."""
    is_gate = any(row["code"] == one["code"] for one in pack["checks"])
    return said(f"{row['code']}.title" if is_gate else f"{_finding(row).entry}.title")


def evidence(pack: Pack, row: Mapping[str, Any]) -> Pair:
    """What is behind a finding; a gate's words include its waiver, and what other gates found of the same cause."""
    gates = {one["code"]: one for one in pack["checks"]}
    found = [
        gate_told(pack, gates[code]) if code in gates else _behind(row)
        for code in (row["code"], *row["also"])
    ]
    return joined(*found)


def _behind(row: Mapping[str, Any]) -> Pair:
    english, chinese = (detail(language, _finding(row)) for language in LANGUAGES)
    return english, chinese


def _finding(row: Mapping[str, Any]) -> ValidationFinding:
    kept = {key: value for key, value in row.items() if key not in {"subjects", "also"}}
    return ValidationFinding.model_validate(kept, strict=False)


def findings(pack: Pack) -> Table:
    """All findings, most important first, each once."""
    rows = [
        {
            **row,
            "badge": badge(row["severity"], row["severity"]),
            "title": title(pack, row),
            "behind": evidence(pack, row),
            "shared": tuple(
                "; ".join(one if isinstance(one, str) else one[side] for one in shared)
                for side in range(len(LANGUAGES))
            ),
        }
        for row in pack["findings"]
        for shared in [[subject(pack, one) for one in row["subjects"]]]
    ]
    columns = [
        column("code", "data"),
        column("badge", "badge", title="severity"),
        column("title", "words"),
        column("behind", "words"),
        column("shared", "words"),
    ]
    return table("findings", columns, rows, absent=NONE)


def facts(pack: Pack) -> Table:
    """Single numbers of the validation, one row each."""
    verdict, blocking = pack["verdict"], ", ".join(pack["verdict"]["blocking"])
    search, selection = pack["search"] or {}, pack["selection"] or {}
    sources: list[tuple[Mapping[str, Any], tuple[str, ...]]] = [
        (pack, ("horizon_months", "confidence")),
        (pack["lightgbm"], ("trees", "features", "promised_directions", "violations")),
        (pack["concentration"], ("grades_by_number", "grades_by_exposure")),
        (pack["migrations"], ("bandwidth_up", "bandwidth_down", "share_same", "share_within_one")),
        (search, ("trials", "complete", "pruned", "best_log_loss", "by_hand_log_loss")),
        (selection, ("kept", "of")),
        (pack["scorecard"], ("intercept_points",)),
    ]
    texts: Mapping[str, Pair] = {
        "portfolio": (pack["portfolio"], pack["portfolio"]),
        "title": (pack["title"], pack["title"]),
        "outcome": said(f"model.badge.{verdict['outcome']}"),
        "verdict": headline(pack),
        "blocking": (blocking, blocking) if blocking else said("model.fact.none"),
    }
    rows: list[dict[str, Any]] = [
        {"name": said(f"model.fact.{key}"), "text": text} for key, text in texts.items()
    ]
    rows += [
        {"name": said(f"model.fact.{key}"), "value": source.get(key)}
        for source, keys in sources
        for key in keys
    ]
    columns = [
        column("name", "words", title="what"),
        column("text", "words"),
        column("value", "number", 4, title="number"),
    ]
    return table("facts", columns, rows, absent=NONE)


def members(pack: Pack) -> Table:
    """The boosters that are averaged."""
    rows = [{**row, "name": word("flavour", row["flavour"])} for row in pack["lightgbm"]["members"]]
    columns = [
        column("name", "named", title="kind"),
        column("trees", "count"),
        column("weight", "share", 0),
    ]
    return table("members", columns, rows, absent=NONE)


def flavours(pack: Pack) -> Table:
    """Every variant of booster that was compared on later data, and which are used."""
    rows = [
        {
            **row,
            "name": word("flavour", row["flavour"]),
            "badge": badge("good", "taken") if row["taken"] else badge("", "tried"),
        }
        for row in pack["lightgbm"]["tried"]
    ]
    columns = [
        column("name", "named", title="kind"),
        column("badge", "badge", title="taken"),
        column("rounds", "count", title="trees"),
        column("log_loss", "number", 5, title="loss_later"),
    ]
    return table("flavours", columns, rows, absent=NONE)


def _tried(row: Pack, calibration: Pack) -> tuple[str, Pair]:
    if row["method"] == calibration["method"]:
        return badge("good", "chosen")
    if row["method"] in calibration["lost"]:
        return badge("warn", "lost_later")
    return badge("info", "too_few") if row["log_loss"] is None else badge("", "tried")


def candidates(pack: Pack) -> Table:
    """Calibration methods, from least to most intervention."""
    calibration = pack["lightgbm"]["calibration"]
    rows = [
        {
            **row,
            "name": word("method", row["method"]),
            "badge": _tried(row, calibration),
        }
        for row in calibration["candidates"]
    ]
    columns = [
        column("name", "named", title="method"),
        column("badge", "badge", title="outcome"),
        column("log_loss", "number", 5),
        column("standard_error", "number", 5),
    ]
    why = "candidates_stated" if pack["rests_on"] else "candidates"
    return table("candidates", columns, rows, absent=f"model.absent.{why}")


def importance(pack: Pack) -> Table:
    """Which hyperparameters of the search mattered."""
    found = (pack["search"] or {}).get("importance") or ()
    top = max((row["importance"] for row in found), default=0.0)
    rows = [
        {**row, "drawn": row["importance"] / top if top else 0.0}
        for row in sorted(found, key=lambda row: (-row["importance"], row["param"]))
    ]
    columns = [
        column("param", "data"),
        column("drawn", "bar"),
        column("importance", "share", 0),
    ]
    why = "importance_alone" if pack["search"] else "importance"
    return table("importance", columns, rows, absent=f"model.absent.{why}")


def selection(pack: Pack) -> Table:
    """Inputs kept and left out, and why."""
    chosen = pack["selection"] or {}
    rows_of = chosen.get("rows") or ()
    rows = [
        {
            **row,
            "name": named(pack, row["feature"]),
            "badge": badge("good", "kept") if row["kept"] else badge("info", "dropped"),
            "reason": (row["reason_en"], row["reason_zh"]),
        }
        for row in (rows_of if chosen.get("method") != "none" else ())
    ]
    columns = [
        column("name", "named", title="input"),
        column("badge", "badge", title="outcome"),
        column("share", "share", 1, title="share_score"),
        column("unstable_folds", "count", title="unstable"),
        column("reason", "words", title="why"),
    ]
    return table("selection", columns, rows)


def scorecard(pack: Pack) -> Table:
    """Points per input and range of values; strongest input first."""
    features = sorted(pack["scorecard"]["features"], key=lambda row: (-(row["iv"] or 0.0), row["feature"]))  # fmt: skip
    rows = [
        {
            **one,
            "name": named(pack, feature["feature"]),
            "bin": label(one),
            "iv": feature["iv"],
            "coefficient": feature["coefficient"],
        }
        for feature in features
        for one in feature["bins"]
    ]
    columns = [
        column("name", "named", title="input", is_once=True),
        column("bin", "named"),
        column("share", "share", 1),
        column("points", "number", 1),
        column("woe", "number", 3),
        column("iv", "number", 3),
        column("coefficient", "number", 3),
    ]
    return table("scorecard", columns, rows)


def label(one: Mapping[str, Any]) -> Pair | str:
    """What a bin of the scorecard holds; names of levels alone are the user's own text.

    >>> label({"kind": "between", "low": 2.0, "high": 30.5, "levels": [], "more": 0})[0]
    '2 to below 30.5'
    """
    if one["kind"] == "levels" and not one["more"]:
        return ", ".join(one["levels"])
    entry = "levels_more" if one["kind"] == "levels" else one["kind"]
    return said(
        f"model.bin.{entry}", **{key: one[key] for key in ("low", "high", "levels", "more")}
    )

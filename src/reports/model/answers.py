"""Six questions a committee asks, each answered in a sentence or two with the validation's numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.frame.grid import Pair, cut, significant
from reports.frame.wording import said
from reports.model.words import Pack, gain, group, is_dealt, joined, span

MIN_DEFAULTS = 10
"""A segment with fewer defaults is not called the weakest: its ranking could be anything."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A question, its answer, and the number of the page's section that shows the evidence."""

    asks: Pair
    says: Pair
    section: int


def answers(pack: Pack) -> list[Answer]:
    """How good, for whom, since when, how sure, against what, and what would make it fail."""
    return [
        Answer(said("model.asks.how_good"), how_good(pack), 2),
        Answer(said("model.asks.for_whom"), for_whom(pack), 4),
        Answer(said("model.asks.since_when"), since_when(pack), 5),
        Answer(said("model.asks.how_sure"), how_sure(pack), 1),
        Answer(said("model.asks.against_what"), against_what(pack), 2),
        Answer(said("model.asks.what_would_fail"), what_would_fail(pack), 9),
    ]


def _known(row: Mapping[str, Any]) -> bool:
    """Whether the row's ranking is defined."""
    return (row.get("roc_auc") or {}).get("value") is not None


def _test(pack: Pack, model: str = "lightgbm") -> Mapping[str, Any]:
    return pack["models"].get(model, {}).get("test") or {}


def how_good(pack: Pack) -> Pair:
    """Ranking in pairs of customers, and the level."""
    test, best = _test(pack), _test(pack, "oracle")
    if not test or not _known(test):
        return said("model.says.no_outcomes")
    figures = {
        "auc": span(test["roc_auc"]),
        "ratio": span(test["observed_to_expected"]),
        "skill": span(test["brier_skill"], ".1%"),
    }
    if best:
        return said("model.says.how_good_oracle", best=span(best["roc_auc"]), **figures)
    return said("model.says.how_good", **figures)


def for_whom(pack: Pack) -> Pair:
    """The strongest and the weakest segment with enough defaults, and new customers."""
    known = [row for row in pack["segments"] if row["defaults"] >= MIN_DEFAULTS and _known(row)]
    if not known:
        return said("model.says.no_segment", least=MIN_DEFAULTS)
    order = sorted(known, key=lambda row: (row["roc_auc"]["value"], str(row["level"])))
    told = [*_ends(order)] if len(order) > 1 else [_alone(order[0])]
    fresh = [row for row in pack["two_by_two"] if (row["customers"], row["time"]) == ("new", "out_of_time")]  # fmt: skip
    if fresh and _known(fresh[0]):
        told.append(said("model.says.new_customers", auc=span(fresh[0]["roc_auc"])))
    return joined(*told)


def _ends(order: Sequence[Mapping[str, Any]]) -> Iterator[Pair]:
    """The strongest segment and the weakest of two or more, weakest first, and whether they may be alike."""
    weak, strong = order[0], order[-1]
    yield said(
        "model.says.for_whom",
        best=_group(strong),
        best_auc=span(strong["roc_auc"]),
        worst=_group(weak),
        worst_auc=span(weak["roc_auc"]),
        defaults=weak["defaults"],
    )
    low, high = strong["roc_auc"]["low"], weak["roc_auc"]["high"]
    if low is not None and high is not None and low <= high:
        yield said("model.says.overlap")


def _alone(row: Mapping[str, Any]) -> Pair:
    return said("model.says.for_one", only=_group(row), auc=span(row["roc_auc"]), least=MIN_DEFAULTS)  # fmt: skip


def _group(row: Mapping[str, Any]) -> Pair:
    """A level of a segment inside a sentence."""
    english, chinese = group(row["segment"], row["level"])
    return cut(english[:1].lower() + english[1:]), cut(chinese)


def since_when(pack: Pack) -> Pair:
    """The dates of the test, and the weakest of them."""
    parts = {row["part"]: row for row in pack["parts"]}
    if "test" not in parts:
        return said("model.says.no_test")
    is_refit = pack["lightgbm"]["learned_from_calibrate"] and "calibrate" in parts
    test, learned = parts["test"], parts.get("calibrate" if is_refit else "train")
    entry = "model.says.tested_dealt" if is_dealt(pack) else "model.says.tested"
    told = [said(entry, start=test["from"], end=test["until"], days=len(pack["as_of"]))]
    if learned and not pack["rests_on"]:
        told.append(said("model.says.learned", until=learned["until"]))
    days = [row for row in pack["as_of"] if _known(row)]
    if days:
        worst = min(days, key=lambda row: (row["roc_auc"]["value"], row["as_of"]))
        told.append(said("model.says.worst_day", day=worst["as_of"], auc=span(worst["roc_auc"])))
    return joined(*told)


def how_sure(pack: Pack) -> Pair:
    """On how many defaults everything rests."""
    test = next((row for row in pack["parts"] if row["part"] == "test"), None)
    if test is None:
        return said("model.says.no_test")
    told = [
        said(
            "model.says.how_sure",
            defaults=test["defaults"],
            heads=test["defaulted_customers"],
            n=test["n"],
            customers=test["customers"],
        )
    ]
    low, high = ((_test(pack).get("roc_auc") or {}).get(key) for key in ("low", "high"))
    if low is not None and high is not None:
        told.append(said("model.says.within", half=(high - low) / 2))
    return joined(*told, said("model.says.intervals", confidence=pack["confidence"]))


def against_what(pack: Pack) -> Pair:
    """The scorecard beside it, and what the complexity buys."""
    card, more = _test(pack, "scorecard"), pack["premium"]["gini"]
    if not _known(_test(pack)):
        return said("model.says.no_outcomes")
    if not card or more["value"] is None:
        return said("model.says.no_scorecard")
    return said(f"model.says.against_{gain(more)}", card=span(card["gini"]), gain=span(more, ".3f"))


def what_would_fail(pack: Pack) -> Pair:
    """Gates that failed or could not be assessed, and of those that passed the nearest to its threshold."""
    checks, blocking = pack["checks"], pack["verdict"]["blocking"]
    passed = [row for row in checks if row["outcome"] == "passed"]
    told = [said("model.says.passed", n=len(passed), of=len(checks))]
    told.append(
        said("model.says.blocking", codes=blocking) if blocking else said("model.says.not_blocked")
    )
    for outcome, entry in (("failed", "failed_only"), ("not_applicable", "declined")):
        others = [row["code"] for row in checks if row["outcome"] == outcome and row["code"] not in blocking]  # fmt: skip
        if others:
            told.append(said(f"model.says.{entry}", codes=others))
    near = nearest(passed)
    if near is not None:
        told.append(_nearest(near))
    return joined(*told)


def _nearest(row: Mapping[str, Any]) -> Pair:
    figures = {"code": row["code"], "threshold": significant(row["threshold"])}
    if row["end"] is None:
        return said("model.says.nearest", value=_apart(row["value"], row["threshold"]), **figures)
    end = _apart(row["end"], row["threshold"])
    return said("model.says.nearest_end", value=significant(row["value"]), end=end, **figures)


def _apart(value: float, threshold: float) -> str:
    """With three significant digits, or as many as tell it from the threshold.

    >>> _apart(0.83, 0.6), _apart(0.49984, 0.5)
    ('0.83', '0.4998')
    """
    written = (significant(value, digits) for digits in range(3, 16))
    return next((one for one in written if one != significant(threshold)), significant(value))


def nearest(passed: list[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The gate nearest to its threshold, as a share of the larger of the two; equal ones are counts, and left out.

    Held against the threshold is the value, or the end of its interval where the gate looks at that.

    >>> nearest([{"value": 0.9, "threshold": 0.6}, {"value": 0.7, "threshold": 0.6}, {"value": 0, "threshold": 0}])["value"]
    0.7
    >>> nearest([{"value": 0.9, "end": 0.61, "threshold": 0.6}, {"value": 0.7, "threshold": 0.6}])["value"]
    0.9
    """
    held = [(_held(row), row["threshold"], row) for row in passed]
    apart = [
        (abs(value - limit) / max(abs(value), abs(limit)), place, row)
        for place, (value, limit, row) in enumerate(held)
        if value is not None and limit is not None and value != limit
    ]
    return min(apart, default=(0.0, 0, None))[2]


def _held(row: Mapping[str, Any]) -> float | None:
    end: float | None = row.get("end")
    return row["value"] if end is None else end

"""The page that weighs a challenger against the champion: the advice, its reasons, the duel, and the swap set in money."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from contracts.documents.promotion import Contender, Duel, Promotion, Weight
from contracts.documents.swap import Mover, Rated, Swap
from reports.comparison import DIGITS
from reports.frame.grid import Column, Kind, Pair, Table, shown
from reports.frame.page import both, render_page
from reports.frame.wording import Wording, said
from reports.locale.catalogue import say

TONES: Mapping[str, str] = MappingProxyType({"promote": "good", "person": "warn", "keep": "bad"})
WEIGHS: Mapping[str, str] = MappingProxyType({"for": "good", "against": "bad", "neither": "info"})
SIGNS: Mapping[str, str] = MappingProxyType(
    {"for": "+", "against": "\N{MINUS SIGN}", "neither": ""}
)
"""How plain text marks which way a reason weighs."""
RULINGS: Mapping[str, str] = MappingProxyType(
    {"better": "good", "worse": "bad", "hint_better": "warn", "hint_worse": "warn"}
)
MEASURES = ("log_loss", "roc_auc", "average_precision", "brier", "observed_to_expected", "level", "cox_slope", "ece")  # fmt: skip
WORDING = Wording("promotion")
SENTENCE = Mapping[str, Any]


def render(document: Promotion, speeds: Mapping[str, float] | None = None) -> str:
    """The page as HTML; its size does not depend on the number of customers.

    Args:
        document: what it says.
        speeds: rows a second, explained, by version; where none are given, the page says nothing of speed.
    """
    duel, swap = document.duel, document.swap
    entry, values = _advice(document)
    view = {
        "document": document,
        "advice": both(entry, **values),
        "tone": TONES[document.advice],
        "reasons": [_reason(document, one) for one in document.reasons],
        "duel": duel,
        "last_day": None if duel is None else duel.until - timedelta(days=1),
        "measures": None if duel is None else shown(_measures(document, duel)),
        "differences": None if duel is None else shown(_differences(duel)),
        "contenders": shown(_contenders(document)),
        "sides": None if swap is None else shown(_sides(document, swap)),
        "grades": None if swap is None else shown(_changes("grades", swap.grades, "grade")),
        "actions": None if swap is None else shown(_actions(swap)),
        "movers": [] if swap is None else [_mover(one) for one in swap.movers],
        "speeds": dict(speeds or {}),
    }
    return render_page("promotion.html.j2", view)


def _advice(document: Promotion) -> tuple[str, SENTENCE]:
    names = {"champion": document.champion.number, "challenger": document.challenger.number}
    return f"promotion.advice.{document.advice}", names


def _why(document: Promotion, one: Weight) -> tuple[str, SENTENCE]:
    names = {"champion": document.champion.number, "challenger": document.challenger.number}
    held = {"currency": document.currency, "margin": None, **names}
    return f"promotion.reason.{one.code}", {**held, **one.values}


def plainly(document: Promotion) -> tuple[str, list[tuple[str, str]]]:
    """The advice as an English sentence, and its reasons likewise, each behind its sign; nothing in them is escaped."""
    advice, values = _advice(document)
    reasons = ((one, *_why(document, one)) for one in document.reasons)
    return say("en", advice, values), [
        (SIGNS[one.weighs], say("en", entry, held)) for one, entry, held in reasons
    ]


def _reason(document: Promotion, one: Weight) -> dict[str, Any]:
    entry, values = _why(document, one)
    return {
        "tone": WEIGHS[one.weighs],
        "weighs": both(f"promotion.weighs.{one.weighs}"),
        "text": both(entry, **values),
    }


def _versions(document: Promotion, kind: Kind, digits: int = 3) -> list[Column]:
    """One column for either version, under its number."""
    pairs = (("champion", document.champion), ("challenger", document.challenger))
    return [
        Column(key, said(f"promotion.column.{key}_number", number=one.number), kind, digits)
        for key, one in pairs
    ]


def _measures(document: Promotion, duel: Duel) -> Table:
    rows = [
        {
            "measure": said(f"promotion.measure.{name}"),
            **{
                who: getattr(getattr(duel, who), name).model_dump()
                for who in ("champion", "challenger")
            },
            "show": {
                who: ("figure", DIGITS.get(name, 3 if name != "observed_to_expected" else 2))
                for who in ("champion", "challenger")
            },
        }
        for name in MEASURES
    ]
    return WORDING.table(
        "measures",
        [WORDING.column("measure", "words"), *_versions(document, "figure")],
        rows,
        absent="promotion.absent",
    )


def _differences(duel: Duel) -> Table:
    rows = [
        {
            "measure": said(f"promotion.measure.{one.measure}"),
            "difference": one.figure.model_dump(),
            "ruling": None
            if one.ruling is None
            else (RULINGS.get(one.ruling, "info"), said(f"comparison.ruling.{one.ruling}")),
            "show": {"difference": ("figure", DIGITS[one.measure])},
        }
        for one in duel.differences
    ]
    columns = [WORDING.column("measure", "words"), WORDING.column("difference", "figure"), WORDING.column("ruling", "badge")]  # fmt: skip
    return WORDING.table("differences", columns, rows, absent="promotion.absent")


def _contenders(document: Promotion) -> Table:
    pair = {"champion": document.champion, "challenger": document.challenger}
    rows = [
        {"fact": said(f"promotion.fact.{name}"), **{who: write(one) for who, one in pair.items()}}
        for name, write in FACTS.items()
    ]
    return WORDING.table(
        "contenders",
        [WORDING.column("fact", "words"), *_versions(document, "words")],
        rows,
        absent="promotion.absent",
    )


def _certified(one: Contender) -> Pair:
    held = one.certificate
    entry = "promotion.certificate.broken" if held.broken else "promotion.certificate.kept"
    return said(entry, directions=held.directions, trees=held.trees, broken=held.broken)


def _gates(one: Contender) -> Pair:
    if not one.gates:
        return said("promotion.gates.none")
    passed = sum(outcome == "passed" for outcome in one.gates.values())
    others = sorted((code, outcome) for code, outcome in one.gates.items() if outcome != "passed")
    told = said("promotion.gates.passed", passed=passed, n=len(one.gates))
    if not others:
        return told
    words = [(code, said(f"model.badge.{outcome}")) for code, outcome in others]
    english, chinese = (", ".join(f"{code} {word[side]}" for code, word in words) for side in range(2))  # fmt: skip
    return f"{told[0]} ({english})", f"{told[1]}（{chinese}）"


def _origin(one: Contender) -> Pair:
    if one.parent is not None:
        return said("promotion.origin.recalibrated", parent=one.parent)
    return said(f"promotion.origin.{one.origin or 'unlogged'}")


FACTS: Mapping[str, Callable[[Contender], Pair]] = {
    "origin": _origin,
    "features": lambda one: said("promotion.features", n=one.features),
    "certificate": _certified,
    "gates": _gates,
    "digest": lambda one: (one.digest[:12], one.digest[:12]),
}


def _sides(document: Promotion, swap: Swap) -> Table:
    before, after = swap.champion, swap.challenger
    blocked, released = swap.crossings

    def moved(up: Any, down: Any) -> Pair:
        return said(
            "promotion.moved", up=up.amount, n_up=up.customers, down=down.amount, n_down=down.customers
        )  # fmt: skip

    rows: list[dict[str, Any]] = [
        _side("limits", (before.limits, after.limits), moved(swap.raised, swap.lowered)),
        _side("expected_loss", (before.expected_loss, after.expected_loss), moved(swap.loss_up, swap.loss_down)),
        _side("expected_defaults", (before.expected_defaults, after.expected_defaults), None, 1),
        _side("blocked", (before.blocked, after.blocked), said("promotion.crossed", blocked=blocked.customers, released=released.customers)),
        _side("blocked_sales", (before.blocked_sales, after.blocked_sales), said("promotion.crossed_sales", blocked=blocked.sales, released=released.sales)),
    ]  # fmt: skip
    columns = [WORDING.column("what", "words"), *_versions(document, "number", 0), WORDING.column("change", "number", 0), WORDING.column("moved", "words")]  # fmt: skip
    return WORDING.table("sides", columns, rows, absent="promotion.absent")


def _side(name: str, pair: tuple[Any, Any], moved: Pair | None, digits: int = 0) -> dict[str, Any]:  # fmt: skip
    before, after = pair
    known = before is not None and after is not None
    return {
        "what": said(f"promotion.side.{name}"),
        "champion": before,
        "challenger": after,
        "change": after - before if known else None,
        "moved": moved,
        "show": dict.fromkeys(("champion", "challenger", "change"), ("number", digits)),
    }


def _changes(name: str, rows: Any, kind: Kind) -> Table:
    columns = [WORDING.column("before", kind), WORDING.column("after", kind), WORDING.column("customers", "count"), WORDING.column("exposure", "count")]  # fmt: skip
    return WORDING.table(
        name, columns, [one.model_dump() for one in rows], absent="promotion.absent"
    )


def _actions(swap: Swap) -> Table:
    table = _changes("actions", swap.actions, "words")
    rows = [
        {**row, **{key: said(f"action.{row[key]}") for key in ("before", "after")}}
        for row in table.rows
    ]
    return Table(table.name, table.columns, rows, table.absent)


def _mover(one: Mover) -> dict[str, Any]:
    return {
        "mover": one,
        "sides": [("champion", _rated(one.champion)), ("challenger", _rated(one.challenger))],
        "drivers": [{"text": both(own.en, own.zh), "points": own.points} for own in one.drivers],
    }


def _rated(rated: Rated) -> dict[str, Any]:
    return {"rated": rated, "reasons": [both(own.en, own.zh) for own in rated.reasons]}

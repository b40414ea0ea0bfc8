"""The page that weighs a challenger against the champion: the advice, its reasons, the duel, and the swap set in money."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from contracts.documents.promotion import Contender, Duel, Promotion, Weight
from contracts.documents.swap import Mover, Rated, Swap
from reports.comparison import DIGITS
from reports.frame import grid
from reports.frame.grid import Column, Kind, Table, shown
from reports.frame.page import both, render_page
from reports.locale.catalogue import LANGUAGES, say

TONES: Mapping[str, str] = MappingProxyType({"promote": "good", "person": "warn", "keep": "bad"})
WEIGHS: Mapping[str, str] = MappingProxyType({"for": "good", "against": "bad", "neither": "info"})
RULINGS: Mapping[str, str] = MappingProxyType(
    {"better": "good", "worse": "bad", "hint_better": "warn", "hint_worse": "warn"}
)
MEASURES = ("log_loss", "roc_auc", "average_precision", "brier", "observed_to_expected", "level", "cox_slope", "ece")  # fmt: skip
SENTENCE = Mapping[str, Any]


def render(document: Promotion, speeds: Mapping[str, float] | None = None) -> str:
    """The page as HTML; its size does not depend on the number of customers.

    Args:
        document: what it says.
        speeds: rows a second, explained, by version; where none are given, the page says nothing of speed.
    """
    duel, swap = document.duel, document.swap
    entry, values = advice_of(document)
    view = {
        "document": document,
        "advice": both(entry, **values),
        "tone": TONES[document.advice],
        "reasons": [_reason(document, one) for one in document.reasons],
        "duel": duel,
        "last_day": None if duel is None else duel.until - timedelta(days=1),
        "measures": None if duel is None else _shown(_measures(document, duel)),
        "differences": None if duel is None else _shown(_differences(duel)),
        "contenders": _shown(_contenders(document)),
        "sides": None if swap is None else _shown(_sides(document, swap)),
        "grades": None if swap is None else _shown(_changes("grades", swap.grades, "grade")),
        "actions": None if swap is None else _shown(_actions(swap)),
        "movers": [] if swap is None else [_mover(one) for one in swap.movers],
        "speeds": dict(speeds or {}),
    }
    return render_page("promotion.html.j2", view)


def advice_of(document: Promotion) -> tuple[str, SENTENCE]:
    """The advice as an entry of the catalogue with its values."""
    names = {"champion": document.champion.number, "challenger": document.challenger.number}
    return f"promotion.advice.{document.advice}", names


def reason_of(document: Promotion, one: Weight) -> tuple[str, SENTENCE]:
    """A reason likewise."""
    names = {"champion": document.champion.number, "challenger": document.challenger.number}
    held = {"currency": document.currency, "margin": None, **names}
    return f"promotion.reason.{one.code}", {**held, **one.values}


def _reason(document: Promotion, one: Weight) -> dict[str, Any]:
    entry, values = reason_of(document, one)
    return {
        "tone": WEIGHS[one.weighs],
        "weighs": both(f"promotion.weighs.{one.weighs}"),
        "text": both(entry, **values),
    }


def _words(entry: str, **values: Any) -> grid.Pair:
    english, chinese = (say(language, entry, values) for language in LANGUAGES)
    return english, chinese


def _column(key: str, kind: Kind, digits: int = 3, **more: Any) -> Column:
    return Column(key, _words(f"promotion.column.{key}"), kind, digits, **more)


def _table(name: str, columns: list[Column], rows: list[dict[str, Any]]) -> Table:
    return Table(_words(f"promotion.table.{name}"), columns, rows, _words("promotion.absent"))


def _shown(table: Table) -> dict[str, Any]:
    return shown(table)


def _versions(document: Promotion, kind: Kind, digits: int = 3) -> list[Column]:
    """One column for either version, under its number."""
    pairs = (("champion", document.champion), ("challenger", document.challenger))
    return [
        Column(key, _words(f"promotion.column.{key}_number", number=one.number), kind, digits)
        for key, one in pairs
    ]


def _measures(document: Promotion, duel: Duel) -> Table:
    rows = [
        {
            "measure": _words(f"promotion.measure.{name}"),
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
    return _table("measures", [_column("measure", "words"), *_versions(document, "figure")], rows)


def _differences(duel: Duel) -> Table:
    rows = [
        {
            "measure": _words(f"promotion.measure.{one.measure}"),
            "difference": one.figure.model_dump(),
            "ruling": None
            if one.ruling is None
            else (RULINGS.get(one.ruling, "info"), _words(f"comparison.ruling.{one.ruling}")),
            "show": {"difference": ("figure", DIGITS[one.measure])},
        }
        for one in duel.differences
    ]
    columns = [_column("measure", "words"), _column("difference", "figure"), _column("ruling", "badge")]  # fmt: skip
    return _table("differences", columns, rows)


def _contenders(document: Promotion) -> Table:
    pair = {"champion": document.champion, "challenger": document.challenger}
    rows = [
        {"fact": _words(f"promotion.fact.{name}"), **{who: write(one) for who, one in pair.items()}}
        for name, write in FACTS.items()
    ]
    return _table("contenders", [_column("fact", "words"), *_versions(document, "words")], rows)


def _certified(one: Contender) -> grid.Pair:
    held = one.certificate
    entry = "promotion.certificate.broken" if held.broken else "promotion.certificate.kept"
    return _words(entry, directions=held.directions, trees=held.trees, broken=held.broken)


def _gates(one: Contender) -> grid.Pair:
    if not one.gates:
        return _words("promotion.gates.none")
    passed = sum(outcome == "passed" for outcome in one.gates.values())
    others = sorted(f"{code} {outcome}" for code, outcome in one.gates.items() if outcome != "passed")  # fmt: skip
    english, chinese = _words("promotion.gates.passed", passed=passed, n=len(one.gates))
    more = f" ({', '.join(others)})" if others else ""
    return english + more, chinese + more


def _origin(one: Contender) -> grid.Pair:
    if one.parent is not None:
        return _words("promotion.origin.recalibrated", parent=one.parent)
    return _words(f"promotion.origin.{one.origin or 'unlogged'}")


FACTS: Mapping[str, Callable[[Contender], grid.Pair]] = {
    "origin": _origin,
    "features": lambda one: _words("promotion.features", n=one.features),
    "certificate": _certified,
    "gates": _gates,
    "digest": lambda one: (one.digest[:12], one.digest[:12]),
}


def _sides(document: Promotion, swap: Swap) -> Table:
    before, after = swap.champion, swap.challenger
    blocked, released = swap.crossings

    def moved(up: Any, down: Any) -> grid.Pair:
        return _words(
            "promotion.moved", up=up.amount, n_up=up.customers, down=down.amount, n_down=down.customers
        )  # fmt: skip

    rows: list[dict[str, Any]] = [
        _side("limits", (before.limits, after.limits), moved(swap.raised, swap.lowered)),
        _side("expected_loss", (before.expected_loss, after.expected_loss), moved(swap.loss_up, swap.loss_down)),
        _side("expected_defaults", (before.expected_defaults, after.expected_defaults), None, 1),
        _side("blocked", (before.blocked, after.blocked), _words("promotion.crossed", blocked=blocked.customers, released=released.customers)),
        _side("blocked_sales", (before.blocked_sales, after.blocked_sales), _words("promotion.crossed_sales", blocked=blocked.sales, released=released.sales)),
    ]  # fmt: skip
    columns = [_column("what", "words"), *_versions(document, "number", 0), _column("change", "number", 0), _column("moved", "words")]  # fmt: skip
    return _table("sides", columns, rows)


def _side(name: str, pair: tuple[Any, Any], moved: grid.Pair | None, digits: int = 0) -> dict[str, Any]:  # fmt: skip
    before, after = pair
    known = before is not None and after is not None
    return {
        "what": _words(f"promotion.side.{name}"),
        "champion": before,
        "challenger": after,
        "change": after - before if known else None,
        "moved": moved,
        "show": dict.fromkeys(("champion", "challenger", "change"), ("number", digits)),
    }


def _changes(name: str, rows: Any, kind: Kind) -> Table:
    columns = [_column("before", kind), _column("after", kind), _column("customers", "count"), _column("exposure", "count")]  # fmt: skip
    return _table(name, columns, [one.model_dump() for one in rows])


def _actions(swap: Swap) -> Table:
    table = _changes("actions", swap.actions, "words")
    rows = [
        {**row, **{key: _words(f"action.{row[key]}") for key in ("before", "after")}}
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

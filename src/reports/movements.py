"""The page that says why the book's scores moved, by cause, and who moved most."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from itertools import accumulate, pairwise
from typing import Any

from contracts.documents.movements import BookPart, Comparison, CustomerPart, Movements, Mover
from reports.frame.declaration import Page
from reports.frame.page import render_page
from reports.frame.wording import code, measured

MAX_SAID, MIN_SHARE = 3, 0.05
"""Causes named of one customer, and the share of its change that each has at least."""


def render(document: Movements) -> str:
    """The page as HTML."""
    compared = [_compared(one) for one in document.comparisons]
    view = {"document": document, "compared": compared, "measured": measured}
    return render_page("movements.html.j2", view)


def _compared(one: Comparison) -> dict[str, Any]:
    widest = max((abs(part.points) for part in one.parts), default=0.0)
    shown = zip(one.parts, whole(one.parts), strict=True)
    return {
        **{name: getattr(one, name) for name in Comparison.model_fields},
        "printed": sum(whole(one.parts), Decimal(0)),
        "parts": [
            {**part.model_dump(), "code": code(part.subject), "printed": printed, "share": abs(part.points) / widest if widest else 0.0}
            for part, printed in shown
        ],
        "fell": [_mover(who) for who in one.fell],
        "rose": [_mover(who) for who in one.rose],
    }  # fmt: skip


def whole(parts: tuple[BookPart, ...]) -> list[Decimal]:
    """The parts in whole points that add up to their sum in whole points.

    >>> parts = [BookPart(kind="behaviour", subject="x", pillar="y", points=one) for one in (1.4, 1.4, -0.4)]
    >>> [int(one) for one in whole(tuple(parts))]
    [1, 2, -1]
    """
    sums = accumulate((part.points for part in parts), initial=0.0)
    printed = [Decimal(repr(one)).quantize(Decimal(1), ROUND_HALF_EVEN) for one in sums]
    return [new - old for old, new in pairwise(printed)]


def _mover(one: Mover) -> dict[str, Any]:
    """A customer with the causes that moved it the way it went, the strongest first; none that is no more than a trace."""
    change = one.score_now - one.score_then
    same = [part for part in one.parts if is_seen(part) and part.points / change >= MIN_SHARE]
    return {**one.model_dump(), "change": change, "said": same[:MAX_SAID]}


def is_seen(part: CustomerPart) -> bool:
    """Whether a reader can see what moved: an input has words, and its value is written otherwise than before."""
    return part.wording_en is not None and part.value_then_text != part.value_now_text


PAGE = Page(
    "reports/movements.json",
    "reports/movements.html",
    render,
    "why the book's scores moved, and who moved most",
    read=Movements.read,
)

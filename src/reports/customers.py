"""The pages of single customers: who it is, why its score, what it owes, how it pays, and what else must be known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import accumulate, pairwise

from markupsafe import Markup

from contracts.documents.customer import Customer, Customers, Input, Moved, Rated, SinceVersion
from reports.frame import sparks
from reports.frame.declaration import Page
from reports.frame.files import FOLDER, customer_file
from reports.frame.page import both, render_page
from reports.frame.wording import code, measured
from reports.locale.catalogue import say
from reports.locale.facts import told

TENTH = Decimal("0.1")
ROUNDED = 0.5000001
"""A score further from its exact value was clipped, not rounded."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the waterfall: what it is, its points as they are printed, and its bar in per cent of the width."""

    kind: str
    points: Decimal
    left: float
    width: float
    input: Input | None = None


def waterfall(rated: Rated) -> list[Step]:
    """From the base to the score, input by input. The printed points add up to the printed score, to the tenth.

    Each figure is the difference of two rounded sums, so none is further than a tenth from its own value.
    """
    moves = [*((one.points, one) for one in rated.inputs), (rated.rest, None)]
    sums = list(accumulate((points for points, _ in moves), initial=rated.base))
    printed = [Decimal(repr(one)).quantize(TENTH, ROUND_HALF_EVEN) for one in sums]
    low, high = min(sums), max(sums)
    span = (high - low) or 1.0
    steps = [Step("base", printed[0], 100 * (sums[0] - low) / span, 0.0)]
    for place, (_, one) in enumerate(moves):
        start, end = sorted(sums[place : place + 2])
        left, width = 100 * (start - low) / span, 100 * (end - start) / span
        kind = "rest" if one is None else "input"
        steps.append(Step(kind, printed[place + 1] - printed[place], left, width, one))
    steps.append(Step("score", printed[-1], 100 * (sums[-1] - low) / span, 0.0))
    return [one for one in steps if one.kind != "rest" or rated.n_rest]


def shares(split: Moved) -> list[Decimal]:
    """The printed points of each part, and their sum at the end: the figures add up to the tenth."""
    sums = accumulate((part.points for part in split.parts), initial=0.0)
    printed = [Decimal(repr(one)).quantize(TENTH, ROUND_HALF_EVEN) for one in sums]
    return [*(new - old for old, new in pairwise(printed)), printed[-1]]


def by_pillar(rated: Rated) -> list[Decimal]:
    """The start, the points of each pillar and the score before rounding: as printed they add up, to the tenth."""
    return _adding([rated.base, *(one.points for one in rated.pillars)])


def _adding(parts: Sequence[float]) -> list[Decimal]:
    """Each part as it is printed, and their sum: the difference of two rounded sums is never further than a tenth from the part.

    >>> [str(one) for one in _adding([647.94, -0.24, -0.24])]
    ['647.9', '-0.2', '-0.2', '647.5']
    """
    printed = [Decimal(repr(one)).quantize(TENTH, ROUND_HALF_EVEN) for one in accumulate(parts)]
    return [printed[0], *(new - old for old, new in pairwise(printed)), printed[-1]]


def version_points(since: SinceVersion | None) -> list[Decimal]:
    """The score by a version, the points of model, calibration and scale, and the score now: as printed they add up.

    >>> made = SinceVersion(version="1", score_then=500.04, score_now=480.16, model=-20.04, calibration=0.14, scale=0.02)
    >>> [str(one) for one in version_points(made)]
    ['500.0', '-20.0', '0.1', '0.1', '480.2']
    """
    if since is None:
        return []
    return _adding([since.score_then, since.model, since.calibration, since.scale])


def page(document: Customers, one: Customer) -> str:
    """The page of one customer as HTML."""
    rated = one.rated
    return render_page(
        "customer.html.j2",
        {
            "document": document,
            "one": one,
            "stamp": _in_css(one.who.customer_id),
            "told": told,
            "t_in": say,
            "told_on": _told_on,
            "measured": measured,
            "code": code,
            "moved": [(split, shares(split)) for split in one.moved],
            "version_points": version_points(one.since_version),
            "steps": waterfall(rated) if rated is not None else [],
            "pillars": by_pillar(rated) if rated is not None else [],
            "is_clipped": rated is not None and abs(rated.exact - rated.score) > ROUNDED,
            "line": _line(one),
            "columns": _columns(one),
            "has_gap": _has_gap(one),
        },
    )


def _in_css(text: str) -> Markup:
    r"""A text inside a string of CSS: on paper each sheet names its customer.

    >>> str(_in_css('C1"</')), str(_in_css("库1"))
    ('C1\\22 \\3c \\2f ', '\\5e93 1')
    """
    plain = (one if one.isascii() and one.isalnum() else f"\\{ord(one):x} " for one in text)
    return Markup("".join(plain))  # noqa: S704 - letters, digits and escapes


def _told_on(why: str, on: date) -> Markup:
    return both(f"no_score_on.{why}", day=on)


def _line(one: Customer) -> Markup | None:
    days = [(past.as_of, float(past.score)) for past in one.history]
    return sparks.score_line(days) if len(days) > 1 else None


def _has_gap(one: Customer) -> bool:
    days = [past.as_of for past in one.history]
    gaps = [(new - old).days for old, new in pairwise(days)]
    return any(gap > sparks.GAP_DAYS for gap in gaps)


def _columns(one: Customer) -> Markup | None:
    paid = [(month.month, float(month.paid), float(month.late)) for month in one.paid]
    return sparks.paid_columns(paid) if any(amount for _, amount, _ in paid) else None


def render(document: Customers) -> dict[str, str]:
    """The pages as HTML, by file name."""
    return {customer_file(one.who.customer_id): page(document, one) for one in document.customers}


PAGE = Page(
    "reports/customers.json",
    f"reports/{FOLDER}",
    render,
    "a page for each of the customers with most at stake",
    read=Customers.read,
)

"""Why scores moved since earlier days: `reports/movements.json`. Every day is judged by the model of today; its size is constant."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from contracts.documents.base import Document, Part
from contracts.documents.experience import Experience

MovementKind = Literal["behaviour", "new_statement", "statement", "context", "ours", "others"]
"""What moved: what customers do and owe; a statement that became known in between; statements without a new one, which age, or
whose peers moved; what a customer cannot change; our own decision; all that is not listed."""


class BookPart(Part):
    """What moved the whole book.

    Attributes:
        kind: see `MovementKind`.
        subject: the one idea; None of the others.
        pillar: it counts to.
        points: of all customers together; those of a comparison sum to its `points`.
        wording_en: what it measures, where the idea is that of one input alone.
        wording_zh: the same in Chinese.
    """

    kind: MovementKind
    subject: str | None
    pillar: str | None
    points: float
    wording_en: str | None = None
    wording_zh: str | None = None


class CustomerPart(Part):
    """What moved one customer.

    Attributes:
        kind: see `MovementKind`.
        subject: the one idea; None of the others.
        pillar: it counts to.
        feature: the one that led the subject: of those whose own change speaks that way, the one with most points; None where none does.
        unit: of its values.
        wording_en: what it measures.
        wording_zh: the same in Chinese.
        value_then: on the earlier day, a number or the name of a category; None where it is missing.
        value_now: on the later one.
        value_then_text: on the earlier day, as people read it.
        value_now_text: on the later one.
        points: those of a customer sum to its change.
    """

    kind: MovementKind
    subject: str | None
    pillar: str | None
    feature: str | None
    unit: str | None = None
    wording_en: str | None
    wording_zh: str | None
    value_then: float | str | None
    value_now: float | str | None
    value_then_text: str | None
    value_now_text: str | None
    points: float


class Mover(Part):
    """A customer whose score moved.

    Attributes:
        customer_id: its id.
        name: of the customer.
        score_then: on the earlier day, before rounding and clipping.
        score_now: on the later one.
        parts: the strongest first, then the others.
    """

    customer_id: str
    name: str | None
    score_then: float
    score_now: float
    parts: tuple[CustomerPart, ...]


class Comparison(Part):
    """The newest book beside an earlier one.

    Attributes:
        since: the earlier day.
        months: that it lies before the newest at least.
        customers: in both books; all figures are of these.
        came: customers in the newest book alone.
        left: customers in the earlier book alone: in default, or no longer active.
        mean_then: mean score on the earlier day.
        mean_now: mean score on the newest.
        points: sum of the changes of score.
        parts: of the book, the strongest first.
        fell: customers whose score fell most.
        rose: customers whose score rose most.
    """

    since: date
    months: int
    customers: int
    came: int
    left: int
    mean_then: float
    mean_now: float
    points: float
    parts: tuple[BookPart, ...]
    fell: tuple[Mover, ...]
    rose: tuple[Mover, ...]


class Movements(Document):
    """Why the book moved.

    Attributes:
        portfolio: its name.
        gates_not_passed: codes of the gates that keep the model behind these figures out of the registry.
        rests_on: what the score rests on where it was not fitted to the book's own defaults; None where it was.
        as_of: the newest day of decision.
        comparisons: with the book of three and of twelve months before; those there are.
    """

    VERSION: ClassVar[int] = 4

    portfolio: str
    gates_not_passed: tuple[str, ...]
    as_of: date
    comparisons: tuple[Comparison, ...]
    rests_on: Experience | None = None

"""What is told of a customer beside the reasons of its score: facts a controller must know, and context."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from contracts.documents.base import Part
from contracts.documents.explanations import ReasonText

FactKind = Literal["event", "over_limit", "oldest_overdue", "alarm", "negative_equity", "loss"]
"""What a controller must know, the gravest first."""
Event = Literal["insolvency", "write_off", "ceased_trading", "insurer_claim", "legal_action"]


class Fact(Part):
    """What a controller must know of a customer, told apart from the reasons: the model may not have used it.

    Attributes:
        kind: event; over_limit: it owes more than its limit; oldest_overdue: its oldest item is more than 30 days past due;
            alarm: an attribute is beyond what the portfolio declares as an alarm; negative_equity and loss: of the latest
            statement known, whatever its age.
        on: when the event happened, the statement's period ended, or the attribute became known.
        event: what happened.
        amount: above the limit; past due for more than 30 days; negative equity or loss, as positive amounts.
        currency: of a statement's amount; the reporting currency where it is not given.
        exposure, limit: what is owed, and the limit it is above.
        days: past due.
        value, bound, is_below: of the attribute, the alarm's bound, and whether it fell below or rose above it.
        wording_en, wording_zh: what the attribute is.
    """

    kind: FactKind
    on: date | None = None
    event: Event | None = None
    amount: Decimal | None = None
    currency: str | None = None
    exposure: Decimal | None = None
    limit: Decimal | None = None
    days: int | None = None
    value: float | None = None
    bound: float | None = None
    is_below: bool | None = None
    wording_en: str | None = None
    wording_zh: str | None = None


class Context(Part):
    """What counts in the score and is no reason: `ours` is what we decided, `context` what the customer cannot change."""

    role: Literal["context", "ours"]
    points: float
    text: ReasonText

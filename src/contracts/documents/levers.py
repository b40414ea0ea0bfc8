"""What would help one customer: parts of `contracts.documents.customer`."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from contracts.documents.base import Part

LeverKind = Literal["oldest", "largest", "overdue", "to_limit", "disputes", "everything", "plan", "statement"]  # fmt: skip
"""What is asked for: so many of the items due first are paid; so many of the largest overdue ones; all that is overdue; as many of
the items due first as bring the balance to the limit; disputes are settled and what was disputed is paid; all of this; a payment plan
is agreed; a new statement comes that shows what the newest on file shows."""
StatementState = Literal["on_file", "old", "none", "not_delivered"]
"""Whether a statement is worth asking for. Of one that is not on file nothing can be known before it comes."""


class Due(Part):
    """An open item that is paid, and what is left to be paid of it, in its own currency."""

    invoice_id: str
    currency: str
    amount: Decimal


class Lever(Part):
    """One thing to ask for, and the score that it would give.

    Attributes:
        kind: see `LeverKind`.
        items: those to be paid, the first so many.
        n_items: how many there are.
        n_not_due: how many of them are not yet due.
        amount: of all, in reporting currency.
        score: rounded and clipped.
        grade: by the scale.
        pd: calibrated.
    """

    kind: LeverKind
    items: tuple[Due, ...]
    n_items: int
    n_not_due: int
    amount: Decimal
    score: int
    grade: int
    pd: float


class Helps(Part):
    """What would help, had it been booked by the day before the day of decision; everything else as it was.

    Attributes:
        score: as it is.
        grade: as it is.
        wanted: the grade above; None where there is none.
        reached: the fewest payments that lift it to `wanted` or above; None where no payment does.
        falls_between: whether the score falls on the way there, were its items paid one by one: they are asked for together.
        short: the most that was tried of the same kind and does not; None where nothing less was tried.
        levers: each by itself, those that apply.
        statement: see `StatementState`.
        n_tried: answers of the model that were looked at.
        n_worse: how often one payment more gave a lower score: nothing that the customer should be told.
        worst: by how many points at most.
    """

    score: int
    grade: int
    wanted: int | None
    reached: Lever | None
    short: Lever | None
    levers: tuple[Lever, ...]
    statement: StatementState
    n_tried: int
    n_worse: int
    worst: float
    falls_between: bool = False

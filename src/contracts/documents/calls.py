"""Every customer that something is to be done about: `reports/calls.json`, from which the clerk's list is made."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from contracts.documents.base import Document
from contracts.documents.experience import Experience
from contracts.documents.portfolio import Call


class Calls(Document):
    """The calls of the day, all of them, in order. It grows with the book: it is a work list, not a page.

    Attributes:
        portfolio: its name.
        gates_not_passed: codes of the gates that keep the model behind these figures out of the registry.
        rests_on: what the score rests on where it was not fitted to the book's own defaults; None where it was.
        as_of: day of decision.
        currency: of all money, ISO 4217.
        has_ledger: whether invoices and payments are delivered; without them all money but limits is 0.
        calls: the customers, largest expected loss first.
    """

    VERSION: ClassVar[int] = 2

    portfolio: str
    gates_not_passed: tuple[str, ...]
    as_of: date
    currency: str
    has_ledger: bool
    calls: tuple[Call, ...]
    rests_on: Experience | None = None

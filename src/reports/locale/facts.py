"""What a controller must know, in one language: the page and the clerk's list say the same."""

from __future__ import annotations

from contracts.documents.portfolio import Call
from contracts.documents.told import Fact
from contracts.numbers import plain
from reports.locale.catalogue import Language, say


def told(language: Language, fact: Fact, currency: str) -> str:
    """A fact as a sentence.

    Args:
        language: en or zh.
        fact: what is to be known.
        currency: of money that is not in a statement's own.

    >>> from decimal import Decimal
    >>> told("en", Fact(kind="oldest_overdue", days=41, amount=Decimal(900)), "EUR")
    'Its oldest open item is 41 days past due; EUR 900 is more than 30 days past due.'
    """
    values = fact.model_dump() | {"currency": fact.currency or currency}
    entry = f"fact.{fact.kind}"
    if fact.kind == "alarm":
        entry = "fact.below" if fact.is_below else "fact.above"
        shown = {name: plain(values[name], 4) for name in ("value", "bound")}
        values |= shown | {"wording": values[f"wording_{language}"]}
    return say(language, entry, values)


def why(language: Language, call: Call) -> str:
    """What made the action, as a sentence."""
    return say(language, f"cause.{call.because}")

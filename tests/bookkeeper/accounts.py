"""Accounts and entries: every document moves money between named accounts, and its legs sum to nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

SALES, RETURNS, CASH, DISCOUNTS, FEES = "sales", "returns", "cash", "discounts", "fees"
RECEIVABLE, CREDIT, ON_ACCOUNT = "receivable", "credit", "on account"


class Account(NamedTuple):
    """An account in one currency; receivables and credits are kept by document, money on account by customer."""

    kind: str
    whose: str
    currency: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What one row of the ledger moves.

    Attributes:
        document: number of the row, for messages.
        happened: the day from which it counts; a payment of an invoice not before that was issued.
        known: the day it could be known, with the document it belongs to.
        legs: (account, amount): debits above 0, credits below; they sum to 0.
    """

    document: str
    happened: date
    known: date
    legs: tuple[tuple[Account, Decimal], ...]

    def __post_init__(self) -> None:
        if sum((amount for _, amount in self.legs), Decimal(0)):
            raise ValueError(f"entry {self.document} does not balance: {self.legs}")
        if len({account.currency for account, _ in self.legs}) != 1:
            raise ValueError(f"entry {self.document} mixes currencies: {self.legs}")


def moved(
    document: str, days: tuple[date, date], debit: Account, credit: Account, amount: Decimal
) -> Entry:
    """An entry of two legs; `days` are (happened, known)."""
    return Entry(document, *days, ((debit, amount), (credit, -amount)))


def balances(entries: Iterable[Entry]) -> dict[Account, Decimal]:
    """The trial balance of the entries."""
    totals: dict[Account, Decimal] = defaultdict(Decimal)
    for entry in entries:
        for account, amount in entry.legs:
            totals[account] += amount
    return totals

"""Open items at the end of a day: what is left of each invoice, and the credit that waits for one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from contracts.config.settlement import SettlementConfig
from tests.bookkeeper.accounts import CASH, CREDIT, ON_ACCOUNT, RECEIVABLE, Account, Entry, balances
from tests.bookkeeper.journal import Books
from tests.bookkeeper.plans import protected
from tests.features_books import Row

Rates = Callable[[str], Decimal]
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Item:
    """An invoice of which something is left, in reporting currency.

    Attributes:
        document, issued, due: of the invoice.
        left: what is open of it.
        tolerance: what may be left of it without being owed.
        disputed: whether it is in dispute.
        planned: whether a payment plan protects it.
        kept: whether that plan is one that was kept; in hindsight alone it may not be.
    """

    document: str
    issued: date
    due: date
    left: Decimal
    tolerance: Decimal
    disputed: bool
    planned: bool
    kept: bool = True

    @property
    def rank(self) -> int:
        """Whose turn it is when credits are set off: what counts or is under a plan that was not kept, what is under a kept plan, what is in dispute."""
        return 2 if self.disputed else int(self.planned and self.kept)


@dataclass(frozen=True, slots=True)
class Position:
    """What a customer owes at the end of a day, in reporting currency.

    Attributes:
        day: the end of which day.
        items: open items, oldest due first.
        credit: open credit notes without an invoice, what was overpaid, and money on account.
    """

    day: date
    items: tuple[Item, ...]
    credit: Decimal

    @property
    def balance(self) -> Decimal:
        """Open items less open credits; below 0 where the customer is in credit."""
        return sum((item.left for item in self.items), NOTHING) - self.credit

    def after_credit(self) -> tuple[Item, ...]:
        """The items after the credit has paid the oldest that count, then those under a plan, then those in dispute."""
        credit, kept = self.credit, []
        for item in sorted(self.items, key=lambda i: (i.rank, i.due, i.left)):
            used = max(min(credit, item.left), NOTHING)
            credit -= used
            if item.left > used:
                kept.append(replace(item, left=item.left - used))
        return tuple(sorted(kept, key=lambda i: (i.due, i.left)))

    def still_owed(self) -> tuple[Item, ...]:
        """Those of which more than the tolerance is left."""
        return tuple(item for item in self.after_credit() if item.left > item.tolerance)


def position(
    books: Books, day: date, counts: Callable[[Entry], bool], rates: Rates, rules: SettlementConfig
) -> Position:
    """The customer's position at the end of a day, from the entries that count."""
    counted = [entry for entry in books.entries if counts(entry)]
    totals = balances(counted)
    there = {entry.document for entry in counted}
    credited, loose = _credits(books, totals, there)
    items = []
    for name, row in books.documents.items():
        if row["kind"] != "invoice" or name not in there:
            continue
        left = totals[Account(RECEIVABLE, name, row["currency"])] - credited[name]
        left = min(left, row["amount"])  # a reversal booked before its payment opens nothing twice
        if left < 0:
            loose[row["currency"]] -= left
        elif not settled(books, row, left, counted, rules):
            flags = disputed(books, name, day), protected(books.events, row["due_on"], day)
            rate = rates(row["currency"])
            money = left * rate, tolerance(row, rules) * rate
            items.append(Item(name, row["issued_on"], row["due_on"], *money, *flags))
    credit = sum(
        (amount * rates(currency) for currency, amount in loose.items() if amount), NOTHING
    )
    return Position(day, tuple(sorted(items, key=lambda i: (i.due, i.left))), credit)


def _credits(
    books: Books, totals: dict[Account, Decimal], there: set[str]
) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """What credit notes take off the invoices they name, and by currency what waits for an invoice."""
    credited: dict[str, Decimal] = defaultdict(Decimal)
    loose: dict[str, Decimal] = defaultdict(Decimal)
    for account, amount in totals.items():
        if account.kind in (CREDIT, ON_ACCOUNT):
            loose[account.currency] -= amount
    for name in there & set(books.documents):
        note = books.documents[name]
        of = books.documents.get(note["credits"]) if note["credits"] in there else None
        if (
            note["kind"] == "credit_note"
            and of
            and of["kind"] == "invoice"
            and of["currency"] == note["currency"]
        ):
            # all of it, for what is paid out of a credit note is owed by the customer, not by the invoice
            credited[note["credits"]] += note["amount"]
            loose[note["currency"]] -= note["amount"]
    return credited, loose


def settled(
    books: Books, row: Row, left: Decimal, entries: Iterable[Entry], rules: SettlementConfig
) -> bool:
    """Whether what is left is within tolerance, or within it but for a cash discount that was agreed and taken in time."""
    allowed = tolerance(row, rules)
    if left <= allowed:
        return True
    days, rate = agreed(books, row, rules)
    taken: Decimal = rate * row["amount"]
    allowed += taken.quantize(smallest_of(row["currency"]), ROUND_HALF_UP)
    if days is None or left > allowed:
        return False
    claim = Account(RECEIVABLE, row["invoice_id"], row["currency"])
    in_time = row["issued_on"] + timedelta(days=days)
    # what settles without money may come later: a credit note for goods that were sent back, say
    late = sum(
        (
            -amount
            for entry in entries
            for account, amount in entry.legs
            if account == claim
            and amount < 0
            and entry.happened > in_time
            and entry.legs[0][0].kind == CASH
        ),
        NOTHING,
    )
    return left + late <= allowed


def cents(amount: Decimal) -> Decimal:
    """To the cent, a half upwards."""
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def smallest_of(currency: str) -> Decimal:
    """The smallest amount of a currency: a yen, a fils, else a hundredth."""
    return {"JPY": Decimal(1), "KWD": Decimal("0.001")}.get(currency, Decimal("0.01"))


def tolerance(row: Row, rules: SettlementConfig) -> Decimal:
    """What may be left of an invoice: a sum, or a share of it in the smallest amounts of its currency, whichever is more."""
    amount: Decimal = row["amount"]
    share = Decimal(str(rules.share)) * amount
    return max(rules.amount, share.quantize(smallest_of(row["currency"]), ROUND_FLOOR))


def agreed(books: Books, row: Row, rules: SettlementConfig) -> tuple[int | None, Decimal]:
    """Days and rate of the cash discount agreed on the day of issue; the portfolio's where the terms say nothing."""
    ruling = [terms for terms in books.terms if terms["valid_from"] <= row["issued_on"]]
    if ruling and ruling[-1]["discount_days"] is not None:
        return ruling[-1]["discount_days"], ruling[-1]["discount_rate"]
    return rules.discount_days, Decimal(str(rules.discount_rate or 0))


def disputed(books: Books, document: str, day: date) -> bool:
    """Whether some dispute of the document is open at the end of the day."""
    return any(
        case["invoice_id"] == document
        and case["opened_on"] <= day
        and (case["closed_on"] is None or case["closed_on"] > day)
        for case in books.disputes
    )

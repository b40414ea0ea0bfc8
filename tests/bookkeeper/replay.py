"""The bookings on every invoice in the order they became known: what was open before and after each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from contracts.config.settlement import SettlementConfig
from tests.bookkeeper.accounts import RECEIVABLE, Account, Entry, moved
from tests.bookkeeper.items import NOTHING, Rates, settled, tolerance
from tests.bookkeeper.journal import Books, known_on
from tests.bookkeeper.record import Value, ratio, standing
from tests.features_books import Row

ORDER = ("credit", "discount", "fee", "payment", "reversal")
"""Of one day: what settles without money first, so that the payment is what settles."""


@dataclass(frozen=True, slots=True)
class Step:
    """One booking on an invoice, in the invoice's currency.

    Attributes:
        of: the invoice.
        number: of the booking.
        kind: of the booking; `credit` for a credit note that names the invoice.
        known: the day it could be known.
        amount: of the booking.
        before, after: what is open of the invoice, nothing where it is settled.
        rest: what is not paid of it, owed or not.
        late: days from the due date to the last money so far, or to the booking itself where there was none.
    """

    of: Row
    number: str
    kind: str
    known: date
    amount: Decimal
    before: Decimal
    after: Decimal
    rest: Decimal
    late: int

    @property
    def settles(self) -> bool:
        """Whether nothing is open after it and something was before."""
        return self.before > 0 and self.after == 0


def steps(books: Books, as_of: date, rules: SettlementConfig) -> list[Step]:
    """Of every invoice, as known before the day."""
    found: list[Step] = []
    for row in books.documents.values():
        if row["kind"] == "invoice" and known_on(row) < as_of:
            found += _steps(books, row, as_of, rules)
    return found


def _bookings(books: Books, of: Row, as_of: date) -> list[tuple[date, int, str, Row, Entry]]:
    """(known, order of kinds, number, row, entry) of what is booked on an invoice."""
    found = []
    for row, entry in books.paid():
        if row["invoice_id"] == of["invoice_id"]:
            found.append((entry.known, ORDER.index(row["kind"]), row["payment_id"], row, entry))
    for row in books.documents.values():
        if row["credits"] == of["invoice_id"] and row["currency"] == of["currency"]:
            days = max(row["issued_on"], of["issued_on"]), max(known_on(row), known_on(of))
            claim = Account(RECEIVABLE, of["invoice_id"], of["currency"])
            entry = moved(
                row["invoice_id"],
                days,
                Account("credit", row["invoice_id"], of["currency"]),
                claim,
                row["amount"],
            )
            found.append((entry.known, 0, row["invoice_id"], row, entry))
    return sorted((one for one in found if one[0] < as_of), key=lambda one: one[:3])


def _steps(books: Books, of: Row, as_of: date, rules: SettlementConfig) -> list[Step]:
    found, entries, money = [], [], None
    rest = of["amount"]
    before = NOTHING if settled(books, of, rest, [], rules) else rest
    for known, order, number, row, entry in _bookings(books, of, as_of):
        kind = ORDER[order]
        entries.append(entry)
        rest += row["amount"] if kind == "reversal" else -row["amount"]
        if kind == "payment":
            money = max(money or entry.happened, entry.happened)
        left = min(max(rest, NOTHING), of["amount"])
        after = NOTHING if settled(books, of, left, entries, rules) else left
        value = entry.happened if kind == "payment" else money or entry.happened
        late = (value - of["due_on"]).days
        found.append(Step(of, number, kind, known, row["amount"], before, after, left, late))
        before = after
    return found


def settling_values(
    books: Books,
    as_of: date,
    rates: Rates,
    days: int,
    rules: SettlementConfig,
    owing: tuple[Sequence[tuple[int, Decimal]], Decimal],
) -> dict[str, Value]:
    """What the payments of a window settled, what they left, and the discounts taken with them; beside what is past due, and the balance.

    A payment that came back is no payment, and an invoice that was opened again was not settled.
    """
    past_due, balance = owing
    since = as_of - timedelta(days=days)
    every, stood = steps(books, as_of, rules), standing(books, as_of)
    window = [one for one in every if one.known >= since]
    made = [(one, stood[one.of["invoice_id"], one.number]) for one in window if one.kind == "payment" and (one.of["invoice_id"], one.number) in stood]  # fmt: skip
    settling = [one for one in window if one.settles and one.kind in ("payment", "discount", "fee") and not _undone(one, every)]  # fmt: skip
    short = [one for one, _ in made if one.after > 0]
    deducted = [one for one in short if one.after * 10 <= one.of["amount"]]
    paid = sum((amount * rates(one.of["currency"]) for one, amount in made), NOTHING)
    taken = sum((_discount(one, rules, every) * rates(one.of["currency"]) for one in window), NOTHING)  # fmt: skip
    return {
        f"payments_invoices_late_share_{days}d": ratio(
            sum(one.late > 0 for one in settling), len(settling)
        ),
        f"payments_invoices_late_over_30d_share_{days}d": ratio(
            sum(one.late > 30 for one in settling), len(settling)
        ),
        f"payments_invoices_late_with_open_share_{days}d": ratio(
            sum(one.late > 0 for one in settling) + len(past_due), len(settling) + len(past_due)
        ),
        f"payments_invoices_late_over_30d_with_open_share_{days}d": ratio(
            sum(one.late > 30 for one in settling) + sum(age > 30 for age, _ in past_due),
            len(settling) + len(past_due),
        ),
        f"payments_partial_share_{days}d": ratio(len(short), len(made)),
        f"payments_deducted_share_{days}d": ratio(len(deducted), len(made)),
        f"payments_discounts_taken_share_{days}d": ratio(taken, paid + taken),
        f"payments_discounts_taken_owed_share_{days}d": ratio(
            taken, paid + taken + max(balance, NOTHING)
        ),
    }


def _undone(one: Step, every: list[Step]) -> bool:
    """Whether the invoice was opened again after the step that settled it."""
    own = [step for step in every if step.of is one.of]
    return any(step.before == 0 and step.after > 0 for step in own[own.index(one) + 1 :])


def _discount(one: Step, rules: SettlementConfig, every: list[Step]) -> Decimal:
    """A discount that was booked; or what a payment within the discount days left beyond the tolerance, settled all the same."""
    if one.kind == "discount":
        return one.amount
    is_taken = (
        one.settles
        and one.kind in ("payment", "fee")
        and one.rest > tolerance(one.of, rules)
        and not _undone(one, every)
    )
    return one.rest if is_taken else NOTHING

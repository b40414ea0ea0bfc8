"""The credit record from the ledger: how late payments came, and how old what is open has become."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from statistics import stdev

from tests.bookkeeper.accounts import ON_ACCOUNT, RECEIVABLE
from tests.bookkeeper.items import NOTHING, Rates
from tests.bookkeeper.journal import Books, known_on
from tests.features_books import Row

Value = Decimal | float | int | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """A payment of an invoice that was not returned, in reporting currency.

    Attributes:
        known: the day it could be known, with its invoice.
        paid: value date, not before the invoice was issued.
        late: days after the due date, 0 where on time.
        early: whether it came before the due date.
        amount: what of it stands, in reporting currency.
    """

    document: str
    known: date
    paid: date
    late: int
    early: bool
    amount: Decimal


def ratio(over: Decimal | int, under: Decimal | int) -> float | None:
    """Missing where the denominator is nothing or below."""
    return float(over) / float(under) if under > 0 else None


def standing(books: Books, as_of: date) -> dict[tuple[str, str], Decimal]:
    """What stands of every payment of an invoice, by invoice and number, as known before the day.

    The money on an invoice is a pile: a payment is put on top. A reversal names no payment: it takes out the one of exactly its
    amount, the newest such; where there is none it takes from the top, and so do all that follow, for the payments no longer lie
    there as they came. What a reversal finds nothing for, it takes from the next payment.
    """
    piles: dict[str, list[tuple[str, Decimal]]] = defaultdict(list)
    owing: dict[str, Decimal] = defaultdict(Decimal)
    broken: set[str] = set()
    money = [(entry.known, row["kind"] == "reversal", row["payment_id"], row) for row, entry in books.paid() if row["kind"] in ("payment", "reversal") and row["invoice_id"] and entry.known < as_of]  # fmt: skip
    for _, is_back, number, row in sorted(money, key=lambda one: one[:3]):
        of, amount = row["invoice_id"], row["amount"]
        if is_back:
            pile = piles[of]
            equal = [at for at, (_, left) in enumerate(pile) if left == amount and of not in broken]
            if equal:
                del pile[equal[-1]]
                continue
            broken.add(of)
            while pile and amount:
                whose, left = pile.pop()
                taken = min(left, amount)
                amount -= taken
                if left > taken:
                    pile.append((whose, left - taken))
            owing[of] += amount
        else:
            used = min(owing[of], amount)
            owing[of] -= used
            if amount > used:
                piles[of].append((number, amount - used))
    return {(of, number): left for of, pile in piles.items() for number, left in pile}


def _made(books: Books, as_of: date, rates: Rates) -> dict[tuple[str, str], Receipt]:
    """Money that came for invoices, known before the day, by invoice and number; returned or not."""
    found = {}
    for row in books.payments:
        of = books.documents.get(row["invoice_id"])
        if row["kind"] != "payment" or of is None or of["kind"] != "invoice":
            continue
        known, paid = (
            max(known_on(row, "paid_on"), known_on(of)),
            max(row["paid_on"], of["issued_on"]),
        )
        if known < as_of:
            late = max((paid - of["due_on"]).days, 0)
            money = row["amount"] * rates(of["currency"])
            found[row["invoice_id"], row["payment_id"]] = Receipt(row["invoice_id"], known, paid, late, paid < of["due_on"], money)  # fmt: skip
    return found


def receipts(books: Books, as_of: date, rates: Rates) -> list[Receipt]:
    """Money that came for invoices and stayed, known before the day: a payment that came back is no payment."""
    made, stood = _made(books, as_of, rates), standing(books, as_of)
    left = {key: amount for key, amount in stood.items() if key in made}
    return [
        replace(made[key], amount=amount * rates(books.documents[key[0]]["currency"]))
        for key, amount in left.items()
    ]


def within(rows: Sequence[Receipt], as_of: date, days: int) -> list[Receipt]:
    """Those that became known in the last so many days."""
    return [row for row in rows if row.known >= as_of - timedelta(days=days)]


def total(rows: Sequence[Receipt], that: Callable[[Receipt], bool] = bool) -> Decimal:
    """The money of the receipts that ..."""
    return sum((row.amount for row in rows if that(row)), NOTHING)


def weighted_late(rows: Sequence[Receipt]) -> Decimal:
    """Days late times money."""
    return sum((row.late * row.amount for row in rows), NOTHING)


def payment_values(books: Books, as_of: date, rates: Rates, days: int) -> dict[str, Value]:
    """How late the payments of a window came."""
    rows = within(receipts(books, as_of, rates), as_of, days)
    paid = total(rows)
    late = [row.late for row in rows]
    return {
        f"payments_days_late_mean_{days}d": ratio(weighted_late(rows), paid),
        f"payments_late_share_{days}d": ratio(total(rows, lambda row: row.late > 0), paid),
        f"payments_late_number_share_{days}d": ratio(sum(row.late > 0 for row in rows), len(rows)),
        f"payments_late_over_30d_share_{days}d": ratio(
            total(rows, lambda row: row.late > 30), paid
        ),
        f"payments_early_share_{days}d": ratio(total(rows, lambda row: row.early), paid),
        f"payments_days_late_max_{days}d": max((row.late for row in rows), default=None),
        f"payments_days_late_std_{days}d": stdev(late) if len(late) > 2 else None,
    }


@dataclass(frozen=True, slots=True)
class PastDue:
    """What is past due on a day: items of which more than the tolerance is left (age, amount), and the amounts more than 0 and 30 days."""

    items: Sequence[tuple[int, Decimal]]
    amount: Decimal
    over_30: Decimal


def with_open_values(
    books: Books, as_of: date, rates: Rates, days: int, now: PastDue
) -> dict[str, Value]:
    """The record with what is past due today in it: late from the day it is, whether paid or not."""
    rows = within(receipts(books, as_of, rates), as_of, days)
    paid = total(rows)
    days_late = weighted_late(rows) + sum((age * left for age, left in now.items), NOTHING)
    every = [*(row.late for row in rows), *(age for age, _ in now.items)]
    late = total(rows, lambda row: row.late > 0) + now.amount
    late_30 = total(rows, lambda row: row.late > 30) + now.over_30
    both = paid + now.amount
    return {
        f"payments_days_late_with_open_mean_{days}d": ratio(
            days_late, paid + sum((left for _, left in now.items), NOTHING)
        ),
        f"payments_days_late_with_open_max_{days}d": max(every, default=None),
        f"payments_late_with_open_share_{days}d": ratio(late, both),
        f"payments_late_over_30d_with_open_share_{days}d": ratio(late_30, both),
        f"payments_early_with_open_share_{days}d": ratio(total(rows, lambda row: row.early), both),
    }


def between(books: Books, as_of: date, rates: Rates, far: int, near: int) -> list[Receipt]:
    """Payments that became known at most `far` and more than `near` days ago."""
    until = as_of - timedelta(days=near)
    return [row for row in within(receipts(books, as_of, rates), as_of, far) if row.known < until]


def against_before(books: Books, as_of: date, rates: Rates, quarter: dict[str, Value]) -> dict[str, Value]:  # fmt: skip
    """The last 90 days and what is past due, less the 275 days before."""
    rows = between(books, as_of, rates, 365, 90)
    before = ratio(weighted_late(rows), total(rows)), ratio(total(rows, lambda row: row.late > 0), total(rows))  # fmt: skip
    now = quarter["payments_days_late_with_open_mean_90d"], quarter["payments_late_with_open_share_90d"]  # fmt: skip
    names = "payments_days_late_with_open_trend", "payments_late_with_open_change_90d"
    late = [row.late for row in rows]
    return {
        "payments_days_late_before_mean": before[0],
        "payments_late_before_share": before[1],
        "payments_days_late_before_std": stdev(late) if len(late) > 2 else None,
        **{
            name: None if one is None or then is None else float(one) - float(then)
            for name, one, then in zip(names, now, before, strict=True)
        },
    }


def on_time_streak(books: Books, as_of: date, rates: Rates) -> int:
    """Payments on time in a row since the last that was late or returned, by value date; of one day the smaller first."""
    turns = [(row.paid, 0, row.amount, row.late > 0) for row in _made(books, as_of, rates).values()]
    turns += [
        (
            max(row["paid_on"], books.documents[row["invoice_id"]]["issued_on"]),
            1,
            row["amount"],
            True,
        )
        for row in _reversals(books, as_of)
        if row["invoice_id"] is not None
    ]
    streak = 0
    for _, _, _, ends in sorted(turns):
        streak = 0 if ends else streak + 1
    return streak


def _reversals(books: Books, as_of: date) -> list[Row]:
    """Payments that came back, of invoices or on account, known before the day."""
    return [
        row
        for row, entry in books.paid()
        if row["kind"] == "reversal"
        and entry.known < as_of
        and entry.legs[0][0].kind in (RECEIVABLE, ON_ACCOUNT)
        and not (row["invoice_id"] is None and _is_applied(books, row))
    ]


def _is_applied(books: Books, back: Row) -> bool:
    """Whether the money was only moved: a payment of the same number, booked with it, pays an invoice."""
    return any(
        row["kind"] == "payment"
        and row["invoice_id"] is not None
        and row["payment_id"] == back["payment_id"]
        and known_on(row, "paid_on") == known_on(back, "paid_on")
        for row, _ in books.paid()
    )


def returned(books: Books, as_of: date, days: int) -> int:
    """Payments that came back in the window."""
    since = as_of - timedelta(days=days)
    return len(_reversals(books, as_of)) - len(_reversals(books, since))

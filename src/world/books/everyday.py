"""Everyday bookings: the same money as a ledger books it - in advance, returned, less a discount or a fee, on account, in instalments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from contracts.arrays import Bools, Ints
from contracts.config.source import Bookings
from contracts.tables.raw import PAYMENT_KINDS
from world.books.limits import DISCOUNT_DAYS, DISCOUNT_PERCENT
from world.books.orders import Cutoffs, Orders
from world.books.settlement import LATEST_BEFORE_DEFAULT, CreditNotes, Payments, Settlement
from world.hidden.draws import between
from world.hidden.hidden import Hidden

PAYMENT, DISCOUNT, FEE, REVERSAL = range(len(PAYMENT_KINDS))
NOWHERE = -1
"""Document of a payment on account, and of one that credits none."""
_RETURNED_AFTER = 7
"""A direct debit is tried on the due day and comes back, where the money came so many days later or more."""
_IN_ADVANCE = 10
_PARTS = 3
_FEES = (500, 2_500)
"""Cents that banks on the way keep of a transfer."""


@dataclass(frozen=True, slots=True)
class Documents:
    """Invoices, credit notes, later instalments; each of shape (n documents,). `credits`: position of the invoice, or NOWHERE."""

    customer: Ints
    issued: Ints
    due: Ints
    booked: Ints
    cents: Ints
    is_note: Bools
    credits: Ints


@dataclass(frozen=True, slots=True)
class Vouchers:
    """Rows of payments; each of shape (n rows,).

    Attributes:
        document: position in `Documents`, or NOWHERE.
        customer: whose.
        paid, booked: days.
        cents: in the customer's currency.
        kind: position in PAYMENT_KINDS.
        voucher: rows that share it are one payment.
    """

    document: Ints
    customer: Ints
    paid: Ints
    booked: Ints
    cents: Ints
    kind: Ints
    voucher: Ints

    def of(self, rows: Ints | Bools) -> Vouchers:
        """Some of the rows."""
        return Vouchers(*(getattr(self, name)[rows] for name in Vouchers.__slots__))

    def but(self, **values: Ints | int) -> Vouchers:
        """The rows with other values."""
        n = len(self.paid)
        return replace(self, **{name: np.broadcast_to(value, n) for name, value in values.items()})


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the forms look at: random numbers, the documents, and by document the last day on which its rest may come."""

    rng: np.random.Generator
    documents: Documents
    last: Ints

    def since(self, days: Ints, rows: Vouchers, name: str) -> Ints:
        """Days after the `due` or `issued` day of the rows' documents."""
        return np.asarray(days - getattr(self.documents, name)[rows.document])


@dataclass(frozen=True, slots=True)
class _Form:
    """One way to book a payment: who it is apt for, in which share of those, and the rows it becomes."""

    apt: Callable[[_Desk, Vouchers], Bools]
    rows: Callable[[_Desk, Vouchers], list[Vouchers]]
    share: float


def has_discount(hidden: Hidden, shares: Bookings) -> Bools:
    """The customers with whom a cash discount is agreed."""
    return hidden.streams.of("agreed discounts").random(hidden.population.n) < shares.discount


def book(
    hidden: Hidden, orders: Orders, cutoffs: Cutoffs, settlement: Settlement, shares: Bookings
) -> tuple[Documents, Vouchers]:
    """The documents and payments of a settlement in the forms that a ledger gives them, each payment in one at most.

    What is paid and when stays as it is, but for prepayments, instalments and discounts; nothing is paid later than it was but
    for deductions that are paid after all before they make a default. So defaults and their days stay as they are.
    """
    notes, n = settlement.credit_notes, len(orders.due)
    rng = hidden.streams.of("everyday bookings")
    named = rng.random(len(notes.invoice)) < shares.credits_named
    documents = _documents(orders, notes, named)
    rows = _plain(settlement.payments, documents, notes, named)
    if not any(shares.model_dump().values()):
        return documents, rows
    end = cutoffs.defaulted_on[documents.customer]
    desk = _Desk(rng, documents, np.minimum(documents.due + LATEST_BEFORE_DEFAULT, end - 1))
    whole = np.bincount(rows.document, minlength=len(documents.due)) == 1
    whole[notes.invoice] = False
    whole[n:] = False
    free = whole[rows.document] & (rows.cents == documents.cents[rows.document])
    made, rows = [rows.of(~free)], rows.of(free)
    for form in _forms(has_discount(hidden, shares), shares):
        chosen = form.apt(desk, rows) & (rng.random(len(rows.paid)) < form.share)
        made += form.rows(desk, rows.of(chosen))
        rows = rows.of(~chosen)
    documents, parts = _instalments(desk, rows, shares.instalments)
    every = _joined([*made, *parts])
    return documents, every.of((every.booked <= hidden.months.until) & (every.cents > 0))


def _documents(orders: Orders, notes: CreditNotes, named: Bools) -> Documents:
    n = len(orders.due)
    return Documents(
        np.concatenate([orders.customer, orders.customer[notes.invoice]]),
        np.concatenate([orders.issued, notes.issued]),
        np.concatenate([orders.due, notes.issued]),
        np.concatenate([orders.booked, notes.booked]),
        np.concatenate([orders.cents, notes.cents]),
        np.repeat([False, True], [n, len(notes.invoice)]),
        np.concatenate([np.full(n, NOWHERE), np.where(named, notes.invoice, NOWHERE)]),
    )


def _plain(payments: Payments, documents: Documents, notes: CreditNotes, named: Bools) -> Vouchers:
    """Payments as they are; a credit note that names its invoice needs no set-off on either of the two."""
    n = len(payments.paid)
    rows = Vouchers(
        payments.document,
        documents.customer[payments.document],
        payments.paid,
        payments.booked,
        payments.cents,
        np.full(n, PAYMENT),
        np.arange(n),
    )
    first_note = len(documents.due) - len(notes.invoice)
    on_note = np.flatnonzero(
        payments.document >= first_note
    )  # the last rows, each set-off's invoice before them
    gone = named[payments.document[on_note] - first_note]
    kept = np.ones(n, dtype=bool)
    kept[on_note[gone]] = kept[on_note[gone] - len(on_note)] = False
    return rows.of(kept)


def _forms(agreed: Bools, shares: Bookings) -> tuple[_Form, ...]:
    """In the order in which a payment is asked: what is agreed comes first."""

    def in_time(desk: _Desk, rows: Vouchers) -> Bools:
        return np.asarray(desk.since(rows.paid, rows, "issued") <= DISCOUNT_DAYS)

    return (
        _Form(lambda desk, rows: agreed[rows.customer] & in_time(desk, rows), _discounted, 1.0),
        _Form(
            lambda desk, rows: agreed[rows.customer] & (desk.last[rows.document] - rows.paid > 10),
            _deducted,
            shares.deducted,
        ),
        _Form(
            lambda desk, rows: desk.since(rows.paid, rows, "due") >= _RETURNED_AFTER,
            _returned,
            shares.returned,
        ),
        _Form(lambda desk, rows: desk.since(rows.paid, rows, "due") <= 0, _prepaid, shares.prepaid),
        _Form(lambda _, rows: rows.cents >= 20 * _FEES[1], _charged, shares.fee),
        _Form(lambda _, rows: rows.cents > 0, _loose, shares.on_account),
    )


def _discounted(desk: _Desk, rows: Vouchers) -> list[Vouchers]:
    """Less what is agreed; half of the ledgers' clerks book the discount, for the others the terms say it."""
    off = rows.cents * DISCOUNT_PERCENT // 100
    is_booked = desk.rng.random(len(off)) < 0.5
    return [rows.but(cents=rows.cents - off), rows.but(cents=off, kind=DISCOUNT).of(is_booked)]


def _deducted(desk: _Desk, rows: Vouchers) -> list[Vouchers]:
    """Less the discount after its days, and the rest when it is asked for."""
    off = rows.cents * DISCOUNT_PERCENT // 100
    later = rows.paid + between(desk.rng, 10, 40, len(off))
    rest = np.minimum(later, desk.last[rows.document])
    lag = between(desk.rng, 0, 3, len(off))
    return [rows.but(cents=rows.cents - off), rows.but(cents=off, paid=rest, booked=rest + lag)]


def _returned(desk: _Desk, rows: Vouchers) -> list[Vouchers]:
    """A direct debit on the due day that came back; the money came when it did."""
    tried = desk.documents.due[rows.document]
    back = tried + between(desk.rng, 2, 6, len(tried))
    return [
        rows,
        rows.but(paid=tried, booked=tried + 1),
        rows.but(paid=back, booked=back + 1, kind=REVERSAL),
    ]


def _prepaid(desk: _Desk, rows: Vouchers) -> list[Vouchers]:
    """Before the invoice, which says that it was."""
    issued = desk.documents.issued[rows.document]
    paid = issued - between(desk.rng, 1, _IN_ADVANCE, len(issued))
    return [rows.but(paid=paid, booked=np.maximum(issued, paid + rows.booked - rows.paid))]


def _charged(desk: _Desk, rows: Vouchers) -> list[Vouchers]:
    """A bank on the way keeps its charge, which the ledger books."""
    kept = between(desk.rng, *_FEES, len(rows.cents))
    return [rows.but(cents=rows.cents - kept), rows.but(cents=kept, kind=FEE)]


def _loose(desk: _Desk, rows: Vouchers) -> list[Vouchers]:
    """Without a reference: on account, and applied when somebody has asked what it was for."""
    applied = rows.booked + between(desk.rng, 3, 25, len(rows.paid))
    moved = rows.but(booked=applied)
    off = moved.but(paid=applied, document=NOWHERE, kind=REVERSAL)
    return [rows.but(document=NOWHERE), _joined([off, moved], together=True)]


def _instalments(desk: _Desk, rows: Vouchers, share: float) -> tuple[Documents, list[Vouchers]]:
    """Invoices that were paid when due fall due in parts, the last of them on their day; each is paid as early as the whole was."""
    old = desk.documents
    issued, due = old.issued[rows.document], old.due[rows.document]
    apt = (rows.paid <= due) & (due - issued >= 10 * _PARTS)
    chosen = apt & (desk.rng.random(len(apt)) < share)
    mine, first = rows.of(chosen), rows.of(chosen).document
    span, part = (due - issued)[chosen], mine.cents // _PARTS
    days = [issued[chosen] + span * (number + 1) // _PARTS for number in range(_PARTS)]
    cents = [mine.cents - part * (_PARTS - 1), *[part] * (_PARTS - 1)]
    places = [first, *(len(old.due) + np.arange(len(part)) + k * len(part) for k in range(_PARTS - 1))]  # fmt: skip
    paid = []
    for place, day, amount in zip(places, days, cents, strict=True):
        when = np.maximum(day - (due[chosen] - mine.paid), issued[chosen])
        paid.append(mine.but(document=place, paid=when, booked=when + mine.booked - mine.paid, cents=amount))  # fmt: skip
    more = Documents(*(np.tile(getattr(old, name)[first], _PARTS - 1) for name in Documents.__slots__))  # fmt: skip
    more = replace(more, due=np.concatenate(days[1:]), cents=np.concatenate(cents[1:]))
    kept = {name: getattr(old, name).copy() for name in Documents.__slots__}
    kept["due"][first], kept["cents"][first] = days[0], cents[0]
    joined = {name: np.concatenate([kept[name], getattr(more, name)]) for name in kept}
    return Documents(**joined), [rows.of(~chosen), *paid]


def _joined(parts: Sequence[Vouchers], *, together: bool = False) -> Vouchers:
    """The rows of all parts. Each row is a voucher of its own, unless they are `together` or share one within a part."""
    names = [name for name in Vouchers.__slots__ if name != "voucher"]
    values = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    start, own = 0, []
    for part in parts:
        if together:
            own.append(np.arange(len(part.paid)))
            continue
        numbers = np.unique(part.voucher, return_inverse=True)[1]
        own.append(start + numbers)
        start += len(part.paid)
    return Vouchers(**values, voucher=np.concatenate(own))

"""The ledger as tables: invoices and credit notes, payments, disputes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.arrays import Floats, Ints
from contracts.tables.raw import DISPUTES, INVOICE_KINDS, INVOICES, PAYMENT_KINDS, PAYMENTS
from world.books.currencies import Exchange
from world.books.orders import Orders
from world.books.settlement import Disputes, Settlement
from world.hidden import arrow
from world.hidden.health import NEVER
from world.hidden.hidden import Hidden

GENUINE = ("quality", "short delivery", "price", "wrong goods", "invoice data")
PRETEXT = ("quality", "price", "other")


def ledger_tables(
    hidden: Hidden, orders: Orders, settlement: Settlement, exchange: Exchange
) -> dict[str, pa.Table]:
    """Tables `invoices`, `payments` and `disputes`. Documents are numbered by block, in the order they were booked."""
    notes = settlement.credit_notes
    number = _rank(
        np.concatenate([orders.booked, notes.booked]),
        np.concatenate([orders.customer, orders.customer[notes.invoice]]),
    )
    return {
        "invoices": _invoices(hidden, orders, settlement, number, exchange),
        "payments": _payments(hidden, settlement, number),
        "disputes": _disputes(hidden, settlement.disputes, number),
    }


def never_paid(
    orders: Orders, settlement: Settlement, exchange: Exchange, until: int, n: int
) -> Floats:
    """EUR by customer that fell due and is not settled on the last day, net of open credit notes."""
    notes = settlement.credit_notes
    left = np.concatenate([orders.cents, notes.cents]).astype(np.float64)
    np.subtract.at(left, settlement.payments.document, settlement.payments.cents)
    open_cents = left[: len(orders.cents)]
    np.subtract.at(open_cents, notes.invoice, left[len(orders.cents) :])
    rate = exchange.on(exchange.billed[orders.customer], orders.issued)
    owed = np.where(orders.due <= until, open_cents, 0.0) * rate / 100.0
    return np.asarray(np.bincount(orders.customer, weights=owed, minlength=n), dtype=np.float64)


def _rank(*keys: Ints) -> Ints:
    """1, 2, 3 ... in the order of the first key, ties by the next."""
    order = np.lexsort(keys[::-1])
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(1, len(order) + 1)
    return number


def _invoices(
    hidden: Hidden, orders: Orders, settlement: Settlement, number: Ints, exchange: Exchange
) -> pa.Table:
    notes = settlement.credit_notes
    customer = np.concatenate([orders.customer, orders.customer[notes.invoice]])
    kind = np.repeat([0, 1], [len(orders.due), len(notes.invoice)])
    return arrow.table(
        INVOICES,
        {
            "invoice_id": hidden.record_ids("D", number),
            "customer_id": hidden.customer_ids(customer),
            "issued_on": arrow.days(np.concatenate([orders.issued, notes.issued])),
            "due_on": arrow.days(np.concatenate([orders.due, notes.issued])),
            "amount": arrow.exact(np.concatenate([orders.cents, notes.cents])),
            "currency": arrow.words(list(exchange.codes), exchange.billed[customer]),
            "kind": arrow.words(INVOICE_KINDS, kind),
            "credits": pa.nulls(len(kind), pa.string()),
            "booked_at": arrow.days(np.concatenate([orders.booked, notes.booked])),
        },
    )


def _payments(hidden: Hidden, settlement: Settlement, number: Ints) -> pa.Table:
    payments = settlement.payments
    own = _rank(payments.booked, number[payments.document], payments.paid)
    return arrow.table(
        PAYMENTS,
        {
            "payment_id": hidden.record_ids("P", own),
            "invoice_id": hidden.record_ids("D", number[payments.document]),
            "customer_id": pa.nulls(len(own), pa.string()),
            "paid_on": arrow.days(payments.paid),
            "amount": arrow.exact(payments.cents),
            "kind": arrow.words(PAYMENT_KINDS, np.zeros(len(own), dtype=np.int64)),
            "booked_at": arrow.days(payments.booked),
        },
    )


def _disputes(hidden: Hidden, disputes: Disputes, number: Ints) -> pa.Table:
    rng = hidden.streams.of("dispute reasons")
    n = len(disputes.invoice)
    genuine = arrow.words(GENUINE, rng.integers(0, len(GENUINE), n))
    pretext = arrow.words(PRETEXT, rng.integers(0, len(PRETEXT), n))
    reason = pc.if_else(pa.array(disputes.symptom), pretext, genuine)
    own = _rank(disputes.opened, disputes.invoice)
    return arrow.table(
        DISPUTES,
        {
            "dispute_id": hidden.record_ids("Q", own),
            "invoice_id": hidden.record_ids("D", number[disputes.invoice]),
            "opened_on": arrow.days(disputes.opened),
            "closed_on": arrow.where(disputes.closed != NEVER, arrow.days(disputes.closed)),
            "reason": arrow.where(rng.random(n) < 0.9, reason),
        },
    )

"""The ledger as tables: invoices and credit notes, payments, disputes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.arrays import Floats, Ints
from contracts.tables.raw import DISPUTES, INVOICE_KINDS, INVOICES, PAYMENT_KINDS, PAYMENTS
from world.books.currencies import Exchange
from world.books.everyday import NOWHERE, Documents, Vouchers
from world.books.orders import Orders
from world.books.settlement import Disputes, Settlement
from world.hidden import arrow
from world.hidden.health import NEVER
from world.hidden.hidden import Hidden

GENUINE = ("quality", "short delivery", "price", "wrong goods", "invoice data")
PRETEXT = ("quality", "price", "other")


def ledger_tables(
    hidden: Hidden,
    documents: Documents,
    vouchers: Vouchers,
    disputes: Disputes,
    exchange: Exchange,
) -> dict[str, pa.Table]:
    """Tables `invoices`, `payments` and `disputes`. Documents are numbered by block, in the order they were booked."""
    number = _rank(documents.booked, documents.customer)
    return {
        "invoices": _invoices(hidden, documents, number, exchange),
        "payments": _payments(hidden, vouchers, number),
        "disputes": _disputes(hidden, disputes, number),
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


def _invoices(hidden: Hidden, documents: Documents, number: Ints, exchange: Exchange) -> pa.Table:
    named = documents.credits != NOWHERE
    return arrow.table(
        INVOICES,
        {
            "invoice_id": hidden.record_ids("D", number),
            "customer_id": hidden.customer_ids(documents.customer),
            "issued_on": arrow.days(documents.issued),
            "due_on": arrow.days(documents.due),
            "amount": arrow.exact(documents.cents),
            "currency": arrow.words(list(exchange.codes), exchange.billed[documents.customer]),
            "kind": arrow.words(INVOICE_KINDS, documents.is_note.astype(np.int64)),
            "credits": arrow.where(named, hidden.record_ids("D", number[documents.credits])),
            "booked_at": arrow.days(documents.booked),
        },
    )


def _payments(hidden: Hidden, vouchers: Vouchers, number: Ints) -> pa.Table:
    on_item = vouchers.document != NOWHERE
    of = np.where(on_item, number[vouchers.document], 0)
    # a payment of several rows is numbered as the first of them
    rank = _rank(vouchers.booked, of, vouchers.paid)
    first = np.full(int(vouchers.voucher.max(initial=-1)) + 1, len(rank) + 1)
    np.minimum.at(first, vouchers.voucher, rank)
    return arrow.table(
        PAYMENTS,
        {
            "payment_id": hidden.record_ids("P", first[vouchers.voucher]),
            "invoice_id": arrow.where(on_item, hidden.record_ids("D", of)),
            "customer_id": arrow.where(~on_item, hidden.customer_ids(vouchers.customer)),
            "paid_on": arrow.days(vouchers.paid),
            "amount": arrow.exact(vouchers.cents),
            "kind": arrow.words(PAYMENT_KINDS, vouchers.kind),
            "booked_at": arrow.days(vouchers.booked),
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

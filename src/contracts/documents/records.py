"""What the records hold of one customer: parts of `contracts.documents.customer`, as known before the day of decision."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from contracts.documents.base import Part


class Terms(Part):
    """What is granted to it; limits in reporting currency."""

    since: date
    limit: Decimal | None
    terms_days: int
    insured_limit: Decimal | None
    insured_share: float | None


class Bucket(Part):
    """Open balance by days past due, in reporting currency."""

    bucket: str
    amount: Decimal


class Item(Part):
    """An open document, in its own currency; `days` past due are below 0 where it is not yet due."""

    invoice_id: str
    issued_on: date
    due_on: date
    days: int
    currency: str
    amount: Decimal
    open: Decimal
    is_disputed: bool
    is_planned: bool


class Credit(Part):
    """Credit notes that name no invoice, overpayments and money on account."""

    currency: str
    amount: Decimal


class Owed(Part):
    """What it owes, in reporting currency but for items and credits.

    Attributes:
        balance: open items less open credits; negative where it is in credit.
        exposure: the balance, 0 where it is in credit.
        overdue: part of the exposure past due, after credits have cleared the oldest items.
        disputed: part of it in dispute.
        peak: the highest balance of the last twelve months; None where it never owed anything.
        oldest_days: days past due of the oldest open item.
        buckets: they add up to the exposure.
        items: the oldest open items, oldest first.
        n_items: how many there are.
        rest: what is open of those not shown.
        credits: by currency.
    """

    balance: Decimal
    exposure: Decimal
    overdue: Decimal
    disputed: Decimal
    peak: Decimal | None
    oldest_days: int
    buckets: tuple[Bucket, ...]
    items: tuple[Item, ...]
    n_items: int
    rest: Decimal
    credits: tuple[Credit, ...]


class PaidMonth(Part):
    """What was paid in one calendar month, in reporting currency.

    Attributes:
        month: its first day.
        payments: how many.
        paid: in money, as booked; what was returned later is not taken off.
        late: part of it paid after the due date.
        days_late: mean by amount; paid early or on time counts as 0; None where nothing was paid.
        returned: payments returned in the month.
    """

    month: date
    payments: int
    paid: Decimal
    late: Decimal
    days_late: float | None
    returned: int


class Trading(Part):
    """What it was billed, in reporting currency, less what was credited of it, by date of issue."""

    first_issued: date | None
    billed_3m: Decimal
    billed_12m: Decimal


class Statement(Part):
    """The newest version of one financial statement, in its own currency."""

    period_end: date
    months: int
    published_on: date
    currency: str
    revenue: Decimal | None
    ebitda: Decimal | None
    net_income: Decimal | None
    total_assets: Decimal | None
    cash: Decimal | None
    total_liabilities: Decimal | None
    equity: Decimal | None
    equity_share: float | None


class Dispute(Part):
    """One case, the amount of its invoice in the invoice's currency; `closed_on` is None while it was open on the day."""

    invoice_id: str
    opened_on: date
    closed_on: date | None
    reason: str | None
    amount: Decimal
    currency: str


class Incident(Part):
    """A credit event: when it happened, when it was known, what; the amount in the customer's currency."""

    on: date
    known_on: date
    kind: str
    amount: Decimal | None
    detail: str | None

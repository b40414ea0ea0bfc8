"""What might be booked for a customer: decisions propose it, features count it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Booked:
    """Bookings of one customer, all of them on the last day that is known on the day of decision.

    Attributes:
        customer_id: whose they are.
        paid: amount by invoice, in the invoice's currency.
        settled: invoices whose disputes are closed.
        plan_until: last date of a payment plan that is agreed; None: none is.
        statement: end of the period of a new statement that shows what the newest on file shows; None: none comes.
    """

    customer_id: str
    paid: Mapping[str, Decimal] = field(default_factory=dict)
    settled: tuple[str, ...] = ()
    plan_until: date | None = None
    statement: date | None = None

"""Rules of money that customers hold back by agreement: it is due later than the invoice it is a part of."""

from __future__ import annotations

import ibis.expr.types as ir

from contracts.tables.raw import INVOICE_KINDS
from quality.rules.amounts import paid_by_day
from quality.rules.rule import Book, Broken, Severity, rule

_MIN_INVOICES = 3
"""So many invoices of a customer whose last part is one and the same share are a habit."""
_MIN_SHARE, _MAX_SHARE = 0.02, 0.15
_LONG_DAYS = 180
"""A rest that is paid so long after the due day, and always the same share, was not forgotten."""


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.02,
    title=(
        "The last part of invoices, always the same share, is paid half a year late or later: held back by agreement?",
        "发票尾款均为同一比例，且逾期半年以上才支付，疑似质保金",
    ),
    remedy=(
        "Deliver what is held back as an invoice of its own with the day on which it falls due (docs/your-own-data.md, money that is held back); on the invoice's own due day every customer is in default",
        "请将质保金作为单独的发票交付，并填写其自身的到期日（见 docs/your-own-data.md）；若沿用原发票到期日，每个客户都会被视为违约",
    ),
)
def held_back_not_stated(rows: ir.Table, book: Book) -> Broken:
    """Three or more invoices that were paid in full, the last payment 2 to 15 per cent, the same share each time, 180 days or more after the due day."""
    payments, invoices = (book.delivered.get(name) for name in ("payments", "invoices"))
    if payments is None or invoices is None:
        return {}
    daily = paid_by_day(payments)  # of two payments on the last day neither is the last
    paid = daily.group_by("invoice_id").aggregate(
        n=daily.count(),
        paid=daily.amount.sum().cast("float64"),
        rest=daily.amount.argmax(daily.paid_on).cast("float64"),
        last=daily.paid_on.max(),
    )
    items = invoices.filter(invoices.kind == INVOICE_KINDS[0], invoices.amount > 0)
    both = items.inner_join(paid.filter(paid.n > 1), "invoice_id")
    whole = both.amount.cast("float64")
    days = both["last"].delta(both.due_on, unit="D")
    both = both.mutate(share=(both.rest / whole).round(3), is_whole=both.paid >= whole * 0.995, days=days)  # fmt: skip
    both = both.filter(both.is_whole, both.share.between(_MIN_SHARE, _MAX_SHARE), both.days >= _LONG_DAYS)  # fmt: skip
    # equal parts are instalments
    both = both.filter(both.rest * (both.n - 1) * 2 < both.paid - both.rest)
    habits = both.group_by(["customer_id", "share"]).aggregate(n=both.count())
    found = habits.filter(habits.n >= _MIN_INVOICES)
    return {"customer_id": rows.customer_id.isin(found.customer_id)}

"""Rules of money that customers hold back by agreement: it is due later than the invoice it is a part of."""

from __future__ import annotations

import ibis.expr.types as ir

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
    ledger = book.ledger
    if ledger is None:
        return {}
    items = ledger.filter(ledger.is_invoice, ledger.amount > 0, ledger.days > 1)
    whole, paid = items.amount.cast("float64"), items.money.cast("float64")
    rest = items.last_money.cast("float64")  # of two payments on the last day neither is the last
    late = items["last"].delta(items.due_on, unit="D")
    are_equal = rest * (items.days - 1) * 2 >= paid - rest  # instalments
    items = items.mutate(share=(rest / whole).round(3))
    items = items.filter(paid >= whole * 0.995, late >= _LONG_DAYS, ~are_equal)
    items = items.filter(items.share.between(_MIN_SHARE, _MAX_SHARE))
    habits = items.group_by(["customer_id", "share"]).aggregate(n=items.count())
    found = habits.filter(habits.n >= _MIN_INVOICES)
    return {"customer_id": rows.customer_id.isin(found.customer_id)}

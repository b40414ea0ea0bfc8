"""Faults of payments: money on the wrong invoice, on nobody's account, twice, or on another day."""

from __future__ import annotations

from quality.faults.fault import Deed, Sheet, Strike, fault
from quality.faults.sql import INVOICE_OF_PAYMENT, between

_OVERPAID = "invoices.paid_more_than_invoiced"
_FULLY_PAID = (
    "(SELECT p.invoice_id FROM payments AS p JOIN invoices AS i ON i.invoice_id = p.invoice_id "
    "GROUP BY p.invoice_id HAVING sum(p.amount) >= max(i.amount))"
)
_PAID_OF_A_DAY = (
    "(SELECT issued_on, arg_min(invoice_id, md5(invoice_id)) AS invoice_id, "  # noqa: S608 - no outside text
    "arg_min(customer_id, md5(invoice_id)) AS customer_id "
    f"FROM invoices WHERE invoice_id IN {_FULLY_PAID} GROUP BY issued_on)"
)


@fault(
    {"payments": "paid_before_issued"},
    en="Payments were made before their invoice was issued",
    zh="付款日早于开票日",
    note="payments whose invoice was delivered",
)
def paid_before_issued(_sheet: Sheet) -> Strike:
    """Day and month swapped, or a payment on account tied to a later invoice."""
    return Strike({"paid_on": f"i.issued_on - {between(1, 30)}"}, joins=INVOICE_OF_PAYMENT)


@fault(
    {"payments": "money_of_nobody"},
    en="Money on account came without its customer",
    zh="预收款项未注明客户",
    note="payments that name an invoice; they lose it",
)
def on_account_of_nobody(_sheet: Sheet) -> Strike:
    """A payment that could not be matched, read without the column that says whose account it is on."""
    return Strike({"invoice_id": "NULL", "customer_id": "NULL"}, where="r.invoice_id IS NOT NULL")


@fault(
    {"payments": "money_of_nobody"},
    en="Money on account came with a customer's number that has lost its leading zeros",
    zh="预收款项的客户编号丢失前导零",
    note="payments that name an invoice; they lose it, and the zeros of its customer",
)
def on_account_zeros_lost(_sheet: Sheet) -> Strike:
    """A spreadsheet took the customer's number for a number: C000123 became C123."""
    short = r"regexp_replace(i.customer_id, '^([^0-9]*)0+([0-9])', '\1\2')"
    return Strike(
        {"invoice_id": "NULL", "customer_id": short},
        joins=INVOICE_OF_PAYMENT,
        where=f"r.invoice_id IS NOT NULL AND {short} NOT IN (SELECT customer_id FROM customers)",  # noqa: S608 - names of the contract
    )


@fault(
    {"payments": "returned_more_than_paid"},
    en="Returned payments came without the payments they return",
    zh="退回的付款缺少对应的原付款",
    note="payments of their whole invoice",
)
def returned_without_payment(_sheet: Sheet) -> Strike:
    """The payment lies before the first day of the extract, its return after it."""
    return Strike({"kind": "'reversal'"}, joins=INVOICE_OF_PAYMENT, where="r.amount = i.amount")


@fault(
    {"payments": "invoices.remainder_tolerated"},
    en="Banks kept a fee of what was paid",
    zh="银行从付款中扣除手续费",
    note="payments of their whole invoice of at least 1.00",
)
def bank_fee_kept(_sheet: Sheet) -> Strike:
    """A few cents of every payment from abroad."""
    return Strike(
        {"amount": "r.amount - 0.35"},
        joins=INVOICE_OF_PAYMENT,
        where="r.amount = i.amount AND i.kind = 'invoice' AND r.amount >= 1",
    )


@fault(
    {"payments": "piled_on_one_day"},
    en="A migration wrote its own day into the dates of payments",
    zh="系统迁移将自身日期写入付款日期",
    note="payments made before that day, which is the one nine tenths of them were made by",
)
def payments_redated(_sheet: Sheet) -> Strike:
    """Value date and booking date become the day the old ledger was carried over."""
    day = "(SELECT CAST(quantile_disc(paid_on, 0.9) AS DATE) FROM payments)"
    return Strike({"paid_on": day, "booked_at": day}, where=f"r.paid_on < {day}")


@fault(
    {"payments": "value_date_of_migration"},
    en="A migration wrote its own day over the value dates of old payments",
    zh="系统迁移以自身日期覆盖早期付款的付款日期",
    note="payments of invoices that fell due more than 30 days before that day, which is the one nine tenths of payments were made by",
)
def old_payments_redated(_sheet: Sheet) -> Strike:
    """Only what was closed when the old ledger was carried over: each of them looks paid months or years late."""
    day = "(SELECT CAST(quantile_disc(paid_on, 0.9) AS DATE) FROM payments)"
    return Strike(
        {"paid_on": day, "booked_at": day},
        joins=INVOICE_OF_PAYMENT,
        where=f"r.kind = 'payment' AND i.kind = 'invoice' AND r.paid_on < {day} AND i.due_on + 30 < {day}",
    )


@fault(
    {"payments": _OVERPAID},
    en="Customers paid an invoice twice, and both payments were applied to it",
    zh="同一发票被重复付款且均已核销",
    note="payments of their whole invoice; the second one comes days later under a number of its own",
)
def paid_twice(_sheet: Sheet) -> Strike:
    """Two people at the customer released the same invoice."""
    last = "(SELECT max(booked_at) FROM payments)"
    later = f"CAST(least({between(1, 10)}, {last} - r.booked_at) AS INTEGER)"
    return Strike(
        {
            "payment_id": "r.payment_id || '-2'",
            "paid_on": f"r.paid_on + {later}",
            "booked_at": f"r.booked_at + {later}",
        },
        joins=INVOICE_OF_PAYMENT,
        # One day later at least, or it would be the same record under another number; what the supplier pays out is no payment of a customer.
        where="r.kind = 'payment' AND i.kind = 'invoice' AND r.amount = i.amount AND r.booked_at < "
        + last,
        deed=Deed.ADDED,
    )


@fault(
    {"payments": "paid_on_another_invoice"},
    en="Payments were applied to another customer's invoice",
    zh="付款被核销到其他客户的发票",
    note="the invoice was issued before, and others have paid it in full",
)
def paid_on_wrong_invoice(_sheet: Sheet) -> Strike:
    """One digit of the reference was typed wrong: one account falls below nought, the other looks unpaid."""
    return Strike(
        {"invoice_id": "o.invoice_id"},
        joins=f"{INVOICE_OF_PAYMENT} ASOF JOIN {_PAID_OF_A_DAY} AS o ON o.issued_on <= r.paid_on "
        # Payments of those invoices stay where they are, so that each stays paid.
        f"ANTI JOIN {_PAID_OF_A_DAY} AS s ON s.invoice_id = r.invoice_id",
        where="o.customer_id <> i.customer_id AND r.amount > 0.01",
    )


@fault(
    {"payments": "invoices.decimal_point_misplaced"},
    en="In payments a point for thousands was read as a decimal point",
    zh="付款中的千位分隔符被读为小数点",
    note="payments of their whole invoice, of 1,000 or more",
)
def thousands_lost_in_payments(_sheet: Sheet) -> Strike:
    """12.345 read as 12.345, and not as 12,345."""
    return Strike(
        {"amount": "r.amount / 1000"},
        joins=INVOICE_OF_PAYMENT,
        where="r.kind = 'payment' AND i.kind = 'invoice' AND r.amount = i.amount AND r.amount >= 1000",
    )


@fault(
    {"payments": "invoices.paid_by_its_group"},
    en="A head office paid for its branches in sums that name no invoice",
    zh="总公司以不指明发票的总额为分支机构付款",
    note="all payments of customers that belong to a group and are billed in the currency of its head",
)
def paid_by_the_head(_sheet: Sheet) -> Strike:
    """The bank statement names the head office, and so does the booking."""
    owner = "coalesce((SELECT min(i.customer_id) FROM invoices AS i WHERE i.invoice_id = r.invoice_id), r.customer_id)"
    whose = (
        "JOIN (SELECT b.customer_id AS branch, h.customer_id AS head FROM customers AS b JOIN customers AS h ON h.customer_id = b.parent_id "
        "WHERE h.currency = b.currency AND h.customer_id <> b.customer_id) AS g"
    )
    return Strike(
        {"invoice_id": "NULL", "customer_id": "g.head"},
        joins=f"{whose} ON g.branch = {owner}",
        whole=owner,
    )

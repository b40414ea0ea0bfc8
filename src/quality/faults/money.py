"""Faults of what an amount is: its decimals, its currency, its due day."""

from __future__ import annotations

from quality.faults.fault import Sheet, Strike, fault
from quality.faults.sql import one_of

_USUAL = (
    "JOIN (SELECT customer_id, currency, median(amount) AS usual FROM invoices GROUP BY customer_id, currency "
    "HAVING count(*) >= 8) AS u ON u.customer_id = r.customer_id AND u.currency = r.currency"
)


@fault(
    {"invoices": "amount_far_below_usual"},
    en="A point for thousands was read as a decimal point",
    zh="千位分隔符被读为小数点",
    note="invoices of 1,000 or more, of at most three times the customer's usual amount",
)
def thousands_taken_for_decimals(_sheet: Sheet) -> Strike:
    """12.000,00 read as 12.00."""
    return Strike(
        {"amount": "r.amount / 1000"},
        joins=_USUAL,
        where="r.amount >= 1000 AND r.amount <= 3 * u.usual",
    )


@fault(
    {"invoices": "finer_than_the_currency"},
    en="Amounts in yen have two decimals",
    zh="日元金额带有两位小数",
    note="the currency becomes JPY, the amount ends in .50",
)
def yen_in_hundredths(_sheet: Sheet) -> Strike:
    """SAP stores every amount with two decimals: 12.34 is 1,234 yen."""
    return Strike({"currency": "'JPY'", "amount": "floor(r.amount) + 0.5"})


@fault(
    {"payments": "finer_than_the_currency"},
    en="Amounts of payments were not rounded to cents",
    zh="付款金额未四舍五入到分",
    note="half a cent more",
)
def never_rounded(_sheet: Sheet) -> Strike:
    """A share of a sum, as a spreadsheet works it out."""
    return Strike({"amount": "r.amount + 0.005"})


@fault(
    {"invoices": "withdrawn_currency"},
    en="Invoices in a currency that had been withdrawn",
    zh="发票币种当时已停用",
    note="the code becomes DEM or LTL",
)
def currency_withdrawn(_sheet: Sheet) -> Strike:
    """Master data that nobody has touched since the euro came."""
    return Strike({"currency": one_of("'DEM'", "'LTL'")}, where="r.issued_on > DATE '2015-01-15'")


@fault(
    {"invoices": "due_far_off"},
    en="Due days are fillers, or a century off",
    zh="到期日为填充值或差一百年",
    note="9999-12-31, or a hundred years later",
)
def due_never(_sheet: Sheet) -> Strike:
    """Such an invoice is never overdue."""
    later = "CAST(r.due_on + INTERVAL 100 YEAR AS DATE)"
    return Strike({"due_on": one_of("DATE '9999-12-31'", later)})

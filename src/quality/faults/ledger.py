"""Faults of the ledger: invoices, credit notes, disputes; those of payments alone are in `payments`."""

from __future__ import annotations

from quality.faults.fault import Deed, Sheet, Strike, fault
from quality.faults.sql import DIE, INVOICE_OF_PAYMENT, between, everywhere

_CUSTOMER = "JOIN (SELECT DISTINCT ON (customer_id) * FROM customers ORDER BY ALL) AS c ON c.customer_id = r.customer_id"


@fault(
    {
        **everywhere("not_positive_amount", ("invoices", "payments")),
        "credit_terms": "negative_amount",
        "events": "event_amount_negative",
        "financials": "assets_not_positive",
    },
    en="Amounts have the wrong sign",
    zh="金额正负号错误",
    note="rows with an amount above nought; at financials total assets",
)
def wrong_sign(sheet: Sheet) -> Strike:
    """The ledger's credit side was read as negative."""
    columns = {"credit_terms": "credit_limit", "financials": "total_assets"}
    column = columns.get(sheet.contract.name, "amount")
    return Strike({column: f"-r.{column}"}, where=f"r.{column} > 0")


@fault(
    {"invoices": "not_positive_amount"},
    en="Credit notes were delivered as invoices with a minus sign",
    zh="贷项凭证被当作负数发票交付",
    note="credit notes",
)
def credit_notes_as_negative_invoices(_sheet: Sheet) -> Strike:
    """How most ledgers store them; a mapping that forgot to say so."""
    return Strike({"amount": "-r.amount", "kind": "'invoice'"}, where="r.kind = 'credit_note'")


@fault(
    {"invoices": "amount_far_from_usual", "payments": "invoices.paid_more_than_invoiced"},
    en="Amounts have lost their decimal point and are a hundred times too large",
    zh="金额丢失小数点，放大一百倍",
    note="payments of at least a fiftieth of their invoice",
)
def decimal_point_lost(sheet: Sheet) -> Strike:
    """12.50 read as 1250."""
    values = {"amount": "r.amount * 100"}
    if sheet.contract.name == "invoices":
        return Strike(values)
    return Strike(values, joins=INVOICE_OF_PAYMENT, where="r.amount * 50 >= i.amount")


@fault(
    everywhere("currency_differs_from_customer", ("invoices", "financials")),
    en="Amounts were delivered in another currency than they are in",
    zh="金额的币种被弄错",
    note="rows in their customer's currency; the new one is another customer's",
)
def currency_flipped(_sheet: Sheet) -> Strike:
    """The currency of the account instead of that of the document."""
    codes = "(SELECT list(DISTINCT currency ORDER BY currency) FROM customers WHERE currency IS NOT NULL)"
    others = f"list_filter({codes}, lambda code: code <> r.currency)"
    return Strike(
        {
            "currency": f"list_extract({others}, CAST(1 + {DIE} % greatest(len({others}), 1) AS INTEGER))"
        },
        joins=_CUSTOMER,
        where=f"r.currency = c.currency AND len({others}) > 0",
    )


@fault(
    {"invoices": "terms_differ_from_agreed"},
    en="Due dates follow other terms than those agreed",
    zh="到期日不符合约定账期",
    note="invoices whose due date follows the credit terms in force; moved by 15 or 30 days",
)
def terms_changed(_sheet: Sheet) -> Strike:
    """Someone changed the terms in the ledger, and nobody told credit control."""
    moved = f"CASE {DIE} % 4 WHEN 0 THEN -30 WHEN 1 THEN -15 WHEN 2 THEN 15 ELSE 30 END"
    # A date before the issue would be another fault: it is moved the other way.
    days = f"CASE WHEN r.due_on + ({moved}) < r.issued_on THEN -({moved}) ELSE ({moved}) END"
    return Strike(
        {"due_on": f"r.due_on + {days}"},
        joins="ASOF JOIN credit_terms AS t ON t.customer_id = r.customer_id AND t.valid_from <= r.issued_on",
        where="r.kind = 'invoice' AND r.due_on - r.issued_on = t.payment_terms_days",
    )


@fault(
    {"invoices": "due_before_issued"},
    en="Invoices were due before they were issued",
    zh="到期日早于开票日",
)
def due_before_issued(_sheet: Sheet) -> Strike:
    """A date of last year's list in a new one."""
    return Strike({"due_on": f"r.issued_on - {between(1, 30)}"})


@fault(
    {"invoices": "issued_before_onboarded"},
    en="Invoices are older than the business relation",
    zh="开票日早于建立客户关系日",
    note="the due date moves along",
)
def issued_before_onboarded(_sheet: Sheet) -> Strike:
    """A customer number that was given out twice."""
    issued = f"(c.onboarded_on - {between(1, 30)})"
    return Strike(
        {"issued_on": issued, "due_on": f"{issued} + CAST(r.due_on - r.issued_on AS INTEGER)"},
        joins=_CUSTOMER,
        where="c.onboarded_on >= DATE '1960-01-01'",  # older ones would be taken for fillers
    )


@fault(
    {"invoices": "booked_long_after_issue"},
    en="Invoices of January carry the year before",
    zh="一月的发票误写为上一年",
    note="invoices of January; the due date moves along",
)
def year_before(_sheet: Sheet) -> Strike:
    """The habit of a hand that wrote it for twelve months."""
    issued = "CAST(r.issued_on - INTERVAL 1 YEAR AS DATE)"
    return Strike(
        {"issued_on": issued, "due_on": f"{issued} + CAST(r.due_on - r.issued_on AS INTEGER)"},
        where="r.kind = 'invoice' AND month(r.issued_on) = 1",
    )


@fault(
    {"invoices": "billed_ahead", "payments": "booked_before_value_date"},
    en="Rows were booked before they happened",
    zh="入账日早于发生日",
)
def booked_before_it_happened(sheet: Sheet) -> Strike:
    """The columns of the two dates were taken for each other."""
    table = sheet.contract
    return Strike({str(table.known): f"r.{table.happened} - {between(1, 10)}"})


@fault(
    {"invoices": "happened_after_known"},
    en="Invoices were booked months before their own day",
    zh="发票入账日早于开票日数月",
)
def booked_months_before(_sheet: Sheet) -> Strike:
    """The day of the order stands for that of the booking."""
    return Strike({"booked_at": f"r.issued_on - {between(32, 90)}"})


@fault(
    {"invoices": "credits_unknown_invoice"},
    en="Credit notes name invoices that are not there",
    zh="贷项凭证所指的发票不存在",
    note="credit notes",
)
def credits_of_another_ledger(_sheet: Sheet) -> Strike:
    """The number of the order in place of that of the invoice."""
    return Strike({"credits": "'order ' || r.invoice_id"}, where="r.kind = 'credit_note'")


@fault(
    {"invoices": "piled_on_one_day"},
    en="A migration wrote its own day into the dates of invoices",
    zh="系统迁移将自身日期写入开票日期",
    note="invoices issued before that day, which is the one nine tenths of them were issued by; the due date moves along",
)
def invoices_redated(_sheet: Sheet) -> Strike:
    """Document date and booking date become the day the old ledger was carried over."""
    day = "(SELECT CAST(quantile_disc(issued_on, 0.9) AS DATE) FROM invoices)"
    due = f"{day} + CAST(r.due_on - r.issued_on AS INTEGER)"
    return Strike({"issued_on": day, "due_on": due, "booked_at": day}, where=f"r.issued_on < {day}")


@fault(
    {"invoices": "customers.paid_more_than_billed"},
    en="A customer's invoices came as credit notes, and its credit notes as invoices",
    zh="某客户的发票与贷项凭证类型互换",
    note="the share is one of customers: those that owe something, with all their documents",
)
def kinds_swapped(_sheet: Sheet) -> Strike:
    """The ledger's debit and credit were taken for each other."""
    paid = "SELECT invoice_id, sum(amount) AS paid FROM payments GROUP BY invoice_id"
    owed = (
        "SELECT customer_id, sum(if(kind = 'invoice', 1, -1) * (amount - coalesce(paid, 0))) AS owed "  # noqa: S608 - no outside text
        f"FROM invoices LEFT JOIN ({paid}) USING (invoice_id) GROUP BY customer_id, currency"
    )
    return Strike(
        {"kind": "if(r.kind = 'invoice', 'credit_note', 'invoice')"},
        where=f"r.customer_id IN (SELECT customer_id FROM ({owed}) WHERE owed > 0.01)",  # noqa: S608 - no outside text
        whole="r.customer_id",
    )


@fault(
    {"invoices": "ledger_differs_from_balance"},
    en="Open invoices were not delivered",
    zh="未清发票未交付",
    note="invoices that no payment names; shows where the portfolio's yaml states the balances of the general ledger",
)
def open_items_missing(_sheet: Sheet) -> Strike:
    """An extract of the archive, which holds what is settled."""
    paid = "SELECT invoice_id FROM payments WHERE invoice_id IS NOT NULL"
    return Strike(
        {},
        where=f"r.kind = 'invoice' AND r.amount > 0 AND r.invoice_id NOT IN ({paid})",
        deed=Deed.REMOVED,
    )


@fault(
    {"invoices": "copy_never_paid"},
    en="Invoices came again under a second number, and their payments name the first",
    zh="发票以第二个编号重复交付，而付款仍记在第一个编号下",
    note="invoices that were paid in full and fell due more than 30 days before the last booking",
)
def numbered_anew(_sheet: Sheet) -> Strike:
    """A later drop gave new numbers, and the old ones stayed with what was landed before."""
    last = "(SELECT max(booked_at) FROM invoices)"
    # tied by equality, so that an engine joins by hash; asked as "IN (... HAVING ... >= r.amount)" it compares all with all
    paid = "(SELECT sum(p.amount) FROM payments AS p WHERE p.invoice_id = r.invoice_id)"
    return Strike(
        {"invoice_id": "'N' || r.invoice_id"},
        where=f"r.kind = 'invoice' AND r.due_on + 30 < {last} AND {paid} >= r.amount",
        deed=Deed.ADDED,
    )


@fault(
    everywhere("month_missing", ("invoices", "payments")),
    en="A whole month is missing",
    zh="整月数据缺失",
    note="the share is one of months; the first and the last month stay",
)
def month_missing(sheet: Sheet) -> Strike:
    """The file of one month was not delivered."""
    day = f"r.{sheet.contract.happened}"
    table = sheet.contract.name
    month = f"date_trunc('month', {day})"
    ends = ", ".join(
        f"(SELECT date_trunc('month', {end}({sheet.contract.happened})) FROM {table})"  # noqa: S608 - names of the contract
        for end in ("min", "max")
    )
    return Strike({}, where=f"{month} NOT IN ({ends})", deed=Deed.REMOVED, whole=month)


@fault(
    {"disputes": "closed_before_opened"},
    en="Disputes were closed before they were opened",
    zh="争议结案日早于提出日",
)
def closed_before_opened(_sheet: Sheet) -> Strike:
    """The two dates came in the wrong order."""
    return Strike({"closed_on": f"r.opened_on - {between(1, 30)}"})


@fault(
    {"disputes": "disputed_before_issued"},
    en="Disputes were opened before their invoice was issued",
    zh="争议提出日早于开票日",
    note="disputes whose invoice was delivered",
)
def disputed_before_issued(_sheet: Sheet) -> Strike:
    """The dispute of an earlier invoice was tied to a later one."""
    return Strike({"opened_on": f"i.issued_on - {between(1, 30)}"}, joins=INVOICE_OF_PAYMENT)


@fault(
    everywhere("not_positive_amount", ("invoices", "payments")),
    en="Amounts of nought",
    zh="金额为零",
)
def amount_of_nought(_sheet: Sheet) -> Strike:
    """Documents that were cancelled before they were sent."""
    return Strike({"amount": "0"})

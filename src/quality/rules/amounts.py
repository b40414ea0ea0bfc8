"""Rules of amounts, currencies, shares and codes."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from contracts.tables.raw import INVOICE_KINDS
from quality.rules.rule import ROW, Book, Broken, Severity, rule

_CENT = 0.01
_FAR = 25.0
"""A lost decimal point makes it a hundred times; amounts of a quarter of the median must be found as well."""
_FEWEST_DOCUMENTS = 5


@rule(
    Severity.QUARANTINE,
    "invoices",
    "payments",
    title=("The amount is not positive", "金额不为正"),
    remedy=(
        "Deliver credit notes as kind = 'credit_note' with a positive amount; exclude zero rows with WHERE",
        "贷项凭证请用 kind = 'credit_note' 和正数金额；零金额行用 WHERE 排除",
    ),
)
def not_positive_amount(rows: ir.Table, _book: Book) -> Broken:
    """Nought or less; also for a credit note, whose kind carries the sign."""
    return {"amount": rows.amount <= 0}


@rule(
    Severity.QUARANTINE,
    "credit_terms",
    "events",
    title=("An amount is negative", "金额为负"),
    remedy=(
        "Check the sign in the SELECT, or leave the amount missing",
        "检查 SELECT 中的正负号，或将金额留空",
    ),
)
def negative_amount(rows: ir.Table, book: Book) -> Broken:
    """A limit, an insured limit or an event's amount below nought; nought is allowed."""
    names = ("amount",) if book.contract.name == "events" else ("credit_limit", "insured_limit")
    return {name: rows[name] < 0 for name in names}


@rule(
    Severity.QUARANTINE,
    "fx_rates",
    tolerance=0.001,
    title=("The exchange rate is not positive", "汇率不为正"),
    remedy=(
        "Correct the rate; it is units of reporting currency for one unit of the currency",
        "更正汇率：一单位外币折合报告货币的金额",
    ),
)
def not_positive_rate(rows: ir.Table, _book: Book) -> Broken:
    """Nought or less."""
    return {"rate": rows.rate <= 0}


@rule(
    Severity.QUARANTINE,
    "customers",
    "invoices",
    "financials",
    "fx_rates",
    title=("The currency is unknown or has no exchange rate", "币种未知或缺少汇率"),
    remedy=(
        "Deliver its rates in fx_rates.sql, and currencies as three capital letters (ISO 4217)",
        "在 fx_rates.sql 中提供该币种汇率；币种为三位大写字母（ISO 4217）",
    ),
)
def unknown_currency(rows: ir.Table, book: Book) -> Broken:
    """Not three capital letters, or neither the reporting currency nor one with a rate."""
    is_code = rows.currency.re_search("^[A-Z]{3}$")
    if book.contract.name == "fx_rates":
        return {"currency": ~is_code}
    return {"currency": ~is_code | rows.currency.notin(sorted(book.rates))}


@rule(
    Severity.REPORT,
    "invoices",
    title=("More was paid than invoiced", "付款总额超过发票金额"),
    remedy=(
        "Look for payments loaded twice, or booked on the wrong invoice",
        "检查付款是否重复加载或记入了错误的发票",
    ),
)
def paid_more_than_invoiced(rows: ir.Table, book: Book) -> Broken:
    """The sum of its payments exceeds the document's amount by more than a cent. Credit notes name no invoice."""
    payments = book.delivered.get("payments")
    if payments is None:
        return {}
    paid = payments.group_by("invoice_id").aggregate(paid=payments.amount.sum())
    invoices = book.delivered["invoices"].select("invoice_id", "amount")
    both = paid.inner_join(invoices, "invoice_id")
    overpaid = both.filter(both.paid > both.amount + ibis.literal(_CENT).cast("decimal(18, 2)"))
    return {"amount": rows.invoice_id.isin(overpaid.invoice_id)}


@rule(
    Severity.QUARANTINE,
    "credit_terms",
    title=("A share is not between 0 and 1", "比例不在 0 到 1 之间"),
    remedy=(
        "Divide per cent by 100 in the SELECT",
        "在 SELECT 中将百分数除以 100",
    ),
)
def share_out_of_range(rows: ir.Table, _book: Book) -> Broken:
    """The insured share; 90 where 0.9 is meant shows up like this."""
    return {"insured_share": (rows.insured_share < 0) | (rows.insured_share > 1)}


@rule(
    Severity.QUARANTINE,
    "credit_terms",
    title=("Payment terms are negative or longer than two years", "信用期限为负或超过两年"),
    remedy=(
        "Check the unit of payment_terms_days: days from issue to due",
        "检查 payment_terms_days 的单位：从开票到到期的天数",
    ),
)
def terms_out_of_range(rows: ir.Table, _book: Book) -> Broken:
    """Nought is prepayment or cash; 730 days is longer than any trade credit."""
    return {"payment_terms_days": ~rows.payment_terms_days.between(0, 730)}


@rule(
    Severity.REPORT,
    "customers",
    title=("The country is not a two-letter code", "国家代码不是两位字母"),
    remedy=(
        "Translate countries to ISO 3166-1 alpha-2 in the SELECT; XA..XZ are free for codes of your own",
        "在 SELECT 中转换为 ISO 3166-1 两位代码；XA..XZ 可自定义",
    ),
)
def bad_country_code(rows: ir.Table, _book: Book) -> Broken:
    """Not two capital letters. The row stays: a country is one feature among many."""
    return {"country": ~rows.country.re_search("^[A-Z]{2}$")}


@rule(
    Severity.REPORT,
    "invoices",
    "financials",
    title=("The currency is not the customer's", "币种与客户币种不一致"),
    remedy=(
        "Check the currency column in the SELECT; a customer billed in several currencies is right",
        "检查 SELECT 中的币种列；客户以多种币种结算则属正常",
    ),
)
def currency_differs_from_customer(rows: ir.Table, _book: Book) -> Broken:
    """Amounts in a wrong currency are off by the exchange rate, which no range check sees."""
    return {"currency": rows.currency != rows["customer.currency"]}


@rule(
    Severity.REPORT,
    "invoices",
    title=("An amount far above the customer's usual one", "金额远高于客户平时水平"),
    remedy=(
        "Look for a lost decimal point: 12.50 read as 1250",
        "检查小数点是否丢失：12.50 被读为 1250",
    ),
)
def amount_far_from_usual(rows: ir.Table, book: Book) -> Broken:
    """At least 25 times the median of the customer's documents in that currency, where it has five or more."""
    own = book.own
    key = ["customer_id", "currency"]
    usual = own.group_by(key).aggregate(n=own.count(), usual=own.amount.cast("float64").median())
    both = own.inner_join(usual.filter(usual.n >= _FEWEST_DOCUMENTS), key)
    far = both.filter(both.amount.cast("float64") >= _FAR * both.usual)
    return {"amount": rows[ROW].isin(far[ROW])}


@rule(
    Severity.REPORT,
    "customers",
    title=("More was paid and credited than billed", "付款与贷项合计超过开票金额"),
    remedy=(
        "Look for payments without their invoices, or payments booked on another customer",
        "检查是否有付款缺少对应发票，或记入了其他客户",
    ),
)
def paid_more_than_billed(rows: ir.Table, book: Book) -> Broken:
    """The open balance in one of the customer's currencies is below nought by more than a cent.

    Open balance = invoices - credit notes - payments on invoices + payments on credit notes (refunds, set-offs).
    """
    tables = [book.delivered.get(name) for name in ("invoices", "payments")]
    invoices, payments = tables
    if invoices is None or payments is None:
        return {}
    owner = ["customer_id", "currency"]
    sign = ibis.ifelse(invoices.kind == INVOICE_KINDS[0], 1, -1)
    billed = invoices.select(*owner, open=sign * invoices.amount)
    paid = payments.join(invoices, "invoice_id")
    sign = ibis.ifelse(paid.kind == INVOICE_KINDS[0], -1, 1)
    paid = paid.select(*owner, open=sign * paid.amount)
    balance = billed.union(paid).group_by(owner)
    balance = balance.aggregate(balance=lambda rows: rows.open.sum())
    below = balance.filter(balance.balance < -ibis.literal(_CENT).cast("decimal(18, 2)"))
    return {"customer_id": rows.customer_id.isin(below.customer_id)}

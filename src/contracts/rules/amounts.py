"""Rules of amounts, currencies, shares and codes."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from contracts.rules.rule import Book, Broken, Severity, rule

_CENT = 0.01


@rule(
    Severity.QUARANTINE,
    "invoices",
    "payments",
    en="The amount is not positive",
    zh="金额不为正",
    remedy="Deliver credit notes as kind = 'credit_note' with a positive amount; exclude zero rows with WHERE",
)
def not_positive_amount(rows: ir.Table, _book: Book) -> Broken:
    """Nought or less; also for a credit note, whose kind carries the sign."""
    return {"amount": rows.amount <= 0}


@rule(
    Severity.QUARANTINE,
    "credit_terms",
    "events",
    en="An amount is negative",
    zh="金额为负",
    remedy="Check the sign in the SELECT, or leave the amount missing",
)
def negative_amount(rows: ir.Table, book: Book) -> Broken:
    """A limit, an insured limit or an event's amount below nought; nought is allowed."""
    names = ("amount",) if book.contract.name == "events" else ("credit_limit", "insured_limit")
    return {name: rows[name] < 0 for name in names}


@rule(
    Severity.QUARANTINE,
    "fx_rates",
    tolerance=0.001,
    en="The exchange rate is not positive",
    zh="汇率不为正",
    remedy="Correct the rate; it is units of reporting currency for one unit of the currency",
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
    en="The currency is unknown or has no exchange rate",
    zh="币种未知或缺少汇率",
    remedy="Deliver its rates in fx_rates.sql, and currencies as three capital letters (ISO 4217)",
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
    en="More was paid than invoiced",
    zh="付款总额超过发票金额",
    remedy="Look for payments loaded twice, or booked on the wrong invoice",
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
    en="A share is not between 0 and 1",
    zh="比例不在 0 到 1 之间",
    remedy="Divide per cent by 100 in the SELECT",
)
def share_out_of_range(rows: ir.Table, _book: Book) -> Broken:
    """The insured share; 90 where 0.9 is meant shows up like this."""
    return {"insured_share": (rows.insured_share < 0) | (rows.insured_share > 1)}


@rule(
    Severity.QUARANTINE,
    "credit_terms",
    en="Payment terms are negative or longer than two years",
    zh="信用期限为负或超过两年",
    remedy="Check the unit of payment_terms_days: days from issue to due",
)
def terms_out_of_range(rows: ir.Table, _book: Book) -> Broken:
    """Nought is prepayment or cash; 730 days is longer than any trade credit."""
    return {"payment_terms_days": ~rows.payment_terms_days.between(0, 730)}


@rule(
    Severity.REPORT,
    "customers",
    en="The country is not a two-letter code",
    zh="国家代码不是两位字母",
    remedy="Translate countries to ISO 3166-1 alpha-2 in the SELECT; XA..XZ are free for codes of your own",
)
def bad_country_code(rows: ir.Table, _book: Book) -> Broken:
    """Not two capital letters. The row stays: a country is one feature among many."""
    return {"country": ~rows.country.re_search("^[A-Z]{2}$")}

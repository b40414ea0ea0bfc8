"""Rules of currencies and exchange rates."""

from __future__ import annotations

import math
from datetime import date

import ibis
import ibis.expr.types as ir

from contracts.tables.currencies import MINOR_UNITS, SUCCESSORS, USUAL_PLACES
from contracts.tables.engine import MONEY
from contracts.tables.spec import MONEY_PLACES
from quality.rules.rule import ROW, Book, Broken, Severity, rule

_JUMP = 5.0
"""No currency gains or loses so many times its value from one rate to the next; a reciprocal, or another unit, does."""
_AWAY_FROM_ONE = 0.1
"""Logarithm of a rate below which its reciprocal is a rate like any other."""
_MIRRORED = 0.05
_MIN_ROWS = 20
_LARGE = ("CHF", "EUR", "GBP", "USD")
_SMALL = ("CLP", "CNY", "COP", "CZK", "DKK", "HKD", "HUF", "IDR", "INR", "JPY", "KRW", "MXN", "NOK", "PHP", "RUB", "SEK", "THB", "TWD", "VND", "ZAR")  # fmt: skip
"""Units that have been worth less than a third of any of the large ones since 1995."""
_BESIDE = 2
"""Rates before and after that a rate is compared with."""


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
    "fx_rates",
    tolerance=0.001,
    title=("The exchange rate is turned over, or in another unit", "汇率方向颠倒或单位不同"),
    remedy=(
        "Deliver units of reporting currency for one unit of the currency, throughout: 1 / rate, or rate / 100, where it is not",
        "始终以一单位外币折合报告货币的金额交付：方向颠倒时取 1 / 汇率，按百单位报价时除以 100",
    ),
)
def rate_turned_over(rows: ir.Table, book: Book) -> Broken:
    """At least half of the two rates before and the two after it are five times larger or smaller, or its reciprocal."""
    own = book.own
    order = ibis.window(group_by="currency", order_by=["rate_on", ROW])
    log = own.rate.cast("float64").nullif(0.0).abs().ln()
    beside = {
        f"{way} {step}": value.over(order)
        for step in range(1, _BESIDE + 1)
        for way, value in (("before", log.lag(step)), ("after", log.lead(step)))
    }
    both = own.select(ROW, log=log, **beside)
    others = [both[name] for name in beside]
    jumps = [_is_jump(both.log, other).ifelse(1, 0) for other in others]
    known = [other.notnull().ifelse(1, 0) for other in others]
    n_jumps, n_known = sum(jumps[1:], jumps[0]), sum(known[1:], known[0])
    return {"rate": rows[ROW].isin(both.filter(n_jumps > 0, n_jumps * 2 >= n_known)[ROW])}


def _is_jump(log: ir.FloatingValue, other: ir.FloatingValue) -> ir.BooleanValue:
    mirrored = ((log + other).abs() < _MIRRORED) & (log.abs() > _AWAY_FROM_ONE)
    return ((log - other).abs() > math.log(_JUMP)) | mirrored


@rule(
    Severity.STOP,
    "fx_rates",
    title=(
        "A rate that makes a small unit of money worth more than a large one: it is turned over",
        "该汇率使小面值货币高于大面值货币：方向颠倒",
    ),
    remedy=(
        "Deliver units of the portfolio's reporting_currency for one unit of each currency: a central bank prints the other direction (160 yen for one euro is 0.00625), so write 1 / rate for all of them",
        "请交付一单位外币折合报告货币的金额：央行公布的通常为相反方向（1 欧元兑 160 日元应为 0.00625），请对所有币种写 1 / 汇率",
    ),
)
def rate_of_the_other_direction(rows: ir.Table, book: Book) -> Broken:
    """More than 1 for a currency of small units, such as the yen or the krona, in a book of euros, dollars, pounds or francs; or less than 1 the other way round.

    Where all rates are turned over none stands out from those beside it.
    """
    if book.reporting_currency in _LARGE:
        return {"rate": rows.currency.isin(list(_SMALL)) & (rows.rate > 1)}
    if book.reporting_currency in _SMALL:
        return {"rate": rows.currency.isin(list(_LARGE)) & (rows.rate > 0) & (rows.rate < 1)}
    return {}


@rule(
    Severity.STOP,
    "fx_rates",
    title=("The reporting currency's own rate is not 1", "报告货币自身的汇率不为 1"),
    remedy=(
        "Deliver units of the portfolio's reporting_currency for one unit of each currency; these rates are in another one",
        "以配置中的 reporting_currency 为单位交付汇率；现有汇率以其他货币计价",
    ),
)
def own_rate_not_one(rows: ir.Table, book: Book) -> Broken:
    """One unit of the reporting currency is one unit of it: rates that say otherwise are to another currency."""
    return {"rate": (rows.currency == book.reporting_currency) & (rows.rate != 1)}


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
    "payments",
    title=("An amount with more decimals than its currency has", "金额的小数位多于该币种的小数位"),
    remedy=(
        "Multiply by 100 in the SELECT where the ERP stores every currency with two decimals (SAP: 12.34 for 1,234 yen); write round(x, 2) where it does not round to cents",
        "若 ERP 对所有币种均按两位小数存储（SAP：1,234 日元存为 12.34），请在 SELECT 中乘以 100；若未四舍五入到分，请使用 round(x, 2)",
    ),
)
def finer_than_the_currency(rows: ir.Table, book: Book) -> Broken:
    """Yen with decimals, or euros with three: ISO 4217 gives yen, won and others none, dinars three, and most currencies two."""
    currency = rows.currency if book.contract.name == "invoices" else rows["invoice.currency"]
    by_places = {
        places: sorted(code for code, own in MINOR_UNITS.items() if own == places)
        for places in set(MINOR_UNITS.values())
    }
    kept = ibis.cases(
        *(
            (currency.isin(codes), rows.amount.cast(_with_places(places)).cast(MONEY))
            for places, codes in sorted(by_places.items())
        ),
        else_=rows.amount.cast(_with_places(USUAL_PLACES)).cast(MONEY),
    )
    return {"amount": currency.notnull() & (kept != rows.amount)}


def _with_places(places: int) -> str:
    """The type of money with so many places, or with as many as money has."""
    return f"decimal(18, {min(places, MONEY_PLACES)})"


@rule(
    Severity.REPORT,
    "invoices",
    tolerance=0.0,
    least=_MIN_ROWS,
    title=(
        "Most amounts of a currency without decimals have some: it is kept in hundredths",
        "无小数币种的大部分金额带有小数：系统按百分之一存储",
    ),
    remedy=(
        "Multiply the amounts of that currency by 100 in every SELECT, invoices and payments alike (SAP keeps 1,234 yen as 12.34: TCURX); as they are, these customers owe a hundredth of what they do, and seldom enough for a default. Where a price was multiplied and not rounded, write round(x)",
        "请在所有 SELECT 中将该币种的金额乘以 100，发票与付款均如此（SAP 将 1,234 日元存为 12.34：TCURX）；否则这些客户的欠款只有实际的百分之一，几乎不会违约。若为单价相乘后未取整，请写 round(x)",
    ),
)
def kept_in_hundredths(rows: ir.Table, book: Book) -> Broken:
    """Of a currency that has no decimals (yen, won), more than half of twenty amounts or more have some: not one sum that was never rounded, but a unit."""
    whole = [code for code, places in MINOR_UNITS.items() if places == 0]
    own = book.own.filter(book.own.currency.isin(sorted(whole)))
    is_finer = own.amount.cast(_with_places(0)).cast(MONEY) != own.amount
    own = own.mutate(is_finer=is_finer, n=own.count().over(ibis.window(group_by="currency")), finer=is_finer.sum().over(ibis.window(group_by="currency")))  # fmt: skip
    found = own.filter(own.is_finer, own.n >= _MIN_ROWS, own.finer * 2 > own.n)
    return {"amount": rows[ROW].isin(found[ROW])}


@rule(
    Severity.REPORT,
    "invoices",
    title=("A currency that had been withdrawn by then", "该币种当时已停用"),
    remedy=(
        "Deliver the currency that took its place, and divide by the fixed rate; docs/your-own-data.md lists both",
        "请以接替币种交付，并除以固定汇率；见 docs/your-own-data.md",
    ),
)
def withdrawn_currency(rows: ir.Table, _book: Book) -> Broken:
    """Kuna in 2024: the amount is in euros by then, or the currency is."""
    cases = [(code, ibis.literal(one.until)) for code, one in SUCCESSORS.items()]
    until = rows.currency.cases(*cases, else_=ibis.literal(date(9999, 12, 31)))
    return {"currency": rows.issued_on > until}

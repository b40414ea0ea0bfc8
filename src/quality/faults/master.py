"""Faults of master data: customers, credit terms, exchange rates."""

from __future__ import annotations

from quality.faults.fault import Deed, Sheet, Strike, fault
from quality.faults.sql import between, literal, one_of

_COUNTRIES = {
    "AT": "Austria", "BE": "Belgium", "CH": "Switzerland", "CN": "China", "CZ": "Czechia", "DE": "Germany",
    "DK": "Denmark", "ES": "Spain", "FR": "France", "GB": "United Kingdom", "IE": "Ireland", "IT": "Italy",
    "NL": "Netherlands", "PL": "Poland", "PT": "Portugal", "SE": "Sweden", "US": "USA",
}  # fmt: skip


@fault(
    {"customers": "mojibake_text"},
    en="Names were read in the wrong encoding",
    zh="名称以错误编码读取",
    note="names with letters outside ASCII first; others are given one",
)
def mojibake_names(_sheet: Sheet) -> Strike:
    """UTF-8 read as Windows-1252: `Müller` arrives as `MÃ¼ller`."""
    foreign = "length(r.name) < strlen(r.name)"
    given = f"CASE WHEN {foreign} THEN r.name ELSE r.name || {one_of(*map(literal, (' Süd', ' São', ' & Fils Éts')))} END"
    return Strike({"name": f"misread({given})"}, prefers=foreign)


@fault(
    {"customers": "founded_after_onboarded"},
    en="Companies were founded after they became customers",
    zh="公司成立日晚于建立客户关系日",
    note="not the newest customers: the day may not lie in the future",
)
def founded_after_onboarded(_sheet: Sheet) -> Strike:
    """The date of a change of legal form, taken for that of the foundation."""
    return Strike(
        {"founded_on": f"r.onboarded_on + {between(1, 30)}"},
        where="r.onboarded_on + 30 <= (SELECT max(onboarded_on) FROM customers)",
    )


@fault(
    {"customers": "bad_country_code", "master_history": "bad_country_code"},
    en="Names of countries instead of codes",
    zh="使用国家名称而非代码",
)
def country_names(_sheet: Sheet) -> Strike:
    """`Germany` where DE was asked for; codes not known here get a third letter."""
    cases = " ".join(
        f"WHEN {literal(code)} THEN {literal(name)}" for code, name in _COUNTRIES.items()
    )
    words = f"CASE r.country {cases} ELSE r.country || 'X' END"
    return Strike({"country": words}, where="r.country IS NOT NULL")


@fault(
    {"master_history": "customers.never_in_master_history"},
    en="A log of changes alone, without the first states",
    zh="仅交付变更日志，缺少初始状态",
    note="customers whose master record never changed, and of whom nothing is left then",
)
def first_states_missing(_sheet: Sheet) -> Strike:
    """The audit trail began after the records were made."""
    once = "SELECT customer_id FROM master_history GROUP BY customer_id HAVING count(*) = 1"
    return Strike({}, where=f"r.customer_id IN ({once})", deed=Deed.REMOVED)


@fault(
    {"master_history": "parent_is_unknown"},
    en="Earlier heads of groups were not delivered",
    zh="历史集团母公司未交付",
)
def former_heads_missing(_sheet: Sheet) -> Strike:
    """The head of a group of then was archived when the group was sold."""
    return Strike({"parent_id": "coalesce(r.parent_id, 'C') || '-X'"})


@fault(
    {"credit_terms": "share_out_of_range"},
    en="The insured share is in per cent",
    zh="保险比例以百分数表示",
    note="terms with an insured share above 1%",
)
def share_in_per_cent(_sheet: Sheet) -> Strike:
    """90 where 0.9 is meant."""
    return Strike({"insured_share": "r.insured_share * 100"}, where="r.insured_share > 0.01")


@fault(
    {"credit_terms": "terms_out_of_range"},
    en="Payment terms hold a filler",
    zh="账期为填充值",
)
def filler_terms(_sheet: Sheet) -> Strike:
    """999 or -1 days for `as agreed`."""
    return Strike({"payment_terms_days": one_of("999", "-1", "9999")})


@fault(
    {"fx_rates": "not_positive_rate"},
    en="Exchange rates of nought",
    zh="汇率为零",
)
def rate_of_nought(_sheet: Sheet) -> Strike:
    """Days without a quotation."""
    return Strike({"rate": "0"})


@fault(
    {"fx_rates": "rate_turned_over"},
    en="Exchange rates are turned over",
    zh="汇率方向颠倒",
    note="rates at least 15% away from 1",
)
def rate_turned_over(_sheet: Sheet) -> Strike:
    """Dollars for a euro where euros for a dollar were asked for."""
    return Strike({"rate": "1 / r.rate"}, where="r.rate > 0 AND abs(ln(r.rate)) > 0.15")


@fault(
    {"credit_terms": "limit_of_nought_in_use"},
    en="A credit limit of 0 stands for `no limit`",
    zh="信用额度 0 表示不限额",
    note="terms of customers that are billed under them",
)
def limit_of_nought(sheet: Sheet) -> Strike:
    """An empty field of a number is 0 in most ERPs."""
    if "invoices" not in sheet.tables:
        return Strike({}, where="FALSE")
    last = "SELECT customer_id, max(issued_on) AS last FROM invoices GROUP BY customer_id"
    return Strike(
        {"credit_limit": "0"},
        joins=f"JOIN ({last}) AS i ON i.customer_id = r.customer_id",
        where="i.last >= r.valid_from",
    )


@fault(
    {"customers": "founded_on_filler"},
    en="A founding day is a filler",
    zh="成立日期为填充值",
    note="1900-01-01, 0001-01-01 or 9999-12-31",
)
def founded_filler(_sheet: Sheet) -> Strike:
    """What a system writes for `not known`: the company would be the oldest of all, and the safest."""
    fillers = ("1900-01-01", "0001-01-01", "9999-12-31")
    return Strike({"founded_on": one_of(*(f"DATE '{one}'" for one in fillers))})

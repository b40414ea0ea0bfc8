"""Rules of amounts, shares and codes."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from contracts.tables.engine import AMOUNT, minor_unit
from contracts.tables.raw import INVOICE_KINDS, PAYMENT_KINDS
from quality.rules.rule import ROW, Book, Broken, Severity, rule

_FAR = 25.0
"""A lost decimal point makes it a hundred times; amounts of a quarter of the median must be found as well."""
_FAR_BELOW = 250.0
"""A point for thousands read as a decimal point makes it a thousandth; amounts of four times the median must be found as well."""
_MIN_DOCUMENTS = 5


def signed(payments: ir.Table) -> ir.DecimalValue:
    """The amounts of payments; below nought where the payment was returned."""
    return payments.amount * ibis.ifelse(payments.kind == PAYMENT_KINDS[-1], -1, 1)


def worth(amount: ir.NumericValue, currency: ir.StringValue, book: Book) -> ir.FloatingValue:
    """An amount in the reporting currency, at the rates the book is checked at; missing where its currency has none.

    With a binary point: to compare with a threshold, not to be printed.
    """
    rates = [(code, ibis.literal(float(rate))) for code, rate in sorted(book.rates.items())]
    return amount.cast("float64") * currency.cases(*rates, else_=ibis.null("float64"))


def on_account(payments: ir.Table, customers: ir.Table) -> ir.Table:
    """The payments that name no document, each with the currency of its customer."""
    loose = payments.filter(payments.invoice_id.isnull())
    return loose.inner_join(customers.select("customer_id", "currency"), "customer_id")


@rule(
    Severity.QUARANTINE,
    "invoices",
    "payments",
    title=("The amount is not positive", "金额不为正"),
    remedy=(
        "Deliver credit notes as kind = 'credit_note' and returned payments as kind = 'reversal', each with a positive amount; exclude zero rows with WHERE, and a cancelled document together with its cancellation (docs/ledgers.md)",
        "贷项凭证用 kind = 'credit_note'、退回的付款用 kind = 'reversal'，金额均为正数；零金额行以及被冲销的凭证连同其冲销凭证用 WHERE 排除（docs/ledgers.md）",
    ),
)
def not_positive_amount(rows: ir.Table, _book: Book) -> Broken:
    """Nought or less; also for a credit note or a reversal, whose kind carries the sign."""
    return {"amount": rows.amount <= 0}


@rule(
    Severity.QUARANTINE,
    "credit_terms",
    title=("An amount is negative", "金额为负"),
    remedy=(
        "Check the sign in the SELECT, or leave the amount missing",
        "检查 SELECT 中的正负号，或将金额留空",
    ),
)
def negative_amount(rows: ir.Table, _book: Book) -> Broken:
    """A limit or an insured limit below nought; nought is allowed."""
    return {name: rows[name] < 0 for name in ("credit_limit", "insured_limit")}


@rule(
    Severity.REPORT,
    "invoices",
    tolerance=0.25,
    title=("More was paid than invoiced", "付款总额超过发票金额"),
    remedy=(
        "Look for payments loaded twice, or booked on the wrong invoice; where it is so of many invoices, for transfers that pay several and name the first alone (one row for each invoice with what was applied to it, docs/your-own-data.md, one payment for several invoices), or for payments in another currency than their invoice, or at another day's rate: deliver both in the currency of the document",
        "检查付款是否重复加载或记入了错误的发票；若大量发票如此，检查是否有一笔转账支付多张发票却仅注明第一张（应按每张发票各交付一行及其核销金额，见 docs/your-own-data.md，一笔付款支付多张发票），或付款币种与发票不同、按其他日期汇率折算：两者均应以单据币种交付",
    ),
)
def paid_more_than_invoiced(rows: ir.Table, book: Book) -> Broken:
    """The sum of its payments, less what was returned, exceeds the document's amount by more than its currency's smallest amount: a cent, a yen, a fils."""
    documents = book.ledger
    if documents is None:
        return {}
    most = documents.amount + minor_unit(documents.currency)
    overpaid = documents.filter(documents.n_paid > 0, documents.paid > most)
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
    """The insured share or the cash discount; 90 where 0.9 is meant shows up like this."""
    names = ("insured_share", "discount_rate")
    return {name: (rows[name] < 0) | (rows[name] > 1) for name in names}


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
    """Nought is prepayment or cash; 730 days is longer than any trade credit. A discount needs its days."""
    days = rows.discount_days
    return {
        "payment_terms_days": ~rows.payment_terms_days.between(0, 730),
        "discount_days": ~days.between(0, 365) | (days.isnull() & (rows.discount_rate > 0)),
    }


@rule(
    Severity.REPORT,
    "customers",
    "master_history",
    title=("The country is not a two-letter code", "国家代码不是两位字母"),
    remedy=(
        "Translate countries to ISO 3166-1 alpha-2 in the SELECT; XA..XZ are free for codes of your own",
        "在 SELECT 中转换为 ISO 3166-1 两位代码；XA..XZ 可自定义",
    ),
)
def bad_country_code(rows: ir.Table, _book: Book) -> Broken:
    """Not two capital letters. The row stays: a country is one feature among many."""
    return {"country": rows.country.notnull() & ~rows.country.re_search("^[A-Z]{2}$")}


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
    both = own.inner_join(usual.filter(usual.n >= _MIN_DOCUMENTS), key)
    far = both.filter(both.amount.cast("float64") >= _FAR * both.usual)
    return {"amount": rows[ROW].isin(far[ROW])}


@rule(
    Severity.REPORT,
    "invoices",
    title=("An amount far below the customer's usual one", "金额远低于客户平时水平"),
    remedy=(
        "Look for a point for thousands read as a decimal point: 12.000,00 read as 12.00; write money(x, ',') in the SELECT",
        "检查千位分隔符是否被读为小数点：12.000,00 被读为 12.00；在 SELECT 中使用 money(x, ',')",
    ),
)
def amount_far_below_usual(rows: ir.Table, book: Book) -> Broken:
    """At most a 250th of the median of the customer's documents in that currency, where it has five or more."""
    own = book.own
    key = ["customer_id", "currency"]
    usual = own.group_by(key).aggregate(n=own.count(), usual=own.amount.cast("float64").median())
    both = own.inner_join(usual.filter(usual.n >= _MIN_DOCUMENTS), key)
    far = both.filter(both.amount > 0, both.amount.cast("float64") * _FAR_BELOW <= both.usual)
    return {"amount": rows[ROW].isin(far[ROW])}


@rule(
    Severity.REPORT,
    "credit_terms",
    tolerance=0.05,
    title=("A credit limit of 0, and invoices under it", "信用额度为 0 却有开票"),
    remedy=(
        "Where 0 means that no limit was agreed, set `zero_limit: no_limit` in the portfolio's yaml; else every invoice is a breach",
        "若 0 表示未约定额度，请在配置中设置 zero_limit: no_limit；否则每张发票都视为超限",
    ),
)
def limit_of_nought_in_use(rows: ir.Table, book: Book) -> Broken:
    """A customer without credit that is billed all the same, on or after the first day of the terms."""
    invoices = book.delivered.get("invoices")
    if invoices is None:
        return {}
    last = invoices.group_by("customer_id").aggregate(last=invoices.issued_on.max())
    own = book.own
    both = own.filter(own.credit_limit == 0).inner_join(last, "customer_id")
    used = both.filter(both.last >= both.valid_from)
    return {"credit_limit": rows[ROW].isin(used[ROW])}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.1,
    least=_MIN_DOCUMENTS,
    title=(
        "A usual invoice is ten times the credit limit: is the limit in thousands?",
        "平常的发票为信用额度的十倍：额度是否以千为单位？",
    ),
    remedy=(
        "Deliver credit_limit and insured_limit in units of the customer's currency: 50 for 50,000 makes every customer use its limit a thousand times over, and cover nothing. Where limits are that small, and kept by nobody, leave them missing",
        "请以客户币种的元为单位交付 credit_limit 与 insured_limit：将 50,000 写作 50，会使每个客户看似千倍超额，且保险不覆盖任何金额。若额度确实如此之小而无人执行，请留空",
    ),
)
def limit_far_below_usual(rows: ir.Table, book: Book) -> Broken:
    """The latest limit above 0 that a customer has, or what is insured of it, is a tenth or less of its median invoice."""
    invoices, terms = book.delivered.get("invoices"), book.delivered.get("credit_terms")
    if invoices is None or terms is None:
        return {}
    own = invoices.filter(invoices.kind == INVOICE_KINDS[0])
    usual = own.group_by("customer_id").aggregate(usual=own.amount.cast("float64").median())
    is_far = {}
    for name in ("credit_limit", "insured_limit"):
        stated = terms.filter(terms[name] > 0)
        last = stated.group_by("customer_id").aggregate(most=stated[name].argmax(stated.valid_from))
        both = last.inner_join(usual, "customer_id")
        is_far[name] = both.filter(both.most.cast("float64") * 10 <= both.usual).select("customer_id")  # fmt: skip
    found = is_far["credit_limit"].union(is_far["insured_limit"])
    return {"customer_id": rows.customer_id.isin(found.customer_id)}


@rule(
    Severity.REPORT,
    "customers",
    title=("More was paid and credited than billed", "付款与贷项合计超过开票金额"),
    remedy=(
        "Look for payments without their invoices, payments booked on another customer (a head office that pays for its branches), and security deposits, which are no payments: they would hide what is late",
        "检查是否有付款缺少对应发票、记入了其他客户（如总公司代分支付款），以及保证金：保证金不是付款，会掩盖逾期",
    ),
)
def paid_more_than_billed(rows: ir.Table, book: Book) -> Broken:
    """The open balance in one of the customer's currencies is below nought by more than its smallest amount.

    Open balance = invoices - credit notes - payments on invoices + payments on credit notes (refunds, set-offs),
    less money on account; what was returned counts the other way round.
    """
    documents = book.ledger
    if documents is None:
        return {}
    owner = ["customer_id", "currency"]
    sign = ibis.ifelse(documents.is_invoice, 1, -1)
    open_ = (sign * (documents.amount - documents.paid)).cast(AMOUNT)
    billed = documents.select(*owner, open=open_)
    loose = on_account(book.delivered["payments"], book.delivered["customers"])
    loose = loose.select(*owner, open=(-signed(loose)).cast(AMOUNT))
    balance = billed.union(loose).group_by(owner)
    balance = balance.aggregate(balance=lambda rows: rows.open.sum())
    below = balance.filter(balance.balance < -minor_unit(balance.currency))
    return {"customer_id": rows.customer_id.isin(below.customer_id)}

"""Rules of customers that pay, and would look as if they did not: their ledger says something else than the extract."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from contracts.tables.engine import AMOUNT
from quality.rules.habits.customs import MIN_CUSTOMERS
from quality.rules.rule import Book, Broken, Severity, rule

_MIN_INVOICES = 5
"""So many invoices short by one and the same share are a habit."""
_MIN_SHORT, _MAX_SHORT = 0.05, 0.35
"""Below lie cash discounts, which `discount_not_stated` finds; no tax that is withheld is more."""
_LONG_DAYS = 90
"""What is not paid so long after the due day is not about to be."""
_MIN_PARTS = 4
"""So many payments of one amount are instalments."""
_ALIKE = 0.01
_MIN_EARLY_PARTS, _MONTH, _APART = 3, 30, 20
_HABIT = 3
_MANY, _NEARLY_ALL = 5, 0.8
_MIN_PROGRESS = 3
_YEAR = 365


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.05,
    title=(
        "Late enough for default, and yet billed and paying in the last 90 days",
        "逾期天数与金额已达违约标准，但近 90 天仍在开票并付款",
    ),
    remedy=(
        "Look at one of them, and for what would close its old items: credit notes or payments that were left out, payments of an opening sum that name the old ledger, instalments with a due day each, progress invoices that hold the former ones, payments net of tax or of a processor's fee, finance charges that nobody pays, an invoice that was sent twice, a monthly statement beside its invoices, a due day that is not the agreed one (docs/your-own-data.md, section 11). Those that do owe it are in default; where the whole trade pays so late, `default > days` of the portfolio's yaml says after how many days it is default",
        "请抽查其中一个客户，寻找能结清旧项目的内容：漏交的贷项凭证或付款、以旧账编号支付的期初余额、各有到期日的分期款、包含前期金额的进度发票、扣税或扣手续费后的付款、无人支付的滞纳金、重复发送的发票、与所列发票并存的月结单、并非约定的到期日（见 docs/your-own-data.md 第 11 节）。确实欠付的客户即为违约；若整个行业付款均如此之晚，请在配置中以 default > days 说明逾期多少天算违约",
    ),
)
def late_and_paying(_rows: ir.Table, _book: Book) -> Broken:
    """More than the materiality is late by more days than default is defined by, on the last complete day, while the customer buys and pays.

    Who is in default is no longer sold to, and pays nothing. Found when all tables have been asked; see `quality.delivery.paying`.
    """
    return {}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.05,
    least=MIN_CUSTOMERS,
    title=(
        "Late enough for default on an earlier day, and yet billed and paying at that time",
        "此前某日逾期已达违约标准，但当时仍在开票并付款",
    ),
    remedy=(
        "Look at one of them, and for what its old items were on that day: deductions that were credited later, in dispute until then (deliver the dispute), the last part of a bill that is due later, a clearing run whose day stands for that of the payment, bills of exchange that close the invoice when they mature, a due day that is not the agreed one (docs/your-own-data.md, section 11). Those that did owe it were in default, and cured",
        "请抽查其中一个客户，查明当日旧项目的性质：日后才贷记、此前处于争议中的扣款（请交付争议）、较晚到期的尾款、以清账日代替付款日的批量清账、到期时才结清发票的汇票、并非约定的到期日（见 docs/your-own-data.md 第 11 节）。确实欠付的客户当时即为违约，其后恢复",
    ),
)
def paid_on_while_in_default(_rows: ir.Table, _book: Book) -> Broken:
    """As `late_and_paying`, on one of four days, half a year apart, before the last complete one; items that were ever in dispute are not asked.

    Who is in default is no longer sold to, and pays nothing. Found when all tables have been asked; see `quality.delivery.paying`.
    """
    return {}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.02,
    title=(
        "Invoices always paid short by one and the same share, more than any cash discount",
        "发票总是少付同一比例，且超过任何现金折扣",
    ),
    remedy=(
        "Deliver invoices and payments both with tax or both without; where the customer withholds a tax or pays it to the state itself, what is withheld settles as a row of kind 'fee' (docs/your-own-data.md, tax that is withheld)",
        "发票与付款须同为含税或同为不含税；若客户代扣税款或直接向税务机关缴税，请将代扣部分作为 kind = 'fee' 的一行交付（见 docs/your-own-data.md）",
    ),
)
def paid_short_by_one_share(rows: ir.Table, book: Book) -> Broken:
    """Five or more invoices, and more than half of the customer's, short by the same 5 to 35 per cent 90 days after they fell due.

    A VAT of 19 % is a share of 0.16 of the gross amount. Credit notes that name the invoice count as paid.
    """
    if book.ledger is None:
        return {}
    items = _invoices(book.ledger)
    age = ibis.literal(book.complete_until).delta(items.due_on, unit="D")
    items = items.filter(age > _LONG_DAYS, items.settled > 0)
    whole = items.amount.cast("float64")
    items = items.mutate(short=((whole - items.settled.cast("float64")) / whole).round(3))
    of = items.group_by("customer_id").aggregate(every=items.count())
    habits = items.filter(items.short.between(_MIN_SHORT, _MAX_SHORT))
    habits = habits.group_by(["customer_id", "short"]).aggregate(n=habits.count())
    both = habits.inner_join(of, "customer_id")
    found = both.filter(both.n >= _MIN_INVOICES, both.n * 2 > both.every)
    return {"customer_id": rows.customer_id.isin(found.customer_id)}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.02,
    title=(
        "Invoices paid in equal parts over months: are they due in instalments?",
        "发票按月以相等金额分期支付：是否应按分期到期？",
    ),
    remedy=(
        "Deliver each instalment as an invoice of its own with its own due day (docs/your-own-data.md, instalments); with one due day for all of it every payer is in default",
        "请将每期款项作为有其自身到期日的单独发票交付（见 docs/your-own-data.md，分期）；若全部共用一个到期日，每个付款者都会被视为违约",
    ),
)
def paid_in_equal_parts(rows: ir.Table, book: Book) -> Broken:
    """An invoice that was paid on four or more days by one and the same amount, half of it or less, the last more than 90 days after its due day.

    Who pays all of it again and again has payments that come back. Not where a payment plan was agreed between the due day and the last payment: it says so itself, and the item is not late under it.
    """
    if book.ledger is None:
        return {}
    parts = book.ledger.filter(book.ledger.is_invoice, book.ledger.days >= _MIN_PARTS)
    least, most = (parts[name].cast("float64") for name in ("least", "most"))
    is_late = parts["last"].delta(parts.due_on, unit="D") > _LONG_DAYS
    are_parts = (most - least <= _ALIKE * most) & (most * 2 <= parts.amount.cast("float64"))
    found = parts.filter(are_parts, is_late)
    events = book.delivered.get("events")
    if events is not None:
        plans = events.filter(events.kind == "payment_plan").select("customer_id", agreed="occurred_on")  # fmt: skip
        both = found.select("customer_id", "invoice_id", "due_on", "last").inner_join(plans, "customer_id")  # fmt: skip
        found = found.anti_join(both.filter(both.agreed.between(both.due_on, both["last"])), "invoice_id")  # fmt: skip
    return {"customer_id": rows.customer_id.isin(found.customer_id)}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.02,
    least=MIN_CUSTOMERS,
    title=(
        "Customers that pay nearly every invoice in several sums, weeks apart: is one row several invoices?",
        "部分客户几乎每张发票都相隔数周分多次付清：一行是否包含多张发票？",
    ),
    remedy=(
        "Deliver each document as a row of its own with its own due day, and not one row an order, a contract or a month: grouped, what was billed later looks due on the first day, and every payer is late (docs/your-own-data.md, instalments). Payments name the document. Where these customers do pay in parts, weeks late, nothing is wrong: set the tolerance of this rule",
        "请将每张单据作为有其自身到期日的一行交付，而非按订单、合同或月份合并：合并后，后来开具的部分看似在首个到期日即到期，每个付款者都显得逾期（见 docs/your-own-data.md，分期）。付款应注明单据。若客户确实逾期数周分次付款，则无误：请设置该规则的容忍度",
    ),
)
def paid_in_several_sums(rows: ir.Table, book: Book) -> Broken:
    """Five invoices or more, four in five of all that the customer paid in full, were paid on two days or more, three weeks apart on average or more, the last a month late or later."""
    if book.ledger is None:
        return {}
    paid = book.ledger.filter(book.ledger.is_invoice, book.ledger.money >= book.ledger.amount)
    span = paid["last"].delta(paid["first"], unit="D")
    is_several = (paid.days > 1) & (span >= _APART * (paid.days - 1)) & (paid["last"].delta(paid.due_on, unit="D") >= _MONTH)  # fmt: skip
    whose = paid.group_by("customer_id").aggregate(n=is_several.sum(), every=paid.count())
    found = whose.filter(whose.n >= _MANY, whose.n >= _NEARLY_ALL * whose.every)
    return {"customer_id": rows.customer_id.isin(found.customer_id)}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.02,
    least=MIN_CUSTOMERS,
    title=(
        "Invoices paid in equal parts, the first a month before the due day or sooner: is the due day that of the last instalment?",
        "发票以相等金额分期支付，首期在到期日一个月之前：到期日是否为最后一期的到期日？",
    ),
    remedy=(
        "A document whose terms are instalments carries the due day of the last of them (of Odoo invoice_date_due; date_maturity of its lines has each): deliver each instalment as an invoice of its own with its own due day (docs/your-own-data.md, instalments). As it is, nobody is late before the last one, and who stops paying defaults months later. Where these customers pay in parts what is due at once later, nothing is wrong: set the tolerance of this rule",
        "分期条款的单据上是最后一期的到期日（Odoo 的 invoice_date_due；各行的 date_maturity 才是每期的到期日）：请将每期款项作为有其自身到期日的单独发票交付（见 docs/your-own-data.md，分期）。否则在最后一期之前无人逾期，停止付款者数月后才违约。若客户确是提前分次支付到期日较晚的款项，则无误：请设置该规则的容忍度",
    ),
)
def paid_in_parts_before_due(rows: ir.Table, book: Book) -> Broken:
    """Three invoices or more of a customer, half of what it paid in full, that were paid on three days or more by one and the same amount, 20 days apart on average or more, the first 30 days or more before the due day."""
    if book.ledger is None:
        return {}
    paid = book.ledger.filter(book.ledger.is_invoice, book.ledger.money >= book.ledger.amount)
    least, most = (paid[name].cast("float64") for name in ("least", "most"))
    span = paid["last"].delta(paid["first"], unit="D")
    is_early = paid.due_on.delta(paid["first"], unit="D") >= _MONTH
    are_parts = (paid.days >= _MIN_EARLY_PARTS) & (most - least <= _ALIKE * most) & (span >= _APART * (paid.days - 1))  # fmt: skip
    whose = paid.group_by("customer_id").aggregate(n=(are_parts & is_early).sum(), every=paid.count())  # fmt: skip
    found = whose.filter(whose.n >= _HABIT, whose.n * 2 >= whose.every)
    return {"customer_id": rows.customer_id.isin(found.customer_id)}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.02,
    title=(
        "Each invoice is paid but for the amount of an earlier one: do progress invoices hold the former ones?",
        "每张发票未付部分恰为前一张发票金额：进度发票是否包含前期金额？",
    ),
    remedy=(
        "Deliver what each progress invoice adds: its amount less that of the one before it of the same order (docs/your-own-data.md, progress invoices)",
        "请交付每张进度发票的新增金额：本期累计金额减去同一订单的上期累计金额（见 docs/your-own-data.md，进度发票）",
    ),
)
def progress_not_subtracted(rows: ir.Table, book: Book) -> Broken:
    """Three or more invoices of which just the amount of another one, issued in the year before, is left unpaid."""
    if book.ledger is None:
        return {}
    items = _invoices(book.ledger)
    partly = items.filter(items.settled > 0, items.settled < items.amount)
    former = (partly.amount - partly.settled).cast(AMOUNT)
    partly = partly.select("customer_id", "invoice_id", "issued_on", former=former)
    before = items.select("customer_id", former=items.amount.cast(AMOUNT), began="issued_on")
    pairs = partly.inner_join(before, ["customer_id", "former"])
    apart = pairs.issued_on.delta(pairs.began, unit="D")
    pairs = pairs.filter(apart > 0, apart <= _YEAR)
    found = pairs.group_by("customer_id").aggregate(n=pairs.invoice_id.nunique())
    return {"customer_id": rows.customer_id.isin(found.filter(found.n >= _MIN_PROGRESS).customer_id)}  # fmt: skip


def _invoices(ledger: ir.Table) -> ir.Table:
    return ledger.filter(ledger.is_invoice, ledger.amount > 0)

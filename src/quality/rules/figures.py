"""Rules of what statements say of a customer's size: signs, units, and whose figures they are."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from contracts.tables.raw import INVOICE_KINDS
from quality.rules.rule import ROW, Book, Broken, Severity, rule

_NEVER_BELOW = (
    "revenue",
    "current_assets",
    "receivables",
    "inventory",
    "total_liabilities",
    "current_liabilities",
    "long_term_debt",
)
_SLACK = 0.01
_TIMES = 3.0
"""A start-up may stock up, and a branch buy for its group; nobody buys from one supplier thrice what it sells in all."""
_ALIKE = 30.0
"""Between a firm that grew for years and one that is printed in thousands."""
_OTHER_SIZE = 2.0
"""An auditor corrects a statement by a tenth, seldom by a half."""
_AT_ONCE_DAYS = 7
"""Nobody closes the books of a year within a week."""
_MONTH_DAYS = 30.4


@rule(
    Severity.QUARANTINE,
    "financials",
    title=("A figure of the statement has the wrong sign", "报表数据正负号错误"),
    remedy=(
        "Deliver every figure as a reader of statements expects it: abs(x) for revenue and liabilities where the source prints the credit side with a minus, -x for its equity and profits",
        "请按报表阅读者的习惯交付：若来源以负号列示贷方，营业收入与负债使用 abs(x)，所有者权益与利润使用 -x",
    ),
)
def figure_with_wrong_sign(rows: ir.Table, _book: Book) -> Broken:
    """Below nought where nothing can be; or equity that balances with the other sign alone.

    Liabilities of -600 are the safest customer there is, and an equity of -400 is bankruptcy.
    """
    broken = {name: rows[name] < 0 for name in _NEVER_BELOW}
    assets, debts = (rows[name].cast("float64") for name in ("total_assets", "total_liabilities"))
    equity = rows.equity.cast("float64")
    slack = assets.abs() * _SLACK
    is_turned = ((assets - debts + equity).abs() <= slack) & (equity.abs() > slack)
    return broken | {"equity": (assets > 0) & is_turned}


@rule(
    Severity.QUARANTINE,
    "financials",
    title=(
        "The customer would buy from us more than three times what it sells",
        "客户向我方的采购额超过其营业收入的三倍",
    ),
    remedy=(
        "Multiply by the unit the statement is printed in (1,000 for `in TEUR`), and check its currency and that it is this customer's own",
        "请乘以报表的列示单位（以千为单位则乘以 1000），并检查其币种以及是否为该客户自己的报表",
    ),
)
def revenue_below_billing(rows: ir.Table, book: Book) -> Broken:
    """What was billed in the period exceeds three times its revenue, both in reporting currency: a whole file in thousands shows like this.

    The customer's other statements of that size are broken as well, whether or not anything was billed in their periods.
    """
    invoices = book.delivered.get("invoices")
    if invoices is None:
        return {}
    items = invoices.filter(invoices.kind == INVOICE_KINDS[0])
    billed = items.select("customer_id", "issued_on", billed=_reported(items.amount, items, book))
    own = book.own.filter(book.own.revenue >= 0, book.own.months.between(1, 24))
    sold = own.select(
        ROW,
        "customer_id",
        "period_end",
        begin=(own.months.cast("float64") * _MONTH_DAYS).floor().cast("int64"),
        sold=_reported(own.revenue, own, book),
    )
    both = sold.inner_join(billed, "customer_id")
    age = both.period_end.delta(both.issued_on, unit="D")
    both = both.filter(age >= 0, age < both.begin)
    sums = both.group_by([ROW, "sold"]).aggregate(billed=both.billed.sum())
    broken = sold.semi_join(sums.filter(sums.billed > _TIMES * sums.sold), ROW)
    sizes = broken.group_by("customer_id").aggregate(size=broken.sold.max())
    alike = sold.inner_join(sizes, "customer_id")
    return {"revenue": rows[ROW].isin(alike.filter(alike.sold <= _ALIKE * alike.size)[ROW])}


def _reported(amount: ir.DecimalValue, rows: ir.Table, book: Book) -> ir.FloatingValue:
    """Amounts in reporting currency; missing where the currency has no rate."""
    rates = [(code, ibis.literal(float(rate))) for code, rate in sorted(book.rates.items())]
    return amount.cast("float64") * rows.currency.cases(*rates, else_=ibis.null("float64"))


@rule(
    Severity.REPORT,
    "financials",
    tolerance=0.05,
    title=(
        "A later version of a statement is of another size than the first",
        "同一期间的后一版报表与首版规模不同",
    ),
    remedy=(
        "Deliver either the single or the consolidated statements of a customer, not both: of one period the version published last would replace the other",
        "同一客户只交付单体报表或合并报表之一：同一期间后公布的版本会取代先公布的版本",
    ),
)
def restated_to_another_size(rows: ir.Table, book: Book) -> Broken:
    """Revenue and total assets are both more than twice, or both less than half, those of the first version of the same period."""
    order = ibis.window(group_by=["customer_id", "period_end"], order_by=["published_on", ROW])
    own = book.own
    times = {}
    for name in ("revenue", "total_assets"):
        value = own[name].cast("float64").nullif(0.0)
        times[name] = value / value.first().over(order)
    both = own.select(ROW, **times)
    larger = (both.revenue > _OTHER_SIZE) & (both.total_assets > _OTHER_SIZE)
    smaller = (both.revenue < 1 / _OTHER_SIZE) & (both.total_assets < 1 / _OTHER_SIZE)
    found = both.filter(larger | smaller)
    return {"total_assets": rows[ROW].isin(found[ROW])}


@rule(
    Severity.REPORT,
    "financials",
    tolerance=0.05,
    title=(
        "The statement was published within a week of its period's end",
        "报表在期末一周内即已公布",
    ),
    remedy=(
        "Deliver the day on which you could read it; where the source has none, the usual time after the period's end (CAST(period_end + INTERVAL 6 MONTH AS DATE)): a statement known on its last day is one from the future",
        "请交付能够读到该报表的日期；若来源没有，请用期末加上通常的公布时间（CAST(period_end + INTERVAL 6 MONTH AS DATE)）：期末当天即可获知的报表来自未来",
    ),
)
def published_at_once(rows: ir.Table, _book: Book) -> Broken:
    """A source without a day of publication, whose period end was taken for it: every model on it knows months too much."""
    days = rows.published_on.delta(rows.period_end, unit="D")
    return {"published_on": days.between(0, _AT_ONCE_DAYS)}

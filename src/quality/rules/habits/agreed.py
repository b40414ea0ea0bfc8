"""Rules of due days that are not those agreed, of a whole house: counted from another day than the month's end, or from the day of a takeover."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from quality.rules.rule import ROW, Book, Broken, Severity, rule

_MIN_PAID, _MIN_SPREAD, _MIN_CUSTOMERS = 8, 4.0, 10
"""So many paid invoices of a customer, on days of the month so far apart (standard deviation), tell from which day it counts."""
_MIN_SLOPE, _MAX_SLOPE, _NEARLY_ALL = 0.6, 1.4, 0.8
_LONG_DAYS = 90
"""What is paid so late follows no terms."""
_ACTIVE_DAYS = 120
_UNLIKELY, _MIN_SHARE, _MAX_DAYS = 14.0, 0.8, 2
"""One day in a million (e^-14); a takeover takes a day, two at most, and a holiday comes each year."""
_SELDOM = 0.001


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.0,
    least=_MIN_CUSTOMERS,
    title=(
        "Nearly all customers pay so many days after the end of a month, whatever the day of the invoice",
        "几乎所有客户都在月末后若干天付款，与发票日期无关",
    ),
    remedy=(
        "Check the terms: where they run from the end of the month (30 days EOM, 30 jours fin de mois), due_on is last_day(issued_on) + 30 and not issued_on + 30 (docs/your-own-data.md, a due day that was agreed). As it is, every invoice is late, and every default begins, up to a month too early. Where all customers pay net terms by a run at the month's end, nothing is wrong: set the tolerance of this rule",
        "请核对账期：若自月末起算（30 days EOM、月结30天），due_on 应为 last_day(issued_on) + 30，而非 issued_on + 30（见 docs/your-own-data.md，约定的到期日）。否则每张发票的逾期与每次违约都最多提前一个月。若客户均按净账期、于月末集中付款，则无误：请设置该规则的容忍度",
    ),
)
def paid_from_the_months_end(rows: ir.Table, book: Book) -> Broken:
    """By customer, each day more from the day of issue to the end of its month is a day more that the invoice is paid late (a slope of 0.6 to 1.4); so of eight in ten customers, and of ten or more.

    Of customers with eight paid invoices or more, on days of the month that lie apart; a payment by terms that count from the
    invoice's own day is late by as much on every day, and the slope is nought. Where due_on counts from the month's end itself, it is nought as well.
    """
    documents = book.ledger
    if documents is None:
        return {}
    paid = documents.filter(documents.is_invoice, documents.days == 1)
    late = paid["last"].delta(paid.due_on, unit="D").cast("float64")
    end = paid.issued_on.truncate("M") + ibis.interval(months=1)
    left = end.epoch_days() - paid.issued_on.epoch_days()
    paid = paid.mutate(late=late, ahead=left.cast("float64")).filter(lambda one: one.late < _LONG_DAYS)  # fmt: skip
    whose = paid.group_by("customer_id").aggregate(
        n=paid.count(),
        spread=paid.ahead.std(how="pop"),
        both=(paid.ahead * paid.late).mean() - paid.ahead.mean() * paid.late.mean(),
    )
    whose = whose.filter(whose.n >= _MIN_PAID, whose.spread >= _MIN_SPREAD)
    slope = whose.both / (whose.spread * whose.spread)
    is_so = slope.between(_MIN_SLOPE, _MAX_SLOPE)
    whose = whose.mutate(is_so=is_so, many=is_so.sum().over(), every=whose.count().over())
    found = whose.filter(whose.is_so, whose.many >= _MIN_CUSTOMERS, whose.many >= _NEARLY_ALL * whose.every)  # fmt: skip
    return {"customer_id": rows.customer_id.isin(found.customer_id)}


@rule(
    Severity.REPORT,
    "invoices",
    tolerance=0.0,
    least=_MIN_CUSTOMERS,
    title=(
        "Billed on one day, customers that usually owe something owe nothing older: open items with the day of a takeover?",
        "某日开票的客户在当日没有任何更早的未清项，而平时总有：是否为以接管日入账的未清项？",
    ),
    remedy=(
        "Items that a takeover or a migration carried over were issued and due on days of their own: deliver those (of SAP the baseline date and the terms, BLDAT and ZFBDT, not BUDAT), and only booked_at is the day of the takeover (docs/your-own-data.md, open items that a migration numbered anew). As it is, what is long overdue is young, and defaults come later or never",
        "接管或迁移转入的项目有其自身的开票日与到期日：请交付这些日期（SAP 取 BLDAT 与 ZFBDT，而非 BUDAT），仅 booked_at 为接管日（见 docs/your-own-data.md）。否则早已逾期的款项显得很新，违约被推迟或永远看不到",
    ),
)
def open_items_dated_anew(rows: ir.Table, book: Book) -> Broken:
    """Of ten customers or more that are billed on one day, and were in the 120 days before, eight in ten owe nothing older on it; so often by chance in less than one day in a million, by how often these customers owe nothing older on their other days of billing.

    It is so on two days at most: after a holiday it comes again.
    """
    documents = book.ledger
    if documents is None:
        return {}
    days = _billed(documents)
    active = days.filter(days.ahead <= _ACTIVE_DAYS)
    whole = active.group_by("customer_id").aggregate(n=active.count(), clear=active.is_clear.sum())
    both = active.inner_join(whole, "customer_id")
    usual = (both.clear - both.is_clear.cast("int64")) / ibis.greatest(both.n - 1, 1)
    at = both.group_by("issued_on").aggregate(n=both.count(), share=both.is_clear.cast("float64").mean(), usual=usual.mean())  # fmt: skip
    usual = ibis.least(ibis.greatest(at.usual, _SELDOM), 1 - _SELDOM)
    rest = ibis.greatest(1 - at.share, _SELDOM * _SELDOM)
    # Chernoff's bound of so many of n: e^(-n KL(share | usual))
    apart = at.share * (at.share / usual).ln() + rest * (rest / (1 - usual)).ln()
    odd = at.filter(at.n >= _MIN_CUSTOMERS, at.share >= _MIN_SHARE, at.share > at.usual, at.n * apart >= _UNLIKELY)  # fmt: skip
    odd = odd.mutate(many=odd.count().over())
    odd = odd.filter(odd.many <= _MAX_DAYS)
    found = active.filter(active.is_clear).semi_join(odd, "issued_on")
    items = documents.filter(documents.is_invoice).select(ROW, "customer_id", "issued_on")
    return {"issued_on": rows[ROW].isin(items.semi_join(found, ["customer_id", "issued_on"])[ROW])}


def _billed(documents: ir.Table) -> ir.Table:
    """Each customer's days of billing but the first: customer_id, issued_on, days since the one before (`ahead`), and whether all older items were settled before (`is_clear`)."""
    items = documents.filter(documents.is_invoice)
    never = items.due_on.epoch_days().max().as_scalar() + _LONG_DAYS * _LONG_DAYS
    is_paid = (items.settled * 2 >= items.amount) & items["last"].notnull()
    is_credited = (items.settled * 2 >= items.amount) & items["last"].isnull()
    until = ibis.cases((is_paid, items["last"].epoch_days()), (is_credited, items.issued_on.epoch_days()), else_=never)  # fmt: skip
    days = items.mutate(until=until).group_by(["customer_id", "issued_on"]).aggregate(until=lambda one: one.until.max())  # fmt: skip
    before = ibis.window(group_by="customer_id", order_by="issued_on", preceding=(None, 1))
    one_before = ibis.window(group_by="customer_id", order_by="issued_on")
    days = days.mutate(
        open_until=days.until.max().over(before), last=days.issued_on.lag().over(one_before)
    )
    days = days.filter(days["last"].notnull())
    return days.select(
        "customer_id",
        "issued_on",
        ahead=days.issued_on.delta(days["last"], unit="D"),
        is_clear=days.open_until < days.issued_on.epoch_days(),
    )

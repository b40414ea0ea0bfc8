"""Rules of credit events and disputes: a default that is set aside is a default missed, a plan without a day protects nobody."""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from contracts.tables.raw import OTHER_EVENTS
from quality.rules.habits.customs import MIN_CUSTOMERS
from quality.rules.rule import ROW, Book, Broken, Severity, rule

_LONG_DAYS = 365
"""A dispute that nobody has closed for a year is no longer one; until it is closed its invoice cannot be late."""
_MIN_BLOCKS, _WEEK, _SHARE, _REMINDED_DAYS = 10, 7, 0.8, 5
_DAYS_OF_A_RUN = 3
"""A run that sets plans by itself does so on a day, but for a weekend."""
_SCALE = r"^\s*(AAA|AA|A|BBB|BB|B|CCC|CC|C|D)[+-]?\s*$"
_LONGEST_DAYS = 1827
"""Five years; a plan that ends later has a filler for its last day, and would protect for ever."""
_DAY = r"^\s*(\d{4}-\d{2}-\d{2})\s*$"
_ONCE = ("insolvency", "ceased_trading", "legal_action", "insurer_claim")
"""Kinds of which a customer has one of an amount and a day; debts are written off one by one."""


@rule(
    Severity.STOP,
    "events",
    title=("The amount of an event is negative", "事件金额为负"),
    remedy=(
        "Write abs(x) where the source prints losses with a minus; leave out a write-off that was reversed, together with its reversal; a default that is set aside is a default missed",
        "若来源以负号列示损失，请使用 abs(x)；已冲回的核销请连同其冲回一并排除；被隔离的违约事件即被遗漏的违约",
    ),
)
def event_amount_negative(rows: ir.Table, _book: Book) -> Broken:
    """A loss as ledgers print it, or a loss that was taken back: the one is a default, the other is none."""
    return {"amount": rows.amount < 0}


@rule(
    Severity.STOP,
    "events",
    title=("A payment plan without a last date", "还款计划缺少最后日期"),
    remedy=(
        "Give the day of the last instalment in `detail` as YYYY-MM-DD, not before the plan was agreed and within five years of it (2099-12-31 is a filler): strftime(day(x, '%d.%m.%Y'), '%Y-%m-%d'); where nobody wrote one, the day until which you mean to wait. A plan without it protects nothing, and who keeps it would be a defaulter",
        "请在 detail 中以 YYYY-MM-DD 填写最后一期的日期，且不早于约定日、不晚于其后五年（2099-12-31 为填充值）：strftime(day(x, '%d.%m.%Y'), '%Y-%m-%d')；若无记录，填写愿意等待到的日期。没有该日期的计划不起保护作用，履约的客户也会被视为违约",
    ),
)
def plan_without_last_date(rows: ir.Table, _book: Book) -> Broken:
    """Of a plan nobody can say until when it runs: missing, written another way than YYYY-MM-DD, before it was agreed, or a filler more than five years later."""
    last = rows.detail.re_extract(_DAY, 1).try_cast("date")
    days = last.delta(rows.occurred_on, unit="D")
    is_dated = days.between(0, _LONGEST_DAYS).fill_null(False)
    return {"detail": (rows.kind == "payment_plan") & ~is_dated}


@rule(
    Severity.REPORT,
    "events",
    tolerance=0.05,
    title=("An external rating of another scale", "外部评级不属于所用等级"),
    remedy=(
        "Translate every grade to AAA, AA, A, BBB, BB, B, CCC, CC, C or D (with + or -) by its rate of default, CASE x WHEN 'Baa1' THEN 'BBB+' ...; leave out rows of no rating (NR, WR). What is not translated is missing, and it is seldom missing by chance",
        "请按违约率将各等级转换为 AAA、AA、A、BBB、BB、B、CCC、CC、C 或 D（可带 + 或 -），如 CASE x WHEN 'Baa1' THEN 'BBB+' ...；无评级（NR、WR）的行请排除。未转换的等级视为缺失，而缺失往往并非随机",
    ),
)
def rating_of_another_scale(rows: ir.Table, _book: Book) -> Broken:
    """Baa1, 250 or 3: of a scale of which some grades happen to be spelt alike, only those would be read."""
    is_read = rows.detail.upper().re_search(_SCALE).fill_null(False)
    return {"detail": (rows.kind == "external_rating") & ~is_read}


@rule(
    Severity.QUARANTINE,
    "events",
    title=("An event that another source had told before", "同一事件已由其他来源先行报告"),
    remedy=(
        "Keep of each event the row that was known first: QUALIFY row_number() OVER (PARTITION BY customer_id, kind, occurred_on ORDER BY known_on) = 1",
        "每个事件只保留最先获知的一行：QUALIFY row_number() OVER (PARTITION BY customer_id, kind, occurred_on ORDER BY known_on) = 1",
    ),
)
def event_told_before(rows: ir.Table, book: Book) -> Broken:
    """The same customer, kind, day and amount as an event that was known earlier: two bureaus report one lawsuit, and it counts once."""
    own = book.own.filter(book.own.kind.isin(list(_ONCE)))
    same = ["customer_id", "kind", "occurred_on"]
    first = own.group_by([*same, "amount"]).aggregate(first=own.known_on.min())
    both = own.inner_join(first, [*same, own.amount.identical_to(first.amount)])
    later = both.filter(both.known_on > both["first"])
    return {"known_on": rows[ROW].isin(later[ROW])}


@rule(
    Severity.REPORT,
    "disputes",
    tolerance=0.05,
    title=("A dispute that has been open for more than a year", "争议已超过一年未结案"),
    remedy=(
        "Deliver closed_on also where it ended without an outcome: the day that somebody last worked on it; a dunning block or a case at a lawyer's or a collector's is no dispute, and is left out (it is a legal_action). While a dispute is open, its whole invoice is never late, and who does not pay it is no defaulter",
        "无结果而终的争议也请提供 closed_on（最后一次处理的日期）；催款冻结或已移交律师、催收机构并非争议，不应交付（属于 legal_action）。争议未结案期间，整张发票不计逾期，拒付者也不会被视为违约",
    ),
)
def dispute_open_for_a_year(rows: ir.Table, book: Book) -> Broken:
    """Closed later than a year after it was opened, or still open after one."""
    until = rows.closed_on.coalesce(ibis.literal(book.complete_until))
    return {"closed_on": until.delta(rows.opened_on, unit="D") > _LONG_DAYS}


@rule(
    Severity.REPORT,
    "disputes",
    tolerance=0.0,
    least=_MIN_BLOCKS,
    title=(
        "Disputes are opened within one and the same week after the due day, whoever the customer",
        "无论哪个客户，争议均在到期后同一周内提出",
    ),
    remedy=(
        "A dunning block, or a case that a reminder run opens, is no dispute: leave out what the system sets by itself, and deliver what the customer objected to, with the day on which it did. While a dispute is open its invoice is never late, so who does not pay is in default months later or never",
        "催款冻结或由催款程序自动建立的案件并非争议：请排除系统自动设置的记录，仅交付客户实际提出的异议及其日期。争议未结案期间，其发票不计逾期，拒付者的违约将推迟数月或永远看不到",
    ),
)
def disputed_by_the_clock(rows: ir.Table, book: Book) -> Broken:
    """Of ten disputes or more, of three customers or more, four in five were opened in the same seven days past the due day, the first five days past it or later.

    Customers object when they get the goods, the invoice or a reminder, and not all in one week.
    """
    if book.ledger is None:
        return {}
    due = book.ledger.select("invoice_id", "customer_id", "due_on")
    own = book.own.select(ROW, "invoice_id", "opened_on").inner_join(due, "invoice_id")
    own = own.mutate(late=own.opened_on.delta(own.due_on, unit="D"), every=own.count().over())
    late = own.filter(own.late >= _REMINDED_DAYS)
    spans = late.select(since="late").distinct().cross_join(late)
    spans = spans.filter(spans.late >= spans.since, spans.late < spans.since + _WEEK)
    spans = spans.group_by("since").aggregate(n=spans.count(), whose=spans.customer_id.nunique(), every=spans.every.max())  # fmt: skip
    spans = spans.filter(spans.n >= _MIN_BLOCKS, spans.whose >= MIN_CUSTOMERS, spans.n >= _SHARE * spans.every)  # fmt: skip
    best = spans.order_by([spans.n.desc(), "since"]).limit(1)
    found = late.cross_join(best.select("since"))
    found = found.filter(found.late >= found.since, found.late < found.since + _WEEK)
    return {"opened_on": rows[ROW].isin(found[ROW])}


@rule(
    Severity.REPORT,
    "events",
    tolerance=0.0,
    least=_MIN_BLOCKS,
    title=(
        "Whoever is late by so many days has a payment plan from that day on",
        "凡逾期达到某一天数者，当日即有付款计划",
    ),
    remedy=(
        "A plan that the system sets by itself, or a reminder run proposes, is none: leave these rows out, and deliver what was agreed with a customer, with the day on which it was (docs/your-own-data.md, section 12). While a plan runs its items are never late, so who does not pay is in default months later or never",
        "系统自动设置或由催款程序提出的计划并非付款计划：请去除这些行，仅交付与客户实际约定的计划及其日期（见 docs/your-own-data.md 第 12 节）。计划期间其项目不计逾期，拒付者的违约将推迟数月或永远看不到",
    ),
)
def planned_by_the_clock(rows: ir.Table, book: Book) -> Broken:
    """Of ten plans or more, of three customers or more, four in five were agreed when something of the customer was late by the same one to three days, five or more; and of all that was ever so late, four in five has such a plan."""
    if book.ledger is None:
        return {}
    plans = book.own.filter(book.own.kind == "payment_plan")
    plans = plans.select(ROW, "customer_id", "occurred_on").mutate(every=lambda one: one.count().over())  # fmt: skip
    items = book.ledger.filter(book.ledger.is_invoice)
    items = items.select("invoice_id", "customer_id", "due_on", ended=ibis.ifelse(items.paid >= items.amount, items["last"], None))  # fmt: skip
    late = plans.inner_join(items, "customer_id")
    late = late.mutate(late=late.occurred_on.delta(late.due_on, unit="D"))
    late = late.filter(late.late.between(_REMINDED_DAYS, _LONG_DAYS))
    spans = late.select(since="late").distinct().cross_join(late)
    spans = spans.filter(spans.late >= spans.since, spans.late < spans.since + _DAYS_OF_A_RUN)
    spans = spans.group_by("since").aggregate(n=spans[ROW].nunique(), items=spans.invoice_id.nunique(), whose=spans.customer_id.nunique(), every=spans.every.max())  # fmt: skip
    spans = spans.filter(spans.n >= _MIN_BLOCKS, spans.whose >= MIN_CUSTOMERS, spans.n >= _SHARE * spans.every)  # fmt: skip
    best = spans.order_by([spans.n.desc(), "since"]).limit(1)
    both = items.cross_join(best)
    ended = both.ended.coalesce(ibis.literal(book.complete_until)).delta(both.due_on, unit="D")
    is_late = ended >= both.since + _DAYS_OF_A_RUN
    lately = both.group_by(["since", "items"]).aggregate(open=is_late.sum())
    best = lately.filter(lately["items"] >= _SHARE * lately.open)
    found = late.cross_join(best.select("since"))
    found = found.filter(found.late >= found.since, found.late < found.since + _DAYS_OF_A_RUN)
    return {"occurred_on": rows[ROW].isin(found[ROW])}


@rule(
    Severity.REPORT,
    "events",
    title=(
        "A default event of a known customer was set aside: whether the customer defaulted is unknown",
        "已知客户的违约事件被隔离：该客户是否违约未知",
    ),
    remedy=(
        "Correct the row at the source or in the SELECT, whatever share of the rows it is; until then the customer is left out of what it could touch: it counts neither as good nor as bad, and is not rated",
        "无论所占比例多小，请在来源或 SELECT 中更正该行；在此之前，受其影响的观察样本一律排除：该客户既不计为好客户也不计为坏客户，且不评级",
    ),
)
def default_event_set_aside(_rows: ir.Table, _book: Book) -> Broken:
    """An insolvency among a thousand sound rows is within every tolerance, and its customer would look like one that never failed.

    Found when all events have been asked; see `missed_defaults`.
    """
    return {}


_SAID_ELSEWHERE = ("repeated_row", "event_told_before")
"""Their other copy is used."""


def missed_defaults(aside: ir.Table, customers: ir.Column, complete_until: date) -> ir.Table:
    """Of the events that were set aside, those that could be a default by the last complete day, of a customer that is there.

    Args:
        aside: events with the rule that set each aside, as `.rule`.
        customers: those that no rule set aside.
        complete_until: the last complete day. What happened and was known later had not happened by then.
    """
    no = ibis.literal(value=False)
    is_later = (aside.occurred_on > complete_until).fill_null(no)
    is_later &= (aside.known_on > complete_until).fill_null(no)
    return aside.filter(
        aside.customer_id.isin(customers),
        ~aside[".rule"].isin(list(_SAID_ELSEWHERE)),
        ~aside.kind.isin(list(OTHER_EVENTS)).fill_null(
            no
        ),  # a kind that nobody can read may be one
        ~is_later,
    )

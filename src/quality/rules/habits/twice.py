"""Rules of money that counts more than once, or counts though it never came: joins, signs and kinds of a SELECT."""

from __future__ import annotations

import ibis.expr.types as ir

from contracts.tables.engine import AMOUNT
from contracts.tables.raw import PAYMENT_KINDS
from quality.rules.amounts import on_account, signed, worth
from quality.rules.habits.customs import MIN_CUSTOMERS
from quality.rules.rule import ROW, Book, Broken, Severity, rule

_NEARLY = 0.9
_TWO = 2
_LATER_DAYS = 60
"""A debit or a cheque comes back sooner."""
_GIVEN_UP_DAYS = 14
"""What is given away, or netted within a group, is settled sooner."""
_MIN_NETTED = 3


@rule(
    Severity.REPORT,
    "payments",
    tolerance=0.0,
    least=MIN_CUSTOMERS,
    title=(
        "Each invoice that one payment pays has the amount of the whole payment",
        "一笔付款所付的每张发票都写有整笔付款的金额",
    ),
    remedy=(
        "Deliver of a payment for several invoices what was applied to each of them, and not the amount of the transfer beside each: a join of payments with the invoices they name repeats it (docs/your-own-data.md, one payment for several invoices). As it is, the money counts several times, and the surplus pays whatever is late",
        "一笔付款支付多张发票时，请交付核销到每张发票的金额，而非在每一行重复整笔转账金额：付款与所付发票的连接会使其重复（见 docs/your-own-data.md，一笔付款支付多张发票）。否则同一笔款项被多次计算，多出的部分会抵付任何逾期项目",
    ),
)
def transfer_on_each_invoice(rows: ir.Table, book: Book) -> Broken:
    """Two or more rows of one payment and one amount, which nearly covers all invoices they name together: each of them is paid several times."""
    documents = book.ledger
    if documents is None:
        return {}
    money = book.own.filter(book.own.kind == PAYMENT_KINDS[0], book.own.invoice_id.notnull())
    several = money.group_by("payment_id").aggregate(
        n=money.count(), least=money.amount.min(), most=money.amount.max()
    )
    several = several.filter(several.n >= _TWO, several.least == several.most)
    named = money.semi_join(several, "payment_id").select(ROW, "payment_id", "invoice_id", part="amount")  # fmt: skip
    both = named.inner_join(documents.select("invoice_id", "amount"), "invoice_id")
    whole = both.group_by("payment_id").aggregate(whole=both.amount.sum().cast("float64"), part=both.part.max().cast("float64"))  # fmt: skip
    whole = whole.filter(whole.part >= _NEARLY * whole.whole)
    found = named.semi_join(whole, "payment_id")
    return {"amount": rows[ROW].isin(found[ROW])}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.01,
    least=MIN_CUSTOMERS,
    title=(
        "Credit notes reduce an invoice, and the same amount stands among its payments",
        "贷项凭证已冲减发票，其付款中又有同一金额",
    ),
    remedy=(
        "Deliver a credit note once: as a credit note whose `credits` names the invoice, or where the ledger applies it like money as a payment on both the invoice and the credit note (docs/your-own-data.md, netting). Leave out the rows of payments that apply a credit note which names its invoice; as it is, the second one pays whatever is late",
        "每张贷项凭证只交付一次：以 credits 注明所冲发票；或账簿将其如付款般核销时，在发票与贷项凭证上各交付一条付款（见 docs/your-own-data.md，抵销）。对已注明发票的贷项凭证，请去除其在付款中的核销行；否则重复的部分会抵付任何逾期项目",
    ),
)
def credit_applied_twice(rows: ir.Table, book: Book) -> Broken:
    """Two or more invoices with a credit note that names them, and a payment of its amount on its day or later, by both of which more is settled than was owed.

    Or nothing else was paid of them. A credit note that was itself used up by a payment is applied once.
    """
    documents = book.ledger
    if documents is None:
        return {}
    notes = documents.filter(~documents.is_invoice, documents.credits.notnull(), documents.paid == 0)  # fmt: skip
    notes = notes.select(invoice_id="credits", part="amount", noted="issued_on")
    money = book.delivered["payments"]
    money = money.filter(money.kind == PAYMENT_KINDS[0], money.invoice_id.notnull())
    money = money.select("invoice_id", "paid_on", part="amount")
    items = documents.filter(documents.is_invoice, documents.n_paid > 0)
    items = items.select("invoice_id", "customer_id", "amount", "settled", "paid")
    both = items.inner_join(notes, "invoice_id").inner_join(money, ["invoice_id", "part"])
    over = (both.settled - both.amount).cast("float64")
    part = both.part.cast("float64")
    is_all = both.paid.cast("float64") <= part
    both = both.filter(both.paid_on >= both.noted, (over >= _NEARLY * part) | (is_all & (both.part < both.amount)))  # fmt: skip
    whose = both.group_by("customer_id").aggregate(n=both.invoice_id.nunique())
    return {"customer_id": rows.customer_id.isin(whose.filter(whose.n >= _TWO).customer_id)}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.01,
    least=MIN_CUSTOMERS,
    title=(
        "Invoices paid twice in the same amount, days apart, and the second payment never used",
        "同一发票相隔数日以相同金额付款两次，且第二次付款从未使用",
    ),
    remedy=(
        "Look at the second payment: a return or a reversal whose sign was lost (abs, a debit flag, a general reversal) is of kind 'reversal' and opens the invoice again (docs/your-own-data.md, a payment that was returned); an application that was taken back (unapplied) is left out, or delivered with the reversal that takes it back. As it is, who never paid has paid twice. Where customers did pay twice, deliver what was sent back as a reversal",
        "请检查第二笔付款：若为丢失了正负号的退回或冲销（abs、借贷标志、全额冲销凭证），应为 kind = 'reversal'，使发票重新未清（见 docs/your-own-data.md，被退回的付款）；已撤销的核销（unapplied）不应交付，或连同撤销它的 reversal 一并交付。否则从未付款者看似付了两次。若客户确实重复付款，请将退还的款项作为 reversal 交付",
    ),
)
def return_read_as_payment(rows: ir.Table, book: Book) -> Broken:
    """Two or more invoices of the customer were each paid in full on two days within 60, and it has no open invoice of that amount."""
    documents = book.ledger
    if documents is None:
        return {}
    items = documents.filter(documents.is_invoice, documents.days == _TWO)
    is_twice = (items.first_money == items.amount) & (items.last_money == items.amount)
    apart = items["last"].delta(items["first"], unit="D")
    twice = items.filter(is_twice, apart <= _LATER_DAYS, items.paid == items.money)
    is_open = documents.is_invoice & (documents.settled == 0)
    # money for an invoice of the same price was booked on the wrong one
    twice = twice.anti_join(documents.filter(is_open), ["customer_id", "amount"])
    whose = twice.group_by("customer_id").aggregate(n=twice.count())
    return {"customer_id": rows.customer_id.isin(whose.filter(whose.n >= _TWO).customer_id)}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.005,
    least=MIN_CUSTOMERS,
    title=(
        "Money was returned from an account on which there was none, just as much as an invoice had been paid",
        "从并无余额的预收款中退回款项，金额恰为此前某张发票的付款",
    ),
    remedy=(
        "Look up which payment came back, by customer and amount in the weeks before, and deliver the return on its invoice (docs/your-own-data.md, a payment that was returned): the invoice is open again from then on. As it is, nobody can say whose money the return was, the row is set aside, and who never paid has always paid",
        "请按客户与金额在此前数周内查明被退回的付款，并将退回记在其发票上（见 docs/your-own-data.md，被退回的付款）：该发票自此重新未清。否则无法判断退回的是哪笔款项，该行被隔离，从未付款者看似每次都已付清",
    ),
)
def return_without_its_invoice(rows: ir.Table, book: Book) -> Broken:
    """A reversal that names no invoice, of a customer from whose account more was taken than ever came; an invoice of it had been paid by that amount in the 60 days before."""
    documents = book.ledger
    if documents is None:
        return {}
    payments = book.delivered["payments"]
    loose = on_account(payments, book.delivered["customers"])
    left = loose.group_by("customer_id").aggregate(left=signed(loose).sum())
    short = left.filter(left["left"] < 0)
    back = loose.filter(loose.kind == PAYMENT_KINDS[-1]).semi_join(short, "customer_id")
    back = back.select("customer_id", "amount", returned="paid_on")
    money = payments.filter(payments.kind == PAYMENT_KINDS[0], payments.invoice_id.notnull())
    money = money.select("invoice_id", "amount", "paid_on")
    money = money.inner_join(documents.select("invoice_id", "customer_id"), "invoice_id")
    pairs = back.inner_join(money, ["customer_id", "amount"])
    apart = pairs.returned.delta(pairs.paid_on, unit="D")
    found = pairs.filter(apart.between(0, _LATER_DAYS))
    return {"customer_id": rows.customer_id.isin(found.customer_id)}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.01,
    least=MIN_CUSTOMERS,
    title=(
        "Whole invoices were settled by fees or discounts, without any money",
        "整张发票以手续费或折扣结清，没有任何付款",
    ),
    remedy=(
        "A debt that was given up is an event of kind 'write_off' and a credit note; kind 'fee' or 'discount' is what is left of an invoice that was paid (docs/your-own-data.md, a debt that is written off). As it is, who failed owes nothing and is in no default",
        "放弃的债权应作为 kind = 'write_off' 的事件及贷项凭证交付；kind = 'fee' 或 'discount' 仅用于已付发票的余额（见 docs/your-own-data.md，核销的债务）。否则违约者既无欠款也不违约",
    ),
)
def settled_without_money(rows: ir.Table, book: Book) -> Broken:
    """Nine tenths or more of invoices are settled by rows of kind `fee` or `discount`, the last 14 days late or more; such invoices come to more than the materiality.

    A sample is let go when it is billed. Nor are companies asked that were billed three times or more since, and never paid by money: a group nets what it owes.
    """
    documents, default = book.ledger, book.default
    if documents is None or default is None:
        return {}
    given = book.delivered["payments"]
    given = given.filter(given.kind.isin(list(PAYMENT_KINDS[1:3])), given.invoice_id.notnull())
    given = given.group_by("invoice_id").aggregate(given=given.amount.sum().cast(AMOUNT), on=given.paid_on.max())  # fmt: skip
    every = documents.filter(documents.is_invoice)
    items = every.select("invoice_id", "customer_id", "currency", "amount", "due_on").inner_join(given, "invoice_id")  # fmt: skip
    whole = items.amount.cast("float64")
    is_late = items.on.delta(items.due_on, unit="D") >= _GIVEN_UP_DAYS
    items = items.filter(items.given.cast("float64") >= _NEARLY * whole, is_late)
    items = items.mutate(worth=worth(items.amount, items.currency, book))
    whose = items.group_by("customer_id").aggregate(worth=items.worth.sum(), since=items.on.min())
    found = whose.filter(whose.worth > default.materiality)
    both = every.select("customer_id", "issued_on", "days").inner_join(found, "customer_id")
    netted = both.group_by("customer_id").aggregate(paid=both.days.max(), n=(both.issued_on > both.since).sum())  # fmt: skip
    found = found.anti_join(netted.filter(netted.paid == 0, netted.n >= _MIN_NETTED), "customer_id")
    return {"customer_id": rows.customer_id.isin(found.customer_id)}

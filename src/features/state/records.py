"""Credit terms, credit events, customer facts and declared attributes as known on each day of decision."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from contracts.tables.engine import AMOUNT
from contracts.tables.raw import DEFAULT_EVENTS
from features.context import Context, days_of
from features.ledger.bookings import Ledger
from features.ledger.held import plans
from features.ledger.money import RATE_UNITS
from features.ledger.plans import broken
from features.ledger.settlement import NEVER
from features.state.masters import masters
from features.time.asof import ASKED, DAY, attach

ADVERSE = (*DEFAULT_EVENTS, "legal_action")
YEAR, THREE_YEARS = 365, 1095
RATINGS = ("AAA", "AA", "A", "BBB", "BB", "B", "CCC", "CC", "C", "D")
UNLIMITED = 10**15
"""Stands for "no limit" where a running total needs a number."""


def terms(context: Context) -> ir.Table:
    """`credit_limit` and `insured_limit` (reporting currency), `terms_days`, `insured_share`; totals of limit cuts."""
    raw = days_of(context.tables["credit_terms"], "valid_from")
    facts = raw.select(
        "customer_id", DAY, "credit_limit", "payment_terms_days", "insured_limit", "insured_share"
    )
    known = attach(
        context.last(facts),
        context.tables["customers"].select("customer_id", "currency"),
        ["customer_id"],
    )
    rated = attach(known, context.rates, ["currency", ASKED])
    state = rated.select(
        "customer_id",
        ASKED,
        credit_limit=(rated.credit_limit * rated.units).cast("float64") / RATE_UNITS,
        insured_limit=(rated.insured_limit * rated.units).cast("float64") / RATE_UNITS,
        terms_days=rated.payment_terms_days.cast("float64"),
        insured_share=rated.insured_share.cast("float64"),
    )
    order = ibis.window(group_by="customer_id", order_by=DAY)
    steps = facts.mutate(previous=facts.credit_limit.lag().over(order))
    cuts = steps.filter(steps.credit_limit < steps.previous)
    deltas = cuts.select("customer_id", DAY, n_cuts=ibis.literal(1, "int64"))
    return attach(state, context.counts(deltas, (0, YEAR)), ["customer_id", ASKED])


def breaches(context: Context) -> ir.Table:
    """Totals of n_breaches: days on which the open balance rose above the limit then in force.

    A limit that is cut below the balance is no rise of the balance: it was above that limit the day before. Compared in the customer's own currency; documents in another currency are not counted.
    """
    changes = context.books.changes
    home = context.tables["customers"].select("customer_id", "currency")
    own = changes.semi_join(home, ["customer_id", "currency"])
    moved = (own.open - own.credit).cast(AMOUNT)
    balance = own.select("customer_id", DAY, above=moved, rise=moved)
    raw = days_of(context.tables["credit_terms"], "valid_from")
    unlimited = ibis.literal(UNLIMITED).cast(AMOUNT)
    order = ibis.window(group_by="customer_id", order_by=DAY)
    priced = raw.mutate(value=ibis.coalesce(raw.credit_limit.cast(AMOUNT), unlimited))
    earlier = ibis.coalesce(priced.value.lag().over(order), unlimited)
    steps = priced.select("customer_id", DAY, above=(earlier - priced.value).cast(AMOUNT))
    steps = steps.mutate(rise=ibis.literal(0).cast(AMOUNT))
    both = balance.union(steps)
    began = context.forward.rises(both, UNLIMITED)
    deltas = began.select("customer_id", DAY, n_breaches=ibis.literal(1, "int64"))
    return context.counts(deltas, sorted({0, YEAR, *context.windows}))


def events(context: Context) -> ir.Table:
    """Totals of n_adverse and n_plans by the day they became known; `last_adverse`, the day of the last one."""
    facts = days_of(context.tables["events"], "known_on")
    adverse = facts.kind.isin(list(ADVERSE))
    deltas = facts.select(
        "customer_id",
        DAY,
        n_adverse=adverse.cast("int64"),
        n_plans=(facts.kind == "payment_plan").cast("int64"),
    )
    totals = context.counts(deltas, (0, YEAR, THREE_YEARS))
    days = facts.filter(adverse).select("customer_id", DAY).distinct()
    last = context.last(days).rename(last_adverse=DAY)
    state = attach(totals, last, ["customer_id", ASKED])
    return attach(state, _rating(context, facts), ["customer_id", ASKED])


def _rating(context: Context, facts: ir.Table) -> ir.Table:
    """`rating`: the external rating known last, 1 (AAA) to 10 (D); missing for letters of another scale."""
    letters = facts.detail.upper().re_extract(r"^\s*([A-D]+)[+-]?\s*$", 1)
    notch = ibis.cases(
        *((letters == letter, place + 1) for place, letter in enumerate(RATINGS)),
        else_=ibis.null("int64"),
    )
    rated = facts.mutate(rating=notch.cast("int64"))
    rated = rated.filter((rated.kind == "external_rating") & rated.rating.notnull())
    return context.last(rated.select("customer_id", DAY, "event_id", "rating"), ["event_id"]).drop(
        DAY, "event_id"
    )


def broken_plans(context: Context) -> ir.Table:
    """`n_broken`: payment plans of the last three years that were not kept, as far as was known on the day; see `ledger.plans`.

    A booking of before a plan's last date that became known after it may show that the plan was kept after all.
    """
    books = context.books
    agreed = plans(context.tables)
    agreed = agreed.mutate(ended=ibis.greatest(agreed.known, agreed["last"]))
    told = _told_later(books, agreed)
    keys = ["customer_id", "event_id", "agreed", "last", "ended", "replaced_known"]
    judged = agreed.select(*keys, as_known="ended").union(told.select(*keys, "as_known")).distinct()
    lost = broken(books, judged, context.tables).mutate(is_broken=ibis.literal(value=True))
    order = ibis.window(group_by="event_id", order_by="as_known")
    states = attach(judged, lost, ["event_id", "as_known"])
    states = states.mutate(until=ibis.coalesce(states.as_known.lead().over(order), NEVER))
    spans = states.filter(ibis.coalesce(states.is_broken, ibis.literal(value=False))).mutate(
        until=ibis.least(states.until, states.replaced_known, states.ended + THREE_YEARS)
    )
    spans = spans.filter(spans.until > spans.as_known)
    one = ibis.literal(1, "int64")
    begins = spans.select("customer_id", day=spans.as_known.cast("int64"), n_broken=one)
    ends = spans.select("customer_id", day=spans.until.cast("int64"), n_broken=-one)
    return context.counts(begins.union(ends))


def _told_later(books: Ledger, agreed: ir.Table) -> ir.Table:
    """The plans with `as_known`: the days after their end on which something of before it became known."""
    made, owed, loose = books.payments, books.documents, books.on_account
    facts = made.select("customer_id", "paid", DAY).union(
        owed.select("customer_id", DAY, paid="issued").select("customer_id", "paid", DAY)
    )
    if loose is not None:
        facts = facts.union(loose.select("customer_id", "paid", DAY))
    both = facts.inner_join(agreed, "customer_id")
    both = both.filter((both.paid <= both["last"]) & (both[DAY] > both.ended))
    return both.mutate(as_known=both[DAY])


def customers(context: Context) -> ir.Table:
    """Industry, country, legal form and group size (see `masters`); founded and onboarded, which do not change (day numbers)."""
    raw = context.tables["customers"]
    static = raw.select(
        "customer_id",
        founded=raw.founded_on.epoch_days(),
        onboarded=raw.onboarded_on.epoch_days(),
    )
    return attach(masters(context), static, ["customer_id"])


def attributes(context: Context) -> ir.Table:
    """The declared attributes known last, each named `attributes_<name>`."""
    names = [one.name for one in context.attributes]
    facts = days_of(context.tables["attributes"], "known_on").select("customer_id", DAY, *names)
    last = context.last(facts)
    return last.rename({f"attributes_{name}": name for name in names}).drop(DAY)

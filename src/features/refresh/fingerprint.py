"""Fingerprints: one number per observation that changes whenever anything that was known of it changes.

Every row of every table that is read is hashed whole and filed under the day from which it was usable. Sums of
these hashes run forward like any other measure (`asof.running_totals`), so an observation's sum is a digest of the set
of rows it could see: the order of rows cannot show, and a row that is doubled, moved to another day or
customer, altered or deleted does. Comparing two runs compares two numbers; no old data are kept or read.

The chance that a change goes unseen is that of two 64-bit hashes being equal: 1 in 2^64 per observation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial, reduce

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from contracts.config.portfolio import PortfolioConfig
from contracts.tables.derived import KNOWN
from contracts.tables.raw import RAW_TABLES
from features.context import Context, days_of, prepare, read_of
from features.engine.backend import count
from features.engine.blocks import Block, Work, in_blocks
from features.state.masters import masters
from features.time.asof import ASKED, DAY, attach, usable_from

MARK = "decimal(38, 0)"
"""Sums of 64-bit numbers: exact for 10^18 rows."""
WIDTH = 12
"""Values that an observation has on the way."""
_APART = frozenset({"customers", "payments", "disputes", "fx_rates"})


def fingerprints(
    con: BaseBackend, tables: Mapping[str, ir.Table], cohort: ir.Table, portfolio: PortfolioConfig
) -> ir.Table:
    """The fingerprint of every observation: the columns of `derived.KNOWN`.

    Covers, as usable before `as_of`: the customer's rows of every table; the openings and the closings of its
    disputes; its master record; how many members its group had; the exchange rates of its currencies. Everything
    that `features.state` reads must be among these.

    Args:
        con: the engine that holds the tables.
        tables: the tables that the features read (`matrix.needed`).
        cohort: customer_id and as_of, unique.
        portfolio: reporting currency and declared attributes.

    Raises:
        ContractError: money in a currency that has no rate to the reporting currency.
    """
    one_day = count(con, cohort.select("as_of").distinct()) == 1
    run = partial(_known, portfolio=portfolio, one_day=one_day)
    known = in_blocks(con, tables, cohort, Work(run, "known", WIDTH, [read_of(portfolio), one_day]))
    return known.select(*KNOWN.column_names)


def _known(block: Block, portfolio: PortfolioConfig, *, one_day: bool) -> ir.Table:
    """The fingerprints of a block of customers. On one day alone nothing has to be run forward."""
    tables = block.tables
    # without payments no ledger is prepared, which nothing here reads
    shown = {name: table for name, table in tables.items() if name != "payments"}
    if "customers" in tables:
        raw = tables["customers"]
        # of the ids, because numbers change with the customers there are
        shown["customers"] = raw.mutate(master=mark("customers", raw))
    read = block.coded(shown)
    asked = block.coded({"cohort": block.cohort})["cohort"]
    context = prepare(block.made, read, asked, portfolio, ())
    found = list(marks(tables))
    parts = []
    if found:
        every = ibis.union(*found) if len(found) > 1 else found[0]
        if one_day:
            parts.append(_on_one_day(block, context, every))
        else:
            own = block.coded({"marks": every})["marks"]
            parts.append(context.forward.totals(context.customers, [own]))
    if "customers" in tables:
        parts.append(_master(context))
    dated = list(_currencies(read)) if "fx_rates" in tables else []
    if dated and {"customers", "payments"} <= set(tables):
        dated.append(block.coded({"money": _of_accounts(tables)})["money"])
    if dated:
        parts.append(_rates(context, dated, portfolio.reporting_currency))
    wide = reduce(lambda left, right: attach(left, right, ["customer_id", ASKED]), [context.cohort, *parts])  # fmt: skip
    industry = wide.industry if "customers" in tables else ibis.null("string")
    seen = [column for part in parts for column in part.columns if column in _PARTS]
    return wide.select(
        "customer_id",
        "as_of",
        industry=industry,
        fingerprint=_hash({name: wide[name] for name in seen}),
    )


def _on_one_day(block: Block, context: Context, every: ir.Table) -> ir.Table:
    """`running_totals` of the marks, of which each is met once and none is sorted."""
    known = every.filter(
        usable_from(every[DAY]) <= block.cohort.as_of.max().epoch_days().as_scalar()
    )
    sums = known.group_by("customer_id").agg(low=known.low.sum(), high=known.high.sum())
    # kept as 64 bits, which Ibis takes them for: the engine sums to 128, and hashes what is below nought otherwise
    own = block.coded({"marks": block.made.keep("sums", sums)})["marks"]
    found = attach(context.customers, own, ["customer_id"])
    summed = {name: ibis.coalesce(found[name], 0).cast("int64") for name in ("low", "high")}
    return found.mutate(**summed)


_PARTS = ("low", "high", "master", "group_size", "rate_mark")


def _hash(values: Mapping[str, ir.Value]) -> ir.IntegerValue:
    """64 bits of all the values, missing ones included.

    Hashed twice: the engine combines columns by xor, and sums of xors can cancel (two rows that swap a value).
    """
    return ibis.struct({name: _exact(value) for name, value in values.items()}).hash().hash()


def _exact(value: ir.Value) -> ir.Value:
    """Numbers as text: the engine gives 0.0 and -0.0 one hash."""
    return value.cast("string") if value.type().is_floating() else value


def mark(name: str, rows: ir.Table) -> ir.IntegerValue:
    """The hash of whole rows; `name` keeps equal rows of two tables apart."""
    values = {column: rows[column] for column in rows.columns}
    return _hash({"table": ibis.literal(name), **values})


def halves(whole: ir.IntegerValue) -> dict[str, ir.IntegerValue]:
    """A hash in two halves of 32 bits, so that the sum of two thousand million of them is a whole number of 64."""
    return {"low": whole & 0xFFFFFFFF, "high": whole >> 32}


def marks(tables: Mapping[str, ir.Table]) -> Iterator[ir.Table]:
    """customer_id, day, low, high: one row per fact of every table that is read."""
    for name, table in tables.items():
        if name not in _APART:
            dated = days_of(table, _clock(name))
            yield dated.select("customer_id", DAY, **halves(mark(name, table)))
    if "payments" in tables:
        paid = tables["payments"]
        yield _of_documents(tables, "payments", paid, _known_on(paid))
        loose = _loose(paid.mutate(mark=mark("on account", paid)))
        yield loose.select("customer_id", DAY, **halves(loose.mark))
    if "disputes" in tables:
        # two facts: until it is closed nobody knows the day of its end
        cases = tables["disputes"]
        yield _of_documents(tables, "opened", cases.drop("closed_on"), cases.opened_on)
        closed = cases.filter(cases.closed_on.notnull())
        yield _of_documents(tables, "closed", closed, ibis.greatest(closed.closed_on, closed.opened_on))  # fmt: skip


def _known_on(paid: ir.Table) -> ir.DateValue:
    return ibis.greatest(paid.booked_at, paid.paid_on)


def _loose(paid: ir.Table) -> ir.Table:
    """Payments that name a customer and no document, with the day on which they are known."""
    loose = paid.filter(paid.invoice_id.isnull() & paid.customer_id.notnull())
    return loose.mutate(day=_known_on(loose).epoch_days())


def _of_accounts(tables: Mapping[str, ir.Table]) -> ir.Table:
    """customer_id, currency, day of money on account, which is in the customer's own currency, billed in it yet or not."""
    home = tables["customers"].select("customer_id", "currency")
    loose = _loose(tables["payments"]).select("customer_id", DAY)
    return loose.inner_join(home, "customer_id").select("customer_id", "currency", DAY)


def _clock(name: str) -> str:
    """The column that says when a row could be known. A table without one needs a rule of its own above."""
    known = RAW_TABLES[name].known
    if known is None:
        raise KeyError(name)
    return known


def _of_documents(
    tables: Mapping[str, ir.Table], name: str, rows: ir.Table, known: ir.DateValue
) -> ir.Table:
    """Marks of rows that belong to a document: its customer's, and not known before the document is."""
    documents = tables["invoices"].select("invoice_id", "customer_id", billed="booked_at")
    marked = rows.select("invoice_id", known=known, mark=mark(name, rows))
    both = marked.inner_join(documents, "invoice_id")
    day = ibis.greatest(both.known, both.billed).epoch_days()
    return both.select("customer_id", day=day, **halves(both.mark))


def _master(context: Context) -> ir.Table:
    """`master`: the customer's record, which has no clock and counts on every day; `group_size`; its industry on the day."""
    known = masters(context).select("customer_id", ASKED, "industry", "group_size")
    return attach(
        known, context.tables["customers"].select("customer_id", "master"), ["customer_id"]
    )


def _rates(context: Context, dated: Sequence[ir.Table], reporting: str) -> ir.Table:
    """`rate_mark`: the rates of the foreign currencies in which something of the customer is known."""
    facts = ibis.union(*dated) if len(dated) > 1 else dated[0]
    foreign = facts.filter(facts.currency != reporting)
    first = foreign.group_by(["customer_id", "currency"]).agg(day=foreign.day.min())
    pairs = context.customers.inner_join(first, "customer_id")
    used = pairs.filter(usable_from(pairs.day) <= pairs.asked)
    rated = attach(used, context.rates, ["currency", ASKED])
    one = _hash({"currency": rated.currency, "units": rated.units}).cast(MARK)
    return rated.group_by(["customer_id", ASKED]).agg(rate_mark=one.sum().cast(MARK))


def _currencies(tables: Mapping[str, ir.Table]) -> Iterator[ir.Table]:
    """customer_id, currency, day: where money in that currency is known; limits are in the customer's own."""
    for name in ("invoices", "financials"):
        if name in tables:
            dated = days_of(tables[name], _clock(name))
            yield dated.select("customer_id", "currency", DAY)
    if "credit_terms" in tables:
        home = tables["customers"].select("customer_id", "currency")
        dated = days_of(tables["credit_terms"], "valid_from")
        yield dated.inner_join(home, "customer_id").select("customer_id", "currency", DAY)

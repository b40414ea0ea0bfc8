"""A table as a series of months and as feeds, one for each kind of row and for each column of the portfolio's own, and the rules about what is missing from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from contracts.calendar import add_months, first_of_month
from contracts.config.portfolio import PortfolioConfig
from contracts.documents.data_quality import Heard
from contracts.tables.spec import Table
from quality.delivery.finding import N_EXAMPLES, Example, Finding
from quality.delivery.rows import MONEY, holds_money
from quality.rules.catalogue import rules_of
from quality.rules.habits.feeds import (
    BACK,
    Feed,
    Silence,
    false_ends,
    newest_of,
    silence,
    told_after,
    usual_gap,
)
from quality.rules.rule import FeedRule, Gap, Month, MonthRule

FEEDS = {"events": "kind", "payments": "kind", "invoices": "kind", "fx_rates": "currency"}
"""By table, the column whose every value is a feed of its own; another table is one feed."""
OWN = "attributes"
"""The table whose every declared column is a feed of its own as well: a bureau's index may end while the number of employees goes on."""
_YEAR = 365
_USUAL_LAG = 0.1
"""A tenth of what came back was paid so many days past due, as all debits of a house are."""


def ask_months(rows: ir.Table, contract: Table, until: date, n_rows: int) -> tuple[Finding, ...]:
    """Asks the rules about months.

    Args:
        rows: the rows with `.money`.
        contract: of the rows.
        until: last complete day.
        n_rows: how many rows there are.
    """
    rules = [one for one in rules_of(contract.name) if isinstance(one, MonthRule)]
    if not rules:
        return ()
    months = _months(rows, str(contract.happened), until, with_amounts=False)
    if holds_money(contract) and any(rule.gaps(months) for rule in rules):
        # Only now: the money of a payment lies two tables away.
        months = _months(rows, str(contract.happened), until, with_amounts=True)
    return tuple(_finding(rule, contract, rule.gaps(months), n_rows) for rule in rules)


def missing_months(rows: ir.Table, contract: Table, until: date) -> list[date]:
    """The first days of the months that a rule finds rows missing from; see `ask_months`."""
    rules = [one for one in rules_of(contract.name) if isinstance(one, MonthRule)]
    months = _months(rows, str(contract.happened), until, with_amounts=False)
    return sorted({gap.month.first for rule in rules for gap in rule.gaps(months)})


def _months(rows: ir.Table, happened: str, until: date, *, with_amounts: bool) -> list[Month]:
    """Every month from the first with rows to the last complete one."""
    amount = {"amount": rows[MONEY].sum()} if with_amounts else {}
    counts = rows.group_by(first=rows[happened].truncate("M")).aggregate(
        rows=rows.count(), last=rows[happened].day().max(), **amount
    )
    found = {row.pop("first"): row for row in counts.to_pyarrow().to_pylist()}
    found.pop(None, None)
    last = first_of_month(until + timedelta(days=1))
    months = []
    first = min(found, default=last)
    while first < last:
        row = found.get(first, {"rows": 0})
        total = float(row.get("amount") or 0) if with_amounts else None
        months.append(Month(first, row["rows"], total, row.get("last", 0)))
        first = add_months(first, 1)
    return months


def _finding(rule: MonthRule, contract: Table, gaps: list[Gap], n_rows: int) -> Finding:
    amounts = [gap.amount for gap in gaps if gap.amount is not None]
    return Finding(
        rule,
        contract.name,
        sum(gap.rows for gap in gaps),
        n_rows,
        round(sum(amounts), 2) if amounts else None,
        tuple(
            Example(f"{gap.month.first:%Y-%m}", "rows", f"{gap.month.rows}{gap.note}")
            for gap in gaps[:N_EXAMPLES]
        ),
    )


def ask_feeds(
    rows: ir.Table,
    contract: Table,
    portfolio: PortfolioConfig,
    n_rows: int,
    ledger: ir.Table | None = None,
) -> tuple[Finding, ...]:
    """Asks the rules about kinds that have fallen silent; of what counts as default also all kinds as one.

    Returned payments that ended as those did that used to come back, which are debits or cheques, are not missing.

    Args:
        rows: as delivered, after repairs.
        contract: of the rows.
        portfolio: its last complete day, what counts as default, and the columns of its own.
        n_rows: how many rows there are.
        ledger: documents with what was paid of them (see `quality.rules.ledger`), None where there are none.
    """
    # what stops the run first: it is not told again by the rule that tells it earlier
    rules = sorted((one for one in rules_of(contract.name) if isinstance(one, FeedRule)), key=lambda one: one.tolerance)  # fmt: skip
    if not rules:
        return ()
    told = _days(rows, contract, portfolio)
    stopped: set[tuple[str, ...]] = set()
    found = []
    for rule in rules:
        asked = [_paced(one, rule, rows, ledger) for one in _feeds(rule, contract.name, told, portfolio)]  # fmt: skip
        silent = _silent([one for one in asked if one.kinds not in stopped], rule)
        stopped |= {one.kinds for one, _ in silent}
        found.append(_of_feeds(rule, contract, (asked, silent), n_rows))
    return tuple(found)


def _paced(feed: Feed, rule: FeedRule, rows: ir.Table, ledger: ir.Table | None) -> Feed:
    """Returned payments that seem to have ended, at the pace of the debits that may come back; any other feed as it is."""
    if feed.kinds != (BACK,) or silence(feed, rule.false_a_year) is None:
        return feed
    return replace(feed, pace=_pace_of_debits(rows, ledger, feed))


def _silent(feeds: list[Feed], rule: FeedRule) -> list[tuple[Feed, Silence]]:
    """Those that have ended; where all columns of the portfolio's own have, the table alone and not each column again."""
    found = [(one, quiet) for one in feeds if (quiet := silence(one, rule.false_a_year))]
    return [one for one in found if one[0].kinds == (OWN,)] or found


def _days(rows: ir.Table, contract: Table, portfolio: PortfolioConfig) -> Mapping[str, list[date]]:
    """Days on which a row became known, by kind."""
    known, named = rows[str(contract.known)].cast("date"), FEEDS.get(contract.name)
    kind = ibis.literal(contract.name) if named is None else rows[named]
    asked = rows.select(kind=kind, day=known).distinct()
    told: dict[str, list[date]] = {}
    for row in asked.filter(asked.kind.notnull(), asked.day.notnull()).to_pyarrow().to_pylist():
        told.setdefault(row["kind"], []).append(row["day"])
    own = [one.name for one in portfolio.attributes if one.name in rows.columns] if contract.name == OWN else []  # fmt: skip
    if own:
        dated = rows.mutate(day=known).filter(known.notnull())
        counted = dated.group_by("day").aggregate(**{f"n{place}": dated[name].count() for place, name in enumerate(own)}).to_pyarrow()  # fmt: skip
        days = counted["day"].to_pylist()
        for place, name in enumerate(own):
            held = [day for day, n in zip(days, counted[f"n{place}"].to_pylist(), strict=True) if n]
            told.update({name: held} if held else {})
    return told


def _feeds(
    rule: FeedRule, table: str, told: Mapping[str, list[date]], portfolio: PortfolioConfig
) -> list[Feed]:
    """Each kind that the rule is asked of, and all of them as one where it says so; a kind that is known only after the last complete day is none."""
    kinds = sorted(one for one in told if rule.is_asked(table, one, portfolio.default))
    groups = [(one,) for one in kinds] + (
        [tuple(kinds)] if rule.is_joint and len(kinds) > 1 else []
    )
    until = portfolio.complete_until
    feeds = [Feed(table, group, newest_of([day for one in group for day in told[one]], until), until) for group in groups]  # fmt: skip
    return [one for one in feeds if one.days]


def _pace_of_debits(payments: ir.Table, ledger: ir.Table | None, feed: Feed) -> float:
    """First payments of an invoice, so many days past due as those that were returned, by day since the last return and in the year before it: the one over the other."""
    if ledger is None:
        return 1.0
    back = payments.filter(payments.kind == BACK, payments.invoice_id.notnull())
    paid = ledger.filter(ledger.is_invoice, ledger.days > 0)
    paid = paid.mutate(lag=paid["first"].delta(paid.due_on, unit="D"))
    lags = paid.semi_join(back, "invoice_id").group_by("lag").aggregate(n=lambda one: one.count())
    lags = lags.mutate(every=lags.n.sum().over())
    alike = paid.semi_join(lags.filter(lags.n >= _USUAL_LAG * lags.every), "lag")
    last = feed.days[-1]
    age = ibis.literal(last).delta(alike["first"], unit="D")
    row = alike.aggregate(before=age.between(0, _YEAR - 1).sum(), since=age.between((last - feed.until).days, -1).sum()).to_pyarrow().to_pylist()[0]  # fmt: skip
    spans = min(_YEAR, (last - feed.days[0]).days + 1), (feed.until - last).days
    before, since = (int(row[name] or 0) for name in ("before", "since"))
    return 1.0 if not before else (since / spans[1]) / (before / spans[0])


def _of_feeds(
    rule: FeedRule, contract: Table, feeds: tuple[list[Feed], list[tuple[Feed, Silence]]], n_rows: int
) -> Finding:  # fmt: skip
    asked, silent = feeds
    return Finding(
        rule,
        contract.name,
        max((one.rows for _, one in silent), default=0),
        n_rows,
        None,
        tuple(
            Example(", ".join(feed.kinds), str(contract.known), f"{one.last}, and nothing in the {one.days} days since, where some came every {one.usual:.0f} days")
            for feed, one in silent[:N_EXAMPLES]
        ),
        heard=tuple(_heard(one, rule, is_silent=any(one is feed for feed, _ in silent)) for one in asked),
    )  # fmt: skip


def _heard(feed: Feed, rule: FeedRule, *, is_silent: bool) -> Heard:
    after = told_after(feed, rule.false_a_year)
    return Heard(
        kinds=feed.kinds,
        last=feed.days[-1],
        days=(feed.until - feed.days[-1]).days,
        news=len(feed.days),
        usual=None if after is None else round(usual_gap(feed.days), 1),
        told_after=after,
        false_a_year=None if after is None else round(false_ends(feed.days, rule.false_a_year), 4),
        is_silent=is_silent,
    )

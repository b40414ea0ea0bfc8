"""Every feature of the ledger for one customer on one day of decision, from what was known strictly before it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from contracts.config.settlement import SettlementConfig
from tests.bookkeeper import ability, record
from tests.bookkeeper.ageing import age_values, past_due, unpaid_shares
from tests.bookkeeper.items import NOTHING, Position, Rates, position
from tests.bookkeeper.journal import Books, known_on
from tests.bookkeeper.promises import broken
from tests.bookkeeper.record import Value, ratio
from tests.bookkeeper.replay import settling_values

WINDOWS = (90, 365)
SCALE = ("AAA", "AA", "A", "BBB", "BB", "B", "CCC", "CC", "C", "D")
ADVERSE = ("insolvency", "write_off", "ceased_trading", "insurer_claim", "legal_action")


@dataclass(frozen=True, slots=True)
class Desk:
    """One customer's books on a day of decision.

    Attributes:
        books: the customer's.
        as_of: the day of decision.
        rates: by currency, the last before the day.
        rules: when an invoice counts as settled.
    """

    books: Books
    as_of: date
    rates: Rates
    rules: SettlementConfig

    def position(self, as_of: date | None = None) -> Position:
        """What was open, by what was known before a day (this one or an earlier), at the rates of this one."""
        known = as_of or self.as_of
        day = known - timedelta(days=1)
        return position(self.books, day, lambda entry: entry.known < known, self.rates, self.rules)


def values(desk: Desk, windows: Collection[int] = WINDOWS) -> dict[str, Value]:
    """The features by name, over these windows and those that are always there."""
    books, as_of, rates = desk.books, desk.as_of, desk.rates
    now, then = desk.position(), desk.position(as_of - timedelta(days=90))
    paid = tuple(
        record.total(record.between(books, as_of, rates, ago + 90, ago)) for ago in (0, 90)
    )
    found = age_values(now, as_of, then, (paid[0], paid[1])) | unpaid_shares(desk, now)
    for days in windows:
        found |= _windowed(desk, now, days)
    for days in {30, *WINDOWS, *windows}:
        since = as_of - timedelta(days=days)
        found[f"billing_amount_sum_{days}d"] = ability.billed(books, rates, since, as_of)[0]
    for days in {365, *windows}:
        found[f"limits_breaches_count_{days}d"] = _breaches(desk, days)
    quarter, year = (record.payment_values(books, as_of, rates, days) for days in WINDOWS)
    for name, measure in (("days_late_trend", "days_late_mean"), ("late_change_90d", "late_share")):
        short, long = quarter[f"payments_{measure}_90d"], year[f"payments_{measure}_365d"]
        found[f"payments_{name}"] = (
            None if short is None or long is None else float(short) - float(long)
        )
    for days in WINDOWS:
        found[f"payments_returned_count_{days}d"] = record.returned(books, as_of, days)
    streak = record.on_time_streak(books, as_of, rates)
    late = past_due(now, as_of)
    found["payments_on_time_streak"] = streak
    found["payments_on_time_with_open_streak"] = 0 if late.items else streak
    lately = record.with_open_values(books, as_of, rates, 90, late)
    found |= record.against_before(books, as_of, rates, lately)
    found |= ability.billing_shape(books, as_of, rates)
    found |= _growth(desk, now, then, found["billing_amount_growth_90d"])
    found["disputes_open_share"] = ability.disputed_share(now)
    return found | _limits(desk, now, then) | _events(desk)


def _windowed(desk: Desk, now: Position, days: int) -> dict[str, Value]:
    """Those of one window."""
    books, as_of, rates = desk.books, desk.as_of, desk.rates
    late = past_due(now, as_of)
    amount, number = ability.disputes_opened(books, as_of, rates, days)
    billed, _ = ability.billed(books, rates, as_of - timedelta(days=days), as_of)
    dso = ability.days_sales(books, as_of, rates, days, now.balance)
    return {
        **record.payment_values(books, as_of, rates, days),
        **settling_values(books, as_of, rates, days, desk.rules, (late.items, now.balance)),
        **ability.billing_values(books, as_of, rates, days),
        **record.with_open_values(books, as_of, rates, days, late),
        f"balance_days_sales_outstanding_{days}d": dso,
        f"disputes_opened_count_{days}d": number,
        f"disputes_opened_share_{days}d": ratio(amount, billed),
    }


def _growth(desk: Desk, now: Position, then: Position, billing: Value) -> dict[str, Value]:
    """The balance, and how it moved against billing over 90 days."""
    books, as_of, rates = desk.books, desk.as_of, desk.rates
    quarter = as_of - timedelta(days=90)
    grown = ratio(now.balance - then.balance, then.balance)
    dso = ability.days_sales(books, as_of, rates, 90, now.balance)
    before = ability.days_sales(books, quarter, rates, 90, then.balance)
    last = [
        known_on(row)
        for row in books.documents.values()
        if row["kind"] == "invoice" and known_on(row) < as_of
    ]
    return {
        "balance_amount": now.balance,
        "balance_growth_over_billing_90d": None
        if grown is None or billing is None
        else grown - float(billing),
        "balance_days_sales_outstanding_change_90d": None
        if dso is None or before is None
        else dso - before,
        "billing_months_since_last": (as_of - max(last)).days / 30.4375 if last else None,
    }


def _limits(desk: Desk, now: Position, then: Position) -> dict[str, Value]:
    terms = ability.limit_on(desk.books, desk.as_of)
    rate = desk.rates(desk.books.customer["currency"])
    limit = terms["credit_limit"] * rate if terms and terms["credit_limit"] is not None else None
    return {
        "limits_limit_amount": limit,
        "limits_terms_days": terms["payment_terms_days"] if terms else None,
        "limits_used_share": ratio(max(now.balance, NOTHING), limit) if limit else None,
        "limits_used_change_90d": ratio(now.balance - then.balance, limit) if limit else None,
        "limits_cuts_count_365d": ability.limit_cuts(desk.books, desk.as_of, 365),
    }


def _breaches(desk: Desk, days: int) -> int:
    """In the customer's own currency, whose documents alone are looked at: a rate that moves is no breach."""
    home = desk.books.customer["currency"]
    turns = {entry.known for entry in desk.books.entries} | {
        row["valid_from"] for row in desk.books.terms
    }
    since = desk.as_of - timedelta(days=days)
    first = since - timedelta(days=1)
    # at the end of every day that changes something, and of the day before the window
    ends = sorted({first, *(day for day in turns if since <= day < desk.as_of)})
    path = []
    for day in ends:
        after = day + timedelta(days=1)
        terms = ability.limit_on(desk.books, after)
        only_home = replace(desk, rates=lambda currency: Decimal(currency == home))
        path.append((only_home.position(after).balance, terms["credit_limit"] if terms else None))
    return ability.breaches(path)


def _events(desk: Desk) -> dict[str, Value]:
    as_of, events = desk.as_of, desk.books.events
    learned = [(max(row["known_on"], row["occurred_on"]), row) for row in events]
    seen = sorted((day for day, row in learned if row["kind"] in ADVERSE and day < as_of))

    def count(days: list[date], back: int) -> int:
        return sum(day >= as_of - timedelta(days=back) for day in days)

    asked = [day for day, row in learned if row["kind"] == "payment_plan" and day < as_of]
    rated = [
        (day, row["event_id"], SCALE.index(letters))
        for day, row in learned
        if row["kind"] == "external_rating"
        and day < as_of
        and (letters := (row["detail"] or "").strip().upper().rstrip("+-")) in SCALE
    ]
    return {
        "events_external_rating": max(rated)[2] + 1 if rated else None,
        "events_adverse_count_365d": count(seen, 365),
        "events_adverse_count_1095d": count(seen, 1095),
        "events_adverse_days_since": (as_of - seen[-1]).days if seen else None,
        "events_payment_plans_count_1095d": count(asked, 1095),
        "events_payment_plans_broken_count_1095d": count(
            broken(desk.books, as_of, desk.rules), 1095
        ),
    }

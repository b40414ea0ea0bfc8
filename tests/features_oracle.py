"""Every ledger feature again, from `Naive`. It shares no code with `src/features`."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from tests.features_books import Row
from tests.features_naive import ZERO, Naive, known
from tests.features_plans import broken_count

BUCKETS = {"1_to_30d": (0, 30), "31_to_60d": (30, 60), "61_to_90d": (60, 90), "over_90d": (90, None)}  # fmt: skip
ADVERSE = ("insolvency", "write_off", "ceased_trading", "insurer_claim", "legal_action")
SCALE = ("AAA", "AA", "A", "BBB", "BB", "B", "CCC", "CC", "C", "D")


def over(part: Decimal | int | None, whole: Decimal | int | None) -> float | None:
    """part / whole, missing where either is missing or the whole is not positive."""
    return None if part is None or whole is None or whole <= 0 else float(part) / float(whole)


def less(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def payments(n: Naive, window: int) -> dict[str, Any]:
    made = n.made(window)
    days = [p["late"] for p in made]
    total = n.value(made)
    weighted = sum((n.money(p["of"], p["amount"]) * p["late"] for p in made), ZERO)
    booked = [p for p in n.booked(window) if p["kind"] in {"payment", "discount", "fee"}]
    settled = [p for p in booked if p["open_before"] > 0 and p["open_after"] == 0]
    delays = [_settled_late(p) for p in settled]
    parts = [p for p in made if p["open_after"] > 0]
    deducted = [p for p in parts if p["open_after"] <= p["of"]["amount"] / 10]
    taken = sum((n.money(p["of"], _discount(n, p)) for p in booked), ZERO)
    found = {
        "days_late_mean": over(weighted, total),
        "days_late_with_open_mean": over(
            weighted + sum((days for _, days, _ in n.remaining), ZERO), total + n.past_due(0)
        ),
        "late_share": over(n.value([p for p in made if p["late"] > 0]), total),
        "late_over_30d_share": over(n.value([p for p in made if p["late"] > 30]), total),
        "late_number_share": over(sum(d > 0 for d in days), len(days)),
        "invoices_late_share": over(sum(late > 0 for late in delays), len(delays)),
        "invoices_late_over_30d_share": over(sum(late > 30 for late in delays), len(delays)),
        "early_share": over(n.value([p for p in made if p["value"] < p["of"]["due_on"]]), total),
        "days_late_max": max(days, default=None),
        "days_late_std": statistics.stdev(days) if len(days) >= 3 else None,
        "partial_share": over(len(parts), len(made)),
        "deducted_share": over(len(deducted), len(made)),
        "discounts_taken_share": over(taken, total + taken),
    }
    return {f"payments_{name}_{window}d": value for name, value in found.items()}


def _settled_late(p: Row) -> int:
    """Days late of the booking that settled an invoice: of the last money, where it is none itself."""
    value = p["value"] if p["kind"] == "payment" else p["money_paid"] or p["value"]
    return (value - p["of"]["due_on"]).days


def _discount(n: Naive, p: Row) -> Decimal:
    """The cash discount a booking stands for: its own amount, or what it left beyond the tolerance when it settled."""
    if p["kind"] == "discount":
        return p["amount"]
    left = p["of"]["amount"] - min(max(p["reduced"], ZERO), p["of"]["amount"])
    is_settling = p["open_before"] > 0 and p["open_after"] == 0
    return left if is_settling and left > n.tolerance(p["of"]) else ZERO


def record(n: Naive) -> dict[str, Any]:
    quarter, year = payments(n, 90), payments(n, 365)
    kinds = {"payment", "reversal"}
    rows = [p for p in n.booked(10**4) if p["kind"] in kinds]
    rows.sort(key=lambda p: (p["known"], p["value"], p["payment_id"], p["of"]["invoice_id"]))
    paid = [p["kind"] == "payment" for p in rows]
    late = [
        sum(paid[: place + 1]) for place, p in enumerate(rows) if p["kind"] == "reversal" or p["late"] > 0
    ]  # fmt: skip
    back = [p["known"] for p in rows if p["kind"] == "reversal"]
    back += [known(row, "paid_on") for row in n.on_account if row["kind"] == "reversal"]
    return {
        "payments_days_late_trend": less(
            quarter["payments_days_late_mean_90d"], year["payments_days_late_mean_365d"]
        ),
        "payments_late_change_90d": less(
            quarter["payments_late_share_90d"], year["payments_late_share_365d"]
        ),
        "payments_on_time_streak": sum(paid) - max(late, default=0),
        "payments_returned_count_90d": sum(day >= n.since(90) for day in back),
        "payments_returned_count_365d": sum(day >= n.since(365) for day in back),
    }


def ageing(n: Naive) -> dict[str, Any]:
    then = n.earlier(90)
    items = [(left, age, row) for left, age, row in n.open_items if age > 0]
    since = [age for _, age, _ in items]
    empty = [days for days in (0, 30, 60, 90) if n.past_due(days) <= 0]
    found: dict[str, Any] = {
        "overdue_amount": float(n.past_due(0)),
        "overdue_share": over(n.past_due(0), n.balance),
        "oldest_days": min([max(since, default=0), *empty]),
        "overdue_items_count": sum(number for _, _, number in n.remaining),
        "overdue_age_mean": over(sum((days for _, days, _ in n.remaining), ZERO), n.past_due(0)),
        "overdue_share_change_90d": less(
            over(n.past_due(0), n.balance), over(then.past_due(0), then.balance)
        ),
    }
    for label, edges in BUCKETS.items():
        found[f"{label}_share"] = over(n.bucket(*edges), n.balance)
        found[f"{label}_change_90d"] = float(n.bucket(*edges) - then.bucket(*edges))
    return {f"ageing_{name}": value for name, value in found.items()}


def billing(n: Naive, windows: Sequence[int]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for window in {30, 90, 365, *windows}:
        found[f"billing_amount_sum_{window}d"] = float(n.billing(window))
    for window in windows:
        notes = n.billing(window, kind="credit_note")
        found[f"billing_invoices_count_{window}d"] = len(n.billed(window))
        found[f"billing_credit_notes_share_{window}d"] = over(notes, n.billing(window))
        due = max(n.balance, ZERO) * window
        found[f"balance_days_sales_outstanding_{window}d"] = over(due, n.billing(window))
    then = n.earlier(90)
    growth = less(over(n.billing(90), n.billing(90, 90)), 1)
    quarters = [float(n.billing(90, skip)) for skip in (0, 90, 180, 270)]
    mean = sum(quarters) / 4
    last = max((known(row, "issued_on") for row in n.billed(10**4)), default=None)
    return found | {
        "billing_amount_growth_90d": growth,
        "billing_recent_share": over(n.billing(90), n.billing(365)),
        "billing_amount_volatility": statistics.stdev(quarters) / mean if mean > 0 else None,
        "billing_months_since_last": None if last is None else (n.asked - last).days / 30.4375,
        "balance_amount": float(n.balance),
        "balance_growth_over_billing_90d": less(less(over(n.balance, then.balance), 1), growth),
        "balance_days_sales_outstanding_change_90d": less(
            over(max(n.balance, ZERO) * 90, n.billing(90)),
            over(max(then.balance, ZERO) * 90, n.billing(90, 90)),
        ),
    }


def disputes(n: Naive, windows: Sequence[int]) -> dict[str, Any]:
    found: dict[str, Any] = {"disputes_open_share": over(min(n.disputed(), n.balance), n.balance)}
    first: dict[str, date] = {}
    for row in sorted(n.book["disputes"], key=lambda row: row["opened_on"]):
        first.setdefault(row["invoice_id"], row["opened_on"])
    for window in windows:
        cases = [
            row
            for row in n.documents.values()
            if row["invoice_id"] in first
            and n.since(window) <= max(first[row["invoice_id"]], row["booked_at"]) < n.asked
        ]
        amount = sum((n.money(row, row["amount"]) for row in cases), ZERO)
        found[f"disputes_opened_count_{window}d"] = len(cases)
        found[f"disputes_opened_share_{window}d"] = over(amount, n.billing(window))
    return found


def limits(n: Naive, windows: Sequence[int]) -> dict[str, Any]:
    rows = sorted(n.book["credit_terms"], key=lambda row: row["valid_from"])
    known = [row for row in rows if row["valid_from"] < n.asked]
    home = n.book["customers"][0]
    granted = known[-1]["credit_limit"] if known else None
    limit = None if granted is None else n.money(home, granted)
    cuts = [
        later["valid_from"]
        for former, later in pairwise(known)
        if None not in (former["credit_limit"], later["credit_limit"])
        and later["credit_limit"] < former["credit_limit"]
    ]
    breaches = _breaches(n, rows, home["currency"])
    counts = {
        f"limits_breaches_count_{window}d": sum(n.since(window) <= day for day in breaches)
        for window in {365, *windows}
    }
    return counts | {
        "limits_used_share": over(max(n.balance, ZERO), limit),
        "limits_used_change_90d": over(n.balance - n.earlier(90).balance, limit),
        "limits_limit_amount": None if limit is None else float(limit),
        "limits_terms_days": known[-1]["payment_terms_days"] if known else None,
        "limits_cuts_count_365d": sum(n.since(365) <= day for day in cuts),
    }


def _breaches(n: Naive, terms: Sequence[Row], home: str) -> list[date]:
    """The days before `asked` on which the balance rose above the limit, in the customer's own currency."""
    own = [row for row in n.documents.values() if row["currency"] == home]
    own_book = n.book | {"invoices": own}
    moved = {known(row, "issued_on") for row in own} | {p["known"] for p in n.payments}
    moved |= {known(row, "paid_on") for row in n.on_account}
    changed = moved | {row["valid_from"] for row in terms}
    found, was_over = [], False
    for day in sorted(day for day in changed if day < n.asked):
        in_force = [row["credit_limit"] for row in terms if row["valid_from"] <= day]
        limit = in_force[-1] if in_force else None
        then = Naive(own_book, day + timedelta(days=1), n.priced)
        balance = (
            sum((then.left(row, then.states[name]) for name, row in then.documents.items()), ZERO)
            - then.credit_units
        )
        is_over = limit is not None and balance > limit
        if is_over and not was_over:
            found.append(day)
        was_over = is_over
    return found


def events(n: Naive) -> dict[str, Any]:
    known = [row for row in n.book["events"] if row["known_on"] < n.asked]
    adverse = [row["known_on"] for row in known if row["kind"] in ADVERSE]
    plans = [row for row in known if row["kind"] == "payment_plan"]
    rated = [
        (row["known_on"], row["event_id"], found[1])
        for row in known
        if row["kind"] == "external_rating"
        and (found := re.match(r"\s*([A-D]+)[+-]?\s*$", row["detail"] or ""))
    ]
    return {
        "events_adverse_count_365d": sum(day >= n.since(365) for day in adverse),
        "events_adverse_count_1095d": sum(day >= n.since(1095) for day in adverse),
        "events_adverse_days_since": (n.asked - max(adverse)).days if adverse else None,
        "events_payment_plans_count_1095d": sum(p["known_on"] >= n.since(1095) for p in plans),
        "events_payment_plans_broken_count_1095d": broken_count(n),
        "events_external_rating": SCALE.index(max(rated)[2]) + 1 if rated else None,
    }


def expected(n: Naive, windows: Sequence[int]) -> dict[str, Any]:
    """Every feature of the families payments, ageing, billing, disputes, limits and events, by name."""
    found = record(n) | ageing(n) | billing(n, windows) | disputes(n, windows)
    for window in windows:
        found |= payments(n, window)
    return found | limits(n, windows) | events(n)

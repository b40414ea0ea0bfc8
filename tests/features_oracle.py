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
from tests.features_naive import ZERO, Naive

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
    items = [(left, age) for left, age, _ in n.open_items if age > 0]
    settled = [p for p in made if p["before"] < p["of"]["amount"] <= p["before"] + p["amount"]]
    parts = [p for p in made if p["before"] + p["amount"] < p["of"]["amount"]]
    found = {
        "days_late_mean": over(weighted, total),
        "days_late_with_open_mean": over(
            weighted + sum((left * age for left, age in items), ZERO),
            total + sum((left for left, _ in items), ZERO),
        ),
        "late_share": over(n.value([p for p in made if p["late"] > 0]), total),
        "late_over_30d_share": over(n.value([p for p in made if p["late"] > 30]), total),
        "late_number_share": over(sum(d > 0 for d in days), len(days)),
        "invoices_late_share": over(sum(p["late"] > 0 for p in settled), len(settled)),
        "invoices_late_over_30d_share": over(sum(p["late"] > 30 for p in settled), len(settled)),
        "early_share": over(n.value([p for p in made if p["paid_on"] < p["of"]["due_on"]]), total),
        "days_late_max": max(days, default=None),
        "days_late_std": statistics.stdev(days) if len(days) >= 3 else None,
        "partial_share": over(len(parts), len(made)),
    }
    return {f"payments_{name}_{window}d": value for name, value in found.items()}


def record(n: Naive) -> dict[str, Any]:
    quarter, year = payments(n, 90), payments(n, 365)
    made = sorted(n.made(10**4), key=lambda p: (p["known"], p["paid_on"], p["payment_id"]))
    late = [place for place, p in enumerate(made, start=1) if p["late"] > 0]
    return {
        "payments_days_late_trend": less(
            quarter["payments_days_late_mean_90d"], year["payments_days_late_mean_365d"]
        ),
        "payments_late_change_90d": less(
            quarter["payments_late_share_90d"], year["payments_late_share_365d"]
        ),
        "payments_on_time_streak": len(made) - max(late, default=0),
    }


def ageing(n: Naive) -> dict[str, Any]:
    then = n.earlier(90)
    items = [(left, age, row) for left, age, row in n.open_items if age > 0]
    since = [(n.asked - max(row["due_on"], row["booked_at"])).days for _, _, row in items]
    empty = [days for days in (0, 30, 60, 90) if n.past_due(days) <= 0]
    found: dict[str, Any] = {
        "overdue_amount": float(n.past_due(0)),
        "overdue_share": over(n.past_due(0), n.balance),
        "oldest_days": min([max(since, default=0), *empty]),
        "overdue_items_count": len(items),
        "overdue_age_mean": over(
            sum((left * age for left, age, _ in items), ZERO),
            sum((left for left, _, _ in items), ZERO),
        ),
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
    last = max((row["booked_at"] for row in n.billed(10**4)), default=None)
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
    found: dict[str, Any] = {"disputes_open_share": over(n.disputed(), n.balance)}
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
    sign = {"invoice": 1, "credit_note": -1}
    moves = [
        (row["booked_at"], sign[row["kind"]] * row["amount"])
        for row in n.documents.values()
        if row["currency"] == home
    ] + [
        (p["known"], -sign[p["of"]["kind"]] * p["amount"])
        for p in n.payments
        if p["of"]["currency"] == home
    ]
    changed = {day for day, _ in moves} | {row["valid_from"] for row in terms}
    found, was_over = [], False
    for day in sorted(day for day in changed if day < n.asked):
        in_force = [row["credit_limit"] for row in terms if row["valid_from"] <= day]
        limit = in_force[-1] if in_force else None
        balance = sum((amount for moved, amount in moves if moved <= day), ZERO)
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
    ends = {row["event_id"]: date.fromisoformat(row["detail"]) for row in plans}
    broken = [max(row["known_on"], ends[row["event_id"]]) for row in plans if _is_broken(n, row, ends[row["event_id"]])]  # fmt: skip
    return {
        "events_adverse_count_365d": sum(day >= n.since(365) for day in adverse),
        "events_adverse_count_1095d": sum(day >= n.since(1095) for day in adverse),
        "events_adverse_days_since": (n.asked - max(adverse)).days if adverse else None,
        "events_payment_plans_count_1095d": sum(p["known_on"] >= n.since(1095) for p in plans),
        "events_payment_plans_broken_count_1095d": sum(
            n.since(1095) <= day < n.asked for day in broken
        ),
        "events_external_rating": SCALE.index(max(rated)[2]) + 1 if rated else None,
    }


def _is_broken(n: Naive, plan: Row, end: date) -> bool:
    """Whether an item due before the plan was agreed was still open when it ended."""
    then = Naive(n.book, end + timedelta(days=1), n.priced)
    return end < n.asked and any(
        row["due_on"] < plan["occurred_on"] for _, _, row in then.open_items
    )


def expected(n: Naive, windows: Sequence[int]) -> dict[str, Any]:
    """Every feature of the families payments, ageing, billing, disputes, limits and events, by name."""
    found = record(n) | ageing(n) | billing(n, windows) | disputes(n, windows)
    for window in windows:
        found |= payments(n, window)
    return found | limits(n, windows) | events(n)

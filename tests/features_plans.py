"""Payment plans and default by plain loops over rows. It shares no code with `src/features`."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

from tests.features_books import Row, Tables
from tests.features_naive import ZERO, Naive

FAR = date(9000, 1, 1)
HAPPENED = {"invoices": "issued_on", "payments": "paid_on"}


def dated_plans(book: Tables, known_before: date = FAR) -> list[Row]:
    """The plans with a last date that were known, each with `last` and `replaced` (the day from which another holds)."""
    found = []
    for row in book["events"]:
        text = re.fullmatch(r"\s*(\d{4}-\d\d-\d\d)\s*", row["detail"] or "")
        if row["kind"] == "payment_plan" and text and row["known_on"] < known_before:
            last = date.fromisoformat(text[1])
            if last >= row["occurred_on"]:
                found.append(row | {"last": last})
    found.sort(key=lambda row: (row["occurred_on"], row["event_id"]))
    for place, row in enumerate(found):
        later = [one["occurred_on"] for one in found[place + 1 :] if one["occurred_on"] <= row["last"]]  # fmt: skip
        row["replaced"] = min(later, default=FAR)
    return found


def was_broken(book: Tables, plan: Row, known_before: date = FAR) -> bool:
    """Whether, as far as was known, something of the plan's items was left at the end of its last date, by value date."""
    last = plan["last"]
    if plan["replaced"] < FAR or last >= known_before:
        return False
    happened = {
        name: [row for row in book[name] if row[day] <= last] for name, day in HAPPENED.items()
    }
    then = Naive(book | happened, known_before, plan["occurred_on"])
    open_items = [
        (row["due_on"], name, then.left(row, then.states[name]), row)
        for name, row in then.documents.items()
        if row["kind"] == "invoice" and row["due_on"] < plan["occurred_on"]
    ]
    due = sorted((one for one in open_items if one[2] > 0 and not in_dispute(book, one[3], last)), key=lambda one: one[:2])  # fmt: skip
    for currency in {row["currency"] for *_, row in due}:
        own = [one for one in due if one[3]["currency"] == currency]
        credit = sum((amount for of, amount in then._credits if of["currency"] == currency), ZERO)
        left = sum((one[2] for one in own), ZERO) - max(credit, ZERO)
        if left > then.tolerance(own[-1][3]):
            return True
    return False


def in_dispute(book: Tables, of: Row, day: date) -> bool:
    """Whether an invoice is in dispute at the end of a day."""
    return any(
        row["invoice_id"] == of["invoice_id"]
        and row["opened_on"] <= day
        and (row["closed_on"] is None or day < row["closed_on"])
        for row in book["disputes"]
    )


def in_breach(book: Tables, plans: list[tuple[Row, bool]], day: date) -> bool:
    """irb_90dpd at the end of one day, on what happened by then, in EUR. The rows have booked_at when they happened.

    `plans`: each plan, and whether it was broken.
    """
    n = Naive(book, day + timedelta(days=1))
    gross, items = ZERO, []
    for name, row in n.documents.items():
        left = n.left(row, n.states[name])
        if left and not in_dispute(book, row, day):
            gross += left
            items.append((row["due_on"], name, left, row))
    balance, late, credit = gross - n.credit_units, ZERO, max(n.credit_units, ZERO)
    for due, _, left, row in sorted(items, key=lambda item: item[:2]):
        under = [was_lost for plan, was_lost in plans if _covers(plan, due, day)]
        is_late = not under and (day - due).days > 90
        if not is_late and not any(under):
            continue
        rest = max(left - credit, ZERO)
        credit = max(credit - left, ZERO)
        if rest < left and rest <= n.tolerance(row):
            balance, rest = balance - rest, ZERO
        late += rest if is_late else ZERO
    return late > 500 and late > Decimal("0.01") * balance


def _covers(plan: Row, due: date, day: date) -> bool:
    until = min(plan["last"] + timedelta(days=1), plan["replaced"])
    return bool(due < plan["occurred_on"] <= day < until)


def judged(book: Tables) -> list[tuple[Row, bool]]:
    """Each plan, and whether it was broken, with hindsight."""
    return [(plan, was_broken(book, plan)) for plan in dated_plans(book)]

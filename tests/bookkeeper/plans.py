"""Payment plans: which items they protect, and which were broken."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from tests.features_books import Row


def plans(events: Sequence[Row], until: date) -> list[Row]:
    """Payment plans agreed and known by the end of a day, in the order they replace each other; one without a last date covers nothing, and replaces none."""
    found = [
        event
        for event in events
        if event["kind"] == "payment_plan"
        and _is_dated(event["detail"])
        and max(event["occurred_on"], event["known_on"]) <= until
    ]
    return sorted(found, key=lambda event: (event["occurred_on"], event["event_id"]))


def _is_dated(detail: str | None) -> bool:
    return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", detail or ""))


def last_date(plan: Row) -> date:
    """Day of the last instalment."""
    return date.fromisoformat(plan["detail"])


def protected(events: Sequence[Row], due: date, day: date) -> bool:
    """Whether an item is under the plan in force at the end of the day: it was past due when the plan was agreed."""
    agreed = plans(events, day)
    return bool(agreed) and last_date(agreed[-1]) >= day and due < agreed[-1]["occurred_on"]

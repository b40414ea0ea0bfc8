"""Do the feeds go on that the book is made of? What the rules on silence found of kinds of rows and of columns of the portfolio's own."""

from __future__ import annotations

import math

from contracts.documents.data_quality import DataQuality, Heard
from contracts.documents.finding import Outcome
from contracts.documents.monitoring import MonitoringFinding
from models.upkeep.watched import Watched

CODE = "UP-Q4"
MAX_NAMED = 5
_QUIET = 31
"""Days: of what was heard within them nothing is asked."""
_MONTH = 365.25 / 12


def feed_finding(seen: Watched, delivery: DataQuality) -> MonitoringFinding:
    """UP-Q4: have kinds of rows or columns ended while the rest goes on, and of which cannot that be told yet?

    A column of the portfolio's own that ends leaves its last values standing, or is missing for the few customers that are heard of anew; a kind that
    counts as default that ends makes good customers. Neither moves a distribution soon. The rate of false alarms is that of the rules (`docs/upkeep.md`), and
    lies beside the budget.

    Args:
        seen: for the names of the champion's inputs.
        delivery: what validation found; of several rules that looked at one feed, the one that tells soonest counts.
    """
    heard: dict[tuple[str, tuple[str, ...]], Heard] = {}
    silent: set[tuple[str, tuple[str, ...]]] = set()
    for rule in delivery.rules:
        for one in rule.heard:
            key = (rule.subject, one.kinds)
            heard[key] = min((heard[key], one) if key in heard else (one,), key=_told_after)
            silent |= {key} if one.is_silent else set()
    untold = sorted((key for key, one in heard.items() if key not in silent and one.days > _QUIET), key=lambda key: (_months(heard[key]) or math.inf, key))  # fmt: skip
    gone = sorted(silent, key=lambda key: (-heard[key].days, key))
    outcome: Outcome = "failed" if silent else "passed" if heard else "not_applicable"
    return MonitoringFinding(
        code=CODE,
        subject="inputs",
        outcome=outcome,
        value=float(len(silent)) if heard else None,
        threshold=0.0 if heard else None,
        values={
            "feeds": len(heard),
            "named": _some([f"{_name(key)} ({heard[key].last})" for key in gone]),
            "untold": _some([f"{_name(key)} ({_months(heard[key]) or '–'})" for key in untold]),
        },
        case=f"{outcome}_untold" if untold else "",
        action="watch" if silent else "nothing",
        inputs=tuple(seen.named(one["name"]) for one in seen.features if ("attributes", (one["name"].removeprefix("attributes_"),)) in silent),
    )  # fmt: skip


def _told_after(one: Heard) -> float:
    return math.inf if one.told_after is None else one.told_after


def _months(one: Heard) -> int | None:
    """Further months of silence after which it is told; None where no habit is known."""
    if one.told_after is None:
        return None
    return max(math.ceil((one.told_after - one.days) / _MONTH), 1)


def _name(key: tuple[str, tuple[str, ...]]) -> str:
    """A table alone where it is one feed, else with its kinds."""
    table, kinds = key
    return table if kinds == (table,) else f"{table}: {' + '.join(kinds)}"


def _some(told: list[str]) -> tuple[str, ...]:
    return (*told[:MAX_NAMED], *([f"+ {len(told) - MAX_NAMED}"] if len(told) > MAX_NAMED else []))

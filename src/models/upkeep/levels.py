"""Levels of a category that the model in use has never learned: who bears them is scored without that input."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

import pandas as pd

from contracts.documents.monitoring import MonitoringFinding
from models.upkeep.watched import Watched

CODE = "UP-Q3"
MIN_SHARE = 0.01
"""Of the newest day's customers, beyond the share at registration: from so many on somebody has to look."""
MAX_NAMED = 5


def level_finding(seen: Watched) -> MonitoringFinding:
    """UP-Q3: does the model know the levels that its categories hold on the newest day of decision?

    A new country or branch comes now and then, and is named. A level that many bear at once is a code list that was changed.
    """
    newest = seen.newest
    unknown = {
        one["name"]: _unknown(newest, one["name"], one["levels"] or ()) for one in _categories(seen)
    }
    concerned = {name: found for name, found in unknown.items() if found}
    many = [name for name, found in concerned.items() if _beyond(seen, name, sum(found.values()), len(newest)) >= MIN_SHARE]  # fmt: skip
    counted = Counter({(name, level): n for name, found in concerned.items() for level, n in found.items()})  # fmt: skip
    most = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    told = tuple(f"{name} = {level}: {n:,d}" for (name, level), n in most[:MAX_NAMED])
    return MonitoringFinding(
        code=CODE,
        subject="inputs",
        outcome="failed" if many else "passed",
        value=float(len(counted)),
        threshold=0.0,
        values={"levels": len(counted), "named": told, "customers": len(newest)},
        case="" if many or not counted else "few",
        action="watch" if many else "nothing",
        inputs=tuple(seen.named(name) for name in (many or concerned)),
    )


def _categories(seen: Watched) -> list[dict[str, Any]]:
    return [one for one in seen.delivered if one["dtype"] == "category"]


def _unknown(rows: pd.DataFrame, name: str, levels: Collection[str]) -> dict[str, int]:
    """Customers by level that the model does not know."""
    values = rows[name].dropna().astype(str)
    counts = values[~values.isin(list(levels))].value_counts()
    return {str(level): int(n) for level, n in counts.items()}


def _beyond(seen: Watched, name: str, unknown: int, customers: int) -> float:
    """By how much the share of customers of unknown levels exceeds that of the registration sample."""
    counts = seen.reference["features"][name]["counts"]
    then = counts[-2] / sum(counts) if sum(counts) else 0.0
    return unknown / max(customers, 1) - float(then)

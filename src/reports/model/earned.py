"""What averaging and the search earned at the origins: how far the boosters made there are from the plain ones."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import NormalDist
from typing import Any

from reports.frame.grid import Table
from reports.model.words import Pack, badge, column, gain, table, word

TONES = {"pays": "good", "open": "info", "costs": "warn"}


def earned(pack: Pack) -> Table:
    """Averaging first, then the search: each origin's year, and all years together."""
    found = pack["earned"]
    together = found["together"]
    years = [*found["years"], *([together] if together else [])]
    rows = [
        _row(pack, year, of) for of in ("averaging", "search") for year in years if year[of] is not None
    ]  # fmt: skip
    columns = [
        column("name", "named", title="what_earned"),
        column("origin", "day"),
        column("until", "day"),
        column("against", "words"),
        column("loss_plain", "number", 5),
        column("loss", "number", 5, title="loss_with"),
        column("earned", "number", 5),
        column("error", "number", 5, title="earned_error"),
        column("badge", "badge", title="outcome"),
        column("auc_earned", "number", 4),
        column("auc_error", "number", 4),
    ]
    return table("earned", columns, rows)


def _row(pack: Pack, year: Mapping[str, Any], of: str) -> dict[str, Any]:
    found = year[of]
    so = gain(_interval(found, pack["confidence"]))
    return {
        **found,
        "origin": year["origin"],
        "until": year["until"],
        "name": word("earner", of),
        "against": word("flavour", found["plain"]),
        "badge": badge(TONES[so], f"earned_{so}"),
    }


def _interval(found: Mapping[str, Any], confidence: float) -> dict[str, float]:
    """Two-sided, by the normal distribution.

    >>> _interval({"earned": 0.5, "error": 0.25}, 0.95)["low"] > 0, _interval({"earned": 0.5, "error": 0.26}, 0.95)["low"] > 0
    (True, False)
    """
    reach = NormalDist().inv_cdf(0.5 + confidence / 2) * found["error"]
    return {"value": found["earned"], "low": found["earned"] - reach, "high": found["earned"] + reach}  # fmt: skip

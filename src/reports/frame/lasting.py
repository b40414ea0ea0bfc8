"""How long the level of a book's PDs lasts, and what part of the newest year's error the year ahead takes over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.frame.grid import Pair
from reports.frame.wording import said

TOGETHER = 1.05
"""Dispersion from which it is told: less reads as once."""
LEARNED = ("years", "half_life", "low", "high", "set_half_life", "set_weight")


def lasting(year: Mapping[str, Any]) -> Pair | None:
    """The sentences; None where an earlier release made the forecast.

    Args:
        year: a dumped `contracts.documents.outlook.Outlook`.
    """
    share, moved = year.get("share"), year.get("movement")
    if share is None:
        return None
    if moved is None:
        told = said("level.set", half_life=year["half_life"], share=share)
    else:
        told = said("level.lasting", share=share, **{key: moved[key] for key in LEARNED})
    if (year.get("dispersion") or 0.0) < TOGETHER:
        return told
    more = said("level.together", dispersion=year["dispersion"])
    return f"{told[0]} {more[0]}", told[1] + more[1]

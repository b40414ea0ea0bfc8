"""Buckets of the ageing, and what they are called."""

from __future__ import annotations

BUCKETS = ((0, 30), (30, 60), (60, 90), (90, None))
"""More than so many days past due, and at most so many."""
BUCKET_EDGES = tuple(over for over, _ in BUCKETS)


def label(over: int, until: int | None) -> str:
    """In the name of a feature.

    >>> label(30, 60), label(90, None)
    ('31_to_60d', 'over_90d')
    """
    return f"over_{over}d" if until is None else f"{over + 1}_to_{until}d"


def in_english(over: int, until: int | None) -> str:
    """In an English sentence.

    >>> in_english(30, 60), in_english(90, None)
    ('31 to 60 days', 'more than 90 days')
    """
    return f"more than {over} days" if until is None else f"{over + 1} to {until} days"


def in_chinese(over: int, until: int | None) -> str:
    """In a Chinese one."""
    return f"超过{over}天" if until is None else f"{over + 1}至{until}天"

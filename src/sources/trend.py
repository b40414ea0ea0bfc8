"""What the last validation of a portfolio said, kept in a few lines for comparison with the next delivery."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

_OF_DELIVERY = ("portfolio", "delivery", "complete_until", "tables")
_OF_RULE = ("rule", "table", "broken", "share", "amount")


def delivery_id(source: Mapping[str, Any]) -> str:
    """What tells one delivery from another: a hash of the source's facts (see `describe_source`).

    >>> delivery_id({"kind": "files", "files": []}) == delivery_id({"files": [], "kind": "files"})
    True
    """
    return hashlib.sha256(json.dumps(source, sort_keys=True).encode()).hexdigest()


def last_delivery(
    validation: Mapping[str, Any] | None, source: Mapping[str, Any], portfolio: str
) -> dict[str, Any] | None:
    """The summary of a report where it is of an earlier delivery of the same portfolio, else None.

    Args:
        validation: `reports/validation.json`, None where there is none; one from before deliveries were told
            apart says nothing.
        source: the facts of the source as it is now.
        portfolio: the portfolio's name.
    """
    if validation is None or validation.get("portfolio") != portfolio:
        return None
    if validation.get("delivery") in {None, delivery_id(source)}:
        return None
    rules = [{name: rule.get(name) for name in _OF_RULE} for rule in validation.get("rules", [])]
    return {**{name: validation.get(name) for name in _OF_DELIVERY}, "rules": rules}


def previous_delivery(
    kept: Mapping[str, Any] | None,
    validation: Mapping[str, Any] | None,
    source: Mapping[str, Any],
    portfolio: str,
) -> dict[str, Any] | None:
    """What to keep when the source is looked at: the last delivery, else what was kept of this portfolio.

    Looking twice at one delivery changes nothing, and neither does looking again after an interruption.

    >>> report = {"portfolio": "demo", "delivery": "a", "rules": []}
    >>> kept = previous_delivery(None, report, {"kind": "files"}, "demo")
    >>> kept["delivery"], kept == previous_delivery(kept, report, {"kind": "files"}, "demo")
    ('a', True)
    >>> previous_delivery(kept, None, {"kind": "files"}, "other") is None
    True
    """
    last = last_delivery(validation, source, portfolio)
    if last is not None:
        return last
    return dict(kept) if kept is not None and kept.get("portfolio") == portfolio else None

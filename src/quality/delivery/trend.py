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


def previous_delivery(
    portfolio: str,
    source: Mapping[str, Any],
    report: Mapping[str, Any] | None,
    kept: Mapping[str, Any] | None,
) -> dict[str, Any] | None:
    """What to keep when the source is looked at: the last delivery of this portfolio, in a few lines.

    Looking twice at one delivery changes nothing, and neither does looking again after an interruption. A delivery that
    stopped the run is no last delivery: it was never used, and what replaces it is compared with the one before.

    Args:
        portfolio: its name; what is known of another one is no trend.
        source: the facts of the source as it is now.
        report: `reports/validation.json` of the last run, None where there is none.
        kept: what was kept the last time.

    Returns:
        The summary of the report where it is of another delivery, else what was kept, else None.

    >>> last = {"portfolio": "demo", "delivery": "a", "rules": []}
    >>> kept = previous_delivery("demo", {"kind": "files"}, last, None)
    >>> kept["delivery"], kept == previous_delivery("demo", {"kind": "files"}, last, kept)
    ('a', True)
    >>> previous_delivery("other", {"kind": "files"}, last, kept) is None
    True
    """
    is_other = report is not None and report.get("delivery") not in {None, delivery_id(source)}
    if (
        report is not None
        and is_other
        and report.get("portfolio") == portfolio
        and not report.get("stopped_by")
    ):
        rules = [{name: rule.get(name) for name in _OF_RULE} for rule in report.get("rules", [])]
        return {**{name: report.get(name) for name in _OF_DELIVERY}, "rules": rules}
    return dict(kept) if kept is not None and kept.get("portfolio") == portfolio else None

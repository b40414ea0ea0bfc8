"""LightGBM for commands that only ask boosters: without its wrapper for scikit-learn, whose import takes longer than LightGBM's own.

What such a process needs of scikit-learn itself it still imports, later and by name; only `lightgbm.LGBMClassifier` and its kin say
that scikit-learn is not installed. So it is for processes that are ours alone, never for a user's.
"""

from __future__ import annotations

import sys

COMMANDS = frozenset({"explain", "rate", "describe", "errands.customer"})
"""Modules of commands that only ask boosters, and load nothing else of scikit-learn."""


def import_lightgbm() -> None:
    """Imports it, where neither it nor scikit-learn is there already."""
    if "lightgbm" in sys.modules or "sklearn" in sys.modules:
        return
    sys.modules["sklearn"] = None  # type: ignore[assignment]  # so a module cannot be imported
    try:
        import lightgbm  # noqa: F401, PLC0415 - for all who import it afterwards
    finally:
        del sys.modules["sklearn"]

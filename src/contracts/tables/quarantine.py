"""What a row that was set aside carries beside its own columns."""

from __future__ import annotations

QUARANTINE_COLUMNS = ("rule", "value")
"""Columns a quarantined row has beside its own."""

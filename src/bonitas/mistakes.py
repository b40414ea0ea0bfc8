"""What a user's mistake is told with: `except bonitas.BonitasError` catches every one."""

from __future__ import annotations

from contracts.errors import BonitasError

__all__ = ["BonitasError"]

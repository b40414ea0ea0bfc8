"""The command `bonitas`, wherever it was installed from."""

from __future__ import annotations

from pipelines.launched import main

__all__ = ["main"]

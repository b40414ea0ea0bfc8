"""What every test runs under."""

from __future__ import annotations

import os
from typing import Any

# Before any library loads OpenMP: waiting threads that spin make LightGBM crawl on a busy machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def _at_once(_handle: Any) -> None:
    """Waiting for the disk guards against a power cut, which no test survives; thousands of waits take minutes."""


os.fsync = _at_once

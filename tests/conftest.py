"""Set before any library loads OpenMP: waiting threads that spin make LightGBM crawl on a busy machine."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

"""Set before any library is loaded: how threads wait, and how seldom Python looks for cycles. Then: SQL is compiled once."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from typing import Any

import pytest

# Waiting threads that spin make LightGBM crawl on a busy machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# As in `pipelines`, and more so: a query that Ibis compiles takes a fifth less CPU.
gc.set_threshold(100_000, 50, 100)


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop() -> Iterator[None]:
    """What collection has imported stays: no search for cycles goes through it again."""
    gc.collect()
    gc.freeze()
    try:
        return (yield)
    finally:
        gc.unfreeze()


def _at_once(_handle: Any) -> None:
    """Waiting for the disk guards against a power cut, which no test survives; thousands of waits take minutes."""


os.fsync = _at_once

from tests.compiled import remember  # noqa: E402 - it loads a library

remember()

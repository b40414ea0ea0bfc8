"""A memory limit that is reached, whoever finds out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from contracts.disk import chain
from contracts.errors import BonitasError

_NAMES = frozenset({"OutOfMemoryException", "MemoryError"})
_USED = re.compile(r"\(([^()]*\bused)\)")


class EngineError(BonitasError):
    """The engine cannot do the work with what it has been given."""


def memory_reached(error: BaseException) -> EngineError | None:
    """The error to show where an exception, or one it came from, says that memory ran out; else None.

    >>> memory_reached(ValueError("no")) is None
    True
    >>> print(memory_reached(MemoryError()).what)
    The work does not fit into the engine's memory limit, although it spills to disk.
    """
    for one in chain(error):
        if type(one).__name__ in _NAMES:
            used = _USED.search(str(one))
            return EngineError(
                "The work does not fit into the engine's memory limit, although it spills to disk.",
                where="configs/params.yaml: engine > memory_limit",
                value=used[1] if used else None,
                next_step="Raise engine.memory_limit, or set engine.threads to 1: each thread needs memory of its own. "
                "Results depend on neither. Fewer features (features.families, features.names) need less as well.",
            )
    return None


@contextmanager
def within_memory() -> Iterator[None]:
    """Work, or as a decorator a function, whose memory limit may be reached: then it raises EngineError."""
    try:
        yield
    except Exception as error:
        reached = memory_reached(error)
        if reached is None:
            raise
        raise reached from error

"""Charts that a process has drawn once: dozens of tests look at the words of one page, and its charts are most of what it costs.

Where a function is given what it was given before, each value as Python writes it, its chart is that one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from reports.model import charts


def _once(draw: Callable[..., Any]) -> Callable[..., Any]:
    drawn: dict[str, Any] = {}

    @wraps(draw)
    def known(*given: Any, **named: Any) -> Any:
        key = repr((given, named))
        if key not in drawn:
            drawn[key] = draw(*given, **named)
        return drawn[key]

    return known


@cache
def remember_charts() -> None:
    """From here on, in this process: the charts of the page of the model."""
    for name, one in list(vars(charts).items()):
        if getattr(one, "__module__", "") == charts.__name__ and hasattr(one, "__wrapped__"):
            setattr(charts, name, _once(one))

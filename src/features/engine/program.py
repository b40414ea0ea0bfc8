"""What the engine is told for a block of customers, written down: played again, no query is thought out or written anew.

Writing the queries of all features takes seconds, for one observation as for a million; running them on one customer takes less.
A program is what `Scratch` did, in order: queries as text, and between them the names of kernels with plain values. It holds
for what its key names (`programs.key_of`) and for the answers that it met on the way (`decide`); other answers end it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


class OtherAnswerError(Exception):
    """The data answer something else than they did when the program was written: it has to be written anew."""


@dataclass(slots=True)
class Program:
    """The steps of `Scratch`, each a name and what it takes, in plain values."""

    steps: list[tuple[Any, ...]] = field(default_factory=list)
    _names: Counter[str] = field(default_factory=Counter)

    def named(self, name: str) -> int:
        """How many relations of this name there are, with one more."""
        self._names[name] += 1
        return self._names[name]

    @property
    def last_use(self) -> dict[int, int]:
        """By place of a value, the step after which nobody asks for it."""
        return {place: number for number, step in enumerate(self.steps) for place in _places(step)}


def _places(step: tuple[Any, ...]) -> list[int]:
    kind, *rest = step
    if kind == "lend":
        return [rest[1]]
    if kind == "answer":
        return list(rest[0])
    if kind in ("work", "decide"):
        return [one["held"] for one in rest[2] if "held" in one]
    return []

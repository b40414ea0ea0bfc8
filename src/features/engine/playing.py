"""Plays programs: what was written down once is done again, by the same steps on the same engine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends import BaseBackend

from contracts.tables.kept import Written
from features.engine.backend import threads
from features.engine.program import OtherAnswerError, Program
from features.engine.programs import key_of, programs_of
from features.engine.scratch import HOLDS, KERNELS, Held, Scratch, scratch

Answers = Callable[[Scratch], Sequence[Held]]


def play(steps: Iterable[Sequence[Any]], made: Scratch, name: str = "") -> Any:
    """Does what a program says. Gives the relation that it ends with, under a name of the engine, or the rows.

    Raises:
        OtherAnswerError: the data answer something else, or the sums of one do not fit.
    """
    program = Program([tuple(step) for step in steps])
    last = program.last_use
    player = _Player(made)
    for number, (kind, *rest) in enumerate(program.steps):
        if kind == "result":
            return made.result_as(name, Written(**rest[0]))
        if kind == "answer":
            return [player.held[place].value for place in rest[0]]
        getattr(player, kind)(*rest)
        for place in [one for one in player.held if last.get(one, -1) <= number]:
            del player.held[place]
    raise OtherAnswerError  # it has no end


def _never(*_: Any) -> bool:
    return False


class _Player:
    """One method a kind of step; see `Scratch`, whose methods wrote them."""

    def __init__(self, made: Scratch) -> None:
        self._made = made
        self.held: dict[int, Held] = {}

    def keep(self, name: str, made: Mapping[str, Any]) -> None:
        self._made.kept(name, Written(**made))

    def fetch(self, place: int, made: Mapping[str, Any]) -> None:
        self.held[place] = self._made.fetched(Written(**made))

    def hold(self, place: int) -> None:
        self.held[place] = self._made.hold(threads(self._made.con))

    def work(self, place: int, kernel: str, given: list[dict[str, Any]]) -> None:
        self.held[place] = self._made.work(KERNELS[kernel], *self._given(given))

    def decide(self, answer: Any, kernel: str, given: list[dict[str, Any]]) -> None:
        found = self._made.decide(KERNELS[kernel], *self._given(given))
        is_same = json.loads(json.dumps(found)) == answer
        if not is_same and not HOLDS.get(kernel, _never)(answer, found):
            raise OtherAnswerError

    def lend(self, name: str, place: int) -> None:
        self._made.lent(name, self.held[place])

    def give_back(self) -> None:
        self._made.give_back()

    def _given(self, named: list[dict[str, Any]]) -> list[Any]:
        return [self.held[one["held"]] if "held" in one else one["is"] for one in named]


def answers(
    con: BaseBackend, read: Mapping[str, ir.Table], asked: Any, found: Answers
) -> list[pa.Table]:
    """Rows that are found by several queries, which are written once; see `program`.

    Args:
        con: the engine.
        read: the relations that they begin with, by name.
        asked: plain values that say, beside the code, what is asked of these.
        found: asks; what it gives are rows that were fetched.
    """
    programs, key = programs_of(con), key_of(con, read, asked)
    known = programs.find(key) if key else None
    if known is not None:
        with suppress(OtherAnswerError), scratch(con) as made:
            found_before: list[pa.Table] = played(known, made)
            return found_before
    with scratch(con) as made:
        made.program = Program() if key else None
        held = found(made)
        if key and made.program is not None:
            programs.put(key, [*made.program.steps, ("answer", [one.place for one in held])])
    return [one.value for one in held]


def played(known: Iterable[Sequence[Any]], made: Scratch, name: str = "") -> Any:
    """`play`; what was made on the way is dropped where the data answer something else."""
    try:
        return play(known, made, name)
    except OtherAnswerError:
        made.close()
        raise

"""Relations that are needed for a while, and dropped then; and what is done in this process between two of them.

Everything that reaches the engine goes through here, so that it can be written down (`features.engine.program`) and done
again without being thought out anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends import BaseBackend
from ibis.backends.duckdb import Backend

from contracts.tables.kept import Written, fetched, kept_as, written
from features.engine.backend import SPARK, keep, unused
from features.engine.program import Program

Kernel = Callable[..., Any]
K = TypeVar("K", bound=Kernel)
KERNELS: dict[str, Kernel] = {}
"""What is done in this process, by name; see `kernel`."""
HOLDS: dict[str, Callable[[Any, Any], bool]] = {}
"""By name of a kernel that decides; see `decision`."""


def kernel(function: K) -> K:
    """A function of what was fetched and of plain values, that a program can name. It decides by nothing else."""
    KERNELS[f"{function.__module__}.{function.__qualname__}"] = function
    return function


def decision(holds: Callable[[Any, Any], bool]) -> Callable[[K], K]:
    """A kernel whose answer decides what is asked next (`Scratch.decide`).

    Args:
        holds: whether what was written for one answer gives the same values where the data answer another.
    """

    def named(function: K) -> K:
        HOLDS[f"{function.__module__}.{function.__qualname__}"] = holds
        return kernel(function)

    return named


@dataclass(frozen=True, slots=True)
class Held:
    """A value of this process, and the place that a program gives it."""

    place: int
    value: Any


class Scratch:
    """Relations by name on an engine; on Spark, where they are files, they go with the connection.

    Args:
        con: the engine.
        program: where what is done is written down, or None.
    """

    def __init__(self, con: BaseBackend, program: Program | None = None) -> None:
        self.con = con
        self.program = program
        self._kept: list[str] = []
        self._lent: list[str] = []
        self._places = 0

    def keep(self, name: str, table: ir.Table) -> ir.Table:
        """See `backend.keep`."""
        if self.con.name == SPARK:
            return keep(self.con, name, table)
        made = self._written(table)
        return self.kept(self._own(name), made)

    def kept(self, name: str, made: Written) -> ir.Table:
        """A relation whose query is written, under this very name."""
        self._noted("keep", name, made)
        table = kept_as(cast("Backend", self.con), name, made)
        self._kept.append(name)
        return table

    def fetch(self, table: ir.Table) -> Held:
        """The rows of a relation in this process."""
        if self.con.name == SPARK:
            return self._held(self.con.to_pyarrow(table))
        return self.fetched(self._written(table))

    def fetched(self, made: Written) -> Held:
        """The rows of a relation whose query is written."""
        found = self._held(fetched(cast("Backend", self.con), made))
        self._noted("fetch", found.place, made)
        return found

    def hold(self, threads: int) -> Held:
        """How many threads there are: a program runs on as many as there are then."""
        found = self._held(threads)
        self._noted("hold", found.place)
        return found

    def work(self, function: Kernel, *given: Any) -> Held:
        """What a kernel makes of what is held and of plain values."""
        found = self._held(function(*(_plain(one) for one in given)))
        self._noted("work", found.place, *_named(function, given))
        return found

    def decide(self, function: Kernel, *given: Any) -> Any:
        """The same, for an answer on which it depends what is asked next: a program holds for this one, and where `decision` says so."""
        answer = function(*(_plain(one) for one in given))
        self._noted("decide", answer, *_named(function, given))
        return answer

    def lend(self, rows: Held | pa.Table) -> ir.Table:
        """Rows of this process as a relation, without a copy, until `give_back`.

        Ibis, too, registers such rows, and holds them until the process ends.
        """
        if not isinstance(rows, Held):
            self.spoil()
            rows = Held(-1, rows)
        if self.con.name == SPARK:
            return ibis.memtable(rows.value)
        name = self._own("lent")
        self.lent(name, rows)
        return self.con.table(name)

    def lent(self, name: str, rows: Held) -> None:
        """`lend` under this very name."""
        self._noted("lend", name, rows.place)
        self.con.con.register(name, rows.value)
        self._lent.append(name)

    def give_back(self) -> None:
        """Lets go of the rows that were lent."""
        self._noted("give_back")
        for name in self._lent:
            self.con.con.unregister(name)
        self._lent.clear()

    def spoil(self) -> None:
        """What is done cannot be written down: it depends on what a program does not see."""
        self.program = None

    def close(self) -> None:
        """Drops everything."""
        self.program = None
        self.give_back()
        for name in self._kept:
            self.con.raw_sql(f'DROP TABLE "{name}"')  # what Ibis writes here is cut short
        self._kept.clear()

    def result(self, name: str, table: ir.Table) -> ir.Table:
        """A relation that stays when the rest is dropped; the end of a program."""
        if self.con.name == SPARK:
            return keep(self.con, name, table)
        made = self._written(table)
        self._noted("result", made)
        return self.result_as(name, made)

    def result_as(self, name: str, made: Written) -> ir.Table:
        """`result` of a query that is written."""
        return kept_as(cast("Backend", self.con), unused(self.con, name), made)

    def _written(self, table: ir.Table) -> Written:
        if self.program is not None and table.op().find(ops.InMemoryTable):
            self.spoil()  # the engine calls it by a name that no other process has
        return written(cast("Backend", self.con), table)

    def _own(self, name: str) -> str:
        """The same name whenever the program is played, which starts with no relation of its own."""
        if self.program is None:
            return unused(self.con, name)
        return f"{name} of {self.program.named(name)}"

    def _held(self, value: Any) -> Held:
        self._places += 1
        return Held(self._places, value)

    def _noted(self, *step: Any) -> None:
        if self.program is not None:
            self.program.steps.append(step)


def _plain(one: Any) -> Any:
    return one.value if isinstance(one, Held) else one


def _named(function: Kernel, given: tuple[Any, ...]) -> tuple[str, list[Any]]:
    name = f"{function.__module__}.{function.__qualname__}"
    return name, [{"held": one.place} if isinstance(one, Held) else {"is": one} for one in given]


@contextmanager
def scratch(con: BaseBackend) -> Iterator[Scratch]:
    """Relations that are dropped at the end. After a fault they stay, for the connection ends with it."""
    made = Scratch(con)
    yield made
    made.close()

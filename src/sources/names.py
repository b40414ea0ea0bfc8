"""Names of an extract: those meant by a misspelt one, and those that may not stand twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from contracts.errors import SourceError
from contracts.spelling import meant, nearest


def near(name: str, there: Iterable[str], what: str) -> str:
    """A next step that lists what there is, a near name first where one is.

    >>> near("invoice", ["invoices", "banks"], "Tables")
    "Did you mean 'invoices'? Tables: banks, invoices."
    """
    names = sorted(there)
    tail = name.rpartition(".")[2].lower()
    by_tail = {one.rpartition(".")[2].lower(): one for one in reversed(names)}
    found = nearest(name, names) or [[by_tail[one] for one in group] for group in nearest(tail, by_tail)]  # fmt: skip
    hint = f"{meant(found)} " if found else ""
    if not names:
        return f"{hint}{what}: none that this user may see."
    more = f" and {len(names) - 30} more" if len(names) > 30 else ""
    return f"{hint}{what}: {', '.join(names[:30])}{more}."


def check_names(names: Sequence[str], where: str) -> None:
    """Raises SourceError where two columns share a name: a SELECT could not tell them apart."""
    repeated = [name for name, n in Counter(name.lower() for name in names).items() if n > 1]
    if repeated:
        raise SourceError(
            f"Two columns are called {repeated[0]}.",
            where=where,
            value=", ".join(names),
            next_step="Give each column a name of its own.",
        )

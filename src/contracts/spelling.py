"""Names that another one may be a slip of: what differs must itself be near, whatever the names share beside it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

MAX_ALIKE = 3
"""More names that are equally near say nothing of which one was meant."""
TELLING = 4
"""Letters from which on a word that one legal name alone has may point to it."""
MAX_COMPARED = 20_000
"""Only lists of customers are longer; their numbers differ by so little that none is near, and a look at all of them takes seconds."""
_WORD = re.compile(r"[^\W_]+")


def is_slip(name: str, legal: str) -> bool:
    """Whether a name is another one misspelt: at most a third of what differs is changed, once equal words at both ends are off.

    A letter too many, too few, another one or two in the wrong order is one change; case and what stands between words are none.
    Of a name of two letters one may be wrong, of a name of one letter none.

    >>> is_slip("trails", "trials"), is_slip("max-depth", "max_depth"), is_slip("PD-D9", "PD-D2")
    (True, True, True)
    >>> is_slip("PD-ZZ", "PD-X2"), is_slip("attributes_staff", "attributes_sites")
    (False, False)
    """
    return _changes(name, legal) is not None


def nearest(name: str, legal: Iterable[str]) -> list[list[str]]:
    """Legal names that may have been meant, in groups of equally near ones, the nearest group first; empty where none is near.

    Near are names that it is a slip of; then names that share most of its words, hold all of them and as many again, or alone have a telling one. A group of more
    than `MAX_ALIKE` is left out, with all behind it.

    >>> nearest("PD-D9", ["PD-C1", "PD-D1", "PD-D2", "PD-X2"])
    [['PD-D1', 'PD-D2']]
    >>> nearest("PD-ZZ", ["PD-C1", "PD-D1", "PD-D2", "PD-X2"])
    []
    >>> nearest("complete_till", ["complete_until", "data_starts", "data_ends"])
    [['complete_until']]
    """
    names = sorted(set(legal))
    if len(names) > MAX_COMPARED:
        return []
    spoken = {one: _words(one) for one in names}
    often = Counter(word for words in spoken.values() for word in words)
    groups: dict[tuple[float, int], list[str]] = {}
    for one in names:
        changes = _changes(name, one)
        apart = 0.0 if changes is not None else _apart(_words(name), spoken[one], often)
        if apart is not None:
            rank = (apart, _edits(name, one) if changes is None else changes)
            groups.setdefault(rank, []).append(one)
    found: list[list[str]] = []
    for _, group in sorted(groups.items()):
        if len(group) > MAX_ALIKE:
            break
        found.append(group)
    return found


def meant(groups: list[list[str]]) -> str:
    """The question after the nearest names, or nothing where none is near.

    >>> meant([["PD-D1", "PD-D2"], ["PD-X1"]]), meant([])
    ("Did you mean 'PD-D1' or 'PD-D2'?", '')
    """
    quoted = [f"'{one}'" for one in groups[0]] if groups else []
    return f"Did you mean {' or '.join(quoted)}?" if quoted else ""


def _words(name: str) -> frozenset[str]:
    """Its words, in the singular as far as a last letter tells."""
    every = _WORD.findall(name.casefold())
    return frozenset(one[:-1] if len(one) >= TELLING and one.endswith("s") else one for one in every)  # fmt: skip


def _apart(asked: frozenset[str], words: frozenset[str], often: Counter[str]) -> float | None:
    """The share of words that only one of two names has; None where they share too few."""
    shared = asked & words
    is_telling = any(len(one) >= TELLING and often[one] == 1 for one in shared)
    apart = 1 - len(shared) / max(1, len(asked | words))
    # one that has the same words in another order is behind those that it is a slip of
    is_near = apart < 0.5 or (apart == 0.5 and asked <= words) or is_telling
    return max(apart, 0.01) if shared and is_near else None


def _changes(name: str, legal: str) -> int | None:
    """Changes that make one name the other, or None where these are too many for a slip."""
    one, other = _WORD.findall(name.casefold()), _WORD.findall(legal.casefold())
    if "".join(one) == "".join(other):
        return 0
    for end in (0, -1):
        while one and other and one[end] == other[end]:
            one.pop(end)
            other.pop(end)
    left, right = "".join(one), "".join(other)
    longer = max(len(left), len(right))
    most = min(max(1, longer // 3), longer - 1)
    if abs(len(left) - len(right)) > most:
        return None
    changes = _edits(left, right)
    return changes if changes <= most else None


def _edits(one: str, other: str) -> int:
    """The optimal string alignment distance: letters put in, left out, exchanged, or swapped with the next.

    Source: Boytsov (2011), Indexing methods for approximate dictionary searching, section 2.

    >>> _edits("trian", "train"), _edits("sme", "smee"), _edits("zz", "x2")
    (1, 1, 2)
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        now = [at]
        for place, against in enumerate(other, 1):
            now.append(min(row[place] + 1, now[-1] + 1, row[place - 1] + (letter != against)))
            if at > 1 and place > 1 and (letter, one[at - 2]) == (other[place - 2], against):
                now[-1] = min(now[-1], before[place - 2] + 1)
        before, row = row, now
    return row[-1]

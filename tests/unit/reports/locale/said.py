"""Which entries of the catalogue a text says: each entry as a pattern, its fields open."""

from __future__ import annotations

import functools
import re
import string

from reports.locale.catalogue import catalogue


@functools.cache
def pattern(entry: str) -> re.Pattern[str]:
    """What the entry looks like in English, whatever its fields hold."""
    parts = string.Formatter().parse(catalogue("en").text(entry))
    return re.compile("".join(re.escape(text) + ("" if name is None else ".+?") for text, name, *_ in parts))  # fmt: skip


def said_of(text: str, family: str) -> set[str]:
    """The entries of a family that the text says, by what follows the family's name.

    >>> sorted(said_of("4 of 6 gates passed. Registration is not blocked.", "model.says"))
    ['not_blocked', 'passed']
    """
    entries = [one for one in catalogue("en").texts if one.startswith(f"{family}.")]
    return {one.removeprefix(f"{family}.") for one in entries if pattern(one).search(text)}

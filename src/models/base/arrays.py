"""The arrays that travel between the files of this room, and the hash that deals customers into parts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np

from contracts.arrays import Floats


def hashed_share(ids: Iterable[str], salt: str = "") -> Floats:
    """A number in [0, 1) for each id, the same on every machine, engine and run: the head of sha256(salt + id).

    A customer is chosen by `hashed_share(id) < share`, so a customer that was held out stays so
    when the book grows, and no two parts of the program draw it differently.

    >>> hashed_share(["C1", "C2"]).round(4).tolist()
    [0.67, 0.588]
    """
    known: dict[str, float] = {}  # a customer has a row a month: each is hashed once
    return np.fromiter(
        (
            known[one] if one in known else known.setdefault(one, _share(salt + str(one)))
            for one in ids
        ),
        dtype=np.float64,
    )


def _share(text: str) -> float:
    head = hashlib.sha256(text.encode()).digest()[:8]
    return (int.from_bytes(head, "big") >> 11) / 2.0**53  # 53 bits: exact in a float, never 1.0

"""What became of each row: scored, scored with a remark, or not scored and why. No row is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Bools

SCORED = "scored"
STAND_IN = "scored_with_stand_in"
UNSEEN = "scored_with_unseen_level"
NOTHING_KNOWN = "nothing_known"
UNREADABLE = "unreadable"
NO_CUSTOMER = "no_customer"

MEANING: Mapping[str, str] = {
    SCORED: "scored",
    STAND_IN: "scored; a value is missing that no customer of the training sample lacked: its median, or most frequent level, stands in",
    UNSEEN: "scored; a category was not in the training sample, and is read as missing",
    NOTHING_KNOWN: "not scored: every feature is missing",
    UNREADABLE: "not scored: a number is a text, or infinite",
    NO_CUSTOMER: "not scored: customer_id is missing",
}
"""Each status in words; a row has the last one that holds of it."""
WAY_OUT: Mapping[str, str] = {
    NOTHING_KNOWN: "Fill the version's features as `data/features/matrix.parquet` has them; a file of keys alone says nothing of anybody.",
    UNREADABLE: "Write numbers as digits with a decimal point, without units, separators of thousands or words; leave the cell of a missing value empty.",
    NO_CUSTOMER: "Fill customer_id in every row; it may be any text that tells customers apart.",
}
"""What makes a row of each status that is not scored one that is."""
IS_SCORED = frozenset({SCORED, STAND_IN, UNSEEN})
MAX_NAMED = 3
"""Features that `detail` names."""


@dataclass(frozen=True, slots=True)
class Statuses:
    """One value per row.

    Attributes:
        status: a key of `MEANING`.
        detail: the features it is about, and for one that cannot be read its value; missing where there is none.
    """

    status: list[str]
    detail: list[str | None]

    @property
    def scored(self) -> Bools:
        """Which rows get a PD."""
        return np.array([one in IS_SCORED for one in self.status], dtype=np.bool_)


def statuses(
    rows: pd.DataFrame, unread: Mapping[str, pd.Series[Any]], features: Sequence[Mapping[str, Any]]
) -> Statuses:
    """What will become of each row.

    Args:
        rows: customer_id and features, numbers as float64, missing where they could not be read.
        unread: by feature, the texts that are no numbers and the infinite values; missing elsewhere.
        features: `features` of the version's contract.json.

    >>> features = [{"name": "x", "dtype": "number", "stand_in": 1.0}, {"name": "k", "dtype": "category", "levels": ["a"]}]
    >>> rows = pd.DataFrame({"customer_id": ["C1", "C2", None], "x": [1.0, None, 2.0], "k": ["a", "new", "a"]})
    >>> found = statuses(rows, {}, features)
    >>> list(zip(found.status, found.detail))
    [('scored', None), ('scored_with_unseen_level', 'k'), ('no_customer', None)]
    """
    names = [str(one["name"]) for one in features]
    lacking = rows[names].isna()
    stands_in = [one["name"] for one in features if one.get("stand_in") is not None]
    unseen = {
        str(one["name"]): rows[one["name"]].notna() & ~rows[one["name"]].isin(one["levels"] or [])
        for one in features
        if one["dtype"] == "category"
    }
    status = np.full(len(rows), SCORED, dtype=object)
    detail: list[str | None] = [None] * len(rows)
    for name, marks in (
        (STAND_IN, {one: lacking[one] for one in stands_in}),
        (UNSEEN, unseen),
        (UNREADABLE, {one: values.notna() for one, values in unread.items()}),
    ):
        for row, about in _named(marks, unread if name == UNREADABLE else {}).items():
            status[row], detail[row] = name, about
    # a value that cannot be read is not missing: its row says so rather than that nothing is known
    nothing = lacking.all(axis=1).to_numpy() & (status != UNREADABLE)
    nobody = rows["customer_id"].isna().to_numpy()
    for name, mask in ((NOTHING_KNOWN, nothing), (NO_CUSTOMER, nobody)):
        status[mask] = name
        for place in np.flatnonzero(mask):
            detail[int(place)] = None
    return Statuses(status.tolist(), detail)


def unseen_levels(
    rows: pd.DataFrame, features: Sequence[Mapping[str, Any]]
) -> Counter[tuple[str, str]]:
    """By feature and level, how many rows show a level that the training sample did not have.

    >>> features = [{"name": "x", "dtype": "number"}, {"name": "k", "dtype": "category", "levels": ["a"]}]
    >>> unseen_levels(pd.DataFrame({"x": [1.0, 1.0, 2.0, 3.0], "k": ["a", "A", "A", None]}), features)
    Counter({('k', 'A'): 2})
    """
    found: Counter[tuple[str, str]] = Counter()
    for one in features:
        if one["dtype"] == "category":
            levels = rows[one["name"]].dropna()
            for level, n in levels[~levels.isin(one["levels"] or [])].value_counts().items():
                found[(str(one["name"]), str(level))] += int(n)
    return found


def _named(
    marks: Mapping[str, pd.Series[bool]], values: Mapping[str, pd.Series[Any]]
) -> dict[int, str]:
    """By row, the first features that are marked, with their values where given, and how many more there are."""
    found: dict[int, list[str]] = {}
    for name, mask in marks.items():
        for row in np.flatnonzero(mask.to_numpy(dtype=np.bool_)):
            said = f"{name}: {values[name].iloc[row]!r}" if name in values else name
            found.setdefault(int(row), []).append(said)
    return {
        row: ", ".join(said[:MAX_NAMED])
        + (f" and {len(said) - MAX_NAMED} more" if len(said) > MAX_NAMED else "")
        for row, said in found.items()
    }

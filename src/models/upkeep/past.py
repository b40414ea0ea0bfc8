"""The book's own past, cut as the comparison of today is: what its inputs, scores and grades use to do between two such spans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Ints
from contracts.calendar import MONTHS
from models.measures.distribution import counted_by, recounted
from models.measures.habit import Habit, independent
from models.measures.ordinary import MIN_PAIRS, Moved, Subject, common_habit, movements, pairs_of
from models.registry.twin import UNTIL
from models.upkeep.watched import Watched


@dataclass(frozen=True, slots=True)
class Past:
    """Spans of the book's history as long as the two that are compared, and as far apart.

    Attributes:
        rows: of history.
        month: place of each row's month.
        months: of history.
        spans: months of the registration sample, and of the newest cohorts.
        pairs: first months of each pair of spans.
        worth: independent pairs that one of them stands for.
    """

    rows: pd.DataFrame
    month: Ints
    months: int
    spans: tuple[int, int]
    pairs: list[tuple[int, int]]
    worth: float

    def of(self, name: str, kept: Mapping[str, Any]) -> Ints:
        """Counts of a column by pair, then by span, then by bin."""
        values = self.rows[name].astype(str) if name == "grade" else self.rows[name]
        counts = counted_by(values, kept, self.month, self.months)
        before, now = self.spans
        return np.array(
            [(counts[a : a + before].sum(0), counts[b : b + now].sum(0)) for a, b in self.pairs]
        )


def past_of(seen: Watched, span: tuple[pd.Timestamp, pd.Timestamp]) -> Past | None:
    """What is known of the past before the newest cohorts; None where there is too little of it.

    Args:
        seen: what is watched.
        span: days [from, until) of the sample that the newest cohorts are compared with.
    """
    if seen.every is None or seen.current.empty:
        return None
    first, until = span
    # what came after registration is past as well, or an old registration sample would soon have no history as long as its age
    rows = seen.every[seen.every["as_of"] < max(until, seen.current["as_of"].min())]
    if rows.empty:
        return None
    number = rows["as_of"].dt.year * MONTHS + rows["as_of"].dt.month
    origin, newest = int(number.min()), seen.current["as_of"]
    months = int(number.max()) - origin + 1
    start = _month(newest.min())
    spans = (_month(until - pd.Timedelta(days=1)) - _month(first) + 1, _month(newest.max()) - start + 1)  # fmt: skip
    pairs = pairs_of(months, spans[1], start - _month(first))
    if len(pairs) < MIN_PAIRS:
        return None
    worth = independent([first for first, _ in pairs], spans, pairs[0][1] - pairs[0][0])
    return Past(
        rows, (number - origin).to_numpy(np.int64), months, spans, pairs, worth / len(pairs)
    )


def _month(day: pd.Timestamp) -> int:
    return int(day.year * MONTHS + day.month)


def _subject(name: str, kept: Mapping[str, Any], seen: Watched, past: Past | None) -> Subject:
    now = seen.current[name].astype(str) if name == "grade" else seen.current[name]
    known = past is not None and name in past.rows
    history = past.of(name, kept) if past is not None and known else np.zeros((0, 2, 1), np.int64)
    return Subject(
        np.array(kept["counts"]), recounted(now, kept), history, past.worth if past else 1.0
    )


@dataclass(frozen=True)
class Moving:
    """The distributions of a model in use beside those of an earlier sample, and how they use to move over that distance.

    Attributes:
        inputs: by feature, those that are delivered.
        answers: score and grade; none where inputs alone are compared.
        customers: distinct customers in the earlier sample and in the newest cohorts.
        lately: the same inputs beside those of the year before; None where the earlier sample is that year, or its past too short.
    """

    inputs: dict[str, Subject]
    answers: dict[str, Subject]
    customers: tuple[int, int]
    lately: Moving | None = None

    @cached_property
    def habit(self) -> Habit:
        """What all of them have in common."""
        return common_habit([*self.inputs.values(), *self.answers.values()], self.customers)

    def of(self, subjects: Sequence[Subject], level: float) -> list[Moved]:
        """How far each has moved; all of them may give a false alarm with probability `level`."""
        return movements(subjects, self.customers, level, self.habit)


def moving_of(seen: Watched) -> Moving:
    """Counts every distribution of the model in use, now, at registration and in the past.

    A registration sample grows old: then hardly any two spans of the past lie as far apart, what an ordinary movement over such a
    distance is can hardly be told, and a drift that goes on becomes a part of it. So inputs are compared with the year before, too.
    """
    first, until = (pd.Timestamp(seen.reference[one]) for one in ("from", "until"))
    past, kept = past_of(seen, (first, until)), seen.reference["features"]
    names = [one["name"] for one in seen.features if one["name"] not in seen.absent]
    inputs = {name: _subject(name, kept[name], seen, past) for name in names}
    answers = {one: _subject(one, _own(one, seen), seen, past) for one in ("score", "grade")}
    return Moving(inputs, answers, seen.customers, _lately(seen, first, names))


def _lately(seen: Watched, registered: pd.Timestamp, names: Sequence[str]) -> Moving | None:
    """The newest cohorts beside as many months before them, where the registration sample is older than that."""
    if seen.every is None or seen.current.empty:
        return None
    start, newest = seen.current["as_of"].min(), seen.current["as_of"].max()
    first = start - pd.DateOffset(months=_month(newest) - _month(start) + 1)
    past = past_of(seen, (first, start)) if registered < first else None
    days = seen.every["as_of"]
    rows = seen.every[(days >= first) & (days < start)]
    if past is None or rows.empty:
        return None
    known: Mapping[str, Any] = seen.reference["features"]
    kept = {one: {**known[one], "counts": recounted(rows[one], known[one])} for one in names}
    inputs = {name: _subject(name, kept[name], seen, past) for name in names}
    return Moving(inputs, {}, (int(rows["customer_id"].nunique()), seen.customers[1]))


def _own(name: str, seen: Watched) -> dict[str, Any]:
    """The registration sample's scores or grades by the champion itself.

    A version that was refitted keeps its twin's answers there, at another level: the one model would be compared with the other.
    So the rows of those days are taken as the book holds them today: where a customer has been merged with another since, or a
    document was booked late, they are not quite the same ones.
    """
    kept = dict(seen.reference[name])
    if seen.every is None or seen.reference.get(UNTIL) is None:
        return kept
    days, first, until = seen.every["as_of"], *(pd.Timestamp(seen.reference[one]) for one in ("from", "until"))  # fmt: skip
    rows = seen.every.loc[(days >= first) & (days < until), name]
    if len(rows):
        kept["counts"] = recounted(rows.astype(str) if name == "grade" else rows, kept).tolist()
    return kept

"""What the model of today says of earlier days: SHAP values and scores, day of decision by day of decision."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from contracts.arrays import Floats
from contracts.calendar import months_back
from contracts.config.scale import ScaleConfig
from contracts.scale import grade
from contracts.tables.derived import KEY, PILLARS
from contracts.tables.history import HISTORY
from contracts.tables.store import conform
from models.boosting.booster import Ensemble
from models.boosting.shapley import Calibrate, Contributions, Explainer, Points, points
from models.explanation.ideas import Healer
from models.explanation.needed import newest_days
from models.explanation.wording import Feature

BATCH = 32_768
"""Rows that are explained together at the least, where there are as many: days of a small book, one day of a large one."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day of decision, by the model, the calibrator and the scale of today.

    Attributes:
        as_of: the day.
        rows: of the matrix, sorted by customer.
        found: SHAP values, log-odds.
        points: the same on the score scale.
        chance: calibrated PD.
    """

    as_of: date
    rows: pd.DataFrame
    found: Contributions
    points: Points
    chance: Floats

    def table(self, features: Sequence[Feature], scale: ScaleConfig) -> pa.Table:
        """Contract HISTORY of the day, with a column of log-odds for each feature.

        Args:
            features: in the model's order.
            scale: for the grade.
        """
        pillar = np.array([one.pillar for one in features])
        made = self.points.by_feature
        own = {
            "margin": self.found.margin,
            "pd": self.chance,
            "score": self.points.score,
            "grade": grade(self.chance, scale),
            "points_base": self.points.base,
            **{f"points_{one}": made[:, pillar == one].sum(axis=1) for one in PILLARS},
            "points_per_log_odd": self.points.rate,
        }
        table = conform(self.rows[KEY].assign(**own), HISTORY)
        phi = np.asfortranarray(self.found.phi, dtype=np.float32)
        for position, one in enumerate(features):  # rows are in the contract's order already
            table = table.append_column(f"phi_{one.name}", pa.array(phi[:, position]))
        return table


@dataclass(frozen=True, slots=True)
class Books:
    """The book on each of the days that are explained.

    Attributes:
        days: of decision, oldest first.
        read: rows of the matrix on one of them, key and features. A large book is read when it is its turn.
    """

    days: tuple[date, ...]
    read: Callable[[date], pd.DataFrame]

    @classmethod
    def of(cls, matrix: pd.DataFrame, newest: int) -> Books:
        """Of a matrix that is held, so many of its days."""
        return cls(
            newest_days(matrix, newest), lambda day: matrix[matrix["as_of"] == pd.Timestamp(day)]
        )


@dataclass(frozen=True, slots=True)
class Judge:
    """All that turns a row of features into a score with its parts."""

    ensemble: Ensemble
    explainer: Explainer
    calibrate: Calibrate
    scale: ScaleConfig

    @property
    def healer(self) -> Healer:
        """The same model, asked what scores would be with other values."""
        return Healer(self.ensemble, self.calibrate, self.scale)

    def points(self, rows: pd.DataFrame) -> Points:
        """Points of any rows of the matrix."""
        found = self.explainer.contributions(self.ensemble.contract.encode(rows))
        return points(found, self.calibrate, self.scale)

    def days(self, books: Books) -> Iterator[Day]:
        """The days of decision, oldest first; as many are held as make a batch."""
        held, rows = [], 0
        for as_of in books.days:
            book = books.read(as_of)
            held.append(book.sort_values("customer_id", kind="stable", ignore_index=True))
            rows += len(book)
            if rows >= BATCH or as_of == books.days[-1]:
                yield from self._explained(held)
                held, rows = [], 0

    def _explained(self, books: Sequence[pd.DataFrame]) -> Iterator[Day]:
        """The days of one batch; each is as if it had been explained alone."""
        codes = [self.ensemble.contract.encode(book) for book in books]
        found = self.explainer.contributions(np.concatenate(codes))
        start = 0
        for book in books:
            own = found.part(slice(start, start + len(book)))
            start += len(book)
            made = points(own, self.calibrate, self.scale)
            yield Day(book["as_of"].max().date(), book, own, made, self.calibrate(own.margin))


def earlier(days: Sequence[date], months: int) -> date | None:
    """The newest day at least so many months before the newest of all; None where there is none.

    >>> days = [date(2025, 1, 1), date(2025, 10, 1), date(2025, 11, 1), date(2026, 1, 1)]
    >>> earlier(days, 3), earlier(days, 13)
    (datetime.date(2025, 10, 1), None)
    """
    bound = months_back(max(days), months) if days else None
    return max((day for day in days if bound is not None and day <= bound), default=None)

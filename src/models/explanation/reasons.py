"""Why a customer's score is not higher: the few ideas that cost most, each told by one of its inputs, as sentences."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Bools, Floats, Ints
from contracts.config.explanation import ExplainConfig
from models.explanation.absent import LATENESS, Absent
from models.explanation.contrast import Contrast, is_missing
from models.explanation.ideas import Healer, apart, ideas, marks, together
from models.explanation.peers import EVERY_INDUSTRY, Peers, Typical
from models.explanation.trial import Trial, completed
from models.explanation.wording import (
    NO_STATEMENT,
    Feature,
    Usual,
    context,
    no_payments,
    sentences,
)

MAX_CONTEXT = 2
NAMED = 1.0
"""Points that the input an idea is told by costs itself, where ideas need cost no less."""
DECIDES = 2.0
"""Points of an idea without which those told are not enough for a better grade, where ideas need cost no less."""
SPARE = 2
"""Ideas beyond those told, for the model may answer that one of them costs nothing."""
NOISE = 1e-6
"""Points that two sums of the same trees may differ by."""


def describe(
    lineage: pd.DataFrame, names: Sequence[str], typical: Mapping[str, Typical]
) -> list[Feature]:
    """The features of a model in its order, with the value typical of healthy customers.

    Args:
        lineage: the declarations (contract LINEAGE).
        names: features of the model, in order.
        typical: by feature, of the healthy customers of all industries.
    """
    rows = lineage.set_index("feature").to_dict(orient="index")
    return [_feature(name, rows[name], typical[name]) for name in names]


def _feature(name: str, row: Mapping[Hashable, Any], typical: Typical) -> Feature:
    texts = ("pillar", "unit", "dtype", "subject", "role", "wording_en", "wording_zh", "reason_en", "reason_zh")  # fmt: skip
    return Feature(
        name=name,
        direction=int(row["direction"]),
        speaks=int(row["speaks"]),
        is_change=bool(row["is_change"]),
        is_rank=row["family"] == "peers",
        tables=tuple(part.strip() for part in str(row["tables"]).split(",")),
        typical=typical,
        **{key: str(row[key]) for key in texts},
    )


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence about a customer: the position of its feature, what it is to the reader, and its texts."""

    position: int
    role: str
    english: str
    chinese: str


@dataclass(frozen=True, slots=True)
class Spokesman:
    """All that is needed to choose and word reasons.

    Attributes:
        features: in the model's order.
        group: (features,) label of the correlated group each speaks for.
        healthy_points: (features,) points a healthy customer typically has; points are judged against it.
        peers: what is typical, by industry.
        currency: of money, ISO 4217.
        most: most reasons per customer.
        least: points a reason costs at least.
    """

    features: tuple[Feature, ...]
    group: Ints
    healthy_points: Floats
    peers: Peers
    currency: str
    most: int
    least: float

    def reasons(
        self,
        points: Floats,
        values: pd.DataFrame,
        industries: Sequence[object],
        missing: Absent,
        healer: Healer | None = None,
    ) -> list[list[Said]]:
        """For each customer, its reasons, strongest first, then the context that costs most; empty where nothing speaks against.

        A reason is an idea: all inputs of a subject and its correlated group, in which the customer is worse than its healthy
        peers. It counts by what these cost together, and is told by the costliest of them whose sentence holds. Had the customer
        the values of its peers there, its score must be higher, or the idea is none. Where there is room left, an idea that costs
        less by SHAP values and would gain as many points as a reason costs is told after them: interactions share out what it costs.
        Where those told are not enough for a better grade and healing everything would be, see `completed`.

        Args:
            points: (rows, features), higher is healthier.
            values: the customers' own values, one column per feature.
            industries: of the customers, missing where not known.
            missing: what is not there.
            healer: asks the model for that score; without one nothing is asked.
        """
        groups = self.peers.of(industries)
        lost = points - self.healthy_points
        is_reason = np.array([feature.role == "reason" for feature in self.features])
        contrast = Contrast(self.features, self.peers, self.currency)
        whom = (values, groups, missing)
        chosen = self._chosen((points, lost), contrast, whom, healer)
        beside = by_row((points < -self.least) & (lost < -self.least) & ~is_reason, lost)
        cells = [values[feature.name].to_numpy() for feature in self.features]
        found = []
        for row in range(len(values)):
            case = _Case(cells, row, groups[row], bool(missing.statement[row]), missing.days)
            context = self._context(beside[row][:MAX_CONTEXT], case)
            found.append([*self._told(chosen[row], case), *context])
        return found

    def _chosen(
        self,
        parts: tuple[Floats, Floats],
        contrast: Contrast,
        whom: tuple[pd.DataFrame, Sequence[str], Absent],
        healer: Healer | None,
    ) -> list[list[int]]:
        """The inputs that speak of each customer, one an idea, the costliest idea first; a few more than are told."""
        (points, lost), worse = parts, contrast.worse(*whom)
        same = ideas(self.features, self.group)
        cost, dearest = np.maximum(together(points * worse, same), together(lost * worse, same)), np.maximum(points, lost)  # fmt: skip
        may = worse & (dearest < 0) & contrast.accepted(*whom, worse & (dearest < 0))
        named = may & (cost < -self.least) & (dearest < -min(self.least, NAMED))
        order, found = np.lexsort((lost, np.where(named, cost, np.inf)), axis=1), []
        idea, losses = marks(same), lost.tolist()
        for row, n in enumerate(named.sum(axis=1).tolist()):
            found.append(apart(order[row, :n].tolist(), losses[row], idea, [])[: self.most + SPARE])
        if healer is None:
            return found
        told = [len(some) for some in found]
        order = np.lexsort((lost, np.where(may, cost, np.inf)), axis=1)
        tried = [
            apart(order[row, :n].tolist(), losses[row], idea, some)
            for row, (some, n) in enumerate(zip(found, may.sum(axis=1).tolist(), strict=True))
        ]
        trial = Trial.of(healer, (same, worse), (whom[0], self.peers, whom[1]))
        gains = trial.gains(tried)
        kept = [self._kept(some, n, own) for some, n, own in zip(tried, told, gains, strict=True)]
        others = [
            [one for one, gain in zip(some, own, strict=True) if gain > NOISE and one not in before]
            for some, own, before in zip(tried, gains, kept, strict=True)
        ]
        return completed(trial, kept, others, most=self.most, least=min(self.least, DECIDES))

    def _kept(self, some: Sequence[int], told: int, gains: Sequence[float]) -> list[int]:
        """Of the ideas that cost a reason's points, those that gain anything; after them the others that would gain a reason's points, most first."""
        first = [place for place, gain in zip(some[:told], gains, strict=False) if gain > NOISE]
        pairs = zip(gains[told:], some[told:], strict=True)
        others = sorted(((-gain, place) for gain, place in pairs if gain >= self.least))
        return [*first, *(place for _, place in others)]

    def _told(self, order: Sequence[int], case: _Case) -> list[Said]:
        chosen: list[Said] = []
        spoken: set[str] = set()
        for position in order:
            if len(chosen) == self.most:
                break
            pair = self._sentences(position, case)
            if pair[0] not in spoken:
                spoken.add(pair[0])
                chosen.append(Said(position, self.features[position].role, *pair))
        return chosen

    def _sentences(self, position: int, case: _Case) -> tuple[str, str]:
        feature, value = self.features[position], case.own(position)
        if is_missing(value) and "financials" in feature.tables and case.unstated:
            return NO_STATEMENT
        if is_missing(value) and feature.subject == LATENESS:
            return no_payments(case.days)
        typical = Usual(self.peers.group[case.group][feature.name], case.group != EVERY_INDUSTRY)
        return sentences(feature, value, self.currency, typical)

    def _context(self, order: Sequence[int], case: _Case) -> list[Said]:
        return [
            Said(position, one.role, *context(one, case.own(position), self.currency))
            for position in order
            for one in [self.features[position]]
        ]


@dataclass(frozen=True, slots=True)
class _Case:
    """One customer: its row of the values, whom it is compared with, whether no statement of it is on file, the longest window."""

    cells: Sequence[np.ndarray[Any, Any]]
    row: int
    group: str
    unstated: bool
    days: int

    def own(self, position: int) -> object:
        """Its value of a feature."""
        return self.cells[position].item(self.row)


def by_row(marked: Bools, lost: Floats) -> list[list[int]]:
    """For each row the features that are marked, the least first: where points are looked at, the one that costs most.

    Args:
        marked: (rows, features).
        lost: (rows, features), by which they are put in order.

    >>> by_row(np.array([[True, False, True], [False, False, False]]), np.array([[-1.0, -9.0, -3.0], [0.0, 0.0, 0.0]]))
    [[2, 0], []]
    """
    row, place = np.nonzero(marked)
    order = np.lexsort((place, lost[row, place], row))
    ends = np.cumsum(marked.sum(axis=1)).tolist()
    places = place[order].tolist()
    return [places[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def spokesman(
    features: Sequence[Feature],
    groups: Sequence[Sequence[str]],
    healthy: tuple[Floats, Peers],
    *,
    currency: str,
    config: ExplainConfig,
) -> Spokesman:
    """Puts together who speaks: a feature in none of the groups speaks for itself.

    Args:
        features: in the model's order.
        groups: of correlated features.
        healthy: points that the healthy typically have, by feature, and their typical values.
        currency: of money.
        config: how many reasons, and what they cost at least.
    """
    label = {name: number for number, group in enumerate(groups) for name in group}
    own = {feature.name: len(groups) + position for position, feature in enumerate(features)}
    group = np.array([label.get(feature.name, own[feature.name]) for feature in features])
    return Spokesman(
        tuple(features),
        group.astype(np.int64),
        *healthy,
        currency,
        config.reasons,
        config.least_points,
    )


def as_json(
    features: Sequence[Feature], groups: Sequence[Sequence[str]], healthy: Peers
) -> dict[str, object]:
    """`reasons.json` of the bundle: the wording, the typical values, of whom they are, and the groups."""
    return {
        "features": {feature.name: feature.as_json() for feature in features},
        "groups": [list(group) for group in groups],
        "healthy": healthy.as_json(),
    }
